/* Until when an attempt takes answers. Policies change while attempts are under way, and answers of clients that were
 * offline are judged by what held when they were given. Times are the server's. */
#ifndef ORRERY_DEADLINE_H
#define ORRERY_DEADLINE_H

#include "schema/states.h"

/* An end that never comes. */
#define DEADLINE_NEVER_US INT64_MAX

/* What the event says, as states keep it. */
struct policy deadline_policy_said(const struct assessment_policy_changed *event);

/* What held at the moment. Where nobody had said anything yet: no limits, the best attempt counts, feedback and the key
 * after handing in. */
struct policy deadline_policy(const struct assessment *assessment, int64_t time_us);

/* Until when it may be taken by whoever has this accommodation, and until when without a penalty; NEVER where there is
 * no bound. More time that was granted to a person moves both. */
int64_t deadline_closes_at(const struct policy *policy, const struct accommodation *accommodation);
int64_t deadline_due_at(const struct policy *policy, const struct accommodation *accommodation);

/* When an attempt that was begun then ends if this policy holds. */
int64_t deadline_limit(const struct policy *policy, const struct accommodation *accommodation, int64_t started_at);

/* The first moment at which an attempt's answers are no longer taken, whatever the policy was and became. */
int64_t deadline_end(const struct assessment *assessment, const struct accommodation *accommodation,
                     int64_t started_at);

/* Until when clients that were offline are believed that something was done before the bound. */
int64_t deadline_window_end(const struct policy *policy, int64_t bound);

/* Until when answers come in that clients gave offline before the end, as the policy at the end has it. */
int64_t deadline_last_call(const struct assessment *assessment, int64_t end);

#endif
