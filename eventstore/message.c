#include "eventstore/message.h"

#include "eventstore/base/require.h"
#include "eventstore/codec_msgpack.h"

#define FIELD(message, member, field_kind, ...)                                                                        \
	{                                                                                                              \
		.name = #member, .kind = (field_kind), .offset = offsetof(struct message, member),                     \
		.max = FRAME_BODY_MAX, __VA_ARGS__                                                                     \
	}
#define OPTIONAL .marks = FIELD_OPTIONAL
#define SHAPE(message)                                                                                                 \
	const struct shape message##_shape = {.name = #message,                                                        \
	                                      .fields = message##_fields,                                              \
	                                      .count = array_count(message##_fields),                                  \
	                                      .size = sizeof(struct message)}

static const struct field hello_fields[] = {
	FIELD(hello, protocol, KIND_U32),
	FIELD(hello, who, KIND_TEXT),
};
SHAPE(hello);

static const struct field welcome_fields[] = {
	FIELD(welcome, protocol, KIND_U32),
	FIELD(welcome, accepted, KIND_BOOL),
	FIELD(welcome, sentence, KIND_TEXT, OPTIONAL),
	FIELD(welcome, store, KIND_ID, OPTIONAL),
	FIELD(welcome, epoch, KIND_U64),
	FIELD(welcome, head, KIND_U64),
	FIELD(welcome, version, KIND_TEXT),
};
SHAPE(welcome);

static const struct field submission_fields[] = {
	FIELD(submission, command, KIND_TEXT),
	FIELD(submission, command_id, KIND_ID),
	FIELD(submission, actor, KIND_ID, OPTIONAL),
	FIELD(submission, trace, KIND_ID, OPTIONAL),
	FIELD(submission, digest, KIND_BYTES, OPTIONAL),
	FIELD(submission, body, KIND_BYTES),
	/* Present when it is true, so that it costs the others nothing. */
	FIELD(submission, recall, KIND_BOOL, OPTIONAL, .has_offset = offsetof(struct submission, recall)),
	FIELD(submission, expected, KIND_U64, OPTIONAL, .has_offset = offsetof(struct submission, has_expected)),
};
SHAPE(submission);

static const struct field answer_fields[] = {
	FIELD(answer, status, KIND_TEXT),
	FIELD(answer, refusal, KIND_TEXT, OPTIONAL),
	FIELD(answer, sentence, KIND_TEXT, OPTIONAL),
	FIELD(answer, retry_at, KIND_I64),
	FIELD(answer, position, KIND_U64),
	FIELD(answer, version, KIND_U64),
	FIELD(answer, subject, KIND_ID, OPTIONAL),
	FIELD(answer, event, KIND_TEXT, OPTIONAL),
	FIELD(answer, time, KIND_I64),
	FIELD(answer, repeated, KIND_BOOL),
};
SHAPE(answer);

static const struct field head_fields[] = {
	FIELD(head, position, KIND_U64),
};
SHAPE(head);

static const struct field progress_fields[] = {
	FIELD(progress, name, KIND_TEXT),
	FIELD(progress, position, KIND_U64),
};
SHAPE(progress);

static const struct field stats_fields[] = {
	FIELD(stats, head, KIND_U64),
	FIELD(stats, commits, KIND_U64),
	FIELD(stats, commit_us_last, KIND_U64),
	FIELD(stats, commit_us_max, KIND_U64),
	FIELD(stats, index_lag, KIND_U64),
	FIELD(stats, log_used, KIND_U64),
	FIELD(stats, log_mapped, KIND_U64),
	FIELD(stats, verified, KIND_U64),
	FIELD(stats, damaged, KIND_U64),
	FIELD(stats, submitted, KIND_U64),
	FIELD(stats, refused, KIND_U64),
	FIELD(stats, repeated, KIND_U64),
	FIELD(stats, busy, KIND_U64),
	FIELD(stats, waiting, KIND_U32),
	FIELD(stats, clients, KIND_U32),
	FIELD(stats, version, KIND_TEXT),
	FIELD(stats, projections, KIND_LIST, .record = &progress_shape),
};
SHAPE(stats);

void message_append(struct buffer *out, uint8_t op, uint64_t request, const struct shape *shape, const void *message)
{
	size_t began = frame_begin(out, op, request);

	require(msgpack_encode_shape(shape, message, 0, NULL, out) == STATUS_OK);
	frame_end(out, began);
}

enum status message_decode(const struct shape *shape, struct bytes body, struct arena *arena, void *message)
{
	return msgpack_decode_shape(shape, body, NULL, arena, message);
}
