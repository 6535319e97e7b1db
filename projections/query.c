#include "projections/query.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "projections/bind.h"

#include <stdlib.h>

/* One connection and its place in the loop. */
struct line {
	struct queries *queries;
	struct pg      *pg;
	void           *watch;
	int64_t         heard_us;    /* when it last made progress, or began */
	int64_t         retry_at_us; /* while closed */
	uint32_t        backoff_ms;
};

struct queries {
	struct query_loop loop;
	struct line       lines[QUERIES_CONNECTIONS];
	const char      **statements; /* of each projection, its queries, then its lookups */
	uint32_t          statement_count;
	struct arena      arena; /* of one question */
};

/* ---- finding ---- */

const struct query_statement *query_find(struct text name)
{
	for (uint32_t i = 0; i < projection_count; i++)
		for (uint16_t k = 0; k < projections[i].query_count; k++)
			if (text_is(name, projections[i].queries[k].name))
				return &projections[i].queries[k];
	return NULL;
}

const struct lookup_statement *lookup_find(struct text name)
{
	for (uint32_t i = 0; i < projection_count; i++)
		for (uint16_t k = 0; k < projections[i].lookup_count; k++)
			if (text_is(name, projections[i].lookups[k].name))
				return &projections[i].lookups[k];
	return NULL;
}

static bool holds_query(const struct projection *projection, const struct query_statement *statement)
{
	return statement >= projection->queries && statement < projection->queries + projection->query_count;
}

static bool holds_lookup(const struct projection *projection, const struct lookup_statement *statement)
{
	return statement >= projection->lookups && statement < projection->lookups + projection->lookup_count;
}

const struct projection *query_projection(const struct query_statement *statement)
{
	for (uint32_t i = 0; i < projection_count; i++)
		if (holds_query(&projections[i], statement))
			return &projections[i];
	require(!"every query belongs to a projection");
	return NULL;
}

const struct projection *lookup_projection(const struct lookup_statement *statement)
{
	for (uint32_t i = 0; i < projection_count; i++)
		if (holds_lookup(&projections[i], statement))
			return &projections[i];
	require(!"every lookup belongs to a projection");
	return NULL;
}

/* Where a projection's statements begin among all. */
static uint32_t first_index(const struct projection *projection)
{
	uint32_t index = 0;

	for (const struct projection *before = projections; before < projection; before++)
		index += (uint32_t)before->query_count + before->lookup_count;
	return index;
}

static uint32_t query_index(const struct query_statement *statement)
{
	const struct projection *projection = query_projection(statement);

	return first_index(projection) + (uint32_t)(statement - projection->queries);
}

static uint32_t lookup_index(const struct lookup_statement *statement)
{
	const struct projection *projection = lookup_projection(statement);

	return first_index(projection) + projection->query_count + (uint32_t)(statement - projection->lookups);
}

/* ---- lines ---- */

static void unwatch(struct line *line)
{
	const struct query_loop *loop = &line->queries->loop;

	if (line->watch)
		loop->unwatch(loop->owner, line->watch);
	line->watch = NULL;
}

/* Closed until the tick after retry_at_us. */
static void line_close(struct line *line, const char *why)
{
	diag(DIAG_WARN, "postgresql_lost", "%s; next try in %u ms", why, (unsigned)line->backoff_ms);
	unwatch(line);
	pg_close(line->pg);
	line->retry_at_us = clock_monotonic_us() + (int64_t)line->backoff_ms * 1000;
	line->backoff_ms =
		line->backoff_ms * 2 < QUERIES_BACKOFF_MAX_MS ? line->backoff_ms * 2 : QUERIES_BACKOFF_MAX_MS;
}

static void line_want_write(struct line *line)
{
	const struct query_loop *loop = &line->queries->loop;

	if (line->watch && pg_wants_write(line->pg))
		loop->want_write(loop->owner, line->watch);
}

static void line_on_ready(void *subject, bool readable, bool writable);

static void watch(struct line *line)
{
	const struct query_loop *loop = &line->queries->loop;

	line->watch = loop->watch(loop->owner, pg_fd(line->pg), line_on_ready, line);
	if (line->watch)
		line_want_write(line);
	else
		line_close(line, "the loop cannot watch another socket");
}

static void line_open(struct line *line)
{
	line->heard_us = clock_monotonic_us();
	if (pg_connect(line->pg))
		line_close(line, pg_problem(line->pg));
	else
		watch(line);
}

/* Connecting may change the socket under its watch, so that each step watches anew. */
static void line_on_ready(void *subject, bool readable, bool writable)
{
	struct line *line = subject;
	bool         connecting = pg_state(line->pg) == PG_CONNECTING;

	line->heard_us = clock_monotonic_us();
	if (connecting)
		unwatch(line);
	if (!pg_on_ready(line->pg, readable, writable)) {
		line_close(line, pg_problem(line->pg));
		return;
	}
	if (connecting)
		watch(line);
	else
		line_want_write(line);
	if (pg_state(line->pg) == PG_READY)
		line->backoff_ms = QUERIES_BACKOFF_MIN_MS;
}

static void line_tick(struct line *line, int64_t now_us)
{
	bool waits = pg_state(line->pg) == PG_CONNECTING || pg_pending(line->pg) > 0;

	if (pg_state(line->pg) == PG_CLOSED && now_us >= line->retry_at_us)
		line_open(line);
	else if (waits && now_us - line->heard_us > QUERIES_PATIENCE_MS * (int64_t)1000)
		line_close(line, "PostgreSQL does not answer");
}

void queries_flush(struct queries *queries)
{
	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++) {
		struct line *line = &queries->lines[i];

		if (pg_state(line->pg) != PG_READY)
			continue;
		if (pg_flush(line->pg))
			line_want_write(line);
		else
			line_close(line, pg_problem(line->pg));
	}
}

void queries_tick(struct queries *queries)
{
	int64_t now_us = clock_monotonic_us();

	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++)
		line_tick(&queries->lines[i], now_us);
}

/* ---- asking ---- */

/* The ready one with the shortest queue; NULL when none is ready. */
static struct line *shortest(struct queries *queries)
{
	struct line *best = NULL;

	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++) {
		struct line *line = &queries->lines[i];

		if (pg_state(line->pg) == PG_READY && (!best || pg_pending(line->pg) < pg_pending(best->pg)))
			best = line;
	}
	return best;
}

static enum status ask(struct queries *queries, const struct pg_call *call)
{
	struct line *line = shortest(queries);

	if (!line)
		return STATUS_UNREACHABLE;
	if (pg_pending(line->pg) == 0)
		line->heard_us = clock_monotonic_us();
	return pg_queue(line->pg, call);
}

enum status query_run(struct queries *queries, const struct query_statement *statement, const void *object,
                      pg_done done, void *owner)
{
	struct text values[PG_PARAMETERS_MAX];
	enum status status;

	require(statement->parameter_count <= PG_PARAMETERS_MAX);
	bind_query(statement, object, &queries->arena, values);
	status = ask(queries, &(struct pg_call){.statement = query_index(statement),
	                                        .values = values,
	                                        .value_count = statement->parameter_count,
	                                        .done = done,
	                                        .owner = owner});
	arena_reset(&queries->arena);
	return status;
}

enum status lookup_run(struct queries *queries, const struct lookup_statement *statement, const struct text *values,
                       pg_done done, void *owner)
{
	return ask(queries, &(struct pg_call){.statement = lookup_index(statement),
	                                      .values = values,
	                                      .value_count = statement->parameter_count,
	                                      .done = done,
	                                      .owner = owner});
}

bool queries_ready(const struct queries *queries)
{
	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++)
		if (pg_state(queries->lines[i].pg) == PG_READY)
			return true;
	return false;
}

uint32_t queries_pending(const struct queries *queries)
{
	uint32_t pending = 0;

	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++)
		pending += pg_pending(queries->lines[i].pg);
	return pending;
}

/* ---- life ---- */

static void list_statements(struct queries *queries)
{
	uint32_t count = first_index(projections + projection_count);

	queries->statements = calloc(count + 1, sizeof(queries->statements[0]));
	require(queries->statements != NULL);
	for (uint32_t i = 0; i < projection_count; i++) {
		for (uint16_t k = 0; k < projections[i].query_count; k++)
			queries->statements[queries->statement_count++] = projections[i].queries[k].sql;
		for (uint16_t k = 0; k < projections[i].lookup_count; k++)
			queries->statements[queries->statement_count++] = projections[i].lookups[k].sql;
	}
	require(queries->statement_count == count);
}

/* PostgreSQL plans a prepared statement again under the search path of that moment, so one path must serve them all. */
static void append_session_sql(struct buffer *sql)
{
	buffer_format(sql,
	              "SELECT set_config('statement_timeout', '%d', false), set_config('jit', 'off', false), "
	              "set_config('default_transaction_read_only', 'on', false), set_config('search_path', '",
	              QUERIES_STATEMENT_MS);
	for (uint32_t i = 0; i < projection_count; i++)
		buffer_format(sql, "%s%s", i > 0 ? "," : "", projections[i].name);
	buffer_format(sql, "', false)");
	buffer_append(sql, BYTES("", 1));
}

struct queries *queries_create(const char *connection, const struct query_loop *loop)
{
	struct queries *queries = calloc(1, sizeof(*queries));
	struct buffer   session_sql = {0};

	require(queries != NULL);
	queries->loop = *loop;
	list_statements(queries);
	append_session_sql(&session_sql);
	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++) {
		struct line *line = &queries->lines[i];

		*line = (struct line){.queries = queries, .backoff_ms = QUERIES_BACKOFF_MIN_MS};
		line->pg = pg_create(&(struct pg_settings){.connection = connection,
		                                           .session_sql = (const char *)session_sql.data,
		                                           .statements = queries->statements,
		                                           .statement_count = queries->statement_count,
		                                           .pending_max = QUERIES_PENDING_MAX,
		                                           .repeatable = true});
		line_open(line);
	}
	buffer_finish(&session_sql);
	return queries;
}

void queries_destroy(struct queries *queries)
{
	if (!queries)
		return;
	for (uint32_t i = 0; i < QUERIES_CONNECTIONS; i++) {
		unwatch(&queries->lines[i]);
		pg_destroy(queries->lines[i].pg);
	}
	arena_finish(&queries->arena);
	free(queries->statements);
	free(queries);
}
