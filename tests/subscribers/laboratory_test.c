/* The laboratory on a real log; the simulator and the writer that it speaks to are the test. */
#include "subscribers/laboratory.h"

#include "eventstore/codec/codec_msgpack.h"
#include "physics/scene/packed.h"
#include "schema/commands.h"
#include "schema/events.h"
#include "subscribers/sender.h"
#include "tests/subscribers/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SENT_MAX = 16, RUNS_MAX = 16 };

/* Numbers of ground_id. */
enum { LEARNER = 1, COURSE, ASSESSMENT, TASK, ATTEMPT, SIMULATION, RUN, SWEEP };

static const char ball[] =
	"{\"v\":1,\"solver\":{\"duration\":1},\"bodies\":[{\"id\":\"ball\",\"mass\":1,\"pos\":[0,10],"
	"\"shapes\":[{\"kind\":\"circle\",\"r\":0.1}]}],"
	"\"params\":{\"h\":{\"path\":\"/bodies/0/pos/1\",\"min\":1,\"max\":20}},"
	"\"measure\":[{\"id\":\"y\",\"kind\":\"position\",\"body\":\"ball\",\"axis\":\"y\"},"
	"{\"id\":\"low\",\"kind\":\"min\",\"of\":\"y\"}]}";

/* ---------------------------------------------------------------- the writer */

struct sent_command {
	char        name[40];
	struct id   id;
	const void *fields; /* a copy of the struct; what it points to is valid until the test ends */
};

static struct sent_command sent[SENT_MAX];
static uint32_t            sent_count;
static struct arena        memory;

/* By its own encoding, so that lists and texts outlive the delivery. */
static const void *copy_of(const struct shape *shape, const void *fields)
{
	struct buffer bytes = {0};
	void         *copy = arena_alloc(&memory, shape->size);

	assert_int_equal(msgpack_encode_shape(shape, fields, 0, NULL, &bytes), STATUS_OK);
	assert_int_equal(msgpack_decode_shape(shape, arena_bytes(&memory, buffer_bytes(&bytes)), NULL, &memory, copy),
	                 STATUS_OK);
	buffer_finish(&bytes);
	return copy;
}

static enum status carry(void *unused, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	struct sent_command *said = &sent[sent_count++];

	assert_true(sent_count <= SENT_MAX);
	snprintf(said->name, sizeof(said->name), "%s", command);
	said->id = command_id;
	said->fields = copy_of(command_type_by_name(text_from(command))->shape, fields);
	*answer = (struct answer){.status = TEXT("ok"), .position = 1};
	return STATUS_OK;
}

static const struct sender_way way = {.carry = carry};

/* ---------------------------------------------------------------- the simulator */

static struct run_wish     runs[RUNS_MAX];
static uint32_t            run_count;
static enum status         running;
static struct run_failed   failure;
static struct text         fault;
static struct run_measured measured[2];

static enum status simulate(void *unused, const struct run_wish *wish, struct arena *arena, struct run_outcome *out)
{
	assert_true(run_count < RUNS_MAX);
	runs[run_count++] = *wish;
	if (running != STATUS_OK)
		return running;
	*out = (struct run_outcome){.accepted = {.run_hash = {.bytes = {7}}}, .failure = failure};
	if (failure.code.data)
		return STATUS_OK;
	out->done = true;
	out->result = (struct run_done){
		.run_hash = {.bytes = {7}},
		.scene_hash = {.bytes = {8}},
		.trajectory_hash = {.bytes = {9}},
		.engine = {.bytes = {1}},
		.mode = TEXT("precise"),
		.frames = 61,
		.fps = 60,
		.checkpoints = BYTES("0123456789012345678901234567890101234567890123456789012345678901", 64),
		.fault = fault,
		.fault_frame = 12,
		.measures = {.items = measured, .count = 2}};
	return STATUS_OK;
}

static const struct laboratory_way simulator = {.run = simulate};

/* ---------------------------------------------------------------- what happened */

static void keep_scene(const char *json)
{
	struct bytes packed;

	assert_int_equal(scene_pack(text_from(json), &memory, &packed), STATUS_OK);
	HAPPEN(scene_written, .simulation = ground_id(SIMULATION), .version = 1, .packed = packed,
	       .mode = SIMULATION_MODE_precise);
}

static void request_run(double height)
{
	HAPPEN(simulation_run_requested, .run = ground_id(RUN), .history = ground_id(200 + LEARNER),
	       .simulation = ground_id(SIMULATION), .version = 1, .requester = ground_id(LEARNER),
	       .requested_at = scene.now_us, .settings = LIST(parameter_setting, {TEXT("h"), height}));
}

static const void *only_sent(const char *name)
{
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent[0].name, name);
	return sent[0].fields;
}

/* ---------------------------------------------------------------- runs */

static void a_run_is_told_by_its_hashes_and_measures(void **unused)
{
	const struct complete_run *told;

	keep_scene(ball);
	request_run(5);
	scene_run();
	assert_int_equal(run_count, 1);
	assert_true(id_equal(runs[0].person, ground_id(LEARNER)));
	assert_int_equal(runs[0].budget, RUN_NORMAL);
	assert_true(runs[0].owed);
	assert_false(runs[0].fresh);
	told = only_sent("complete_run");
	assert_true(id_equal(told->run, ground_id(RUN)));
	assert_int_equal(told->run_hash.bytes[0], 7);
	assert_int_equal(told->trajectory_hash.bytes[0], 9);
	assert_int_equal(told->mode, SIMULATION_MODE_precise);
	assert_int_equal(told->frames, 61);
	assert_int_equal(told->checkpoint_frames, 60);
	assert_int_equal(told->checkpoints.size, 64);
	assert_int_equal(told->measures.count, 2);
	assert_true(text_is(told->measures.items[0].measure, "y"));
	assert_false(told->measures.items[0].has_value);
	assert_true(told->measures.items[1].has_value && told->measures.items[1].value == 2.5);
}

static void a_fault_of_the_run_and_a_refusal_of_the_simulator_are_told(void **unused)
{
	const struct fail_run *told;

	keep_scene(ball);
	fault = TEXT("diverged");
	request_run(5);
	scene_run();
	told = only_sent("fail_run");
	assert_true(text_is(told->code, "diverged"));
	assert_int_equal(told->frames, 61);
	sent_count = 0;
	failure = (struct run_failed){.code = TEXT("crashed"), .sentence = TEXT("It ended."), .frame = 3};
	HAPPEN(simulation_run_requested, .run = ground_id(RUN + 100), .history = ground_id(200 + LEARNER),
	       .simulation = ground_id(SIMULATION), .version = 1, .requester = ground_id(LEARNER));
	scene_run();
	told = only_sent("fail_run");
	assert_true(text_is(told->code, "crashed"));
	assert_int_equal(told->frames, 3);
}

static void a_scene_that_no_longer_fits_fails_without_being_run(void **unused)
{
	keep_scene("{\"v\":2}");
	request_run(5);
	scene_run();
	assert_int_equal(run_count, 0);
	assert_true(text_is(((const struct fail_run *)only_sent("fail_run"))->code, "scene_unfit"));
}

static void while_the_simulator_is_away_or_busy_the_event_waits(void **unused)
{
	keep_scene(ball);
	request_run(5);
	running = STATUS_UNREACHABLE;
	scene_run();
	assert_int_equal(sent_count, 0);
	running = STATUS_OK;
	failure = (struct run_failed){.code = TEXT("simulator_busy"), .retry_after_s = 1};
	scene.now_us = subscription_due_us(scene.subscription);
	scene_run();
	assert_int_equal(sent_count, 0);
	failure = (struct run_failed){0};
	scene.now_us = subscription_due_us(scene.subscription);
	scene_run();
	assert_int_equal(sent_count, 1);
	assert_int_equal(run_count, 3);
}

static void a_budget_that_is_spent_fails_the_run_and_holds_up_nobody(void **unused)
{
	keep_scene(ball);
	failure = (struct run_failed){.code = TEXT("budget_spent"), .retry_after_s = 1800};
	request_run(5);
	scene_run();
	assert_true(text_is(((const struct fail_run *)only_sent("fail_run"))->code, "budget_spent"));
}

static void what_was_cancelled_is_not_run(void **unused)
{
	keep_scene(ball);
	request_run(5);
	HAPPEN(simulation_run_cancelled, .run = ground_id(RUN), .history = ground_id(200 + LEARNER),
	       .simulation = ground_id(SIMULATION), .requester = ground_id(LEARNER));
	scene_run();
	assert_int_equal(run_count + sent_count, 0);
}

/* ---------------------------------------------------------------- sweeps */

static void a_sweep_is_one_run_for_each_point_ends_included(void **unused)
{
	const struct complete_sweep *told;

	keep_scene(ball);
	HAPPEN(simulation_sweep_requested, .sweep = ground_id(SWEEP), .history = ground_id(200 + LEARNER),
	       .simulation = ground_id(SIMULATION), .version = 1, .requester = ground_id(LEARNER),
	       .parameter = TEXT("h"), .from = 1, .to = 2, .count = 3,
	       .settings = {.items = (struct parameter_setting[1]){{{0}}}},
	       .measures = LIST(sweep_measure, {TEXT("low")}, {TEXT("y")}));
	scene_run();
	assert_int_equal(run_count, 3);
	assert_int_equal(runs[2].budget, RUN_BATCH);
	told = only_sent("complete_sweep");
	assert_int_equal(told->points.count, 3);
	assert_true(told->points.items[0].at == 1 && told->points.items[1].at == 1.5 && told->points.items[2].at == 2);
	assert_int_equal(told->points.items[1].results.count, 2);
	assert_true(told->points.items[1].results.items[0].value == 2.5);
	assert_false(told->points.items[1].results.items[1].has_value);
}

/* ---------------------------------------------------------------- tasks */

static void sweeps_of_one_person_wait_for_one_another_and_runs_for_nothing(void **unused)
{
	struct record record = {.stream_count = 2, .streams = {{.id = ground_id(1)}, {.id = ground_id(2)}}};

	record.number = EVENT_simulation_sweep_requested;
	assert_true(id_equal(laboratory.handler.key(&record), ground_id(2)));
	record.number = EVENT_simulation_run_requested;
	assert_true(id_equal(laboratory.handler.key(&record), ground_id(1)));
}

static void set_task(void)
{
	HAPPEN(question_written, .question = ground_id(TASK), .course = ground_id(COURSE), .version = 1,
	       .type = QUESTION_TYPE_simulation, .prompt = TEXT("Let it fall."), .scene = TEXT("ball"));
	HAPPEN(key_set, .question = ground_id(TASK), .course = ground_id(COURSE), .version = 1, .key = 1);
	HAPPEN(task_set, .question = ground_id(TASK), .course = ground_id(COURSE), .version = 1, .key = 1,
	       .simulation = ground_id(SIMULATION), .simulation_version = 1,
	       .parameters = LIST(task_parameter, {TEXT("h"), 2, 8}),
	       .criteria = LIST(task_criterion, {.measure = TEXT("low"), .has_minimum = true, .share = 1}));
}

static void answer(const char *text)
{
	HAPPEN(attempt_started, .attempt = ground_id(ATTEMPT), .sitting = ground_id(100),
	       .assessment = ground_id(ASSESSMENT), .history = ground_id(200 + LEARNER), .enrolment = ground_id(300),
	       .course = ground_id(COURSE), .learner = ground_id(LEARNER), .content = ground_id(400), .number = 1,
	       .seed = 7, .started_at = scene.now_us, .questions = LIST(attempt_question, {ground_id(TASK), 1, 1000}));
	HAPPEN(answer_saved, .attempt = ground_id(ATTEMPT), .history = ground_id(200 + LEARNER),
	       .learner = ground_id(LEARNER), .slot = 1, .answered = true, .text = text_from(text),
	       .answered_at = scene.now_us);
}

static void submit(void)
{
	HAPPEN(attempt_submitted, .attempt = ground_id(ATTEMPT), .sitting = ground_id(100),
	       .history = ground_id(200 + LEARNER), .assessment = ground_id(ASSESSMENT), .enrolment = ground_id(300),
	       .course = ground_id(COURSE), .learner = ground_id(LEARNER), .submitted_at = scene.now_us,
	       .cause = ATTEMPT_END_learner);
}

static void an_answer_is_run_once_it_is_handed_in_at_nobodys_cost(void **unused)
{
	const struct complete_task_run *told;

	keep_scene(ball);
	set_task();
	answer("{\"h\": 4}");
	scene_run();
	assert_int_equal(run_count, 0);
	submit();
	scene_run();
	assert_int_equal(run_count, 1);
	assert_false(id_present(runs[0].person));
	told = only_sent("complete_task_run");
	assert_int_equal(told->slot, 1);
	assert_int_equal(told->key, 1);
	assert_null(told->failure.data);
	assert_int_equal(told->measures.count, 2);
	assert_int_equal(told->run_hash.bytes[0], 7);
}

static void is_unfit(const char *text)
{
	const struct complete_task_run *told;

	keep_scene(ball);
	set_task();
	answer(text);
	submit();
	scene_run();
	assert_int_equal(run_count, 0);
	told = only_sent("complete_task_run");
	assert_true(text_is(told->failure, "values_unfit"));
}

static void an_answer_beyond_the_tasks_range_is_unfit(void **unused)
{
	is_unfit("{\"h\": 9}");
}

static void an_answer_that_turns_something_else_is_unfit(void **unused)
{
	is_unfit("{\"m\": 4}");
}

static void an_answer_that_is_no_object_of_numbers_is_unfit(void **unused)
{
	is_unfit("four");
}

/* ---------------------------------------------------------------- */

static int set_up(void **unused)
{
	sent_count = run_count = 0;
	running = STATUS_OK;
	failure = (struct run_failed){0};
	fault = TEXT_NONE;
	measured[0] = (struct run_measured){0};
	measured[1] = (struct run_measured){.has_value = true, .value = 2.5};
	scene_set_up(&way);
	scene.ground.simulator = &simulator;
	scene_start(&laboratory, laboratory.open);
	return 0;
}

static int tear_down(void **unused)
{
	scene_stop();
	scene_tear_down();
	arena_finish(&memory);
	return 0;
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_run_is_told_by_its_hashes_and_measures),
		CASE(a_fault_of_the_run_and_a_refusal_of_the_simulator_are_told),
		CASE(a_scene_that_no_longer_fits_fails_without_being_run),
		CASE(while_the_simulator_is_away_or_busy_the_event_waits),
		CASE(a_budget_that_is_spent_fails_the_run_and_holds_up_nobody),
		CASE(what_was_cancelled_is_not_run),
		CASE(a_sweep_is_one_run_for_each_point_ends_included),
		CASE(sweeps_of_one_person_wait_for_one_another_and_runs_for_nothing),
		CASE(an_answer_is_run_once_it_is_handed_in_at_nobodys_cost),
		CASE(an_answer_beyond_the_tasks_range_is_unfit),
		CASE(an_answer_that_turns_something_else_is_unfit),
		CASE(an_answer_that_is_no_object_of_numbers_is_unfit),
	};

	return cmocka_run_group_tests_name("laboratory", tests, NULL, NULL);
}
