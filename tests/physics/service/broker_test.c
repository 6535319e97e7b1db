/* The simulator over a real socket, with obedient scenes (obedient.h) and workers. */
#include "physics/service/broker.h"

#include "eventstore/base/clock.h"
#include "physics/service/client.h"
#include "physics/service/line.h"
#include "physics/service/shelf.h"
#include "tests/eventstore/ground.h"
#include "tests/physics/service/obedient.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 20000, CONNECT_TRIES = 2000, MIB = 1 << 20 };

static const char              *worker_program;
static pid_t                    broker;
static struct simulator_client *client, *other;
static struct arena             arena;

/* ---------------------------------------------------------------- the process */

static struct simulator_client *connect_to_it(void)
{
	struct simulator_client *opened = NULL;

	for (int i = 0; i < CONNECT_TRIES; i++) {
		if (simulator_client_open(ground_path("simulator.sock"), "test", &opened) == STATUS_OK)
			return opened;
		usleep(2000);
	}
	fail_msg("the simulator does not answer");
	return NULL;
}

static uint64_t disk_bytes_max = MIB, memory_bytes_max = MIB;

static void start(uint64_t hourly_cpu_us)
{
	char                   socket_path[512], folder[512];
	struct broker_settings settings = {
		.socket_path = socket_path,
		.folder = folder,
		.program = worker_program,
		.workers = 2,
		.memory_bytes_max = memory_bytes_max,
		.disk_bytes_max = disk_bytes_max,
		.hourly_cpu_us = hourly_cpu_us,
		.budget_percent = 5, /* 100 ms for who looks on */
	};

	snprintf(socket_path, sizeof(socket_path), "%s", ground_path("simulator.sock"));
	snprintf(folder, sizeof(folder), "%s", ground_path("simulations"));
	broker = fork();
	assert_true(broker >= 0);
	if (broker == 0)
		_exit(broker_run(&settings) == STATUS_OK ? 0 : 1);
	client = connect_to_it();
}

static void end(void)
{
	int status;

	simulator_client_close(client);
	simulator_client_close(other);
	client = other = NULL;
	kill(broker, SIGTERM);
	assert_int_equal(waitpid(broker, &status, 0), broker);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int begin_test(void **state)
{
	ground_fresh();
	start(0);
	return 0;
}

static int end_test(void **state)
{
	end();
	arena_finish(&arena);
	ground_clear();
	return 0;
}

/* ---------------------------------------------------------------- wishes */

static struct run_wish wish_of(const char *scene, uint8_t person)
{
	return (struct run_wish){
		.person = {.bytes = {person}},
		.budget = RUN_INTERACTIVE,
		.scene = text_bytes(text_from(scene)),
	};
}

static struct run_outcome run(const char *scene)
{
	struct run_wish    wish = wish_of(scene, 1);
	struct run_outcome outcome = {0};

	assert_int_equal(simulator_client_run(client, &wish, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	return outcome;
}

static uint64_t ask(struct simulator_client *with, const char *scene, uint8_t person)
{
	struct run_wish wish = wish_of(scene, person);

	return simulator_client_say(with, SIMULATOR_RUN, &run_wish_shape, &wish);
}

/* The next of that word, whatever stands before it. */
static struct frame hear(struct simulator_client *with, enum simulator_word word)
{
	struct frame frame;

	do
		assert_int_equal(simulator_client_hear(with, TIMEOUT_MS, &frame), STATUS_OK);
	while (frame.op != word);
	return frame;
}

static struct run_accepted hear_accepted(struct simulator_client *with)
{
	struct run_accepted accepted = {0};
	struct frame        frame = hear(with, SIMULATOR_ACCEPTED);

	assert_int_equal(message_decode(&run_accepted_shape, arena_bytes(&arena, frame.body), &arena, &accepted),
	                 STATUS_OK);
	return accepted;
}

static struct run_failed hear_failed(struct simulator_client *with)
{
	struct run_failed failed = {0};
	struct frame      frame = hear(with, SIMULATOR_FAILED);

	assert_int_equal(message_decode(&run_failed_shape, arena_bytes(&arena, frame.body), &arena, &failed),
	                 STATUS_OK);
	return failed;
}

static struct simulator_status status_now(void)
{
	struct simulator_status status = {0};

	assert_int_equal(simulator_client_status(client, &arena, &status), STATUS_OK);
	return status;
}

static struct run_frames fetch(struct hash run_hash, enum run_part part, uint32_t from, uint32_t count)
{
	struct run_fetch  what = {.run_hash = run_hash, .part = part, .from = from, .count = count};
	struct run_frames frames = {0};

	assert_int_equal(simulator_client_fetch(client, &what, TIMEOUT_MS, &arena, &frames), STATUS_OK);
	return frames;
}

static void is_frames(struct bytes bytes, unsigned first, unsigned count)
{
	struct buffer wanted = {0};

	for (unsigned step = first; step < first + count; step++) {
		char   frame[OBEDIENT_FRAME_MAX];
		size_t size = obedient_frame(&(struct obedient){0}, step, frame);

		buffer_append(&wanted, BYTES(frame, size));
	}
	assert_true(bytes_equal(bytes, buffer_bytes(&wanted)));
	buffer_finish(&wanted);
}

static void failed_with(const struct run_outcome *outcome, const char *code)
{
	assert_false(outcome->done);
	assert_string_equal(arena_text(&arena, outcome->failure.code).data, code);
	assert_true(outcome->failure.sentence.size > 0);
}

/* ---------------------------------------------------------------- claims */

static void a_run_gives_frames_series_and_a_result(void **state)
{
	struct run_outcome outcome = run("frames=150");
	struct run_frames  frames;
	double             at;

	assert_true(outcome.done);
	assert_int_equal(outcome.result.frames, 150);
	assert_int_equal(outcome.result.measures.count, 1);
	assert_true(outcome.result.measures.items[0].value == 150);
	assert_false(outcome.accepted.cached);
	assert_true(hash_equal(&outcome.result.run_hash, &outcome.accepted.run_hash));
	frames = fetch(outcome.result.run_hash, RUN_FRAMES, 50, 20);
	assert_true(frames.complete);
	is_frames(frames.bytes, 50, 20);
	frames = fetch(outcome.result.run_hash, RUN_SERIES, 149, 1);
	memcpy(&at, frames.bytes.data, sizeof(at));
	assert_true(at == 149);
}

static void the_same_scene_is_computed_once(void **state)
{
	struct simulator_status status;

	assert_false(run("frames=10").accepted.cached);
	assert_true(run("frames=10").accepted.cached);
	assert_false(run("frames=10 salt=1").accepted.cached);
	status = status_now();
	assert_int_equal(status.runs, 2);
	assert_int_equal(status.cached, 1);
}

static void who_asks_meanwhile_shares_the_run_and_its_frames(void **state)
{
	struct run_accepted first, second;
	struct run_fetch    what;
	struct run_frames   frames = {0};

	other = connect_to_it();
	ask(client, "frames=9999 act=wait at=1", 1);
	first = hear_accepted(client);
	hear(client, SIMULATOR_PROGRESS);
	ask(other, "frames=9999 act=wait at=1", 2);
	second = hear_accepted(other);
	assert_true(second.shared);
	assert_true(hash_equal(&first.run_hash, &second.run_hash));
	what = (struct run_fetch){.run_hash = second.run_hash, .part = RUN_FRAMES, .from = 0, .count = 1};
	assert_int_equal(simulator_client_fetch(other, &what, TIMEOUT_MS, &arena, &frames), STATUS_OK);
	is_frames(frames.bytes, 0, 1);
	assert_false(frames.complete);
	assert_int_equal(status_now().runs, 1);
}

static void a_run_goes_on_until_the_last_one_has_left(void **state)
{
	other = connect_to_it();
	ask(client, "frames=9999 act=wait at=1", 1);
	hear(client, SIMULATOR_PROGRESS);
	ask(other, "frames=9999 act=wait at=1", 2);
	hear_accepted(other);
	simulator_client_close(other);
	other = NULL;
	assert_int_equal(status_now().running, 1);
}

static void who_hangs_up_cancels(void **state)
{
	other = connect_to_it();
	ask(other, "frames=9999 act=wait at=1", 2);
	hear(other, SIMULATOR_PROGRESS);
	simulator_client_close(other);
	other = NULL;
	while (status_now().running > 0)
		;
	assert_int_equal(status_now().cancelled, 1);
	assert_true(run("frames=5").done);
}

static void a_crash_costs_one_run_and_is_said(void **state)
{
	struct run_outcome outcome = run("frames=100 act=crash at=70");

	failed_with(&outcome, "crashed");
	assert_true(run("frames=5").done);
	assert_true(run("frames=6").done);
	assert_int_equal(status_now().crashed, 1);
}

static void a_forbidden_call_of_the_system_ends_the_worker(void **state)
{
	struct run_outcome outcome = run("frames=100 act=call at=3");

#if defined(__SANITIZE_ADDRESS__)
	assert_true(outcome.done);
#else
	failed_with(&outcome, "crashed");
#endif
	assert_true(run("frames=5").done);
}

static void what_is_thrown_by_the_library_costs_the_worker_too(void **state)
{
	struct run_outcome outcome = run("frames=100 act=throw at=3");

	failed_with(&outcome, "crashed");
	assert_int_equal(outcome.failure.frame, 3);
	assert_true(run("frames=5").done);
	assert_int_equal(status_now().recycled, 1);
}

static void who_is_deaf_is_killed_when_the_budget_is_spent(void **state)
{
	struct run_outcome outcome = run("frames=100 act=hang at=3");

	failed_with(&outcome, "over_budget");
	assert_true(run("frames=5").done);
	assert_int_equal(status_now().crashed, 1);
}

static void who_hears_stops_when_the_budget_is_spent(void **state)
{
	struct run_outcome outcome = run("frames=9999 act=spin at=3");

	failed_with(&outcome, "over_budget");
	assert_int_equal(status_now().crashed, 0);
	assert_true(run("frames=5").done);
}

static void a_fault_is_a_result_and_is_kept(void **state)
{
	struct run_outcome outcome = run("frames=70 act=fault");

	assert_true(outcome.done);
	assert_string_equal(arena_text(&arena, outcome.result.fault).data, "diverged");
	assert_true(run("frames=70 act=fault").accepted.cached);
}

static void what_is_no_scene_is_refused_with_a_sentence(void **state)
{
	struct run_outcome outcome = run("a mountain");

	failed_with(&outcome, "invalid_scene");
}

static void the_eleventh_run_of_one_person_is_refused(void **state)
{
	char scene[64];

	for (int i = 0; i < 11; i++) {
		snprintf(scene, sizeof(scene), "frames=9999 act=wait at=1 salt=%d", i);
		ask(client, scene, 1);
		if (i == 1)
			while (status_now().running < 2)
				;
	}
	assert_string_equal(arena_text(&arena, hear_failed(client).code).data, "too_many_runs");
	assert_int_equal(status_now().queued, 8);
}

static void what_is_owed_waits_however_many_do(void **state)
{
	struct run_wish wish = wish_of("frames=30 salt=99", 1);
	char            scene[64];

	for (int i = 0; i < 10; i++) {
		snprintf(scene, sizeof(scene), "frames=9999 act=wait at=1 salt=%d", i);
		ask(client, scene, 1);
		while (i == 1 && status_now().running < 2)
			;
	}
	wish.owed = true;
	other = connect_to_it();
	simulator_client_say(other, SIMULATOR_RUN, &run_wish_shape, &wish);
	hear_accepted(other);
	assert_int_equal(status_now().queued, 9);
}

static void somebody_whose_hour_is_spent_waits(void **state)
{
	struct run_outcome outcome;

	end();
	start(1000);
	outcome = run("frames=9999 act=spin at=3");
	failed_with(&outcome, "over_budget");
	outcome = run("frames=5");
	failed_with(&outcome, "budget_spent");
	assert_true(outcome.failure.retry_after_s > 0);
}

static void what_was_computed_is_there_after_a_kill(void **state)
{
	struct run_outcome outcome = run("frames=150");
	int                status;

	while (status_now().kept_disk < 1)
		;
	kill(broker, SIGKILL);
	assert_int_equal(waitpid(broker, &status, 0), broker);
	simulator_client_close(client);
	start(0);
	assert_true(run("frames=150").accepted.cached);
	is_frames(fetch(outcome.result.run_hash, RUN_FRAMES, 0, 150).bytes, 0, 150);
}

static void what_is_damaged_on_disk_is_computed_again(void **state)
{
	struct run_outcome outcome = run("frames=150");
	char               path[1024], name[HASH_HEX_SIZE];

	while (status_now().kept_disk < 1)
		;
	end();
	hash_hex(&outcome.result.run_hash, name);
	snprintf(path, sizeof(path), "%s/%s", ground_path("simulations"), name);
	ground_flip_at(path, 40);
	start(0);
	assert_false(run("frames=150").accepted.cached);
	is_frames(fetch(outcome.result.run_hash, RUN_FRAMES, 0, 150).bytes, 0, 150);
}

/* A file of 9000 frames is several blocks of the disk, one without them a single one. */
static void frames_that_went_for_want_of_room_are_computed_again(void **state)
{
	struct run_outcome outcome;
	struct run_watch   watch = {.frames = true};

	end();
	disk_bytes_max = 3 * 4096;
	memory_bytes_max = 1;
	start(0);
	disk_bytes_max = memory_bytes_max = MIB;
	watch.run_hash = run("frames=9000").result.run_hash;
	run("frames=5 salt=1");
	while (status_now().kept_disk < 2)
		;
	outcome = run("frames=9000");
	assert_true(outcome.accepted.cached && outcome.result.expired);
	assert_int_equal(fetch(watch.run_hash, RUN_FRAMES, 0, 1).count, 0);
	assert_int_equal(simulator_client_watch(client, &watch, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	assert_true(outcome.done && !outcome.accepted.cached);
	is_frames(fetch(watch.run_hash, RUN_FRAMES, 8990, 10).bytes, 8990, 10);
}

static struct run_outcome run_at_nobodys_cost(const char *scene)
{
	struct run_wish    wish = wish_of(scene, 0);
	struct run_outcome outcome = {0};

	assert_int_equal(simulator_client_run(client, &wish, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	assert_true(outcome.done);
	return outcome;
}

static void visitors_share_an_hour(void **state)
{
	struct run_outcome outcome;
	struct run_watch   one = {.frames = true}, two = {.frames = true};

	end();
	disk_bytes_max = 3 * 4096;
	memory_bytes_max = 1;
	start(1);
	disk_bytes_max = memory_bytes_max = MIB;
	one.run_hash = run_at_nobodys_cost("frames=9000 act=spin at=8990").result.run_hash;
	two.run_hash = run_at_nobodys_cost("frames=9000 salt=1").result.run_hash;
	run_at_nobodys_cost("frames=5 salt=2");
	while (status_now().kept_disk < 3)
		;
	assert_int_equal(simulator_client_watch(client, &one, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	assert_true(outcome.done && !outcome.accepted.cached);
	assert_int_equal(simulator_client_watch(client, &two, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	failed_with(&outcome, "budget_spent");
}

static void a_fresh_run_is_computed_though_it_is_kept(void **state)
{
	struct run_wish    wish = wish_of("frames=20", 1);
	struct run_outcome kept = run("frames=20"), fresh = {0};

	wish.fresh = true;
	assert_int_equal(simulator_client_run(client, &wish, TIMEOUT_MS, &arena, &fresh), STATUS_OK);
	assert_true(fresh.done);
	assert_false(fresh.accepted.cached);
	assert_true(hash_equal(&fresh.result.trajectory_hash, &kept.result.trajectory_hash));
	assert_int_equal(status_now().runs, 2);
}

static void a_run_is_watched_by_its_hash(void **state)
{
	struct run_outcome outcome = run("frames=20");
	struct run_watch   watch = {.run_hash = outcome.result.run_hash};

	assert_int_equal(simulator_client_watch(client, &watch, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	assert_true(outcome.done);
	watch.run_hash.bytes[0] ^= 1;
	assert_int_equal(simulator_client_watch(client, &watch, TIMEOUT_MS, &arena, &outcome), STATUS_OK);
	failed_with(&outcome, "not_kept");
}

/* More than a line may hold, asked for before anything is read. */
static void who_asks_for_much_at_once_gets_all_of_it(void **state)
{
	enum { FETCHES = 240, FRAMES = 5000 };

	struct run_fetch fetch = {
		.run_hash = run("frames=5000 series=8").result.run_hash, .part = RUN_SERIES, .count = FRAMES};
	size_t size = 0;

	for (unsigned i = 0; i < FETCHES; i++)
		simulator_client_say(client, SIMULATOR_FETCH, &run_fetch_shape, &fetch);
	for (unsigned i = 0; i < FETCHES; i++)
		size += hear(client, SIMULATOR_FRAMES).body.size;
	assert_true(size > 2 * (size_t)LINE_UNSENT_MAX);
	assert_true(run("frames=5000 series=8").accepted.cached);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, begin_test, end_test)
		CLAIM(a_run_gives_frames_series_and_a_result),
		CLAIM(the_same_scene_is_computed_once),
		CLAIM(who_asks_meanwhile_shares_the_run_and_its_frames),
		CLAIM(a_run_goes_on_until_the_last_one_has_left),
		CLAIM(who_hangs_up_cancels),
		CLAIM(a_crash_costs_one_run_and_is_said),
		CLAIM(a_forbidden_call_of_the_system_ends_the_worker),
		CLAIM(what_is_thrown_by_the_library_costs_the_worker_too),
		CLAIM(who_is_deaf_is_killed_when_the_budget_is_spent),
		CLAIM(who_hears_stops_when_the_budget_is_spent),
		CLAIM(a_fault_is_a_result_and_is_kept),
		CLAIM(what_is_no_scene_is_refused_with_a_sentence),
		CLAIM(the_eleventh_run_of_one_person_is_refused),
		CLAIM(what_is_owed_waits_however_many_do),
		CLAIM(somebody_whose_hour_is_spent_waits),
		CLAIM(what_was_computed_is_there_after_a_kill),
		CLAIM(what_is_damaged_on_disk_is_computed_again),
		CLAIM(frames_that_went_for_want_of_room_are_computed_again),
		CLAIM(visitors_share_an_hour),
		CLAIM(a_fresh_run_is_computed_though_it_is_kept),
		CLAIM(a_run_is_watched_by_its_hash),
		CLAIM(who_asks_for_much_at_once_gets_all_of_it),
	};

	(void)argc;
	worker_program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
