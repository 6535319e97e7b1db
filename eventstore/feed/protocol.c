#include "eventstore/feed/protocol.h"

#include "eventstore/wire/message_shape.h"

static const struct field feed_hello_fields[] = {
	MESSAGE_FIELD(feed_hello, protocol, KIND_U32),  MESSAGE_FIELD(feed_hello, store, KIND_ID, MESSAGE_OPTIONAL),
	MESSAGE_FIELD(feed_hello, epoch, KIND_U64),     MESSAGE_FIELD(feed_hello, keys, KIND_BOOL),
	MESSAGE_FIELD(feed_hello, has_keys, KIND_BOOL),
};
MESSAGE_SHAPE(feed_hello);

static const struct field log_epoch_fields[] = {
	MESSAGE_FIELD(log_epoch, number, KIND_U64),
	MESSAGE_FIELD(log_epoch, first, KIND_U64),
};
static MESSAGE_SHAPE(log_epoch);

static const struct field feed_welcome_fields[] = {
	MESSAGE_FIELD(feed_welcome, protocol, KIND_U32),
	MESSAGE_FIELD(feed_welcome, store, KIND_ID),
	MESSAGE_FIELD(feed_welcome, epochs, KIND_LIST, .record = &log_epoch_shape),
	MESSAGE_FIELD(feed_welcome, head, KIND_U64),
};
MESSAGE_SHAPE(feed_welcome);

void feed_append(struct buffer *out, enum feed_word word, uint64_t number, struct bytes body)
{
	size_t began = frame_begin(out, (uint8_t)word, number);

	buffer_append(out, body);
	frame_end(out, began);
}

enum status feed_identity(const struct feed_welcome *welcome, struct log_identity *out)
{
	struct log_identity log = {.store = welcome->store, .epoch_count = welcome->epochs.count};

	if (!id_present(log.store) || log.epoch_count == 0 || log.epoch_count > LOG_EPOCHS_MAX)
		return STATUS_INVALID;
	for (uint32_t i = 0; i < log.epoch_count; i++) {
		log.epochs[i] = welcome->epochs.items[i];
		if (i > 0
		    && (log.epochs[i].number <= log.epochs[i - 1].number
		        || log.epochs[i].first < log.epochs[i - 1].first))
			return STATUS_INVALID;
	}
	log.epoch = log.epochs[log.epoch_count - 1].number;
	*out = log;
	return STATUS_OK;
}
