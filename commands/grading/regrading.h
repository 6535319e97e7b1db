/* Which grades another key changes. The preview and the regrade itself both ask here, so that what was foretold is what
 * happens: both depend on nothing but the log up to a position. */
#ifndef ORRERY_REGRADING_H
#define ORRERY_REGRADING_H

#include "commands/grading/attempt_log.h"

struct regrading {
	struct reader       *reader;
	const struct opener *opener;
	struct question_log *questions;
	struct id            assessment;
	struct id            question;
	uint32_t             version;
	uint32_t             key;
	bool                 keeps_better;
	uint64_t             until; /* attempts and answers as of this position */
};

/* One answer that was, or can be, graded: its attempt, its slot from 0, and what it would be worth. `changes` says
 * whether the regrade makes anything of it: not where people decided, where the old grade is kept, or where nothing
 * differs. */
struct regraded {
	const struct attempt_log *attempt;
	uint32_t                  slot;
	struct graded_response    response;
	bool                      changes;
};

/* Another status than OK stops, and is returned. */
typedef enum status regrading_visit(void *owner, const struct regraded *regraded);

/* Each attempt of the assessment that has an answer to this version, in the order in which they began. What an erased
 * person wrote is passed over. */
enum status regrading_each(const struct regrading *regrading, regrading_visit *visit, void *owner) MUST_USE;

#endif
