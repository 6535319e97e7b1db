/* Policies and accommodations as the read models keep them, for the rules of commands/learning/deadline.h. */
#ifndef ORRERY_POLICY_VIEW_H
#define ORRERY_POLICY_VIEW_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"
#include "schema/states.h"

/* `documents` is a JSON array of assessment_policy_changed events, earliest first; fills assessment->policies with the
 * latest of them. INVALID: it is none. */
enum status policies_from_json(struct text documents, struct arena *arena, struct assessment *assessment) MUST_USE;

/* A JSON object of what was granted, all of it optional; absent: nothing was. */
enum status accommodation_from_json(struct text document, struct arena *arena, struct accommodation *out) MUST_USE;

/* Appends the JSON of a `policy_in_force` (schema/assessment.schema). */
void policy_append(const struct policy *policy, struct buffer *out);

/* Appends ,"name":"2026-…" unless the time is 0 or never. */
void policy_append_time(struct buffer *out, const char *name, int64_t time_us);

#endif
