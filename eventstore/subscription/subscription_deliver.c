/* Delivering: fresh events by windows, after a crash one by one, and again what failed. */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription_parts.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FULL_WARNING_MS = 60 * 1000 };

/* ---------------------------------------------------------------- taking records along */

static struct id key_of(const struct subscription *subscription, const struct record *record)
{
	const struct subscription_handler *handler = subscription->settings.handler;

	return handler->key ? handler->key(record) : record->streams[0].id;
}

/* A delivery may take long, and nothing slow happens while the log is read: so it works on a copy. */
static void take_along(struct subscription *subscription, const struct record *record)
{
	struct bytes          copy = arena_bytes(&subscription->arena, record->encoded);
	struct delivery_work *work = &subscription->work[subscription->work_count++];

	*work = (struct delivery_work){.subscription = subscription, .delivery = {.attempt = 1}};
	require(record_decode(copy, &work->delivery.record) == STATUS_OK);
	work->delivery.record.leaf = record->leaf;
	work->key = key_of(subscription, record);
	work->at_once = subscription->settings.handler->at_once && subscription->settings.handler->at_once(record);
	subscription->work_bytes += record->encoded.size;
}

static bool visit_fresh(void *owner, const struct record *record)
{
	struct subscription *subscription = owner;

	if (subscription->work_count > 0
	    && subscription->work_bytes + record->encoded.size > SUBSCRIPTION_WINDOW_BYTES_MAX)
		return false;
	take_along(subscription, record);
	return true;
}

static void clear_work(struct subscription *subscription)
{
	subscription->work_count = 0;
	subscription->work_bytes = 0;
	arena_reset(&subscription->arena);
}

/* ---------------------------------------------------------------- one delivery */

static bool is_away(enum status status)
{
	return status == STATUS_UNREACHABLE || status == STATUS_BUSY || status == STATUS_FULL;
}

static void make_delivery(struct delivery_work *work)
{
	const struct subscription_settings *settings = &work->subscription->settings;

	work->status = settings->handler->deliver(settings->owner, &work->delivery);
	if (work->doubtful)
		work->end = DELIVERY_DOUBT;
	else if (work->status == STATUS_OK)
		work->end = DELIVERY_DONE;
	else
		work->end = is_away(work->status) ? DELIVERY_AWAY : DELIVERY_FAILED;
}

/* Something before it under the same key did not go through. */
static bool must_wait(const struct subscription *subscription, const struct delivery_work *work)
{
	for (const struct delivery_work *before = subscription->work; before < work; before++)
		if (id_equal(before->key, work->key) && before->end != DELIVERY_DONE)
			return true;
	return false;
}

void subscription_share(void *owner, uint32_t consumer, uint32_t count)
{
	struct subscription *subscription = owner;

	for (uint32_t i = 0; i < subscription->work_count; i++) {
		struct delivery_work *work = &subscription->work[i];

		if (consumer_of(work->key, count) != consumer || work->end != DELIVERY_OPEN)
			continue;
		work->delivery.consumer = consumer;
		if (!work->at_once && must_wait(subscription, work))
			work->end = DELIVERY_WAITS;
		else
			make_delivery(work);
	}
}

/* ---------------------------------------------------------------- what came of it */

/* A pause for all of it, longer each time: nothing is counted against an event. */
static void pause_all(struct subscription *subscription, struct held_entry *entry, enum status status)
{
	const struct subscription_policy *policy = &subscription->policy;
	uint64_t                          pause_ms = policy->backoff_first_ms;

	if (subscription_now_us(subscription) >= subscription->act_after_us) {
		subscription->away_count++;
		for (uint32_t i = 1; i < subscription->away_count && pause_ms < policy->backoff_max_ms; i++)
			pause_ms *= 2;
		pause_ms = pause_ms < policy->backoff_max_ms ? pause_ms : policy->backoff_max_ms;
		subscription->act_after_us = subscription_now_us(subscription) + (int64_t)pause_ms * 1000;
		diag(DIAG_WARN, "subscription_pauses", "%s at position %" PRIu64 ": %s",
		     subscription_name(subscription), entry->held.position, status_sentence(status));
	}
	entry->held.attempts -= entry->held.attempts > 0;
	entry->held.failure = (uint16_t)status;
	entry->held.due_us = subscription->act_after_us;
	held_set_state(&subscription->held, entry, HELD_RETRYING);
}

static void conclude(struct subscription *subscription, struct held_entry *entry, const struct delivery_work *work)
{
	subscription->dirty = true;
	if (work->end != DELIVERY_AWAY)
		subscription->away_count = 0;
	if (work->end == DELIVERY_DONE) {
		subscription_settle(subscription, entry);
	} else if (work->end == DELIVERY_AWAY) {
		pause_all(subscription, entry, work->status);
	} else if (work->end == DELIVERY_DOUBT) {
		subscription_park(subscription, entry, PARKING_CAUSE_in_doubt, work->status);
	} else if (work->end == DELIVERY_CRASHED) {
		subscription_park(subscription, entry, PARKING_CAUSE_crashed, work->status);
	} else {
		diag(DIAG_WARN, "delivery_failed", "%s at position %" PRIu64 ", attempt %u: %s",
		     subscription_name(subscription), entry->held.position, entry->held.attempts,
		     status_sentence(work->status));
		subscription_put_off(subscription, entry, work->status);
	}
}

static void hold(struct subscription *subscription, struct delivery_work *work)
{
	struct held_entry *entry = held_add(&subscription->held, &(struct held){
									 .position = work->delivery.record.position,
									 .key = work->key,
									 .state = HELD_WAITING,
									 .attempts = work->delivery.attempt,
								 });

	if (work->end == DELIVERY_WAITS)
		entry->held.attempts = 0;
	else
		conclude(subscription, entry, work);
}

/* What the ledger has to say of it goes to disk with the outcome. */
static void note_effects(struct subscription *subscription, const struct delivery_work *work)
{
	for (uint32_t i = 0; i < work->effect_count; i++) {
		if (subscription->noted_count == subscription->noted_capacity) {
			subscription->noted_capacity =
				subscription->noted_capacity ? subscription->noted_capacity * 2 : 64;
			subscription->noted = realloc(subscription->noted,
			                              subscription->noted_capacity * sizeof(*subscription->noted));
			require(subscription->noted != NULL);
		}
		subscription->noted[subscription->noted_count++] = work->effects[i];
	}
}

static bool take_effects(struct subscription *subscription)
{
	for (uint32_t i = 0; i < subscription->work_count; i++) {
		note_effects(subscription, &subscription->work[i]);
		if (!subscription->work[i].unkept)
			continue;
		diag(DIAG_ERROR, "subscription_not_kept", "%s: an effect at position %" PRIu64,
		     subscription_name(subscription), subscription->work[i].delivery.record.position);
		subscription_end(subscription, SUBSCRIPTION_BROKEN);
		return false;
	}
	return true;
}

/* What went through is done with the place, everything else is held. */
static enum subscription_step conclude_all(struct subscription *subscription)
{
	if (!take_effects(subscription))
		return STEP_END;
	for (uint32_t i = 0; i < subscription->work_count; i++) {
		struct delivery_work *work = &subscription->work[i];

		require(work->end != DELIVERY_OPEN);
		if (work->end == DELIVERY_DONE)
			subscription->away_count = 0;
		else
			hold(subscription, work);
	}
	subscription_note_move(subscription);
	return STEP_DONE;
}

/* ---------------------------------------------------------------- fresh events */

/* How many more events may fail at once. */
static uint32_t room(const struct subscription *subscription)
{
	const struct subscription_policy *policy = &subscription->policy;
	const uint32_t                   *held = subscription->held.per_state;
	uint32_t                          parkable = held[HELD_RETRYING] + held[HELD_PARKED] + held[HELD_SETTLED];
	uint32_t rooms[] = {policy->window, policy->retrying_max, policy->parked_max, policy->held_max};
	uint32_t used[] = {0, held[HELD_RETRYING], parkable, subscription->held.count};
	uint32_t least = policy->window;

	for (size_t i = 0; i < array_count(rooms); i++) {
		uint32_t left = rooms[i] > used[i] ? rooms[i] - used[i] : 0;

		least = left < least ? left : least;
	}
	return least;
}

/* Too much is held for more to fail: without a person it stays so, unless some is only being tried again. */
static enum subscription_step stop_full(struct subscription *subscription)
{
	const uint32_t *held = subscription->held.per_state;
	int64_t         now_us = subscription_now_us(subscription);

	if (subscription->head <= subscription->place.position
	    || held[HELD_RETRYING] >= subscription->policy.retrying_max)
		return STEP_NOTHING;
	if (!subscription->place.full) {
		subscription->place.full = 1;
		subscription->dirty = true;
		subscription->warned_us = 0;
	}
	if (now_us - subscription->warned_us < FULL_WARNING_MS * INT64_C(1000))
		return STEP_NOTHING;
	subscription->warned_us = now_us;
	diag(DIAG_ERROR, "subscription_full",
	     "%s has stopped at position %" PRIu64
	     ": %u events are parked and %u wait behind them; retry or discard some with `orrery subscriptions`",
	     subscription_name(subscription), subscription->place.position, held[HELD_PARKED], held[HELD_WAITING]);
	return STEP_NOTHING;
}

/* What waits behind something that is held is not delivered; of what is in doubt only what harms nobody is. */
static enum status sort_out(struct subscription *subscription)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < subscription->work_count && status == STATUS_OK; i++) {
		struct delivery_work *work = &subscription->work[i];
		bool                  done = false;

		if (work->at_once)
			continue;
		if (work->delivery.record.position <= subscription->place.doubt_until) {
			status = subscription_effects_done(subscription, &work->delivery.record, &done);
			work->end = done ? DELIVERY_DONE : DELIVERY_DOUBT;
			work->delivery.attempt = 0;
		} else if (held_blocks(&subscription->held, work->key, work->delivery.record.position)) {
			work->end = DELIVERY_WAITS;
		}
	}
	return status;
}

static void open_window(struct subscription *subscription)
{
	struct subscription_place *place = &subscription->place;

	place->window_first = subscription->work[0].delivery.record.position;
	place->window_last = subscription->work[subscription->work_count - 1].delivery.record.position;
	subscription->dirty = true;
}

static enum subscription_step deliver_window(struct subscription *subscription, uint64_t reached)
{
	struct subscription_place *place = &subscription->place;
	enum status                status = sort_out(subscription);

	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	if (subscription->consumers)
		consumers_run(subscription->consumers);
	else
		subscription_share(subscription, 0, 1);
	place->position = reached;
	place->window_first = place->window_last = 0;
	return conclude_all(subscription);
}

/* The outcome of the window before is kept together with the count of this one. */
enum subscription_step subscription_deliver(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	struct subscription_place       *place = &subscription->place;
	struct filtered_walk             walk = {.reached = place->position};
	uint32_t                         limit = room(subscription);
	enum status                      status;

	if (subscription_now_us(subscription) < subscription->act_after_us)
		return STEP_NOTHING;
	if (limit == 0)
		return stop_full(subscription);
	if (place->full) {
		place->full = 0;
		subscription->dirty = true;
	}
	if (subscription->head <= place->position)
		return STEP_NOTHING;
	clear_work(subscription);
	status = world->filtered(world->owner, &subscription->settings.filter, place->position + 1, limit, visit_fresh,
	                         subscription, &walk);
	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	if (subscription->work_count == 0) {
		place->position = walk.reached;
		return walk.reached < subscription->head ? STEP_DONE : STEP_NOTHING;
	}
	open_window(subscription);
	return subscription_save(subscription) ? deliver_window(subscription, walk.reached) : STEP_END;
}

/* ---------------------------------------------------------------- after a crash */

static enum subscription_step end_examination(struct subscription *subscription)
{
	struct subscription_place *place = &subscription->place;

	place->window_first = place->window_last = place->suspect = 0;
	place->suspect_attempts = 0;
	subscription->suspects = false;
	subscription->dirty = true;
	return STEP_DONE;
}

/* The window counted once for each of its events; from the second time on each has its own count. */
static bool count_suspect(struct subscription *subscription, uint64_t position)
{
	struct subscription_place *place = &subscription->place;

	if (place->suspect != position) {
		place->suspect = position;
		place->suspect_attempts = 1;
	}
	if (place->suspect_attempts >= subscription->policy.attempts_max)
		return false;
	place->suspect_attempts++;
	subscription->dirty = true;
	return true;
}

static enum subscription_step examine_one(struct subscription *subscription)
{
	struct delivery_work *work = &subscription->work[0];
	uint64_t              position = work->delivery.record.position;
	enum status           status = sort_out(subscription);

	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	if (work->end == DELIVERY_OPEN) {
		if (!count_suspect(subscription, position))
			work->end = DELIVERY_CRASHED;
		else if (!subscription_save(subscription))
			return STEP_END;
		work->delivery.attempt = subscription->place.suspect_attempts;
	}
	if (work->end == DELIVERY_OPEN)
		make_delivery(work);
	subscription->place.position = position;
	return conclude_all(subscription);
}

enum subscription_step subscription_examine(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	struct filtered_walk             walk;
	enum status                      status;

	if (!subscription->suspects || subscription_now_us(subscription) < subscription->act_after_us)
		return STEP_NOTHING;
	clear_work(subscription);
	status = world->filtered(world->owner, &subscription->settings.filter, subscription->place.position + 1, 1,
	                         visit_fresh, subscription, &walk);
	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	if (subscription->work_count == 0
	    || subscription->work[0].delivery.record.position > subscription->place.window_last)
		return end_examination(subscription);
	return examine_one(subscription);
}

/* ---------------------------------------------------------------- again */

static enum subscription_step deliver_again(struct subscription *subscription, struct held_entry *entry)
{
	struct delivery_work *work = &subscription->work[0];

	entry->held.attempts++;
	entry->dirty = true;
	if (!subscription_save(subscription))
		return STEP_END;
	work->delivery.attempt = entry->held.attempts;
	work->assured = entry->held.cause == PARKING_CAUSE_in_doubt && entry->held.attempts == 1;
	make_delivery(work);
	if (!take_effects(subscription))
		return STEP_END;
	conclude(subscription, entry, work);
	subscription_note_move(subscription);
	return STEP_DONE;
}

/* An attempt that was counted and has no outcome ended with the process. */
enum subscription_step subscription_retry(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	struct event_filter              everything = {0};
	struct held_entry               *entry = held_first_due(&subscription->held);
	int64_t                          now_us = subscription_now_us(subscription);
	struct filtered_walk             walk;
	enum status                      status;

	if (!entry || entry->held.due_us > now_us || now_us < subscription->act_after_us)
		return STEP_NOTHING;
	if (entry->held.attempts >= subscription->policy.attempts_max) {
		subscription_park(subscription, entry, PARKING_CAUSE_crashed, entry->held.failure);
		return STEP_DONE;
	}
	clear_work(subscription);
	status = world->filtered(world->owner, &everything, entry->held.position, 1, visit_fresh, subscription, &walk);
	if (status == STATUS_OK && subscription->work_count == 0)
		status = STATUS_NOT_FOUND;
	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	return deliver_again(subscription, entry);
}
