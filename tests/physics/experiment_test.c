#include "physics/experiment.h"

#include "physics/measure.h"
#include "physics/scene/sketch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Everything that an experiment gives, the bytes of its frames as a hash. */
struct outcome {
	struct hash              frames;
	struct experiment_result result;
	double                   measures[8];
};

static struct outcome run(struct scene *scene)
{
	struct experiment      *experiment = experiment_create(scene);
	struct hash_running    *running = hash_begin();
	struct experiment_frame frame;
	struct outcome          outcome;

	while (experiment_next(experiment, &frame))
		hash_add(running, frame.encoded);
	outcome.frames = hash_end(running);
	experiment_result(experiment, &outcome.result);
	for (uint32_t i = 0; i < outcome.result.measure_count; i++)
		outcome.measures[i] = outcome.result.measures[i];
	experiment_destroy(experiment);
	return outcome;
}

static void gives_the_same_twice(struct scene *scene, enum solver_mode mode)
{
	struct outcome first, second;

	scene->solver.mode = mode;
	scene->solver.duration_s = 1;
	first = run(scene);
	second = run(scene);
	assert_int_equal(first.result.frames, 61);
	assert_true(hash_equal(&first.frames, &second.frames));
	assert_true(hash_equal(&first.result.trajectory_hash, &second.result.trajectory_hash));
	scene->solver.duration_s = 0.9;
	second = run(scene);
	assert_false(hash_equal(&first.result.trajectory_hash, &second.result.trajectory_hash));
}

static void the_same_scene_gives_the_same_bytes(void **state)
{
	struct arena arena = {0};

	gives_the_same_twice(&sketch_chain(&arena, 6)->scene, SOLVER_PRECISE);
	gives_the_same_twice(&sketch_mixed(&arena, 12)->scene, SOLVER_RIGID);
	arena_finish(&arena);
}

static struct sketch *pendulum(struct arena *arena)
{
	struct sketch *sketch = sketch_begin(arena, 4);

	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0));
	sketch->scene.solver.duration_s = 10;
	return sketch;
}

/* T = 4 √(L/g) K(sin 45°) = 2.3678420…; the bob weighs three times on the rod at the bottom. */
static void a_pendulum_is_measured(void **state)
{
	struct arena               arena = {0};
	struct sketch             *sketch = pendulum(&arena);
	const struct scene_measure measures[] = {
		{.id = TEXT("T"), .kind = MEASURE_PERIOD, .body = 0, .axis = AXIS_X},
		{.id = TEXT("F"), .kind = MEASURE_JOINT_FORCE, .joint = 0},
		{.id = TEXT("Fmax"), .kind = MEASURE_MAXIMUM, .of = 1},
		{.id = TEXT("y"), .kind = MEASURE_POSITION, .body = 0, .axis = AXIS_Y},
		{.id = TEXT("low"), .kind = MEASURE_MINIMUM, .of = 3},
		{.id = TEXT("E"), .kind = MEASURE_ENERGY, .body = SCENE_WORLD},
		{.id = TEXT("L"), .kind = MEASURE_ANGULAR_MOMENTUM, .body = SCENE_WORLD},
		{.id = TEXT("Lmax"), .kind = MEASURE_MAXIMUM, .of = 6},
	};
	struct outcome outcome;

	sketch->scene.measures = measures;
	sketch->scene.measure_count = array_count(measures);
	outcome = run(&sketch->scene);
	print_message("# T %+.1e, F %+.1e, low %+.1e, L %+.1e, drift %.1e\n", outcome.measures[0] / 2.367842 - 1,
	              outcome.measures[2] / 29.43 - 1, outcome.measures[4] + 1,
	              outcome.measures[7] / sqrt(2 * 9.81) - 1, outcome.result.energy_drift);
	assert_true(fabs(outcome.measures[0] - 2.367842) < 1e-6);
	assert_true(fabs(outcome.measures[2] / 29.43 - 1) < 1e-4);
	assert_true(fabs(outcome.measures[4] + 1) < 1e-6);
	assert_true(fabs(outcome.measures[5]) < 1e-6);
	assert_true(fabs(outcome.measures[7] / sqrt(2 * 9.81) - 1) < 1e-5);
	assert_true(outcome.result.energy_drift < 1e-7);
	assert_true(outcome.result.error_estimate_m < 1e-4);
	arena_finish(&arena);
}

static void energy_that_need_not_stay_has_no_drift(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch = pendulum(&arena);
	struct outcome outcome;

	sketch_field(sketch, FORCE_DRAG)->linear = 0.1;
	outcome = run(&sketch->scene);
	assert_true(isnan(outcome.result.energy_drift));
	arena_finish(&arena);
}

static void a_cheap_rigid_run_estimates_its_error(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch = pendulum(&arena);
	struct outcome outcome;

	sketch->scene.solver.mode = SOLVER_RIGID;
	sketch->scene.solver.duration_s = 2;
	outcome = run(&sketch->scene);
	print_message("# rigid pendulum: %.1e m\n", outcome.result.error_estimate_m);
	assert_true(outcome.result.error_estimate_m > 1e-9 && outcome.result.error_estimate_m < 0.05);
	arena_finish(&arena);
}

/* It falls into a central field, where no step is small enough. */
static void a_fault_keeps_the_frames_before_it(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch = sketch_begin(&arena, 2);
	struct outcome outcome;

	sketch->scene.gravity.y = 0;
	sketch->scene.solver.duration_s = 5;
	sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);
	sketch_field(sketch, FORCE_CENTRAL)->gm = 1;
	outcome = run(&sketch->scene);
	assert_int_equal(outcome.result.fault, SOLVER_STEP_TOO_SMALL);
	/* Free fall onto a point takes π/√8 = 1.1107 s. */
	assert_int_equal(outcome.result.fault_frame, 67);
	assert_int_equal(outcome.result.frames, 67);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- the choice of a solver */

static enum solver_mode choice(const struct scene *scene, enum solver_mode asked)
{
	struct scene     copy = *scene;
	enum solver_mode mode;
	struct text      reason;

	copy.solver.mode = asked;
	mode = solver_choose(&copy, &reason);
	print_message("# %.*s\n", TEXT_ARG(reason));
	return mode;
}

static void what_cannot_touch_is_solved_precisely(void **state)
{
	struct arena   arena = {0};
	struct sketch *sketch = pendulum(&arena);
	uint32_t       other;

	sketch_circle(sketch, 0, 0.2);
	assert_int_equal(choice(&sketch->scene, SOLVER_AUTO), SOLVER_PRECISE);
	assert_int_equal(choice(&sketch->scene, SOLVER_RIGID), SOLVER_RIGID);
	/* A second pendulum so far away that the rods keep them apart, then one within reach. */
	other = sketch_body(sketch, BODY_DYNAMIC, 1, 4, 0);
	sketch_circle(sketch, other, 0.2);
	sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, other)->anchor_a = (struct vector){3, 0};
	assert_int_equal(choice(&sketch->scene, SOLVER_AUTO), SOLVER_PRECISE);
	sketch->joints[1].anchor_a.x = 2.3;
	sketch->bodies[other].position.x = 3.3;
	assert_int_equal(choice(&sketch->scene, SOLVER_AUTO), SOLVER_RIGID);
	arena_finish(&arena);
}

static void what_rubs_or_is_no_circle_is_solved_rigidly(void **state)
{
	struct arena   arena = {0};
	struct sketch *balls = sketch_circles(&arena, 3), *boxes = sketch_pyramid(&arena, 2);

	assert_int_equal(choice(&boxes->scene, SOLVER_AUTO), SOLVER_RIGID);
	assert_int_equal(choice(&boxes->scene, SOLVER_PRECISE), SOLVER_RIGID);
	for (uint32_t i = 0; i < balls->scene.shape_count; i++)
		balls->shapes[i].friction = 0.5;
	assert_int_equal(choice(&balls->scene, SOLVER_AUTO), SOLVER_RIGID);
	assert_int_equal(choice(&balls->scene, SOLVER_PRECISE), SOLVER_PRECISE);
	for (uint32_t i = 0; i < balls->scene.shape_count; i++)
		balls->shapes[i].friction = 0;
	assert_int_equal(choice(&balls->scene, SOLVER_AUTO), SOLVER_PRECISE);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- series as text */

static void series_are_told_as_csv_and_json(void **state)
{
	const struct scene_measure measures[] = {
		{.id = TEXT("x, \"east\""), .kind = MEASURE_POSITION, .body = 0, .axis = AXIS_X},
		{.id = TEXT("T"), .kind = MEASURE_PERIOD, .body = 0, .axis = AXIS_X},
		{.id = TEXT("n"), .kind = MEASURE_COLLISION_COUNT, .body = SCENE_WORLD},
	};
	struct scene  scene = {.measures = measures, .measure_count = 3, .solver = {.fps = 10}};
	struct buffer out = {0};
	const double  rows[] = {0.1, 0, NAN, 2};

	measures_csv_head(&scene, &out);
	measures_csv(&scene, 5, 2, rows, &out);
	buffer_append(&out, BYTES("", 1));
	assert_string_equal(out.data, "\"frame\",\"t [s]\",\"x, \"\"east\"\" [m]\",\"n\"\r\n"
	                              "5,0.5,0.1,0\r\n6,0.6,,2\r\n");
	out.size = 0;
	measures_json(&scene, 5, 2, rows, &out);
	buffer_append(&out, BYTES("", 1));
	assert_string_equal(out.data, "{\"first\":5,\"fps\":10,\"series\":[{\"id\":\"x, \\\"east\\\"\",\"unit\":\"m\","
	                              "\"values\":[0.1,null]},{\"id\":\"n\",\"unit\":\"\",\"values\":[0,2]}]}");
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_scene_gives_the_same_bytes),
		cmocka_unit_test(a_pendulum_is_measured),
		cmocka_unit_test(energy_that_need_not_stay_has_no_drift),
		cmocka_unit_test(a_cheap_rigid_run_estimates_its_error),
		cmocka_unit_test(a_fault_keeps_the_frames_before_it),
		cmocka_unit_test(what_cannot_touch_is_solved_precisely),
		cmocka_unit_test(what_rubs_or_is_no_circle_is_solved_rigidly),
		cmocka_unit_test(series_are_told_as_csv_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
