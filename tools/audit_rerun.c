/* orrery audit rerun: has runs made once more and compares what comes out, bit for bit. */
#include "commands/grading/scene_log.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "physics/scene/packed.h"
#include "physics/trajectory.h"
#include "schema/events.h"
#include "tools/desk.h"
#include "tools/rerun.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Another engine's bits are others; what it measures must be near. */
#define MEASURE_TOLERANCE 1e-6

enum { REPEATED_RUNS_MAX = 100000 }; /* of one simulation */

struct repetition {
	struct desk *desk;
	bool         json;
	struct id    simulation; /* absent: one run */
	struct map   seen;  /* hashes of runs that were repeated: the same scene on the same engine is the same run */
	struct arena arena; /* of one run */
	struct rerun rerun;
	uint32_t     repeated, differing;
	struct id   *runs; /* of a simulation, to be repeated */
	uint32_t     run_count;
	enum status  status;
};

/* ---------------------------------------------------------------- what the log tells */

struct told_run {
	const struct simulation_run_requested *requested;
	const struct simulation_run_completed *completed;
	struct arena                          *arena;
	enum status                            status;
};

static bool visit_run(void *owner, const struct record *record)
{
	struct told_run         *told = owner;
	struct record            copy = *record;
	const struct event_type *type;
	const void              *event;

	copy.payload = arena_bytes(told->arena, record->payload);
	told->status = record_event(&copy, NULL, told->arena, &type, &event);
	if (told->status == STATUS_OK && record->number == EVENT_simulation_run_requested)
		told->requested = event;
	else if (told->status == STATUS_OK && record->number == EVENT_simulation_run_completed)
		told->completed = event;
	return told->status == STATUS_OK;
}

/* NOT_FOUND: there is no such run, or it came to no end. */
static enum status read_run(struct repetition *self, struct id run, struct told_run *out)
{
	struct told_run told = {.arena = &self->arena};
	enum status     status = reader_stream(self->desk->reader, run, 1, UINT32_MAX, visit_run, &told);

	if (status == STATUS_OK)
		status = told.status;
	if (status == STATUS_OK && (!told.requested || !told.completed))
		status = STATUS_NOT_FOUND;
	*out = told;
	return status;
}

static enum status pose(struct repetition *self, const struct simulation_run_requested *event, struct posed_scene *out)
{
	struct scene_value *values = arena_array(&self->arena, struct scene_value, event->settings.count);
	struct pose         pose = {.audience = SCENE_TEACHER,
	                            .values = values,
	                            .value_count = event->settings.count,
	                            .has_seed = event->has_seed,
	                            .seed = (uint32_t)event->seed};
	struct scene_report report = {0};
	struct bytes        packed;
	struct text         json;
	enum status         status =
		scene_log_find(self->desk->reader, event->simulation, event->version, &self->arena, &packed);

	for (uint32_t i = 0; i < event->settings.count; i++)
		values[i] = (struct scene_value){event->settings.items[i].name, event->settings.items[i].value};
	if (status == STATUS_OK)
		status = scene_unpack(packed, &self->arena, &json);
	return status == STATUS_OK ? scene_pose(json, &pose, &self->arena, out, &report) : status;
}

/* ---------------------------------------------------------------- comparing */

/* The first of the links that the event has which does not come out; its frame, 0 when all do. */
static uint32_t first_difference(const struct simulation_run_completed *told, const struct rerun *rerun)
{
	uint32_t stride = told->checkpoint_frames / TRAJECTORY_KEY_FRAMES;
	size_t   links = told->checkpoints.size / sizeof(struct hash);

	for (size_t i = 0; stride > 0 && i < links; i++) {
		size_t at = (i + 1) * stride - 1;

		if (at >= rerun->checkpoint_count
		    || memcmp(told->checkpoints.data + i * sizeof(struct hash), &rerun->checkpoints[at],
		              sizeof(struct hash))
		               != 0)
			return (uint32_t)(i + 1) * told->checkpoint_frames;
	}
	return hash_equal(&told->trajectory_hash, &rerun->trajectory_hash) ? 0 : told->frames;
}

static bool is_near(double a, double b)
{
	double scale = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

	return fabs(a - b) <= MEASURE_TOLERANCE * (scale > 1 ? scale : 1);
}

static bool measures_are_near(const struct simulation_run_completed *told, const struct rerun *rerun)
{
	for (uint32_t i = 0; i < told->measures.count && i < rerun->measure_count; i++) {
		const struct run_measure *measure = &told->measures.items[i];

		if (measure->has_value != !isnan(rerun->measures[i])
		    || (measure->has_value && !is_near(measure->value, rerun->measures[i])))
			return false;
	}
	return told->measures.count == rerun->measure_count;
}

struct finding {
	const char *word; /* same, near, differs, broke_off, other_scene */
	uint32_t    frame;
};

/* The same engine must give the same bits; another one, near measures. */
static struct finding judge(const struct told_run *told, const struct posed_scene *posed, const struct rerun *rerun)
{
	const struct simulation_run_completed *event = told->completed;
	struct finding                         finding = {.frame = first_difference(event, rerun)};
	bool                                   same_engine = hash_equal(&event->engine, &rerun->engine);

	if (!hash_equal(&event->scene_hash, &posed->hash))
		finding.word = "other_scene";
	else if (!rerun->ended)
		finding.word = "broke_off";
	else if (finding.frame == 0 && event->frames == rerun->frames)
		finding.word = "same";
	else
		finding.word = !same_engine && measures_are_near(event, rerun) ? "near" : "differs";
	return finding;
}

/* ---------------------------------------------------------------- telling */

static void tell_json(struct repetition *self, const struct told_run *told, struct finding finding)
{
	struct buffer *out = &self->desk->out;
	char           run[ID_TEXT_SIZE + 1], simulation[ID_TEXT_SIZE + 1];

	id_format(told->completed->run, run);
	id_format(told->completed->simulation, simulation);
	buffer_format(out,
	              "{\"run\":\"%s\",\"simulation\":\"%s\",\"finding\":\"%s\",\"frames\":%u,\"same_engine\":%s,"
	              "\"same_trajectory\":%s",
	              run, simulation, finding.word, told->completed->frames,
	              hash_equal(&told->completed->engine, &self->rerun.engine) ? "true" : "false",
	              finding.frame == 0 ? "true" : "false");
	if (finding.frame > 0)
		buffer_format(out, ",\"differs_by\":%u", finding.frame);
	buffer_append_text(out, TEXT("}\n"));
}

static void append_hash(struct buffer *out, const struct hash *hash)
{
	for (size_t i = 0; i < sizeof(hash->bytes); i++)
		buffer_format(out, "%02x", hash->bytes[i]);
}

static void tell_difference(struct repetition *self, const struct told_run *told, struct finding finding)
{
	struct buffer *out = &self->desk->out;
	uint32_t       step = told->completed->checkpoint_frames;
	uint32_t       after = finding.frame > step ? (finding.frame - 1) / step * step : 0;

	buffer_format(out, "    the chains part between frame %u and frame %u of %u\n", after, finding.frame,
	              told->completed->frames);
	if (!hash_equal(&told->completed->engine, &self->rerun.engine))
		buffer_append_text(out, TEXT("    the engine is another one, whose bits may be others\n"));
}

static void tell_people(struct repetition *self, const struct told_run *told, struct finding finding)
{
	struct buffer *out = &self->desk->out;
	char           run[ID_TEXT_SIZE + 1];

	id_format(told->completed->run, run);
	buffer_format(out, "run:%s  ", run);
	screen_paint(&self->desk->screen, out, PAINT_NAME, text_from(finding.word));
	buffer_format(out, "  %u frames  chain ", told->completed->frames);
	append_hash(out, &told->completed->trajectory_hash);
	buffer_append_text(out, TEXT("\n"));
	if (finding.frame > 0 && self->rerun.ended)
		tell_difference(self, told, finding);
}

/* ---------------------------------------------------------------- one run after the other */

static enum status repeat(struct repetition *self, struct id run)
{
	struct told_run    told;
	struct posed_scene posed;
	struct finding     finding;
	bool               fresh;
	enum status        status = read_run(self, run, &told);

	if (status != STATUS_OK)
		return status;
	map_put(&self->seen, told.completed->run_hash.bytes, &fresh);
	if (!fresh)
		return STATUS_OK;
	status = pose(self, told.requested, &posed);
	if (status == STATUS_OK)
		status = rerun_scene(&posed, &self->rerun);
	if (status != STATUS_OK)
		return status;
	finding = judge(&told, &posed, &self->rerun);
	self->repeated++;
	self->differing += strcmp(finding.word, "same") != 0 && strcmp(finding.word, "near") != 0;
	if (self->json)
		tell_json(self, &told, finding);
	else
		tell_people(self, &told, finding);
	return desk_print(self->desk);
}

/* Noted first and repeated later: no view into the log is held while a scene runs. */
static bool visit_completed(void *owner, const struct record *record)
{
	struct repetition       *self = owner;
	const struct event_type *type;
	const void              *event;

	self->status = record_event(record, NULL, &self->arena, &type, &event);
	if (self->status == STATUS_OK && self->run_count == REPEATED_RUNS_MAX)
		self->status = STATUS_TOO_LARGE;
	else if (self->status == STATUS_OK
	         && id_equal(((const struct simulation_run_completed *)event)->simulation, self->simulation))
		self->runs[self->run_count++] = record->streams[0].id;
	arena_reset(&self->arena);
	return self->status == STATUS_OK;
}

static enum status find_runs(struct repetition *self)
{
	static const uint16_t     numbers[] = {EVENT_simulation_run_completed};
	const struct event_filter filter = {.numbers = numbers, .number_count = 1};
	struct filtered_walk      walk = {0};
	enum status               status = STATUS_OK;

	while (status == STATUS_OK && self->status == STATUS_OK && walk.reached < self->desk->head)
		status = reader_filtered(self->desk->reader, &filter, walk.reached + 1, UINT32_MAX, visit_completed,
		                         self, &walk);
	return status == STATUS_OK ? self->status : status;
}

static enum status repeat_all(struct repetition *self)
{
	enum status status;

	self->runs = calloc(REPEATED_RUNS_MAX, sizeof(self->runs[0]));
	require(self->runs != NULL);
	status = find_runs(self);
	for (uint32_t i = 0; status == STATUS_OK && i < self->run_count; i++) {
		status = repeat(self, self->runs[i]);
		arena_reset(&self->arena);
	}
	free(self->runs);
	return status;
}

static int conclude(struct repetition *self, enum status status)
{
	if (status == STATUS_NOT_FOUND || (status == STATUS_OK && self->repeated == 0)) {
		desk_complain(self->desk, "There is no run of it that came to its end.");
		return AUDIT_NOT_FOUND;
	}
	if (status != STATUS_OK)
		return desk_failed(self->desk, status);
	if (!self->json) {
		buffer_format(&self->desk->out, "%u runs were repeated, %u came out otherwise\n", self->repeated,
		              self->differing);
		if (desk_print(self->desk) != STATUS_OK)
			return EXIT_FAILURE;
	}
	return self->differing > 0 ? AUDIT_DAMAGED : EXIT_SUCCESS;
}

/* As the other verbs print them: run:ID or simulation:ID. */
static int repeat_named(struct repetition *self, const char *word)
{
	struct text rest = text_from(word);
	struct id   id;

	if (text_take(&rest, TEXT("run:")) && id_parse(rest, &id))
		return conclude(self, repeat(self, id));
	if (text_take(&rest, TEXT("simulation:")) && id_parse(rest, &id)) {
		self->simulation = id;
		return conclude(self, repeat_all(self));
	}
	desk_complain(self->desk, "It takes a run or a simulation: run:ID or simulation:ID.");
	return EXIT_USAGE;
}

static int run_with(const struct desk_wish *wish, const char *word)
{
	struct desk       desk;
	struct repetition self = {.desk = &desk, .json = wish->json, .seen = {.key_size = sizeof(struct hash)}};
	int               code = EXIT_FAILURE;

	if (desk_open(&desk, audit_rerun.name)) {
		screen_open(&desk.screen, !wish->json && !wish->no_pager);
		code = repeat_named(&self, word);
	}
	map_finish(&self.seen);
	arena_finish(&self.arena);
	return desk_close(&desk, code);
}

static int run_rerun(int argc, char **argv)
{
	return desk_run(&audit_rerun, "It takes a run or a simulation: run:ID or simulation:ID.", argc, argv, run_with);
}

const struct verb audit_rerun = {
	.name = "rerun",
	.sentence = "Runs simulations once more and compares what comes out, bit for bit.",
	.manual = "Usage: orrery audit rerun run:ID|simulation:ID [--json] [--no-pager]\n\n"
		  "Takes the scene and the values of a run from the log, or those of all runs of a simulation that "
		  "came to\n"
		  "their end, runs each again in a process of its own, and compares the hash of the scene, the engine, "
		  "the\n"
		  "frames, and every checkpoint of the chain of hashes over all states. Neither the simulator nor what "
		  "it\n"
		  "keeps is asked. Of a run that comes out otherwise it tells between which frames the chains part.\n\n"
		  "same         every bit is as the log tells\n"
		  "near         the engine is another one; what is measured is as before to a millionth\n"
		  "differs      it comes out otherwise\n"
		  "broke_off    the process that ran it did not come to an end\n"
		  "other_scene  by this build the scene has another canonical form\n\n"
		  "--json       a line for each run\n"
		  "Exit codes: 0 all are the same or near, 1 there is no such run or it could not be done, 2 not\n"
		  "understood, 3 some come out otherwise.\n",
	.run = run_rerun,
};
