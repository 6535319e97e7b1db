#include "commands/subscription.h"

#include "commands/decision.h"
#include "schema/handlers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct subscription subscription;

static uint64_t park(uint64_t position, enum refusal *refusal)
{
	struct arena         arena = {0};
	struct decision      decision = {.arena = &arena};
	struct park_delivery command = {.name = TEXT("mail"), .position = position, .cause = PARKING_CAUSE_failed};

	subscription_decide_park_delivery(&subscription, &command, &decision);
	*refusal = decision.refusal;
	for (uint32_t i = 0; i < decision.event_count; i++)
		subscription_on_delivery_parked(&subscription, decision.events[i].event);
	arena_finish(&arena);
	return decision.event_count;
}

static void as_many_events_are_parked_as_may_be_and_no_more(void **state)
{
	enum refusal refusal;

	for (uint64_t position = 1; position <= SUBSCRIPTION_PARKED_MAX; position++)
		assert_int_equal(park(position, &refusal), 1);
	assert_int_equal(park(SUBSCRIPTION_PARKED_MAX + 1, &refusal), 0);
	assert_int_equal(refusal, REFUSAL_parked_full);
	subscription_on_delivery_discarded(&subscription, &(struct delivery_discarded){.position = 7});
	assert_int_equal(park(SUBSCRIPTION_PARKED_MAX + 1, &refusal), 1);
	assert_int_equal(refusal, REFUSAL_none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_events_are_parked_as_may_be_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
