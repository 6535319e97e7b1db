/* What a read model's query would have answered about one stream at an earlier place in the log.
 *
 * One fold path: in a transaction that is rolled back, the projection's tables are made in a schema of that moment's
 * own, the stream's events up to that place are folded into them by the projection's statements, and its query is
 * asked. That is the same answer for a projection that is parallel by the stream (schema/folds.py): no other event
 * touches those rows. Nothing is left behind, and nothing of it is in clear on the way: what a statement would open, it
 * gets as NULL.
 *
 * Who was erased since has no past. One connection of its own; one thread at a time. */
#ifndef ORRERY_PAST_H
#define ORRERY_PAST_H

#include "eventstore/log/reader.h"
#include "projections/query.h"

enum {
	PAST_EVENTS_MAX = 10000, /* of the stream, whether they come before the place or after */
	PAST_MS = 4000,          /* for folding them; looked at each */
	PAST_AT_ONCE = 256,      /* so many, which are read under one snapshot of the log */
	PAST_STATEMENT_MS = 2000,
};

struct past;

/* Reads one stream: reader_stream, or a test's array. */
struct past_log {
	void *owner;
	enum status (*stream)(void *owner, struct id stream, uint64_t from, uint32_t limit, reader_visit visit,
	                      void *visitor);
};

/* `connection` as in pg.h, for a role that may make schemas; copied. Does not connect. The log must outlive it. */
struct past *past_create(const char *connection, const struct past_log *log);
void         past_destroy(struct past *past); /* NULL is borne */

struct past_question {
	const struct query_statement *statement;
	const void                   *object; /* as in query_run */
	struct id                     stream;
	uint64_t position; /* the events up to here; 0: those before the first that is later than */
	int64_t  time_us;  /* this */
};

/* *answer has one row and is the caller's to release. NOT_FOUND: there was no such thing then, or it was erased since.
 * TOO_LARGE: the stream has more than PAST_EVENTS_MAX events. TIMED_OUT: folding takes longer than PAST_MS.
 * UNREACHABLE, DENIED: PostgreSQL. */
enum status past_ask(struct past *past, const struct past_question *question, struct pg_answer **answer) MUST_USE;

#endif
