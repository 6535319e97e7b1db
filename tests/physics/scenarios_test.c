/* Runs every scenario, as it stands and at the corners of what its parameters may be, and holds it to what its formulas
 * say. Each line tells how near it came. */
#include "physics/scenarios.h"

#include "physics/experiment.h"
#include "physics/law.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { TURNED_MAX = 4 };

/* Which of its parameters a scenario is given other values of. */
struct turned {
	struct scene_value values[TURNED_MAX];
	uint32_t           count;
};

static const struct scene *read_scene(const struct scenario *scenario, const struct turned *turned, struct arena *arena)
{
	struct scene_options options = {
		.audience = SCENE_LEARNER, .values = turned->values, .value_count = turned->count};
	struct scene_report report = {0};
	const struct scene *scene;
	enum status         status = scene_read(text_bytes(scenario->scene), &options, arena, &scene, &report);

	for (uint32_t i = 0; i < report.refusals.count; i++)
		print_message("# %u: refused: %.*s %.*s\n", scenario->number,
		              TEXT_ARG(report.refusals.items[i].pointer), TEXT_ARG(report.refusals.items[i].sentence));
	for (uint32_t i = 0; i < report.warnings.count; i++)
		print_message("# %u: warning: %.*s %.*s\n", scenario->number,
		              TEXT_ARG(report.warnings.items[i].pointer), TEXT_ARG(report.warnings.items[i].sentence));
	assert_int_equal(status, STATUS_OK);
	return scene;
}

static bool check(const struct scene *scene, const struct scene_expectation *expectation, double value)
{
	const struct scene_measure *measure = &scene->measures[expectation->measure];
	double                      expected = law_value(expectation->formula, expectation->arguments);
	struct law_check            found =
		law_check(value, expected, expectation->tolerance_relative, expectation->tolerance_absolute);

	print_message("#   %-12.*s %-22s %16.10g  off %9.1e of %7.1e%s\n", TEXT_ARG(measure->id),
	              expectation->formula->name, expected, found.error, found.tolerance,
	              found.within ? "" : "  TOO FAR");
	return found.within;
}

/* True when it went to its end and came as near as it should. */
static bool run(const struct scenario *scenario, const struct turned *turned)
{
	struct arena             arena = {0};
	const struct scene      *scene = read_scene(scenario, turned, &arena);
	struct experiment       *experiment = experiment_create(scene);
	struct experiment_frame  frame;
	struct experiment_plan   plan;
	struct experiment_result result;
	bool                     good;

	experiment_plan(scene, &plan);
	while (experiment_next(experiment, &frame))
		continue;
	experiment_result(experiment, &result);
	print_message("# %02u %.*s", scenario->number, TEXT_ARG(scenario->name));
	for (uint32_t i = 0; i < turned->count; i++)
		print_message(", %.*s %.4g", TEXT_ARG(turned->values[i].name), turned->values[i].value);
	print_message(": %s, %u frames, %u steps, energy %.1e, error %.1e\n", solver_of_mode(plan.mode)->name,
	              result.frames, (unsigned)result.steps, result.energy_drift, result.error_estimate_m);
	good = result.fault == SOLVER_FINE;
	if (!good)
		print_message("# %.*s\n", TEXT_ARG(solver_fault_sentence(result.fault)));
	for (uint32_t i = 0; i < scene->expectation_count; i++) {
		const struct scene_expectation *expectation = &scene->expectations[i];

		good = check(scene, expectation, result.measures[expectation->measure]) && good;
	}
	experiment_destroy(experiment);
	arena_finish(&arena);
	return good;
}

static const struct turned as_it_is;

static void every_scenario_keeps_to_its_formulas(void **state)
{
	bool good = true;

	for (uint32_t i = 0; i < scenario_count; i++)
		good = run(&scenarios[i], &as_it_is) && good;
	assert_true(good);
}

/* What is offered to be turned must not lead to a lie. */
static bool run_at_corners(const struct scenario *scenario)
{
	struct arena        arena = {0};
	const struct scene *scene = read_scene(scenario, &as_it_is, &arena);
	struct turned       turned = {.count = scene->parameter_count};
	bool                good = true;

	assert_true(turned.count <= TURNED_MAX);
	for (uint32_t corner = 0; corner < 1U << turned.count; corner++) {
		for (uint32_t i = 0; i < turned.count; i++) {
			const struct scene_parameter *parameter = &scene->parameters[i];

			turned.values[i].name = parameter->name;
			turned.values[i].value = corner >> i & 1 ? parameter->maximum : parameter->minimum;
		}
		good = run(scenario, &turned) && good;
	}
	arena_finish(&arena);
	return good;
}

static void every_scenario_keeps_to_them_at_the_corners_of_its_parameters(void **state)
{
	bool good = true;

	for (uint32_t i = 0; i < scenario_count; i++)
		good = run_at_corners(&scenarios[i]) && good;
	assert_true(good);
}

static void every_scenario_says_what_it_shows(void **state)
{
	for (uint32_t i = 0; i < scenario_count; i++) {
		struct arena        arena = {0};
		const struct scene *scene = read_scene(&scenarios[i], &as_it_is, &arena);

		assert_ptr_equal(scenario_find(scenarios[i].number), &scenarios[i]);
		assert_true(scenarios[i].title.size > 5 && scenarios[i].explanation.size > 100);
		assert_true(scene->parameter_count > 0 && scene->expectation_count > 0 && scene->measure_count > 0);
		arena_finish(&arena);
	}
	assert_null(scenario_find(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_keeps_to_its_formulas),
		cmocka_unit_test(every_scenario_keeps_to_them_at_the_corners_of_its_parameters),
		cmocka_unit_test(every_scenario_says_what_it_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
