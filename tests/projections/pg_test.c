/* The pipelined connection and the questions over it, against a real server. */
#include "tests/projections/stage.h"

#include "projections/pg_session.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum statement { ECHO, DIVIDE, LARGE, SLOW, LATE, STATEMENTS };

static const char *const statements[STATEMENTS] = {
	[ECHO] = "SELECT $1::text",     [DIVIDE] = "SELECT 1 / $1::integer",  [LARGE] = "SELECT repeat($1, 20000)",
	[SLOW] = "SELECT pg_sleep(30)", [LATE] = "SELECT count(*) FROM late",
};

struct answers {
	uint32_t    count;
	enum status statuses[16];
	char        texts[16][64];
};

static void on_answer(void *owner, enum status status, struct pg_answer *answer)
{
	struct answers *answers = owner;
	uint32_t        which = answers->count++ % array_count(answers->texts);

	answers->statuses[which] = status;
	answers->texts[which][0] = '\0';
	if (answer && pg_answer_rows(answer) > 0)
		snprintf(answers->texts[which], sizeof(answers->texts[which]), "%.*s",
		         TEXT_ARG(pg_answer_text(answer, 0, 0)));
	pg_answer_release(answer);
}

static bool turn(struct pg *pg)
{
	struct pollfd poller = {.fd = pg_fd(pg),
	                        .events =
	                                (short)((pg_wants_read(pg) ? POLLIN : 0) | (pg_wants_write(pg) ? POLLOUT : 0))};

	assert_true(poll(&poller, 1, 20000) > 0);
	return pg_on_ready(pg, poller.revents & ~POLLOUT, poller.revents & ~POLLIN);
}

static struct pg *connected_with(const struct pg_settings *settings)
{
	struct pg *pg = pg_create(settings);

	assert_int_equal(pg_connect(pg), STATUS_OK);
	while (pg_state(pg) == PG_CONNECTING)
		assert_true(turn(pg));
	return pg;
}

static struct pg *connected(const char *session_sql)
{
	return connected_with(&(struct pg_settings){.connection = getenv("ORRERY_PG"),
	                                            .session_sql = session_sql,
	                                            .statements = statements,
	                                            .statement_count = STATEMENTS,
	                                            .pending_max = 20000,
	                                            .repeatable = true});
}

static enum status ask(struct pg *pg, enum statement statement, const char *value, struct answers *answers)
{
	struct text text = text_from(value);

	return pg_queue(pg, &(struct pg_call){.statement = statement,
	                                      .values = &text,
	                                      .value_count = value ? 1 : 0,
	                                      .done = on_answer,
	                                      .owner = answers});
}

static void await(struct pg *pg)
{
	assert_true(pg_flush(pg));
	while (!pg_idle(pg))
		assert_true(turn(pg));
}

static void answers_come_in_the_order_of_the_questions(void **state)
{
	struct pg     *pg = connected(NULL);
	struct answers answers = {0};

	assert_int_equal(ask(pg, ECHO, "one", &answers), STATUS_OK);
	assert_int_equal(ask(pg, DIVIDE, "1", &answers), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "", &answers), STATUS_OK);
	assert_int_equal(pg_pending(pg), 3);
	await(pg);
	assert_int_equal(answers.count, 3);
	assert_string_equal(answers.texts[0], "one");
	assert_string_equal(answers.texts[1], "1");
	assert_string_equal(answers.texts[2], "");
	pg_destroy(pg);
}

/* Without the second try the neighbours that come after the failing one would fall with it. */
static void neighbours_of_a_failing_read_are_answered(void **state)
{
	struct pg     *pg = connected(NULL);
	struct answers answers = {0};

	for (int round = 0; round < 2; round++) {
		answers.count = 0;
		assert_int_equal(ask(pg, ECHO, "before", &answers), STATUS_OK);
		assert_int_equal(ask(pg, DIVIDE, "0", &answers), STATUS_OK);
		assert_int_equal(ask(pg, ECHO, "after", &answers), STATUS_OK);
		assert_int_equal(ask(pg, DIVIDE, "1", &answers), STATUS_OK);
		await(pg);
		assert_int_equal(answers.count, 4);
		assert_int_equal(answers.statuses[1], STATUS_INVALID);
		assert_string_equal(pg_sqlstate(pg), "22012");
		assert_string_equal(answers.texts[0], "before");
		assert_string_equal(answers.texts[2], "after");
		assert_string_equal(answers.texts[3], "1");
	}
	pg_destroy(pg);
}

/* 100 MB of answers and 4 MB of questions at once: either side would stall if the other only wrote. */
static void large_batch_does_not_stall(void **state)
{
	struct pg     *pg = connected(NULL);
	struct answers answers = {0};
	char           value[800];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(ask(pg, LARGE, "y", &answers), STATUS_OK);
		assert_int_equal(ask(pg, ECHO, value, &answers), STATUS_OK);
	}
	await(pg);
	assert_int_equal(answers.count, 10000);
	pg_destroy(pg);
}

static void statement_that_cannot_be_prepared_yet_fails_alone(void **state)
{
	struct pg     *pg = connected(NULL);
	struct stage   stage = {0};
	struct answers answers = {0};

	stage_sql(&stage, "DROP TABLE IF EXISTS late");
	assert_int_equal(ask(pg, ECHO, "before", &answers), STATUS_OK);
	assert_int_equal(ask(pg, LATE, NULL, &answers), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "after", &answers), STATUS_OK);
	await(pg);
	assert_string_equal(answers.texts[0], "before");
	assert_int_equal(answers.statuses[1], STATUS_UNREACHABLE);
	assert_non_null(strstr(pg_problem(pg), "late"));
	assert_string_equal(answers.texts[2], "after");
	stage_sql(&stage, "CREATE TABLE late ()");
	answers.count = 0;
	assert_int_equal(ask(pg, LATE, NULL, &answers), STATUS_OK);
	await(pg);
	assert_int_equal(answers.statuses[0], STATUS_OK);
	assert_string_equal(answers.texts[0], "0");
	arena_finish(&stage.arena);
	pg_destroy(pg);
}

static void more_than_the_cap_is_busy(void **state)
{
	struct answers answers = {0};
	struct pg     *pg = connected_with(&(struct pg_settings){.connection = getenv("ORRERY_PG"),
	                                                         .statements = statements,
	                                                         .statement_count = STATEMENTS,
	                                                         .pending_max = 2});

	assert_int_equal(ask(pg, ECHO, "1", &answers), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "2", &answers), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "3", &answers), STATUS_BUSY);
	await(pg);
	assert_int_equal(answers.count, 2);
	assert_int_equal(ask(pg, ECHO, "3", &answers), STATUS_OK);
	await(pg);
	pg_destroy(pg);
}

static void value_with_a_nul_is_refused(void **state)
{
	struct pg     *pg = connected(NULL);
	struct answers answers = {0};
	struct text    value = {.data = "a\0b", .size = 3};

	assert_int_equal(pg_queue(pg, &(struct pg_call){.statement = ECHO,
	                                                .values = &value,
	                                                .value_count = 1,
	                                                .done = on_answer,
	                                                .owner = &answers}),
	                 STATUS_INVALID);
	assert_int_equal(pg_pending(pg), 0);
	pg_destroy(pg);
}

static void too_slow_a_statement_times_out(void **state)
{
	struct pg     *pg = connected("SELECT set_config('statement_timeout', '50', false)");
	struct answers answers = {0};

	assert_int_equal(ask(pg, SLOW, NULL, &answers), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "after", &answers), STATUS_OK);
	await(pg);
	assert_int_equal(answers.statuses[0], STATUS_TIMED_OUT);
	assert_string_equal(answers.texts[1], "after");
	pg_destroy(pg);
}

static void loss_answers_everything_unreachable(void **state)
{
	struct pg     *pg = connected(NULL);
	struct answers answers = {0};

	assert_int_equal(ask(pg, SLOW, NULL, &answers), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "after", &answers), STATUS_OK);
	assert_true(pg_flush(pg));
	stage_cluster("stop");
	while (turn(pg))
		;
	pg_close(pg);
	assert_int_equal(answers.count, 2);
	assert_int_equal(answers.statuses[0], STATUS_UNREACHABLE);
	assert_int_equal(answers.statuses[1], STATUS_UNREACHABLE);
	assert_int_equal(ask(pg, ECHO, "later", &answers), STATUS_UNREACHABLE);
	stage_cluster("start");
	assert_int_equal(pg_connect(pg), STATUS_OK);
	while (pg_state(pg) == PG_CONNECTING)
		assert_true(turn(pg));
	assert_int_equal(ask(pg, ECHO, "again", &answers), STATUS_OK);
	await(pg);
	assert_string_equal(answers.texts[2], "again");
	pg_destroy(pg);
}

static void forgotten_owner_is_not_told(void **state)
{
	struct pg     *pg = connected(NULL);
	struct answers one = {0}, other = {0};

	assert_int_equal(ask(pg, ECHO, "one", &one), STATUS_OK);
	assert_int_equal(ask(pg, ECHO, "other", &other), STATUS_OK);
	pg_forget(pg, &one);
	await(pg);
	assert_int_equal(one.count, 0);
	assert_int_equal(other.count, 1);
	pg_destroy(pg);
}

/* ---- the session that may wait ---- */

static struct pg_session *session(void)
{
	struct pg_session *made = pg_session_create(&(struct pg_settings){
		.connection = getenv("ORRERY_PG"), .statements = statements, .statement_count = STATEMENTS});

	assert_int_equal(pg_session_connect(made), STATUS_OK);
	return made;
}

static void failing_batch_names_its_first_failure_and_leaves_the_session_usable(void **state)
{
	struct pg_session *waiting = session();
	struct text        zero = TEXT("0"), one = TEXT("1");
	struct pg_answer  *answer = NULL;
	uint64_t           tag = 0;

	pg_session_add(waiting, ECHO, &one, 1, 10);
	pg_session_add(waiting, DIVIDE, &zero, 1, 20);
	pg_session_add(waiting, DIVIDE, &one, 1, 30);
	assert_int_equal(pg_session_run(waiting, &tag), STATUS_INVALID);
	assert_int_equal(tag, 20);
	assert_string_equal(pg_session_sqlstate(waiting), "22012");
	assert_int_equal(pg_session_ask(waiting, ECHO, &one, 1, &answer), STATUS_OK);
	assert_int_equal(pg_answer_rows(answer), 1);
	pg_answer_release(answer);
	assert_int_equal(pg_session_script(waiting, "BEGIN; SELECT 1; SELECT nonsense", NULL), STATUS_UNREACHABLE);
	assert_int_equal(pg_session_script(waiting, "VACUUM", NULL), STATUS_OK);
	pg_session_destroy(waiting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_in_the_order_of_the_questions),
		cmocka_unit_test(neighbours_of_a_failing_read_are_answered),
		cmocka_unit_test(large_batch_does_not_stall),
		cmocka_unit_test(statement_that_cannot_be_prepared_yet_fails_alone),
		cmocka_unit_test(more_than_the_cap_is_busy),
		cmocka_unit_test(value_with_a_nul_is_refused),
		cmocka_unit_test(too_slow_a_statement_times_out),
		cmocka_unit_test(loss_answers_everything_unreachable),
		cmocka_unit_test(forgotten_owner_is_not_told),
		cmocka_unit_test(failing_batch_names_its_first_failure_and_leaves_the_session_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
