/* The part of a session that tells wrapped keys of persons: all of them at first, then those that a record needs. For
 * session.c alone. */
#ifndef ORRERY_FEED_SESSION_KEYS_H
#define ORRERY_FEED_SESSION_KEYS_H

#include "eventstore/log/record.h"
#include "eventstore/vault/keys_box.h"

/* Zeroes: no keys are told. */
struct session_keys {
	struct keys_box *box;
	struct id        walked_to; /* in the order of ids */
	bool             walked;    /* to the end */
};

/* `directory` is the vault's; `walked`: the follower has those that there are. The statuses are keys_box_open's. */
enum status session_keys_open(struct session_keys *keys, const char *directory, bool walked) MUST_USE;
void        session_keys_close(struct session_keys *keys);

/* Is there any to be told before the first record? */
bool session_keys_due(const struct session_keys *keys);

/* Appends the root and some keys, up to about `size_max` bytes of frames. */
enum status session_keys_walk(struct session_keys *keys, size_t size_max, struct buffer *frames) MUST_USE;

/* Appends the keys under which the record's texts are sealed. */
enum status session_keys_of(struct session_keys *keys, const struct record *record, struct buffer *frames) MUST_USE;

#endif
