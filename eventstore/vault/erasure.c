#include "eventstore/vault/erasure.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

enum { READ_AT_ONCE = 8192, ERASURES_AT_ONCE = 1024 };

const struct field *erasure_field(const struct event_type *type)
{
	for (uint16_t i = 0; i < type->shape->count; i++)
		if (type->shape->fields[i].marks & FIELD_ERASES)
			return &type->shape->fields[i];
	return NULL;
}

enum status erasure_person(const struct record *record, struct id *person)
{
	const struct event_type *type = event_type_by_number(record->number);
	struct arena             arena = {0};
	const void              *event;
	enum status              status;

	if (!type || !erasure_field(type))
		return STATUS_NOT_FOUND;
	status = record_event(record, NULL, &arena, &type, &event);
	if (status == STATUS_OK)
		*person = *(const struct id *)field_at(erasure_field(type), event);
	arena_finish(&arena);
	return status;
}

struct gathering {
	struct map *persons;
	uint64_t    next; /* position */
	enum status status;
};

static bool gather(void *owner, const struct record *record)
{
	struct gathering *gathering = owner;
	struct id         person;
	enum status       status = erasure_person(record, &person);

	gathering->next = record->position + 1;
	if (status == STATUS_OK)
		*map_put(gathering->persons, person.bytes, NULL) = 1;
	gathering->status = status == STATUS_NOT_FOUND ? STATUS_OK : status;
	return gathering->status == STATUS_OK;
}

enum status erasure_gather(struct log *log, struct map *persons)
{
	struct gathering gathering = {.persons = persons, .next = 1, .status = STATUS_OK};
	struct kv_txn   *snapshot = kv_snapshot_create(log_kv(log));
	uint64_t         from = 0;
	enum status      status = STATUS_OK;

	while (status == STATUS_OK && gathering.next != from) {
		from = gathering.next;
		status = kv_snapshot_renew(snapshot);
		if (status == STATUS_OK)
			status = log_each(log, snapshot, from, READ_AT_ONCE, gather, &gathering);
		kv_snapshot_rest(snapshot);
		if (status == STATUS_OK)
			status = gathering.status;
	}
	kv_snapshot_destroy(snapshot);
	return status;
}

/* ---------------------------------------------------------------- after a crash */

struct finishing {
	struct log    *log;
	struct index  *index;
	struct keys   *keys;
	struct kv_txn *log_snapshot, *index_snapshot;
	enum status    status; /* of the one at hand */
};

static bool forget_again(void *owner, const struct record *record)
{
	struct finishing *finishing = owner;
	struct id         person;

	finishing->status = erasure_person(record, &person);
	if (finishing->status == STATUS_NOT_FOUND)
		finishing->status = STATUS_OK;
	else if (finishing->status == STATUS_OK)
		finishing->status = keys_forget(finishing->keys, person);
	return finishing->status == STATUS_OK;
}

/* At most `limit` events from the position on; the visit leaves in `status` what it made of them. */
static enum status visit_in(struct finishing *finishing, uint64_t from, uint32_t limit, reader_visit visit)
{
	enum status status = kv_snapshot_renew(finishing->log_snapshot);

	if (status == STATUS_OK)
		status = log_each(finishing->log, finishing->log_snapshot, from, limit, visit, finishing);
	kv_snapshot_rest(finishing->log_snapshot);
	return status == STATUS_OK ? finishing->status : status;
}

/* Positions of one event type that are < before, newest first, as far as the index knows. */
static enum status type_positions(struct finishing *finishing, uint16_t number, uint64_t before, uint64_t *positions,
                                  uint32_t *count)
{
	enum status status = kv_snapshot_renew(finishing->index_snapshot);

	if (status == STATUS_OK)
		status = index_type_positions(finishing->index, finishing->index_snapshot, number, before, positions,
		                              ERASURES_AT_ONCE, count);
	kv_snapshot_rest(finishing->index_snapshot);
	return status;
}

/* Those that may not have been carried out, the newest first. */
struct unfinished {
	uint64_t *positions;
	size_t    count, capacity;
	bool      known; /* the last one was carried out, and so were all before it */
};

static void add_unfinished(struct unfinished *unfinished, uint64_t position)
{
	if (unfinished->count == unfinished->capacity) {
		unfinished->capacity = unfinished->capacity ? unfinished->capacity * 2 : 64;
		unfinished->positions =
			realloc(unfinished->positions, unfinished->capacity * sizeof(unfinished->positions[0]));
		require(unfinished->positions != NULL);
	}
	unfinished->positions[unfinished->count++] = position;
}

/* FORGOTTEN: it was carried out. OK, NOT_FOUND: the person has a key, or never had one. */
static bool look_whether_forgotten(void *owner, const struct record *record)
{
	struct finishing *finishing = owner;
	struct id         person;

	finishing->status = erasure_person(record, &person);
	if (finishing->status == STATUS_OK)
		finishing->status = keys_state(finishing->keys, person);
	return false;
}

/* The last one that was carried out is among them: a crash may have come between the end of its key and its mark. */
static enum status gather_unfinished(struct finishing *finishing, uint16_t number, struct unfinished *unfinished)
{
	uint64_t    positions[ERASURES_AT_ONCE], before = UINT64_MAX;
	uint32_t    count;
	enum status status, state;

	do {
		status = type_positions(finishing, number, before, positions, &count);
		for (uint32_t i = 0; i < count && status == STATUS_OK && !unfinished->known; i++) {
			add_unfinished(unfinished, positions[i]);
			before = positions[i];
			state = visit_in(finishing, positions[i], 1, look_whether_forgotten);
			unfinished->known = state == STATUS_FORGOTTEN;
			if (state != STATUS_FORGOTTEN && state != STATUS_NOT_FOUND && state != STATUS_CORRUPT)
				status = state;
		}
	} while (status == STATUS_OK && count == ERASURES_AT_ONCE && !unfinished->known);
	return status;
}

/* Erasures are carried out in the order of the log. So it is enough to go back to one that was, however many there are;
 * and what is left is carried out from the oldest on, so that this stays true if it is cut short. */
static enum status forget_indexed(struct finishing *finishing, uint16_t number)
{
	struct unfinished unfinished = {0};
	enum status       status = gather_unfinished(finishing, number, &unfinished);

	while (status == STATUS_OK && unfinished.count > 0)
		status = visit_in(finishing, unfinished.positions[--unfinished.count], 1, forget_again);
	free(unfinished.positions);
	return status;
}

static enum status forget_behind(struct finishing *finishing, uint64_t head)
{
	uint64_t    indexed = 0;
	enum status status = kv_snapshot_renew(finishing->index_snapshot);

	if (status == STATUS_OK)
		status = index_position(finishing->index, finishing->index_snapshot, &indexed);
	kv_snapshot_rest(finishing->index_snapshot);
	for (uint64_t from = indexed + 1; status == STATUS_OK && from <= head; from += ERASURES_AT_ONCE)
		status = visit_in(finishing, from, ERASURES_AT_ONCE, forget_again);
	return status;
}

enum status erasure_finish(struct log *log, struct index *index, struct keys *keys, uint64_t head)
{
	struct finishing finishing = {.log = log,
	                              .index = index,
	                              .keys = keys,
	                              .log_snapshot = kv_snapshot_create(log_kv(log)),
	                              .index_snapshot = kv_snapshot_create(index_kv(index))};
	enum status      status = STATUS_OK;

	for (uint32_t i = 0; i < event_type_count && status == STATUS_OK; i++)
		if (erasure_field(&event_types[i]))
			status = forget_indexed(&finishing, event_types[i].number);
	if (status == STATUS_OK)
		status = forget_behind(&finishing, head);
	kv_snapshot_destroy(finishing.index_snapshot);
	kv_snapshot_destroy(finishing.log_snapshot);
	return status;
}
