/* Judges a simulation task by what our own run of the answer came to. */
#ifndef ORRERY_JUDGE_TASK_H
#define ORRERY_JUDGE_TASK_H

#include "commands/grading/judge.h"

/* Each criterion that holds brings its share. Values that may not be turned so are wrong; what we could not run is
 * undecided, and people mark it. There is an answer. */
struct grade judge_task(const struct judging *judging);

/* Was it run under the version that the key names? Another key of the same version needs no other run. NULL is borne.
 */
bool judge_task_run_fits(const struct task_set *task, const struct task_run_completed *run);

/* Does the criterion hold of the run? */
bool judge_task_holds(const struct task_criterion *criterion, const struct task_run_completed *run);

#endif
