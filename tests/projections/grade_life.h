/* Grades, marks, appeals and awards that live at random, for tests that compare ways to fold: the events of the read
 * models about them, in an order that deciders could have brought. */
#ifndef ORRERY_TEST_GRADE_LIFE_H
#define ORRERY_TEST_GRADE_LIFE_H

#include "tests/projections/stage.h"

enum { GRADED_LEARNERS = 6, GRADED_QUESTIONS = 2, GRADED_RULES = 3 };

/* Zeroes are things that have not begun. */
struct grade_life {
	bool     begun;                     /* questions and assessment are written */
	uint32_t attempts[GRADED_LEARNERS]; /* how many each has handed in */
	uint32_t appeals[GRADED_LEARNERS];
	uint32_t versions[GRADED_RULES];
	bool     awarded[GRADED_RULES][GRADED_LEARNERS];
	uint32_t (*chance)(uint32_t below);
};

/* Something happens to one of them. */
void grade_life_event(struct stage *stage, struct grade_life *life);

#endif
