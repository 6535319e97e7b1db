#include "physics/sketch.h"
#include "physics/solver.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "physics/field.h"

#define G 9.81

/* A run that has been gone through, and what it showed on the way. */
struct seen {
	struct solver        *solver;
	struct solver_frame   frame;
	struct solver_quality quality;
	enum solver_fault     fault;
	double                energy, energy_drift; /* at the start; the largest change since */
	uint32_t              collisions;
};

static double energy_of(const struct scene *scene, const struct solver_frame *frame)
{
	double energy = frame->potential_j;

	for (uint32_t i = 0; i < scene->body_count; i++)
		if (scene->bodies[i].type == BODY_DYNAMIC)
			energy += body_kinetic(&scene->bodies[i], &frame->bodies[i]);
	return energy;
}

static struct seen see(struct sketch *sketch, uint32_t frames)
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

static void near_by(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance)) {
		print_error("%.15g is not %.15g within %g\n", value, expected, tolerance);
		fail();
	}
}

/* A floor from x = -50 to 50 at y = 0, turned by an angle; its friction and elasticity are 1. */
static void floor_turned(struct sketch *sketch, double angle)
{
	uint32_t            ground = sketch_body(sketch, BODY_STATIC, 0, 0, 0);
	struct scene_shape *shape = sketch_segment(sketch, ground, (struct vector){-50, 0}, (struct vector){50, 0}, 0);

	shape->friction = shape->elasticity = 1;
	sketch->bodies[ground].angle = angle;
}

static struct sketch *begin(void **state)
{
	return sketch_begin(*state, 32);
}

static void a_throw_follows_its_parabola(void **state)
{
	struct sketch *sketch = begin(state);
	uint32_t       ball = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
	struct seen    seen;

	sketch->bodies[ball].velocity = (struct vector){10, 10};
	seen = see(sketch, 90);
	near_by(seen.frame.bodies[ball].position.x, 15, 1e-12);
	near_by(seen.frame.bodies[ball].position.y, 15 - G * 2.25 / 2, 1e-12);
	near_by(seen.frame.bodies[ball].velocity.y, 10 - G * 1.5, 1e-12);
	solver_rigid.destroy(seen.solver);
}

static void drag_is_felt_to_second_order(void **state)
{
	double errors[2];

	for (int i = 0; i < 2; i++) {
		struct sketch *sketch = begin(state);
		uint32_t       ball = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
		double         end_m_s = sqrt(G / 0.02);
		struct seen    seen;

		sketch_field(sketch, FORCE_DRAG)->quadratic = 0.02;
		sketch->scene.solver.substeps = i == 0 ? 4 : 8;
		seen = see(sketch, 180);
		errors[i] = fabs(seen.frame.bodies[ball].velocity.y + end_m_s * tanh(G * 3 / end_m_s));
		solver_rigid.destroy(seen.solver);
	}
	assert_true(errors[0] < 1e-5);
	near_by(errors[0] / errors[1], 4, 0.2);
}

/* The library's own joint lost 8 % here, in a minute. */
static void a_pendulum_keeps_its_energy(void **state)
{
	for (int kind = 0; kind < 2; kind++) {
		struct sketch *sketch = begin(state);
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
	struct sketch      *sketch = begin(state);
	uint32_t            heavy = sketch_body(sketch, BODY_DYNAMIC, 2, -1, 0);
	uint32_t            light = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);
	struct scene_joint *rope = sketch_joint(sketch, JOINT_PULLEY, heavy, light);
	struct seen         seen;

	rope->wheel_a = (struct vector){-1, 5};
	rope->wheel_b = (struct vector){1, 5};
	rope->rest = 10;
	seen = see(sketch, 60);
	near_by(seen.frame.bodies[light].position.y, G / 3 / 2, 1e-10);
	near_by(seen.frame.bodies[light].velocity.y, G / 3, 1e-10);
	near_by(seen.frame.joint_force_n[0], 2 * 2 * 1 * G / 3, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void a_damped_spring_swings_as_its_formula_says(void **state)
{
	struct sketch      *sketch = begin(state);
	uint32_t            body = sketch_body(sketch, BODY_DYNAMIC, 1, 1.5, 0);
	struct scene_joint *spring = sketch_joint(sketch, JOINT_SPRING, SCENE_WORLD, body);
	double              decay = 0.25, omega = sqrt(40 - decay * decay), t = 10;
	struct seen         seen;

	sketch->scene.gravity.y = 0;
	spring->stiffness = 40;
	spring->damping = 0.5;
	spring->rest = 1;
	seen = see(sketch, 600);
	near_by(seen.frame.bodies[body].position.x,
	        1 + 0.5 * exp(-decay * t) * (cos(omega * t) + decay / omega * sin(omega * t)), 1e-5);
	solver_rigid.destroy(seen.solver);
}

static void a_torsion_spring_swings_with_its_period(void **state)
{
	struct sketch      *sketch = begin(state);
	uint32_t            disc = sketch_body(sketch, BODY_DYNAMIC, 2, 0, 0);
	struct scene_joint *spring;
	struct seen         seen;

	sketch_circle(sketch, disc, 1); /* 1 kg m² */
	sketch->bodies[disc].angle = 0.5;
	sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, disc);
	spring = sketch_joint(sketch, JOINT_ROTARY_SPRING, SCENE_WORLD, disc);
	spring->stiffness = 4;
	seen = see(sketch, 300);
	near_by(seen.frame.bodies[disc].angle, 0.5 * cos(2 * 5.0), 1e-5);
	solver_rigid.destroy(seen.solver);
}

static struct seen slide(void **state, double friction, uint32_t frames)
{
	struct sketch *sketch = begin(state);
	double         slope = M_PI / 6;
	uint32_t       block;

	floor_turned(sketch, -slope);
	block = sketch_body(sketch, BODY_DYNAMIC, 1, 0.5 * sin(slope), 0.5 * cos(slope));
	sketch->bodies[block].angle = -slope;
	sketch_box(sketch, block, 1, 1)->friction = friction;
	return see(sketch, frames);
}

static void a_block_slides_where_friction_is_less_than_the_slope(void **state)
{
	double      slope = M_PI / 6, speed = 2 * G * (sin(slope) - 0.2 * cos(slope));
	struct seen seen = slide(state, 0.2, 120);

	near_by(seen.frame.bodies[1].velocity.x, speed * cos(slope), 1e-9);
	near_by(seen.frame.bodies[1].position.x, 0.5 * sin(slope) + speed * cos(slope), 1e-9);
	near_by(seen.frame.contact_force_n[1], G * cos(slope) * sqrt(1 + 0.2 * 0.2), 1e-6);
	solver_rigid.destroy(seen.solver);
	seen = slide(state, 0.5773, 120); /* the tangent of 30 degrees is 0.57735 */
	assert_true(seen.frame.bodies[1].velocity.x > 5e-4);
	solver_rigid.destroy(seen.solver);
	seen = slide(state, 0.5774, 120);
	near_by(seen.frame.bodies[1].velocity.x, 0, 1e-5);
	near_by(seen.frame.bodies[1].position.x, 0.5 * sin(slope), 1e-4);
	solver_rigid.destroy(seen.solver);
}

/* Of planks or of tiles, one static body each. */
static struct seen slide_over(void **state, bool tiles, uint32_t frames)
{
	struct sketch *sketch = begin(state);
	uint32_t       block;

	for (int i = 0; i < 10; i++) {
		uint32_t piece = sketch_body(sketch, BODY_STATIC, 0, i + 0.5, tiles ? -0.5 : 0);

		if (tiles)
			sketch_box(sketch, piece, 1, 1)->friction = 0;
		else
			sketch_segment(sketch, piece, (struct vector){-0.5, 0}, (struct vector){0.5, 0}, 0)->friction =
				0;
	}
	block = sketch_body(sketch, BODY_DYNAMIC, 1, 0.5, 0.1);
	sketch_box(sketch, block, 0.2, 0.2);
	sketch->bodies[block].velocity.x = 3;
	return see(sketch, frames);
}

static void a_box_slides_over_the_seams_of_a_floor(void **state)
{
	for (int tiles = 0; tiles < 2; tiles++) {
		struct seen seen = slide_over(state, tiles, 150);

		near_by(seen.frame.bodies[10].velocity.x, 3, 1e-9);
		near_by(seen.frame.bodies[10].position.y, 0.1, 1e-4);
		solver_rigid.destroy(seen.solver);
		seen = slide_over(state, tiles, 230); /* beyond the last it falls */
		assert_true(seen.frame.bodies[10].position.y < -1);
		solver_rigid.destroy(seen.solver);
	}
}

/* The end of a segment that nothing continues is hit. */
static void the_free_end_of_a_segment_stops_what_hits_it(void **state)
{
	struct sketch *sketch = begin(state);
	uint32_t       wall = sketch_body(sketch, BODY_STATIC, 0, 1, 0), block;
	struct seen    seen;

	sketch->scene.gravity.y = 0;
	sketch->bodies[wall].angle = 0.3;
	sketch_segment(sketch, wall, (struct vector){0, 0}, (struct vector){0.1, 0}, 0)->elasticity = 1;
	block = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
	sketch->bodies[block].fixed_rotation = true;
	sketch_box(sketch, block, 0.2, 0.2);
	sketch->bodies[block].velocity.x = 1;
	seen = see(sketch, 120);
	near_by(seen.frame.bodies[block].position.x, 0.9, 0.01);
	solver_rigid.destroy(seen.solver);
}

static void the_ground_carries_all_that_stands_on_it(void **state)
{
	struct sketch *sketch = begin(state);
	struct seen    seen;

	floor_turned(sketch, 0);
	for (int i = 0; i < 5; i++)
		sketch_box(sketch, sketch_body(sketch, BODY_DYNAMIC, 1 + i, 0, 0.5 + i), 1, 1);
	seen = see(sketch, 120);
	near_by(seen.frame.contact_force_n[0], 15 * G, 0.01);
	near_by(seen.frame.contact_force_n[3], 3 * G, 0.01); /* what is above it and what is below leave its weight */
	solver_rigid.destroy(seen.solver);
}

/* With edges as they are drawn, the tenth box is 3 cm away by then. */
static void a_tower_of_ten_stands(void **state)
{
	struct sketch *sketch = begin(state);
	struct seen    seen;

	floor_turned(sketch, 0);
	for (int i = 0; i < 10; i++)
		sketch_box(sketch, sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0.5 + i), 1, 1);
	seen = see(sketch, 600);
	near_by(seen.frame.bodies[10].position.x, 0, 0.01);
	near_by(seen.frame.bodies[10].position.y, 9.5, 1e-3);
	solver_rigid.destroy(seen.solver);
}

static void the_force_of_a_blow_has_its_momentum_for_an_area(void **state)
{
	struct sketch *sketch = begin(state);
	uint32_t       ball;
	double         area = 0;
	struct seen    seen;

	floor_turned(sketch, 0);
	sketch->scene.gravity.y = 0;
	ball = sketch_body(sketch, BODY_DYNAMIC, 2, 0, 0.5);
	sketch_circle(sketch, ball, 0.1)->elasticity = 1;
	sketch->bodies[ball].velocity.y = -3;
	seen = see(sketch, 0);
	for (int i = 0; i < 30 && solver_rigid.advance(seen.solver) == SOLVER_FINE; i++) {
		solver_rigid.frame(seen.solver, &seen.frame);
		area += seen.frame.contact_force_n[ball] / 60;
	}
	near_by(seen.frame.bodies[ball].velocity.y, 3, 1e-12);
	near_by(area, 2 * 2 * 3, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void balls_part_as_momentum_and_elasticity_say(void **state)
{
	for (int i = 0; i <= 2; i++) {
		struct sketch *sketch = begin(state);
		double         elasticity = i / 2.0;
		uint32_t       left = sketch_body(sketch, BODY_DYNAMIC, 1, -1, 0), right;
		struct seen    seen;

		sketch->scene.gravity.y = 0;
		sketch->bodies[left].velocity.x = 2;
		sketch_circle(sketch, left, 0.1)->elasticity = 1;
		right = sketch_body(sketch, BODY_DYNAMIC, 3, 0, 0);
		sketch_circle(sketch, right, 0.1)->elasticity = elasticity;
		seen = see(sketch, 60);
		near_by(seen.frame.bodies[left].velocity.x, (2 - 3 * elasticity * 2) / 4, 1e-12);
		near_by(seen.frame.bodies[right].velocity.x, (2 + elasticity * 2) / 4, 1e-12);
		assert_int_equal(seen.collisions, 1);
		solver_rigid.destroy(seen.solver);
	}
}

static void a_collision_says_who_met_whom_when_and_how_hard(void **state)
{
	struct sketch *sketch = begin(state);
	uint32_t       balls[4];
	struct seen    seen;

	sketch->scene.gravity.y = 0;
	for (int i = 0; i < 4; i++) { /* the later pair meets first in the list, the same moment in time */
		balls[i] = sketch_body(sketch, BODY_DYNAMIC, 1, i % 2 == 0 ? -0.31 : 0.31, i < 2 ? 0 : 5);
		sketch_circle(sketch, balls[i], 0.1)->elasticity = 1;
		sketch->bodies[balls[i]].velocity.x = i % 2 == 0 ? 1 : -1;
	}
	seen = see(sketch, 13);
	assert_int_equal(seen.frame.collision_count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(seen.frame.collisions[i].first, 2 * i);
		assert_int_equal(seen.frame.collisions[i].second, 2 * i + 1);
		near_by(seen.frame.collisions[i].time_s, 0.21, 1.1 / 960);
		near_by(seen.frame.collisions[i].impulse_ns, 2, 1e-9);
	}
	solver_rigid.destroy(seen.solver);
}

/* Shapes of one body are not several that meet. */
static void two_feet_on_the_floor_are_one_collision(void **state)
{
	struct sketch *sketch = begin(state);
	uint32_t       table;
	struct seen    seen;

	floor_turned(sketch, 0);
	table = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0.2);
	sketch_circle(sketch, table, 0.1)->a.x = -1;
	sketch_circle(sketch, table, 0.1)->a.x = 1;
	seen = see(sketch, 60);
	assert_int_equal(seen.collisions, 1);
	solver_rigid.destroy(seen.solver);
}

/* Newton's cradle; touching, all five would move. */
static void of_a_touching_row_the_last_leaves(void **state)
{
	struct sketch *sketch = begin(state);
	struct seen    seen;

	sketch->scene.gravity.y = 0;
	for (int i = 0; i < 5; i++) {
		uint32_t            ball = sketch_body(sketch, BODY_DYNAMIC, 1, i == 0 ? -1 : i * 0.2, 0);
		struct scene_shape *shape = sketch_circle(sketch, ball, 0.1);

		shape->elasticity = 1;
		sketch->bodies[ball].velocity.x = i == 0 ? 1 : 0;
	}
	seen = see(sketch, 90);
	near_by(seen.frame.bodies[4].velocity.x, 1, 0.01);
	for (int i = 0; i < 4; i++)
		near_by(seen.frame.bodies[i].velocity.x, 0, 0.01);
	solver_rigid.destroy(seen.solver);
}

static void a_rope_holds_when_it_is_taut(void **state)
{
	struct sketch      *sketch = begin(state);
	uint32_t            body = sketch_body(sketch, BODY_DYNAMIC, 2, 0, -0.5);
	struct scene_joint *rope = sketch_joint(sketch, JOINT_SLIDE, SCENE_WORLD, body);
	struct seen         seen;

	rope->maximum = 1;
	seen = see(sketch, 6);
	near_by(seen.frame.joint_force_n[0], 0, 0);
	solver_rigid.destroy(seen.solver);
	seen = see(sketch, 120);
	near_by(seen.frame.bodies[body].position.y, -1, 1e-9);
	near_by(seen.frame.joint_force_n[0], 2 * G, 1e-6);
	solver_rigid.destroy(seen.solver);
}

static void a_bead_slides_in_its_groove_to_the_end(void **state)
{
	struct sketch      *sketch = begin(state);
	uint32_t            bead = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
	struct scene_joint *groove = sketch_joint(sketch, JOINT_GROOVE, SCENE_WORLD, bead);
	struct seen         seen;

	groove->groove_b = (struct vector){3, -4};
	seen = see(sketch, 60);
	near_by(seen.frame.bodies[bead].position.x, 0.5 * G * 0.8 * 0.6, 1e-9);
	near_by(seen.frame.bodies[bead].position.y, -0.5 * G * 0.8 * 0.8, 1e-9);
	near_by(seen.frame.joint_force_n[0], G * 0.6, 1e-6);
	solver_rigid.destroy(seen.solver);
	seen = see(sketch, 180);
	near_by(seen.frame.bodies[bead].position.x, 3, 1e-6);
	near_by(seen.frame.bodies[bead].position.y, -4, 1e-6);
	solver_rigid.destroy(seen.solver);
}

static void motors_gears_and_limits_act_on_angles(void **state)
{
	struct sketch      *sketch = begin(state);
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
	near_by(seen.frame.bodies[wheels[0]].angular_velocity, 3, 1e-9);
	near_by(seen.frame.bodies[wheels[1]].angular_velocity, 1.5, 1e-6);
	near_by(seen.frame.bodies[wheels[1]].angle * 2, seen.frame.bodies[wheels[0]].angle, 1e-6);
	near_by(seen.frame.bodies[wheels[2]].angle, 1, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void events_push_set_and_cut(void **state)
{
	struct sketch      *sketch = begin(state);
	uint32_t            body = sketch_body(sketch, BODY_DYNAMIC, 2, 0, -1);
	struct scene_event *event;
	struct seen         seen;

	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, body);
	sketch_event(sketch, ACTION_CUT, 0.5);
	event = sketch_event(sketch, ACTION_IMPULSE, 1);
	event->vector = (struct vector){4, 0};
	event = sketch_event(sketch, ACTION_VELOCITY, 1.5);
	event->vector = (struct vector){0, 1};
	seen = see(sketch, 60);
	near_by(seen.frame.bodies[body].position.y, -1 - G * 0.25 / 2, 1e-9);
	assert_true(seen.frame.joint_force_n[0] == 0);
	solver_rigid.destroy(seen.solver);
	seen = see(sketch, 120);
	near_by(seen.frame.bodies[body].position.x, 1, 1e-9);
	near_by(seen.frame.bodies[body].velocity.x, 0, 0);
	near_by(seen.frame.bodies[body].velocity.y, 1 - G / 2, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void what_moves_further_than_it_is_thick_is_told(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct sketch *sketch = begin(state);
		uint32_t       ball = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
		struct seen    seen;

		sketch->scene.gravity.y = 0;
		sketch_circle(sketch, ball, 0.01);
		sketch->bodies[ball].velocity.x = i == 0 ? 9 : 10; /* 9.6 m/s is a radius in 1/960 s */
		seen = see(sketch, 2);
		assert_int_equal(seen.quality.may_tunnel, i == 1);
		solver_rigid.destroy(seen.solver);
	}
}

static void a_start_is_told_as_it_was_given(void **state)
{
	struct sketch *sketch = begin(state);
	uint32_t       body = sketch_body(sketch, BODY_DYNAMIC, 2, 3, -1);
	struct seen    seen;

	sketch->bodies[body].velocity = (struct vector){1, 2};
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, body)->anchor_a = (struct vector){3, 0};
	sketch->bodies[body].velocity.y = 0;
	seen = see(sketch, 0);
	assert_int_equal(seen.frame.step, 0);
	assert_true(seen.frame.bodies[body].velocity.x == 1 && seen.frame.bodies[body].position.x == 3);
	near_by(seen.frame.joint_force_n[0], 2 * (G + 1), 0.01); /* weight and v²/L */
	solver_rigid.destroy(seen.solver);
}

static int arena_made(void **state)
{
	static struct arena arena;

	*state = &arena;
	return 0;
}

static int arena_ended(void **state)
{
	arena_finish(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_throw_follows_its_parabola),
		cmocka_unit_test(drag_is_felt_to_second_order),
		cmocka_unit_test(a_pendulum_keeps_its_energy),
		cmocka_unit_test(two_weights_over_wheels_fall_as_atwood_said),
		cmocka_unit_test(a_damped_spring_swings_as_its_formula_says),
		cmocka_unit_test(a_torsion_spring_swings_with_its_period),
		cmocka_unit_test(a_block_slides_where_friction_is_less_than_the_slope),
		cmocka_unit_test(a_box_slides_over_the_seams_of_a_floor),
		cmocka_unit_test(the_free_end_of_a_segment_stops_what_hits_it),
		cmocka_unit_test(the_ground_carries_all_that_stands_on_it),
		cmocka_unit_test(a_tower_of_ten_stands),
		cmocka_unit_test(the_force_of_a_blow_has_its_momentum_for_an_area),
		cmocka_unit_test(balls_part_as_momentum_and_elasticity_say),
		cmocka_unit_test(a_collision_says_who_met_whom_when_and_how_hard),
		cmocka_unit_test(two_feet_on_the_floor_are_one_collision),
		cmocka_unit_test(of_a_touching_row_the_last_leaves),
		cmocka_unit_test(a_rope_holds_when_it_is_taut),
		cmocka_unit_test(a_bead_slides_in_its_groove_to_the_end),
		cmocka_unit_test(motors_gears_and_limits_act_on_angles),
		cmocka_unit_test(events_push_set_and_cut),
		cmocka_unit_test(what_moves_further_than_it_is_thick_is_told),
		cmocka_unit_test(a_start_is_told_as_it_was_given),
	};

	return cmocka_run_group_tests_name("rigid", tests, arena_made, arena_ended);
}
