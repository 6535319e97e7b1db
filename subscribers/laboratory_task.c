/* Simulation tasks: what a learner answers is run as soon as it is finished, by the version of the simulation that the
 * key names. The grader judges it when the log has the run. */
#include "commands/grading/attempt_log.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/json_value.h"
#include "subscribers/laboratory_parts.h"

enum { ANSWER_BYTES_MAX = 12000 * 4, ANSWER_DEPTH_MAX = 2, TASK_PARAMETERS_MAX = 16 };

/* ---------------------------------------------------------------- what was answered */

static const struct task_parameter *parameter_named(const struct task_set *task, struct text name)
{
	for (uint32_t i = 0; i < task->parameters.count; i++)
		if (text_equal(task->parameters.items[i].name, name))
			return &task->parameters.items[i];
	return NULL;
}

static bool take_value(const struct task_set *task, struct text name, const struct json_value *given,
                       struct scene_value *out)
{
	const struct task_parameter *parameter = parameter_named(task, name);

	*out = (struct scene_value){.name = name, .value = given->number};
	return parameter && given->kind == JSON_VALUE_NUMBER && given->number >= parameter->minimum
	       && given->number <= parameter->maximum;
}

/* {"L": 1.2}: what it leaves out has the scene's own value. False: it turns what may not be turned, or not so far. */
static bool read_values(struct bench *bench, const struct task_set *task, struct text answer, struct pose *pose)
{
	const struct json_bounds bounds = {.size_max = ANSWER_BYTES_MAX, .depth_max = ANSWER_DEPTH_MAX};
	struct complaints        complaints = {0};
	struct json_value       *json;
	struct scene_value      *values;

	if (json_value_read(text_bytes(answer), &bounds, &bench->arena, &json, &complaints) != STATUS_OK
	    || json->kind != JSON_VALUE_OBJECT || json->count > TASK_PARAMETERS_MAX)
		return false;
	values = arena_array(&bench->arena, struct scene_value, json->count);
	for (uint32_t i = 0; i < json->count; i++)
		if (!take_value(task, json->names[i], &json->items[i], &values[i]))
			return false;
	*pose = (struct pose){.values = values, .value_count = json->count};
	return true;
}

/* ---------------------------------------------------------------- what it came to */

static enum status run_answer(struct bench *bench, const struct task_set *task, struct text answer,
                              struct laboratory_result *out)
{
	struct laboratory_wish wish = {
		.simulation = task->simulation, .version = task->simulation_version, .budget = RUN_BATCH};

	if (read_values(bench, task, answer, &wish.pose))
		return bench_run(bench, &wish, out);
	*out = (struct laboratory_result){.failure = TEXT("values_unfit")};
	return STATUS_OK;
}

static enum status tell(struct bench *bench, struct delivery *delivery, const struct complete_task_run *fields)
{
	struct sent sent;

	return sender_send(bench->sender, delivery,
	                   &(struct errand){.command = "complete_task_run",
	                                    .fields = fields,
	                                    .number = fields->slot,
	                                    .about = fields->attempt},
	                   &sent);
}

static enum status run_slot(struct bench *bench, struct delivery *delivery, const struct attempt_log *attempt,
                            uint32_t slot, const struct task_set *task)
{
	struct complete_task_run fields = {.attempt = attempt->sheet.attempt,
	                                   .slot = slot + 1,
	                                   .key = task->key,
	                                   .simulation = task->simulation,
	                                   .simulation_version = task->simulation_version};
	struct laboratory_result result;
	enum status              status = run_answer(bench, task, attempt->answers[slot]->text, &result);

	if (status != STATUS_OK)
		return status;
	fields.failure = result.failure;
	fields.scene_hash = result.posed.hash;
	fields.run_hash = result.outcome.accepted.run_hash;
	fields.engine = result.outcome.accepted.engine;
	if (!result.failure.data) {
		fields.trajectory_hash = result.outcome.result.trajectory_hash;
		fields.measures = bench_measures(bench, &result);
	}
	return tell(bench, delivery, &fields);
}

/* By the key that stands as of the event, as the grader would take it. */
static enum status run_if_needed(struct bench *bench, struct delivery *delivery, const struct attempt_log *attempt,
                                 uint32_t slot)
{
	const struct question_wish wish = {.question = attempt->sheet.slots[slot].question,
	                                   .version = attempt->sheet.slots[slot].version,
	                                   .key = QUESTION_LOG_LATEST,
	                                   .until = delivery->record.position};
	struct question_found      found;
	enum status                status = question_log_find(bench->questions, &wish, &found);

	if (status != STATUS_OK || !attempt_log_needs_run(attempt, slot, &found))
		return status;
	return run_slot(bench, delivery, attempt, slot, found.task);
}

enum status laboratory_tasks(struct bench *bench, struct delivery *delivery, struct id attempt_id)
{
	struct attempt_log *attempt = arena_new(&bench->arena, struct attempt_log);
	enum status         status = attempt_log_read(bench->reader, bench->ground->opener, attempt_id,
	                                              delivery->record.position, &bench->arena, attempt);

	for (uint32_t slot = 0; status == STATUS_OK && slot < attempt->sheet.slots_count; slot++)
		if (attempt_log_is_ready(attempt, slot) && !attempt_log_is_forgotten(attempt, slot))
			status = run_if_needed(bench, delivery, attempt, slot);
	return status;
}
