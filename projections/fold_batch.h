/* One transaction of a read model: the statements that a batch of events calls for, and the checkpoint's move.
 *
 *   fold_batch_start, fold_batch_take for each record, fold_batch_begin where a transaction is wanted in any case,
 *   fold_batch_commit
 *
 * An event that the projection has no statement for is looked at no further than its number. A batch of nothing else
 * begins no transaction.
 *
 * A projection that is parallel by a field may be folded by several workers: each takes the events whose id in that
 * field belongs to its part, in their order, and has a row of its own in the checkpoint table. */
#ifndef ORRERY_FOLD_BATCH_H
#define ORRERY_FOLD_BATCH_H

#include "eventstore/log/record.h"
#include "projections/fold.h"
#include "projections/pg_session.h"

/* What a batch needs to know; kept by its caller for as long as the batch lives. */
struct fold_target {
	struct pg_session       *session; /* its statements are checkpoint.h's, then the projection's */
	const struct projection *projection;
	const char              *schema; /* whose row of the checkpoint table is held and moved */
	const struct opener     *opener;
	uint64_t                 committed;   /* position of the checkpoint's row */
	struct id                made;        /* as the row says */
	uint32_t                 events_max;  /* of those that call for statements; 0: as many as are taken */
	bool                     bare;        /* the transaction is the caller's, and no checkpoint is held or moved */
	uint32_t                 part, parts; /* takes the events of its part alone; parts 0 or 1: all of them */
};

struct fold_batch {
	const struct fold_target *target;
	struct arena              arena;
	uint64_t                  position; /* of the last event taken */
	struct hash               leaf;     /* there */
	uint64_t                  erasing;  /* position of the last event that erases somebody, 0 when none */
	uint32_t                  events;   /* that called for statements */
	size_t                    bytes;    /* of values */
	uint64_t                  epoch;    /* that the log was in when the events were read; the caller's to set */
	bool                      begun;
	enum status               failure; /* reading the event after `position` */
};

/* Does a commit wait until PostgreSQL's own log of it is on disk? Of what is read, always: nobody sees such a row, and
 * no position is told, before a crash of PostgreSQL can no longer take it back. A copy beside is neither read nor told:
 * a crash may lose its last batches, rows and checkpoint together, and the swap that puts it in place waits for all. */
enum fold_commit { FOLD_COMMIT_WAITS, FOLD_COMMIT_HURRIES };

/* What a session that folds into `schema` is set to: its tables are found there, it commits as said, and each statement
 * keeps its first plan, since a projection's statements find their rows by key whatever their values are. (Left to
 * itself, PostgreSQL plans some of them anew for each event: a third of all its work for the read model of accounts.)
 */
enum { FOLD_SESSION_SIZE = 320 };
void fold_session_sql(const char *schema, enum fold_commit commit, char out[FOLD_SESSION_SIZE]);

/* The statements of such a session: checkpoint.h's, the projection's, and its queries. To be freed after the session.
 */
const char **fold_session_statements(const struct projection *projection, uint32_t *count);

/* Does somebody's key go with an event of this type? */
bool fold_erases(const struct event_type *type);

/* A batch of what follows `position`. */
struct fold_batch fold_batch_start(const struct fold_target *target, uint64_t position, struct hash leaf);

/* Takes the next event. False: it cannot be read (`failure`), or the batch is full with it. */
bool fold_batch_take(struct fold_batch *batch, const struct record *record);

/* Begins the transaction and locks the checkpoint, unless that was done. */
void fold_batch_begin(struct fold_batch *batch);

/* Moves the checkpoint to `position`, commits and frees what the batch holds; OK without a word to PostgreSQL when
 * nothing was begun. On failure nothing has happened, and *failed is the position of the event whose statement failed,
 * 0 when it was none. */
enum status fold_batch_commit(struct fold_batch *batch, uint64_t *failed) MUST_USE;

#endif
