/* Folds a copy of a read model up to a position, by as many workers as it allows.
 *
 * One fold path: a worker takes the same statements through the same batches as the live projector (fold_batch.h).
 * Several workers share the copy out among them by the id of "-- parallel by"; each reads the log for itself, folds its
 * part in order, and moves a row of its own in the checkpoint table together with its rows. When all have come to the
 * target, one transaction moves the copy's own row there and removes theirs. So whatever dies in between, each part
 * stands where its rows stand, and the next call goes on from there, with as many workers as the rows say. */
#ifndef ORRERY_BULK_H
#define ORRERY_BULK_H

#include "projections/checkpoint.h"

#include <stdatomic.h>

enum {
	BULK_WORKERS_MAX = 16,
	BULK_EVENTS_MAX = 1000,         /* that call for statements, a transaction: more leave more dead rows behind */
	BULK_SCAN_MAX = 64 * 1024,      /* events looked at, a transaction */
	BULK_PARALLEL_EVENTS_MIN = 500, /* fewer are not worth several workers */
	BULK_PASSING_MAX = 100,         /* deadlocks a worker survives */
	BULK_PROBLEM_SIZE = 512,
};

struct bulk_settings {
	const struct projection *projection;
	const char              *connection; /* as in pg.h */
	const struct opener     *opener;
	/* A log for a worker of its own, closed by the same owner. */
	enum status (*open_log)(void *owner, struct projector_log **out);
	void (*close_log)(void *owner, struct projector_log *log);
	void    *owner;
	uint32_t workers; /* from 1 to BULK_WORKERS_MAX; as many as that where the projection allows more than 1 */
	uint64_t rate;    /* events of the log a second, 0: as fast as may be */
	const atomic_bool *stopping;
	_Atomic uint64_t  *done; /* moves with the events that are behind; NULL: nobody looks */
};

/* A session in which the copy's tables are found, with checkpoint.h's statements and then the projection's. *statements
 * is to be freed after the session. */
struct pg_session *bulk_session(const struct bulk_settings *settings, const char *schema, const char ***statements);

/* OK: the copy stands at `target`, or beyond if it did before. BUSY: told to stop. CONFLICT: the copy is another one by
 * now, or is gone. Anything else, with a sentence in `problem`: PostgreSQL or the log. In all cases the copy can be
 * gone on with. */
enum status bulk_fold(const struct bulk_settings *settings, const char *schema, uint64_t target,
                      char problem[BULK_PROBLEM_SIZE]) MUST_USE;

#endif
