/* Seats and the waiting list under random wishes, against a model that is a list of names. */
#include "commands/seating.h"

#include "commands/enrolment.h"
#include "schema/handlers.h"
#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { PEOPLE = 50, COURSES = 300, WISHES = 400, SEATS_MAX = 20, PLACES_MAX = 12 };

static struct course    course;
static struct seating   seating;
static struct enrolment enrolments[PEOPLE];
static struct user      people[PEOPLE];
static struct user      instructor;

/* The model: who has a seat, and who waits, longest first. */
static bool     seated[PEOPLE];
static uint32_t queue[PEOPLE];
static uint32_t queue_size;
static uint32_t seats;

static struct id numbered(uint8_t kind, uint8_t number)
{
	struct id id = {0};

	id.bytes[0] = kind;
	id.bytes[15] = number;
	return id;
}

static uint32_t person_of(struct id learner)
{
	return learner.bytes[15];
}

static void begin_course(void)
{
	memset(&seating, 0, sizeof(seating));
	memset(enrolments, 0, sizeof(enrolments));
	memset(seated, 0, sizeof(seated));
	queue_size = 0;
	seats = 0;
	instructor = (struct user){.id = numbered(3, 0), .exists = true};
	course = (struct course){.id = numbered(1, 1), .exists = true, .editions = 1, .edition = numbered(4, 1)};
	course.staff[0] = (struct course_member){.user = instructor.id, .role = COURSE_ROLE_instructor};
	course.staff_count = 1;
	for (uint8_t i = 0; i < PEOPLE; i++)
		people[i] = (struct user){.id = numbered(2, i), .exists = true};
}

/* ---------------------------------------------------------------- what the model makes of what is said */

static uint32_t seated_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < PEOPLE; i++)
		count += seated[i];
	return count;
}

static bool leave_queue(uint32_t person)
{
	for (uint32_t i = 0; i < queue_size; i++)
		if (queue[i] == person) {
			queue_size--;
			memmove(&queue[i], &queue[i + 1], (queue_size - i) * sizeof(queue[0]));
			return true;
		}
	return false;
}

static void model_enrolled(const struct learner_enrolled *event)
{
	uint32_t person = person_of(event->learner);

	assert_false(seated[person]);
	if (event->source == ENROLMENT_SOURCE_waiting)
		assert_true(queue_size > 0 && queue[0] == person);
	if (event->source == ENROLMENT_SOURCE_self || event->source == ENROLMENT_SOURCE_invitation)
		assert_int_equal(queue_size, 0);
	leave_queue(person);
	seated[person] = true;
	assert_true(seats == 0 || seated_count() <= seats);
}

static void model_withdrawn(const struct learner_withdrawn *event)
{
	uint32_t person = person_of(event->learner);

	if (!leave_queue(person)) {
		assert_true(seated[person]);
		seated[person] = false;
	}
}

static void model_waitlisted(const struct learner_waitlisted *event)
{
	uint32_t person = person_of(event->learner);

	assert_false(seated[person]);
	for (uint32_t i = 0; i < queue_size; i++)
		assert_int_not_equal(queue[i], person);
	assert_true(queue_size < seating.places);
	queue[queue_size++] = person;
}

static struct enrolment *enrolment_of(const struct decided_event *decided)
{
	const struct field *learner = shape_field(decided->type->shape, TEXT("learner"));

	return learner ? &enrolments[person_of(*(const struct id *)field_at(learner, decided->event))] : NULL;
}

/* Events one by one: what the model forbids must not hold in between either. */
static void take_in(const struct decided_event *decided)
{
	struct enrolment *enrolment = enrolment_of(decided);
	uint16_t          number = decided->type->number;

	if (number == EVENT_enrolment_policy_changed)
		seats = ((const struct enrolment_policy_changed *)decided->event)->seats;
	else if (number == EVENT_learner_enrolled)
		model_enrolled(decided->event);
	else if (number == EVENT_learner_waitlisted)
		model_waitlisted(decided->event);
	else if (number == EVENT_learner_withdrawn)
		model_withdrawn(decided->event);
	noun_fold(noun_type_by_name(TEXT("seating")), number, &seating, decided->event);
	if (enrolment)
		noun_fold(noun_type_by_name(TEXT("enrolment")), number, enrolment, decided->event);
}

static void compare(void)
{
	assert_int_equal(seating.taken, seated_count());
	assert_int_equal(seating.waiting_count, queue_size);
	for (uint32_t i = 0; i < queue_size; i++)
		assert_int_equal(person_of(seating.waiting[i].learner), queue[i]);
	for (uint32_t i = 0; i < PEOPLE; i++)
		assert_int_equal(enrolments[i].standing == ENROLMENT_STANDING_enrolled, seated[i]);
}

/* ---------------------------------------------------------------- wishes */

static void wish_enrol(uint32_t person, uint64_t chance, struct decision *decision)
{
	enrolment_decide_enrol(&enrolments[person], &seating, &course, &people[person],
	                       &(struct enrol){.course = course.id, .learner = people[person].id}, decision);
}

static void wish_withdraw(uint32_t person, uint64_t chance, struct decision *decision)
{
	enrolment_decide_withdraw(&enrolments[person], &seating, &course, &(struct withdraw){.course = course.id},
	                          decision);
}

static void wish_policy(uint32_t person, uint64_t chance, struct decision *decision)
{
	const struct change_enrolment_policy command = {.course = course.id,
	                                                .admission = ADMISSION_open,
	                                                .seats = (uint32_t)(chance % SEATS_MAX),
	                                                .places = (uint32_t)(chance / SEATS_MAX % PLACES_MAX)};

	seating_decide_change_enrolment_policy(&seating, &course, &instructor, &command, decision);
}

static void wish_staff_enrol(uint32_t person, uint64_t chance, struct decision *decision)
{
	const struct enrol_learner command = {.course = course.id, .learner = people[person].id};

	enrolment_decide_enrol_learner(&enrolments[person], &seating, &course, &instructor, &people[person], &command,
	                               decision);
}

static void wish_remove(uint32_t person, uint64_t chance, struct decision *decision)
{
	const struct remove_learner command = {.course = course.id, .learner = people[person].id};

	enrolment_decide_remove_learner(&enrolments[person], &seating, &course, &instructor, &command, decision);
}

static void wish_invite(uint32_t person, uint64_t chance, struct decision *decision)
{
	const struct invite_learner command = {.course = course.id,
	                                       .learner = people[person].id,
	                                       .enrolment = enrolment_id(course.id, people[person].id)};

	enrolment_decide_invite_learner(&enrolments[person], &seating, &course, &instructor, &people[person], &command,
	                                decision);
}

static void wish_erasure(uint32_t person, uint64_t chance, struct decision *decision)
{
	enrolment_decide_withdraw_erased(&enrolments[person], &seating, &course,
	                                 &(struct withdraw_erased){.course = course.id}, decision);
}

static void wish_admission(uint32_t person, uint64_t chance, struct decision *decision)
{
	seating_decide_admit_waiting(&seating, &course, &(struct admit_waiting){.course = course.id}, decision);
}

static void wish_archive(uint32_t person, uint64_t chance, struct decision *decision)
{
	course.archived = chance % 4 == 0;
}

static void (*const wishes[])(uint32_t, uint64_t, struct decision *) = {
	wish_enrol,       wish_enrol,  wish_enrol,  wish_enrol,   wish_withdraw,  wish_withdraw, wish_policy,
	wish_staff_enrol, wish_remove, wish_invite, wish_erasure, wish_admission, wish_archive,
};

/* How many events it led to. */
static uint32_t wish(void (*what)(uint32_t, uint64_t, struct decision *), uint32_t person, uint64_t chance)
{
	struct arena    arena = {0};
	struct decision decision = {.arena = &arena, .time_us = 1};
	uint32_t        count;

	what(person, chance, &decision);
	for (uint32_t i = 0; i < decision.event_count; i++)
		take_in(&decision.events[i]);
	compare();
	count = decision.event_count;
	arena_finish(&arena);
	return count;
}

/* What the registrar does until nothing moves leaves nobody waiting beside a free seat. */
static void settle(void)
{
	course.archived = false;
	while (wish(wish_admission, 0, 0) > 0)
		continue;
	assert_true(queue_size == 0 || (seats > 0 && seated_count() == seats));
}

static void seats_are_never_exceeded_and_who_waits_is_seated_in_order(void **state)
{
	uint64_t chance = sample_seed();
	uint32_t moved = 0;

	for (int i = 0; i < COURSES; i++) {
		begin_course();
		for (int j = 0; j < WISHES; j++) {
			uint64_t which = sample_next(&chance) % array_count(wishes);
			uint32_t person = (uint32_t)(sample_next(&chance) % PEOPLE);

			moved += wish(wishes[which], person, sample_next(&chance));
		}
		settle();
	}
	assert_true(moved > COURSES * WISHES / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seats_are_never_exceeded_and_who_waits_is_seated_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
