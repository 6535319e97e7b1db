/* The proctor on a real log, its commands decided by the deciders themselves, and its turns taken here: no test waits.
 */
#include "subscribers/proctor.h"

#include "schema/commands.h"
#include "subscribers/vigils.h"
#include "tests/subscribers/decided.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { INSTRUCTOR = 900, COURSE = 1000, EDITION = 2000, ASSESSMENT = 3000, PAPER = 4000, ATTEMPT = 5000 };

#define SECOND_US INT64_C(1000000)

/* ---------------------------------------------------------------- a course with an assessment */

static struct id enrolment_of(uint32_t person)
{
	const struct id parts[] = {ground_id(COURSE), ground_id(person)};

	return id_derived("enrolment", parts, array_count(parts));
}

static struct id sitting_of(uint32_t person)
{
	const struct id parts[] = {ground_id(ASSESSMENT), ground_id(person)};

	return id_derived("sitting", parts, array_count(parts));
}

static struct id history_of(uint32_t person)
{
	const struct id learner = ground_id(person);

	return id_derived("history", &learner, 1);
}

static void make_course(void)
{
	struct id                    course = ground_id(COURSE), instructor = ground_id(INSTRUCTOR);
	const struct paper_question  question = {.question = ground_id(1), .version = 1};
	const struct paper_slot      slot = {.points_milli = 1000, .draw = 1, .pool = {.items = &question, .count = 1}};
	const struct outline_item    item = {.item = ground_id(ASSESSMENT), .rule = COMPLETION_RULE_viewed};
	const struct outline_section section = {.title = TEXT("Exams"), .items = {.items = &item, .count = 1}};

	scene_register(ground_id(INSTRUCTOR));
	WISH(instructor, create_course, .course = course, .creator = instructor, .title = TEXT("Mechanics"),
	     .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	WISH(instructor, write_assessment, .course = course, .assessment = ground_id(ASSESSMENT),
	     .content = ground_id(PAPER), .actor = instructor, .title = TEXT("Exam"),
	     .purpose = ASSESSMENT_PURPOSE_exam, .slots = {.items = &slot, .count = 1});
	WISH(instructor, change_outline, .course = course, .actor = instructor,
	     .sections = {.items = &section, .count = 1});
	WISH(instructor, publish_course, .course = course, .edition = ground_id(EDITION), .actor = instructor);
	WISH(instructor, change_enrolment_policy, .course = course, .admission = ADMISSION_open, .seats = 100,
	     .actor = instructor);
}

static void take_a_seat(uint32_t person)
{
	scene_register(ground_id(person));
	WISH(ground_id(person), enrol, .course = ground_id(COURSE), .learner = ground_id(person),
	     .enrolment = enrolment_of(person));
}

static void change_limit(uint32_t seconds, uint32_t late_window_s)
{
	WISH(ground_id(INSTRUCTOR), change_assessment_policy, .assessment = ground_id(ASSESSMENT),
	     .actor = ground_id(INSTRUCTOR), .has_time_limit_s = seconds > 0, .time_limit_s = seconds,
	     .late_window_s = late_window_s, .keeps = ATTEMPT_KEEPING_best, .feedback = FEEDBACK_TIME_submitted,
	     .graders = 1, .release = GRADE_RELEASE_automatic);
}

static void start(uint32_t person)
{
	take_a_seat(person);
	WISH(ground_id(person), start_attempt, .assessment = ground_id(ASSESSMENT),
	     .attempt = ground_id(ATTEMPT + person), .learner = ground_id(person), .course = ground_id(COURSE),
	     .paper = ground_id(PAPER), .enrolment = enrolment_of(person), .sitting = sitting_of(person),
	     .history = history_of(person), .secret = {{(uint8_t)person}});
}

/* ---------------------------------------------------------------- looking */

static bool count_submitted(void *counting, const struct record *record)
{
	*(uint32_t *)counting += record->number == EVENT_attempt_submitted;
	return true;
}

static uint32_t ended(uint32_t person)
{
	uint32_t count = 0;

	assert_int_equal(store_stream_each(scene.store, ground_id(ATTEMPT + person), 1, count_submitted, &count),
	                 STATUS_OK);
	return count;
}

static int64_t turn_at(int64_t seconds)
{
	int64_t due_us;

	scene.now_us = SCENE_BEGIN_US + seconds * SECOND_US;
	due_us = proctor_turn(scene.owner, scene.now_us);
	return due_us == VIGIL_NEVER_US ? -1 : (due_us - SCENE_BEGIN_US) / SECOND_US;
}

/* ---------------------------------------------------------------- claims */

static void an_attempt_ends_when_its_time_is_over_and_not_before(void **unused)
{
	make_course();
	change_limit(60, 0);
	start(1);
	scene_run();
	assert_int_equal(turn_at(59), 60);
	assert_int_equal(ended(1), 0);
	assert_int_equal(decided.sent, 0);
	assert_int_equal(turn_at(60), -1);
	assert_int_equal(ended(1), 1);
	assert_int_equal(proctor_watches(scene.owner), 0);
}

static void the_window_for_answers_that_were_given_offline_is_waited_for(void **unused)
{
	make_course();
	change_limit(60, 30);
	start(1);
	scene_run();
	assert_int_equal(turn_at(60), 90);
	assert_int_equal(ended(1), 0);
	assert_int_equal(turn_at(90), -1);
	assert_int_equal(ended(1), 1);
}

static void what_was_handed_in_is_watched_no_more(void **unused)
{
	make_course();
	change_limit(60, 0);
	start(1);
	scene_run();
	assert_int_equal(proctor_watches(scene.owner), 1);
	WISH(ground_id(1), submit_attempt, .attempt = ground_id(ATTEMPT + 1), .learner = ground_id(1));
	scene_run();
	assert_int_equal(proctor_watches(scene.owner), 0);
	assert_int_equal(turn_at(100), -1);
	assert_int_equal(decided.sent, 0);
}

static void a_changed_policy_moves_the_end_of_all_who_are_at_it(void **unused)
{
	make_course();
	start(1);
	start(2);
	scene_run();
	assert_int_equal(turn_at(5), -1);
	change_limit(60, 0);
	scene_run();
	assert_int_equal(turn_at(6), 60);
	change_limit(20, 0);
	scene_run();
	assert_int_equal(turn_at(7), 20);
	assert_int_equal(turn_at(20), -1);
	assert_int_equal(ended(1) + ended(2), 2);
}

static void more_time_that_is_granted_moves_the_end(void **unused)
{
	make_course();
	change_limit(60, 0);
	start(1);
	scene_run();
	WISH(ground_id(INSTRUCTOR), grant_accommodation, .course = ground_id(COURSE), .learner = ground_id(1),
	     .enrolment = enrolment_of(1), .has_extra_time = true, .extra_time = 50, .actor = ground_id(INSTRUCTOR));
	scene_run();
	assert_int_equal(turn_at(10), 90);
	assert_int_equal(turn_at(60), 90);
	assert_int_equal(ended(1), 0);
	turn_at(90);
	assert_int_equal(ended(1), 1);
}

static void while_the_writer_is_away_it_is_asked_again(void **unused)
{
	make_course();
	change_limit(60, 0);
	start(1);
	scene_run();
	decided.answers_left = 0;
	assert_int_equal(turn_at(60), 61);
	assert_int_equal(turn_at(61), 62);
	decided.answers_left = UINT32_MAX;
	turn_at(62);
	assert_int_equal(ended(1), 1);
}

static void who_starts_again_knows_what_is_under_way(void **unused)
{
	make_course();
	change_limit(60, 0);
	for (uint32_t person = 1; person <= 4; person++)
		start(person);
	WISH(ground_id(4), submit_attempt, .attempt = ground_id(ATTEMPT + 4), .learner = ground_id(4));
	proctor.close(scene.owner);
	scene.owner = NULL;
	assert_int_equal(proctor_open_idle(&scene.ground, &scene.owner), STATUS_OK);
	assert_int_equal(proctor_watches(scene.owner), 3);
	assert_int_equal(turn_at(30), 60);
	turn_at(60);
	assert_int_equal(ended(1) + ended(2) + ended(3), 3);
	assert_int_equal(ended(4), 1);
}

/* With its own thread, of an attempt whose time is over already when the process starts. */
static void its_thread_ends_what_is_over(void **unused)
{
	make_course();
	change_limit(60, 0);
	start(1);
	scene.now_us += 61 * SECOND_US;
	proctor.close(scene.owner);
	scene.owner = NULL;
	assert_int_equal(proctor.open(&scene.ground, &scene.owner), STATUS_OK);
	while (proctor_watches(scene.owner) > 0)
		sched_yield();
	assert_int_equal(ended(1), 1);
}

static int set_up(void **unused)
{
	decided_set_up();
	scene_start(&proctor, proctor_open_idle);
	return 0;
}

static int tear_down(void **unused)
{
	decided_tear_down();
	return 0;
}

int main(void)
{
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CLAIM(an_attempt_ends_when_its_time_is_over_and_not_before),
		CLAIM(the_window_for_answers_that_were_given_offline_is_waited_for),
		CLAIM(what_was_handed_in_is_watched_no_more),
		CLAIM(a_changed_policy_moves_the_end_of_all_who_are_at_it),
		CLAIM(more_time_that_is_granted_moves_the_end),
		CLAIM(while_the_writer_is_away_it_is_asked_again),
		CLAIM(who_starts_again_knows_what_is_under_way),
		CLAIM(its_thread_ends_what_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
