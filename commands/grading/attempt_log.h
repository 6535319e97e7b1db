/* An attempt as the log has it: what was asked, the last answers, and what they are worth so far. */
#ifndef ORRERY_ATTEMPT_LOG_H
#define ORRERY_ATTEMPT_LOG_H

#include "commands/grading/question_log.h"
#include "commands/grading/sheet.h"

enum { ATTEMPT_SLOTS_MAX = 100, ATTEMPT_EVENTS_MAX = 100000 };

struct attempt_log {
	struct grade_sheet               sheet;
	uint64_t                         seed;
	const struct answer_saved       *answers[ATTEMPT_SLOTS_MAX];   /* by slot, from 0; NULL: none */
	uint32_t                         hint_cost[ATTEMPT_SLOTS_MAX]; /* per mille */
	const struct task_run_completed *runs[ATTEMPT_SLOTS_MAX];      /* of simulation tasks: the last; NULL: none */
};

/* As of the position; what came later is not seen. Answers live in the arena; what an erased person wrote is forgotten
 * there. NOT_FOUND: there was no such attempt. */
enum status attempt_log_read(struct reader *reader, const struct opener *opener, struct id attempt, uint64_t until,
                             struct arena *arena, struct attempt_log *out) MUST_USE;

/* What the learner finished or handed in, so that it can be graded; and what cannot be read any more, so that it
 * cannot. Slots from 0. */
bool attempt_log_is_ready(const struct attempt_log *attempt, uint32_t slot);
bool attempt_log_is_forgotten(const struct attempt_log *attempt, uint32_t slot);

/* What the answer in the slot must be run for before it can be graded by this key: it is a simulation's, it answers
 * something, and was not run under the version that the key names. */
bool attempt_log_needs_run(const struct attempt_log *attempt, uint32_t slot, const struct question_found *question);

/* What the answer in the slot is worth by this key, hints taken off. The arena is for what is needed on the way. */
struct graded_response attempt_log_grade(const struct attempt_log *attempt, uint32_t slot,
                                         const struct question_found *question, struct arena *arena);

#endif
