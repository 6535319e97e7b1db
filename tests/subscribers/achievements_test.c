/* The subscriber that awards, on a real log, its commands decided by the deciders themselves. */
#include "commands/achievement_history.h"
#include "commands/learning/learner_id.h"
#include "schema/commands.h"
#include "tests/subscribers/decided.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ADMIN = 900, COURSE = 1000, ITEM = 2000, ACHIEVEMENT = 3000, MANY = 40 };

/* ---------------------------------------------------------------- the process */

static void pause_and_run(void)
{
	scene.now_us += INT64_C(3600) * 1000 * 1000;
	scene_run();
}

/* ---------------------------------------------------------------- people and what they do */

static void make_admin(void)
{
	scene_register(ground_id(ADMIN));
	GROUND_EVENT(scene.store, ground_id(ADMIN), role_granted, .user = ground_id(ADMIN), .role = ROLE_admin);
	ground_commit(scene.store);
}

/* As far as the learner's history tells of it. */
static uint64_t complete(uint32_t learner, uint32_t item)
{
	struct id history = history_id(ground_id(learner));
	uint64_t position = GROUND_EVENT(scene.store, history, item_completed, .enrolment = history, .history = history,
	                                 .course = ground_id(COURSE), .learner = ground_id(learner),
	                                 .item = ground_id(ITEM + item), .rule = COMPLETION_RULE_viewed);

	ground_commit(scene.store);
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

	assert_int_equal(store_stream_each(scene.store, stream, 1, find_award, &found), STATUS_OK);
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
		scene_register(ground_id(learner));
		complete(learner, 1);
	}
}

/* ---------------------------------------------------------------- claims */

static void who_follows_a_rule_is_awarded_at_the_event_that_made_it_hold(void **unused)
{
	uint64_t second;

	make_admin();
	scene_register(ground_id(1));
	scene_register(ground_id(2));
	define(1, 2);
	complete(1, 1);
	complete(2, 1);
	scene_run();
	assert_int_equal(awards(), 0);
	second = complete(1, 2);
	complete(1, 3);
	scene_run();
	assert_int_equal(awards(), 1);
	assert_true(has(1, 1));
	assert_int_equal(awards_in(award_register()).last.evidence, second);
}

static void a_new_rule_reaches_those_who_follow_it_already(void **unused)
{
	make_admin();
	for (uint32_t learner = 1; learner <= 3; learner++) {
		scene_register(ground_id(learner));
		complete(learner, 1);
	}
	complete(2, 2);
	scene_run();
	define(1, 2);
	scene_run();
	assert_int_equal(awards(), 1);
	assert_true(has(2, 1));
	complete(3, 2);
	scene_run();
	assert_true(has(3, 1));
}

static void a_walk_that_was_broken_off_goes_on_and_awards_each_once(void **unused)
{
	set_stage_for_many();
	define(1, 1);
	decided.answers_left = MANY / 2;
	scene_run();
	assert_int_equal(awards(), MANY / 2);
	scene_stop();
	decided.answers_left = UINT32_MAX;
	scene_start(&achievements, achievements.open);
	pause_and_run();
	assert_int_equal(awards(), MANY);
}

static void what_was_decided_and_not_heard_of_is_not_done_twice(void **unused)
{
	make_admin();
	scene_register(ground_id(1));
	define(1, 1);
	complete(1, 1);
	decided.answers_lost = true;
	scene_run();
	assert_int_equal(awards(), 1);
	decided.answers_lost = false;
	pause_and_run();
	assert_int_equal(awards(), 1);
}

static void who_stops_ends_a_walk_and_begins_it_again_later(void **unused)
{
	set_stage_for_many();
	define(1, 1);
	atomic_store(&scene.stopping, true);
	scene_run();
	assert_int_equal(awards(), 0);
	atomic_store(&scene.stopping, false);
	pause_and_run();
	assert_int_equal(awards(), MANY);
}

static void a_rule_that_changed_is_asked_as_it_is_now(void **unused)
{
	make_admin();
	scene_register(ground_id(1));
	complete(1, 1);
	define(1, 1);
	revise(1, 2);
	scene_run();
	assert_int_equal(awards(), 0);
	complete(1, 2);
	scene_run();
	assert_true(has(1, 1));
	assert_int_equal(awards_in(award_register()).last.version, 2);
}

static void a_retired_achievement_is_given_to_nobody(void **unused)
{
	make_admin();
	scene_register(ground_id(1));
	define(1, 1);
	scene_run();
	WISH(ground_id(ADMIN), retire_achievement, .achievement = ground_id(ACHIEVEMENT + 1),
	     .actor = ground_id(ADMIN));
	complete(1, 1);
	scene_run();
	assert_int_equal(awards(), 0);
}

static void rules_are_known_after_a_restart(void **unused)
{
	make_admin();
	scene_register(ground_id(1));
	define(1, 1);
	define(2, 2);
	scene_run();
	scene_stop();
	scene_start(&achievements, achievements.open);
	complete(1, 1);
	scene_run();
	assert_true(has(1, 1));
	assert_false(has(1, 2));
}

static void who_is_erased_gets_nothing_and_stops_nobody(void **unused)
{
	set_stage_for_many();
	WISH(ground_id(1), erase_user, .user = ground_id(1));
	define(1, 1);
	scene_run();
	assert_int_equal(awards(), MANY - 1);
	assert_false(has(1, 1));
}

static int set_up(void **unused)
{
	decided_set_up();
	scene_start(&achievements, achievements.open);
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
