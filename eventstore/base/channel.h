/* A stream of bytes between two hosts that know each other's keys: encrypted, and either as it was sent or at its end.
 * Whatever carries the bytes hands them in and takes them out; there is no socket in here.
 *
 *   u16 size, big endian | a message of Noise (noise.h)        (as §13 of Noise advises)
 *
 * The first two messages are the handshake, without payloads. The initiator then sends first: only that shows the
 * responder that it talks to somebody who is there now, and not to an old first message that somebody kept. So a
 * responder has nothing to say before channel_ready, and somebody who sends an old message again learns nothing.
 *
 * Each direction counts its messages and takes a new key every CHANNEL_REKEY_EVERY of them. A message that is changed,
 * left out, repeated or out of order ends the channel, as does a key that is not known: without a word that would tell
 * which of these it was. */
#ifndef ORRERY_CHANNEL_H
#define ORRERY_CHANNEL_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/noise.h"
#include "eventstore/base/status.h"

enum {
	CHANNEL_HEAD_SIZE = 2,
	CHANNEL_PIECE_MAX = NOISE_MESSAGE_MAX - NOISE_TAG_SIZE, /* clear bytes in one message */
	CHANNEL_REKEY_EVERY = 1 << 14,                          /* messages, a gigabyte at most */
};

/* May the owner of this key come in? Asked once, before anything is answered. */
typedef bool (*channel_knows)(void *owner, const struct noise_public *peer);

enum channel_state {
	CHANNEL_BROKEN, /* zeroes are a broken channel */
	CHANNEL_AWAITS_FIRST,
	CHANNEL_AWAITS_SECOND,
	CHANNEL_AWAITS_PROOF,
	CHANNEL_READY,
};

/* In the caller's memory, to be treated as opaque. */
struct channel {
	enum channel_state     state;
	struct noise_handshake handshake;
	struct noise_cipher    sending, receiving;
	struct buffer          in; /* the beginning of a message */
	channel_knows          knows;
	void                  *knows_owner;
};

/* The keys are copied. The first message is appended to *wire. DENIED: the peer's key is none. */
enum status channel_initiate(struct channel *channel, const struct noise_key *own, const struct noise_public *peer,
                             struct buffer *wire) MUST_USE;
void        channel_respond(struct channel *channel, const struct noise_key *own, channel_knows knows, void *owner);

/* Wipes the keys. */
void channel_finish(struct channel *channel);

/* May anything be sent? */
bool channel_ready(const struct channel *channel);

/* Who the other side is; it has shown so once the channel is ready. */
const struct noise_public *channel_peer(const struct channel *channel);

/* Takes what came in, appends what it says to *clear, and what the handshake answers to *wire. DENIED: the channel is
 * over, and nothing of the message at fault was appended. */
enum status channel_take(struct channel *channel, struct bytes came, struct buffer *clear,
                         struct buffer *wire) MUST_USE;

/* Appends the bytes, encrypted, to *wire. The channel is ready. */
void channel_send(struct channel *channel, struct bytes clear, struct buffer *wire);

#endif
