/* Follows a feed: keeps a copy of its log (copy.h) that is verified as it grows, for ever, through lost connections and
 * restarts.
 *
 *   call     connect, shake hands; again after a pause that doubles, with chance in it
 *   compare  is the copy's tree the beginning of the feed's? If not, find the first position that differs, and stop
 *   follow   take records in order, as many as come in one transaction; compare the tree with each signed checkpoint
 *
 * What no checkpoint covers yet is stored all the same, but only the log's key vouches for it: a feed that sends other
 * records than were signed, or a signed past that is not the copy's, is refused with the next checkpoint at the latest.
 * Trying again is no use then; somebody must look. */
#ifndef ORRERY_FEED_FOLLOWER_H
#define ORRERY_FEED_FOLLOWER_H

#include "eventstore/base/noise.h"
#include "eventstore/base/note.h"
#include "eventstore/log/log_keys.h"

enum {
	FOLLOWER_GROUP_MAX = 1 << 20, /* bytes of records in one transaction, and a record */
	FOLLOWER_TOLD_MS = 1000,      /* how often it tells how far it is, when that has changed */
	FOLLOWER_PAUSE_MIN_MS = 100,
	FOLLOWER_PAUSE_MAX_MS = 10 * 1000,
	FOLLOWER_SENTENCE_MAX = 512,
};

#define FOLLOWER_KEY_FILE "follower.key" /* in the copy's folder */

enum follower_event {
	FOLLOWER_FOUND,   /* the feed: it is the same log, and from here on */
	FOLLOWER_LIVE,    /* all that the feed has is on disk */
	FOLLOWER_GOES_ON, /* how far it is */
	FOLLOWER_LOST,    /* the feed, with a sentence; it is looked for again */
	FOLLOWER_REFUSED, /* for good, with a sentence */
};

struct follower_news {
	enum follower_event event;
	uint64_t            position; /* on the copy's disk */
	uint64_t            head;     /* of the feed, as far as it told */
	uint64_t            verified; /* events that a checkpoint covers */
	uint64_t            epoch;
	const char         *sentence; /* or NULL */
};

struct follower_settings {
	const char          *directory;              /* the copy's */
	const char          *from;                   /* HOST:PORT */
	struct noise_public  feed;                   /* its key */
	struct note_verifier log_keys[LOG_KEYS_MAX]; /* by any of which a checkpoint must be signed */
	uint32_t             log_key_count;
	bool                 keys; /* the vault is copied as well */
	int                  stop; /* a descriptor that becomes readable when it is to end */
	void (*tell)(void *owner, const struct follower_news *news);
	void *owner;
};

/* OK: it was told to stop, and what came is on disk. CONFLICT: refused; tell was called with the sentence. The other
 * statuses are copy_open's and copy_commit's. */
enum status follower_run(const struct follower_settings *settings) MUST_USE;

#endif
