/* Statistics of questions, held against figures computed by hand. */
#include "schema/commands.h"
#include "tests/projections/stage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ASSESSMENT = 900, COURSE, FIRST, SECOND, LEARNER };

static const struct text keys[] = {{"a", 1}, {"b", 1}};

/* What was chosen for the first question, and what both are worth. */
static void take(struct stage *stage, uint32_t attempt, uint32_t chosen, uint32_t first_milli, uint32_t second_milli)
{
	const struct attempt_question questions[] = {{stage_id(FIRST), 1, 1000}, {stage_id(SECOND), 1, 2000}};
	const struct choice_reference choice = {.key = keys[chosen]};
	const struct graded_response  responses[] = {{.slot = 1,
	                                              .question = stage_id(FIRST),
	                                              .version = 1,
	                                              .key = 1,
	                                              .points_milli = first_milli,
	                                              .verdict = first_milli ? JUDGEMENT_right : JUDGEMENT_wrong},
	                                             {.slot = 2,
	                                              .question = stage_id(SECOND),
	                                              .version = 1,
	                                              .key = 1,
	                                              .points_milli = second_milli,
	                                              .verdict = JUDGEMENT_partly}};

	HAPPEN(stage, attempt_started, .attempt = stage_id(attempt), .sitting = stage_id(1), .history = stage_id(2),
	       .assessment = stage_id(ASSESSMENT), .enrolment = stage_id(3), .course = stage_id(COURSE),
	       .learner = stage_id(LEARNER), .content = stage_id(4), .number = 1,
	       .questions = {.items = questions, .count = 2});
	HAPPEN(stage, answer_saved, .attempt = stage_id(attempt), .history = stage_id(2), .learner = stage_id(LEARNER),
	       .slot = 1, .answered = true, .chosen = {.items = &choice, .count = 1});
	HAPPEN(stage, responses_graded, .attempt = stage_id(attempt), .sitting = stage_id(1), .history = stage_id(2),
	       .enrolment = stage_id(3), .course = stage_id(COURSE), .assessment = stage_id(ASSESSMENT),
	       .learner = stage_id(LEARNER), .grader = 1, .responses = {.items = responses, .count = 2});
	HAPPEN(stage, attempt_graded, .attempt = stage_id(attempt), .sitting = stage_id(1), .enrolment = stage_id(3),
	       .history = stage_id(2), .course = stage_id(COURSE), .assessment = stage_id(ASSESSMENT),
	       .learner = stage_id(LEARNER), .points_milli = first_milli + second_milli, .of_milli = 3000,
	       .cause = GRADE_CAUSE_automatic);
}

/* The shares 1 0 1 0, and 1 0.25 0.75 0.5 in the rest, have a correlation of 2 / sqrt 5. */
static void facility_discrimination_and_choices_are_those_computed_by_hand(void **state)
{
	struct stage                      *stage = *state;
	const struct question_statistics   first = {.course = stage_id(COURSE), .question = stage_id(FIRST)};
	const struct assessment_statistics all = {.assessment = stage_id(ASSESSMENT)};
	const char                        *row;

	stage_register(stage, stage_id(LEARNER), "Uma");
	take(stage, 11, 0, 1000, 2000);
	take(stage, 12, 1, 0, 500);
	take(stage, 13, 0, 1000, 1500);
	take(stage, 14, 1, 0, 1000);
	stage_fold(stage);
	row = stage_ask(stage, "question_statistics", &first, 0, 0);
	assert_non_null(strstr(row, "\"answers\":4"));
	assert_non_null(strstr(row, "\"facility\":500000"));
	assert_non_null(strstr(row, "\"discrimination\":0.894427"));
	assert_non_null(strstr(row, "\"right\":2"));
	assert_non_null(strstr(row, "{\"key\":\"a\",\"count\":2},{\"key\":\"b\",\"count\":2}"));
	assert_null(stage_ask(stage, "question_statistics", &first, 1, 0));
	assert_non_null(strstr(stage_ask(stage, "assessment_statistics", &all, 1, 0), "\"facility\":625000"));
	HAPPEN(stage, user_erased, .user = stage_id(LEARNER));
	stage_forget(stage, stage_id(LEARNER));
	stage_fold(stage);
	assert_non_null(strstr(stage_ask(stage, "question_statistics", &first, 0, 0), "\"answers\":4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(facility_discrimination_and_choices_are_those_computed_by_hand,
	                                        stage_set_up, stage_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
