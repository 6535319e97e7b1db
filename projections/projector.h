/* Folds the log into one read model, for ever: one projector per projection, each with its own connection and
 * checkpoint.
 *
 *   open     connect; find the checkpoint; is it on this log, and of this fold?
 *   settle   purge what an erasure left behind; only then tell how far the rows have come
 *   fold     read a batch; BEGIN, hold the checkpoint, the batch's statements, move the checkpoint, COMMIT: one round
 *            trip, and none for a batch that changes no row (fold_batch.h)
 *   swap     a fold that has changed is built beside, in NAME__next, by the same path, and takes the place at the head
 *
 * While somebody else builds NAME__next (rebuild.h), or a rollback holds NAME where it is, a projector whose fold is
 * another one leaves both alone and looks again now and then.
 *
 * No event is ever skipped: a statement that fails stops this projection, and no other, at that event.
 * PostgreSQL may go and come back; the checkpoint says where to go on. */
#ifndef ORRERY_PROJECTOR_H
#define ORRERY_PROJECTOR_H

#include "projections/fold.h"
#include "projections/projector_log.h"

#include <stdatomic.h>

enum {
	PROJECTOR_BATCH_MAX = 1000,                   /* events a transaction */
	PROJECTOR_BATCH_BYTES_MAX = 16 * 1024 * 1024, /* of values */
	PROJECTOR_IDLE_MS = 5000, /* how often a projector that writes nothing looks whether its checkpoint stands */
	PROJECTOR_BACKOFF_MIN_MS = 100,
	PROJECTOR_BACKOFF_MAX_MS = 10 * 1000,
};

struct projector_settings {
	const struct projection    *projection;
	const char                 *connection; /* as in pg.h; copied */
	const struct projector_log *log;        /* must outlive the projector, as must what follows */
	const struct opener        *opener;     /* for the tables that hold names in clear */
	const atomic_bool          *stopping;
};

struct projector;

/* Does not connect. */
struct projector *projector_create(const struct projector_settings *settings);
void              projector_destroy(struct projector *projector); /* NULL is borne */

enum projector_turn {
	TURN_AGAIN,   /* there may be more to do at once */
	TURN_IDLE,    /* the head is reached */
	TURN_RETRY,   /* something is wrong that may pass; said in the diagnostics */
	TURN_REFUSED, /* the rows are not of this log: they must be rebuilt; said in the diagnostics */
	TURN_FENCED,  /* another projector moves this checkpoint; said in the diagnostics */
};

/* One step of the life above, without waiting for events. */
enum projector_turn projector_turn(struct projector *projector);

/* Turns until `stopping` (TURN_IDLE), TURN_REFUSED or TURN_FENCED. */
enum projector_turn projector_run(struct projector *projector);

/* What the rows show, all purges done; 0 before the first open. */
uint64_t projector_position(const struct projector *projector);

#endif
