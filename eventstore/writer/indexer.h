/* The thread that moves what is durable from the overlay into the index, and what was decided into the journal: after a
 * while, or sooner when much waits. An index that cannot be written ends the process; the log holds everything, and the
 * next start brings the index up. A journal that cannot be written ends the journal. */
#ifndef ORRERY_INDEXER_H
#define ORRERY_INDEXER_H

#include "eventstore/disk/room.h"
#include "eventstore/log/index.h"
#include "eventstore/log/log.h"
#include "eventstore/vault/keys.h"
#include "eventstore/writer/journal.h"
#include "eventstore/writer/overlay.h"

struct indexer;

/* None of them is owned; all must outlive the indexer. */
struct indexer_parts {
	const struct room *room; /* while it is short nothing is moved; NULL: it never is */
	struct log        *log;
	struct index      *index;
	struct keys       *keys; /* NULL: there is no vault */
	struct overlay    *overlay;
	struct journal    *journal; /* NULL: none is kept */
	uint32_t           every_ms;
	bool               by_hand; /* no thread: the owner calls indexer_step */
};

enum { INDEXER_EVENTS_MAX = 1 << 16 };  /* that many waiting events do not wait any longer */
enum { INDEXER_BRIDGED_MAX = 1 << 20 }; /* that many may wait in memory for want of room */

/* Brings the index up to the log's head, on the calling thread; while there is no room, the overlay holds what it
 * lacks. CONFLICT: it is ahead of this log. FULL: it lacks more than INDEXER_BRIDGED_MAX events, and there is no room.
 */
enum status indexer_catch_up(const struct indexer_parts *parts, uint64_t head) MUST_USE;

/* Starts the thread, unless it is by hand; everything up to `durable` is on disk. */
enum status indexer_start(const struct indexer_parts *parts, uint64_t durable, struct indexer **out) MUST_USE;

/* Everything up to here is on disk now. Any thread. */
void indexer_note_durable(struct indexer *indexer, uint64_t position);

/* By hand: one step of what the thread does, without waiting. It takes the events that gathered, or moves those it has
 * taken into the index once all of them are durable. A failure ends the process, as the thread's would. */
enum status indexer_step(struct indexer *indexer) MUST_USE;

/* Moves what is durable and ends the thread; by hand, moves nothing. NULL is borne. */
void indexer_stop(struct indexer *indexer);

#endif
