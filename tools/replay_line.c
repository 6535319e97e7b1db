#include "tools/replay_line.h"

#include "eventstore/codec/codec_json.h"

#include <inttypes.h>
#include <stdio.h>

#define ROW(where, member, field_name, field_kind, most, ...)                                                          \
	{                                                                                                              \
		.name = (field_name), .kind = (field_kind), .offset = offsetof(struct where, member), .max = (most),   \
		__VA_ARGS__                                                                                            \
	}
#define FIELD(where, member, kind, ...) ROW(where, member, #member, kind, REPLAY_LINE_MAX, __VA_ARGS__)
#define NUMBER(where, member, kind, ...) ROW(where, member, #member, kind, INT64_MAX, __VA_ARGS__)
#define OPTIONAL .marks = FIELD_OPTIONAL
#define OPTIONAL_NUMBER(where, has) OPTIONAL, .has_offset = offsetof(struct where, has)
#define SHAPE(where)                                                                                                   \
	static const struct shape where##_shape = {.name = #where,                                                     \
	                                           .fields = where##_fields,                                           \
	                                           .count = array_count(where##_fields),                               \
	                                           .size = sizeof(struct where)}

static const struct field replay_opening_fields[] = {
	FIELD(replay_opening, protocol, KIND_U32),
	FIELD(replay_opening, version, KIND_TEXT),
	NUMBER(replay_opening, head, KIND_U64),
	NUMBER(replay_opening, first_entry, KIND_U64, OPTIONAL_NUMBER(replay_opening, has_first_entry)),
	NUMBER(replay_opening, first_position, KIND_U64, OPTIONAL_NUMBER(replay_opening, has_first_position)),
	NUMBER(replay_opening, first_time, KIND_TIME, OPTIONAL_NUMBER(replay_opening, has_first_time)),
};
SHAPE(replay_opening);

static const struct field replay_event_fields[] = {
	FIELD(replay_event, event, KIND_TEXT),
	FIELD(replay_event, fields, KIND_JSON),
};
SHAPE(replay_event);

static const struct field replay_difference_fields[] = {
	FIELD(replay_difference, event, KIND_TEXT),
	FIELD(replay_difference, was, KIND_JSON),
	FIELD(replay_difference, now, KIND_JSON),
};
SHAPE(replay_difference);

/* Left out where all is the same. */
#define SIDE(side, part, name, kind, most, ...)                                                                        \
	ROW(replay_decision, side.part, #side name, kind, most, OPTIONAL, __VA_ARGS__)
#define OUTCOME(side)                                                                                                  \
	SIDE(side, kind, "", KIND_TEXT, REPLAY_LINE_MAX), SIDE(side, refusal, "_refusal", KIND_TEXT, REPLAY_LINE_MAX), \
		SIDE(side, sentence, "_sentence", KIND_TEXT, REPLAY_LINE_MAX),                                         \
		SIDE(side, retry_at, "_retry_at", KIND_TIME, INT64_MAX,                                                \
	             .has_offset = offsetof(struct replay_decision, side.has_retry_at)),                               \
		SIDE(side, events, "_events", KIND_LIST, REPLAY_LINE_MAX, .record = &replay_event_shape)

static const struct field replay_decision_fields[] = {
	NUMBER(replay_decision, entry, KIND_U64),
	NUMBER(replay_decision, head, KIND_U64),
	NUMBER(replay_decision, time, KIND_TIME),
	FIELD(replay_decision, command, KIND_TEXT),
	FIELD(replay_decision, command_id, KIND_ID),
	FIELD(replay_decision, actor, KIND_ID, OPTIONAL),
	FIELD(replay_decision, change, KIND_TEXT),
	OUTCOME(was),
	OUTCOME(now),
	FIELD(replay_decision, differs, KIND_LIST, OPTIONAL, .record = &replay_difference_shape),
};
SHAPE(replay_decision);

static const struct field replay_ending_fields[] = {
	NUMBER(replay_ending, decided, KIND_U64),
	NUMBER(replay_ending, not_journaled, KIND_U64),
	NUMBER(replay_ending, first_not_journaled, KIND_U64),
	NUMBER(replay_ending, last_position, KIND_U64),
};
SHAPE(replay_ending);

/* What is said of it in a later protocol may have other members, so its number is looked at by itself. */
enum status replay_read_opening(struct bytes line, struct arena *arena, struct replay_opening *out)
{
	struct complaints complaints = {0};
	struct text       begin = arena_text(arena, (struct text){(const char *)line.data, line.size});
	uint32_t          protocol;

	if (sscanf(begin.data, "{\"protocol\":%" SCNu32, &protocol) != 1)
		return STATUS_MALFORMED;
	if (protocol != REPLAY_PROTOCOL)
		return STATUS_UNSUPPORTED;
	*out = (struct replay_opening){0};
	return json_decode_shape(&replay_opening_shape, line, 0, arena, out, &complaints);
}

enum status replay_read_decision(struct bytes line, struct arena *arena, struct replay_decision *out)
{
	struct complaints complaints = {0};

	*out = (struct replay_decision){0};
	return json_decode_shape(&replay_decision_shape, line, 0, arena, out, &complaints);
}

enum status replay_read_ending(struct bytes line, struct arena *arena, struct replay_ending *out)
{
	struct complaints complaints = {0};

	*out = (struct replay_ending){0};
	return json_decode_shape(&replay_ending_shape, line, 0, arena, out, &complaints);
}

bool replay_is_ending(struct bytes line)
{
	return text_starts_with((struct text){(const char *)line.data, line.size}, TEXT("{\"decided\":"));
}
