/* Opening: what a subscription remembers, held against the log. */
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription_parts.h"

#include <inttypes.h>

static enum subscription_step refuse(struct subscription *subscription, const char *why)
{
	diag(DIAG_ERROR, "subscription_refused",
	     "%s stands at position %" PRIu64
	     ", but %s: what it did belongs to another log; restore subscriptions/ together with the log, or remove it",
	     subscription_name(subscription), subscription->place.position, why);
	return subscription_end(subscription, SUBSCRIPTION_REFUSED);
}

static enum subscription_step state_unreadable(struct subscription *subscription, enum status status)
{
	diag(DIAG_ERROR, "subscription_not_opened", "%s: %s", subscription_name(subscription), status_sentence(status));
	return subscription_end(subscription, SUBSCRIPTION_BROKEN);
}

/* ---------------------------------------------------------------- a new one */

static bool note_other(void *owner, struct id subscription, const struct subscription_place *place)
{
	*(bool *)owner = true;
	return false;
}

static bool note_position(void *owner, const struct record *record)
{
	*(uint64_t *)owner = record->position;
	return true;
}

/* Where the log was told last that this subscription begins; 0: never. */
static enum status find_beginning(struct subscription *subscription, uint64_t *position)
{
	static const uint16_t            number = EVENT_subscription_began;
	const struct subscription_world *world = subscription->settings.world;
	struct event_filter              filter = {.numbers = &number, .number_count = 1, .stream = subscription->id};
	struct filtered_walk             walk = {0};
	enum status                      status;

	*position = 0;
	do
		status = world->filtered(world->owner, &filter, walk.reached + 1, UINT32_MAX, note_position, position,
		                         &walk);
	while (status == STATUS_OK && walk.reached < subscription->head);
	return status;
}

/* Behind what a subscription begins that remembers nothing. If the log knows that it began, what it remembered is lost,
 * and everything up to the end of that epoch, or to the head if it is still that one, may have been done. So it may if
 * the log was restored and nobody remembers anything: a backup holds the log alone. */
static enum status find_start(struct subscription *subscription, const struct log_identity *identity, uint64_t *start)
{
	bool        others = false;
	uint64_t    beginning;
	enum status status = find_beginning(subscription, &beginning);

	if (status == STATUS_OK)
		status = subscription_state_places(subscription->settings.state, note_other, &others);
	*start = 0;
	if (beginning >= identity_began(identity))
		*start = subscription->head;
	else if (beginning > 0 || !others)
		*start = identity_began(identity) - 1;
	return status;
}

static enum status begin(struct subscription *subscription, const struct log_identity *identity)
{
	struct subscription_place *place = &subscription->place;
	uint64_t                   start;
	enum status                status = find_start(subscription, identity, &start);

	if (status != STATUS_OK)
		return status;
	*place = (struct subscription_place){.position = start,
	                                     .heard = start,
	                                     .store = identity->store,
	                                     .epoch = identity->epoch,
	                                     .moved_us = subscription_now_us(subscription)};
	strncpy(place->name, subscription_name(subscription), sizeof(place->name) - 1);
	if (start > 0)
		diag(DIAG_WARN, "subscription_forgot",
		     "%s has lost what it remembered, so that nobody knows what it delivered: it passes by everything "
		     "up to "
		     "position %" PRIu64,
		     subscription_name(subscription), place->position);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- a log that was restored */

/* What was tried is in doubt; what lay beyond the end is no more. The log has perhaps not heard of any of it. */
static void doubt_held(struct subscription *subscription, uint64_t end)
{
	struct held_set *set = &subscription->held;

	for (uint32_t i = set->count; i-- > 0;) {
		struct held_entry *entry = &set->entries[i];

		if (entry->held.position > end)
			held_remove(set, entry);
		else if (entry->held.state == HELD_RETRYING || entry->held.state == HELD_WAITING)
			subscription_park(subscription, entry, PARKING_CAUSE_in_doubt, entry->held.failure);
	}
	for (uint32_t i = 0; i < set->count; i++) {
		set->entries[i].held.told = 0;
		set->entries[i].dirty = true;
	}
}

/* The last position at which this log holds what the log of the place's epoch held. */
static uint64_t end_of_epoch(const struct log_identity *identity, uint64_t epoch)
{
	uint64_t end = UINT64_MAX;

	for (uint32_t i = identity->epoch_count; i-- > 0 && identity->epochs[i].number > epoch;)
		end = identity->epochs[i].first - 1;
	return end;
}

static enum status step_back(struct subscription *subscription, uint64_t end)
{
	const struct subscription_world *world = subscription->settings.world;
	struct subscription_place       *place = &subscription->place;

	place->heard = place->heard > end ? end : place->heard;
	if (place->position <= end)
		return STATUS_OK;
	place->position = end;
	place->leaf = (struct hash){0};
	return end > 0 ? world->leaf(world->owner, end, &place->leaf) : STATUS_OK;
}

/* What the place's own epoch held beyond its end elsewhere is not of this log, and what came between that and the
 * present epoch was perhaps delivered by somebody who is no more. */
static enum status enter_epoch(struct subscription *subscription, const struct log_identity *identity)
{
	struct subscription_place *place = &subscription->place;
	uint64_t                   end = end_of_epoch(identity, place->epoch);
	enum status                status;

	diag(DIAG_WARN, "subscription_in_doubt",
	     "%s stands at position %" PRIu64 " of epoch %" PRIu64 ", and epoch %" PRIu64
	     " of the log begins at position %" PRIu64 ": what was not surely delivered before that will be parked",
	     subscription_name(subscription), place->position, place->epoch, identity->epoch, identity_began(identity));
	status = step_back(subscription, end);
	if (status != STATUS_OK)
		return status;
	place->epoch = identity->epoch;
	place->doubt_until = identity_began(identity) - 1;
	place->window_first = place->window_last = place->suspect = 0;
	doubt_held(subscription, end);
	subscription_note_move(subscription);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- one that ran before */

/* NULL when the place lies on the log, else the sentence's middle part. */
static enum status find_fault(struct subscription *subscription, const struct log_identity *identity,
                              const char **fault)
{
	const struct subscription_world *world = subscription->settings.world;
	const struct subscription_place *place = &subscription->place;
	struct hash                      leaf;
	enum status                      status;

	*fault = NULL;
	if (!id_equal(identity->store, place->store))
		*fault = "this log is of another store";
	else if (identity->epoch < place->epoch)
		*fault = "this log is of an earlier epoch";
	else if (place->position > subscription->head && identity->epoch == place->epoch)
		*fault = "this log ends before that";
	if (*fault || place->position == 0 || place->position > end_of_epoch(identity, place->epoch))
		return STATUS_OK;
	status = world->leaf(world->owner, place->position, &leaf);
	if (status == STATUS_OK && !hash_equal(&leaf, &place->leaf))
		*fault = "this log holds another event there";
	return status;
}

static bool take_held(void *owner, const struct held *held)
{
	struct subscription *subscription = owner;

	held_add(&subscription->held, held)->dirty = false;
	return true;
}

static enum subscription_step continue_place(struct subscription *subscription, const struct log_identity *identity)
{
	const char *fault;
	enum status status = find_fault(subscription, identity, &fault);

	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	if (fault)
		return refuse(subscription, fault);
	held_finish(&subscription->held);
	status = subscription_state_held(subscription->settings.state, subscription->id, take_held, subscription);
	if (status != STATUS_OK)
		return state_unreadable(subscription, status);
	if (identity->epoch > subscription->place.epoch) {
		status = enter_epoch(subscription, identity);
		if (status != STATUS_OK)
			return subscription_log_unreadable(subscription, status);
	}
	subscription->stored = subscription->place.position;
	subscription->suspects = subscription->place.window_first > 0;
	subscription->open = true;
	return STEP_DONE;
}

enum subscription_step subscription_open_place(struct subscription *subscription)
{
	const struct subscription_world *world = subscription->settings.world;
	struct log_identity              identity;
	enum status                      status = world->head(world->owner, &subscription->head);

	if (status != STATUS_OK)
		return subscription_log_unreadable(subscription, status);
	identity = world->identity(world->owner);
	status = subscription_state_place(subscription->settings.state, subscription->id, &subscription->place);
	if (status == STATUS_OK)
		return continue_place(subscription, &identity);
	if (status == STATUS_NOT_FOUND)
		status = begin(subscription, &identity);
	if (status != STATUS_OK)
		return state_unreadable(subscription, status);
	subscription->open = true;
	return subscription_save(subscription) ? STEP_DONE : STEP_END;
}
