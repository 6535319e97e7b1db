/* Questions, assessments and attempts that live at random, for tests that compare ways to fold: every event that their
 * read models know, in an order that deciders could have brought. */
#ifndef ORRERY_TEST_ATTEMPT_LIFE_H
#define ORRERY_TEST_ATTEMPT_LIFE_H

#include "tests/projections/stage.h"

enum { LIFE_QUESTIONS = 6, LIFE_ASSESSMENTS = 3, LIFE_ATTEMPTS = 8, LIFE_LEARNERS = 4 };

/* Zeroes are things that have not begun. */
struct attempt_life {
	uint32_t versions[LIFE_QUESTIONS], keys[LIFE_QUESTIONS], rubrics[LIFE_QUESTIONS];
	uint32_t revisions[LIFE_ASSESSMENTS];
	uint32_t begun[LIFE_ATTEMPTS]; /* how many times: an attempt that is handed in makes place for another */
	bool     open[LIFE_ATTEMPTS];
	uint32_t erased[LIFE_LEARNERS]; /* how many times: another person comes then */
	uint32_t (*chance)(uint32_t below);
};

/* Something happens to one of them. */
void attempt_life_event(struct stage *stage, struct attempt_life *life);

#endif
