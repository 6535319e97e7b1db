#include "physics/elementary/elementary.h"
#include "physics/scene/sketch.h"
#include "physics/solver.h"
#include "physics/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PI 3.14159265358979323846
#define G 9.81

/* A scene under way. */
struct stage {
	struct arena        arena;
	struct sketch      *sketch;
	struct solver      *solver;
	struct solver_frame frame; /* after the last go */
};

static struct sketch *draw(struct stage *stage)
{
	*stage = (struct stage){0};
	stage->sketch = sketch_begin(&stage->arena, 16);
	return stage->sketch;
}

/* So many frames on; the first time it begins. */
static enum solver_fault go(struct stage *stage, uint32_t frames)
{
	enum solver_fault fault = SOLVER_FINE;

	if (!stage->solver)
		stage->solver = solver_precise.create(&stage->sketch->scene);
	for (uint32_t i = 0; i < frames && fault == SOLVER_FINE; i++)
		fault = solver_precise.advance(stage->solver);
	solver_precise.frame(stage->solver, &stage->frame);
	return fault;
}

static void end(struct stage *stage)
{
	struct solver_quality quality;

	solver_precise.quality(stage->solver, &quality);
	assert_true(quality.constraint_error_m < 1e-11);
	solver_precise.destroy(stage->solver);
	arena_finish(&stage->arena);
}

static uint32_t add_wheel(struct sketch *sketch, double x, double moment)
{
	uint32_t body = sketch_body(sketch, BODY_DYNAMIC, 1, x, 0);

	sketch->bodies[body].moment_kgm2 = moment;
	sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, body)->anchor_a = (struct vector){x, 0};
	return body;
}

/* Two wheels of 1 and 3 kg m², b twice as fast and the other way. A torque of a falls on both: α = τ / (I₁ + 4 I₂). */
static void gears_share_what_turns_them(void **state)
{
	struct stage        stage;
	struct sketch      *sketch = draw(&stage);
	uint32_t            a = add_wheel(sketch, 0, 1), b = add_wheel(sketch, 2, 3);
	struct scene_joint *spring = sketch_joint(sketch, JOINT_ROTARY_SPRING, SCENE_WORLD, a);

	sketch_joint(sketch, JOINT_GEAR, a, b)->ratio = -0.5;
	spring->stiffness = 13;
	sketch->bodies[a].angle = 1;
	sketch->joints[3].phase = -1;
	assert_int_equal(go(&stage, 60), SOLVER_FINE);
	/* It swings with ω = √(13 / (1 + 4·3)) = 1. */
	assert_true(fabs(stage.frame.bodies[a].angle - elementary_cos(1)) < 1e-7);
	assert_true(fabs(stage.frame.bodies[b].angular_velocity + 2 * stage.frame.bodies[a].angular_velocity) < 1e-12);
	end(&stage);
}

static void a_motor_keeps_its_rate_against_a_weight(void **state)
{
	struct stage   stage;
	struct sketch *sketch = draw(&stage);
	uint32_t       wheel = add_wheel(sketch, 0, 2), weight = sketch_body(sketch, BODY_DYNAMIC, 5, 1, 0);

	sketch_joint(sketch, JOINT_PIVOT, wheel, weight)->anchor_a = (struct vector){1, 0};
	sketch_joint(sketch, JOINT_MOTOR, SCENE_WORLD, wheel)->rate = 2;
	assert_int_equal(go(&stage, 60), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[wheel].angle - 2) < 1e-9);
	/* The torque is the weight's: m g cos 2. */
	assert_true(fabs(stage.frame.joint_force_n[2] - fabs(5 * G * elementary_cos(2))) < 1e-7);
	end(&stage);
}

static void a_bead_slides_down_its_groove_and_stops_at_the_end(void **state)
{
	struct stage        stage;
	struct sketch      *sketch = draw(&stage);
	uint32_t            bead = sketch_body(sketch, BODY_DYNAMIC, 1, 0, 0);
	struct scene_joint *groove = sketch_joint(sketch, JOINT_GROOVE, SCENE_WORLD, bead);
	double              slope = G / 2, t = 0.5;

	groove->groove_a = (struct vector){-1, 1};
	groove->groove_b = (struct vector){2, -2};
	assert_int_equal(go(&stage, 30), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[bead].position.x - slope * t * t / 2) < 1e-12);
	assert_int_equal(go(&stage, 90), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[bead].position.x - 2) < 1e-10);
	/* The groove and its end carry it, at right angles. */
	assert_true(fabs(stage.frame.joint_force_n[0] - G) < 1e-9);
	end(&stage);
}

static void a_limit_stops_a_rod_and_lets_it_go(void **state)
{
	struct stage        stage;
	struct sketch      *sketch = draw(&stage);
	uint32_t            rod = sketch_body(sketch, BODY_DYNAMIC, 1, 0.5, 0);
	struct scene_joint *limit;

	sketch->bodies[rod].moment_kgm2 = 1.0 / 12;
	sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, rod)->anchor_b = (struct vector){-0.5, 0};
	limit = sketch_joint(sketch, JOINT_ROTARY_LIMIT, SCENE_WORLD, rod);
	limit->minimum = -0.75;
	limit->maximum = 1;
	assert_int_equal(go(&stage, 120), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[rod].angle + 0.75) < 1e-10);
	assert_true(fabs(stage.frame.joint_force_n[1] - 0.5 * G * elementary_cos(0.75)) < 1e-9);
	end(&stage);
}

/* Events lie between frames, and what follows is flight. */
static void an_event_happens_at_its_time(void **state)
{
	struct stage        stage;
	struct sketch      *sketch = draw(&stage);
	uint32_t            ball = sketch_body(sketch, BODY_DYNAMIC, 2, 0, 0);
	struct scene_event *push = sketch_event(sketch, ACTION_IMPULSE, 0.123);
	struct scene_event *turn = sketch_event(sketch, ACTION_VELOCITY, 0.4567);

	push->body = turn->body = ball;
	push->vector = (struct vector){6, 0};
	turn->vector = (struct vector){0, 1};
	sketch->scene.gravity.y = 0;
	assert_int_equal(go(&stage, 60), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[ball].position.x - 3 * (0.4567 - 0.123)) < 1e-14);
	assert_true(fabs(stage.frame.bodies[ball].position.y - (1 - 0.4567)) < 1e-14);
	end(&stage);
}

/* A ball on a string, turning without weight: cut, it flies along the tangent. */
static void what_is_cut_flies_off(void **state)
{
	struct stage   stage;
	struct sketch *sketch = draw(&stage);
	uint32_t       ball = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);

	sketch->scene.gravity.y = 0;
	sketch->bodies[ball].velocity.y = 2;
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, ball);
	sketch_event(sketch, ACTION_CUT, PI / 4)->joint = 0;
	assert_int_equal(go(&stage, 30), SOLVER_FINE);
	assert_true(fabs(stage.frame.joint_force_n[0] - 4) < 1e-9);
	assert_int_equal(go(&stage, 30), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[ball].position.x + 2 * (1 - PI / 4)) < 1e-8);
	assert_true(fabs(stage.frame.bodies[ball].position.y - 1) < 1e-8);
	assert_true(stage.frame.joint_force_n[0] == 0);
	end(&stage);
}

/* A disc without friction on an incline, and over its edge. */
static void a_ball_slides_down_a_box_and_over_its_corner(void **state)
{
	struct stage   stage;
	struct sketch *sketch = draw(&stage);
	uint32_t       box = sketch_body(sketch, BODY_STATIC, 0, 0, 0), ball;
	double         slope = 0.5, along = 0;

	sketch_box(sketch, box, 4, 2)->friction = 0;
	sketch->bodies[box].angle = -slope;
	ball = sketch_body(sketch, BODY_DYNAMIC, 1, 1.1 * elementary_sin(slope), 1.1 * elementary_cos(slope));
	sketch_circle(sketch, ball, 0.1);
	assert_int_equal(go(&stage, 30), SOLVER_FINE);
	along = stage.frame.bodies[ball].velocity.x * elementary_cos(slope)
	        - stage.frame.bodies[ball].velocity.y * elementary_sin(slope);
	assert_true(fabs(along - G * elementary_sin(slope) * 0.5) < 1e-9);
	assert_true(fabs(stage.frame.contact_force_n[ball] - G * elementary_cos(slope)) < 1e-9);
	assert_int_equal(go(&stage, 60), SOLVER_FINE);
	assert_true(stage.frame.contact_force_n[ball] == 0);
	assert_true(stage.frame.bodies[ball].position.y < -1);
	end(&stage);
}

/* A platform that rises evenly under a ball, which is then pushed off it. */
static void a_platform_that_moves_carries_what_lies_on_it(void **state)
{
	struct stage        stage;
	struct sketch      *sketch = draw(&stage);
	uint32_t            lift = sketch_body(sketch, BODY_KINEMATIC, 0, 0, 0), ball;
	struct scene_event *push;

	sketch_segment(sketch, lift, (struct vector){-1, 0}, (struct vector){1, 0}, 0)->friction = 0;
	sketch->bodies[lift].velocity.y = 0.7;
	ball = sketch_body(sketch, BODY_DYNAMIC, 2, 0, 0.1);
	sketch_circle(sketch, ball, 0.1);
	push = sketch_event(sketch, ACTION_IMPULSE, 1);
	push->body = ball;
	push->vector = (struct vector){1, 0};
	assert_int_equal(go(&stage, 60), SOLVER_FINE);
	assert_true(fabs(stage.frame.bodies[ball].position.y - 0.8) < 1e-12);
	assert_true(fabs(stage.frame.contact_force_n[ball] - 2 * G) < 1e-9);
	/* Over the edge after 2 s. */
	assert_int_equal(go(&stage, 119), SOLVER_FINE);
	assert_true(fabs(stage.frame.contact_force_n[ball] - 2 * G) < 1e-9);
	assert_int_equal(go(&stage, 40), SOLVER_FINE);
	assert_true(stage.frame.contact_force_n[ball] == 0);
	end(&stage);
}

static void a_joint_that_is_there_twice_is_one(void **state)
{
	struct stage   stage;
	struct sketch *sketch = draw(&stage);
	uint32_t       bob = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);

	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, bob);
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, bob);
	assert_int_equal(go(&stage, 600), SOLVER_FINE);
	assert_true(fabs(vector_length(stage.frame.bodies[bob].position) - 1) < 1e-12);
	end(&stage);
}

static void joints_that_contradict_one_another_are_told(void **state)
{
	struct stage   stage;
	struct sketch *sketch = draw(&stage);
	uint32_t       bob = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);

	sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, bob);
	sketch_joint(sketch, JOINT_PIVOT, SCENE_WORLD, bob)->anchor_a = (struct vector){1, 0};
	assert_int_equal(go(&stage, 1), SOLVER_CONSTRAINTS);
	solver_precise.destroy(stage.solver);
	arena_finish(&stage.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gears_share_what_turns_them),
		cmocka_unit_test(a_motor_keeps_its_rate_against_a_weight),
		cmocka_unit_test(a_bead_slides_down_its_groove_and_stops_at_the_end),
		cmocka_unit_test(a_limit_stops_a_rod_and_lets_it_go),
		cmocka_unit_test(an_event_happens_at_its_time),
		cmocka_unit_test(what_is_cut_flies_off),
		cmocka_unit_test(a_ball_slides_down_a_box_and_over_its_corner),
		cmocka_unit_test(a_platform_that_moves_carries_what_lies_on_it),
		cmocka_unit_test(a_joint_that_is_there_twice_is_one),
		cmocka_unit_test(joints_that_contradict_one_another_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
