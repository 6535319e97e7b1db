/* Questions to the read models: every "-- query" and "-- lookup" of projections/, over two pipelined connections.
 *
 * For one event loop, whichever it is: the loop lends its way to watch a socket, calls queries_flush at the end of each
 * turn and queries_tick every QUERIES_TICK_MS. Nothing here waits. One thread. What was asked within one turn goes out
 * as one batch. The connections only read; each statement is bounded by QUERIES_STATEMENT_MS, silence of the server by
 * QUERIES_PATIENCE_MS. A lost connection comes back by itself. */
#ifndef ORRERY_QUERY_H
#define ORRERY_QUERY_H

#include "projections/fold.h"
#include "projections/pg.h"

enum {
	QUERIES_CONNECTIONS = 2,
	QUERIES_PENDING_MAX = 1000, /* a connection */
	QUERIES_STATEMENT_MS = 2000,
	QUERIES_PATIENCE_MS = 5000,
	QUERIES_TICK_MS = 100,
	QUERIES_BACKOFF_MIN_MS = 100,
	QUERIES_BACKOFF_MAX_MS = 5000,
};

struct queries;

/* How the loop watches a socket. */
struct query_loop {
	void *owner;
	/* Calls on_ready(subject, …) whenever the socket can be read, and once for each want_write. NULL: it cannot. */
	void *(*watch)(void *owner, int fd, void (*on_ready)(void *subject, bool readable, bool writable),
	               void *subject);
	void (*want_write)(void *owner, void *watch);
	/* May be called from within on_ready; the socket is closed right after. */
	void (*unwatch)(void *owner, void *watch);
};

/* `connection` as in pg.h. Begins to connect; PostgreSQL may come later. The loop's functions are copied. */
struct queries *queries_create(const char *connection, const struct query_loop *loop);

/* What was asked and not answered ends with UNREACHABLE. Not from within a callback. */
void queries_destroy(struct queries *queries);

void queries_flush(struct queries *queries);
void queries_tick(struct queries *queries);

/* At least one connection stands. */
bool queries_ready(const struct queries *queries);

/* Asked and not answered. */
uint32_t queries_pending(const struct queries *queries);

/* NULL when there is none of that name. */
const struct query_statement  *query_find(struct text name);
const struct lookup_statement *lookup_find(struct text name);

/* The read model a question is about: whose position X-Min-Position waits for. */
const struct projection *query_projection(const struct query_statement *statement);
const struct projection *lookup_projection(const struct lookup_statement *statement);

/* `object` is a struct of statement->type->shape, read before this returns. A list gives at most as many rows as the
 * object's limit says: ask for one more than wanted to learn whether there is a next page.
 * `done` as in pg.h. UNREACHABLE, BUSY, INVALID: nothing was asked and `done` is not called. */
enum status query_run(struct queries *queries, const struct query_statement *statement, const void *object,
                      pg_done done, void *owner) MUST_USE;

/* values[statement->parameter_count]. */
enum status lookup_run(struct queries *queries, const struct lookup_statement *statement, const struct text *values,
                       pg_done done, void *owner) MUST_USE;

#endif
