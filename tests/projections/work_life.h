/* Projects and simulations that live at random, for tests that compare ways to fold: every event that their read models
 * know, in an order that deciders could have brought. */
#ifndef ORRERY_TEST_WORK_LIFE_H
#define ORRERY_TEST_WORK_LIFE_H

#include "tests/projections/stage.h"

enum { WORK_PEOPLE = 4, WORK_PROJECTS = 3, WORK_SIMULATIONS = 3 };

/* Zeroes are people who have not begun. */
struct work_life {
	bool     begun;
	uint32_t revisions[WORK_PROJECTS]; /* 0: there is no such project yet */
	uint32_t versions[WORK_SIMULATIONS];
	uint32_t comments, reports, runs, sweeps, forks;
	bool     joined[WORK_PROJECTS][WORK_PEOPLE], likes[WORK_PROJECTS][WORK_PEOPLE];
	uint32_t (*chance)(uint32_t below);
};

/* Something happens to one of them. */
void work_life_event(struct stage *stage, struct work_life *life);

#endif
