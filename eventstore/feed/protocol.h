/* What a feed and a follower say to each other, inside a channel (base/channel.h): frames (eventstore/wire/frame.h)
 * with words of their own.
 *
 *   follower                           feed
 *   HELLO  which copy it has      ->
 *                                 <-   WELCOME  which log this is, or why not
 *   ASK_ROOT  at a size           ->
 *                                 <-   ROOT  of the tree at that size; a few of these find where two logs part
 *   START  its size and root      ->
 *   CREDIT  so many bytes         ->
 *                                 <-   RECORD, RECORD … in order, as long as there is credit; HEAD; CHECKPOINT
 *   CREDIT  as it has stored them ->
 *
 * To a follower that may have them and asks for them the feed also says the keys of persons, wrapped: first KEY for
 * each there is and KEYS_DONE, unless it has those; then, in front of each record with something sealed in it, KEY
 * again.
 *
 * Both sides say something every FEED_ALIVE_MS at least and give up a line that was silent for FEED_SILENCE_MS. */
#ifndef ORRERY_FEED_PROTOCOL_H
#define ORRERY_FEED_PROTOCOL_H

#include "eventstore/base/shape.h"
#include "eventstore/log/identity.h"
#include "eventstore/wire/frame.h"

enum {
	FEED_PROTOCOL = 1,
	FEED_WINDOW = 4 << 20,      /* bytes of records that may be on their way, or come and not stored */
	FEED_CREDIT_MAX = 16 << 20, /* what a follower may have ready for a feed at once */
	FEED_ALIVE_MS = 5 * 1000,
	FEED_SILENCE_MS = 15 * 1000,
	FEED_GREETING_MS = 5 * 1000, /* from connecting to HELLO, and for each answer before START */
};

/* In brackets what stands in the frame's number and its body. */
enum feed_word {
	FEED_HELLO = 1,      /* feed_hello */
	FEED_WELCOME = 2,    /* feed_welcome */
	FEED_ASK_ROOT = 3,   /* (size) */
	FEED_ROOT = 4,       /* (size) 32 bytes; none beyond the head */
	FEED_START = 5,      /* (size) 32 bytes, its root */
	FEED_CREDIT = 6,     /* (bytes more) */
	FEED_RECORD = 7,     /* (position) the record as it lies in the log */
	FEED_CHECKPOINT = 8, /* a signed note over records that were sent before it */
	FEED_HEAD = 9,       /* (head of the log), which also says that the feed lives */
	FEED_STORED = 10,    /* (position that is on the follower's disk), which also says that it lives */
	FEED_KEY = 11,       /* a person's id, none for the vault's root, and the wrapped key (keys_box.h) */
	FEED_KEYS_DONE = 12, /* all that there were at START were said */
	FEED_REFUSED = 13,   /* a sentence; the feed hangs up, and trying again is no use */
	FEED_WORDS,
};

struct feed_hello {
	uint32_t  protocol;
	struct id store; /* absent: the copy is empty */
	uint64_t  epoch;
	bool      keys;     /* it wants them */
	bool      has_keys; /* all that its records need */
};

struct feed_epochs {
	const struct log_epoch *items;
	uint32_t                count;
};

struct feed_welcome {
	uint32_t           protocol;
	struct id          store;
	struct feed_epochs epochs; /* as in identity.h, the present one last */
	uint64_t           head;
};

extern const struct shape feed_hello_shape, feed_welcome_shape;

/* Appends a frame whose body is bytes or nothing. */
void feed_append(struct buffer *out, enum feed_word word, uint64_t number, struct bytes body);

/* The log that the welcome names. INVALID: its epochs are not one behind the other. */
enum status feed_identity(const struct feed_welcome *welcome, struct log_identity *out) MUST_USE;

#endif
