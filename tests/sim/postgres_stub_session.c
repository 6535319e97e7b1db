/* The stub's side of projections/pg_session.h, and of the answers in projections/pg.h: in the place of both, since the
 * linker takes these and leaves those in their libraries. */
#include "eventstore/base/require.h"
#include "tests/sim/postgres_stub_parts.h"

#include <stdio.h>
#include <stdlib.h>

struct pg_session *pg_session_create(const struct pg_settings *settings)
{
	struct pg_session *session = calloc(1, sizeof(*session));

	require(session != NULL);
	require(sscanf(settings->session_sql, "SELECT set_config('search_path', '%63[^']'", session->schema) == 1);
	session->waits = !strstr(settings->session_sql, "set_config('synchronous_commit', 'off'");
	return session;
}

void pg_session_destroy(struct pg_session *session)
{
	if (!session)
		return;
	stub_unlock(session);
	arena_finish(&session->arena);
	free(session);
}

bool pg_session_connected(const struct pg_session *session)
{
	return session->connected;
}

void pg_session_add(struct pg_session *session, uint32_t statement, const struct text *values, uint32_t value_count,
                    uint64_t tag)
{
	struct stub_call *call = &session->calls[session->call_count++];

	require(session->call_count <= STUB_QUEUE_MAX);
	*call = (struct stub_call){.statement = statement, .tag = tag, .value_count = value_count};
	call->values = arena_array(&session->arena, struct text, value_count + 1);
	for (uint32_t i = 0; i < value_count; i++)
		if (values[i].data)
			call->values[i] = arena_text(&session->arena, values[i]);
}

enum status pg_session_run(struct pg_session *session, uint64_t *failed_tag)
{
	struct pg_answer none = {0};
	enum status      status = stub_run(session, &none, failed_tag);

	session->call_count = 0;
	arena_reset(&session->arena);
	return status;
}

enum status pg_session_ask(struct pg_session *session, uint32_t statement, const struct text *values,
                           uint32_t value_count, struct pg_answer **answer)
{
	struct pg_answer *given = calloc(1, sizeof(*given));
	enum status       status;

	require(given != NULL && session->call_count == 0);
	pg_session_add(session, statement, values, value_count, 0);
	status = stub_run(session, given, NULL);
	session->call_count = 0;
	arena_reset(&session->arena);
	if (status == STATUS_OK)
		*answer = given;
	else
		free(given);
	return status;
}

enum status pg_session_script(struct pg_session *session, const char *sql, struct pg_answer **answer)
{
	require(answer == NULL);
	return stub_run_script(session, sql);
}

const char *pg_session_problem(const struct pg_session *session)
{
	return session->problem;
}

const char *pg_session_sqlstate(const struct pg_session *session)
{
	return session->sqlstate;
}

/* ---------------------------------------------------------------- projections/pg.h: answers */

uint32_t pg_answer_rows(const struct pg_answer *answer)
{
	return answer->rows;
}

uint32_t pg_answer_columns(const struct pg_answer *answer)
{
	return answer->columns;
}

struct text pg_answer_text(const struct pg_answer *answer, uint32_t row, uint32_t column)
{
	require(row < answer->rows && column < answer->columns);
	return text_from(answer->cells[row * answer->columns + column]);
}

uint64_t pg_answer_changed(const struct pg_answer *answer)
{
	return answer->changed;
}

void pg_answer_release(struct pg_answer *answer)
{
	free(answer);
}
