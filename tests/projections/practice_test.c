/* What may be practised and what is next to practise: given these events, which candidates the API is told of. Times of
 * the stage lie years back, so that every review is due. */
#include "tests/projections/stage.h"

#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define COURSE stage_id(10)
#define EDITION stage_id(11)
#define LESSON stage_id(12)
#define VELOCITY stage_id(20)
#define FORCE stage_id(21)

enum { QUESTION = 30, YEAR_2100_S = 2145916800 };

static struct text id_text(struct stage *stage, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	return arena_text(&stage->arena, text_from(text));
}

static struct id question(uint32_t number)
{
	return stage_id(QUESTION + number);
}

/* Velocity is taught by no lesson, Force by one that is to be released, or not. */
static void course_begins(struct stage *stage, bool released)
{
	const struct course_objective    objectives[] = {{VELOCITY, TEXT("Velocity")}, {FORCE, TEXT("Force")}};
	const struct objective_reference force[] = {{FORCE}};
	const struct edition_item        items[] = {{.item = LESSON,
	                                             .kind = ITEM_KIND_lesson,
	                                             .content = stage_id(13),
	                                             .revision = 1,
	                                             .rule = COMPLETION_RULE_viewed,
	                                             .has_release_at = !released,
	                                             .release_at = (int64_t)YEAR_2100_S * 1000000}};

	HAPPEN(stage, course_created, .course = COURSE, .creator = stage_id(2), .title = TEXT("Mechanics"),
	       .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	HAPPEN(stage, objectives_changed, .course = COURSE, .objectives = {.items = objectives, .count = 2});
	HAPPEN(stage, lesson_written, .lesson = LESSON, .course = COURSE, .content = stage_id(13), .revision = 1,
	       .title = TEXT("Force"), .body = TEXT("It pulls."), .objectives = {.items = force, .count = 1});
	HAPPEN(stage, outline_changed, .course = COURSE, .outline = 1);
	HAPPEN(stage, course_published, .course = COURSE, .edition = EDITION, .number = 1, .outline = 1,
	       .items = {.items = items, .count = 1});
	HAPPEN(stage, learner_enrolled, .enrolment = stage_id(61), .course = COURSE, .history = stage_id(60),
	       .learner = ADA, .edition = EDITION, .source = ENROLMENT_SOURCE_self, .enrolled_at = 1);
}

static void is_asked(struct stage *stage, uint32_t number, struct id objective, enum question_use use)
{
	const struct objective_reference objectives[] = {{objective}};
	const struct key_choice          right[] = {{.key = TEXT("true"), .credit = 1000}};

	HAPPEN(stage, question_written, .question = question(number), .course = COURSE, .version = 1,
	       .type = QUESTION_TYPE_true_false, .prompt = TEXT("It moves."),
	       .objectives = {.items = objectives, .count = 1});
	HAPPEN(stage, key_set, .question = question(number), .course = COURSE, .version = 1, .key = 1,
	       .choices = {.items = right, .count = 1});
	if (use != 0)
		HAPPEN(stage, question_use_changed, .question = question(number), .course = COURSE, .use = use);
}

/* In a practice of its own, and judged at once. */
static void is_answered(struct stage *stage, uint32_t number, bool rightly)
{
	const struct practice_question questions[] = {{question(number), 1, 1000, PRACTICE_REASON_new}};
	const struct graded_response   response = {.slot = 1,
	                                           .question = question(number),
	                                           .version = 1,
	                                           .points_milli = rightly ? 1000 : 0,
	                                           .verdict = rightly ? JUDGEMENT_right : JUDGEMENT_wrong};

	HAPPEN(stage, practice_started, .attempt = stage_id(40 + number), .history = stage_id(60),
	       .enrolment = stage_id(61), .course = COURSE, .learner = ADA,
	       .questions = {.items = questions, .count = 1});
	HAPPEN(stage, practice_judged, .attempt = stage_id(40 + number), .history = stage_id(60), .learner = ADA,
	       .slot = 1, .question = question(number), .version = 1, .try = 1, .grader = 1,
	       .verdict = response.verdict, .points_milli = response.points_milli, .of_milli = 1000, .counts = true,
	       .finished = rightly);
	HAPPEN(stage, responses_graded, .attempt = stage_id(40 + number), .history = stage_id(60),
	       .enrolment = stage_id(61), .course = COURSE, .learner = ADA, .grader = 1,
	       .responses = {.items = &response, .count = 1});
}

static const char *candidate(struct stage *stage, const char *most, uint32_t row)
{
	struct text values[] = {id_text(stage, COURSE), id_text(stage, ADA), TEXT_NONE,      TEXT("7"),
	                        TEXT("800000"),         TEXT("86400"),       text_from(most)};

	return stage_lookup_row(stage, "practice_candidates", values, row);
}

static const char *next(struct stage *stage, const char *rest, uint32_t row)
{
	struct text values[] = {id_text(stage, ADA), TEXT_NONE, text_from(rest)};

	return stage_lookup_row(stage, "next_practice", values, row);
}

static void only_what_is_for_practice_and_taught_by_now_is_a_candidate(void **state)
{
	struct stage *stage = *state;

	course_begins(stage, false);
	is_asked(stage, 0, VELOCITY, 0);
	is_asked(stage, 1, VELOCITY, QUESTION_USE_graded);
	is_asked(stage, 2, FORCE, QUESTION_USE_practice);
	stage_fold(stage);
	assert_string_equal(candidate(stage, "40", 0), "100000|500000|-|-|-|-|-|-|-|-|-|-");
	assert_null(next(stage, "86400", 0));
	is_asked(stage, 3, VELOCITY, QUESTION_USE_both);
	stage_fold(stage);
	assert_shows(candidate(stage, "40", 0), id_text(stage, question(3)).data);
	assert_shows(candidate(stage, "40", 0), "|250000|0|500000|500000|-|-|-");
	assert_null(candidate(stage, "40", 1));
	assert_shows(next(stage, "86400", 0), "Mechanics");
	assert_shows(next(stage, "86400", 0), "|Velocity|1|-|250000|0");
	assert_null(next(stage, "86400", 1));
}

static void what_is_released_may_be_practised(void **state)
{
	struct stage *stage = *state;

	course_begins(stage, true);
	is_asked(stage, 2, FORCE, QUESTION_USE_practice);
	stage_fold(stage);
	assert_shows(next(stage, "86400", 0), "|Force|1|-|250000|0");
	HAPPEN(stage, question_retired, .question = question(2), .course = COURSE);
	stage_fold(stage);
	assert_null(next(stage, "86400", 0));
}

static void review_that_is_due_is_told_first(void **state)
{
	struct stage *stage = *state;

	course_begins(stage, true);
	is_asked(stage, 0, VELOCITY, QUESTION_USE_both);
	is_asked(stage, 1, VELOCITY, QUESTION_USE_both);
	is_answered(stage, 1, false);
	stage_fold(stage);
	assert_shows(candidate(stage, "1", 0), id_text(stage, question(1)).data);
	assert_shows(candidate(stage, "1", 0), "2023-11-15T");
	assert_null(candidate(stage, "1", 1));
	assert_shows(next(stage, "86400", 0), "|-|-|1|2023-11-15T");
	assert_shows(next(stage, "86400", 1), "|Velocity|2|-|");
}

static void what_was_right_a_short_while_ago_is_not_next(void **state)
{
	static const char *const thousand_years = "31536000000";
	struct stage            *stage = *state;

	course_begins(stage, true);
	is_asked(stage, 0, VELOCITY, QUESTION_USE_both);
	is_answered(stage, 0, true);
	stage_fold(stage);
	assert_shows(candidate(stage, "40", 0), "|2023-11-14T");
	assert_non_null(next(stage, "86400", 0));
	assert_null(next(stage, thousand_years, 0));
}

static void who_left_practises_nothing_and_the_erased_leave_nothing(void **state)
{
	struct stage *stage = *state;

	course_begins(stage, true);
	is_asked(stage, 0, VELOCITY, QUESTION_USE_both);
	is_answered(stage, 0, true);
	HAPPEN(stage, learner_withdrawn, .enrolment = stage_id(61), .course = COURSE, .history = stage_id(60),
	       .learner = ADA);
	stage_fold(stage);
	assert_null(next(stage, "86400", 0));
	assert_non_null(strstr(stage_rows(stage, "practice"), "000000000001"));
	HAPPEN(stage, user_erased, .user = ADA);
	stage_fold(stage);
	assert_null(strstr(stage_rows(stage, "practice"), "000000000001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_is_for_practice_and_taught_by_now_is_a_candidate,
	                                        stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(what_is_released_may_be_practised, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(review_that_is_due_is_told_first, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(what_was_right_a_short_while_ago_is_not_next, stage_set_up,
	                                        stage_tear_down),
		cmocka_unit_test_setup_teardown(who_left_practises_nothing_and_the_erased_leave_nothing, stage_set_up,
	                                        stage_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
