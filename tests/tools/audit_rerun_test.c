/* orrery audit rerun, on logs that this test writes: true ones, and ones that tell something else than what comes out.
 * Usage: audit_rerun_test PATH-OF-ORRERY */
#include "eventstore/base/require.h"
#include "physics/scene/packed.h"
#include "schema/events.h"
#include "tests/eventstore/ground.h"
#include "tools/rerun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { SIMULATION = 1, RUN, PERSON, OUTPUT_MAX = 4096, COMMAND_MAX = 4096 };

static const char ball[] = "{\"v\":1,\"solver\":{\"mode\":\"precise\",\"duration\":3},"
			   "\"bodies\":[{\"id\":\"ball\",\"mass\":1,\"pos\":[0,10]}],"
			   "\"params\":{\"h\":{\"path\":\"/bodies/0/pos/1\",\"min\":1,\"max\":20}},"
			   "\"measure\":[{\"id\":\"y\",\"kind\":\"position\",\"body\":\"ball\",\"axis\":\"y\"}]}";

static const char  *orrery;
static struct arena arena;
static struct rerun truth;
static char         output[OUTPUT_MAX];

/* What a run of the ball from 5 m comes to. */
static void find_truth(void)
{
	static const struct scene_value values[] = {{.name = {.data = "h", .size = 1}, .value = 5}};
	const struct pose               pose = {.audience = SCENE_LEARNER, .values = values, .value_count = 1};
	struct scene_report             report = {0};
	struct posed_scene              posed;

	assert_int_equal(scene_pose(text_from(ball), &pose, &arena, &posed, &report), STATUS_OK);
	assert_int_equal(rerun_scene(&posed, &truth), STATUS_OK);
	assert_true(truth.ended && truth.frames == 181 && truth.checkpoint_count == 4);
}

static struct simulation_run_completed told_truly(void)
{
	static struct run_measure measures[1];
	struct bytes checkpoints = arena_bytes(&arena, BYTES(truth.checkpoints, 3 * sizeof(truth.checkpoints[0])));
	static const struct run_expectation none;

	measures[0] = (struct run_measure){.measure = TEXT("y"), .has_value = true, .value = truth.measures[0]};
	return (struct simulation_run_completed){
		.run = ground_id(RUN),
		.history = ground_id(10),
		.simulation = ground_id(SIMULATION),
		.requester = ground_id(PERSON),
		.run_hash = truth.run_hash,
		.engine = truth.engine,
		.mode = SIMULATION_MODE_precise,
		.reason = TEXT(""),
		.frames = truth.frames,
		.trajectory_hash = truth.trajectory_hash,
		.checkpoint_frames = 60,
		.checkpoints = checkpoints,
		.measures = {.items = measures, .count = 1},
		.expectations = {.items = &none},
	};
}

static void find_scene_hash(struct hash *out)
{
	static const struct scene_value values[] = {{.name = {.data = "h", .size = 1}, .value = 5}};
	const struct pose               pose = {.audience = SCENE_LEARNER, .values = values, .value_count = 1};
	struct scene_report             report = {0};
	struct posed_scene              posed;

	assert_int_equal(scene_pose(text_from(ball), &pose, &arena, &posed, &report), STATUS_OK);
	*out = posed.hash;
}

static void write_log(struct simulation_run_completed completed)
{
	static const struct parameter_setting settings[] = {{.name = {.data = "h", .size = 1}, .value = 5}};
	struct store                         *store = ground_open();
	struct bytes                          packed;

	find_scene_hash(&completed.scene_hash);
	assert_int_equal(scene_pack(text_from(ball), &arena, &packed), STATUS_OK);
	GROUND_EVENT(store, ground_id(SIMULATION), scene_written, .simulation = ground_id(SIMULATION), .version = 1,
	             .packed = packed, .scene_hash = {.bytes = {1}}, .mode = SIMULATION_MODE_precise);
	GROUND_EVENT(store, ground_id(RUN), simulation_run_requested, .run = ground_id(RUN), .history = ground_id(10),
	             .simulation = ground_id(SIMULATION), .version = 1, .requester = ground_id(PERSON),
	             .scene_hash = completed.scene_hash, .settings = {.items = settings, .count = 1});
	ground_append_event(store, ground_id(RUN), EVENT_simulation_run_completed, &completed);
	ground_commit(store);
	store_close(store);
}

/* The exit code; what it printed is in `output`. */
static int rerun(const char *noun, uint32_t number)
{
	char   id[ID_TEXT_SIZE + 1], command[COMMAND_MAX];
	FILE  *said;
	size_t size;
	int    status;

	id_format(ground_id(number), id);
	setenv("ORRERY_DATA", ground_folder(), 1);
	snprintf(command, sizeof(command), "%s audit rerun %s:%s --no-pager 2>&1", orrery, noun, id);
	said = popen(command, "r");
	assert_non_null(said);
	size = fread(output, 1, sizeof(output) - 1, said);
	output[size] = '\0';
	status = pclose(said);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void says(const char *words)
{
	if (!strstr(output, words))
		fail_msg("\"%s\" does not say \"%s\"", output, words);
}

static void what_the_log_tells_truly_comes_out_the_same(void **state)
{
	write_log(told_truly());
	assert_int_equal(rerun("run", RUN), 0);
	says("  same  181 frames");
	assert_int_equal(rerun("simulation", SIMULATION), 0);
	says("1 runs were repeated, 0 came out otherwise");
}

static void a_link_that_is_another_is_found_with_its_frames(void **state)
{
	struct simulation_run_completed told = told_truly();

	((uint8_t *)(uintptr_t)told.checkpoints.data)[32] ^= 1;
	write_log(told);
	assert_int_equal(rerun("run", RUN), 3);
	says("differs");
	says("between frame 60 and frame 120 of 181");
}

static void a_last_link_that_is_another_is_found_behind_the_checkpoints(void **state)
{
	struct simulation_run_completed told = told_truly();

	told.trajectory_hash.bytes[5] ^= 1;
	write_log(told);
	assert_int_equal(rerun("run", RUN), 3);
	says("between frame 180 and frame 181 of 181");
}

static void another_engine_may_have_other_bits_but_not_other_measures(void **state)
{
	struct simulation_run_completed told = told_truly();
	struct run_measure              far = told.measures.items[0];

	told.engine.bytes[0] ^= 1;
	told.trajectory_hash.bytes[0] ^= 1;
	write_log(told);
	assert_int_equal(rerun("run", RUN), 0);
	says("  near  ");
	says("the engine is another one");
	far.value += 0.01;
	told.measures.items = &far;
	ground_fresh();
	write_log(told);
	assert_int_equal(rerun("run", RUN), 3);
	says("differs");
}

static void what_never_came_to_an_end_is_not_there(void **state)
{
	write_log(told_truly());
	assert_int_equal(rerun("run", RUN + 50), 1);
	says("There is no run of it that came to its end.");
	assert_int_equal(rerun("user", PERSON), 2);
}

static int set_up(void **state)
{
	ground_fresh();
	find_truth();
	return 0;
}

static int tear_down(void **state)
{
	ground_clear();
	arena_reset(&arena);
	return 0;
}

int main(int argument_count, char **arguments)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(what_the_log_tells_truly_comes_out_the_same),
		CASE(a_link_that_is_another_is_found_with_its_frames),
		CASE(a_last_link_that_is_another_is_found_behind_the_checkpoints),
		CASE(another_engine_may_have_other_bits_but_not_other_measures),
		CASE(what_never_came_to_an_end_is_not_there),
	};
	int failures;

	require(argument_count == 2);
	orrery = arguments[1];
	failures = cmocka_run_group_tests_name("audit_rerun", tests, NULL, NULL);
	arena_finish(&arena);
	return failures;
}
