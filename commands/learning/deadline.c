#include "commands/learning/deadline.h"

#include "schema/events.h"

enum { US_PER_S = 1000000, PERCENT = 100 };

struct policy deadline_policy_said(const struct assessment_policy_changed *event)
{
	return (struct policy){
		.since = event->since,
		.attempts_max = event->attempts_max,
		.time_limit_s = event->time_limit_s,
		.opens_at = event->opens_at,
		.due_at = event->due_at,
		.closes_at = event->closes_at,
		.late_window_s = event->late_window_s,
		.late_penalty = event->late_penalty,
		.keeps = event->keeps,
		.feedback = event->feedback,
		.shows_key = event->shows_key,
		.graders = event->graders,
		.release = event->release,
		.shuffles_questions = event->shuffles_questions,
		.shuffles_choices = event->shuffles_choices,
	};
}

struct policy deadline_policy(const struct assessment *assessment, int64_t time_us)
{
	struct policy policy = {
		.keeps = ATTEMPT_KEEPING_best,
		.feedback = FEEDBACK_TIME_submitted,
		.shows_key = true,
		.graders = 1,
		.release = GRADE_RELEASE_automatic,
	};

	for (uint32_t i = 0; i < assessment->policies_count && assessment->policies[i].since <= time_us; i++)
		policy = assessment->policies[i];
	return policy;
}

static int64_t extended(int64_t bound, const struct accommodation *accommodation)
{
	if (bound == 0)
		return DEADLINE_NEVER_US;
	return bound > accommodation->due_at ? bound : accommodation->due_at;
}

int64_t deadline_closes_at(const struct policy *policy, const struct accommodation *accommodation)
{
	return extended(policy->closes_at, accommodation);
}

int64_t deadline_due_at(const struct policy *policy, const struct accommodation *accommodation)
{
	return extended(policy->due_at, accommodation);
}

int64_t deadline_limit(const struct policy *policy, const struct accommodation *accommodation, int64_t started_at)
{
	int64_t end = deadline_closes_at(policy, accommodation);
	int64_t limit_us = (int64_t)policy->time_limit_s * US_PER_S / PERCENT * (PERCENT + accommodation->extra_time);

	return limit_us != 0 && started_at + limit_us < end ? started_at + limit_us : end;
}

/* Until the next policy; the last one holds for good. */
static int64_t holds_until(const struct assessment *assessment, uint32_t place)
{
	return place + 1 < assessment->policies_count ? assessment->policies[place + 1].since : DEADLINE_NEVER_US;
}

/* Of the policies that held after the attempt began, the first whose limit was reached while it held. One that
 * shortened the time below what was spent already ends the attempt when it comes. */
int64_t deadline_end(const struct assessment *assessment, const struct accommodation *accommodation, int64_t started_at)
{
	for (uint32_t i = 0; i < assessment->policies_count; i++) {
		const struct policy *policy = &assessment->policies[i];
		int64_t              end = deadline_limit(policy, accommodation, started_at);
		int64_t              until = holds_until(assessment, i);

		if (end < policy->since && policy->since > started_at)
			end = policy->since;
		if (until > started_at && end < until)
			return end;
	}
	return DEADLINE_NEVER_US;
}

int64_t deadline_window_end(const struct policy *policy, int64_t bound)
{
	return bound == DEADLINE_NEVER_US ? bound : bound + (int64_t)policy->late_window_s * US_PER_S;
}

int64_t deadline_last_call(const struct assessment *assessment, int64_t end)
{
	struct policy policy = deadline_policy(assessment, end);

	return deadline_window_end(&policy, end);
}
