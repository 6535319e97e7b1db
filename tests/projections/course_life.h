/* Courses that live at random, for tests that compare ways to fold: every event that the read model of courses knows,
 * in an order that deciders could have brought. */
#ifndef ORRERY_TEST_COURSE_LIFE_H
#define ORRERY_TEST_COURSE_LIFE_H

#include "tests/projections/stage.h"

enum { LIFE_COURSES = 5, LIFE_LESSONS = 4 };

/* Zeroes are courses that have not begun. */
struct course_life {
	struct {
		bool     begun;
		uint32_t outline, editions;
		uint32_t revisions[LIFE_LESSONS];
		bool     placed[LIFE_LESSONS]; /* in the outline */
	} courses[LIFE_COURSES];
	uint32_t (*chance)(uint32_t below);
};

/* Something happens to one of them. */
void course_life_event(struct stage *stage, struct course_life *life);

#endif
