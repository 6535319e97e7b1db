/* Simulation tasks: their keys, and the runs that answers are judged by. That the simulation has the parameters and the
 * measures that a key speaks of, the API looks at before, and may the author see it. */
#include "commands/course_role.h"
#include "commands/decision.h"
#include "schema/handlers.h"

#include <math.h>

/* ---------------------------------------------------------------- what is remembered */

/* A slot has one run by each key; of the keys the latest counts. */
void task_bench_on_task_run_completed(struct task_bench *bench, const struct task_run_completed *event)
{
	uint32_t place = 0;

	while (place < bench->runs_count && bench->runs[place].slot != event->slot)
		place++;
	if (place == bench->runs_count && place < array_count(bench->runs))
		bench->runs_count++;
	if (place < array_count(bench->runs))
		bench->runs[place] = (struct task_run){.slot = event->slot, .key = event->key};
}

/* ---------------------------------------------------------------- keys */

static bool is_range(bool has_low, double low, bool has_high, double high)
{
	return (has_low || has_high) && !(has_low && has_high && low > high);
}

static bool is_tolerance(double tolerance)
{
	return isfinite(tolerance) && tolerance >= 0;
}

/* Either a range or a target. */
static bool criterion_fits(const struct task_criterion *criterion)
{
	bool by_range = criterion->has_minimum || criterion->has_maximum;

	if (by_range == criterion->has_target)
		return false;
	if (by_range)
		return !criterion->has_absolute && !criterion->has_relative
		       && is_range(criterion->has_minimum, criterion->minimum, criterion->has_maximum,
		                   criterion->maximum);
	return isfinite(criterion->target) && is_tolerance(criterion->absolute) && is_tolerance(criterion->relative);
}

static bool names_differ(const struct list_of_task_parameter *parameters)
{
	for (uint32_t i = 0; i < parameters->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (text_equal(parameters->items[i].name, parameters->items[j].name))
				return false;
	return true;
}

static bool task_fits(const struct set_task *command)
{
	if (command->parameters.count == 0 || command->criteria.count == 0 || !names_differ(&command->parameters))
		return false;
	for (uint32_t i = 0; i < command->parameters.count; i++)
		if (!(command->parameters.items[i].minimum <= command->parameters.items[i].maximum))
			return false;
	for (uint32_t i = 0; i < command->criteria.count; i++)
		if (!criterion_fits(&command->criteria.items[i]))
			return false;
	return true;
}

/* Whoever may not change a question of the course does not learn that there is one, unless the course is visible. */
static enum refusal task_obstacle(const struct question *question, const struct course *course,
                                  const struct simulation *simulation, const struct user *user,
                                  const struct set_task *command)
{
	enum refusal obstacle = course_write_obstacle(course, user);

	if (obstacle == REFUSAL_course_unknown || !question->exists)
		return REFUSAL_question_unknown;
	if (obstacle != REFUSAL_none)
		return obstacle;
	if (command->version > question->versions_count)
		return REFUSAL_version_unknown;
	if (!simulation->exists)
		return REFUSAL_simulation_unknown;
	if (command->of_version == 0 || command->of_version > simulation->version)
		return REFUSAL_simulation_version_unknown;
	if (command->has_seen && command->seen != question->versions[command->version - 1].key)
		return REFUSAL_revision_stale;
	if (question->versions[command->version - 1].type != QUESTION_TYPE_simulation || !task_fits(command))
		return REFUSAL_key_unfit;
	return REFUSAL_none;
}

void question_decide_set_task(const struct question *question, const struct course *course,
                              const struct simulation *simulation, const struct user *user,
                              const struct set_task *command, struct decision *decision)
{
	enum refusal obstacle = task_obstacle(question, course, simulation, user, command);

	if (obstacle != REFUSAL_none) {
		refuse(decision, obstacle);
		return;
	}
	emit(decision, key_set, .question = command->question, .course = question->course, .version = command->version,
	     .key = question->keys + 1, .reason = command->reason);
	emit(decision, task_set, .question = command->question, .course = question->course, .version = command->version,
	     .key = question->keys + 1, .simulation = command->simulation, .simulation_version = command->of_version,
	     .parameters = command->parameters, .criteria = command->criteria);
}

/* ---------------------------------------------------------------- runs */

static bool was_run(const struct task_bench *bench, const struct complete_task_run *command)
{
	for (uint32_t i = 0; i < bench->runs_count; i++)
		if (bench->runs[i].slot == command->slot && bench->runs[i].key == command->key)
			return true;
	return false;
}

void attempt_decide_complete_task_run(const struct attempt *attempt, const struct task_bench *bench,
                                      const struct complete_task_run *command, struct decision *decision)
{
	const struct attempt_slot *slot;

	if (!attempt->exists) {
		refuse(decision, REFUSAL_attempt_unknown);
		return;
	}
	if (command->slot > attempt->slots_count) {
		refuse(decision, REFUSAL_slot_unknown);
		return;
	}
	slot = &attempt->slots[command->slot - 1];
	if (!was_run(bench, command))
		emit(decision, task_run_completed, .attempt = command->attempt, .history = attempt->history,
		     .learner = attempt->learner, .slot = command->slot, .question = slot->question,
		     .version = slot->version, .key = command->key, .simulation = command->simulation,
		     .simulation_version = command->simulation_version, .scene_hash = command->scene_hash,
		     .run_hash = command->run_hash, .engine = command->engine,
		     .trajectory_hash = command->trajectory_hash, .failure = command->failure,
		     .measures = command->measures);
}
