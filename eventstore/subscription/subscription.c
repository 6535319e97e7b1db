#include "eventstore/subscription/subscription.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription_parts.h"

#include <inttypes.h>
#include <stdlib.h>

enum { READ_AGAIN_MS = 1000, STALL_WARNING_MS = 60 * 1000, WINDOW_DEFAULT = 64 };

/* ---------------------------------------------------------------- making one */

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
	return value > 0 ? value : fallback;
}

static struct subscription_policy full_policy(struct subscription_policy policy)
{
	policy.window = or_default(policy.window, WINDOW_DEFAULT);
	policy.consumers = or_default(policy.consumers, 1);
	policy.attempts_max = or_default(policy.attempts_max, 8);
	policy.retrying_max = or_default(policy.retrying_max, 64);
	policy.parked_max = or_default(policy.parked_max, SUBSCRIPTION_PARKED_MAX);
	policy.held_max = or_default(policy.held_max, SUBSCRIPTION_HELD_MAX);
	policy.backoff_first_ms = or_default(policy.backoff_first_ms, 1000);
	policy.backoff_max_ms = or_default(policy.backoff_max_ms, 5 * 60 * 1000);
	require(policy.window <= SUBSCRIPTION_WINDOW_MAX && policy.consumers <= SUBSCRIPTION_CONSUMERS_MAX);
	require(policy.parked_max <= SUBSCRIPTION_PARKED_MAX && policy.held_max <= SUBSCRIPTION_HELD_MAX);
	if (policy.seed == 0)
		random_fill(&policy.seed, sizeof(policy.seed));
	return policy;
}

struct subscription *subscription_create(const struct subscription_settings *settings)
{
	struct subscription *subscription = calloc(1, sizeof(*subscription));

	require(subscription != NULL && strlen(settings->name) < SUBSCRIPTION_NAME_SIZE);
	subscription->settings = *settings;
	subscription->policy = full_policy(settings->policy);
	subscription->id = subscription_id(text_from(settings->name));
	subscription->chance = subscription->policy.seed;
	subscription->work = calloc(subscription->policy.window, sizeof(*subscription->work));
	require(subscription->work != NULL);
	if (subscription->policy.consumers > 1)
		subscription->consumers =
			consumers_create(subscription->policy.consumers, subscription_share, subscription);
	return subscription;
}

void subscription_destroy(struct subscription *subscription)
{
	if (!subscription)
		return;
	consumers_destroy(subscription->consumers);
	held_finish(&subscription->held);
	arena_finish(&subscription->arena);
	free(subscription->noted);
	free(subscription->work);
	free(subscription);
}

/* ---------------------------------------------------------------- keeping */

enum subscription_step subscription_end(struct subscription *subscription, enum subscription_turn end)
{
	subscription->end = end;
	return STEP_END;
}

void subscription_note_move(struct subscription *subscription)
{
	subscription->place.moved_us = subscription_now_us(subscription);
	subscription->dirty = true;
}

/* The hash that shows later whether the place lies on the log it is opened with. */
static enum status find_leaf(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;

	if (subscription->place.position == subscription->stored)
		return STATUS_OK;
	return world->leaf(world->owner, subscription->place.position, &subscription->place.leaf);
}

static enum status put_effects(struct subscription_change *change, const struct subscription *subscription)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < subscription->noted_count && status == STATUS_OK; i++) {
		const struct noted_effect *noted = &subscription->noted[i];

		status = subscription_change_effect(change, noted->position, text_kept(&noted->name), &noted->effect);
	}
	return status;
}

static enum status put_held(struct subscription_change *change, struct held_set *set)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < set->released_count && status == STATUS_OK; i++)
		status = subscription_change_released(change, set->released[i]);
	for (uint32_t i = 0; i < set->count && status == STATUS_OK; i++)
		if (set->entries[i].dirty)
			status = subscription_change_held(change, &set->entries[i].held);
	return status;
}

static enum status put_all(struct subscription *subscription)
{
	struct held_set            *held = &subscription->held;
	struct subscription_change *change;
	enum status                 status =
		subscription_change_begin(subscription->settings.state, subscription->id,
	                                  held->count + held->released_count + subscription->noted_count, &change);

	if (status != STATUS_OK)
		return status;
	status = subscription_change_place(change, &subscription->place);
	if (status == STATUS_OK)
		status = put_held(change, held);
	if (status == STATUS_OK)
		status = put_effects(change, subscription);
	return subscription_change_end(change, status);
}

static void note_kept(struct subscription *subscription)
{
	struct held_set *held = &subscription->held;

	for (uint32_t i = 0; i < held->count; i++)
		held->entries[i].dirty = false;
	held->released_count = 0;
	subscription->noted_count = 0;
	subscription->stored = subscription->place.position;
	subscription->stored_us = subscription_now_us(subscription);
	subscription->dirty = false;
}

/* What comes after it relies on what was before it, so that nothing goes on when it fails. */
bool subscription_save(struct subscription *subscription)
{
	enum status status = find_leaf(subscription);

	if (status == STATUS_OK)
		status = put_all(subscription);
	if (status == STATUS_OK) {
		note_kept(subscription);
		return true;
	}
	diag(DIAG_ERROR, "subscription_not_kept", "%s at position %" PRIu64 ": %s", subscription_name(subscription),
	     subscription->place.position, status_sentence(status));
	subscription_end(subscription, SUBSCRIPTION_BROKEN);
	return false;
}

enum subscription_step subscription_log_unreadable(struct subscription *subscription, enum status status)
{
	diag(DIAG_ERROR, "subscription_waits", "%s: the log cannot be read: %s", subscription_name(subscription),
	     status_sentence(status));
	subscription->read_after_us = subscription_now_us(subscription) + READ_AGAIN_MS * INT64_C(1000);
	return STEP_NOTHING;
}

enum status subscription_begin_behind(struct subscription_state *state, const char *name, struct log_identity identity,
                                      uint64_t position, const struct hash *leaf)
{
	struct subscription_place   place;
	struct id                   id = subscription_id(text_from(name));
	struct subscription_change *change;
	enum status                 status = subscription_state_place(state, id, &place);

	if (status != STATUS_NOT_FOUND)
		return status == STATUS_OK ? STATUS_CONFLICT : status;
	place = (struct subscription_place){
		.position = position, .leaf = *leaf, .store = identity.store, .epoch = identity.epoch};
	strncpy(place.name, name, sizeof(place.name) - 1);
	status = subscription_change_begin(state, id, 0, &change);
	return status == STATUS_OK ? subscription_change_end(change, subscription_change_place(change, &place))
	                           : status;
}

/* ---------------------------------------------------------------- rest */

/* What is shown to be done: parked events are, others that are held are not. */
static uint64_t position_shown(const struct subscription *subscription)
{
	const struct held_set *set = &subscription->held;

	for (uint32_t i = 0; set->per_state[HELD_RETRYING] > 0 && i < set->count; i++)
		if (set->entries[i].held.state == HELD_RETRYING)
			return set->entries[i].held.position - 1;
	return subscription->place.position;
}

static void show(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	uint64_t                         position = position_shown(subscription);

	if (position == subscription->told)
		return;
	subscription->told = position;
	world->progress(world->owner, subscription_name(subscription), position);
}

static bool recently(const struct subscription *subscription, int64_t since_us, int64_t within_ms)
{
	return subscription_now_us(subscription) - since_us < within_ms * 1000;
}

/* Running is not enough: with more to read something must move. */
static void warn_of_standstill(struct subscription *subscription)
{
	uint64_t position = subscription->place.position;

	if (subscription->head <= position
	    || recently(subscription, subscription->place.moved_us, SUBSCRIPTION_STALL_MS)
	    || recently(subscription, subscription->warned_us, STALL_WARNING_MS))
		return;
	subscription->warned_us = subscription_now_us(subscription);
	diag(DIAG_WARN, "subscription_stands_still",
	     "%s stands at position %" PRIu64 ", %" PRIu64
	     " behind the head, with %u events to try again and %u parked",
	     subscription_name(subscription), position, subscription->head - position,
	     subscription->held.per_state[HELD_RETRYING], subscription->held.per_state[HELD_PARKED]);
}

/* The outcome of a delivery is kept at once when nothing follows; a place that moved over what nobody wanted, once a
 * second: a sync for each look would cost more than passing by again. */
static enum subscription_step rest(struct subscription *subscription)
{
	uint64_t unstored = subscription->place.position - subscription->stored;
	bool     late = unstored > 0 && !recently(subscription, subscription->stored_us, SUBSCRIPTION_IDLE_MS);

	show(subscription);
	warn_of_standstill(subscription);
	if ((subscription->dirty || late || unstored >= SUBSCRIPTION_UNSTORED_MAX) && !subscription_save(subscription))
		return STEP_END;
	return STEP_NOTHING;
}

/* ---------------------------------------------------------------- the life */

/* A copy of the log was promoted under our eyes. */
static enum subscription_step open_again(struct subscription *subscription)
{
	if (!subscription_save(subscription))
		return STEP_END;
	subscription->open = false;
	return STEP_DONE;
}

static enum subscription_step look_at_head(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	uint64_t                         head = 0;
	enum status                      status = world->head(world->owner, &head);

	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	if (world->identity(world->owner).epoch != subscription->place.epoch)
		return open_again(subscription);
	/* From a time without anything to do nobody learns how long something stands still. */
	if (subscription->head <= subscription->place.position && head > subscription->place.position)
		subscription->place.moved_us = subscription_now_us(subscription);
	subscription->head = head;
	return STEP_NOTHING;
}

typedef enum subscription_step subscription_step_run(struct subscription *subscription);

static subscription_step_run *const steps[] = {
	look_at_head,         subscription_announce, subscription_hear,    subscription_tell,
	subscription_examine, subscription_retry,    subscription_deliver, rest,
};

enum subscription_turn subscription_turn(struct subscription *subscription)
{
	enum subscription_step step = STEP_NOTHING;

	if (subscription->end != SUBSCRIPTION_AGAIN)
		return subscription->end;
	if (subscription_now_us(subscription) < subscription->read_after_us)
		return SUBSCRIPTION_IDLE;
	if (!subscription->open) {
		step = subscription_open_place(subscription);
		return step == STEP_END    ? subscription->end
		       : step == STEP_DONE ? SUBSCRIPTION_AGAIN
		                           : SUBSCRIPTION_IDLE;
	}
	for (size_t i = 0; i < array_count(steps) && step == STEP_NOTHING; i++) {
		if (subscription_now_us(subscription) < subscription->read_after_us)
			break;
		step = steps[i](subscription);
	}
	if (step == STEP_END)
		return subscription->end;
	return step == STEP_DONE ? SUBSCRIPTION_AGAIN : SUBSCRIPTION_IDLE;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t subscription_due_us(const struct subscription *subscription)
{
	const struct held_entry *first = held_first_due(&subscription->held);
	int64_t                  now_us = subscription_now_us(subscription), due_us = INT64_MAX;

	if (first)
		due_us = later(first->held.due_us, subscription->act_after_us);
	if (subscription->act_after_us > now_us)
		due_us = earlier(due_us, subscription->act_after_us);
	if (subscription->tell_after_us > now_us)
		due_us = earlier(due_us, subscription->tell_after_us);
	return later(due_us, subscription->read_after_us);
}

static int wait_ms(const struct subscription *subscription)
{
	int64_t left_us = subscription_due_us(subscription) - subscription_now_us(subscription);

	if (left_us >= SUBSCRIPTION_IDLE_MS * INT64_C(1000))
		return SUBSCRIPTION_IDLE_MS;
	return left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
}

/* A turn for each commit would cost more than the deliveries, so some are let come together. */
static void wait_for_more(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	uint64_t                         beyond = subscription->head;

	if (subscription->read_after_us > subscription_now_us(subscription)
	    || subscription->act_after_us > subscription_now_us(subscription))
		beyond = UINT64_MAX;
	world->wait(world->owner, beyond, wait_ms(subscription));
	if (!*subscription->settings.stopping)
		world->wait(world->owner, UINT64_MAX, SUBSCRIPTION_GATHER_MS);
}

enum subscription_turn subscription_run(struct subscription *subscription)
{
	enum subscription_turn turn = SUBSCRIPTION_AGAIN;

	while (turn != SUBSCRIPTION_REFUSED && turn != SUBSCRIPTION_BROKEN && !*subscription->settings.stopping) {
		turn = subscription_turn(subscription);
		if (turn == SUBSCRIPTION_IDLE)
			wait_for_more(subscription);
	}
	if (subscription->open && subscription->end == SUBSCRIPTION_AGAIN
	    && (subscription->dirty || subscription->place.position != subscription->stored)
	    && !subscription_save(subscription))
		turn = SUBSCRIPTION_BROKEN;
	return turn;
}
