/* What a copy of a read model shows, as one hash: the same for rows that were folded live, by one worker, by many, or
 * in any batches.
 *
 * Each row is hashed by PostgreSQL as SHA-256 of the row's text, in which NULL differs from an empty text and sealed
 * texts stand as they are. Of a table the first two 64-bit words of those hashes are summed up, so that the order of
 * rows means nothing. The digest is SHA-256 over: fold, store, position and leaf of the checkpoint, then each table by
 * name with the number of its rows and both sums. All of it is read under one snapshot. The epoch is not in it: rows
 * that were folded before a promotion are those that are folded after it, and a log that went another way has another
 * leaf. */
#ifndef ORRERY_DIGEST_H
#define ORRERY_DIGEST_H

#include "projections/checkpoint.h"

enum { DIGEST_TABLES_MAX = 32, DIGEST_NAME_SIZE = 64, DIGEST_SUM_SIZE = 32, DIGEST_TEXT_SIZE = 43 };

struct table_digest {
	char     name[DIGEST_NAME_SIZE];
	char     sums[2][DIGEST_SUM_SIZE];
	uint64_t rows;
};

struct model_digest {
	struct checkpoint   checkpoint; /* the rows' */
	struct hash         hash;
	uint64_t            rows;
	uint32_t            table_count;
	struct table_digest tables[DIGEST_TABLES_MAX]; /* by name */
};

/* Begins a snapshot of `schema` in the session, which has checkpoint.h's statements, and reads its checkpoint; ends
 * with digest_end. Nothing else of the session may be used in between. Copies must not be swapped meanwhile
 * (checkpoint_lock). NOT_FOUND: no such copy. */
enum status digest_begin(struct pg_session *session, const char *schema, struct model_digest *digest) MUST_USE;

/* Reads all rows under the snapshot that was begun. UNSUPPORTED: more than DIGEST_TABLES_MAX tables. */
enum status digest_read(struct pg_session *session, const char *schema, struct model_digest *digest) MUST_USE;
void        digest_end(struct pg_session *session);

/* All of that at once. */
enum status digest_take(struct pg_session *session, const char *schema, struct model_digest *digest) MUST_USE;

/* Keeps it in the row of the checkpoint. */
enum status digest_keep(struct pg_session *session, const char *schema, const struct model_digest *digest) MUST_USE;

/* Base64url, terminated. */
void digest_format(const struct model_digest *digest, char out[DIGEST_TEXT_SIZE + 1]);

/* The first table in which the two differ, NULL when they are the same in each. */
const char *digest_difference(const struct model_digest *a, const struct model_digest *b);

#endif
