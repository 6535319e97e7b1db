/* Values of states for people and for programs. A personal text that stays sealed cannot be folded; something stands in
 * its place that tells with which event it came (past.h). */
#ifndef ORRERY_KEPT_VIEW_H
#define ORRERY_KEPT_VIEW_H

#include "commands/kept.h"
#include "eventstore/base/buffer.h"

/* What stands for a text that is sealed in the event at this position; `out` holds KEPT_TEXT_SIZE_MIN. */
struct text kept_stand_in(uint64_t position, char out[KEPT_TEXT_SIZE_MIN]);

/* Appends the value: "yes", "learner, admin", "(sealed at 12)", "-" for none or NULL. */
void kept_view_append(const struct kept_field *field, const void *at, struct buffer *out);

/* The same as JSON: null for none; a set as a list of words; {"sealed_at":12}. */
void kept_view_append_json(const struct kept_field *field, const void *at, struct buffer *out);

/* {"field":"reset.expires_at","before":…,"after":…} */
void kept_view_append_change(const struct kept_leaf *leaf, struct buffer *out);

#endif
