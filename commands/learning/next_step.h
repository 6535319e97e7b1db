/* What a learner should do next, and why: the ranking. Pure: whoever asks has found out what is possible, and puts in
 * nothing that is closed, not released or waits for something else. The rule is the table next_step.def. */
#ifndef ORRERY_NEXT_STEP_H
#define ORRERY_NEXT_STEP_H

#include "eventstore/base/id.h"

enum next_step {
#define STEP(name, most, sentence) NEXT_STEP_##name,
#include "commands/learning/next_step.def"
#undef STEP
	NEXT_STEP_COUNT
};

/* Within so long a deadline is near. */
#define NEXT_STEP_SOON_US ((int64_t)3 * 24 * 3600 * 1000 * 1000)

struct next_step_option {
	enum next_step kind;
	struct id      course;
	struct id      item; /* a lesson or an assessment; absent: none */
	/* The smaller, the more urgent: of what ends or is due, the moment in µs; of an objective, how well it is
	 * known; of anything else, its place among what was found, what was worked on last being first. */
	int64_t urgency;
};

const char *next_step_name(enum next_step kind);
const char *next_step_sentence(enum next_step kind);

/* Orders the options by the rule into `places`, which has room for `wanted`; answers how many there are. No item is
 * told twice: the most urgent reason is enough. Options of the same urgency keep their order. */
uint32_t next_step_rank(const struct next_step_option *options, uint32_t count, uint32_t wanted, uint32_t *places);

#endif
