/* What a subscription parked: the rules' figures. What is remembered of it stands in schema/subscription.schema. */
#ifndef ORRERY_COMMANDS_SUBSCRIPTION_H
#define ORRERY_COMMANDS_SUBSCRIPTION_H

#include "eventstore/subscription/subscription_state.h"
#include "schema/states.h"

#include <assert.h>

static_assert(array_count(((struct subscription *)0)->parked) == SUBSCRIPTION_PARKED_MAX,
              "what the runner may park, the decider remembers");

#endif
