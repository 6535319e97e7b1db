/* The grader on a real log and vault; the writer that it sends to is the test. */
#include "commands/learning/grading.h"
#include "eventstore/codec/codec_msgpack.h"
#include "schema/commands.h"
#include "schema/events.h"
#include "subscribers/sender.h"
#include "tests/subscribers/scene.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SENT_MAX = 16, RESPONSES_MAX = 4 };

/* Numbers of ground_id. */
enum {
	LEARNER = 1,
	OTHER,
	COURSE,
	ASSESSMENT,
	NUMERIC,
	ESSAY,
	TASK,
	ATTEMPT,
	ATTEMPT_2,
	ATTEMPT_3,
	REGRADE,
	SIMULATION
};

struct sent_grades {
	struct id              command_id;
	struct grade_responses fields;
	struct graded_response responses[RESPONSES_MAX];
};

static struct sent_grades sent[SENT_MAX];
static uint32_t           sent_count;
static enum status        carrying;

static enum status carry(void *unused, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	struct sent_grades *grades = &sent[sent_count++];

	assert_string_equal(command, "grade_responses");
	assert_true(sent_count <= SENT_MAX);
	grades->command_id = command_id;
	grades->fields = *(const struct grade_responses *)fields;
	assert_true(grades->fields.responses.count <= RESPONSES_MAX);
	memcpy(grades->responses, grades->fields.responses.items,
	       grades->fields.responses.count * sizeof(grades->responses[0]));
	*answer = (struct answer){.status = TEXT("ok"), .event = TEXT("responses_graded"), .position = 1};
	return carrying;
}

static const struct sender_way way = {.carry = carry};

/* ---------------------------------------------------------------- what happened */

static void write_questions(void)
{
	HAPPEN(question_written, .question = ground_id(NUMERIC), .course = ground_id(COURSE), .version = 1,
	       .type = QUESTION_TYPE_numeric, .prompt = TEXT("How much?"));
	HAPPEN(question_written, .question = ground_id(ESSAY), .course = ground_id(COURSE), .version = 1,
	       .type = QUESTION_TYPE_essay, .prompt = TEXT("Why?"));
}

static void set_key(uint32_t key, const char *value)
{
	HAPPEN(key_set, .question = ground_id(NUMERIC), .course = ground_id(COURSE), .version = 1, .key = key,
	       .numbers = LIST(key_number, {.value = text_from(value)}));
}

static void start(uint32_t attempt, uint32_t learner)
{
	HAPPEN(attempt_started, .attempt = ground_id(attempt), .sitting = ground_id(100 + attempt),
	       .assessment = ground_id(ASSESSMENT), .history = ground_id(200 + learner),
	       .enrolment = ground_id(300 + learner), .course = ground_id(COURSE), .learner = ground_id(learner),
	       .content = ground_id(400), .number = 1, .seed = 7, .started_at = scene.now_us,
	       .questions = LIST(attempt_question, {ground_id(NUMERIC), 1, 1000}, {ground_id(ESSAY), 1, 2000}));
}

static void answer(uint32_t attempt, uint32_t learner, uint32_t slot, const char *text)
{
	HAPPEN(answer_saved, .attempt = ground_id(attempt), .history = ground_id(200 + learner),
	       .learner = ground_id(learner), .slot = slot, .answered = true, .text = text_from(text),
	       .answered_at = scene.now_us);
}

static void submit(uint32_t attempt, uint32_t learner)
{
	HAPPEN(attempt_submitted, .attempt = ground_id(attempt), .sitting = ground_id(100 + attempt),
	       .history = ground_id(200 + learner), .assessment = ground_id(ASSESSMENT),
	       .enrolment = ground_id(300 + learner), .course = ground_id(COURSE), .learner = ground_id(learner),
	       .submitted_at = scene.now_us, .cause = ATTEMPT_END_learner);
}

/* As the writer would keep what the grader sent last. */
static void keep_grades(uint32_t attempt, uint32_t learner)
{
	const struct sent_grades *grades = &sent[sent_count - 1];

	HAPPEN(responses_graded, .attempt = ground_id(attempt), .sitting = ground_id(100 + attempt),
	       .history = ground_id(200 + learner), .enrolment = ground_id(300 + learner), .course = ground_id(COURSE),
	       .assessment = ground_id(ASSESSMENT), .learner = ground_id(learner), .grader = grades->fields.grader,
	       .responses = {.items = grades->responses, .count = grades->fields.responses.count});
}

static void take(uint32_t attempt, uint32_t learner, const char *number)
{
	start(attempt, learner);
	answer(attempt, learner, 1, number);
	submit(attempt, learner);
	scene_run();
	keep_grades(attempt, learner);
}

static void is_sent(uint32_t which, uint32_t place, enum judgement verdict, uint32_t key, uint32_t points_milli)
{
	const struct graded_response *response = &sent[which].responses[place];

	assert_true(which < sent_count && place < sent[which].fields.responses.count);
	assert_int_equal(response->verdict, verdict);
	assert_int_equal(response->key, key);
	assert_int_equal(response->points_milli, points_milli);
}

/* ---------------------------------------------------------------- as learners finish */

static void what_is_handed_in_is_graded_and_the_essay_waits(void **unused)
{
	write_questions();
	set_key(1, "3");
	start(ATTEMPT, LEARNER);
	answer(ATTEMPT, LEARNER, 1, "4");
	answer(ATTEMPT, LEARNER, 1, "3");
	answer(ATTEMPT, LEARNER, 2, "Because.");
	scene_run();
	assert_int_equal(sent_count, 0);
	submit(ATTEMPT, LEARNER);
	scene_run();
	assert_int_equal(sent_count, 1);
	assert_true(id_equal(sent[0].fields.attempt, ground_id(ATTEMPT)));
	assert_int_equal(sent[0].fields.grader, GRADER_VERSION);
	assert_int_equal(sent[0].fields.responses.count, 2);
	is_sent(0, 0, JUDGEMENT_right, 1, 1000);
	is_sent(0, 1, JUDGEMENT_undecided, 0, 0);
}

static void hints_cost_what_they_said(void **unused)
{
	write_questions();
	set_key(1, "3");
	start(ATTEMPT, LEARNER);
	for (uint32_t hint = 1; hint <= 2; hint++)
		HAPPEN(hint_taken, .attempt = ground_id(ATTEMPT), .history = ground_id(200 + LEARNER),
		       .learner = ground_id(LEARNER), .slot = 1, .hint = hint, .cost = 100 * hint);
	answer(ATTEMPT, LEARNER, 1, "3");
	submit(ATTEMPT, LEARNER);
	scene_run();
	is_sent(0, 0, JUDGEMENT_right, 1, 700);
}

static void an_answer_that_is_finished_is_graded_alone(void **unused)
{
	write_questions();
	set_key(1, "3");
	start(ATTEMPT, LEARNER);
	answer(ATTEMPT, LEARNER, 1, "3");
	answer(ATTEMPT, LEARNER, 2, "Because.");
	HAPPEN(answer_finished, .attempt = ground_id(ATTEMPT), .history = ground_id(200 + LEARNER),
	       .learner = ground_id(LEARNER), .slot = 1);
	scene_run();
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0].fields.responses.count, 1);
	is_sent(0, 0, JUDGEMENT_right, 1, 1000);
}

static void the_key_is_the_one_that_stood_at_that_moment(void **unused)
{
	write_questions();
	set_key(1, "3");
	start(ATTEMPT, LEARNER);
	answer(ATTEMPT, LEARNER, 1, "3");
	submit(ATTEMPT, LEARNER);
	set_key(2, "5");
	scene_run();
	is_sent(0, 0, JUDGEMENT_right, 1, 1000);
}

static void without_a_key_a_person_must_judge(void **unused)
{
	write_questions();
	start(ATTEMPT, LEARNER);
	answer(ATTEMPT, LEARNER, 1, "3");
	submit(ATTEMPT, LEARNER);
	scene_run();
	is_sent(0, 0, JUDGEMENT_undecided, 0, 0);
	is_sent(0, 1, JUDGEMENT_unanswered, 0, 0);
}

static void what_could_not_be_sent_is_sent_again_under_the_same_id(void **unused)
{
	write_questions();
	set_key(1, "3");
	start(ATTEMPT, LEARNER);
	submit(ATTEMPT, LEARNER);
	carrying = STATUS_UNREACHABLE;
	scene_run();
	assert_int_equal(sent_count, 1);
	set_key(2, "5");
	carrying = STATUS_OK;
	scene.now_us = subscription_due_us(scene.subscription);
	scene_run();
	assert_int_equal(sent_count, 2);
	assert_true(id_equal(sent[0].command_id, sent[1].command_id));
	assert_int_equal(sent[1].responses[0].key, sent[0].responses[0].key);
}

static void what_an_erased_person_wrote_is_not_graded_and_stops_nothing(void **unused)
{
	write_questions();
	set_key(1, "3");
	start(ATTEMPT, LEARNER);
	answer(ATTEMPT, LEARNER, 1, "3");
	submit(ATTEMPT, LEARNER);
	HAPPEN(user_erased, .user = ground_id(LEARNER));
	store_forget(scene.store, ground_id(LEARNER));
	start(ATTEMPT_2, OTHER);
	submit(ATTEMPT_2, OTHER);
	scene_run();
	assert_int_equal(sent_count, 1);
	assert_true(id_equal(sent[0].fields.attempt, ground_id(ATTEMPT_2)));
}

/* ---------------------------------------------------------------- simulation tasks */

static void set_task(uint32_t key, double minimum)
{
	HAPPEN(key_set, .question = ground_id(TASK), .course = ground_id(COURSE), .version = 1, .key = key);
	HAPPEN(task_set, .question = ground_id(TASK), .course = ground_id(COURSE), .version = 1, .key = key,
	       .simulation = ground_id(SIMULATION), .simulation_version = 1,
	       .parameters = LIST(task_parameter, {TEXT("h"), 2, 8}),
	       .criteria = LIST(task_criterion,
	                        {.measure = TEXT("low"), .has_minimum = true, .minimum = minimum, .share = 1}));
}

/* The task in slot 1, the number in slot 2. */
static void take_task(const char *values)
{
	write_questions();
	set_key(1, "3");
	HAPPEN(question_written, .question = ground_id(TASK), .course = ground_id(COURSE), .version = 1,
	       .type = QUESTION_TYPE_simulation, .prompt = TEXT("Let it fall."), .scene = TEXT("ball"));
	set_task(1, 3);
	HAPPEN(attempt_started, .attempt = ground_id(ATTEMPT), .sitting = ground_id(100 + ATTEMPT),
	       .assessment = ground_id(ASSESSMENT), .history = ground_id(200 + LEARNER),
	       .enrolment = ground_id(300 + LEARNER), .course = ground_id(COURSE), .learner = ground_id(LEARNER),
	       .content = ground_id(400), .number = 1, .seed = 7, .started_at = scene.now_us,
	       .questions = LIST(attempt_question, {ground_id(TASK), 1, 1000}, {ground_id(NUMERIC), 1, 1000}));
	if (values)
		answer(ATTEMPT, LEARNER, 1, values);
	answer(ATTEMPT, LEARNER, 2, "3");
	submit(ATTEMPT, LEARNER);
}

static void tell_run(double low)
{
	HAPPEN(task_run_completed, .attempt = ground_id(ATTEMPT), .history = ground_id(200 + LEARNER),
	       .learner = ground_id(LEARNER), .slot = 1, .question = ground_id(TASK), .version = 1, .key = 1,
	       .simulation = ground_id(SIMULATION), .simulation_version = 1,
	       .measures = LIST(run_measure, {.measure = TEXT("low"), .has_value = true, .value = low}));
}

static void a_simulation_waits_for_its_run_and_holds_up_nothing_else(void **unused)
{
	take_task("{\"h\":5}");
	scene_run();
	assert_int_equal(sent_count, 1);
	assert_int_equal(sent[0].fields.responses.count, 1);
	assert_int_equal(sent[0].responses[0].slot, 2);
	set_task(2, 9);
	tell_run(3.5);
	scene_run();
	assert_int_equal(sent_count, 2);
	is_sent(1, 0, JUDGEMENT_right, 1, 1000);
}

static void a_simulation_that_was_not_answered_waits_for_no_run(void **unused)
{
	take_task(NULL);
	scene_run();
	assert_int_equal(sent[0].fields.responses.count, 2);
	is_sent(0, 0, JUDGEMENT_unanswered, 1, 0);
}

/* ---------------------------------------------------------------- regrades */

static void commit_regrade(enum regrade_policy policy)
{
	HAPPEN(regrade_committed, .regrade = ground_id(REGRADE), .assessment = ground_id(ASSESSMENT),
	       .course = ground_id(COURSE), .question = ground_id(NUMERIC), .version = 1, .key = 2, .policy = policy,
	       .reason = TEXT("The sign was wrong."));
}

static void a_regrade_changes_what_another_key_changes(void **unused)
{
	write_questions();
	set_key(1, "3");
	take(ATTEMPT, LEARNER, "3");
	take(ATTEMPT_2, OTHER, "5");
	start(ATTEMPT_3, OTHER);
	answer(ATTEMPT_3, OTHER, 1, "5");
	set_key(2, "5");
	sent_count = 0;
	commit_regrade(REGRADE_POLICY_replace);
	scene_run();
	assert_int_equal(sent_count, 2);
	assert_true(id_equal(sent[0].fields.attempt, ground_id(ATTEMPT)));
	assert_true(id_equal(sent[0].fields.regrade, ground_id(REGRADE)));
	is_sent(0, 0, JUDGEMENT_wrong, 2, 0);
	assert_true(id_equal(sent[1].fields.attempt, ground_id(ATTEMPT_2)));
	is_sent(1, 0, JUDGEMENT_right, 2, 1000);
}

static void where_the_better_grade_is_kept_nobody_loses(void **unused)
{
	write_questions();
	set_key(1, "3");
	take(ATTEMPT, LEARNER, "3");
	take(ATTEMPT_2, OTHER, "5");
	set_key(2, "5");
	sent_count = 0;
	commit_regrade(REGRADE_POLICY_keep_better);
	scene_run();
	assert_int_equal(sent_count, 1);
	assert_true(id_equal(sent[0].fields.attempt, ground_id(ATTEMPT_2)));
	assert_true(sent[0].fields.keeps_better);
}

static void a_regrade_that_was_interrupted_goes_on_with_the_same_commands(void **unused)
{
	struct id first;

	write_questions();
	set_key(1, "3");
	take(ATTEMPT, LEARNER, "3");
	take(ATTEMPT_2, OTHER, "5");
	set_key(2, "5");
	sent_count = 0;
	carrying = STATUS_UNREACHABLE;
	commit_regrade(REGRADE_POLICY_replace);
	scene_run();
	assert_int_equal(sent_count, 1);
	first = sent[0].command_id;
	set_key(3, "7");
	carrying = STATUS_OK;
	scene.now_us = subscription_due_us(scene.subscription);
	scene_run();
	assert_int_equal(sent_count, 3);
	assert_true(id_equal(sent[1].command_id, first));
	is_sent(2, 0, JUDGEMENT_right, 2, 1000);
}

static int set_up(void **unused)
{
	sent_count = 0;
	carrying = STATUS_OK;
	scene_set_up(&way);
	scene_start(&grader, grader.open);
	return 0;
}

static int tear_down(void **unused)
{
	scene_stop();
	scene_tear_down();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(what_is_handed_in_is_graded_and_the_essay_waits),
		claim(hints_cost_what_they_said),
		claim(an_answer_that_is_finished_is_graded_alone),
		claim(the_key_is_the_one_that_stood_at_that_moment),
		claim(without_a_key_a_person_must_judge),
		claim(what_could_not_be_sent_is_sent_again_under_the_same_id),
		claim(what_an_erased_person_wrote_is_not_graded_and_stops_nothing),
		claim(a_simulation_waits_for_its_run_and_holds_up_nothing_else),
		claim(a_simulation_that_was_not_answered_waits_for_no_run),
		claim(a_regrade_changes_what_another_key_changes),
		claim(where_the_better_grade_is_kept_nobody_loses),
		claim(a_regrade_that_was_interrupted_goes_on_with_the_same_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
