#include "eventstore/wire/message.h"

#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/wire/message_shape.h"

static const struct field hello_fields[] = {
	MESSAGE_FIELD(hello, protocol, KIND_U32),
	MESSAGE_FIELD(hello, who, KIND_TEXT),
};
MESSAGE_SHAPE(hello);

static const struct field welcome_fields[] = {
	MESSAGE_FIELD(welcome, protocol, KIND_U32),
	MESSAGE_FIELD(welcome, accepted, KIND_BOOL),
	MESSAGE_FIELD(welcome, sentence, KIND_TEXT, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(welcome, store, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(welcome, epoch, KIND_U64),
	MESSAGE_FIELD(welcome, head, KIND_U64),
	MESSAGE_FIELD(welcome, version, KIND_TEXT),
};
MESSAGE_SHAPE(welcome);

static const struct field submission_fields[] = {
	MESSAGE_FIELD(submission, command, KIND_TEXT),
	MESSAGE_FIELD(submission, command_id, KIND_ID),
	MESSAGE_FIELD(submission, actor, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(submission, trace, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(submission, digest, KIND_BYTES, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(submission, body, KIND_BYTES),
	/* Present when it is true, so that it costs the others nothing. */
	MESSAGE_FIELD(submission, recall, KIND_BOOL, MESSAGE_OPTIONAL,
                      .has_offset = offsetof(struct submission, recall)),
	MESSAGE_FIELD(submission, dry, KIND_BOOL, MESSAGE_OPTIONAL, .has_offset = offsetof(struct submission, dry)),
	MESSAGE_FIELD(submission, expected, KIND_U64, MESSAGE_OPTIONAL,
                      .has_offset = offsetof(struct submission, has_expected)),
};
MESSAGE_SHAPE(submission);

static const struct field answer_fields[] = {
	MESSAGE_FIELD(answer, status, KIND_TEXT),
	MESSAGE_FIELD(answer, refusal, KIND_TEXT, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(answer, sentence, KIND_TEXT, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(answer, retry_at, KIND_I64),
	MESSAGE_FIELD(answer, position, KIND_U64),
	MESSAGE_FIELD(answer, version, KIND_U64),
	MESSAGE_FIELD(answer, subject, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(answer, event, KIND_TEXT, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(answer, time, KIND_I64),
	MESSAGE_FIELD(answer, repeated, KIND_BOOL),
	MESSAGE_FIELD(answer, dry, KIND_BOOL, MESSAGE_OPTIONAL, .has_offset = offsetof(struct answer, dry)),
	MESSAGE_FIELD(answer, events, KIND_TEXT, MESSAGE_OPTIONAL),
};
MESSAGE_SHAPE(answer);

static const struct field head_fields[] = {
	MESSAGE_FIELD(head, position, KIND_U64),
	MESSAGE_FIELD(head, full, KIND_BOOL),
};
MESSAGE_SHAPE(head);

static const struct field progress_fields[] = {
	MESSAGE_FIELD(progress, name, KIND_TEXT),
	MESSAGE_FIELD(progress, position, KIND_U64),
};
MESSAGE_SHAPE(progress);

static const struct field stats_fields[] = {
	MESSAGE_FIELD(stats, head, KIND_U64),
	MESSAGE_FIELD(stats, commits, KIND_U64),
	MESSAGE_FIELD(stats, commit_us_last, KIND_U64),
	MESSAGE_FIELD(stats, commit_us_max, KIND_U64),
	MESSAGE_FIELD(stats, index_lag, KIND_U64),
	MESSAGE_FIELD(stats, log_used, KIND_U64),
	MESSAGE_FIELD(stats, log_mapped, KIND_U64),
	MESSAGE_FIELD(stats, verified, KIND_U64),
	MESSAGE_FIELD(stats, damaged, KIND_U64),
	MESSAGE_FIELD(stats, submitted, KIND_U64),
	MESSAGE_FIELD(stats, refused, KIND_U64),
	MESSAGE_FIELD(stats, repeated, KIND_U64),
	MESSAGE_FIELD(stats, busy, KIND_U64),
	MESSAGE_FIELD(stats, disk_free, KIND_U64),
	MESSAGE_FIELD(stats, turned_away_full, KIND_U64),
	MESSAGE_FIELD(stats, disk_short, KIND_BOOL),
	MESSAGE_FIELD(stats, waiting, KIND_U32),
	MESSAGE_FIELD(stats, clients, KIND_U32),
	MESSAGE_FIELD(stats, version, KIND_TEXT),
	MESSAGE_FIELD(stats, projections, KIND_LIST, .record = &progress_shape),
};
MESSAGE_SHAPE(stats);

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
