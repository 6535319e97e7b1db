#include "eventstore/base/channel.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

static const char prologue[] = "orrery channel 1";
#define PROLOGUE BYTES(prologue, sizeof(prologue) - 1)

/* ---------------------------------------------------------------- starting */

static uint8_t *begin_message(struct buffer *wire, size_t size)
{
	uint8_t *head = buffer_reserve(wire, CHANNEL_HEAD_SIZE + size);

	head[0] = (uint8_t)(size >> 8);
	head[1] = (uint8_t)size;
	return head + CHANNEL_HEAD_SIZE;
}

static void end_message(struct buffer *wire, size_t size)
{
	wire->size += CHANNEL_HEAD_SIZE + size;
}

enum status channel_initiate(struct channel *channel, const struct noise_key *own, const struct noise_public *peer,
                             struct buffer *wire)
{
	struct noise_key ephemeral;

	noise_key_fresh(&ephemeral);
	*channel = (struct channel){.state = CHANNEL_AWAITS_SECOND};
	noise_initiate(&channel->handshake, own, &ephemeral, peer, PROLOGUE);
	secret_wipe(&ephemeral, sizeof(ephemeral));
	if (!noise_write_first(&channel->handshake, BYTES("", 0), begin_message(wire, NOISE_FIRST_OVERHEAD))) {
		channel_finish(channel);
		return STATUS_DENIED;
	}
	end_message(wire, NOISE_FIRST_OVERHEAD);
	return STATUS_OK;
}

void channel_respond(struct channel *channel, const struct noise_key *own, channel_knows knows, void *owner)
{
	struct noise_key ephemeral;

	noise_key_fresh(&ephemeral);
	*channel = (struct channel){.state = CHANNEL_AWAITS_FIRST, .knows = knows, .knows_owner = owner};
	noise_respond(&channel->handshake, own, &ephemeral, PROLOGUE);
	secret_wipe(&ephemeral, sizeof(ephemeral));
}

void channel_finish(struct channel *channel)
{
	buffer_finish(&channel->in);
	secret_wipe(channel, sizeof(*channel));
}

bool channel_ready(const struct channel *channel)
{
	return channel->state == CHANNEL_READY;
}

const struct noise_public *channel_peer(const struct channel *channel)
{
	return &channel->handshake.peer;
}

/* ---------------------------------------------------------------- messages */

/* Of the handshake the peer's public key alone is of use afterwards. */
static void forget_handshake(struct channel *channel)
{
	struct noise_public peer = channel->handshake.peer;

	secret_wipe(&channel->handshake, sizeof(channel->handshake));
	channel->handshake.peer = peer;
}

static bool take_first(struct channel *channel, struct bytes message, struct buffer *wire)
{
	uint8_t nothing[1];

	if (!noise_read_first(&channel->handshake, message, nothing)
	    || !channel->knows(channel->knows_owner, &channel->handshake.peer)
	    || !noise_write_second(&channel->handshake, BYTES("", 0), begin_message(wire, NOISE_SECOND_OVERHEAD)))
		return false;
	end_message(wire, NOISE_SECOND_OVERHEAD);
	noise_split(&channel->handshake, &channel->receiving, &channel->sending);
	forget_handshake(channel);
	channel->state = CHANNEL_AWAITS_PROOF;
	return true;
}

static bool take_second(struct channel *channel, struct bytes message)
{
	uint8_t nothing[1];

	if (!noise_read_second(&channel->handshake, message, nothing))
		return false;
	noise_split(&channel->handshake, &channel->sending, &channel->receiving);
	forget_handshake(channel);
	channel->state = CHANNEL_READY;
	return true;
}

static void rekey_if_due(struct noise_cipher *cipher)
{
	if (cipher->nonce % CHANNEL_REKEY_EVERY == 0)
		noise_rekey(cipher);
}

static bool take_piece(struct channel *channel, struct bytes message, struct buffer *clear)
{
	size_t size = message.size - NOISE_TAG_SIZE;

	if (!noise_decrypt(&channel->receiving, message, buffer_reserve(clear, size)))
		return false;
	clear->size += size;
	rekey_if_due(&channel->receiving);
	channel->state = CHANNEL_READY;
	return true;
}

/* A stranger's first message has one size, so that nothing of another is waited for or kept. */
static bool size_fits(const struct channel *channel, size_t size)
{
	switch (channel->state) {
	case CHANNEL_AWAITS_FIRST:
		return size == NOISE_FIRST_OVERHEAD;
	case CHANNEL_AWAITS_SECOND:
		return size == NOISE_SECOND_OVERHEAD;
	default:
		return size > NOISE_TAG_SIZE;
	}
}

static bool take_message(struct channel *channel, struct bytes message, struct buffer *clear, struct buffer *wire)
{
	switch (channel->state) {
	case CHANNEL_AWAITS_FIRST:
		return take_first(channel, message, wire);
	case CHANNEL_AWAITS_SECOND:
		return take_second(channel, message);
	default:
		return take_piece(channel, message, clear);
	}
}

/* *more: there may be another message behind it. False: the channel is over. */
static bool take_next(struct channel *channel, size_t *taken, bool *more, struct buffer *clear, struct buffer *wire)
{
	struct bytes rest = BYTES(channel->in.data + *taken, channel->in.size - *taken);
	size_t       size;

	*more = false;
	if (rest.size < CHANNEL_HEAD_SIZE)
		return true;
	size = (size_t)rest.data[0] << 8 | rest.data[1];
	if (!size_fits(channel, size))
		return false;
	if (rest.size - CHANNEL_HEAD_SIZE < size)
		return true;
	*more = true;
	*taken += CHANNEL_HEAD_SIZE + size;
	return take_message(channel, BYTES(rest.data + CHANNEL_HEAD_SIZE, size), clear, wire);
}

enum status channel_take(struct channel *channel, struct bytes came, struct buffer *clear, struct buffer *wire)
{
	size_t taken = 0;
	bool   more = came.size > 0;

	if (channel->state == CHANNEL_BROKEN)
		return STATUS_DENIED;
	buffer_append(&channel->in, came);
	while (more)
		if (!take_next(channel, &taken, &more, clear, wire)) {
			channel_finish(channel);
			return STATUS_DENIED;
		}
	buffer_consume(&channel->in, taken);
	return STATUS_OK;
}

void channel_send(struct channel *channel, struct bytes clear, struct buffer *wire)
{
	require(channel_ready(channel));
	while (clear.size > 0) {
		size_t size = clear.size < CHANNEL_PIECE_MAX ? clear.size : CHANNEL_PIECE_MAX;

		noise_encrypt(&channel->sending, BYTES(clear.data, size), begin_message(wire, size + NOISE_TAG_SIZE));
		end_message(wire, size + NOISE_TAG_SIZE);
		rekey_if_due(&channel->sending);
		clear = BYTES(clear.data + size, clear.size - size);
	}
}
