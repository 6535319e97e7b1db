/* Builds copies of a read model from the log: to take the place of what is read, to compare with it, or to look at the
 * past. What is read stays as it is until one transaction swaps it, and whatever ends in between leaves it alone.
 *
 *   lock       nobody else builds or swaps copies of this read model meanwhile; the lock goes with its session
 *   copy       NAME__next, empty, or half built by somebody who was interrupted
 *   fold       as bulk.h does, to where the living rows stand
 *   compare    when they are of this fold: both digests at one position, or nothing is swapped
 *   catch up   to the head
 *   swap       with the living checkpoint locked: the last events, then the names change in one transaction
 *
 * The live projector goes on until the swap and takes up the new rows where they stand. An erasure meanwhile drops
 * what was built, when that shows the person (purge.h); then building begins again. Nothing but rows comes of folding:
 * effects belong to subscribers, which know nothing of this. */
#ifndef ORRERY_REBUILD_H
#define ORRERY_REBUILD_H

#include "projections/bulk.h"
#include "projections/digest.h"

enum {
	REBUILD_BEGINNINGS_MAX = 10, /* times that erasures may make it begin again */
	REBUILD_LOCK_MS = 3000,      /* how long somebody else may still hold the lock */
	REBUILD_LAG_MS = 10 * 1000,  /* how long the living rows may take to come to where the copy stands */
	REBUILD_NEAR_EVENTS = 1000,  /* so near to the head the rest is folded with the living rows locked */
};

enum rebuild_end {
	REBUILD_DONE,
	REBUILD_DIFFERS,   /* two digests that ought to be the same are not: nothing was swapped */
	REBUILD_UNCERTAIN, /* the living rows could not be compared, and `accept_difference` is not set */
	REBUILD_MISSING,   /* there is no such read model, or no such copy of it */
	REBUILD_DROPPED,   /* erasures dropped the copy again and again */
	REBUILD_LOCKED,    /* somebody else builds it */
	REBUILD_CANCELLED, /* rebuild_cancel by somebody else */
	REBUILD_STOPPED,   /* told to stop; what was built can be gone on with */
	REBUILD_FAILED,    /* `problem` says why; likewise */
};

enum rebuild_phase {
	REBUILD_FOLDING,   /* `total` events */
	REBUILD_COMPARING, /* the rest have no total */
	REBUILD_CATCHING_UP,
	REBUILD_SWAPPING,
};

struct rebuild_settings {
	struct bulk_settings bulk;
	bool                 accept_difference;
	/* Called on the caller's thread as each phase begins; NULL: nobody looks. */
	void (*on_phase)(void *owner, enum rebuild_phase phase, uint64_t total);
	void *owner;
};

struct rebuild_report {
	char                problem[BULK_PROBLEM_SIZE];
	bool                compared;     /* the two digests are set */
	const char         *not_compared; /* why, when not */
	struct model_digest living, built;
	uint64_t            position;   /* of what was built */
	uint64_t            events;     /* that folding passed, */
	int64_t             folding_us; /* in so long */
	bool                resumed;
	bool                stays; /* rolled back to another fold, where it stays */
	uint32_t            beginnings;
};

/* Builds NAME__next and swaps it in. MISSING: there is no NAME yet; its projector makes it. */
enum rebuild_end rebuild_run(const struct rebuild_settings *settings, struct rebuild_report *report) MUST_USE;

/* Builds NAME__verify, compares, and drops it. DONE: both are the same. */
enum rebuild_end rebuild_verify(const struct rebuild_settings *settings, struct rebuild_report *report) MUST_USE;

/* Builds NAME__at_POSITION and leaves it to be looked at. */
enum rebuild_end rebuild_at(const struct rebuild_settings *settings, uint64_t position,
                            struct rebuild_report *report) MUST_USE;

/* NAME__previous is read again. When its fold is this build's, it is first folded to the head. Otherwise this build
 * cannot fold it: only with `stay` does it take the place all the same, showing what it showed, and projectors of
 * another fold let it be until a rebuild. UNCERTAIN: that, without `stay`. */
enum rebuild_end rebuild_roll_back(const struct rebuild_settings *settings, bool stay,
                                   struct rebuild_report *report) MUST_USE;

/* Drops NAME__next, or tells whoever builds it to do so. */
enum rebuild_end rebuild_cancel(const struct rebuild_settings *settings, struct rebuild_report *report) MUST_USE;

/* Drops a copy beside: NAME and the suffix, as "__at_17". */
enum rebuild_end rebuild_drop(const struct rebuild_settings *settings, const char *suffix,
                              struct rebuild_report *report) MUST_USE;

/* Folds the first events into a copy that is dropped again, to learn how fast it goes. */
enum rebuild_end rebuild_probe(const struct rebuild_settings *settings, uint64_t events,
                               struct rebuild_report *report) MUST_USE;

#endif
