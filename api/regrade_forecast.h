/* What a regrade would do, counted and listed: a `regrade_preview` (schema/grade.schema). */
#ifndef ORRERY_REGRADE_FORECAST_H
#define ORRERY_REGRADE_FORECAST_H

#include "commands/grading/pass_rule.h"
#include "commands/grading/regrading.h"
#include "eventstore/base/buffer.h"

enum { FORECAST_CHANGES_MAX = 1000 }; /* listed; all are counted */

/* Zeroes are an empty one. */
struct forecast {
	struct buffer changes; /* JSON */
	uint32_t      shown, changed;
	uint32_t      gains, losses, same, would_pass, would_fail;
	uint64_t      gained_milli, lost_milli;
	uint32_t      key;
};

/* An answer, and the score that is asked of its attempt. */
void forecast_add(struct forecast *forecast, const struct regraded *regraded, struct pass_score score);

/* Appends the JSON; `position` is that as of which everything was read. */
void forecast_append(const struct forecast *forecast, uint64_t position, struct buffer *out);

void forecast_finish(struct forecast *forecast);

#endif
