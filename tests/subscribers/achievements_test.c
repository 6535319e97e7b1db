/* The subscriber that awards, on a real log, its commands decided by the deciders themselves. */
#include "commands/achievement_history.h"
#include "commands/bus.h"
#include "commands/learning/learner_id.h"
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

enum { ADMIN = 900, COURSE = 1000, ITEM = 2000, ACHIEVEMENT = 3000, MANY = 40 };

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
static uint32_t                   answers_left; /* then the writer is away */
static bool                       answers_lost; /* what it decides does not come back */
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

/* The subscriber's way to the writer. */
static enum status carry(void *unused, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	if (answers_left == 0)
		return STATUS_UNREACHABLE;
	answers_left--;
	*answer = decide(command, command_id, ID_NONE, fields, arena);
	return answers_lost ? STATUS_TIMED_OUT : STATUS_OK;
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

/* ---------------------------------------------------------------- the process */

static void start(void)
{
	assert_int_equal(achievements.open(&ground, &owner), STATUS_OK);
	assert_int_equal(real_world_create(ground_folder(), ground_path("writer.sock"), "test", &real), STATUS_OK);
	world = *real_world_of(real);
	world.now_us = told_time;
	world.submit = accept_command;
	subscription = subscription_create(&(struct subscription_settings){
		.name = achievements.name,
		.filter = achievements.filter(owner),
		.handler = &achievements.handler,
		.owner = owner,
		.world = &world,
		.state = state,
		.stopping = &stopping,
	});
}

static void stop(void)
{
	subscription_destroy(subscription);
	real_world_destroy(real);
	achievements.close(owner);
}

static void run(void)
{
	enum subscription_turn turn;

	do
		turn = subscription_turn(subscription);
	while (turn == SUBSCRIPTION_AGAIN);
	assert_int_equal(turn, SUBSCRIPTION_IDLE);
}

static void pause_and_run(void)
{
	now_us += INT64_C(3600) * 1000 * 1000;
	run();
}

/* ---------------------------------------------------------------- people and what they do */

static void make_person(struct id person)
{
	GROUND_EVENT(store, person, user_registered, .user = person, .email = TEXT("ada@example.org"),
	             .password_hash = TEXT("hash"), .name = TEXT("Ada"), .locale = TEXT("en"), .region = TEXT("GB"),
	             .token = TEXT("0123456789012345678901234567890123456789012"));
	ground_commit(store);
}

static void make_admin(void)
{
	make_person(ground_id(ADMIN));
	GROUND_EVENT(store, ground_id(ADMIN), role_granted, .user = ground_id(ADMIN), .role = ROLE_admin);
	ground_commit(store);
}

/* As far as the learner's history tells of it. */
static uint64_t complete(uint32_t learner, uint32_t item)
{
	struct id history = history_id(ground_id(learner));
	uint64_t  position = GROUND_EVENT(store, history, item_completed, .enrolment = history, .history = history,
	                                  .course = ground_id(COURSE), .learner = ground_id(learner),
	                                  .item = ground_id(ITEM + item), .rule = COMPLETION_RULE_viewed);

	ground_commit(store);
	return position;
}

/* For so many items, in whatever course. */
static void define(uint32_t number, uint32_t times)
{
	WISH(ground_id(ADMIN), define_achievement, .achievement = ground_id(ACHIEVEMENT + number),
	     .actor = ground_id(ADMIN), .kind = ACHIEVEMENT_KIND_badge, .name = TEXT("Finisher"),
	     .description = TEXT("Did it."), .criteria = TEXT("Do it."), .trigger = ACHIEVEMENT_TRIGGER_item_completed,
	     .has_times = true, .times = times, .has_distinct = true, .distinct = true);
}

static void revise(uint32_t number, uint32_t times)
{
	WISH(ground_id(ADMIN), revise_achievement, .achievement = ground_id(ACHIEVEMENT + number),
	     .actor = ground_id(ADMIN), .kind = ACHIEVEMENT_KIND_badge, .name = TEXT("Finisher"),
	     .description = TEXT("Did it."), .criteria = TEXT("Do it."), .trigger = ACHIEVEMENT_TRIGGER_item_completed,
	     .has_times = true, .times = times, .has_distinct = true, .distinct = true);
}

/* ---------------------------------------------------------------- looking */

struct found {
	uint32_t                   count;
	struct achievement_awarded last;
	struct arena               arena;
};

static bool find_award(void *finding, const struct record *record)
{
	struct found            *found = finding;
	const struct event_type *type;
	const void              *event;

	if (record->number != EVENT_achievement_awarded)
		return true;
	assert_int_equal(record_event(record, NULL, &found->arena, &type, &event), STATUS_OK);
	found->last = *(const struct achievement_awarded *)event;
	found->count++;
	return true;
}

static struct found awards_in(struct id stream)
{
	struct found found = {0};

	assert_int_equal(store_stream_each(store, stream, 1, find_award, &found), STATUS_OK);
	arena_finish(&found.arena);
	return found;
}

static uint32_t awards(void)
{
	return awards_in(award_register()).count;
}

static bool has(uint32_t learner, uint32_t number)
{
	return awards_in(award_of(ground_id(ACHIEVEMENT + number), ground_id(learner))).count == 1;
}

static void set_stage_for_many(void)
{
	make_admin();
	for (uint32_t learner = 1; learner <= MANY; learner++) {
		make_person(ground_id(learner));
		complete(learner, 1);
	}
}

/* ---------------------------------------------------------------- claims */

static void who_follows_a_rule_is_awarded_at_the_event_that_made_it_hold(void **unused)
{
	uint64_t second;

	make_admin();
	make_person(ground_id(1));
	make_person(ground_id(2));
	define(1, 2);
	complete(1, 1);
	complete(2, 1);
	run();
	assert_int_equal(awards(), 0);
	second = complete(1, 2);
	complete(1, 3);
	run();
	assert_int_equal(awards(), 1);
	assert_true(has(1, 1));
	assert_int_equal(awards_in(award_register()).last.evidence, second);
}

static void a_new_rule_reaches_those_who_follow_it_already(void **unused)
{
	make_admin();
	for (uint32_t learner = 1; learner <= 3; learner++) {
		make_person(ground_id(learner));
		complete(learner, 1);
	}
	complete(2, 2);
	run();
	define(1, 2);
	run();
	assert_int_equal(awards(), 1);
	assert_true(has(2, 1));
	complete(3, 2);
	run();
	assert_true(has(3, 1));
}

static void a_walk_that_was_broken_off_goes_on_and_awards_each_once(void **unused)
{
	set_stage_for_many();
	define(1, 1);
	answers_left = MANY / 2;
	run();
	assert_int_equal(awards(), MANY / 2);
	stop();
	answers_left = UINT32_MAX;
	start();
	pause_and_run();
	assert_int_equal(awards(), MANY);
}

static void what_was_decided_and_not_heard_of_is_not_done_twice(void **unused)
{
	make_admin();
	make_person(ground_id(1));
	define(1, 1);
	complete(1, 1);
	answers_lost = true;
	run();
	assert_int_equal(awards(), 1);
	answers_lost = false;
	pause_and_run();
	assert_int_equal(awards(), 1);
}

static void who_stops_ends_a_walk_and_begins_it_again_later(void **unused)
{
	set_stage_for_many();
	define(1, 1);
	atomic_store(&stopping, true);
	run();
	assert_int_equal(awards(), 0);
	atomic_store(&stopping, false);
	pause_and_run();
	assert_int_equal(awards(), MANY);
}

static void a_rule_that_changed_is_asked_as_it_is_now(void **unused)
{
	make_admin();
	make_person(ground_id(1));
	complete(1, 1);
	define(1, 1);
	revise(1, 2);
	run();
	assert_int_equal(awards(), 0);
	complete(1, 2);
	run();
	assert_true(has(1, 1));
	assert_int_equal(awards_in(award_register()).last.version, 2);
}

static void a_retired_achievement_is_given_to_nobody(void **unused)
{
	make_admin();
	make_person(ground_id(1));
	define(1, 1);
	run();
	WISH(ground_id(ADMIN), retire_achievement, .achievement = ground_id(ACHIEVEMENT + 1),
	     .actor = ground_id(ADMIN));
	complete(1, 1);
	run();
	assert_int_equal(awards(), 0);
}

static void rules_are_known_after_a_restart(void **unused)
{
	make_admin();
	make_person(ground_id(1));
	define(1, 1);
	define(2, 2);
	run();
	stop();
	start();
	complete(1, 1);
	run();
	assert_true(has(1, 1));
	assert_false(has(1, 2));
}

static void who_is_erased_gets_nothing_and_stops_nobody(void **unused)
{
	set_stage_for_many();
	WISH(ground_id(1), erase_user, .user = ground_id(1));
	define(1, 1);
	run();
	assert_int_equal(awards(), MANY - 1);
	assert_false(has(1, 1));
}

static int set_up(void **unused)
{
	ground_fresh();
	setenv("ORRERY_DATA", ground_folder(), 1);
	store = ground_open();
	bus = bus_create(store, bus_time);
	decider = bus_decider(bus);
	answers_left = UINT32_MAX;
	answers_lost = false;
	atomic_store(&stopping, false);
	now_us = INT64_C(1767323045678901);
	ground = (struct subscriber_ground){
		.config = &config, .opener = keys_opener(store_keys(store)), .way = &way, .stopping = &stopping};
	if (config_load(&config) || subscription_state_open(ground_folder(), KV_WRITE, &state))
		return -1;
	start();
	return 0;
}

static int tear_down(void **unused)
{
	stop();
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
		cmocka_unit_test_setup_teardown(who_follows_a_rule_is_awarded_at_the_event_that_made_it_hold, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(a_new_rule_reaches_those_who_follow_it_already, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_walk_that_was_broken_off_goes_on_and_awards_each_once, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(what_was_decided_and_not_heard_of_is_not_done_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_stops_ends_a_walk_and_begins_it_again_later, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_rule_that_changed_is_asked_as_it_is_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_retired_achievement_is_given_to_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rules_are_known_after_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_erased_gets_nothing_and_stops_nobody, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
