/* One run: the scene from the log, the simulator's answer, the command that keeps it. */
#include "commands/grading/scene_log.h"
#include "physics/law.h"
#include "physics/scene/packed.h"
#include "subscribers/laboratory_parts.h"

#include <math.h>

/* ---------------------------------------------------------------- the scene */

/* NOT_FOUND: there is no such version. */
static enum status find_scene(struct bench *bench, const struct laboratory_wish *wish, struct text *out)
{
	struct bytes packed;
	enum status  status = scene_log_find(bench->reader, wish->simulation, wish->version, &bench->scratch, &packed);

	return status == STATUS_OK ? scene_unpack(packed, &bench->scratch, out) : status;
}

static void fail(struct laboratory_result *result, struct text code, struct text sentence)
{
	result->failure = code;
	result->sentence = sentence;
}

/* What the API let pass may be refused by a later build's bounds. */
static enum status pose(struct bench *bench, const struct laboratory_wish *wish, struct laboratory_result *result)
{
	struct scene_report report = {0};
	struct pose         pose = wish->pose;
	struct text         json;
	enum status         status = find_scene(bench, wish, &json);

	if (status == STATUS_NOT_FOUND) {
		fail(result, TEXT("scene_unknown"), TEXT("There is no such version of the simulation."));
		return STATUS_OK;
	}
	pose.audience = SCENE_TEACHER;
	if (status == STATUS_OK)
		status = scene_pose(json, &pose, &bench->scratch, &result->posed, &report);
	if (report.refusals.count == 0)
		return status;
	fail(result, TEXT("scene_unfit"),
	     arena_format(&bench->scratch, "%.*s %.*s.", TEXT_ARG(report.refusals.items[0].pointer),
	                  TEXT_ARG(report.refusals.items[0].sentence)));
	return STATUS_OK;
}

/* ---------------------------------------------------------------- the simulator */

static enum status reach_simulator(struct bench *bench)
{
	const char *path;

	if (bench->simulator)
		return STATUS_OK;
	path = config_in_data(bench->ground->config, SIMULATOR_SOCKET, &bench->scratch);
	return simulator_client_open(path, "laboratory", &bench->simulator);
}

static enum status ask_over_socket(struct bench *bench, const struct run_wish *wish, struct run_outcome *out)
{
	enum status status = reach_simulator(bench);

	if (status != STATUS_OK)
		return STATUS_UNREACHABLE;
	simulator_client_heed(bench->simulator, bench->ground->stopping);
	status = simulator_client_run(bench->simulator, wish, LABORATORY_RUN_TIMEOUT_MS, &bench->scratch, out);
	if (status == STATUS_OK)
		return STATUS_OK;
	simulator_client_close(bench->simulator);
	bench->simulator = NULL;
	return status == STATUS_TIMED_OUT ? STATUS_BUSY : STATUS_UNREACHABLE;
}

static enum status ask(struct bench *bench, const struct run_wish *wish, struct run_outcome *out)
{
	const struct laboratory_way *way = bench->ground->simulator;

	return way ? way->run(way->owner, wish, &bench->scratch, out) : ask_over_socket(bench, wish, out);
}

static struct text fault_sentence(struct arena *arena, const struct run_done *done)
{
	return arena_format(arena, "The run ended at frame %u: %.*s.", done->fault_frame, TEXT_ARG(done->fault));
}

/* A person's budget is spent for an hour, and others must not wait for it; what passes sooner is tried again. That
 * somebody has too many runs is no answer to a wish that is owed: everybody would wait until they have fewer. */
static bool passes(const struct run_failed *failure)
{
	return failure->retry_after_s > 0 && !text_is(failure->code, "budget_spent");
}

enum status bench_run(struct bench *bench, const struct laboratory_wish *wish, struct laboratory_result *out)
{
	struct laboratory_result result = {0};
	struct run_wish          said = {.person = wish->person, .budget = wish->budget, .owed = true};
	enum status              status;

	arena_reset(&bench->scratch);
	status = pose(bench, wish, &result);
	if (status == STATUS_OK && !result.failure.data) {
		said.scene = result.posed.canonical;
		status = ask(bench, &said, &result.outcome);
	}
	if (status != STATUS_OK)
		return status;
	if (!result.failure.data && !result.outcome.done) {
		if (passes(&result.outcome.failure))
			return STATUS_BUSY;
		fail(&result, result.outcome.failure.code, result.outcome.failure.sentence);
		result.frames = result.outcome.failure.frame;
	} else if (!result.failure.data && result.outcome.result.fault.data) {
		fail(&result, result.outcome.result.fault, fault_sentence(&bench->scratch, &result.outcome.result));
		result.frames = result.outcome.result.frames;
	}
	*out = result;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- in the schema's words */

uint32_t bench_mode(struct text mode)
{
	return text_is(mode, "rigid") ? SIMULATION_MODE_rigid : SIMULATION_MODE_precise;
}

struct list_of_run_measure bench_measures(struct bench *bench, const struct laboratory_result *result)
{
	const struct scene        *scene = result->posed.scene;
	const struct run_measures *measured = &result->outcome.result.measures;
	uint32_t                   count = scene && measured->count < scene->measure_count ? measured->count
	                                   : scene                                         ? scene->measure_count
	                                                                                   : 0;
	struct run_measure        *measures = arena_array(&bench->arena, struct run_measure, count);

	for (uint32_t i = 0; i < count; i++)
		measures[i] = (struct run_measure){.measure = scene->measures[i].id,
		                                   .has_value = measured->items[i].has_value,
		                                   .value = measured->items[i].value};
	return (struct list_of_run_measure){.items = measures, .count = count};
}

static struct run_expectation judge(const struct scene *scene, const struct scene_expectation *expectation,
                                    const struct run_measures *measured)
{
	double expected = law_value(expectation->formula, expectation->arguments);
	bool   has = expectation->measure < measured->count && measured->items[expectation->measure].has_value;
	double value = has ? measured->items[expectation->measure].value : NAN;
	struct law_check check =
		law_check(value, expected, expectation->tolerance_relative, expectation->tolerance_absolute);

	return (struct run_expectation){
		.measure = scene->measures[expectation->measure].id,
		.formula = text_from(expectation->formula->name),
		.expected = expected,
		.has_value = has,
		.value = has ? value : 0,
		.has_error = isfinite(check.error),
		.error = isfinite(check.error) ? check.error : 0,
		.within = check.within,
	};
}

/* A formula that has no value for these arguments says nothing. */
static struct list_of_run_expectation expectations_of(struct bench *bench, const struct laboratory_result *result)
{
	const struct scene     *scene = result->posed.scene;
	struct run_expectation *items = arena_array(&bench->arena, struct run_expectation, scene->expectation_count);
	struct list_of_run_expectation list = {.items = items};

	for (uint32_t i = 0; i < scene->expectation_count; i++) {
		items[list.count] = judge(scene, &scene->expectations[i], &result->outcome.result.measures);
		list.count += isfinite(items[list.count].expected);
	}
	return list;
}

enum { LINK_SIZE = 32, CHECKPOINT_BYTES_MAX = 32768 };

/* Every so manieth link, so that they fit; the last of all is the trajectory's hash. */
static struct bytes thinned(struct bench *bench, struct bytes links, uint32_t *frames)
{
	size_t   count = links.size / LINK_SIZE;
	size_t   stride = (count * LINK_SIZE + CHECKPOINT_BYTES_MAX - 1) / CHECKPOINT_BYTES_MAX;
	uint8_t *kept = arena_alloc(&bench->arena, links.size + 1);
	size_t   size = 0;

	stride = stride > 0 ? stride : 1;
	for (size_t i = stride; i <= count; i += stride, size += LINK_SIZE)
		memcpy(kept + size, links.data + (i - 1) * LINK_SIZE, LINK_SIZE);
	*frames = (uint32_t)stride * SIMULATOR_BLOCK_FRAMES;
	return BYTES(kept, size);
}

/* ---------------------------------------------------------------- a run that was asked for */

static enum status send(struct bench *bench, struct delivery *delivery, const char *command, const void *fields,
                        struct id about)
{
	struct sent sent;

	return sender_send(bench->sender, delivery,
	                   &(struct errand){.command = command, .fields = fields, .about = about}, &sent);
}

static enum status tell_failure(struct bench *bench, struct delivery *delivery,
                                const struct simulation_run_requested *event, const struct laboratory_result *result)
{
	const struct fail_run fields = {
		.run = event->run,
		.scene_hash = event->scene_hash,
		.run_hash = result->outcome.accepted.run_hash,
		.code = result->failure,
		.frames = result->frames,
		.sentence = result->sentence.data ? result->sentence : TEXT(""),
	};

	return send(bench, delivery, "fail_run", &fields, event->run);
}

static enum status tell_result(struct bench *bench, struct delivery *delivery,
                               const struct simulation_run_requested *event, const struct laboratory_result *result)
{
	const struct run_done *done = &result->outcome.result;
	struct text            reason = result->outcome.accepted.reason;
	struct complete_run    fields = {
		   .run = event->run,
		   .scene_hash = done->scene_hash,
		   .run_hash = done->run_hash,
		   .engine = done->engine,
		   .mode = bench_mode(done->mode),
		   .reason = reason.data ? reason : TEXT(""),
		   .frames = done->frames,
		   .steps = done->steps,
		   .trajectory_hash = done->trajectory_hash,
		   .has_energy_drift = done->has_energy_drift,
		   .energy_drift = done->energy_drift,
		   .constraint_error = done->constraint_error_m,
		   .has_error_estimate = done->has_error_estimate_m,
		   .error_estimate = done->error_estimate_m,
		   .measures = bench_measures(bench, result),
		   .expectations = expectations_of(bench, result),
		   .cpu_us = done->cpu_us,
        };

	fields.checkpoints = thinned(bench, done->checkpoints, &fields.checkpoint_frames);
	return send(bench, delivery, "complete_run", &fields, event->run);
}

static bool visit_run(void *owner, const struct record *record)
{
	*(bool *)owner |= record->number != EVENT_simulation_run_requested;
	return true;
}

/* It may have been cancelled, or settled by a delivery that was not counted. */
static enum status is_settled(struct bench *bench, struct id run, bool *out)
{
	*out = false;
	return reader_stream(bench->reader, run, 1, UINT32_MAX, visit_run, out);
}

enum status laboratory_run(struct bench *bench, struct delivery *delivery, const struct simulation_run_requested *event)
{
	struct scene_value      *values = arena_array(&bench->arena, struct scene_value, event->settings.count);
	struct laboratory_wish   wish = {.simulation = event->simulation,
	                                 .version = event->version,
	                                 .person = event->requester,
	                                 .budget = RUN_NORMAL,
	                                 .pose = {.values = values,
	                                          .value_count = event->settings.count,
	                                          .has_seed = event->has_seed,
	                                          .seed = (uint32_t)event->seed}};
	struct laboratory_result result;
	bool                     settled;
	enum status              status = is_settled(bench, event->run, &settled);

	for (uint32_t i = 0; i < event->settings.count; i++)
		values[i] = (struct scene_value){event->settings.items[i].name, event->settings.items[i].value};
	if (status != STATUS_OK || settled)
		return status;
	status = bench_run(bench, &wish, &result);
	if (status != STATUS_OK)
		return status;
	return result.failure.data ? tell_failure(bench, delivery, event, &result)
	                           : tell_result(bench, delivery, event, &result);
}
