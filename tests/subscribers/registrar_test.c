/* The registrar on a real log, its commands decided by the deciders themselves. */
#include "schema/commands.h"
#include "tests/subscribers/decided.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { WAITING = 60, INSTRUCTOR = 900, COURSE = 1000, EDITION = 2000 };

/* ---------------------------------------------------------------- people and courses */

static struct id course_id(uint32_t number)
{
	return ground_id(COURSE + number);
}

static struct id enrolment_of(struct id course, struct id learner)
{
	const struct id parts[] = {course, learner};

	return id_derived("enrolment", parts, array_count(parts));
}

static void make_course(uint32_t number, uint32_t seats)
{
	struct id course = course_id(number), instructor = ground_id(INSTRUCTOR);

	GROUND_EVENT(scene.store, course, course_created, .course = course, .creator = instructor,
	             .title = TEXT("Mechanics"), .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	GROUND_EVENT(scene.store, course, staff_joined, .course = course, .member = instructor,
	             .role = COURSE_ROLE_instructor);
	GROUND_EVENT(scene.store, course, course_published, .course = course, .edition = ground_id(EDITION),
	             .number = 1);
	ground_commit(scene.store);
	WISH(instructor, change_enrolment_policy, .course = course, .admission = ADMISSION_open, .seats = seats,
	     .places = 100, .actor = instructor);
}

static void enrol(uint32_t course, uint32_t person)
{
	struct id learner = ground_id(person);

	WISH(learner, enrol, .course = course_id(course), .learner = learner,
	     .enrolment = enrolment_of(course_id(course), learner));
}

static void withdraw(uint32_t course, uint32_t person)
{
	struct id learner = ground_id(person);

	WISH(learner, withdraw, .course = course_id(course), .learner = learner,
	     .enrolment = enrolment_of(course_id(course), learner));
}

/* ---------------------------------------------------------------- looking */

struct count {
	uint16_t        number;
	uint32_t        count;
	uint64_t        last; /* position */
	struct delivery delivery;
};

static bool count_event(void *counting, const struct record *record)
{
	struct count *count = counting;

	if (record->number == count->number) {
		count->count++;
		count->last = record->position;
		count->delivery.record = *record;
	}
	return true;
}

static struct count events(struct id stream, uint16_t number)
{
	struct count count = {.number = number};

	assert_int_equal(store_stream_each(scene.store, stream, 1, count_event, &count), STATUS_OK);
	return count;
}

static uint32_t seated(uint32_t course)
{
	return events(course_id(course), EVENT_learner_enrolled).count
	       - events(course_id(course), EVENT_learner_withdrawn).count;
}

/* ---------------------------------------------------------------- claims */

static void fill_course_with_many_waiting(void)
{
	scene_register(ground_id(INSTRUCTOR));
	make_course(1, 1);
	for (uint32_t i = 0; i <= WAITING; i++) {
		scene_register(ground_id(i));
		enrol(1, i);
	}
	assert_int_equal(seated(1), 1);
	WISH(ground_id(INSTRUCTOR), change_enrolment_policy, .course = course_id(1), .admission = ADMISSION_open,
	     .seats = 51, .actor = ground_id(INSTRUCTOR));
	assert_true(seated(1) < 51);
}

static void who_waits_is_seated_until_all_seats_are_taken(void **unused)
{
	fill_course_with_many_waiting();
	scene_run();
	assert_int_equal(seated(1), 51);
	assert_int_equal(events(course_id(1), EVENT_learner_waitlisted).count, WAITING);
}

static void a_delivery_that_is_made_again_seats_nobody_twice(void **unused)
{
	struct delivery delivery;
	uint64_t        head;

	fill_course_with_many_waiting();
	scene_run();
	head = store_head(scene.store);
	delivery = events(course_id(1), EVENT_enrolment_policy_changed).delivery;
	assert_int_equal(registrar.handler.deliver(scene.owner, &delivery), STATUS_OK);
	assert_int_equal(store_head(scene.store), head);
}

static void while_the_writer_is_away_nothing_is_parked(void **unused)
{
	fill_course_with_many_waiting();
	decided.answers_left = 0;
	for (int i = 0; i < 20; i++) {
		scene_run();
		scene.now_us = subscription_due_us(scene.subscription);
	}
	assert_true(scene_held() > 0);
	assert_true(seated(1) < 51);
	decided.answers_left = UINT32_MAX;
	scene.now_us += INT64_C(3600) * 1000 * 1000;
	scene_run();
	assert_int_equal(seated(1), 51);
	assert_int_equal(scene_held(), 0);
}

static void a_course_that_takes_people_again_seats_who_waits(void **unused)
{
	struct id instructor = ground_id(INSTRUCTOR);

	scene_register(instructor);
	scene_register(ground_id(1));
	scene_register(ground_id(2));
	make_course(1, 1);
	enrol(1, 1);
	enrol(1, 2);
	WISH(instructor, archive_course, .course = course_id(1), .actor = instructor);
	withdraw(1, 1);
	scene_run();
	assert_int_equal(seated(1), 0);
	WISH(instructor, reopen_course, .course = course_id(1), .actor = instructor);
	scene_run();
	assert_int_equal(seated(1), 1);
}

static void an_erased_person_leaves_every_course(void **unused)
{
	struct id instructor = ground_id(INSTRUCTOR), learner = ground_id(1);

	scene_register(instructor);
	scene_register(learner);
	scene_register(ground_id(2));
	for (uint32_t course = 1; course <= 3; course++)
		make_course(course, 1);
	enrol(1, 1);
	enrol(1, 2);
	enrol(2, 2);
	enrol(2, 1);
	WISH(instructor, invite_learner, .course = course_id(3), .learner = learner,
	     .enrolment = enrolment_of(course_id(3), learner), .actor = instructor);
	WISH(learner, erase_user, .user = learner);
	scene_run();
	assert_int_equal(events(enrolment_of(course_id(1), learner), EVENT_learner_withdrawn).count, 1);
	assert_int_equal(events(enrolment_of(course_id(2), learner), EVENT_learner_withdrawn).count, 1);
	assert_int_equal(events(enrolment_of(course_id(3), learner), EVENT_invitation_withdrawn).count, 1);
	assert_int_equal(events(enrolment_of(course_id(1), ground_id(2)), EVENT_learner_enrolled).count, 1);
}

static void who_took_no_course_has_none_to_leave(void **unused)
{
	uint64_t head;

	scene_register(ground_id(1));
	WISH(ground_id(1), erase_user, .user = ground_id(1));
	head = store_head(scene.store);
	scene_run();
	assert_int_equal(store_head(scene.store), head);
	assert_int_equal(scene_held(), 0);
}

static int set_up(void **unused)
{
	decided_set_up();
	scene_start(&registrar, registrar.open);
	return 0;
}

static int tear_down(void **unused)
{
	decided_tear_down();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(who_waits_is_seated_until_all_seats_are_taken),
		claim(a_delivery_that_is_made_again_seats_nobody_twice),
		claim(while_the_writer_is_away_nothing_is_parked),
		claim(a_course_that_takes_people_again_seats_who_waits),
		claim(an_erased_person_leaves_every_course),
		claim(who_took_no_course_has_none_to_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
