/* Which score an assessment has to reach to be complete: each edition of the course says so, and what holds for a
 * learner is the edition that they are on. */
#ifndef ORRERY_PASS_RULE_H
#define ORRERY_PASS_RULE_H

#include "eventstore/base/arena.h"
#include "eventstore/log/reader.h"

struct pass_score {
	bool     asked; /* a score completes it */
	uint32_t min;   /* per mille */
};

/* Zeroes are none. As of a position; what came later is not seen. */
struct pass_rules {
	struct id            assessment;
	struct pass_edition *editions; /* in the arena, latest first */
	uint64_t             until;
	struct arena         arena;
};

/* What the editions of the assessment's course ask for. */
enum status pass_rules_read(struct pass_rules *rules, struct reader *reader, struct id assessment,
                            uint64_t until) MUST_USE;

/* What is asked of whoever has the enrolment; nothing where there is none. */
enum status pass_rules_of(const struct pass_rules *rules, struct reader *reader, struct id enrolment,
                          struct pass_score *out) MUST_USE;

void pass_rules_finish(struct pass_rules *rules);

#endif
