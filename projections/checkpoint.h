/* How far a read model has come, kept in the same database and moved in the same transaction as its rows.
 *
 * A projection NAME lives in PostgreSQL schemas, copies of one another at different positions, each with its own row
 * here:
 *   NAME            what is read
 *   NAME__next      built beside it, to take its place
 *   NAME__previous  what was read before
 *   NAME__verify    made to compare with, and dropped
 *   NAME__at_N      as it was at position N, until somebody drops it
 * While several workers build a copy, each has a row of its own, named like the copy with "/which/of how many" behind,
 * and the copy's own row waits for them at the position where they began. */
#ifndef ORRERY_CHECKPOINT_H
#define ORRERY_CHECKPOINT_H

#include "eventstore/base/hash.h"
#include "projections/fold.h"
#include "projections/pg_session.h"
#include "projections/projector_log.h"

enum { CHECKPOINT_FOLD_SIZE = 65, SCHEMA_NAME_SIZE = 64 };

/* Statements that every projector's session has, before those of its projection. */
enum checkpoint_statement {
	CHECKPOINT_BEGIN,
	CHECKPOINT_COMMIT,
	CHECKPOINT_LOAD,
	CHECKPOINT_HOLD,     /* schema, fold, position, made: locks the row, or fails as below */
	CHECKPOINT_ADVANCE,  /* schema, position, leaf, position of an erasing event or 0, epoch */
	CHECKPOINT_PURGED,   /* schema, position whose purge is done */
	CHECKPOINT_OUTDATED, /* projection, position: its copies beside that show what was erased by that position */
	CHECKPOINT_MARK,     /* schema, fold: for it and its workers */
	CHECKPOINT_LOCK,     /* projection: "t" when nobody else builds or swaps its copies; until the session ends */
	CHECKPOINT_SPLIT,    /* copy, how many: makes the rows of its workers */
	CHECKPOINT_PARTS,    /* copy: the rows of its workers */
	CHECKPOINT_JOIN,     /* copy: removes them */
	CHECKPOINT_STAY,     /* schema, "t" or "f": a projector of another fold shall let it be */
	CHECKPOINT_DIGEST,   /* schema, digest, rows, position: what digest.h found */
	CHECKPOINT_TIMED,    /* schema, events, µs, workers: how long its build took */
	CHECKPOINT_STATEMENTS,
};

extern const char *const checkpoint_statements[CHECKPOINT_STATEMENTS];

/* SQLSTATEs of CHECKPOINT_HOLD: the row is not where its holder left it, or it is that of another fold or of other
 * tables by now. */
#define CHECKPOINT_MOVED "OR001"
#define CHECKPOINT_CHANGED "OR002"

struct checkpoint {
	uint64_t            position; /* everything up to here is in the rows */
	struct hash         leaf;     /* of that position; zeroes at 0 */
	struct log_identity log;
	char                fold[CHECKPOINT_FOLD_SIZE]; /* fingerprint of the fold that made the rows */
	uint64_t            purge_due; /* position of an erasing event that is folded but not yet purged; 0 when none */
	struct id           made;      /* which making of these tables it is */
	bool                held;      /* a rollback put it there: a projector of another fold lets it be */
};

/* What stands in place of a fold's fingerprint: the copy is to be built anew, or its building is to end. */
#define CHECKPOINT_FOLD_MARKED ""
#define CHECKPOINT_FOLD_CANCELLED "cancelled"

/* Makes the table when there is none. */
enum status checkpoint_prepare(struct pg_session *session) MUST_USE;

/* NOT_FOUND: no such schema of ours. CORRUPT: the row cannot be understood. */
enum status checkpoint_load(struct pg_session *session, const char *schema, struct checkpoint *checkpoint) MUST_USE;

/* *fault is NULL when the checkpoint lies on the log, else it says why not: "…, but FAULT". A failure is the log's. */
enum status checkpoint_check(const struct checkpoint *checkpoint, const struct projector_log *log,
                             const char **fault) MUST_USE;

/* Makes an empty read model in `schema`, at position 0 of this log, in one transaction; the session's search path is
 * `schema`. An older copy beside is dropped; a schema NAME that stands there already is not ours, and a failure. */
enum status checkpoint_create(struct pg_session *session, const struct projection *projection, const char *schema,
                              struct log_identity log) MUST_USE;

/* In one transaction NAME becomes NAME__previous, NAME__next becomes NAME, and the NAME__previous of before is dropped.
 * The purge that either owed is owed by the new one. A crash takes neither this nor a row of the new one back. */
enum status checkpoint_swap(struct pg_session *session, const char *name) MUST_USE;

/* In one transaction NAME and NAME__previous change places; purges as above. */
enum status checkpoint_exchange(struct pg_session *session, const char *name) MUST_USE;

/* Drops a copy and its rows; fine when there is none. TIMED_OUT: somebody reads it for longer than COPY_LOCK_MS. */
enum { COPY_LOCK_MS = 5000 };
enum status checkpoint_drop(struct pg_session *session, const char *schema) MUST_USE;

/* True when this session may build and swap copies of the projection from now on until it ends. */
enum status checkpoint_lock(struct pg_session *session, const char *name, bool *locked) MUST_USE;

/* Has the projection built anew from the log: by its projector within seconds, or by the next one. What is read stays
 * until then. NOT_FOUND: there is no such read model. */
enum status checkpoint_mark(struct pg_session *session, const char *name) MUST_USE;

#endif
