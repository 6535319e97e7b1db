#include "physics/elementary/elementary.h"
#include "physics/field.h"
#include "physics/scene/sketch.h"
#include "physics/solver.h"
#include "physics/vector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PI 3.14159265358979323846

enum { BODIES_MAX = 40 };

static struct sketch *begin(struct arena *arena, double duration_s)
{
	struct sketch *sketch = sketch_begin(arena, BODIES_MAX);

	sketch->scene.solver.duration_s = duration_s;
	return sketch;
}

static uint32_t add_body(struct sketch *sketch, double x, double y)
{
	return sketch_body(sketch, BODY_DYNAMIC, 1, x, y);
}

static uint32_t add_ball(struct sketch *sketch, struct vector place, double radius, double elasticity)
{
	uint32_t            body = add_body(sketch, place.x, place.y);
	struct scene_shape *shape = sketch_circle(sketch, body, radius);

	shape->friction = 0;
	shape->elasticity = elasticity;
	return body;
}

static void add_floor(struct sketch *sketch, double elasticity)
{
	uint32_t floor = sketch_body(sketch, BODY_STATIC, 0, 0, 0);

	sketch_segment(sketch, floor, (struct vector){-100, 0}, (struct vector){100, 0}, 0)->elasticity = elasticity;
}

static double energy_of(const struct scene *scene, const struct solver *solver)
{
	struct solver_frame frame;
	double              sum;

	solver_precise.frame(solver, &frame);
	sum = frame.potential_j;
	for (uint32_t i = 0; i < scene->body_count; i++)
		sum += body_kinetic(&scene->bodies[i], &frame.bodies[i]);
	return sum;
}

/* To the scene's end; the largest change of energy on the way, J. */
static double drift_of(const struct scene *scene, struct solver *solver)
{
	uint32_t frames = (uint32_t)(scene->solver.duration_s * scene->solver.fps + 0.5);
	double   first = energy_of(scene, solver), most = 0;

	for (uint32_t i = 0; i < frames; i++) {
		assert_int_equal(solver_precise.advance(solver), SOLVER_FINE);
		most = fmax(most, fabs(energy_of(scene, solver) - first));
	}
	return most;
}

static struct solver_frame frame_of(const struct solver *solver)
{
	struct solver_frame frame;

	solver_precise.frame(solver, &frame);
	return frame;
}

static struct solver *run(const struct scene *scene)
{
	struct solver *solver = solver_precise.create(scene);

	drift_of(scene, solver);
	return solver;
}

static uint32_t steps_of(const struct solver *solver)
{
	struct solver_quality quality;

	solver_precise.quality(solver, &quality);
	return quality.steps;
}

/* ---------------------------------------------------------------- pendulums */

static void add_pendulum(struct sketch *sketch, double degrees)
{
	double angle = degrees * PI / 180;

	add_body(sketch, elementary_sin(angle), -elementary_cos(angle));
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, sketch->scene.body_count - 1);
}

static double pendulum_drift(double degrees, double tolerance)
{
	struct arena          arena = {0};
	struct sketch        *sketch;
	struct solver        *solver;
	struct solver_quality quality;
	double                drift;

	sketch = begin(&arena, 60);
	add_pendulum(sketch, degrees);
	sketch->scene.solver.tolerance = tolerance;
	solver = solver_precise.create(&sketch->scene);
	drift = drift_of(&sketch->scene, solver) / 9.81;
	solver_precise.quality(solver, &quality);
	print_message("# pendulum %g degrees, 60 s: energy %.1e of mgL, constraint %.1e m, %u steps, error %.1e\n",
	              degrees, drift, quality.constraint_error_m, quality.steps, quality.error_estimate);
	assert_true(quality.constraint_error_m < 1e-12);
	solver_precise.destroy(solver);
	arena_finish(&arena);
	return drift;
}

static void a_pendulum_keeps_its_energy_for_a_minute(void **state)
{
	assert_true(pendulum_drift(5, 1e-8) < 1e-6);
	assert_true(pendulum_drift(90, 1e-8) < 1e-6);
	assert_true(pendulum_drift(170, 1e-8) < 1e-6);
}

static void a_finer_tolerance_gives_a_smaller_error(void **state)
{
	assert_true(pendulum_drift(170, 1e-10) < pendulum_drift(170, 1e-7) / 100);
}

/* There a last bit is 1e-11 m, and no step is as good as the scene asks for. */
static void far_away_rounding_is_tolerated(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch = begin(&arena, 2);
	struct solver *solver;

	add_body(sketch, 1e5 - 1, 0);
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, 0)->anchor_a.x = 1e5;
	sketch->scene.solver.tolerance = 1e-12;
	solver = solver_precise.create(&sketch->scene);
	assert_true(drift_of(&sketch->scene, solver) < 1e-5);
	assert_true(steps_of(solver) < 2000);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

static void a_double_pendulum_keeps_its_energy(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch;
	struct solver *solver;
	double         drift;

	sketch = begin(&arena, 30);
	add_body(sketch, 1, 0);
	add_body(sketch, 2, 0);
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, 0);
	sketch_joint(sketch, JOINT_PIN, 0, 1);
	solver = solver_precise.create(&sketch->scene);
	drift = drift_of(&sketch->scene, solver) / 9.81;
	print_message("# double pendulum, 30 s: energy %.1e of mgL, %u steps\n", drift, steps_of(solver));
	assert_true(drift < 1e-5);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

static void a_chain_of_twenty_links_keeps_its_energy(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch;
	struct solver *solver;
	double         drift;

	sketch = begin(&arena, 2);
	for (uint32_t i = 0; i < 20; i++) {
		add_body(sketch, 0.1 * (i + 1), 0);
		sketch_joint(sketch, JOINT_PIN, i == 0 ? SCENE_WORLD : i - 1, i);
	}
	solver = solver_precise.create(&sketch->scene);
	drift = drift_of(&sketch->scene, solver) / (20 * 9.81 * 2);
	print_message("# 20 links, 2 s: energy %.1e of mgL, %u steps\n", drift, steps_of(solver));
	assert_true(drift < 1e-6);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

/* Eccentricity 0.5, from the nearest point; a turn takes 0.63 s. */
static void a_hundred_orbits_keep_their_energy(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch = begin(&arena, 62.8);
	struct solver *solver;
	double         drift;

	sketch->scene.gravity.y = 0;
	sketch->scene.solver.tolerance = 1e-10;
	sketch->bodies[add_body(sketch, 0.5, 0)].velocity.y = 10 * sqrt(3);
	sketch_field(sketch, FORCE_CENTRAL)->gm = 100;
	solver = solver_precise.create(&sketch->scene);
	drift = drift_of(&sketch->scene, solver) / 50;
	print_message("# 100 orbits: energy %.1e, %u steps\n", drift, steps_of(solver));
	assert_true(drift < 1.5e-8);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- impacts */

/* In flight, y + v²/2g is the height of the next apex: e²ⁿ of the first after n bounces. */
static void a_ball_bounces_as_high_as_restitution_says(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch;
	struct solver *solver;
	double         apex = 1, worst = 0;

	sketch = begin(&arena, 3);
	add_floor(sketch, 0.8);
	add_ball(sketch, (struct vector){0, 1.1}, 0.1, 1);
	solver = solver_precise.create(&sketch->scene);
	for (uint32_t i = 0; i < 180; i++) {
		struct solver_frame frame;
		double              speed;

		assert_int_equal(solver_precise.advance(solver), SOLVER_FINE);
		frame = frame_of(solver);
		for (uint32_t k = 0; k < frame.collision_count; k++) {
			assert_true(fabs(frame.contact_force_n[1] - 60 * frame.collisions[k].impulse_ns) < 1e-9);
			assert_true(fabs(frame.collisions[k].impulse_ns - 1.8 * sqrt(2 * 9.81 * apex)) < 1e-12);
			apex *= 0.64;
		}
		speed = frame.bodies[1].velocity.y;
		worst = fmax(worst, fabs(frame.bodies[1].position.y - 0.1 + speed * speed / 2 / 9.81 - apex) / apex);
	}
	print_message("# bounces: %.1e of an apex, the last %.1e m\n", worst, apex);
	assert_true(apex < 0.1 && worst < 1e-11);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

static void a_ball_comes_to_rest_on_the_floor(void **state)
{
	struct arena        arena = {0};
	struct sketch      *sketch;
	struct solver      *solver;
	struct solver_frame frame;

	sketch = begin(&arena, 6);
	add_floor(sketch, 0.8);
	add_ball(sketch, (struct vector){0, 1.1}, 0.1, 1);
	solver = run(&sketch->scene);
	frame = frame_of(solver);
	assert_true(fabs(frame.bodies[1].position.y - 0.1) < 1e-12);
	assert_true(fabs(frame.bodies[1].velocity.y) < 1e-12);
	assert_true(fabs(frame.contact_force_n[1] - 9.81) < 1e-9);
	print_message("# %u steps\n", steps_of(solver));
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

/* A bead on a hemisphere flies off where cos θ = 2/3, at the height 2/3 R above the centre. */
static void a_ball_leaves_a_round_hill_where_it_must(void **state)
{
	struct arena        arena = {0};
	struct sketch      *sketch;
	struct solver      *solver;
	struct solver_frame frame;
	double              height = 0;

	sketch = begin(&arena, 3);
	sketch->scene.solver.fps = 240;
	add_ball(sketch, (struct vector){0, 0}, 0.9, 1);
	sketch->bodies[0].type = BODY_STATIC;
	add_ball(sketch, (struct vector){1e-3, sqrt(1 - 1e-6)}, 0.1, 1);
	solver = solver_precise.create(&sketch->scene);
	for (uint32_t i = 0; i < 720 && frame_of(solver).contact_force_n[1] > 0; i++)
		assert_int_equal(solver_precise.advance(solver), SOLVER_FINE);
	frame = frame_of(solver);
	/* Energy tells the height back from the horizontal speed, which no longer changes: v² = g h, vx = v h. */
	height = elementary_pow(frame.bodies[1].velocity.x * frame.bodies[1].velocity.x / 9.81, 1.0 / 3);
	print_message("# leaves at %.9f\n", height);
	assert_true(fabs(height - 2.0 / 3) < 1e-5);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

static void a_cradle_hands_the_blow_on(void **state)
{
	struct arena        arena = {0};
	struct sketch      *sketch;
	struct solver      *solver;
	struct solver_frame frame;

	sketch = begin(&arena, 0.75);
	for (uint32_t i = 0; i < 5; i++) {
		struct scene_joint *joint;

		add_ball(sketch, (struct vector){0.2 * i, 0}, 0.1, 1);
		joint = sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, i);
		joint->anchor_a = (struct vector){0.2 * i, 1};
	}
	sketch->bodies[0].position = (struct vector){-elementary_sin(0.2), 1 - elementary_cos(0.2)};
	solver = run(&sketch->scene);
	frame = frame_of(solver);
	for (uint32_t i = 0; i < 5; i++)
		print_message("# ball %u: v = %.6f, %.1e\n", i, frame.bodies[i].velocity.x, frame.bodies[i].velocity.y);
	assert_true(frame.bodies[4].velocity.x > 0.3);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(fabs(frame.bodies[i].velocity.x) < 1e-9);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

static void a_bullet_does_not_fly_past_a_pea(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch;
	struct solver *solver;

	sketch = begin(&arena, 0.1);
	sketch->scene.gravity.y = 0;
	add_ball(sketch, (struct vector){0, 0}, 0.005, 1);
	sketch->bodies[0].velocity.x = 5000;
	add_ball(sketch, (struct vector){77.7, 0.003}, 0.005, 1);
	solver = run(&sketch->scene);
	assert_true(frame_of(solver).bodies[1].velocity.x > 1000);
	print_message("# %u steps\n", steps_of(solver));
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

/* A rope of 1 m; the weight falls 1 m from where it is tied, jerks, and swings no further than that. */
static void a_rope_goes_taut_and_holds(void **state)
{
	struct arena        arena = {0};
	struct sketch      *sketch;
	struct solver      *solver;
	struct solver_frame frame;

	sketch = begin(&arena, 2);
	add_body(sketch, 0.6, 0);
	sketch_joint(sketch, JOINT_SLIDE, SCENE_WORLD, 0)->maximum = 1;
	solver = solver_precise.create(&sketch->scene);
	for (uint32_t i = 0; i < 120; i++) {
		assert_int_equal(solver_precise.advance(solver), SOLVER_FINE);
		frame = frame_of(solver);
		assert_true(vector_length(frame.bodies[0].position) < 1 + 1e-10);
	}
	/* It hangs taut: what the jerk left swings. */
	assert_true(vector_length(frame.bodies[0].position) > 1 - 1e-10);
	assert_true(frame.joint_force_n[0] > 1);
	solver_precise.destroy(solver);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pendulum_keeps_its_energy_for_a_minute),
		cmocka_unit_test(a_finer_tolerance_gives_a_smaller_error),
		cmocka_unit_test(far_away_rounding_is_tolerated),
		cmocka_unit_test(a_double_pendulum_keeps_its_energy),
		cmocka_unit_test(a_chain_of_twenty_links_keeps_its_energy),
		cmocka_unit_test(a_hundred_orbits_keep_their_energy),
		cmocka_unit_test(a_ball_bounces_as_high_as_restitution_says),
		cmocka_unit_test(a_ball_comes_to_rest_on_the_floor),
		cmocka_unit_test(a_ball_leaves_a_round_hill_where_it_must),
		cmocka_unit_test(a_cradle_hands_the_blow_on),
		cmocka_unit_test(a_bullet_does_not_fly_past_a_pea),
		cmocka_unit_test(a_rope_goes_taut_and_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
