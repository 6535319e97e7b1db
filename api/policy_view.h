/* Policies and accommodations as the read models keep them, for the rules of commands/learning/deadline.h. */
#ifndef ORRERY_POLICY_VIEW_H
#define ORRERY_POLICY_VIEW_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"
#include "schema/states.h"

/* The terms on which a learner takes an assessment, as two JSON documents. `policies` is an array of
 * assessment_policy_changed events, earliest first, of which the latest fill assessment->policies. `granted` is an
 * object of what the learner was granted, all of it optional; absent: nothing was. INVALID: it is something else. */
enum status terms_from_json(struct text policies, struct text granted, struct arena *arena,
                            struct assessment *assessment, struct accommodation *accommodation) MUST_USE;

/* Appends the JSON of a `policy_in_force` (schema/assessment.schema). */
void policy_append(const struct policy *policy, struct buffer *out);

/* Appends ,"name":"2026-…" unless the time is 0 or never. */
void policy_append_time(struct buffer *out, const char *name, int64_t time_us);

#endif
