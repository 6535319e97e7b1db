/* Judges an answer as it stands in the log by a key as it stands there: puts both into the words of
 * commands/learning/grading.h. Pure: the same events give the same grade. */
#ifndef ORRERY_JUDGE_H
#define ORRERY_JUDGE_H

#include "commands/learning/grading.h"
#include "schema/events.h"

struct judging {
	const struct question_written   *question;
	const struct key_set            *key;    /* of the question's version; NULL: it has none */
	const struct task_set           *task;   /* what it says of a simulation; NULL: nothing */
	const struct answer_saved       *answer; /* the last one; NULL: there is none */
	const struct task_run_completed *run;    /* what the answer came to; NULL: it was not run */
	uint64_t                         seed;   /* of the attempt */
};

/* Undecided, for a person to judge: essays, simulations that could not be run, and where no key was set or the one
 * there is says nothing about these numbers. What was not answered is unanswered whatever the type. The arena may be
 * reset afterwards. */
struct grade judge(const struct judging *judging, struct arena *arena);

#endif
