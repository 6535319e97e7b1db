#include "tests/physics/seen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define G 9.81

static void a_throw_follows_its_parabola(void **state)
{
	struct sketch *sketch = seen_sketch(state);
	uint32_t       ball = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
	struct seen    seen;

	sketch->bodies[ball].velocity = (struct vector){10, 10};
	seen = see(sketch, 90);
	assert_near(seen.frame.bodies[ball].position.x, 15, 1e-12);
	assert_near(seen.frame.bodies[ball].position.y, 15 - G * 2.25 / 2, 1e-12);
	assert_near(seen.frame.bodies[ball].velocity.y, 10 - G * 1.5, 1e-12);
	solver_rigid.destroy(seen.solver);
}

static void drag_is_felt_to_second_order(void **state)
{
	double errors[2];

	for (int i = 0; i < 2; i++) {
		struct sketch *sketch = seen_sketch(state);
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
	assert_near(errors[0] / errors[1], 4, 0.2);
}

static struct seen slide(void **state, double friction, uint32_t frames)
{
	struct sketch *sketch = seen_sketch(state);
	double         slope = M_PI / 6;
	uint32_t       block;

	seen_floor(sketch, -slope);
	block = sketch_body(sketch, BODY_DYNAMIC, 1, 0.5 * sin(slope), 0.5 * cos(slope));
	sketch->bodies[block].angle = -slope;
	sketch_box(sketch, block, 1, 1)->friction = friction;
	return see(sketch, frames);
}

static void a_block_slides_where_friction_is_less_than_the_slope(void **state)
{
	double      slope = M_PI / 6, speed = 2 * G * (sin(slope) - 0.2 * cos(slope));
	struct seen seen = slide(state, 0.2, 120);

	assert_near(seen.frame.bodies[1].velocity.x, speed * cos(slope), 1e-9);
	assert_near(seen.frame.bodies[1].position.x, 0.5 * sin(slope) + speed * cos(slope), 1e-9);
	assert_near(seen.frame.contact_force_n[1], G * cos(slope) * sqrt(1 + 0.2 * 0.2), 1e-6);
	solver_rigid.destroy(seen.solver);
	seen = slide(state, 0.5773, 120); /* the tangent of 30 degrees is 0.57735 */
	assert_true(seen.frame.bodies[1].velocity.x > 5e-4);
	solver_rigid.destroy(seen.solver);
	seen = slide(state, 0.5774, 120);
	assert_near(seen.frame.bodies[1].velocity.x, 0, 1e-5);
	assert_near(seen.frame.bodies[1].position.x, 0.5 * sin(slope), 1e-4);
	solver_rigid.destroy(seen.solver);
}

/* Of planks or of tiles, one static body each. */
static struct seen slide_over(void **state, bool tiles, uint32_t frames)
{
	struct sketch *sketch = seen_sketch(state);
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

		assert_near(seen.frame.bodies[10].velocity.x, 3, 1e-9);
		assert_near(seen.frame.bodies[10].position.y, 0.1, 1e-4);
		solver_rigid.destroy(seen.solver);
		seen = slide_over(state, tiles, 230); /* beyond the last it falls */
		assert_true(seen.frame.bodies[10].position.y < -1);
		solver_rigid.destroy(seen.solver);
	}
}

/* The end of a segment that nothing continues is hit. */
static void the_free_end_of_a_segment_stops_what_hits_it(void **state)
{
	struct sketch *sketch = seen_sketch(state);
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
	assert_near(seen.frame.bodies[block].position.x, 0.9, 0.01);
	solver_rigid.destroy(seen.solver);
}

static void the_ground_carries_all_that_stands_on_it(void **state)
{
	struct sketch *sketch = seen_sketch(state);
	struct seen    seen;

	seen_floor(sketch, 0);
	for (int i = 0; i < 5; i++)
		sketch_box(sketch, sketch_body(sketch, BODY_DYNAMIC, 1 + i, 0, 0.5 + i), 1, 1);
	seen = see(sketch, 120);
	assert_near(seen.frame.contact_force_n[0], 15 * G, 0.01);
	assert_near(seen.frame.contact_force_n[3], 3 * G,
	            0.01); /* what is above it and what is below leave its weight */
	solver_rigid.destroy(seen.solver);
}

/* With edges as they are drawn, the tenth box is 3 cm away by then. */
static void a_tower_of_ten_stands(void **state)
{
	struct sketch *sketch = seen_sketch(state);
	struct seen    seen;

	seen_floor(sketch, 0);
	for (int i = 0; i < 10; i++)
		sketch_box(sketch, sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0.5 + i), 1, 1);
	seen = see(sketch, 600);
	assert_near(seen.frame.bodies[10].position.x, 0, 0.01);
	assert_near(seen.frame.bodies[10].position.y, 9.5, 1e-3);
	solver_rigid.destroy(seen.solver);
}

static void the_force_of_a_blow_has_its_momentum_for_an_area(void **state)
{
	struct sketch *sketch = seen_sketch(state);
	uint32_t       ball;
	double         area = 0;
	struct seen    seen;

	seen_floor(sketch, 0);
	sketch->scene.gravity.y = 0;
	ball = sketch_body(sketch, BODY_DYNAMIC, 2, 0, 0.5);
	sketch_circle(sketch, ball, 0.1)->elasticity = 1;
	sketch->bodies[ball].velocity.y = -3;
	seen = see(sketch, 0);
	for (int i = 0; i < 30 && solver_rigid.advance(seen.solver) == SOLVER_FINE; i++) {
		solver_rigid.frame(seen.solver, &seen.frame);
		area += seen.frame.contact_force_n[ball] / 60;
	}
	assert_near(seen.frame.bodies[ball].velocity.y, 3, 1e-12);
	assert_near(area, 2 * 2 * 3, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void balls_part_as_momentum_and_elasticity_say(void **state)
{
	for (int i = 0; i <= 2; i++) {
		struct sketch *sketch = seen_sketch(state);
		double         elasticity = i / 2.0;
		uint32_t       left = sketch_body(sketch, BODY_DYNAMIC, 1, -1, 0), right;
		struct seen    seen;

		sketch->scene.gravity.y = 0;
		sketch->bodies[left].velocity.x = 2;
		sketch_circle(sketch, left, 0.1)->elasticity = 1;
		right = sketch_body(sketch, BODY_DYNAMIC, 3, 0, 0);
		sketch_circle(sketch, right, 0.1)->elasticity = elasticity;
		seen = see(sketch, 60);
		assert_near(seen.frame.bodies[left].velocity.x, (2 - 3 * elasticity * 2) / 4, 1e-12);
		assert_near(seen.frame.bodies[right].velocity.x, (2 + elasticity * 2) / 4, 1e-12);
		assert_int_equal(seen.collisions, 1);
		solver_rigid.destroy(seen.solver);
	}
}

static void a_collision_says_who_met_whom_when_and_how_hard(void **state)
{
	struct sketch *sketch = seen_sketch(state);
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
		assert_near(seen.frame.collisions[i].time_s, 0.21, 1.1 / 960);
		assert_near(seen.frame.collisions[i].impulse_ns, 2, 1e-9);
	}
	solver_rigid.destroy(seen.solver);
}

/* Shapes of one body are not several that meet. */
static void two_feet_on_the_floor_are_one_collision(void **state)
{
	struct sketch *sketch = seen_sketch(state);
	uint32_t       table;
	struct seen    seen;

	seen_floor(sketch, 0);
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
	struct sketch *sketch = seen_sketch(state);
	struct seen    seen;

	sketch->scene.gravity.y = 0;
	for (int i = 0; i < 5; i++) {
		uint32_t            ball = sketch_body(sketch, BODY_DYNAMIC, 1, i == 0 ? -1 : i * 0.2, 0);
		struct scene_shape *shape = sketch_circle(sketch, ball, 0.1);

		shape->elasticity = 1;
		sketch->bodies[ball].velocity.x = i == 0 ? 1 : 0;
	}
	seen = see(sketch, 90);
	assert_near(seen.frame.bodies[4].velocity.x, 1, 0.01);
	for (int i = 0; i < 4; i++)
		assert_near(seen.frame.bodies[i].velocity.x, 0, 0.01);
	solver_rigid.destroy(seen.solver);
}

static void events_push_set_and_cut(void **state)
{
	struct sketch      *sketch = seen_sketch(state);
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
	assert_near(seen.frame.bodies[body].position.y, -1 - G * 0.25 / 2, 1e-9);
	assert_true(seen.frame.joint_force_n[0] == 0);
	solver_rigid.destroy(seen.solver);
	seen = see(sketch, 120);
	assert_near(seen.frame.bodies[body].position.x, 1, 1e-9);
	assert_near(seen.frame.bodies[body].velocity.x, 0, 0);
	assert_near(seen.frame.bodies[body].velocity.y, 1 - G / 2, 1e-9);
	solver_rigid.destroy(seen.solver);
}

static void what_moves_further_than_it_is_thick_is_told(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct sketch *sketch = seen_sketch(state);
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
	struct sketch *sketch = seen_sketch(state);
	uint32_t       body = sketch_body(sketch, BODY_DYNAMIC, 2, 3, -1);
	struct seen    seen;

	sketch->bodies[body].velocity = (struct vector){1, 2};
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, body)->anchor_a = (struct vector){3, 0};
	sketch->bodies[body].velocity.y = 0;
	seen = see(sketch, 0);
	assert_int_equal(seen.frame.step, 0);
	assert_true(seen.frame.bodies[body].velocity.x == 1 && seen.frame.bodies[body].position.x == 3);
	assert_near(seen.frame.joint_force_n[0], 2 * (G + 1), 0.01); /* weight and v²/L */
	solver_rigid.destroy(seen.solver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_throw_follows_its_parabola),
		cmocka_unit_test(drag_is_felt_to_second_order),
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
		cmocka_unit_test(events_push_set_and_cut),
		cmocka_unit_test(what_moves_further_than_it_is_thick_is_told),
		cmocka_unit_test(a_start_is_told_as_it_was_given),
	};

	return cmocka_run_group_tests_name("rigid", tests, seen_arena, seen_arena_end);
}
