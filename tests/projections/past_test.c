/* What a query would have answered earlier: the same as the read model showed then, and nothing of anybody erased. */
#include "tests/projections/stage.h"

#include "projections/past.h"
#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define BERT stage_id(2)

struct counted {
	uint32_t     left;
	reader_visit visit;
	void        *visitor;
	struct id    stream;
	uint64_t     from;
};

static bool pass_on(void *owner, const struct record *record)
{
	struct counted *counted = owner;
	uint64_t        version = record_version_in(record, counted->stream);

	if (version < counted->from)
		return true;
	return counted->left-- > 0 && counted->visit(counted->visitor, record) && counted->left > 0;
}

static enum status read_stream(void *owner, struct id stream, uint64_t from, uint32_t limit, reader_visit visit,
                               void *visitor)
{
	struct stage  *stage = owner;
	struct counted counted = {.left = limit, .visit = visit, .visitor = visitor, .stream = stream, .from = from};

	return stage->log.each(stage, 1, UINT32_MAX, pass_on, &counted);
}

static struct past *past_of(struct stage *stage)
{
	return past_create(getenv("ORRERY_PG"), &(struct past_log){.owner = stage, .stream = read_stream});
}

static enum status ask_at(struct past *past, struct id user, uint64_t position, int64_t time_us, const char **document,
                          struct stage *stage)
{
	struct account       object = {.user = user};
	struct past_question question = {.statement = query_find(TEXT("account")),
	                                 .object = &object,
	                                 .stream = user,
	                                 .position = position,
	                                 .time_us = time_us};
	struct pg_answer    *answer;
	enum status          status = past_ask(past, &question, &answer);

	if (status)
		return status;
	*document = arena_text(&stage->arena, pg_answer_text(answer, 0, 0)).data;
	pg_answer_release(answer);
	return STATUS_OK;
}

static void happen(struct stage *stage, uint32_t turn)
{
	if (turn % 3 == 0)
		HAPPEN(stage, profile_changed, .user = turn % 2 ? ADA : BERT, .name = TEXT("Grace Hopper"));
	else if (turn % 3 == 1)
		HAPPEN(stage, preferences_changed, .user = ADA, .theme = turn % 2 ? THEME_dark : THEME_light);
	else
		HAPPEN(stage, session_started, .session = stage_id(100 + turn), .user = ADA,
		       .method = LOGIN_METHOD_password, .device = TEXT("Firefox"), .epoch = 1);
}

/* What the read model showed at each position, as it stands in its row. */
static const char *shown(struct stage *stage)
{
	return stage_sql(stage, "SELECT account.account_view(a) FROM account.account AS a WHERE user_id = "
	                        "'01900000-0000-7000-8000-000000000001'");
}

static void it_answers_what_was_shown_at_each_position(void **state)
{
	enum { TURNS = 12 };
	struct stage *stage = *state;
	struct past  *past = past_of(stage);
	const char   *then[TURNS + 3], *document = NULL;

	stage_register(stage, BERT, "Bert");
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_NOT_FOUND);
	stage_register(stage, ADA, "Ada");
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		stage_fold(stage);
		then[stage->record_count] = shown(stage);
		happen(stage, turn);
	}
	for (uint32_t position = 2; position < TURNS + 2; position++) {
		assert_int_equal(ask_at(past, ADA, position, 0, &document, stage), STATUS_OK);
		assert_string_equal(document, then[position]);
	}
	past_destroy(past);
}

/* The stage's n-th event happens n seconds after a certain one. */
static void a_time_means_what_was_up_to_then(void **state)
{
	struct stage *stage = *state;
	struct past  *past = past_of(stage);
	const char   *by_time = NULL, *by_position = NULL;

	stage_register(stage, ADA, "Ada");
	happen(stage, 3);
	happen(stage, 1);
	assert_int_equal(ask_at(past, ADA, 0, 1700000000000000 + 2500000, &by_time, stage), STATUS_OK);
	assert_int_equal(ask_at(past, ADA, 2, 0, &by_position, stage), STATUS_OK);
	assert_string_equal(by_time, by_position);
	assert_int_equal(ask_at(past, ADA, 0, 1700000000000000, &by_time, stage), STATUS_NOT_FOUND);
	past_destroy(past);
}

#define NAME "Zaphodrella Beeblebrox"

static void it_leaves_no_schema_and_no_name_behind(void **state)
{
	struct stage *stage = *state;
	struct past  *past = past_of(stage);
	const char   *document = NULL;

	stage_register(stage, ADA, NAME);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_OK);
	assert_null(stage_sql(stage, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'past%'"));
	assert_int_equal(stage_files_with("zaphodrella"), 0);
	assert_int_equal(stage_files_with("Zaphodrella"), 0);
	past_destroy(past);
}

static void who_was_erased_since_has_no_past(void **state)
{
	struct stage *stage = *state;
	struct past  *past = past_of(stage);
	const char   *document = NULL;

	stage_register(stage, ADA, "Ada");
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_OK);
	HAPPEN(stage, user_erased, .user = ADA);
	stage_forget(stage, ADA);
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_NOT_FOUND);
	past_destroy(past);
}

/* The first event again and again. */
static enum status read_endless(void *owner, struct id stream, uint64_t from, uint32_t limit, reader_visit visit,
                                void *visitor)
{
	struct stage *stage = owner;
	struct record record;

	assert_int_equal(record_decode(stage->records[0], &record), STATUS_OK);
	for (uint32_t i = 0; i < limit && visit(visitor, &record); i++)
		continue;
	return STATUS_OK;
}

static void a_history_has_a_maximum(void **state)
{
	struct stage *stage = *state;
	struct past  *past =
		past_create(getenv("ORRERY_PG"), &(struct past_log){.owner = stage, .stream = read_endless});
	const char *document = NULL;

	HAPPEN(stage, session_refreshed, .session = stage_id(9), .user = ADA, .generation = 1);
	assert_int_equal(ask_at(past, ADA, 5, 0, &document, stage), STATUS_TOO_LARGE);
	past_destroy(past);
}

static void it_comes_back_with_postgresql(void **state)
{
	struct stage *stage = *state;
	struct past  *past = past_of(stage);
	const char   *document = NULL;

	stage_register(stage, ADA, "Ada");
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_OK);
	stage_cluster("stop");
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_UNREACHABLE);
	stage_cluster("start");
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_OK);
	past_destroy(past);
}

static void a_role_that_may_make_nothing_reaches_no_past(void **state)
{
	struct stage *stage = *state;
	struct text   connection = arena_format(&stage->arena, "%s user=reader", getenv("ORRERY_PG"));
	struct past  *past = past_create(connection.data, &(struct past_log){.owner = stage, .stream = read_stream});
	const char   *document = NULL;

	stage_sql(stage, "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN");
	stage_register(stage, ADA, "Ada");
	assert_int_equal(ask_at(past, ADA, 1, 0, &document, stage), STATUS_UNREACHABLE);
	past_destroy(past);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_answers_what_was_shown_at_each_position),
		TEST(a_time_means_what_was_up_to_then),
		TEST(it_leaves_no_schema_and_no_name_behind),
		TEST(who_was_erased_since_has_no_past),
		TEST(a_history_has_a_maximum),
		TEST(it_comes_back_with_postgresql),
		TEST(a_role_that_may_make_nothing_reaches_no_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
