/* A connection to PostgreSQL for any event loop: nonblocking, pipelined, prepared statements. The one door to libpq.
 *
 * Statements are numbered; each is prepared at its first use on a connection. What is queued between two pg_flush calls
 * is one batch: one write, one answer. Callbacks are called from pg_on_ready, pg_flush, pg_close and pg_destroy only,
 * in the order in which the statements were queued. One thread at a time. */
#ifndef ORRERY_PG_H
#define ORRERY_PG_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

enum { PG_PARAMETERS_MAX = 64, PG_STATEMENTS_MAX = 1024, PG_PROBLEM_SIZE = 256, PG_SQLSTATE_SIZE = 6 };

struct pg;

/* Rows that PostgreSQL answered. Kept until released; views of it are valid until then. */
struct pg_answer;

uint32_t pg_answer_rows(const struct pg_answer *answer);
uint32_t pg_answer_columns(const struct pg_answer *answer);

/* TEXT_NONE for NULL. The bytes are followed by a NUL. Asking beyond rows or columns is a bug. */
struct text pg_answer_text(const struct pg_answer *answer, uint32_t row, uint32_t column);

/* Rows that an INSERT, UPDATE or DELETE touched. */
uint64_t pg_answer_changed(const struct pg_answer *answer);

/* NULL is borne. */
void pg_answer_release(struct pg_answer *answer);

struct pg_settings {
	const char        *connection;  /* libpq's connection string or URI; copied */
	const char        *session_sql; /* one statement, run first on every connection; copied; NULL for none */
	const char *const *statements;  /* must outlive the pg */
	uint32_t           statement_count;
	uint32_t           pending_max; /* statements waiting for their answer */
	/* The statements only read, each for itself: one that fell because a neighbour of its batch failed is sent
	 * again, once, in a batch of its own. Otherwise a batch without BEGIN is one transaction and falls as a whole.
	 */
	bool repeatable;
};

struct pg *pg_create(const struct pg_settings *settings);
void       pg_destroy(struct pg *pg); /* NULL is borne; not from within a callback */

enum pg_state { PG_CLOSED, PG_CONNECTING, PG_READY };

enum pg_state pg_state(const struct pg *pg);

/* Begins to connect. UNREACHABLE: it failed at once. Host names are looked up blockingly: give a socket or hostaddr. */
enum status pg_connect(struct pg *pg) MUST_USE;

/* Ends the connection; what is queued ends with UNREACHABLE. Stop watching pg_fd before. */
void pg_close(struct pg *pg);

/* The socket to watch, -1 when closed. While PG_CONNECTING it may become another one with each pg_on_ready, even under
 * the same number: watch anew after each call. */
int  pg_fd(const struct pg *pg);
bool pg_wants_read(const struct pg *pg);
bool pg_wants_write(const struct pg *pg);

/* The socket is ready. False: the connection is lost or was refused; call pg_close. */
bool pg_on_ready(struct pg *pg, bool readable, bool writable) MUST_USE;

/* On OK the answer is the callee's to release, else NULL. UNREACHABLE: no connection, or it was lost, or what is asked
 * for does not exist there yet; TIMED_OUT; INVALID: a value cannot be read as the type it stands for; CONFLICT: a
 * constraint, or fallen with its batch; CORRUPT: any other error, a fault of ours. */
typedef void (*pg_done)(void *owner, enum status status, struct pg_answer *answer);

struct pg_call {
	uint32_t           statement;
	const struct text *values; /* texts; TEXT_NONE is NULL; copied */
	uint32_t           value_count;
	pg_done            done; /* may be NULL */
	void              *owner;
};

/* UNREACHABLE: not PG_READY. BUSY: pending_max wait already. INVALID: a value holds a NUL byte. In each case nothing
 * was queued and `done` is not called. */
enum status pg_queue(struct pg *pg, const struct pg_call *call) MUST_USE;

/* Sends the batch. False as in pg_on_ready. */
bool pg_flush(struct pg *pg) MUST_USE;

/* Statements separated by semicolons, without parameters: one transaction unless they say otherwise. `done` gets the
 * last one's answer. BUSY: something is pending. UNREACHABLE as in pg_queue. */
enum status pg_script(struct pg *pg, const char *sql, pg_done done, void *owner) MUST_USE;

/* What was queued for this owner is still answered, but nobody is told. */
void pg_forget(struct pg *pg, const void *owner);

/* Statements whose answer is awaited. */
uint32_t pg_pending(const struct pg *pg);

/* Nothing is under way, not even the end of a batch: pg_script may be called. */
bool pg_idle(const struct pg *pg);

/* Of the last failure, valid until the next: a sentence that holds no value of a row, and the SQLSTATE ("" when it did
 * not come from the server). */
const char *pg_problem(const struct pg *pg);
const char *pg_sqlstate(const struct pg *pg);

#endif
