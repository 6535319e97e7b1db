#include "commands/subscription.h"

#include "commands/decision.h"
#include "schema/handlers.h"

/* ---------------------------------------------------------------- what a subscription remembers */

/* parked_count when it is not parked. */
static uint32_t find_parked(const struct subscription *subscription, uint64_t position)
{
	uint32_t i = 0;

	while (i < subscription->parked_count && subscription->parked[i].position != position)
		i++;
	return i;
}

static const struct parked_event *parked_at(const struct subscription *subscription, uint64_t position)
{
	uint32_t i = find_parked(subscription, position);

	return i < subscription->parked_count ? &subscription->parked[i] : NULL;
}

static void forget_parked(struct subscription *subscription, uint64_t position)
{
	uint32_t i = find_parked(subscription, position);

	if (i < subscription->parked_count)
		subscription->parked[i] = subscription->parked[--subscription->parked_count];
}

/* Parked again after a retry, it has its place already. */
void subscription_on_delivery_parked(struct subscription *subscription, const struct delivery_parked *event)
{
	uint32_t i = find_parked(subscription, event->position);

	if (i == SUBSCRIPTION_PARKED_MAX)
		return;
	subscription->parked[i] = (struct parked_event){.position = event->position};
	if (i == subscription->parked_count)
		subscription->parked_count++;
}

void subscription_on_delivery_retried(struct subscription *subscription, const struct delivery_retried *event)
{
	uint32_t i = find_parked(subscription, event->position);

	if (i < subscription->parked_count)
		subscription->parked[i].retried = true;
}

void subscription_on_delivery_discarded(struct subscription *subscription, const struct delivery_discarded *event)
{
	forget_parked(subscription, event->position);
}

void subscription_on_delivery_settled(struct subscription *subscription, const struct delivery_settled *event)
{
	forget_parked(subscription, event->position);
}

void subscription_on_subscription_began(struct subscription *subscription, const struct subscription_began *event)
{
	subscription->epoch = event->epoch;
}

/* ---------------------------------------------------------------- what the runner tells */

/* Once an epoch: a runner that does not know whether it was heard tells it again. */
void subscription_decide_begin_subscription(const struct subscription       *subscription,
                                            const struct begin_subscription *command, struct decision *decision)
{
	if (command->epoch > subscription->epoch)
		emit(decision, subscription_began, .subscription = command->subscription, .name = command->name,
		     .epoch = command->epoch, .position = command->position);
}

void subscription_decide_park_delivery(const struct subscription *subscription, const struct park_delivery *command,
                                       struct decision *decision)
{
	const struct parked_event *parked = parked_at(subscription, command->position);

	if (!parked && subscription->parked_count == SUBSCRIPTION_PARKED_MAX)
		refuse(decision, REFUSAL_parked_full);
	else if (!parked || parked->retried)
		emit(decision, delivery_parked, .subscription = command->subscription, .name = command->name,
		     .position = command->position, .attempts = command->attempts, .cause = command->cause,
		     .failure = command->failure);
}

void subscription_decide_settle_delivery(const struct subscription *subscription, const struct settle_delivery *command,
                                         struct decision *decision)
{
	if (parked_at(subscription, command->position))
		emit(decision, delivery_settled, .subscription = command->subscription, .position = command->position);
}

/* ---------------------------------------------------------------- what an operator wants */

void subscription_decide_retry_delivery(const struct subscription *subscription, const struct retry_delivery *command,
                                        struct decision *decision)
{
	const struct parked_event *parked = parked_at(subscription, command->position);

	if (!parked)
		refuse(decision, REFUSAL_delivery_not_parked);
	else if (!parked->retried)
		emit(decision, delivery_retried, .subscription = command->subscription, .position = command->position);
}

void subscription_decide_discard_delivery(const struct subscription     *subscription,
                                          const struct discard_delivery *command, struct decision *decision)
{
	if (!parked_at(subscription, command->position))
		refuse(decision, REFUSAL_delivery_not_parked);
	else
		emit(decision, delivery_discarded, .subscription = command->subscription, .position = command->position,
		     .reason = command->reason);
}
