#include "projections/pg_session.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

struct pg_session {
	struct pg        *pg;
	uint64_t         *tags; /* of the batch, in the order of its answers */
	uint32_t          tag_count, tag_capacity;
	uint32_t          answered;
	enum status       failure; /* the first of the batch */
	uint32_t          failed;  /* which it was */
	bool              keep;    /* the last answer, for the caller */
	struct pg_answer *answer;
	char              problem[PG_PROBLEM_SIZE];
	char              sqlstate[PG_SQLSTATE_SIZE];
};

static void note_failure(struct pg_session *session, enum status status, uint32_t which)
{
	if (session->failure)
		return;
	session->failure = status;
	session->failed = which;
	snprintf(session->problem, sizeof(session->problem), "%s", pg_problem(session->pg));
	snprintf(session->sqlstate, sizeof(session->sqlstate), "%s", pg_sqlstate(session->pg));
}

static void session_on_answer(void *owner, enum status status, struct pg_answer *answer)
{
	struct pg_session *session = owner;
	uint32_t           which = session->answered++;

	if (status)
		note_failure(session, status, which);
	if (!session->keep) {
		pg_answer_release(answer);
		return;
	}
	pg_answer_release(session->answer);
	session->answer = answer;
}

static void begin_batch(struct pg_session *session)
{
	session->tag_count = 0;
	session->answered = 0;
	session->failure = STATUS_OK;
	session->failed = 0;
}

static void push_tag(struct pg_session *session, uint64_t tag)
{
	if (session->tag_count == session->tag_capacity) {
		session->tag_capacity = session->tag_capacity ? session->tag_capacity * 2 : 64;
		session->tags = realloc(session->tags, session->tag_capacity * sizeof(session->tags[0]));
		require(session->tags != NULL);
	}
	session->tags[session->tag_count++] = tag;
}

/* Waits for the socket once. TIMED_OUT: nothing came. UNREACHABLE: the connection is lost. */
static enum status turn(struct pg_session *session, int timeout_ms)
{
	struct pollfd poller = {.fd = pg_fd(session->pg),
	                        .events = (short)((pg_wants_read(session->pg) ? POLLIN : 0)
	                                          | (pg_wants_write(session->pg) ? POLLOUT : 0))};
	int           ready = poll(&poller, 1, timeout_ms);

	if (ready < 0)
		return errno == EINTR ? STATUS_OK : STATUS_UNREACHABLE;
	if (ready == 0)
		return STATUS_TIMED_OUT;
	if (!pg_on_ready(session->pg, poller.revents & (POLLIN | POLLERR | POLLHUP),
	                 poller.revents & (POLLOUT | POLLERR | POLLHUP)))
		return STATUS_UNREACHABLE;
	return STATUS_OK;
}

/* Whoever loses the connection learns it as the failure of the first unanswered statement. */
static void lose_connection(struct pg_session *session)
{
	note_failure(session, STATUS_UNREACHABLE, session->answered);
	pg_close(session->pg);
}

static void await_answers(struct pg_session *session)
{
	if (!pg_flush(session->pg))
		lose_connection(session);
	while (pg_state(session->pg) == PG_READY && !pg_idle(session->pg))
		if (turn(session, PG_SESSION_SILENCE_MS))
			lose_connection(session);
}

enum status pg_session_connect(struct pg_session *session)
{
	int64_t     deadline_us = clock_monotonic_us() + PG_SESSION_CONNECT_MS * (int64_t)1000;
	enum status status;

	pg_close(session->pg);
	begin_batch(session);
	status = pg_connect(session->pg);
	while (status == STATUS_OK && pg_state(session->pg) == PG_CONNECTING) {
		int64_t left_ms = (deadline_us - clock_monotonic_us()) / 1000;

		status = left_ms > 0 ? turn(session, (int)left_ms) : STATUS_TIMED_OUT;
	}
	if (status) {
		note_failure(session, status, 0);
		pg_close(session->pg);
	}
	return status;
}

bool pg_session_connected(const struct pg_session *session)
{
	return pg_state(session->pg) == PG_READY;
}

void pg_session_add(struct pg_session *session, uint32_t statement, const struct text *values, uint32_t value_count,
                    uint64_t tag)
{
	enum status status;

	push_tag(session, tag);
	if (session->failure)
		return;
	status = pg_queue(session->pg, &(struct pg_call){.statement = statement,
	                                                 .values = values,
	                                                 .value_count = value_count,
	                                                 .done = session_on_answer,
	                                                 .owner = session});
	if (status)
		note_failure(session, status, session->tag_count - 1);
}

/* After a failure inside a transaction the connection refuses everything until it is told to roll back. Outside one,
 * ROLLBACK does nothing. */
static void roll_back(struct pg_session *session)
{
	if (pg_script(session->pg, "ROLLBACK", NULL, NULL) == STATUS_OK)
		await_answers(session);
}

enum status pg_session_run(struct pg_session *session, uint64_t *failed_tag)
{
	enum status status;

	await_answers(session);
	status = session->failure;
	if (status && failed_tag && session->tag_count > 0)
		*failed_tag =
			session->tags[session->failed < session->tag_count ? session->failed : session->tag_count - 1];
	if (status)
		roll_back(session);
	begin_batch(session);
	return status;
}

static struct pg_answer *take_answer(struct pg_session *session)
{
	struct pg_answer *answer = session->answer;

	session->answer = NULL;
	session->keep = false;
	return answer;
}

enum status pg_session_ask(struct pg_session *session, uint32_t statement, const struct text *values,
                           uint32_t value_count, struct pg_answer **answer)
{
	enum status       status;
	struct pg_answer *taken;

	require(session->tag_count == 0);
	session->keep = true;
	pg_session_add(session, statement, values, value_count, 0);
	status = pg_session_run(session, NULL);
	taken = take_answer(session);
	if (status)
		pg_answer_release(taken);
	else
		*answer = taken;
	return status;
}

enum status pg_session_script(struct pg_session *session, const char *sql, struct pg_answer **answer)
{
	enum status       status;
	struct pg_answer *taken;

	require(session->tag_count == 0);
	session->keep = true;
	status = pg_script(session->pg, sql, session_on_answer, session);
	if (status)
		note_failure(session, status, 0);
	status = pg_session_run(session, NULL);
	taken = take_answer(session);
	if (status || !answer)
		pg_answer_release(taken);
	else
		*answer = taken;
	return status;
}

struct pg_session *pg_session_create(const struct pg_settings *settings)
{
	struct pg_session *session = calloc(1, sizeof(*session));
	struct pg_settings ours = *settings;

	require(session != NULL);
	ours.pending_max = UINT32_MAX;
	ours.repeatable = false;
	session->pg = pg_create(&ours);
	return session;
}

void pg_session_destroy(struct pg_session *session)
{
	if (!session)
		return;
	pg_destroy(session->pg);
	pg_answer_release(session->answer);
	free(session->tags);
	free(session);
}

const char *pg_session_problem(const struct pg_session *session)
{
	return session->problem;
}

const char *pg_session_sqlstate(const struct pg_session *session)
{
	return session->sqlstate;
}
