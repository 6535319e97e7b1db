/* What tests of the rigid solver share: a run that is gone through, and what it showed on the way. */
#ifndef ORRERY_TESTS_SEEN_H
#define ORRERY_TESTS_SEEN_H

#include "physics/scene/sketch.h"
#include "physics/solver.h"

/* The solver is the caller's to destroy. */
struct seen {
	struct solver        *solver;
	struct solver_frame   frame;
	struct solver_quality quality;
	enum solver_fault     fault;
	double                energy, energy_drift; /* at the start; the largest change since */
	uint32_t              collisions;
};

/* So many frames of it, or until a fault ends it. */
struct seen see(struct sketch *sketch, uint32_t frames);

/* Fails the test and prints both otherwise. */
void assert_near(double value, double expected, double tolerance);

/* An empty sketch in the test's arena, which these begin and end for a group of tests. */
struct sketch *seen_sketch(void **state);
int            seen_arena(void **state);
int            seen_arena_end(void **state);

/* A floor from x = -50 to 50 at y = 0, turned by an angle; its friction and elasticity are 1. */
void seen_floor(struct sketch *sketch, double angle);

#endif
