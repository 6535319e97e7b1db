/* The world of one scenario: what happened so far, who holds which value, and what a decider makes of a wish in it.
 * Does what the bus does, in memory and without a log. */
#ifndef ORRERY_TESTS_STAGE_H
#define ORRERY_TESTS_STAGE_H

#include "commands/decision.h"

enum { STAGE_EVENTS_MAX = 640, STAGE_CLAIMS_MAX = 256 };

struct stage_event {
	const struct event_type *type;
	const void              *event;
};

struct stage_claim {
	enum claim  claim;
	struct text value;
	struct id   owner; /* the first stream of the event that took it */
};

/* Zeroes and an arena are an empty stage. Events and texts are kept by reference and belong to the arena. */
struct stage {
	struct arena      *arena;
	int64_t            time_us;
	struct id          actor;
	uint32_t           event_count;
	uint32_t           claim_count;
	struct stage_event events[STAGE_EVENTS_MAX];
	struct stage_claim claims[STAGE_CLAIMS_MAX];
};

/* The event is part of the past, and its claims are taken. */
void stage_happened(struct stage *stage, const struct event_type *type, const void *event);

/* The value may be claimed again. */
void stage_released(struct stage *stage, enum claim claim, struct text value);

/* Decides twice over, each time from the events on, and refuses for a claim that somebody holds, as the bus would.
 * False when the two differ, or the decider wrote into what it was given: it is not pure. */
bool stage_decide(struct stage *stage, const struct command_handler *handler, const void *command,
                  struct decision *decision);

#endif
