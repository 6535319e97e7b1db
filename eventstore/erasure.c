#include "eventstore/erasure.h"

enum { READ_AT_ONCE = 8192 };

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
