#include "api/exported.h"

#include "commands/learning/learner_id.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- which events */

static bool note_position(void *owner, const struct record *record)
{
	buffer_append(owner, BYTES(&record->position, sizeof(record->position)));
	return true;
}

static int compare_positions(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Those behind `after`, in order. An event may belong to both streams, and is told once. */
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

static enum status find_positions(struct reader *reader, struct id person, struct buffer *positions)
{
	enum status status = reader_stream(reader, person, 1, UINT32_MAX, note_position, positions);

	if (status == STATUS_OK)
		status = reader_stream(reader, history_id(person), 1, UINT32_MAX, note_position, positions);
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
	struct buffer   found = {0};
	enum status     status = find_positions(reader, range.person, &found);
	uint64_t       *positions = (uint64_t *)(void *)found.data;
	size_t          count = sort_positions(positions, found.size / sizeof(uint64_t), range.after);

	*has_more = count > EXPORTED_EVENTS_MAX;
	for (size_t i = 0; i < count && i < EXPORTED_EVENTS_MAX && status == STATUS_OK; i++) {
		status = reader_each(reader, positions[i], 1, append_event, &exported);
		if (status == STATUS_OK)
			status = exported.status;
	}
	arena_finish(&exported.arena);
	buffer_finish(&found);
	return status;
}
