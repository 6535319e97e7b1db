/* Questions over the loop's two connections: all of them, wrong ones, early ones, and those asked while the server is
 * away. */
#include "tests/projections/stage.h"

#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void await_ready(struct stage_loop *loop, struct queries *queries)
{
	while (!queries_ready(queries))
		stage_loop_turn(loop, queries);
}

static enum status answered(struct stage_loop *loop, struct queries *queries, struct stage_answer *answer)
{
	while (!answer->done)
		stage_loop_turn(loop, queries);
	pg_answer_release(answer->answer);
	return answer->status;
}

static enum status query(struct stage_loop *loop, struct queries *queries, const struct query_statement *statement,
                         const void *object)
{
	struct stage_answer answer = {0};

	assert_int_equal(query_run(queries, statement, object, stage_on_answer, &answer), STATUS_OK);
	return answered(loop, queries, &answer);
}

static enum status lookup(struct stage_loop *loop, struct queries *queries, const struct lookup_statement *statement)
{
	struct text         values[PG_PARAMETERS_MAX] = {{0}};
	struct stage_answer answer = {0};

	assert_int_equal(lookup_run(queries, statement, values, stage_on_answer, &answer), STATUS_OK);
	return answered(loop, queries, &answer);
}

static void every_question_is_answered(void **state)
{
	struct stage     *stage = *state;
	struct stage_loop loop = {0};
	struct queries   *queries = stage_queries(&loop);

	stage_fold(stage);
	await_ready(&loop, queries);
	for (uint32_t i = 0; i < projection_count; i++) {
		for (uint16_t k = 0; k < projections[i].query_count; k++) {
			const struct query_statement *statement = &projections[i].queries[k];
			void *nothing = arena_alloc(&stage->arena, statement->type->shape->size);

			assert_ptr_equal(query_find(text_from(statement->name)), statement);
			assert_ptr_equal(query_projection(statement), &projections[i]);
			assert_int_equal(query(&loop, queries, statement, nothing), STATUS_OK);
		}
		for (uint16_t k = 0; k < projections[i].lookup_count; k++) {
			const struct lookup_statement *statement = &projections[i].lookups[k];

			assert_ptr_equal(lookup_find(text_from(statement->name)), statement);
			assert_ptr_equal(lookup_projection(statement), &projections[i]);
			assert_int_equal(lookup(&loop, queries, statement), STATUS_OK);
		}
	}
	assert_null(query_find(TEXT("no such question")));
	queries_destroy(queries);
}

static void cursor_that_is_none_is_invalid(void **state)
{
	struct stage     *stage = *state;
	struct stage_loop loop = {0};
	struct queries   *queries = stage_queries(&loop);
	struct sessions   mine = {.user = stage_id(1), .cursor = TEXT("'; DELETE FROM session; --")};

	stage_fold(stage);
	await_ready(&loop, queries);
	assert_int_equal(query(&loop, queries, query_find(TEXT("sessions")), &mine), STATUS_INVALID);
	queries_destroy(queries);
}

static void question_before_its_read_model_is_there_waits_for_no_restart(void **state)
{
	struct stage     *stage = *state;
	struct stage_loop loop = {0};
	struct queries   *queries = stage_queries(&loop);
	struct sessions   mine = {.user = stage_id(1)};

	await_ready(&loop, queries);
	assert_int_equal(query(&loop, queries, query_find(TEXT("sessions")), &mine), STATUS_UNREACHABLE);
	stage_fold(stage);
	assert_int_equal(query(&loop, queries, query_find(TEXT("sessions")), &mine), STATUS_OK);
	queries_destroy(queries);
}

static void same_connections_read_what_was_swapped_in(void **state)
{
	struct stage       *stage = *state;
	struct stage_loop   loop = {0};
	struct queries     *queries = stage_queries(&loop);
	struct projection   changed = *stage_projection("session");
	struct sessions     mine = {.user = stage_id(1)};
	struct projector   *projector;
	struct stage_answer answer = {0};

	HAPPEN(stage, session_started, .session = stage_id(9), .user = stage_id(1), .method = LOGIN_METHOD_wallet,
	       .device = TEXT("x"), .epoch = 1);
	stage_fold(stage);
	await_ready(&loop, queries);
	assert_int_equal(query(&loop, queries, query_find(TEXT("sessions")), &mine), STATUS_OK);
	changed.fingerprint = "0123456789abcdef";
	projector = stage_projector(stage, &changed);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	HAPPEN(stage, session_started, .session = stage_id(10), .user = stage_id(1), .method = LOGIN_METHOD_wallet,
	       .device = TEXT("x"), .epoch = 1);
	assert_int_equal(stage_turn(projector), TURN_IDLE);
	assert_int_equal(query_run(queries, query_find(TEXT("sessions")), &mine, stage_on_answer, &answer), STATUS_OK);
	while (!answer.done)
		stage_loop_turn(&loop, queries);
	assert_int_equal(answer.status, STATUS_OK);
	assert_int_equal(pg_answer_rows(answer.answer), 2);
	pg_answer_release(answer.answer);
	projector_destroy(projector);
	queries_destroy(queries);
}

static void comes_back_by_itself(void **state)
{
	struct stage       *stage = *state;
	struct stage_loop   loop = {0};
	struct queries     *queries = stage_queries(&loop);
	struct sessions     mine = {.user = stage_id(1)};
	struct stage_answer answer = {0};

	stage_fold(stage);
	await_ready(&loop, queries);
	stage_sql(stage, "CHECKPOINT"); /* a crash may take the last moment's rows, and the tables with them */
	stage_cluster("stop");
	while (queries_ready(queries))
		stage_loop_turn(&loop, queries);
	assert_int_equal(query_run(queries, query_find(TEXT("sessions")), &mine, stage_on_answer, &answer),
	                 STATUS_UNREACHABLE);
	assert_false(answer.done);
	stage_cluster("start");
	await_ready(&loop, queries);
	assert_int_equal(query(&loop, queries, query_find(TEXT("sessions")), &mine), STATUS_OK);
	queries_destroy(queries);
}

static void end_answers_what_was_asked(void **state)
{
	struct stage       *stage = *state;
	struct stage_loop   loop = {0};
	struct queries     *queries = stage_queries(&loop);
	struct sessions     mine = {.user = stage_id(1)};
	struct stage_answer told = {0};

	stage_fold(stage);
	await_ready(&loop, queries);
	assert_int_equal(query_run(queries, query_find(TEXT("sessions")), &mine, stage_on_answer, &told), STATUS_OK);
	assert_int_equal(queries_pending(queries), 1);
	queries_destroy(queries);
	assert_true(told.done);
	assert_int_equal(told.status, STATUS_UNREACHABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_question_is_answered),
		TEST(cursor_that_is_none_is_invalid),
		TEST(question_before_its_read_model_is_there_waits_for_no_restart),
		TEST(same_connections_read_what_was_swapped_in),
		TEST(comes_back_by_itself),
		TEST(end_answers_what_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
