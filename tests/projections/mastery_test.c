/* What learners know and what is due again: given these grades, what is shown. The numbers themselves are judged by
 * another implementation in tests/e2e/mastery.test.mjs. */
#include "tests/projections/stage.h"

#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define BERT stage_id(2)
#define COURSE stage_id(10)
#define VELOCITY stage_id(20)
#define FORCE stage_id(21)
#define QUESTION stage_id(30)
#define ESSAY stage_id(31)
#define ATTEMPT stage_id(40)

/* A course with two objectives: the question, of four choices, is about the first, the essay about both. */
static void course_begins(struct stage *stage)
{
	const struct course_objective    objectives[] = {{VELOCITY, TEXT("Velocity")}, {FORCE, TEXT("Force")}};
	const struct objective_reference both[] = {{VELOCITY}, {FORCE}};
	const struct question_choice     choices[] = {{TEXT("a"), TEXT("One")},
	                                              {TEXT("b"), TEXT("Two")},
	                                              {TEXT("c"), TEXT("Three")},
	                                              {TEXT("d"), TEXT("Four")}};

	HAPPEN(stage, course_created, .course = COURSE, .creator = BERT, .title = TEXT("Mechanics"),
	       .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	HAPPEN(stage, staff_joined, .course = COURSE, .member = BERT, .role = COURSE_ROLE_instructor);
	HAPPEN(stage, objectives_changed, .course = COURSE, .objectives = {.items = objectives, .count = 2});
	HAPPEN(stage, question_written, .question = QUESTION, .course = COURSE, .version = 1,
	       .type = QUESTION_TYPE_single, .prompt = TEXT("How many?"), .choices = {.items = choices, .count = 4},
	       .objectives = {.items = both, .count = 1});
	HAPPEN(stage, question_written, .question = ESSAY, .course = COURSE, .version = 1, .type = QUESTION_TYPE_essay,
	       .prompt = TEXT("Why?"), .objectives = {.items = both, .count = 2});
}

static void is_published(struct stage *stage)
{
	HAPPEN(stage, outline_changed, .course = COURSE, .outline = 1);
	HAPPEN(stage, course_published, .course = COURSE, .edition = stage_id(50), .number = 1, .outline = 1);
}

static void practises(struct stage *stage, struct id attempt, struct id learner)
{
	const struct practice_question questions[] = {{QUESTION, 1, 1000, PRACTICE_REASON_weak},
	                                              {ESSAY, 1, 2000, PRACTICE_REASON_weak}};

	HAPPEN(stage, practice_started, .attempt = attempt, .history = stage_id(60), .enrolment = stage_id(61),
	       .course = COURSE, .learner = learner, .questions = {.items = questions, .count = 2});
}

static void is_graded(struct stage *stage, struct id attempt, struct id learner, struct graded_response response)
{
	response.version = 1;
	HAPPEN(stage, responses_graded, .attempt = attempt, .history = stage_id(60), .enrolment = stage_id(61),
	       .course = COURSE, .learner = learner, .grader = 1, .responses = {.items = &response, .count = 1});
}

static struct graded_response answer(uint32_t points_milli, uint32_t verdict)
{
	return (struct graded_response){
		.slot = 1, .question = QUESTION, .points_milli = points_milli, .verdict = verdict};
}

static const char *objective(struct stage *stage, struct id learner, uint32_t row)
{
	return stage_ask(stage, "my_mastery", &(struct my_mastery){.learner = learner, .course = COURSE}, row, 0);
}

static const char *review(struct stage *stage, struct id learner, uint32_t row)
{
	return stage_ask(stage, "my_reviews", &(struct my_reviews){.learner = learner}, row, 0);
}

static void objective_is_unseen_until_an_answer_tells_of_it(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	stage_fold(stage);
	assert_null(objective(stage, ADA, 0)); /* nobody but staff knows the course yet */
	assert_shows(objective(stage, BERT, 0), "Velocity");
	is_published(stage);
	practises(stage, ATTEMPT, ADA);
	stage_fold(stage);
	assert_shows(objective(stage, ADA, 0), "\"known\":0.25,\"evidence\":0,\"state\":\"unseen\"");
	assert_null(review(stage, ADA, 0));
	is_graded(stage, ATTEMPT, ADA, answer(1000, JUDGEMENT_right));
	stage_fold(stage);
	/* 0.25 * 0.9 / (0.25 * 0.9 + 0.75 * 0.25), and 0.12 of what is left */
	assert_shows(objective(stage, ADA, 0), "\"known\":0.6,\"evidence\":1,\"state\":\"developing\"");
	assert_shows(objective(stage, ADA, 1), "\"title\":\"Force\",\"known\":0.25,\"evidence\":0");
	assert_null(objective(stage, ADA, 2));
}

static void right_answer_is_due_again_after_days(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	practises(stage, ATTEMPT, ADA);
	is_graded(stage, ATTEMPT, ADA, answer(1000, JUDGEMENT_right));
	stage_fold(stage);
	assert_shows(review(stage, ADA, 0),
	             "\"due\" : \"2023-11-17T22:13:27.000000Z\", \"reviewed_at\" : \"2023-11-14T22:13:27.000000Z\", "
	             "\"stability\" : 2.3065, \"difficulty\" : 2.11810397, \"reviews\" : 1, \"lapses\" : 0, "
	             "\"question_difficulty\" : 454");
	assert_null(stage_ask(stage, "my_reviews",
	                      &(struct my_reviews){.learner = ADA, .until = 1700000100000000, .has_until = true}, 0,
	                      0));
	assert_null(stage_ask(stage, "my_reviews", &(struct my_reviews){.learner = ADA, .course = stage_id(11)}, 0, 0));
	assert_null(review(stage, BERT, 0));
	HAPPEN(stage, question_retired, .question = QUESTION, .course = COURSE);
	stage_fold(stage);
	assert_null(review(stage, ADA, 0));
}

static void what_says_nothing_counts_for_nothing(void **state)
{
	static const uint32_t verdicts[] = {JUDGEMENT_unanswered, JUDGEMENT_unreadable, JUDGEMENT_undecided};
	struct stage         *stage = *state;

	course_begins(stage);
	is_published(stage);
	for (uint32_t i = 0; i < array_count(verdicts); i++) {
		practises(stage, stage_id(70 + i), ADA);
		is_graded(stage, stage_id(70 + i), ADA, answer(0, verdicts[i]));
	}
	stage_fold(stage);
	assert_shows(objective(stage, ADA, 0), "\"evidence\":0");
	assert_null(review(stage, ADA, 0));
}

static const char *rating(struct stage *stage)
{
	return stage_sql(stage,
	                 "SELECT mastery.review_rating(credit_milli, hinted)::text FROM mastery.mastery_response "
	                 "ORDER BY position DESC NULLS LAST LIMIT 1");
}

static void rating_follows_from_points_and_hints(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	practises(stage, stage_id(71), ADA);
	is_graded(stage, stage_id(71), ADA, answer(499, JUDGEMENT_partly));
	stage_fold(stage);
	assert_string_equal(rating(stage), "1");
	practises(stage, stage_id(72), ADA);
	is_graded(stage, stage_id(72), ADA, answer(500, JUDGEMENT_partly));
	stage_fold(stage);
	assert_string_equal(rating(stage), "2");
	practises(stage, stage_id(73), ADA);
	is_graded(stage, stage_id(73), ADA, answer(1000, JUDGEMENT_right));
	stage_fold(stage);
	assert_string_equal(rating(stage), "3");
	practises(stage, stage_id(74), ADA);
	HAPPEN(stage, hint_taken, .attempt = stage_id(74), .history = stage_id(60), .learner = ADA, .slot = 1,
	       .hint = 1);
	is_graded(stage, stage_id(74), ADA, answer(1000, JUDGEMENT_right));
	stage_fold(stage);
	assert_string_equal(rating(stage), "2");
	assert_shows(review(stage, ADA, 0), "\"reviews\" : 4, \"lapses\" : 0");
}

static const char *tables(struct stage *stage)
{
	return stage_sql(stage, "SELECT string_agg(t, E'\n' ORDER BY t) FROM ("
	                        "SELECT stability || ' ' || difficulty || ' ' || reviews || ' ' || lapses "
	                        "FROM mastery.mastery_card UNION ALL SELECT known || ' ' || evidence "
	                        "FROM mastery.mastery_objective UNION ALL "
	                        "SELECT answers || ' ' || credit_milli FROM mastery.mastery_question) AS r (t)");
}

static void history_of(struct stage *stage, uint32_t first_points, uint32_t first_verdict)
{
	stage->record_count = 0;
	stage->stream_count = 0;
	stage_wipe(stage);
	course_begins(stage);
	practises(stage, stage_id(71), ADA);
	practises(stage, stage_id(72), ADA);
	is_graded(stage, stage_id(71), ADA, answer(first_points, first_verdict));
	is_graded(stage, stage_id(72), ADA, answer(0, JUDGEMENT_wrong));
}

static void regrade_shows_what_would_have_been_shown(void **state)
{
	struct stage *stage = *state;
	const char   *right, *wrong;

	history_of(stage, 1000, JUDGEMENT_right);
	stage_fold(stage);
	right = tables(stage);
	history_of(stage, 0, JUDGEMENT_wrong);
	stage_fold(stage);
	wrong = tables(stage);
	assert_string_not_equal(right, wrong);
	is_graded(stage, stage_id(71), ADA, answer(1000, JUDGEMENT_right));
	stage_fold(stage);
	assert_string_equal(tables(stage), right);
	is_graded(stage, stage_id(71), ADA, answer(0, JUDGEMENT_undecided));
	stage_fold(stage);
	assert_shows(review(stage, ADA, 0), "\"reviews\" : 1,");
}

static void hint_after_the_answer_changes_nothing(void **state)
{
	struct stage *stage = *state;
	const char   *before;

	course_begins(stage);
	practises(stage, stage_id(71), ADA);
	is_graded(stage, stage_id(71), ADA, answer(0, JUDGEMENT_wrong));
	stage_fold(stage);
	before = tables(stage);
	HAPPEN(stage, hint_taken, .attempt = stage_id(71), .history = stage_id(60), .learner = ADA, .slot = 1,
	       .hint = 1);
	is_graded(stage, stage_id(71), ADA, answer(1000, JUDGEMENT_right));
	stage_fold(stage);
	assert_string_equal(rating(stage), "3");
	assert_string_not_equal(tables(stage), before);
}

/* ---- what people say of an answer */

static void essay_is_handed_in(struct stage *stage)
{
	is_graded(stage, ATTEMPT, ADA,
	          (struct graded_response){.slot = 2, .question = ESSAY, .verdict = JUDGEMENT_undecided});
}

static void essay_is_marked(struct stage *stage, uint32_t points_milli, bool decided)
{
	HAPPEN(stage, response_marked, .attempt = ATTEMPT, .sitting = stage_id(62), .history = stage_id(60),
	       .enrolment = stage_id(61), .course = COURSE, .assessment = stage_id(63), .learner = ADA, .slot = 2,
	       .question = ESSAY, .version = 1, .marker = BERT, .marked_milli = points_milli, .decided = decided,
	       .points_milli = decided ? points_milli : 0);
}

static void essay_marked_by(struct stage *stage, uint32_t points_milli)
{
	stage->record_count = 0;
	stage->stream_count = 0;
	stage_wipe(stage);
	course_begins(stage);
	is_published(stage);
	practises(stage, ATTEMPT, ADA);
	essay_is_handed_in(stage);
	essay_is_marked(stage, points_milli, true);
	stage_fold(stage);
}

static void marked_answer_counts_once_it_is_decided(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	is_published(stage);
	practises(stage, ATTEMPT, ADA);
	essay_is_handed_in(stage);
	essay_is_marked(stage, 1000, false);
	stage_fold(stage);
	assert_shows(objective(stage, ADA, 1), "\"evidence\":0");
	assert_null(review(stage, ADA, 0));
	essay_is_marked(stage, 1000, true);
	stage_fold(stage);
	assert_shows(objective(stage, ADA, 0), "\"evidence\":1");
	assert_shows(objective(stage, ADA, 1), "\"evidence\":1");
	assert_shows(review(stage, ADA, 0), "\"reviews\" : 1,");
	assert_string_equal(rating(stage), "2");
}

static void answer_marked_anew_changes_what_it_says_and_adds_nothing(void **state)
{
	struct stage *stage = *state;
	const char   *half, *full;

	essay_marked_by(stage, 1000);
	half = tables(stage);
	essay_marked_by(stage, 2000);
	full = tables(stage);
	assert_string_not_equal(half, full);
	essay_is_marked(stage, 1000, true);
	stage_fold(stage);
	assert_string_equal(tables(stage), half);
	essay_is_marked(stage, 2000, false); /* one of two who must agree */
	stage_fold(stage);
	assert_string_equal(tables(stage), half);
	essay_is_marked(stage, 2000, true);
	stage_fold(stage);
	assert_string_equal(tables(stage), full);
}

static void of_the_erased_only_the_sums_of_a_question_stay(void **state)
{
	struct stage *stage = *state;

	course_begins(stage);
	practises(stage, stage_id(71), ADA);
	practises(stage, stage_id(72), BERT);
	is_graded(stage, stage_id(71), ADA, answer(0, JUDGEMENT_wrong));
	is_graded(stage, stage_id(72), BERT, answer(1000, JUDGEMENT_right));
	HAPPEN(stage, user_erased, .user = ADA);
	stage_fold(stage);
	assert_null(strstr(stage_rows(stage, "mastery"), "000000000001"));
	assert_shows(review(stage, BERT, 0), "\"question_difficulty\" : 500");
	is_graded(stage, stage_id(71), ADA, answer(1000, JUDGEMENT_right)); /* too late for whatever reason */
	stage_fold(stage);
	assert_null(strstr(stage_rows(stage, "mastery"), "000000000001"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(objective_is_unseen_until_an_answer_tells_of_it, stage_set_up,
	                                        stage_tear_down),
		cmocka_unit_test_setup_teardown(right_answer_is_due_again_after_days, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(what_says_nothing_counts_for_nothing, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(rating_follows_from_points_and_hints, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(regrade_shows_what_would_have_been_shown, stage_set_up,
	                                        stage_tear_down),
		cmocka_unit_test_setup_teardown(hint_after_the_answer_changes_nothing, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(marked_answer_counts_once_it_is_decided, stage_set_up, stage_tear_down),
		cmocka_unit_test_setup_teardown(answer_marked_anew_changes_what_it_says_and_adds_nothing, stage_set_up,
	                                        stage_tear_down),
		cmocka_unit_test_setup_teardown(of_the_erased_only_the_sums_of_a_question_stay, stage_set_up,
	                                        stage_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
