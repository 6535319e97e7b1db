/* What a subscription promises, step by step on a real log. */
#include "tests/eventstore/subscription_stage.h"

#include "schema/events.h"
#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void fail_times(uint64_t position, uint32_t times)
{
	stage.scripts[position] = (struct stage_script){.failure = STATUS_IO, .failures = times};
}

static void assert_state(uint64_t position, enum held_state state)
{
	const struct held *held = stage_held(position);

	assert_non_null(held);
	assert_string_equal(held_state_word(held->state), held_state_word((uint16_t)state));
}

static void assert_idle(void)
{
	assert_int_equal(stage_turn(), SUBSCRIPTION_IDLE);
}

/* ---------------------------------------------------------------- delivering */

static void events_are_delivered_once_and_in_order(void **state)
{
	for (uint32_t i = 1; i <= 50; i++)
		stage_happen(i % 5);
	assert_idle();
	assert_int_equal(stage.delivery_count, 50);
	for (uint32_t i = 0; i < 50; i++) {
		assert_int_equal(stage.deliveries[i].position, i + 1);
		assert_int_equal(stage.deliveries[i].attempt, 1);
	}
	assert_int_equal(stage.progress, 50);
	assert_idle();
	assert_int_equal(stage.delivery_count, 50);
}

static void a_restart_delivers_nothing_again(void **state)
{
	for (uint32_t i = 1; i <= 20; i++)
		stage_happen(i);
	assert_idle();
	stage_restart();
	stage_happen(3);
	assert_idle();
	assert_int_equal(stage.delivery_count, 21);
	assert_int_equal(stage_place().position, 21);
}

static void a_window_costs_one_commit_the_last_one_another_and_idling_none(void **state)
{
	uint64_t before;

	assert_idle();
	before = stage_commits();
	for (uint32_t i = 0; i < 80; i++)
		ground_happen(stage.store, ground_id(i % 7));
	ground_commit(stage.store);
	assert_idle();
	assert_int_equal(stage.delivery_count, 80);
	assert_int_equal(stage_commits() - before, 80 / stage.policy.window + 1);
	before = stage_commits();
	assert_idle();
	stage.now_us += 3 * SUBSCRIPTION_IDLE_MS * INT64_C(1000);
	assert_idle();
	assert_int_equal(stage_commits(), before);
}

static void what_the_filter_does_not_want_is_passed_by(void **state)
{
	struct record other = ground_record(ground_id(1));

	other.number = EVENT_email_verified;
	for (uint32_t i = 1; i <= 30; i++)
		ground_append(stage.store, &other);
	ground_commit(stage.store);
	stage_happen(1);
	assert_idle();
	assert_int_equal(stage.delivery_count, 1);
	assert_int_equal(stage.deliveries[0].position, 31);
	assert_int_equal(stage.progress, 31);
}

static void a_place_over_what_nobody_wanted_is_kept_after_a_while(void **state)
{
	struct record other = ground_record(ground_id(1));

	other.number = EVENT_email_verified;
	assert_idle();
	ground_append(stage.store, &other);
	ground_commit(stage.store);
	assert_idle();
	assert_int_equal(stage_place().position, 0);
	stage.now_us += (SUBSCRIPTION_IDLE_MS + 1) * INT64_C(1000);
	assert_idle();
	assert_int_equal(stage_place().position, 1);
}

/* ---------------------------------------------------------------- what fails */

static int64_t pause_after_attempt(uint64_t position, uint32_t attempt)
{
	int64_t pause_us;

	assert_idle();
	assert_state(position, HELD_RETRYING);
	assert_int_equal(stage_count(position), attempt);
	pause_us = subscription_due_us(stage.subscription) - stage.now_us;
	stage.now_us = subscription_due_us(stage.subscription);
	return pause_us;
}

static void a_failed_event_is_tried_again_after_growing_pauses_and_then_parked(void **state)
{
	static const int64_t most_ms[] = {1000, 2000, 4000, 8000, 10000, 10000, 10000};
	uint64_t             position = stage_happen(1);
	int64_t              pauses_us[array_count(most_ms)];

	stage.policy = (struct subscription_policy){.backoff_max_ms = 10000, .seed = 7};
	fail_times(position, 100);
	for (uint32_t i = 0; i < array_count(most_ms); i++) {
		pauses_us[i] = pause_after_attempt(position, i + 1);
		assert_in_range(pauses_us[i], most_ms[i] * 500, most_ms[i] * 1000);
	}
	assert_true(pauses_us[5] != pauses_us[6]);
	assert_idle();
	assert_state(position, HELD_PARKED);
	assert_int_equal(stage_held(position)->cause, PARKING_CAUSE_failed);
	assert_int_equal(stage_held(position)->failure, STATUS_IO);
	assert_int_equal(stage_held(position)->attempts, 8);
	stage_let_all_become_due();
	assert_int_equal(stage_count(position), 8);
}

static void what_follows_in_the_stream_waits_and_other_streams_flow(void **state)
{
	uint64_t first = stage_happen(1), second = stage_happen(1), other = stage_happen(2), third;

	fail_times(first, 2);
	assert_idle();
	third = stage_happen(1);
	assert_idle();
	assert_int_equal(stage_count(other), 1);
	assert_int_equal(stage_count(second) + stage_count(third), 0);
	assert_state(second, HELD_WAITING);
	assert_state(third, HELD_WAITING);
	stage_let_all_become_due();
	assert_int_equal(stage_count(first), 3);
	assert_true(stage_done_at(first) < stage_done_at(second) && stage_done_at(second) < stage_done_at(third));
	assert_null(stage_held(first));
	assert_null(stage_held(third));
}

static void progress_does_not_pass_what_is_tried_again(void **state)
{
	uint64_t failing = stage_happen(1);

	stage_happen(2);
	fail_times(failing, 1);
	assert_idle();
	assert_int_equal(stage.progress, failing - 1);
	stage_let_all_become_due();
	assert_int_equal(stage.progress, failing + 1);
}

static void an_outlet_that_is_away_counts_against_no_event(void **state)
{
	uint64_t first = stage_happen(1), second = stage_happen(2);

	stage.scripts[first] = (struct stage_script){.failure = STATUS_UNREACHABLE, .failures = 20};
	stage.scripts[second] = (struct stage_script){.failure = STATUS_FULL, .failures = 2};
	stage_let_all_become_due();
	assert_int_equal(stage_count(first), 21);
	assert_null(stage_held(first));
	assert_null(stage_held(second));
	assert_int_equal(stage.told_count, 0);
}

static void while_the_outlet_is_away_nothing_is_delivered(void **state)
{
	uint64_t first = stage_happen(1), later;

	stage.scripts[first] = (struct stage_script){.failure = STATUS_UNREACHABLE, .failures = 1};
	assert_idle();
	later = stage_happen(2);
	assert_idle();
	assert_int_equal(stage_count(later), 0);
	stage_let_all_become_due();
	assert_int_equal(stage_count(later), 1);
}

static void too_many_failures_at_once_stop_fresh_events_only_for_a_while(void **state)
{
	stage.policy.retrying_max = 4;
	for (uint32_t i = 1; i <= 12; i++)
		fail_times(stage_happen(i), 1);
	assert_idle();
	assert_int_equal(stage.delivery_count, 4);
	stage_let_all_become_due();
	assert_int_equal(stage_place().position, 12);
	for (uint64_t position = 1; position <= 12; position++)
		assert_int_equal(stage_count(position), 2);
}

/* ---------------------------------------------------------------- crashes */

static void a_crash_counts_and_its_neighbours_pass(void **state)
{
	uint64_t positions[8], culprit;

	for (uint32_t i = 0; i < 8; i++)
		positions[i] = stage_happen(i);
	culprit = positions[4];
	stage.scripts[culprit].crashes = 100;
	assert_idle();
	assert_state(culprit, HELD_PARKED);
	assert_int_equal(stage_held(culprit)->cause, PARKING_CAUSE_crashed);
	assert_int_equal(stage.crashes, 3);
	assert_int_equal(stage_count(culprit), 3);
	for (uint32_t i = 0; i < 8; i++)
		if (positions[i] != culprit)
			assert_true(stage_done_at(positions[i]) != UINT32_MAX && !stage_held(positions[i]));
	assert_int_equal(stage_place().position, positions[7]);
	assert_int_equal(stage_place().window_first, 0);
}

static void behind_what_crashes_its_stream_waits(void **state)
{
	uint64_t culprit = stage_happen(1), behind = stage_happen(1);

	stage.scripts[culprit].crashes = 100;
	assert_idle();
	assert_state(culprit, HELD_PARKED);
	assert_state(behind, HELD_WAITING);
	assert_int_equal(stage_count(behind), 0);
}

static void a_crash_during_a_second_try_counts_too(void **state)
{
	uint64_t position = stage_happen(1);

	fail_times(position, 1);
	assert_idle();
	stage.scripts[position].crashes = 100;
	stage_let_all_become_due();
	assert_state(position, HELD_PARKED);
	assert_int_equal(stage_held(position)->cause, PARKING_CAUSE_crashed);
	assert_int_equal(stage_count(position), 3);
}

static void a_process_that_ends_once_leaves_nothing_undone(void **state)
{
	for (uint32_t i = 1; i <= 16; i++)
		stage.scripts[stage_happen(i)].crashes = i % 4 == 0;
	stage_let_all_become_due();
	for (uint64_t position = 1; position <= 16; position++) {
		assert_int_not_equal(stage_done_at(position), UINT32_MAX);
		assert_null(stage_held(position));
	}
}

/* ---------------------------------------------------------------- what operators do, and are told */

static void parking_is_told_once_and_under_the_same_id(void **state)
{
	uint64_t position = stage_happen(1);

	fail_times(position, 3);
	assert_idle();
	stage.submitting = STATUS_UNREACHABLE;
	for (int i = 0; i < 20; i++) {
		assert_idle();
		stage.now_us += 1000 * 1000;
	}
	assert_int_equal(stage_held(position)->told, 0);
	stage.submitting = STATUS_OK;
	assert_idle();
	assert_int_equal(stage.told_count, 1);
	assert_string_equal(stage.told[0].command, "park_delivery");
	assert_int_equal(stage.told[0].position, position);
	assert_int_equal(stage_held(position)->told, 1);
	stage_let_all_become_due();
	assert_int_equal(stage.told_count, 1);
}

/* The process ended between the answer and its note. */
static void what_is_told_again_has_the_same_id(void **state)
{
	uint64_t                    position = stage_happen(1);
	struct subscription_change *change;
	struct held                 untold;

	fail_times(position, 3);
	stage_let_all_become_due();
	untold = *stage_held(position);
	untold.told = 0;
	assert_int_equal(subscription_change_begin(stage.state, subscription_id(TEXT("staged")), 1, &change),
	                 STATUS_OK);
	assert_int_equal(subscription_change_end(change, subscription_change_held(change, &untold)), STATUS_OK);
	stage_restart();
	assert_idle();
	assert_int_equal(stage.told_count, 2);
	assert_true(id_equal(stage.told[0].id, stage.told[1].id));
}

static void a_retried_event_is_delivered_and_then_what_waits_behind_it(void **state)
{
	uint64_t first = stage_happen(1), second = stage_happen(1), third = stage_happen(1);

	stage.noted = true;
	fail_times(first, 3);
	stage_let_all_become_due();
	assert_state(first, HELD_PARKED);
	assert_int_equal(stage_count(second), 0);
	stage_retry(first);
	stage_let_all_become_due();
	assert_true(stage_done_at(first) < stage_done_at(second) && stage_done_at(second) < stage_done_at(third));
	assert_null(stage_held(first));
	assert_null(stage_held(third));
	assert_int_equal(stage.told_count, 2);
	assert_string_equal(stage.told[1].command, "settle_delivery");
}

static void an_event_that_fails_again_is_parked_again(void **state)
{
	uint64_t position = stage_happen(1);

	fail_times(position, 100);
	stage_let_all_become_due();
	stage_retry(position);
	stage_let_all_become_due();
	assert_state(position, HELD_PARKED);
	assert_int_equal(stage_count(position), 6);
	assert_int_equal(stage.told_count, 2);
	assert_false(id_equal(stage.told[0].id, stage.told[1].id));
}

static void a_discarded_event_lets_go_what_waits_behind_it(void **state)
{
	uint64_t first = stage_happen(1), second = stage_happen(1);

	fail_times(first, 3);
	stage_let_all_become_due();
	stage_discard(first);
	stage_let_all_become_due();
	assert_int_equal(stage_count(first), 3);
	assert_int_equal(stage_count(second), 1);
	assert_null(stage_held(first));
	assert_null(stage_held(second));
}

static void a_wish_is_acted_on_once_whatever_ends_the_process(void **state)
{
	uint64_t position = stage_happen(1);

	fail_times(position, 6);
	stage_let_all_become_due();
	stage_retry(position);
	stage_let_all_become_due();
	stage_restart();
	stage_let_all_become_due();
	assert_state(position, HELD_PARKED);
	assert_int_equal(stage_count(position), 6);
}

static void a_full_subscription_stops_until_there_is_room(void **state)
{
	stage.policy.parked_max = 3;
	for (uint32_t i = 1; i <= 6; i++)
		fail_times(stage_happen(i), 3);
	stage_let_all_become_due();
	assert_int_equal(stage_place().full, 1);
	assert_int_equal(stage_place().position, 3);
	stage_discard(2);
	stage_let_all_become_due();
	assert_int_equal(stage_place().position, 4);
	assert_int_equal(stage_place().full, 1);
	for (uint64_t position = 1; position <= 4; position++)
		if (position != 2)
			stage_discard(position);
	stage_let_all_become_due();
	assert_int_equal(stage_place().full, 0);
	assert_state(5, HELD_PARKED);
	assert_state(6, HELD_PARKED);
}

static bool is_even(const struct record *record)
{
	return record->position % 2 == 0;
}

static void what_must_not_wait_overtakes_what_is_held(void **state)
{
	uint64_t first = stage_happen(1), urgent = stage_happen(1), third = stage_happen(1);

	stage.handler.at_once = is_even;
	fail_times(first, 3);
	stage_let_all_become_due();
	assert_int_equal(stage_count(urgent), 1);
	assert_state(third, HELD_WAITING);
}

/* ---------------------------------------------------------------- effects */

static void an_effect_that_is_done_is_not_done_again(void **state)
{
	uint64_t position = stage_happen(1);

	stage.effect = "ring";
	assert_idle();
	stage_restart();
	/* As after a restore of an older place: the ledger knows. */
	stage_tear_place_back();
	assert_idle();
	assert_int_equal(stage_count(position), 2);
	assert_int_equal(stage.acts[position], 1);
}

static void a_repeatable_effect_is_repeated_under_its_id(void **state)
{
	uint64_t position = stage_happen(1);

	stage.effect = "ring";
	stage.scripts[position].crashes = 1;
	assert_idle();
	assert_int_equal(stage.acts[position], 2);
	assert_null(stage_held(position));
}

static void an_effect_that_may_not_be_repeated_is_in_doubt_after_a_crash(void **state)
{
	uint64_t      position = stage_happen(1);
	struct effect effect;

	stage.effect = "mint";
	stage.handler.repeatable = false;
	stage.scripts[position].crashes = 1;
	assert_idle();
	assert_int_equal(stage.acts[position], 1);
	assert_state(position, HELD_PARKED);
	assert_int_equal(stage_held(position)->cause, PARKING_CAUSE_in_doubt);
	assert_int_equal(subscription_state_effect(stage.state, subscription_id(TEXT("staged")), position, TEXT("mint"),
	                                           &effect),
	                 STATUS_OK);
	assert_int_equal(effect.outcome, EFFECT_INTENDED);
	assert_int_equal(effect.attempts, 1);
}

static void what_is_in_doubt_is_done_when_an_operator_says_so(void **state)
{
	uint64_t position = stage_happen(1);

	stage.effect = "mint";
	stage.handler.repeatable = false;
	stage.scripts[position].crashes = 1;
	assert_idle();
	stage_retry(position);
	stage_let_all_become_due();
	assert_int_equal(stage.acts[position], 2);
	assert_null(stage_held(position));
}

static void what_an_operator_had_done_is_in_doubt_again_after_a_crash(void **state)
{
	uint64_t position = stage_happen(1);

	stage.effect = "mint";
	stage.handler.repeatable = false;
	stage.scripts[position].crashes = 2;
	assert_idle();
	stage_retry(position);
	stage_let_all_become_due();
	assert_int_equal(stage.acts[position], 2);
	assert_state(position, HELD_PARKED);
}

/* ---------------------------------------------------------------- other logs */

static void restore_log(uint64_t first)
{
	identity_raise(&stage.identity, 0, first);
}

static void events_of_an_older_epoch_are_parked_in_doubt(void **state)
{
	uint64_t known = stage_happen(1), urgent = stage_happen(2), doubtful, fresh;

	stage.handler.at_once = is_even;
	assert_idle();
	doubtful = stage_happen(3);
	assert_int_equal(stage_happen(4) % 2, 0);
	restore_log(5);
	fresh = stage_happen(5);
	stage_restart();
	stage_let_all_become_due();
	assert_int_equal(stage_count(known) + stage_count(urgent), 2);
	assert_int_equal(stage_count(doubtful), 0);
	assert_state(doubtful, HELD_PARKED);
	assert_int_equal(stage_held(doubtful)->cause, PARKING_CAUSE_in_doubt);
	assert_int_equal(stage_count(4), 1);
	assert_int_equal(stage_count(fresh), 1);
	stage_retry(doubtful);
	stage_let_all_become_due();
	assert_int_equal(stage_count(doubtful), 1);
}

static void of_an_older_epoch_the_ledger_is_believed(void **state)
{
	uint64_t done = stage_happen(1), unknown = stage_happen(2);

	stage.effect = "ring";
	fail_times(unknown, 1);
	assert_idle();
	stage_tear_place_back();
	restore_log(3);
	stage_restart();
	stage_let_all_become_due();
	assert_int_equal(stage.acts[done], 1);
	assert_null(stage_held(done));
	assert_state(unknown, HELD_PARKED);
	assert_int_equal(stage.acts[unknown], 0);
}

static void what_a_restored_log_lacks_is_forgotten(void **state)
{
	for (uint32_t i = 1; i <= 6; i++)
		stage_happen(i);
	fail_times(2, 100);
	fail_times(5, 100);
	stage_let_all_become_due();
	restore_log(4);
	stage_restart();
	stage_let_all_become_due();
	assert_state(2, HELD_PARKED);
	assert_int_equal(stage_held(2)->told, 1);
	assert_int_equal(stage_count(4), 2);
	assert_int_equal(stage_count(3), 1);
	assert_int_equal(stage_held(5)->parkings, 1);
}

/* It comes back to the very position from which it stepped back. */
static void a_place_that_stepped_back_knows_the_event_at_which_it_stands(void **state)
{
	struct record             unwanted = ground_record(ground_id(1));
	struct subscription_place place;
	struct hash               leaf;

	unwanted.number = EVENT_email_verified;
	stage_happen(1);
	stage_happen(2);
	ground_append(stage.store, &unwanted);
	ground_commit(stage.store);
	assert_idle();
	stage.now_us += 2 * SUBSCRIPTION_IDLE_MS * INT64_C(1000);
	assert_idle();
	assert_int_equal(stage_place().position, 3);
	restore_log(3);
	stage_restart();
	assert_idle();
	place = stage_place();
	assert_int_equal(place.position, 3);
	assert_int_equal(reader_leaf(stage.reader, 3, &leaf), STATUS_OK);
	assert_true(hash_equal(&place.leaf, &leaf));
	stage_restart();
	assert_idle();
}

static void a_lost_memory_under_a_restored_log_repeats_nothing(void **state)
{
	for (uint32_t i = 1; i <= 4; i++)
		stage_happen(i);
	restore_log(4);
	assert_idle();
	assert_int_equal(stage.delivery_count, 1);
	assert_int_equal(stage.deliveries[0].position, 4);
}

static void a_lost_memory_alone_repeats_nothing(void **state)
{
	uint64_t fresh;

	stage.noted = true;
	for (uint32_t i = 1; i <= 4; i++)
		stage_happen(i);
	assert_idle();
	assert_int_equal(stage.delivery_count, 4);
	stage_lose_memory();
	assert_idle();
	assert_int_equal(stage.delivery_count, 4);
	fresh = stage_happen(1);
	assert_idle();
	assert_int_equal(stage.delivery_count, 5);
	assert_int_equal(stage_count(fresh), 1);
}

static void a_memory_lost_with_the_log_delivers_what_came_since(void **state)
{
	uint64_t old, fresh;

	stage.noted = true;
	assert_idle();
	old = stage_happen(1);
	fresh = stage_happen(2);
	restore_log(fresh);
	stage_lose_memory();
	assert_idle();
	assert_int_equal(stage_count(old), 0);
	assert_int_equal(stage_count(fresh), 1);
	assert_int_equal(stage.beginnings, 2);
}

static void nothing_is_delivered_before_the_log_knows_that_it_begins(void **state)
{
	uint64_t position = stage_happen(1);

	stage.submitting = STATUS_UNREACHABLE;
	for (int i = 0; i < 5; i++) {
		assert_idle();
		stage.now_us += 1000 * 1000;
	}
	assert_int_equal(stage_count(position), 0);
	stage.submitting = STATUS_OK;
	assert_idle();
	assert_int_equal(stage_count(position), 1);
	stage_restart();
	assert_idle();
	assert_int_equal(stage.beginnings, 1);
}

static void assert_refused(void)
{
	stage_restart();
	assert_int_equal(stage_turn(), SUBSCRIPTION_REFUSED);
	assert_int_equal(stage_turn(), SUBSCRIPTION_REFUSED);
}

static void another_log_is_refused(void **state)
{
	struct log_identity before = stage.identity;

	stage_happen(1);
	assert_idle();
	stage.identity.store.bytes[0] ^= 1;
	assert_refused();
	stage.identity = before;
	restore_log(2);
	stage_restart();
	assert_idle();
	stage.identity = before;
	assert_refused();
}

static void another_past_is_refused(void **state)
{
	static const struct hash other = {.bytes = "another past"};

	stage_happen(1);
	assert_int_equal(subscription_begin_behind(stage.state, "staged", stage.identity, 1, &other), STATUS_OK);
	assert_refused();
}

static void a_log_that_ends_before_the_place_is_refused(void **state)
{
	static const struct hash leaf = {.bytes = "never seen"};

	stage_happen(1);
	assert_int_equal(subscription_begin_behind(stage.state, "staged", stage.identity, 9, &leaf), STATUS_OK);
	assert_refused();
}

static void it_can_begin_where_another_one_stopped(void **state)
{
	struct hash leaf;

	for (uint32_t i = 1; i <= 5; i++)
		stage_happen(i);
	assert_int_equal(reader_leaf(stage.reader, 3, &leaf), STATUS_OK);
	assert_int_equal(subscription_begin_behind(stage.state, "staged", stage.identity, 3, &leaf), STATUS_OK);
	assert_int_equal(subscription_begin_behind(stage.state, "staged", stage.identity, 3, &leaf), STATUS_CONFLICT);
	assert_idle();
	assert_int_equal(stage.delivery_count, 2);
}

/* ---------------------------------------------------------------- several consumers */

static void consumers_share_streams_and_keep_their_order(void **state)
{
	uint64_t chance = sample_seed(), last[STAGE_STREAMS] = {0};
	uint32_t of_stream[STAGE_STREAMS], used = 0;

	stage.policy = (struct subscription_policy){.consumers = 4, .window = 64, .seed = 7};
	memset(of_stream, 0xff, sizeof(of_stream));
	for (int i = 0; i < 1000; i++)
		ground_happen(stage.store, ground_id(sample_next(&chance) % STAGE_STREAMS));
	ground_commit(stage.store);
	assert_idle();
	assert_int_equal(stage.delivery_count, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		const struct stage_delivery *delivery = &stage.deliveries[i];
		uint32_t                     stream = delivery->stream.bytes[15];

		assert_true(delivery->position > last[stream]);
		last[stream] = delivery->position;
		assert_true(of_stream[stream] == UINT32_MAX || of_stream[stream] == delivery->consumer);
		of_stream[stream] = delivery->consumer;
		used |= 1u << delivery->consumer;
	}
	assert_int_equal(used, 0xf);
}

/* Every third event fails once or twice: each attempt is one delivery, and what follows in the stream waits for it. */
static void consumers_try_again_in_order(void **state)
{
	uint64_t chance = sample_seed(), last[STAGE_STREAMS] = {0};
	uint32_t deliveries = 0;

	stage.policy = (struct subscription_policy){.consumers = 4, .window = 32, .seed = chance};
	for (uint64_t position = 1; position <= 150; position++) {
		ground_happen(stage.store, ground_id(sample_next(&chance) % STAGE_STREAMS));
		if (position % 3 == 0)
			fail_times(position, 1 + (uint32_t)(sample_next(&chance) % 2));
		deliveries += 1 + stage.scripts[position].failures;
	}
	ground_commit(stage.store);
	stage_let_all_become_due();
	assert_int_equal(stage.delivery_count, deliveries);
	for (uint32_t i = 0; i < stage.delivery_count; i++) {
		const struct stage_delivery *delivery = &stage.deliveries[i];
		uint32_t                     stream = delivery->stream.bytes[15];

		assert_true(delivery->position >= last[stream]);
		if (delivery->done)
			last[stream] = delivery->position;
	}
	for (uint64_t position = 1; position <= 150; position++)
		assert_int_not_equal(stage_done_at(position), UINT32_MAX);
}

/* ---------------------------------------------------------------- standing still */

/* What the turns say meanwhile; at most `size` bytes of it. */
static void turn_and_listen(char *said, size_t size)
{
	FILE  *file = tmpfile();
	int    before = dup(STDERR_FILENO);
	size_t length;

	assert_true(file && before >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	assert_idle();
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	rewind(file);
	length = fread(said, 1, size - 1, file);
	said[length] = '\0';
	fclose(file);
}

static void who_stands_still_says_so_once_a_minute(void **state)
{
	static const char warning[] = "subscription_stands_still";
	char              said[4096];

	stage.policy.retrying_max = 1;
	stage.policy.backoff_first_ms = stage.policy.backoff_max_ms = 3600 * 1000;
	fail_times(stage_happen(1), 1);
	stage_happen(2);
	turn_and_listen(said, sizeof(said));
	assert_null(strstr(said, warning));
	stage.now_us += (SUBSCRIPTION_STALL_MS + 1) * INT64_C(1000);
	turn_and_listen(said, sizeof(said));
	assert_non_null(strstr(said, warning));
	turn_and_listen(said, sizeof(said));
	assert_null(strstr(said, warning));
	stage.now_us += (SUBSCRIPTION_STALL_MS + 1) * INT64_C(1000);
	turn_and_listen(said, sizeof(said));
	assert_non_null(strstr(said, warning));
}

static void who_has_nothing_to_do_does_not_stand_still(void **state)
{
	char said[4096];

	stage_happen(1);
	assert_idle();
	stage.now_us += 10 * SUBSCRIPTION_STALL_MS * INT64_C(1000);
	turn_and_listen(said, sizeof(said));
	assert_null(strstr(said, "subscription_stands_still"));
}

/* ---------------------------------------------------------------- anything at all */

/* In each stream every done delivery lies behind the one before it, and no event was done twice without a crash. */
static void check_order(void)
{
	uint64_t last[STAGE_STREAMS] = {0};

	for (uint32_t i = 0; i < stage.delivery_count; i++) {
		const struct stage_delivery *delivery = &stage.deliveries[i];
		uint32_t                     stream = delivery->stream.bytes[15];

		if (!delivery->done)
			continue;
		assert_true(delivery->position > last[stream] || stage.crashes > 0);
		if (delivery->position > last[stream])
			last[stream] = delivery->position;
	}
}

static void check_end(uint64_t events)
{
	for (uint64_t position = 1; position <= events; position++) {
		const struct held *held = stage_held(position);

		assert_true(stage_done_at(position) != UINT32_MAX || held);
		assert_true(stage_count(position) <= 3 + 1);
		if (held)
			assert_true(held->state == HELD_PARKED || held->state == HELD_WAITING);
	}
}

static void run_at_random(uint64_t *chance, bool crashing)
{
	uint64_t events = 0;

	for (int i = 0; i < 100; i++) {
		uint64_t roll = sample_next(chance) % 10, position = stage_happen(sample_next(chance) % STAGE_STREAMS);

		events = position;
		if (roll == 0)
			fail_times(position, (uint32_t)(sample_next(chance) % 5));
		else if (roll == 1 && crashing)
			stage.scripts[position].crashes = (uint32_t)(sample_next(chance) % 5);
		if (sample_next(chance) % 3 == 0)
			assert_idle();
		if (sample_next(chance) % 8 == 0)
			stage.now_us += (int64_t)(sample_next(chance) % (4 * 1000 * 1000));
		if (sample_next(chance) % 16 == 0)
			stage_restart();
	}
	stage_let_all_become_due();
	check_order();
	check_end(events);
}

static void in_any_course_of_things_each_event_is_done_in_order_or_held(void **state)
{
	uint64_t chance = sample_seed();

	for (int i = 0; i < 4; i++) {
		run_at_random(&chance, i % 2 == 1);
		stage_tear_down(NULL);
		stage_set_up(NULL);
	}
}

#define claim(test) cmocka_unit_test_setup_teardown(test, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(events_are_delivered_once_and_in_order),
		claim(a_restart_delivers_nothing_again),
		claim(a_window_costs_one_commit_the_last_one_another_and_idling_none),
		claim(what_the_filter_does_not_want_is_passed_by),
		claim(a_place_over_what_nobody_wanted_is_kept_after_a_while),
		claim(a_failed_event_is_tried_again_after_growing_pauses_and_then_parked),
		claim(what_follows_in_the_stream_waits_and_other_streams_flow),
		claim(progress_does_not_pass_what_is_tried_again),
		claim(an_outlet_that_is_away_counts_against_no_event),
		claim(while_the_outlet_is_away_nothing_is_delivered),
		claim(too_many_failures_at_once_stop_fresh_events_only_for_a_while),
		claim(a_crash_counts_and_its_neighbours_pass),
		claim(behind_what_crashes_its_stream_waits),
		claim(a_crash_during_a_second_try_counts_too),
		claim(a_process_that_ends_once_leaves_nothing_undone),
		claim(parking_is_told_once_and_under_the_same_id),
		claim(what_is_told_again_has_the_same_id),
		claim(a_retried_event_is_delivered_and_then_what_waits_behind_it),
		claim(an_event_that_fails_again_is_parked_again),
		claim(a_discarded_event_lets_go_what_waits_behind_it),
		claim(a_wish_is_acted_on_once_whatever_ends_the_process),
		claim(a_full_subscription_stops_until_there_is_room),
		claim(what_must_not_wait_overtakes_what_is_held),
		claim(an_effect_that_is_done_is_not_done_again),
		claim(a_repeatable_effect_is_repeated_under_its_id),
		claim(an_effect_that_may_not_be_repeated_is_in_doubt_after_a_crash),
		claim(what_is_in_doubt_is_done_when_an_operator_says_so),
		claim(what_an_operator_had_done_is_in_doubt_again_after_a_crash),
		claim(events_of_an_older_epoch_are_parked_in_doubt),
		claim(of_an_older_epoch_the_ledger_is_believed),
		claim(what_a_restored_log_lacks_is_forgotten),
		claim(a_place_that_stepped_back_knows_the_event_at_which_it_stands),
		claim(a_lost_memory_under_a_restored_log_repeats_nothing),
		claim(a_lost_memory_alone_repeats_nothing),
		claim(a_memory_lost_with_the_log_delivers_what_came_since),
		claim(nothing_is_delivered_before_the_log_knows_that_it_begins),
		claim(another_log_is_refused),
		claim(another_past_is_refused),
		claim(a_log_that_ends_before_the_place_is_refused),
		claim(it_can_begin_where_another_one_stopped),
		claim(consumers_share_streams_and_keep_their_order),
		claim(consumers_try_again_in_order),
		claim(who_stands_still_says_so_once_a_minute),
		claim(who_has_nothing_to_do_does_not_stand_still),
		claim(in_any_course_of_things_each_event_is_done_in_order_or_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
