/* What an achievement's rule says of a learner's history: a pure function of both, whoever asks. The subscriber asks
 * when something has happened and when a rule is new, the API when somebody wants to know whom a rule would reach.
 * The order of the moments does not matter, and one that stands there twice counts once. */
#ifndef ORRERY_ACHIEVEMENT_RULE_H
#define ORRERY_ACHIEVEMENT_RULE_H

#include "eventstore/base/arena.h"
#include "schema/events.h"

/* As the schema has it (achievement.schema). */
struct achievement_rule {
	enum achievement_trigger trigger;
	struct id                course;      /* absent: any */
	struct id                item;        /* absent: any */
	uint32_t                 times;       /* 1 at least */
	uint32_t                 score_min;   /* per mille */
	uint32_t                 streak_days; /* 0: no streak */
	int64_t                  window_us;   /* 0: no window */
	bool                     scored;      /* score_min counts */
	bool                     distinct;
};

/* Something that happened to a learner. */
struct moment {
	enum achievement_trigger trigger;
	uint64_t                 position;
	int64_t                  time_us;
	struct id                course;
	struct id                item; /* absent for what happens to a course as a whole */
	/* What may be told again: an attempt, whose last grade is the one that counts. Absent: nothing; the position
	 * tells moments apart. */
	struct id occurrence;
	uint32_t  score; /* per mille; only when graded */
};

/* As the event says it. */
struct achievement_rule achievement_rule_of(const struct achievement_defined *defined);

/* The stream that all awards are in, and the one award of an achievement for a learner. */
struct id award_register(void);
struct id award_of(struct id achievement, struct id learner);

/* False: no history could follow it. */
bool achievement_rule_sensible(const struct achievement_rule *rule);

/* Would the moment count, apart from a score? */
bool achievement_rule_concerns(const struct achievement_rule *rule, const struct moment *moment);

/* `moments` are sorted anew. */
bool achievement_rule_holds(const struct achievement_rule *rule, struct moment *moments, size_t count);

#endif
