/* Sweeps on the fast path beside the solvers, formulas, and themselves at other widths. */
#include "physics/family/family.h"

#include "physics/experiment.h"
#include "physics/family/family_lanes.h"
#include "physics/law.h"
#include "physics/scenarios.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { POINTS = 9, VALUES_MAX = 64 };

static const struct scene *read_scene(struct arena *arena, struct bytes json, const struct scene_value *value)
{
	const struct scene_options options = {.audience = SCENE_LEARNER, .values = value, .value_count = value ? 1 : 0};
	struct scene_report        report = {0};
	const struct scene        *scene = NULL;

	if (scene_read(json, &options, arena, &scene, &report) != STATUS_OK)
		fail_msg("%.*s: %.*s", TEXT_ARG(report.refusals.items[0].pointer),
		         TEXT_ARG(report.refusals.items[0].sentence));
	return scene;
}

static const struct scene *read_quoted(struct arena *arena, const char *json)
{
	struct text text = arena_text(arena, text_from(json));

	for (size_t i = 0; i < text.size; i++)
		((char *)text.data)[i] = text.data[i] == '\'' ? '"' : text.data[i];
	return read_scene(arena, text_bytes(text), NULL);
}

/* ---------------------------------------------------------------- formulas */

/* The scenes of a sweep over the first parameter, from its least to its greatest value. */
static bool sweep_of(struct arena *arena, const struct scenario *scenario, const struct scene **scenes)
{
	const struct scene           *usual = read_scene(arena, text_bytes(scenario->scene), NULL);
	const struct scene_parameter *parameter = usual->parameters;

	if (usual->parameter_count == 0 || !family_fits(&usual, 1))
		return false;
	for (uint32_t i = 0; i < POINTS; i++) {
		double             share = (double)i / (POINTS - 1);
		struct scene_value value = {.name = parameter->name,
		                            .value = parameter->minimum
		                                     + share * (parameter->maximum - parameter->minimum)};

		scenes[i] = read_scene(arena, text_bytes(scenario->scene), &value);
	}
	return family_fits(scenes, POINTS);
}

/* How many of its expectations a scene meets, all counted. */
static uint32_t met(const struct scene *scene, const double *values)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->expectation_count; i++) {
		const struct scene_expectation *expectation = &scene->expectations[i];
		double                          expected = law_value(expectation->formula, expectation->arguments);
		struct law_check                check =
			law_check(values[expectation->measure], expected, fmax(expectation->tolerance_relative, 1e-6),
		                  fmax(expectation->tolerance_absolute, 1e-6));

		if (!check.within)
			print_message("# %s: %.10g instead of %.10g\n", expectation->formula->name, check.value,
			              check.expected);
		count += check.within;
	}
	return count;
}

static void scenarios_of_a_family_meet_their_formulas_across_a_sweep(void **state)
{
	struct arena         arena = {0};
	uint32_t             fitting = 0;
	double               values[POINTS][VALUES_MAX];
	const struct scene  *scenes[POINTS];
	struct family_result results[POINTS];

	for (uint32_t i = 0; i < scenario_count; i++) {
		if (!sweep_of(&arena, &scenarios[i], scenes))
			continue;
		fitting++;
		for (uint32_t k = 0; k < POINTS; k++)
			results[k] = (struct family_result){.values = values[k]};
		family_sweep(scenes, POINTS, results);
		print_message("# %u %.*s: estimated error %.1e m, energy %.1e\n", scenarios[i].number,
		              TEXT_ARG(scenarios[i].name), results[POINTS / 2].error_estimate_m,
		              results[POINTS / 2].energy_drift);
		for (uint32_t k = 0; k < POINTS; k++) {
			assert_false(results[k].diverged);
			assert_int_equal(met(scenes[k], values[k]), scenes[k]->expectation_count);
		}
	}
	assert_true(fitting >= 6);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- the solver */

/* One of each lane, with everything that it knows. */
static const char *const mixtures[] = {
	"{'solver':{'mode':'precise','duration':3,'tol':1e-12},'bodies':[{'id':'a','mass':2,'charge':0.5,'pos':[0.6,-0."
	"8],"
	"'vel':[1.6,1.2]}],'joints':[{'id':'j','kind':'pin','a':'world','b':'a'}],'fields':[{'kind':'electric','e':[3,"
	"1]},"
	"{'kind':'drag','linear':0.2,'quadratic':0.1}],'measure':[{'id':'x','kind':'position','body':'a','axis':'x'},"
	"{'id':'v','kind':'velocity','body':'a','axis':'y'},{'id':'F','kind':'joint_force','joint':'j'},"
	"{'id':'E','kind':'energy'},{'id':'m','kind':'max','of':'F'}]}",
	"{'solver':{'mode':'precise','duration':3,'tol':1e-12},'bodies':[{'id':'a','mass':2,'charge':0.5,'vel':[5,9],"
	"'omega':1,'moment':1}],'fields':[{'kind':'uniformB','bz':4},{'kind':'electric','e':[1,2]},{'kind':'drag','"
	"linear':"
	"0.2,'quadratic':0.1,'wind':[-3,0]}],'measure':[{'id':'x','kind':'position','body':'a','axis':'x'},{'id':'y','"
	"kind':"
	"'position','body':'a','axis':'y'},{'id':'w','kind':'angle','body':'a'},{'id':'E','kind':'energy'}]}",
	"{'gravity':[0,0],'solver':{'mode':'precise','duration':3,'tol':1e-12},'bodies':[{'id':'a','mass':2,'pos':[1,0]"
	","
	"'vel':[0.1,1.1]}],'fields':[{'kind':'central','gm':1,'at':[0.1,0]},{'kind':'drag','linear':0.1}],'measure':["
	"{'id':'x','kind':'position','body':'a','axis':'x'},{'id':'L','kind':'angular_momentum'},{'id':'E','kind':"
	"'energy'}]}",
	"{'solver':{'mode':'precise','duration':3,'tol':1e-12},'bodies':[{'id':'s','type':'static'},{'id':'a','mass':2,"
	"'pos':[1,0],'charge':1}],'joints':[{'id':'j','kind':'spring','a':'a','b':'world','pb':[0.1,1],'k':40,'c':0.3,"
	"'rest':0.7}],'fields':[{'kind':'drive','body':'a','f':[3,1],'omega':5,'phase':0.4},{'kind':'uniformB','bz':1}]"
	","
	"'measure':[{'id':'x','kind':'position','body':'a','axis':'x'},{'id':'y','kind':'position','body':'a','axis':'"
	"y'},"
	"{'id':'F','kind':'joint_force','joint':'j'},{'id':'E','kind':'energy'}]}",
};

static void every_lane_goes_where_the_precise_solver_goes(void **state)
{
	for (size_t i = 0; i < array_count(mixtures); i++) {
		struct arena             arena = {0};
		const struct scene      *scene = read_quoted(&arena, mixtures[i]);
		struct experiment       *experiment = experiment_create(scene);
		double                   values[VALUES_MAX];
		struct family_result     fast = {.values = values};
		struct experiment_frame  frame;
		struct experiment_result slow;

		assert_true(family_fits(&scene, 1));
		family_sweep(&scene, 1, &fast);
		while (experiment_next(experiment, &frame))
			continue;
		experiment_result(experiment, &slow);
		for (uint32_t k = 0; k < scene->measure_count; k++)
			if (!(fabs(values[k] - slow.measures[k]) <= 1e-8 * (1 + fabs(values[k]))))
				fail_msg("%zu %.*s: %.12g beside %.12g", i, TEXT_ARG(scene->measures[k].id), values[k],
				         slow.measures[k]);
		assert_true(fast.error_estimate_m < 1e-8);
		experiment_destroy(experiment);
		arena_finish(&arena);
	}
}

static void what_is_not_closed_does_not_fit(void **state)
{
	static const char *const open[] = {
		"{'bodies':[{'id':'a','type':'static'}]}",
		"{'bodies':[{'id':'a','mass':1}],'events':[{'t':1,'do':'velocity','body':'a','vel':[1,0]}]}",
		"{'solver':{'mode':'rigid'},'bodies':[{'id':'a','mass':1}]}",
		"{'bodies':[{'id':'a','mass':1},{'id':'b','mass':1,'pos':[1,0]}],'joints':[{'id':'j','kind':'pin','a':'"
		"a',"
		"'b':'b'}]}",
		"{'bodies':[{'id':'a','mass':1,'pos':[1,0]}],'joints':[{'id':'j','kind':'pin','a':'world','b':'a','pb':"
		"[0.1,0]}]}",
		"{'bodies':[{'id':'a','mass':1}],'fields':[{'kind':'rotating','omega':1}]}",
		"{'bodies':[{'id':'a','mass':1,'shapes':[{'kind':'circle','r':1}]},{'id':'b','mass':1,'pos':[5,0],'"
		"shapes':"
		"[{'kind':'circle','r':1}]}]}",
	};

	for (size_t i = 0; i < array_count(open); i++) {
		struct arena        arena = {0};
		const struct scene *scene = read_quoted(&arena, open[i]);

		assert_false(family_fits(&scene, 1));
		arena_finish(&arena);
	}
}

static void a_fall_into_the_centre_diverges_and_nobody_else_does(void **state)
{
	struct arena arena = {0};
	const char  *format =
		"{'gravity':[0,0],'bodies':[{'id':'a','mass':1,'pos':[1,0],'vel':[0,%d]}],'fields':"
		"[{'kind':'central','gm':1}],'measure':[{'id':'x','kind':'position','body':'a','axis':'x'}]}";
	const struct scene  *scenes[2];
	double               values[2];
	struct family_result results[2] = {{.values = &values[0]}, {.values = &values[1]}};

	scenes[0] = read_quoted(&arena, arena_format(&arena, format, 0).data);
	scenes[1] = read_quoted(&arena, arena_format(&arena, format, 1).data);
	family_sweep(scenes, 2, results);
	assert_true(results[0].diverged ? isnan(results[0].error_estimate_m) : results[0].error_estimate_m > 1e-3);
	assert_true(!results[1].diverged && fabs(values[1] - cos(10)) < 1e-8);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- widths */

void lanes_advance_plain(enum lane_kind kind, struct lane_block *block, uint64_t first, uint32_t count, double h);

static void fill(struct lane_block *block)
{
	for (uint32_t row = 0; row < LANE_ROWS; row++)
		for (uint32_t i = 0; i < LANES; i++)
			block->rows[row][i] = 0.3 + 0.01 * i + 0.1 * row;
}

/* The same loops compiled for the plainest processor, and as this one picks them. */
static void the_width_does_not_show_in_the_bits(void **state)
{
	static struct lane_block wide, plain;

	for (enum lane_kind kind = 0; kind < LANE_KINDS; kind++) {
		fill(&wide);
		fill(&plain);
		lanes_advance(kind, &wide, 100, 500, 1.0 / 960);
		lanes_advance_plain(kind, &plain, 100, 500, 1.0 / 960);
		assert_memory_equal(&wide, &plain, sizeof(wide));
		assert_true(isfinite(wide.rows[LANE_X][LANES - 1]) && wide.rows[LANE_X][5] != 0.35);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scenarios_of_a_family_meet_their_formulas_across_a_sweep),
		cmocka_unit_test(every_lane_goes_where_the_precise_solver_goes),
		cmocka_unit_test(what_is_not_closed_does_not_fit),
		cmocka_unit_test(a_fall_into_the_centre_diverges_and_nobody_else_does),
		cmocka_unit_test(the_width_does_not_show_in_the_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
