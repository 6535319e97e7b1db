/* Whose attempt it is, what holds for it now, and so what of it may be told: steps that every route needs which shows
 * an attempt. Its field `attempt` says which. */
#ifndef ORRERY_ATTEMPT_ACCESS_H
#define ORRERY_ATTEMPT_ACCESS_H

#include "api/answer_feedback.h"
#include "api/exchange.h"

/* Columns of the lookup attempt_head. */
enum attempt_head {
	HEAD_LEARNER,
	HEAD_ROLE,
	HEAD_ASSESSMENT, /* absent: practice */
	HEAD_COURSE,
	HEAD_CONTENT,
	HEAD_NUMBER,
	HEAD_SEED,
	HEAD_SHUFFLES,
	HEAD_STARTED_AT,
	HEAD_SUBMITTED_AT,
	HEAD_CAUSE,
	HEAD_PENALTY,
	HEAD_POLICIES,
	HEAD_ALLOWANCE,
	HEAD_RELEASED,
	HEAD_GRADE, /* JSON of an `attempt_grade` (schema/attempt.schema) */
	HEAD_COLUMNS,
};

struct attempt_access {
	struct text           head[HEAD_COLUMNS]; /* in the arena */
	uint64_t              seed;
	int64_t               started_at, end, last_call;
	struct feedback_rules rules;
};

/* Steps. Behind the last one exchange->own is a struct attempt_access: the caller is the learner or grades the course.
 * Anybody else's attempt is as unknown as none. */
exchange_step attempt_access_await;       /* X-Min-Position: until the attempts are there, */
exchange_step attempt_access_await_rules; /* and the assessments, */
exchange_step attempt_access_await_keys;  /* and the questions; each before course_access_check */
exchange_step attempt_access_ask;
exchange_step attempt_access_take;

#endif
