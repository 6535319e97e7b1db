/* How far a read model has come, kept in the same database and moved in the same transaction as its rows.
 *
 * A projection NAME lives in up to three PostgreSQL schemas, each with its own row here: NAME is what is read,
 * NAME__next is built beside it when the fold has changed, NAME__previous is what was read before. */
#ifndef ORRERY_CHECKPOINT_H
#define ORRERY_CHECKPOINT_H

#include "eventstore/base/hash.h"
#include "eventstore/reader.h"
#include "projections/fold.h"
#include "projections/pg_session.h"

enum { CHECKPOINT_FOLD_SIZE = 65, SCHEMA_NAME_SIZE = 64 };

/* Statements that every projector's session has, before those of its projection. */
enum checkpoint_statement {
	CHECKPOINT_BEGIN,
	CHECKPOINT_COMMIT,
	CHECKPOINT_LOAD,
	CHECKPOINT_HOLD,     /* schema, fold, position: locks the row, or fails as below */
	CHECKPOINT_ADVANCE,  /* schema, position, leaf, position of an erasing event or 0, epoch */
	CHECKPOINT_PURGED,   /* schema, position whose purge is done */
	CHECKPOINT_OUTDATED, /* schema, position: of a copy that shows what was erased by that position */
	CHECKPOINT_MARK,     /* schema: build it anew */
	CHECKPOINT_STATEMENTS,
};

extern const char *const checkpoint_statements[CHECKPOINT_STATEMENTS];

/* SQLSTATEs of CHECKPOINT_HOLD: the row is not where its holder left it, or belongs to another fold by now. */
#define CHECKPOINT_MOVED "OR001"
#define CHECKPOINT_CHANGED "OR002"

struct checkpoint {
	uint64_t            position; /* everything up to here is in the rows */
	struct hash         leaf;     /* of that position; zeroes at 0 */
	struct log_identity log;
	char                fold[CHECKPOINT_FOLD_SIZE]; /* fingerprint of the fold that made the rows */
	uint64_t            purge_due; /* position of an erasing event that is folded but not yet purged; 0 when none */
};

/* Makes the table when there is none. */
enum status checkpoint_prepare(struct pg_session *session) MUST_USE;

/* NOT_FOUND: no such schema of ours. CORRUPT: the row cannot be understood. */
enum status checkpoint_load(struct pg_session *session, const char *schema, struct checkpoint *checkpoint) MUST_USE;

/* Makes an empty read model in `schema`, at position 0 of this log, in one transaction; the session's search path is
 * `schema`. An older NAME__next is dropped; any other schema that stands there already is not ours, and a failure. */
enum status checkpoint_create(struct pg_session *session, const struct projection *projection, const char *schema,
                              struct log_identity log) MUST_USE;

/* In one transaction NAME becomes NAME__previous, NAME__next becomes NAME, and the NAME__previous of before is dropped.
 */
enum status checkpoint_swap(struct pg_session *session, const char *name) MUST_USE;

/* Has the projection built anew from the log: by its projector within seconds, or by the next one. What is read stays
 * until then. NOT_FOUND: there is no such read model. */
enum status checkpoint_mark(struct pg_session *session, const char *name) MUST_USE;

#endif
