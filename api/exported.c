#include "api/exported.h"

#include "commands/learning/learner_id.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "schema/events.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- which events */

struct found {
	struct buffer positions;   /* uint64_t each */
	struct buffer simulations; /* ids, of the person's own */
};

static bool note_position(void *owner, const struct record *record)
{
	struct found *found = owner;

	buffer_append(&found->positions, BYTES(&record->position, sizeof(record->position)));
	return true;
}

/* A simulation's stream is the person's too, and its first event is in their history. */
static bool note_in_history(void *owner, const struct record *record)
{
	struct found *found = owner;

	if (record->number == EVENT_simulation_created)
		buffer_append(&found->simulations, BYTES(&record->streams[0].id, sizeof(struct id)));
	return note_position(owner, record);
}

static int compare_positions(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Those behind `after`, in order. An event may belong to several streams, and is told once. */
static size_t sort_positions(uint64_t *positions, size_t count, uint64_t after)
{
	size_t kept = 0;

	if (count > 0)
		qsort(positions, count, sizeof(*positions), compare_positions);
	for (size_t i = 0; i < count; i++)
		if (positions[i] > (kept ? positions[kept - 1] : after))
			positions[kept++] = positions[i];
	return kept;
}

static enum status find_positions(struct reader *reader, struct id person, struct found *found)
{
	enum status status = reader_stream(reader, person, 1, UINT32_MAX, note_position, found);

	if (status == STATUS_OK)
		status = reader_stream(reader, history_id(person), 1, UINT32_MAX, note_in_history, found);
	for (size_t i = 0; status == STATUS_OK && i < found->simulations.size / sizeof(struct id); i++)
		status = reader_stream(reader, ((const struct id *)(void *)found->simulations.data)[i], 1, UINT32_MAX,
		                       note_position, found);
	return status;
}

/* ---------------------------------------------------------------- what they say */

struct exported {
	struct id            person;
	const struct opener *opener; /* of everybody's texts */
	struct buffer       *out;
	struct arena         arena;
	uint32_t             count;
	enum status          status;
};

static enum status open_own(void *owner, struct id person, struct text label, struct bytes sealed, struct arena *arena,
                            struct text *clear)
{
	const struct exported *exported = owner;

	if (!id_equal(person, exported->person))
		return STATUS_FORGOTTEN;
	return exported->opener->open(exported->opener->owner, person, label, sealed, arena, clear);
}

static bool append_event(void *owner, const struct record *record)
{
	struct exported         *exported = owner;
	const struct opener      own = {.owner = exported, .open = open_own};
	const struct event_type *type;
	const void              *event;
	char                     when[TIME_TEXT_SIZE + 1];

	exported->status = record_event(record, &own, &exported->arena, &type, &event);
	if (exported->status != STATUS_OK)
		return false;
	time_format(record->time_us, when);
	buffer_format(exported->out, "%s{\"position\":%" PRIu64 ",\"time\":\"%s\",\"event\":\"%s\",\"fields\":",
	              exported->count++ > 0 ? "," : "", record->position, when, type->name);
	json_encode_shape(type->shape, event, FIELD_SECRET, exported->out);
	buffer_append_text(exported->out, TEXT("}"));
	arena_reset(&exported->arena);
	return true;
}

enum status exported_append(struct reader *reader, struct exported_range range, const struct opener *opener,
                            struct buffer *out, bool *has_more)
{
	struct exported exported = {.person = range.person, .opener = opener, .out = out};
	struct found    found = {0};
	enum status     status = find_positions(reader, range.person, &found);
	uint64_t       *positions = (uint64_t *)(void *)found.positions.data;
	size_t          count = sort_positions(positions, found.positions.size / sizeof(uint64_t), range.after);
	size_t          told = 0;

	while (status == STATUS_OK && told < count && told < EXPORTED_EVENTS_MAX && out->size < EXPORTED_BYTES_MAX) {
		status = reader_each(reader, positions[told++], 1, append_event, &exported);
		if (status == STATUS_OK)
			status = exported.status;
	}
	*has_more = told < count;
	arena_finish(&exported.arena);
	buffer_finish(&found.positions);
	buffer_finish(&found.simulations);
	return status;
}
