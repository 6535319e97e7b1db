/* Histories of learners in the log, as an achievement's rule sees them. Reads only, some thousand records at a time. */
#ifndef ORRERY_ACHIEVEMENT_HISTORY_H
#define ORRERY_ACHIEVEMENT_HISTORY_H

#include "commands/achievement_rule.h"
#include "eventstore/log/reader.h"

/* Of one kind, in one history; what comes later does not count. */
enum { HISTORY_MOMENTS_MAX = 1 << 18, ACHIEVEMENT_EVENTS_MAX = 16 };

/* The numbers of all events that rules may watch; returns how many. */
uint32_t achievement_events(uint16_t numbers[ACHIEVEMENT_EVENTS_MAX]);

/* What the record tells of its learner. False: nothing that a rule could watch. The arena is used, and not needed for
 * what is told. */
bool achievement_moment(const struct record *record, struct arena *arena, struct moment *moment, struct id *learner);

/* Does the rule hold of what the learner did up to the position, and which moment was the last that concerned it? */
struct achievement_verdict {
	bool     holds;
	uint64_t last; /* position; 0: none */
};

enum status achievement_judge(struct reader *reader, const struct achievement_rule *rule, struct id learner,
                              uint64_t until, struct achievement_verdict *out) MUST_USE;

/* Each learner to whom something that concerns the rule has happened up to the position, once, in no order. What `take`
 * does not return OK for ends the walk, which returns it. */
enum status achievement_learners(struct reader *reader, const struct achievement_rule *rule, uint64_t until,
                                 enum status (*take)(void *owner, struct id learner), void *owner) MUST_USE;

/* Is there an award, revoked or not? */
enum status achievement_awarded_already(struct reader *reader, struct id achievement, struct id learner,
                                        bool *awarded) MUST_USE;

#endif
