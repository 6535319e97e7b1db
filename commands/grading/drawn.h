/* The numbers of a question whose numbers are drawn, as an attempt sees them. Pages that show a question and graders
 * that judge an answer to it both draw by this, so that they have the same numbers. */
#ifndef ORRERY_DRAWN_H
#define ORRERY_DRAWN_H

#include "commands/learning/parameters.h"
#include "schema/events.h"

/* Checks what a version of a question says of its numbers. INVALID, and what is wrong, for its author. Texts of the
 * plan are the event's. */
enum status drawn_plan(const struct question_written *question, struct arena *arena, const struct parameter_plan **out,
                       struct mistake *mistake) MUST_USE;

/* The numbers that the attempt of this seed has in this question; none where nothing is drawn. INVALID: none can be. */
enum status drawn_numbers(const struct question_written *question, uint64_t seed, struct arena *arena,
                          struct parameter_draw *out, struct mistake *mistake) MUST_USE;

#endif
