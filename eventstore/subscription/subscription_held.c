/* What is held: events that failed, were parked, or wait behind such; what operators wish of them, and what the log is
 * told of them. */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription_parts.h"
#include "schema/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WISHES_AT_ONCE = 256, TELL_AGAIN_MS = 1000, TELL_REFUSED_AGAIN_MS = 60 * 1000 };

/* ---------------------------------------------------------------- the set */

/* Where it is, or belongs. */
static uint32_t place_of(const struct held_set *set, uint64_t position)
{
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->entries[middle].held.position < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct held_entry *held_find(struct held_set *set, uint64_t position)
{
	uint32_t place = place_of(set, position);

	return place < set->count && set->entries[place].held.position == position ? &set->entries[place] : NULL;
}

struct held_entry *held_add(struct held_set *set, const struct held *held)
{
	uint32_t place = place_of(set, held->position);

	require(held->state >= HELD_RETRYING && held->state <= HELD_SETTLED);
	require(place == set->count || set->entries[place].held.position != held->position);
	if (set->count == set->capacity) {
		set->capacity = set->capacity ? set->capacity * 2 : 64;
		set->entries = realloc(set->entries, set->capacity * sizeof(*set->entries));
		require(set->entries != NULL);
	}
	memmove(&set->entries[place + 1], &set->entries[place], (set->count - place) * sizeof(*set->entries));
	set->entries[place] = (struct held_entry){.held = *held, .dirty = true};
	set->count++;
	set->per_state[held->state]++;
	return &set->entries[place];
}

void held_remove(struct held_set *set, struct held_entry *entry)
{
	uint32_t place = (uint32_t)(entry - set->entries);

	if (set->released_count == set->released_capacity) {
		set->released_capacity = set->released_capacity ? set->released_capacity * 2 : 64;
		set->released = realloc(set->released, set->released_capacity * sizeof(*set->released));
		require(set->released != NULL);
	}
	set->released[set->released_count++] = entry->held.position;
	set->per_state[entry->held.state]--;
	set->count--;
	memmove(entry, entry + 1, (set->count - place) * sizeof(*entry));
}

void held_set_state(struct held_set *set, struct held_entry *entry, enum held_state state)
{
	set->per_state[entry->held.state]--;
	set->per_state[state]++;
	entry->held.state = (uint16_t)state;
	entry->dirty = true;
}

void held_finish(struct held_set *set)
{
	free(set->entries);
	free(set->released);
	*set = (struct held_set){0};
}

bool held_blocks(const struct held_set *set, struct id key, uint64_t before)
{
	for (uint32_t i = 0; i < set->count && set->entries[i].held.position < before; i++)
		if (set->entries[i].held.state != HELD_SETTLED && id_equal(set->entries[i].held.key, key))
			return true;
	return false;
}

struct held_entry *held_first_due(const struct held_set *set)
{
	struct held_entry *first = NULL;

	for (uint32_t i = 0; set->per_state[HELD_RETRYING] > 0 && i < set->count; i++) {
		struct held_entry *entry = &set->entries[i];

		if (entry->held.state == HELD_RETRYING && (!first || entry->held.due_us < first->held.due_us))
			first = entry;
	}
	return first;
}

/* ---------------------------------------------------------------- what becomes of an event */

void subscription_park(struct subscription *subscription, struct held_entry *entry, enum parking_cause cause,
                       enum status failure)
{
	held_set_state(&subscription->held, entry, HELD_PARKED);
	entry->held.cause = (uint16_t)cause;
	entry->held.failure = (uint16_t)failure;
	entry->held.parked_us = subscription_now_us(subscription);
	entry->held.parkings++;
	entry->held.told = 0;
	subscription_note_move(subscription);
	diag(DIAG_ERROR, "delivery_parked",
	     "%s: position %" PRIu64 " after %u attempts (%s, %s): `orrery subscriptions show %s` tells more",
	     subscription_name(subscription), entry->held.position, entry->held.attempts,
	     parking_cause_word(entry->held.cause), status_name(failure), subscription_name(subscription));
}

/* The next one of the key goes on, unless it is parked itself. */
static void unblock(struct subscription *subscription, struct id key, uint64_t position)
{
	struct held_set *set = &subscription->held;

	for (uint32_t i = 0; i < set->count; i++) {
		struct held_entry *entry = &set->entries[i];

		if (!id_equal(entry->held.key, key) || entry->held.state == HELD_SETTLED)
			continue;
		if (entry->held.state == HELD_WAITING && entry->held.position > position
		    && !held_blocks(set, key, entry->held.position)) {
			held_set_state(set, entry, HELD_RETRYING);
			entry->held.due_us = subscription_now_us(subscription);
		}
		return;
	}
}

/* What the log knows as parked is remembered until the log knows better. */
void subscription_settle(struct subscription *subscription, struct held_entry *entry)
{
	struct held held = entry->held;

	if (held.parkings > 0)
		held_set_state(&subscription->held, entry, HELD_SETTLED);
	else
		held_remove(&subscription->held, entry);
	unblock(subscription, held.key, held.position);
	subscription_note_move(subscription);
}

/* splitmix64 */
static uint64_t next_chance(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* Twice as long after each attempt, and of that the second half by chance: what failed together does not come again
 * together. */
static int64_t backoff_us(struct subscription *subscription, uint32_t attempts)
{
	const struct subscription_policy *policy = &subscription->policy;
	uint64_t                          pause_us = policy->backoff_first_ms * UINT64_C(1000);
	uint64_t                          most_us = policy->backoff_max_ms * UINT64_C(1000);

	for (uint32_t i = 1; i < attempts && pause_us < most_us; i++)
		pause_us *= 2;
	pause_us = pause_us < most_us ? pause_us : most_us;
	return (int64_t)(pause_us / 2 + next_chance(&subscription->chance) % (pause_us / 2 + 1));
}

void subscription_put_off(struct subscription *subscription, struct held_entry *entry, enum status failure)
{
	entry->held.failure = (uint16_t)failure;
	entry->dirty = true;
	if (entry->held.attempts >= subscription->policy.attempts_max) {
		subscription_park(subscription, entry, PARKING_CAUSE_failed, failure);
		return;
	}
	held_set_state(&subscription->held, entry, HELD_RETRYING);
	entry->held.due_us = subscription_now_us(subscription) + backoff_us(subscription, entry->held.attempts);
	subscription->dirty = true;
}

/* ---------------------------------------------------------------- hear */

/* An operator wants another try: from the first attempt on, in its turn. */
static void act_on_retry(struct subscription *subscription, struct held_entry *entry)
{
	bool blocked = held_blocks(&subscription->held, entry->held.key, entry->held.position);

	if (entry->held.state != HELD_PARKED)
		return;
	entry->held.attempts = 0;
	entry->held.due_us = subscription_now_us(subscription);
	held_set_state(&subscription->held, entry, blocked ? HELD_WAITING : HELD_RETRYING);
}

/* The log knows that it is dealt with. */
static void act_on_end(struct subscription *subscription, struct held_entry *entry)
{
	entry->held.parkings = 0;
	subscription_settle(subscription, entry);
}

static const struct {
	uint16_t number;
	void (*act)(struct subscription *subscription, struct held_entry *entry);
} wishes[] = {
	{EVENT_delivery_retried, act_on_retry},
	{EVENT_delivery_discarded, act_on_end},
	{EVENT_delivery_settled, act_on_end},
};

struct hearing {
	struct subscription *subscription;
	struct arena         arena;
	enum status          status;
};

static uint64_t named_position(const struct event_type *type, const void *event)
{
	return *(const uint64_t *)field_at(shape_field(type->shape, TEXT("position")), event);
}

static bool hear_record(void *owner, const struct record *record)
{
	struct hearing          *hearing = owner;
	const struct event_type *type;
	struct held_entry       *entry;
	const void              *event;

	for (size_t i = 0; i < array_count(wishes); i++) {
		if (wishes[i].number != record->number)
			continue;
		hearing->status = record_event(record, NULL, &hearing->arena, &type, &event);
		if (hearing->status != STATUS_OK)
			return false;
		entry = held_find(&hearing->subscription->held, named_position(type, event));
		if (entry) {
			wishes[i].act(hearing->subscription, entry);
			subscription_note_move(hearing->subscription);
		}
		arena_reset(&hearing->arena);
	}
	return true;
}

/* Nothing has to be kept for what called for nothing: it is heard again after a crash. */
enum subscription_step subscription_hear(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	struct hearing                   hearing = {.subscription = subscription};
	struct event_filter              own = {.stream = subscription->id};
	struct filtered_walk             walk = {.reached = subscription->place.heard};
	enum status                      status = STATUS_OK;

	if (subscription->place.heard >= subscription->head)
		return STEP_NOTHING;
	status = world->filtered(world->owner, &own, subscription->place.heard + 1, WISHES_AT_ONCE, hear_record,
	                         &hearing, &walk);
	subscription->place.heard = walk.reached;
	arena_finish(&hearing.arena);
	if (status == STATUS_OK)
		status = hearing.status;
	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	return walk.reached < subscription->head ? STEP_DONE : STEP_NOTHING;
}

/* ---------------------------------------------------------------- announce, tell */

/* The same happening has the same id however often it is told. */
static struct id telling_id(const struct subscription *subscription, const struct held *held, const char *command)
{
	char subscription_text[ID_TEXT_SIZE + 1], name[256];
	int  size;

	id_format(subscription->id, subscription_text);
	size = snprintf(name, sizeof(name), "%s %s %" PRIu64 " %u", command, subscription_text, held->position,
	                held->parkings);
	return subscription_id((struct text){.data = name, .size = (size_t)size});
}

static enum status tell_parked(struct subscription *subscription, const struct held *held)
{
	const struct subscription_world *world = subscription->settings.world;
	struct park_delivery             command = {
			    .subscription = subscription->id,
			    .name = text_from(subscription_name(subscription)),
			    .position = held->position,
			    .attempts = held->attempts,
			    .cause = held->cause,
			    .failure = held->failure ? text_from(status_name(held->failure)) : TEXT_NONE,
        };

	return world->submit(world->owner, "park_delivery", telling_id(subscription, held, "park_delivery"), &command);
}

static enum status tell_settled(struct subscription *subscription, const struct held *held)
{
	const struct subscription_world *world = subscription->settings.world;
	struct settle_delivery           command = {.subscription = subscription->id, .position = held->position};

	return world->submit(world->owner, "settle_delivery", telling_id(subscription, held, "settle_delivery"),
	                     &command);
}

/* What makes room is told first. */
static struct held_entry *first_untold(struct held_set *set)
{
	struct held_entry *parked = NULL;

	for (uint32_t i = 0; i < set->count; i++) {
		struct held_entry *entry = &set->entries[i];

		if (entry->held.state == HELD_SETTLED)
			return entry;
		if (entry->held.state == HELD_PARKED && !entry->held.told && !parked)
			parked = entry;
	}
	return parked;
}

static enum subscription_step tell_later(struct subscription *subscription, enum status status)
{
	bool    refused = status == STATUS_INVALID;
	int64_t pause_ms = refused ? TELL_REFUSED_AGAIN_MS : TELL_AGAIN_MS;

	subscription->tell_after_us = subscription_now_us(subscription) + pause_ms * 1000;
	if (refused)
		diag(DIAG_ERROR, "subscription_not_told", "%s: the writer refused to note what became of it",
		     subscription_name(subscription));
	return STEP_NOTHING;
}

/* Once for each epoch of the log. As long as the log does not know of it nothing is delivered: else a memory that was
 * lost could not be told from one that never was. */
enum subscription_step subscription_announce(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	struct subscription_place       *place = &subscription->place;
	struct begin_subscription        command = {.subscription = subscription->id,
	                                            .name = text_from(subscription_name(subscription)),
	                                            .epoch = place->epoch,
	                                            .position = place->position};
	struct held                      happening = {.position = place->epoch};
	enum status                      status;

	if (place->began_epoch == place->epoch)
		return STEP_NOTHING;
	if (subscription_now_us(subscription) < subscription->tell_after_us)
		return STEP_PAUSE;
	status = world->submit(world->owner, "begin_subscription",
	                       telling_id(subscription, &happening, "begin_subscription"), &command);
	if (status != STATUS_OK) {
		tell_later(subscription, status);
		return STEP_PAUSE;
	}
	place->began_epoch = place->epoch;
	subscription->dirty = true;
	return STEP_DONE;
}

/* Only what is kept is told. */
enum subscription_step subscription_tell(struct subscription *subscription)
{
	struct held_entry *entry = first_untold(&subscription->held);
	enum status        status;

	if (!entry || subscription_now_us(subscription) < subscription->tell_after_us)
		return STEP_NOTHING;
	if (subscription->dirty && !subscription_save(subscription))
		return STEP_END;
	status = entry->held.state == HELD_PARKED ? tell_parked(subscription, &entry->held)
	                                          : tell_settled(subscription, &entry->held);
	if (status != STATUS_OK)
		return tell_later(subscription, status);
	if (entry->held.state == HELD_SETTLED)
		held_remove(&subscription->held, entry);
	else
		entry->held.told = entry->dirty = true;
	subscription->dirty = true;
	return STEP_DONE;
}
