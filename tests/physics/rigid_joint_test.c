#include "tests/physics/seen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define G 9.81

/* The library's own joint lost 8 % here, in a minute. */
static void a_pendulum_keeps_its_energy(void **state)
{
	for (int kind = 0; kind < 2; kind++) {
		struct sketch *sketch = seen_sketch(state);
		uint32_t       bob = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);
		struct seen    seen;

		sketch_joint(sketch, kind == 0 ? JOINT_PIN : JOINT_PIVOT, SCENE_WORLD, bob)->anchor_b =
			(struct vector){kind == 0 ? 0 : -1, 0};
		sketch_circle(sketch, bob, 0.1)->touches = false;
		seen = see(sketch, 600);
		assert_true(seen.energy_drift < 1e-5 * G);
		assert_true(seen.quality.constraint_error_m < 1e-12);
		solver_rigid.destroy(seen.solver);
	}
}

static void two_weights_over_wheels_fall_as_atwood_said(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
	uint32_t            heavy = sketch_body(sketch, BODY_DYNAMIC, 2, -1, 0);
	uint32_t            light = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);
	struct scene_joint *rope = sketch_joint(sketch, JOINT_PULLEY, heavy, light);
	struct seen         seen;

	rope->wheel_a = (struct vector){-1, 5};
	rope->wheel_b = (struct vector){1, 5};
	rope->rest = 10;
	seen = see(sketch, 60);
	assert_near(seen.frame.bodies[light].position.y, G / 3 / 2, 1e-10);
	assert_near(seen.frame.bodies[light].velocity.y, G / 3, 1e-10);
	assert_near(seen.frame.joint_force_n[0], 2 * 2 * 1 * G / 3, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void a_damped_spring_swings_as_its_formula_says(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
	uint32_t            body = sketch_body(sketch, BODY_DYNAMIC, 1, 1.5, 0);
	struct scene_joint *spring = sketch_joint(sketch, JOINT_SPRING, SCENE_WORLD, body);
	double              decay = 0.25, omega = sqrt(40 - decay * decay), t = 10;
	struct seen         seen;

	sketch->scene.gravity.y = 0;
	spring->stiffness = 40;
	spring->damping = 0.5;
	spring->rest = 1;
	seen = see(sketch, 600);
	assert_near(seen.frame.bodies[body].position.x,
	            1 + 0.5 * exp(-decay * t) * (cos(omega * t) + decay / omega * sin(omega * t)), 1e-5);
	solver_rigid.destroy(seen.solver);
}

static void a_torsion_spring_swings_with_its_period(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
	uint32_t            disc = sketch_body(sketch, BODY_DYNAMIC, 2, 0, 0);
	struct scene_joint *spring;
	struct seen         seen;

	sketch_circle(sketch, disc, 1); /* 1 kg m² */
	sketch->bodies[disc].angle = 0.5;
	sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, disc);
	spring = sketch_joint(sketch, JOINT_ROTARY_SPRING, SCENE_WORLD, disc);
	spring->stiffness = 4;
	seen = see(sketch, 300);
	assert_near(seen.frame.bodies[disc].angle, 0.5 * cos(2 * 5.0), 1e-5);
	solver_rigid.destroy(seen.solver);
}

static void a_rope_holds_when_it_is_taut(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
	uint32_t            body = sketch_body(sketch, BODY_DYNAMIC, 2, 0, -0.5);
	struct scene_joint *rope = sketch_joint(sketch, JOINT_SLIDE, SCENE_WORLD, body);
	struct seen         seen;

	rope->maximum = 1;
	seen = see(sketch, 6);
	assert_near(seen.frame.joint_force_n[0], 0, 0);
	solver_rigid.destroy(seen.solver);
	seen = see(sketch, 120);
	assert_near(seen.frame.bodies[body].position.y, -1, 1e-9);
	assert_near(seen.frame.joint_force_n[0], 2 * G, 1e-6);
	solver_rigid.destroy(seen.solver);
}

static void a_bead_slides_in_its_groove_to_the_end(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
	uint32_t            bead = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
	struct scene_joint *groove = sketch_joint(sketch, JOINT_GROOVE, SCENE_WORLD, bead);
	struct seen         seen;

	groove->groove_b = (struct vector){3, -4};
	seen = see(sketch, 60);
	assert_near(seen.frame.bodies[bead].position.x, 0.5 * G * 0.8 * 0.6, 1e-9);
	assert_near(seen.frame.bodies[bead].position.y, -0.5 * G * 0.8 * 0.8, 1e-9);
	assert_near(seen.frame.joint_force_n[0], G * 0.6, 1e-6);
	solver_rigid.destroy(seen.solver);
	seen = see(sketch, 180);
	assert_near(seen.frame.bodies[bead].position.x, 3, 1e-6);
	assert_near(seen.frame.bodies[bead].position.y, -4, 1e-6);
	solver_rigid.destroy(seen.solver);
}

static void motors_gears_and_limits_act_on_angles(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
	uint32_t            wheels[3];
	struct scene_joint *limit, *gear;
	struct seen         seen;

	for (int i = 0; i < 3; i++) {
		wheels[i] = sketch_body(sketch, BODY_DYNAMIC, 1, i * 3, 0);
		sketch_circle(sketch, wheels[i], 1);
		sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, wheels[i])->anchor_a = (struct vector){i * 3, 0};
	}
	sketch_joint(sketch, JOINT_MOTOR, SCENE_WORLD, wheels[0])->rate = 3;
	gear = sketch_joint(sketch, JOINT_GEAR, wheels[0], wheels[1]);
	gear->ratio = 2; /* the second turns half as fast */
	limit = sketch_joint(sketch, JOINT_ROTARY_LIMIT, SCENE_WORLD, wheels[2]);
	limit->minimum = -1;
	limit->maximum = 1;
	sketch->bodies[wheels[2]].angular_velocity = 2;
	seen = see(sketch, 120);
	assert_near(seen.frame.bodies[wheels[0]].angular_velocity, 3, 1e-9);
	assert_near(seen.frame.bodies[wheels[1]].angular_velocity, 1.5, 1e-6);
	assert_near(seen.frame.bodies[wheels[1]].angle * 2, seen.frame.bodies[wheels[0]].angle, 1e-6);
	assert_near(seen.frame.bodies[wheels[2]].angle, 1, 1e-9);
	solver_rigid.destroy(seen.solver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pendulum_keeps_its_energy),
		cmocka_unit_test(two_weights_over_wheels_fall_as_atwood_said),
		cmocka_unit_test(a_damped_spring_swings_as_its_formula_says),
		cmocka_unit_test(a_torsion_spring_swings_with_its_period),
		cmocka_unit_test(a_rope_holds_when_it_is_taut),
		cmocka_unit_test(a_bead_slides_in_its_groove_to_the_end),
		cmocka_unit_test(motors_gears_and_limits_act_on_angles),
	};

	return cmocka_run_group_tests_name("rigid_joint", tests, seen_arena, seen_arena_end);
}
