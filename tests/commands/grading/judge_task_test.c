/* Simulation tasks: what an answer is worth by what our run of it came to. */
#include "commands/grading/judge_task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define LIST(list, ...)                                                                                                \
	(struct list_of_##list)                                                                                        \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

static const struct id simulation = {.bytes = {7}}, another = {.bytes = {8}};

static struct task_set task_of(struct list_of_task_criterion criteria)
{
	return (struct task_set){.simulation = simulation, .simulation_version = 2, .key = 3, .criteria = criteria};
}

static struct task_run_completed run_of(struct list_of_run_measure measures)
{
	return (struct task_run_completed){
		.simulation = simulation, .simulation_version = 2, .key = 3, .measures = measures};
}

static void comes_to(const struct task_set *task, const struct task_run_completed *run, enum grade_verdict verdict,
                     uint32_t fraction_ppm)
{
	struct grade grade = judge_task(&(struct judging){.task = task, .run = run});

	if (grade.verdict != verdict || grade.fraction_ppm != fraction_ppm
	    || grade.undecided != (verdict == GRADE_UNDECIDED))
		fail_msg("%s with %u", grade_verdict_name(grade.verdict), grade.fraction_ppm);
}

static void each_criterion_that_holds_brings_its_share(void **state)
{
	const struct task_criterion period = {.measure = TEXT("T"),
	                                      .has_target = true,
	                                      .target = 2,
	                                      .has_absolute = true,
	                                      .absolute = 0.01,
	                                      .share = 600};
	const struct task_criterion height = {.measure = TEXT("h"), .has_minimum = true, .minimum = 1, .share = 300};
	struct task_set             task = task_of(LIST(task_criterion, period, height));
	struct task_run_completed both = run_of(LIST(run_measure, {.measure = TEXT("h"), .has_value = true, .value = 1},
	                                             {.measure = TEXT("T"), .has_value = true, .value = 2.01}));
	struct task_run_completed one = run_of(LIST(run_measure, {.measure = TEXT("h"), .has_value = true, .value = 1},
	                                            {.measure = TEXT("T"), .has_value = true, .value = 2.02}));
	struct task_run_completed none = run_of(
		LIST(run_measure, {.measure = TEXT("h")}, {.measure = TEXT("t"), .has_value = true, .value = 2}));

	comes_to(&task, &both, GRADE_RIGHT, GRADE_FULL);
	comes_to(&task, &one, GRADE_PARTLY, 333333);
	comes_to(&task, &none, GRADE_WRONG, 0);
}

static bool holds(struct task_criterion criterion, double value)
{
	struct task_run_completed run =
		run_of(LIST(run_measure, {.measure = TEXT("T"), .has_value = true, .value = value}));

	criterion.measure = TEXT("T");
	return judge_task_holds(&criterion, &run);
}

static void the_larger_tolerance_holds_and_a_range_has_its_ends(void **state)
{
	struct task_criterion near = {.has_target = true, .target = -10, .absolute = 0.5, .relative = 0.1};
	struct task_criterion between = {.has_minimum = true, .minimum = 1, .has_maximum = true, .maximum = 2};
	struct task_criterion below = {.has_maximum = true, .maximum = 2};

	assert_true(holds(near, -11));
	assert_true(holds(near, -9));
	assert_false(holds(near, -11.01));
	near.relative = 0;
	assert_true(holds(near, -10.5));
	assert_false(holds(near, -10.6));
	assert_true(holds(between, 1));
	assert_true(holds(between, 2));
	assert_false(holds(between, 2.001));
	assert_false(holds(between, 0.999));
	assert_true(holds(below, -1e300));
}

static void what_could_not_be_run_waits_for_people_but_values_that_are_out_of_bounds_are_wrong(void **state)
{
	struct task_set           task = task_of(LIST(task_criterion, {.measure = TEXT("T"), .share = 1}));
	struct task_run_completed failed = {
		.simulation = simulation, .simulation_version = 2, .key = 3, .failure = TEXT("diverged")};
	struct task_run_completed unfit = failed;

	unfit.failure = TEXT("values_unfit");
	comes_to(&task, &failed, GRADE_UNDECIDED, 0);
	comes_to(&task, &unfit, GRADE_WRONG, 0);
	task.key = 4; /* which may have other bounds */
	comes_to(&task, &unfit, GRADE_UNDECIDED, 0);
	comes_to(&task, NULL, GRADE_UNDECIDED, 0);
	comes_to(NULL, &failed, GRADE_UNDECIDED, 0);
}

static void a_run_serves_every_key_that_names_the_same_version_of_the_simulation(void **state)
{
	struct task_set           task = task_of((struct list_of_task_criterion){0});
	struct task_run_completed run = {.simulation = simulation, .simulation_version = 2, .key = 1};

	assert_true(judge_task_run_fits(&task, &run));
	assert_false(judge_task_run_fits(&task, NULL));
	run.simulation_version = 1;
	assert_false(judge_task_run_fits(&task, &run));
	run.simulation_version = 2;
	run.simulation = another;
	assert_false(judge_task_run_fits(&task, &run));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_criterion_that_holds_brings_its_share),
		cmocka_unit_test(the_larger_tolerance_holds_and_a_range_has_its_ends),
		cmocka_unit_test(what_could_not_be_run_waits_for_people_but_values_that_are_out_of_bounds_are_wrong),
		cmocka_unit_test(a_run_serves_every_key_that_names_the_same_version_of_the_simulation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
