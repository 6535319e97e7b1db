/* Balls, rods, springs, ropes and limits thrown into a leaning box by chance: whatever happens, it happens inside, the
 * joints hold, and nothing gains energy. Each scene's number is printed; it is the seed. */
#include "physics/field.h"
#include "physics/scene/sketch.h"
#include "physics/solver.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SCENES = 24, FRAMES = 90, BALLS_MAX = 7 };

#define LEFT (-2.0)
#define RIGHT 2.0
#define FLOOR (-1.0)
#define CEILING 4.0

/* SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t seed;

static double chance(double least, double most)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return least + (most - least) * (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static void smooth(struct scene_shape *shape, double elasticity)
{
	shape->friction = 0;
	shape->elasticity = elasticity;
}

static void build_walls(struct sketch *sketch)
{
	struct vector corners[] = {{LEFT, FLOOR}, {RIGHT, FLOOR + chance(0, 1)}, {RIGHT, CEILING}, {LEFT, CEILING}};
	uint32_t      walls = sketch_body(sketch, BODY_STATIC, 0, 0, 0), block;

	for (int i = 0; i < 4; i++)
		smooth(sketch_segment(sketch, walls, corners[i], corners[(i + 1) % 4], 0), 1);
	block = sketch_body(sketch, BODY_STATIC, 0, 0, 0);
	smooth(sketch_box(sketch, block, 0.5, 0.3), 1);
	sketch->bodies[block].angle = chance(0, 6);
}

static uint32_t throw_ball(struct sketch *sketch, uint32_t i, double elasticity)
{
	uint32_t ball =
		sketch_body(sketch, BODY_DYNAMIC, chance(0.2, 3), LEFT + 0.5 + 0.7 * (i % 5), 1 + 0.7 * (i / 5));
	struct scene_shape *shape = sketch_circle(sketch, ball, chance(0.1, 0.25));

	smooth(shape, elasticity);
	shape->a = (struct vector){chance(0, 0.03), chance(0, 0.03)};
	sketch->bodies[ball].velocity = (struct vector){chance(-2, 2), chance(-2, 2)};
	sketch->bodies[ball].angular_velocity = chance(-2, 2);
	return ball;
}

/* A joint to the ball before, of some kind or none. */
static void tie(struct sketch *sketch, uint32_t ball)
{
	static const enum joint_kind kinds[] = {JOINT_PIN, JOINT_SPRING, JOINT_SLIDE, JOINT_ROTARY_LIMIT};
	uint32_t                     kind = (uint32_t)chance(0, 10);
	struct scene_joint          *joint;

	if (kind >= array_count(kinds))
		return;
	joint = sketch_joint(sketch, kinds[kind], ball - 1, ball);
	joint->stiffness = 20;
	joint->rest = 0.6;
	joint->maximum = 1.2;
	joint->minimum = kinds[kind] == JOINT_ROTARY_LIMIT ? -1.2 : 0;
	joint->collide = chance(0, 1) < 0.5;
}

static double energy_of(const struct scene *scene, const struct solver_frame *frame)
{
	double sum = frame->potential_j;

	for (uint32_t i = 0; i < scene->body_count; i++)
		sum += body_kinetic(&scene->bodies[i], &frame->bodies[i]);
	return sum;
}

static bool inside(const struct body_state *body)
{
	return body->position.x > LEFT && body->position.x < RIGHT && body->position.y > FLOOR
	       && body->position.y < CEILING;
}

static void watch(const struct scene *scene, struct solver *solver)
{
	struct solver_frame frame;
	double              energy, before;

	solver_precise.frame(solver, &frame);
	before = energy_of(scene, &frame);
	for (int i = 0; i < FRAMES; i++) {
		assert_int_equal(solver_precise.advance(solver), SOLVER_FINE);
		solver_precise.frame(solver, &frame);
		energy = energy_of(scene, &frame);
		assert_true(energy < before + 1e-5);
		before = energy;
		for (uint32_t k = 0; k < scene->body_count; k++)
			assert_true(inside(&frame.bodies[k]));
	}
}

static void a_crowd_stays_in_its_box_and_gains_no_energy(void **state)
{
	for (uint64_t number = 1; number <= SCENES; number++) {
		struct arena          arena = {0};
		struct sketch        *sketch = sketch_begin(&arena, 32);
		struct solver        *solver;
		struct solver_quality quality;
		double                elasticity;
		uint32_t              balls;

		seed = number;
		elasticity = number % 3 == 0 ? 1 : chance(0, 1);
		balls = 1 + (uint32_t)chance(0, BALLS_MAX);
		build_walls(sketch);
		for (uint32_t i = 0; i < balls; i++) {
			uint32_t ball = throw_ball(sketch, i, elasticity);

			if (i > 0)
				tie(sketch, ball);
		}
		solver = solver_precise.create(&sketch->scene);
		print_message("# scene %u: %u balls, elasticity %.2f", (unsigned)number, balls, elasticity);
		watch(&sketch->scene, solver);
		solver_precise.quality(solver, &quality);
		print_message(", %u steps, joints to %.1e m\n", quality.steps, quality.constraint_error_m);
		assert_true(quality.constraint_error_m < 1e-11);
		solver_precise.destroy(solver);
		arena_finish(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_stays_in_its_box_and_gains_no_energy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
