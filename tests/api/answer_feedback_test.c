/* What of an attempt is told, for each policy at each stage; and what a grade looks like. */
#include "api/answer_feedback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { NOW_US = 1000, LATER_US = 2000 };

static struct arena arena;

#define LIST(list, ...)                                                                                                \
	(struct list_of_##list)                                                                                        \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

/* ---------------------------------------------------------------- when */

/* One letter a stage: under way, under way with the answer finished, handed in, closed. */
static void is_given(struct feedback_rules rules, const char *stages)
{
	const struct {
		bool    finished, submitted;
		int64_t closes_at;
	} stage[] = {{.closes_at = LATER_US},
	             {.finished = true, .closes_at = LATER_US},
	             {.finished = true, .submitted = true, .closes_at = LATER_US},
	             {.finished = true, .submitted = true, .closes_at = NOW_US}};

	for (uint32_t i = 0; i < array_count(stage); i++) {
		rules.now = NOW_US;
		rules.submitted = stage[i].submitted;
		rules.policy.closes_at = stage[i].closes_at;
		assert_int_equal(feedback_given(&rules, stage[i].finished), stages[i] == 'y');
	}
}

static void feedback_comes_when_the_policy_says_so(void **state)
{
	is_given((struct feedback_rules){.policy.feedback = FEEDBACK_TIME_never}, "nnnn");
	is_given((struct feedback_rules){.policy.feedback = FEEDBACK_TIME_submitted}, "nnyy");
	is_given((struct feedback_rules){.policy.feedback = FEEDBACK_TIME_answered}, "nyyy");
	is_given((struct feedback_rules){.policy.feedback = FEEDBACK_TIME_closed}, "nnny");
	is_given((struct feedback_rules){.policy.feedback = FEEDBACK_TIME_never, .practice = true}, "nyyy");
	is_given((struct feedback_rules){.policy.feedback = FEEDBACK_TIME_never, .staff = true}, "yyyy");
}

static void what_never_closes_gives_no_feedback_at_its_close(void **state)
{
	const struct feedback_rules rules = {
		.policy.feedback = FEEDBACK_TIME_closed, .submitted = true, .now = INT64_MAX - 1};

	assert_false(feedback_given(&rules, true));
}

/* Nobody is asked in vain: what no finished answer is told of, no answer is. */
static void an_unfinished_answer_is_told_of_no_sooner_than_a_finished_one(void **state)
{
	for (int feedback = FEEDBACK_TIME_never; feedback <= FEEDBACK_TIME_answered; feedback++) {
		for (int bits = 0; bits < 16; bits++) {
			const struct feedback_rules rules = {.policy = {.feedback = (enum feedback_time)feedback,
			                                                .closes_at = bits & 1 ? NOW_US : LATER_US},
			                                     .submitted = bits & 2,
			                                     .practice = bits & 4,
			                                     .staff = bits & 8,
			                                     .now = NOW_US};

			assert_true(feedback_given(&rules, true) || !feedback_given(&rules, false));
		}
	}
}

static void solutions_and_grades_may_be_kept_back(void **state)
{
	struct feedback_rules rules = {.policy = {.shows_key = false, .release = GRADE_RELEASE_manual}};

	assert_false(feedback_has_solution(&rules) || feedback_has_grades(&rules));
	rules.released = true;
	assert_true(feedback_has_grades(&rules) && !feedback_has_solution(&rules));
	rules.released = false;
	rules.policy = (struct policy){.shows_key = true, .release = GRADE_RELEASE_automatic};
	assert_true(feedback_has_grades(&rules) && feedback_has_solution(&rules));
	rules.policy = (struct policy){.release = GRADE_RELEASE_manual};
	rules.practice = true;
	assert_true(feedback_has_grades(&rules) && feedback_has_solution(&rules));
	rules.practice = false;
	rules.staff = true;
	assert_true(feedback_has_grades(&rules) && feedback_has_solution(&rules));
}

/* ---------------------------------------------------------------- what */

static void is(const struct answer_grade *grade, const struct answer_given *given,
               const struct question_written *question, const char *json)
{
	struct question_view view = {.question = question, .arena = &arena};
	struct buffer        out = {0};

	if (question)
		assert_int_equal(question_view_draw(&view), STATUS_OK);
	answer_feedback_append(grade, given, &view, &out);
	buffer_append(&out, BYTES("", 1));
	assert_string_equal((const char *)out.data, json);
	buffer_finish(&out);
	arena_reset(&arena);
}

static void a_grade_names_what_it_came_from(void **state)
{
	const struct key_set      key = {.choices = LIST(key_choice, {.key = TEXT("a"), .feedback = TEXT("No: *a*.")},
	                                                 {.key = TEXT("b"), .feedback = TEXT("Yes")})};
	const struct answer_grade grade = {.verdict = TEXT("wrong"),
	                                   .points_milli = TEXT("0"),
	                                   .of_milli = TEXT("1000"),
	                                   .key = TEXT("3"),
	                                   .grader = TEXT("1"),
	                                   .marked = TEXT("false"),
	                                   .marks = TEXT("[]"),
	                                   .graded_by = &key};
	const struct answer_given given = {.chosen = TEXT("[{\"key\":\"a\"}]")};
	const struct question_written question = {.type = QUESTION_TYPE_single};

	is(&grade, &given, &question,
	   "{\"verdict\":\"wrong\",\"points_milli\":0,\"of_milli\":1000,\"key\":3,\"grader\":1,\"marked\":false,"
	   "\"remarks\":[{\"choice\":\"a\",\"html\":\"<p>No: <em>a</em>.</p>\\n\"}],\"marks\":[]}");
}

static void what_waits_for_people_has_no_points(void **state)
{
	const struct answer_grade     grade = {.verdict = TEXT("undecided"),
	                                       .of_milli = TEXT("1000"),
	                                       .grader = TEXT("1"),
	                                       .marked = TEXT("false"),
	                                       .marks = TEXT("[]")};
	const struct answer_given     given = {.words = TEXT("They fall.")};
	const struct question_written question = {.type = QUESTION_TYPE_essay};

	is(&grade, &given, &question,
	   "{\"verdict\":\"undecided\",\"of_milli\":1000,\"grader\":1,\"marked\":false,\"remarks\":[],\"marks\":[]}");
}

static void a_grade_stands_without_its_question_or_its_answer(void **state)
{
	const struct key_set key = {
		.patterns = LIST(key_pattern, {.pattern = TEXT("*"), .credit = 1000, .feedback = TEXT("Any.")})};
	const struct answer_grade grade = {
		.verdict = TEXT("right"), .marked = TEXT("false"), .marks = TEXT("[]"), .graded_by = &key};
	const struct question_written question = {.type = QUESTION_TYPE_text};
	const char                   *silent = "{\"verdict\":\"right\",\"marked\":false,\"remarks\":[],\"marks\":[]}";

	is(&grade, &(struct answer_given){.words = TEXT("x")}, &question,
	   "{\"verdict\":\"right\",\"marked\":false,\"remarks\":[{\"html\":\"<p>Any.</p>\\n\"}],\"marks\":[]}");
	is(&grade, &(struct answer_given){.words = TEXT("x")}, NULL, silent);
	is(&grade, &(struct answer_given){.words = TEXT_FORGOTTEN}, &question, silent);
	is(&grade, &(struct answer_given){.words = TEXT("x"), .chosen = TEXT("damaged")}, &question, silent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(feedback_comes_when_the_policy_says_so),
		cmocka_unit_test(what_never_closes_gives_no_feedback_at_its_close),
		cmocka_unit_test(an_unfinished_answer_is_told_of_no_sooner_than_a_finished_one),
		cmocka_unit_test(solutions_and_grades_may_be_kept_back),
		cmocka_unit_test(a_grade_names_what_it_came_from),
		cmocka_unit_test(what_waits_for_people_has_no_points),
		cmocka_unit_test(a_grade_stands_without_its_question_or_its_answer),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}
