/* The registrar on a real log, its commands decided by the deciders themselves. */
#include "commands/bus.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/subscription/subscription_world.h"
#include "schema/commands.h"
#include "subscribers/sender.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WAITING = 60, INSTRUCTOR = 900, COURSE = 1000, EDITION = 2000 };

static struct config              config;
static struct store              *store;
static struct bus                *bus;
static struct writer_decider      decider;
static struct subscription_state *state;
static struct real_world         *real;
static struct subscription_world  world;
static struct subscription       *subscription;
static struct subscriber_ground   ground;
static void                      *owner;
static int64_t                    now_us;
static bool                       writer_away;
static atomic_bool                stopping;

static int64_t told_time(void *unused)
{
	return now_us;
}

static int64_t bus_time(void)
{
	return now_us;
}

static enum status accept_command(void *unused, const char *command, struct id id, const void *fields)
{
	return STATUS_OK;
}

/* ---------------------------------------------------------------- commands */

static struct answer decide(const char *command, struct id command_id, struct id actor, const void *fields,
                            struct arena *arena)
{
	const struct command_type *type = command_type_by_name(text_from(command));
	struct submission submission = {.command = text_from(command), .command_id = command_id, .actor = actor};
	struct answer     answer = {0};
	struct buffer     body = {0};

	assert_int_equal(msgpack_encode_shape(type->shape, fields, FIELD_INPUT, NULL, &body), STATUS_OK);
	submission.body = arena_bytes(arena, buffer_bytes(&body));
	buffer_finish(&body);
	decider.decide(decider.owner, &submission, arena, &answer);
	ground_commit(store);
	return answer;
}

/* The registrar's way to the writer. */
static enum status carry(void *unused, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	if (writer_away)
		return STATUS_UNREACHABLE;
	*answer = decide(command, command_id, ID_NONE, fields, arena);
	return STATUS_OK;
}

static void wish(const char *command, struct id actor, const void *fields)
{
	struct arena  arena = {0};
	struct answer answer = decide(command, id_fresh(), actor, fields, &arena);

	if (!text_is(answer.status, "ok") || answer.refusal.data)
		fail_msg("%s: %.*s %.*s %.*s", command, TEXT_ARG(answer.status), TEXT_ARG(answer.refusal),
		         TEXT_ARG(answer.sentence));
	arena_finish(&arena);
}

#define WISH(actor, command, ...) wish(#command, (actor), &(struct command){__VA_ARGS__})

static const struct sender_way way = {.carry = carry};

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

static void make_person(struct id person)
{
	GROUND_EVENT(store, person, user_registered, .user = person, .email = TEXT("ada@example.org"),
	             .password_hash = TEXT("hash"), .name = TEXT("Ada"), .locale = TEXT("en"), .region = TEXT("GB"),
	             .token = TEXT("0123456789012345678901234567890123456789012"));
	ground_commit(store);
}

static void make_course(uint32_t number, uint32_t seats)
{
	struct id course = course_id(number), instructor = ground_id(INSTRUCTOR);

	GROUND_EVENT(store, course, course_created, .course = course, .creator = instructor, .title = TEXT("Mechanics"),
	             .language = TEXT("en"), .level = COURSE_LEVEL_introductory);
	GROUND_EVENT(store, course, staff_joined, .course = course, .member = instructor,
	             .role = COURSE_ROLE_instructor);
	GROUND_EVENT(store, course, course_published, .course = course, .edition = ground_id(EDITION), .number = 1);
	ground_commit(store);
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

	assert_int_equal(store_stream_each(store, stream, 1, count_event, &count), STATUS_OK);
	return count;
}

static uint32_t seated(uint32_t course)
{
	return events(course_id(course), EVENT_learner_enrolled).count
	       - events(course_id(course), EVENT_learner_withdrawn).count;
}

static uint32_t held(void)
{
	struct subscription_standing standing;

	if (subscription_state_standing(state, subscription_id(TEXT("registrar")), &standing) != STATUS_OK)
		return 0;
	return standing.counts[HELD_RETRYING] + standing.counts[HELD_WAITING] + standing.counts[HELD_PARKED];
}

static void run(void)
{
	enum subscription_turn turn;

	do
		turn = subscription_turn(subscription);
	while (turn == SUBSCRIPTION_AGAIN);
	assert_int_equal(turn, SUBSCRIPTION_IDLE);
}

/* ---------------------------------------------------------------- claims */

static void fill_course_with_many_waiting(void)
{
	make_person(ground_id(INSTRUCTOR));
	make_course(1, 1);
	for (uint32_t i = 0; i <= WAITING; i++) {
		make_person(ground_id(i));
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
	run();
	assert_int_equal(seated(1), 51);
	assert_int_equal(events(course_id(1), EVENT_learner_waitlisted).count, WAITING);
}

static void a_delivery_that_is_made_again_seats_nobody_twice(void **unused)
{
	struct delivery delivery;
	uint64_t        head;

	fill_course_with_many_waiting();
	run();
	head = store_head(store);
	delivery = events(course_id(1), EVENT_enrolment_policy_changed).delivery;
	assert_int_equal(registrar.handler.deliver(owner, &delivery), STATUS_OK);
	assert_int_equal(store_head(store), head);
}

static void while_the_writer_is_away_nothing_is_parked(void **unused)
{
	fill_course_with_many_waiting();
	writer_away = true;
	for (int i = 0; i < 20; i++) {
		run();
		now_us = subscription_due_us(subscription);
	}
	assert_true(held() > 0);
	assert_true(seated(1) < 51);
	writer_away = false;
	now_us += INT64_C(3600) * 1000 * 1000;
	run();
	assert_int_equal(seated(1), 51);
	assert_int_equal(held(), 0);
}

static void a_course_that_takes_people_again_seats_who_waits(void **unused)
{
	struct id instructor = ground_id(INSTRUCTOR);

	make_person(instructor);
	make_person(ground_id(1));
	make_person(ground_id(2));
	make_course(1, 1);
	enrol(1, 1);
	enrol(1, 2);
	WISH(instructor, archive_course, .course = course_id(1), .actor = instructor);
	withdraw(1, 1);
	run();
	assert_int_equal(seated(1), 0);
	WISH(instructor, reopen_course, .course = course_id(1), .actor = instructor);
	run();
	assert_int_equal(seated(1), 1);
}

static void an_erased_person_leaves_every_course(void **unused)
{
	struct id instructor = ground_id(INSTRUCTOR), learner = ground_id(1);

	make_person(instructor);
	make_person(learner);
	make_person(ground_id(2));
	for (uint32_t course = 1; course <= 3; course++)
		make_course(course, 1);
	enrol(1, 1);
	enrol(1, 2);
	enrol(2, 2);
	enrol(2, 1);
	WISH(instructor, invite_learner, .course = course_id(3), .learner = learner,
	     .enrolment = enrolment_of(course_id(3), learner), .actor = instructor);
	WISH(learner, erase_user, .user = learner);
	run();
	assert_int_equal(events(enrolment_of(course_id(1), learner), EVENT_learner_withdrawn).count, 1);
	assert_int_equal(events(enrolment_of(course_id(2), learner), EVENT_learner_withdrawn).count, 1);
	assert_int_equal(events(enrolment_of(course_id(3), learner), EVENT_invitation_withdrawn).count, 1);
	assert_int_equal(events(enrolment_of(course_id(1), ground_id(2)), EVENT_learner_enrolled).count, 1);
}

static void who_took_no_course_has_none_to_leave(void **unused)
{
	uint64_t head;

	make_person(ground_id(1));
	WISH(ground_id(1), erase_user, .user = ground_id(1));
	head = store_head(store);
	run();
	assert_int_equal(store_head(store), head);
	assert_int_equal(held(), 0);
}

static int set_up(void **unused)
{
	ground_fresh();
	setenv("ORRERY_DATA", ground_folder(), 1);
	store = ground_open();
	bus = bus_create(store, bus_time);
	decider = bus_decider(bus);
	writer_away = false;
	now_us = INT64_C(1767323045678901);
	ground = (struct subscriber_ground){.config = &config, .opener = keys_opener(store_keys(store)), .way = &way};
	if (config_load(&config) || subscription_state_open(ground_folder(), KV_WRITE, &state)
	    || registrar.open(&ground, &owner)
	    || real_world_create(ground_folder(), ground_path("writer.sock"), "test", &real))
		return -1;
	world = *real_world_of(real);
	world.now_us = told_time;
	world.submit = accept_command;
	subscription = subscription_create(&(struct subscription_settings){
		.name = registrar.name,
		.filter = registrar.filter(owner),
		.handler = &registrar.handler,
		.owner = owner,
		.world = &world,
		.state = state,
		.stopping = &stopping,
	});
	return 0;
}

static int tear_down(void **unused)
{
	subscription_destroy(subscription);
	real_world_destroy(real);
	registrar.close(owner);
	subscription_state_close(state);
	config_finish(&config);
	bus_destroy(bus);
	store_close(store);
	ground_clear();
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
