#include "tests/physics/seen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "physics/field.h"

static double energy_of(const struct scene *scene, const struct solver_frame *frame)
{
	double energy = frame->potential_j;

	for (uint32_t i = 0; i < scene->body_count; i++)
		if (scene->bodies[i].type == BODY_DYNAMIC)
			energy += body_kinetic(&scene->bodies[i], &frame->bodies[i]);
	return energy;
}

struct seen see(struct sketch *sketch, uint32_t frames)
{
	struct seen seen = {.solver = solver_rigid.create(&sketch->scene)};

	solver_rigid.frame(seen.solver, &seen.frame);
	seen.energy = energy_of(&sketch->scene, &seen.frame);
	for (uint32_t i = 0; i < frames && seen.fault == SOLVER_FINE; i++) {
		seen.fault = solver_rigid.advance(seen.solver);
		solver_rigid.frame(seen.solver, &seen.frame);
		seen.energy_drift = fmax(seen.energy_drift, fabs(energy_of(&sketch->scene, &seen.frame) - seen.energy));
		seen.collisions += seen.fault == SOLVER_FINE ? seen.frame.collision_count : 0;
	}
	solver_rigid.quality(seen.solver, &seen.quality);
	return seen;
}

void assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance)) {
		print_error("%.15g is not %.15g within %g\n", value, expected, tolerance);
		fail();
	}
}

void seen_floor(struct sketch *sketch, double angle)
{
	uint32_t            ground = sketch_body(sketch, BODY_STATIC, 0, 0, 0);
	struct scene_shape *shape = sketch_segment(sketch, ground, (struct vector){-50, 0}, (struct vector){50, 0}, 0);

	shape->friction = shape->elasticity = 1;
	sketch->bodies[ground].angle = angle;
}

struct sketch *seen_sketch(void **state)
{
	return sketch_begin(*state, 32);
}

int seen_arena(void **state)
{
	static struct arena arena;

	*state = &arena;
	return 0;
}

int seen_arena_end(void **state)
{
	arena_finish(*state);
	return 0;
}
