/* The ledger of effects: what a delivery did to the world outside. */
#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription_parts.h"

/* The same in each attempt, and another one for any other event: a leaf hash is that of one record with its place. */
static struct id effect_id(const struct delivery_work *work, const char *name)
{
	struct buffer said = {0};
	struct id     id;

	buffer_append(&said, BYTES(work->delivery.record.leaf.bytes, sizeof(struct hash)));
	buffer_append(&said, BYTES(work->subscription->id.bytes, sizeof(struct id)));
	buffer_append_text(&said, text_from(name));
	id = subscription_id((struct text){.data = (const char *)said.data, .size = said.size});
	buffer_finish(&said);
	return id;
}

static bool is_of_record(const struct effect *effect, const struct record *record)
{
	return memcmp(effect->leaf, record->leaf.bytes, sizeof(effect->leaf)) == 0;
}

/* What the ledger has of this event; a fresh line when it has nothing, or something of an event that a restored log no
 * longer has there. */
static enum status find_effect(const struct delivery_work *work, struct text name, struct effect *effect)
{
	const struct record *record = &work->delivery.record;
	enum status status = subscription_state_effect(work->subscription->settings.state, work->subscription->id,
	                                               record->position, name, effect);

	if (status == STATUS_OK && is_of_record(effect, record))
		return STATUS_OK;
	*effect = (struct effect){0};
	memcpy(effect->leaf, record->leaf.bytes, sizeof(effect->leaf));
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status keep_at_once(struct delivery_work *work, struct text name, const struct effect *effect)
{
	const struct subscription  *subscription = work->subscription;
	struct subscription_change *change;
	enum status status = subscription_change_begin(subscription->settings.state, subscription->id, 1, &change);

	if (status == STATUS_OK)
		status = subscription_change_end(
			change, subscription_change_effect(change, work->delivery.record.position, name, effect));
	work->unkept |= status != STATUS_OK;
	return status;
}

static void keep_with_outcome(struct delivery_work *work, struct text name, const struct effect *effect)
{
	struct noted_effect *noted = &work->effects[work->effect_count];

	require(work->effect_count < DELIVERY_EFFECTS_MAX);
	work->effect_count++;
	*noted = (struct noted_effect){.position = work->delivery.record.position, .effect = *effect};
	text_keep(&noted->name, name);
}

static enum status keep(struct delivery_work *work, struct text name, const struct effect *effect)
{
	if (!work->subscription->settings.handler->repeatable)
		return keep_at_once(work, name, effect);
	keep_with_outcome(work, name, effect);
	return STATUS_OK;
}

/* What may be repeated needs no intent of its own on disk: the delivery was counted there. */
static enum status intend(struct delivery_work *work, struct text name, struct effect *effect)
{
	const struct subscription *subscription = work->subscription;
	bool                       repeatable = subscription->settings.handler->repeatable;

	if (effect->outcome == EFFECT_INTENDED && !repeatable && !work->assured) {
		work->doubtful = true;
		return STATUS_TIMED_OUT;
	}
	effect->outcome = EFFECT_INTENDED;
	effect->attempts++;
	effect->begun_us = subscription_now_us(subscription);
	effect->ended_us = 0;
	return repeatable ? STATUS_OK : keep_at_once(work, name, effect);
}

enum status delivery_effect(struct delivery *delivery, const char                   *name,
                            enum status (*act)(void *owner, struct id effect), void *owner)
{
	struct delivery_work *work = container_of(delivery, struct delivery_work, delivery);
	struct text           word = text_from(name);
	struct effect         effect;
	enum status           status = find_effect(work, word, &effect), kept;

	if (status != STATUS_OK || effect.outcome == EFFECT_DONE)
		return status;
	status = intend(work, word, &effect);
	if (status != STATUS_OK)
		return status;
	status = act(owner, effect_id(work, name));
	if (status == STATUS_TIMED_OUT && !work->subscription->settings.handler->repeatable) {
		work->doubtful = true;
		return status;
	}
	effect.outcome = status == STATUS_OK ? EFFECT_DONE : EFFECT_FAILED;
	effect.failure = (uint16_t)status;
	effect.ended_us = subscription_now_us(work->subscription);
	kept = keep(work, word, &effect);
	return status == STATUS_OK ? kept : status;
}

struct tally {
	const struct record *record;
	uint32_t             done, open;
};

static bool count_effect(void *owner, struct text name, const struct effect *effect)
{
	struct tally *tally = owner;

	if (is_of_record(effect, tally->record)) {
		tally->done += effect->outcome == EFFECT_DONE;
		tally->open += effect->outcome != EFFECT_DONE;
	}
	return true;
}

enum status subscription_effects_done(struct subscription *subscription, const struct record *record, bool *done)
{
	struct tally tally = {.record = record};
	enum status  status = subscription_state_effects(subscription->settings.state, subscription->id,
	                                                 record->position, count_effect, &tally);

	*done = status == STATUS_OK && tally.done > 0 && tally.open == 0;
	return status;
}
