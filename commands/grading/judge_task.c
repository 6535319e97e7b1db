#include "commands/grading/judge_task.h"

#include "eventstore/base/require.h"

#include <math.h>

bool judge_task_run_fits(const struct task_set *task, const struct task_run_completed *run)
{
	return run && id_equal(run->simulation, task->simulation)
	       && run->simulation_version == task->simulation_version;
}

static const struct run_measure *measure_of(const struct task_run_completed *run, struct text name)
{
	for (uint32_t i = 0; i < run->measures.count; i++)
		if (text_equal(run->measures.items[i].measure, name))
			return &run->measures.items[i];
	return NULL;
}

static bool is_at_target(const struct task_criterion *criterion, double value)
{
	double relative = criterion->relative * fabs(criterion->target);
	double allowed = criterion->absolute > relative ? criterion->absolute : relative;

	return fabs(value - criterion->target) <= allowed;
}

bool judge_task_holds(const struct task_criterion *criterion, const struct task_run_completed *run)
{
	const struct run_measure *measure = measure_of(run, criterion->measure);

	if (!measure || !measure->has_value)
		return false;
	if (criterion->has_target)
		return is_at_target(criterion, measure->value);
	return (!criterion->has_minimum || measure->value >= criterion->minimum)
	       && (!criterion->has_maximum || measure->value <= criterion->maximum);
}

struct grade judge_task(const struct judging *judging)
{
	const struct task_set           *task = judging->task;
	const struct task_run_completed *run = judging->run;
	uint64_t                         kept = 0, all = 0;

	if (!task || !judge_task_run_fits(task, run) || task->criteria.count == 0)
		return (struct grade){.verdict = GRADE_UNDECIDED, .undecided = true};
	if (run->failure.data && text_is(run->failure, "values_unfit") && run->key == task->key)
		return (struct grade){.verdict = GRADE_WRONG};
	if (run->failure.data)
		return (struct grade){.verdict = GRADE_UNDECIDED, .undecided = true};
	for (uint32_t i = 0; i < task->criteria.count; i++) {
		const struct task_criterion *criterion = &task->criteria.items[i];

		all += criterion->share;
		kept += judge_task_holds(criterion, run) ? criterion->share : 0;
	}
	return (struct grade){
		.fraction_ppm = (uint32_t)((kept * GRADE_FULL + all / 2) / all),
		.verdict = kept == all ? GRADE_RIGHT
	                   : kept > 0  ? GRADE_PARTLY
	                               : GRADE_WRONG,
	};
}
