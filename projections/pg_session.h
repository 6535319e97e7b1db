/* A connection to PostgreSQL for a thread that may wait: the same pipelined connection (pg.h), turned by poll().
 * Both directions stay open while a batch is sent, so that even a large one cannot stall. */
#ifndef ORRERY_PG_SESSION_H
#define ORRERY_PG_SESSION_H

#include "projections/pg.h"

/* Longer silence from a server with work to do counts as a lost connection. */
enum { PG_SESSION_CONNECT_MS = 5000, PG_SESSION_SILENCE_MS = 600 * 1000 };

struct pg_session;

/* Copies and lifetimes as in pg.h; pending_max and repeatable mean nothing here. Does not connect. */
struct pg_session *pg_session_create(const struct pg_settings *settings);
void               pg_session_destroy(struct pg_session *session); /* NULL is borne */

/* Connects anew, whatever was before. UNREACHABLE, or TIMED_OUT after PG_SESSION_CONNECT_MS. */
enum status pg_session_connect(struct pg_session *session) MUST_USE;
bool        pg_session_connected(const struct pg_session *session);

/* Adds a statement to the batch under way. The tag is the caller's, to know the statement again if it fails.
 * A failure to add is remembered and reported by pg_session_run. */
void pg_session_add(struct pg_session *session, uint32_t statement, const struct text *values, uint32_t value_count,
                    uint64_t tag);

/* Sends the batch and waits for every answer. The first failure decides; *failed_tag (may be NULL) is then its tag.
 * A transaction that the batch began is then rolled back. */
enum status pg_session_run(struct pg_session *session, uint64_t *failed_tag) MUST_USE;

/* One statement; *answer is the caller's to release. */
enum status pg_session_ask(struct pg_session *session, uint32_t statement, const struct text *values,
                           uint32_t value_count, struct pg_answer **answer) MUST_USE;

/* pg_script, awaited. *answer (may be NULL) is the last statement's. */
enum status pg_session_script(struct pg_session *session, const char *sql, struct pg_answer **answer) MUST_USE;

/* Of the failure that the last call reported, as in pg.h. */
const char *pg_session_problem(const struct pg_session *session);
const char *pg_session_sqlstate(const struct pg_session *session);

#endif
