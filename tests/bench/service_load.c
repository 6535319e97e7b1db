/* Load for `tools/dev bench physics`: the scenes of physics_load through the whole service, socket, queue, workers,
 * frames and all. Each run has another seed, so that none is answered from what is kept.
 *
 * service_load SOCKET run SCENE SECONDS IN_FLIGHT   prints one line of JSON: steps of a body, seconds, and the bytes of
 *                                                   the frames
 * service_load SOCKET wait SCENE COUNT              how long one waits, ms: for a run's first frame, and for the first
 *                                                   sixty of one that is kept; median and 99th percentile */
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "physics/scene/canonical.h"
#include "physics/scene/sketch.h"
#include "physics/service/client.h"

#include <stdio.h>
#include <stdlib.h>

enum { SECONDS = 5, FPS = 60, TIMEOUT_MS = 120 * 1000, COUNT_MAX = 100000, IN_FLIGHT_MAX = 64 };

static const double us_per_ms = 1000, us_per_s = 1e6;

static struct sketch *pendulum(struct arena *arena, uint32_t size)
{
	struct sketch *sketch = sketch_begin(arena, size);

	for (uint32_t i = 0; i < size; i++) {
		uint32_t bob = sketch_body(sketch, BODY_DYNAMIC, 1, 1, 0);

		sketch_joint(sketch, JOINT_PIN, SCENE_WORLD, bob);
		sketch_circle(sketch, bob, 0.05)->touches = false;
	}
	return sketch;
}

/* As in physics_load; circles have room for their box. */
static const struct load {
	const char *name;
	struct sketch *(*draw)(struct arena *arena, uint32_t size);
	uint32_t size, substeps, iterations;
} loads[] = {
	{"pyramid", sketch_pyramid, 30, 1, 10}, {"circles", sketch_circles, 990, 1, 10},
	{"chain", sketch_chain, 200, 1, 10},    {"pendulum", pendulum, 1, 1, 10},
	{"small", sketch_pyramid, 5, 16, 20},
};

struct bench {
	struct simulator_client *client, *other; /* fetching drops what comes in between */
	struct arena             arena;          /* of the scene */
	struct sketch           *sketch;
	struct buffer            canonical;
	struct arena             scratch;
	double                   steps_each; /* of a body, in a run */
	uint64_t                 seed;
};

static const struct load *load_named(const char *name)
{
	for (uint32_t i = 0; i < array_count(loads); i++)
		if (strcmp(loads[i].name, name) == 0)
			return &loads[i];
	fprintf(stderr, "service_load: there is no scene %s\n", name);
	exit(2);
}

static void open_bench(struct bench *bench, const char *socket_path, const struct load *load)
{
	uint32_t moving = 0;

	if (simulator_client_open(socket_path, "bench", &bench->client) != STATUS_OK
	    || simulator_client_open(socket_path, "bench", &bench->other) != STATUS_OK) {
		fprintf(stderr, "service_load: nobody answers at %s\n", socket_path);
		exit(1);
	}
	bench->sketch = load->draw(&bench->arena, load->size);
	bench->sketch->scene.solver.substeps = load->substeps;
	bench->sketch->scene.solver.iterations = load->iterations;
	bench->sketch->scene.solver.duration_s = SECONDS;
	for (uint32_t i = 0; i < bench->sketch->scene.body_count; i++)
		moving += bench->sketch->scene.bodies[i].type == BODY_DYNAMIC;
	bench->steps_each = (double)moving * SECONDS * FPS * load->substeps;
	bench->seed = (uint64_t)clock_wall_us() & UINT32_MAX;
}

static uint64_t ask(struct bench *bench, bool again)
{
	struct run_wish wish = {.budget = RUN_BATCH};

	bench->seed += !again;
	bench->sketch->scene.seed = bench->seed & UINT32_MAX;
	bench->canonical.size = 0;
	scene_encode(&bench->sketch->scene, &bench->canonical);
	wish.scene = buffer_bytes(&bench->canonical);
	return simulator_client_say(bench->client, SIMULATOR_RUN, &run_wish_shape, &wish);
}

/* The next word of that kind; what fails ends the bench. */
static struct frame hear(struct bench *bench, enum simulator_word word)
{
	struct run_failed failed = {0};
	struct frame      frame;

	do {
		require(simulator_client_hear(bench->client, TIMEOUT_MS, &frame) == STATUS_OK);
		if (frame.op != SIMULATOR_FAILED)
			continue;
		require(message_decode(&run_failed_shape, frame.body, &bench->scratch, &failed) == STATUS_OK);
		fprintf(stderr, "service_load: %.*s: %.*s\n", TEXT_ARG(failed.code), TEXT_ARG(failed.sentence));
		exit(1);
	} while (frame.op != word);
	return frame;
}

static struct hash hear_accepted(struct bench *bench)
{
	struct run_accepted accepted = {0};
	struct frame        frame = hear(bench, SIMULATOR_ACCEPTED);

	require(message_decode(&run_accepted_shape, frame.body, &bench->scratch, &accepted) == STATUS_OK);
	return accepted.run_hash;
}

/* How many bytes they are. */
static size_t fetch(struct bench *bench, const struct hash *run_hash, uint32_t from, uint32_t count)
{
	struct run_fetch  what = {.run_hash = *run_hash, .part = RUN_FRAMES, .from = from, .count = count};
	struct run_frames frames = {0};

	require(simulator_client_fetch(bench->other, &what, TIMEOUT_MS, &bench->scratch, &frames) == STATUS_OK);
	require(frames.count > 0);
	return frames.bytes.size;
}

/* ---------------------------------------------------------------- throughput */

static size_t bytes_of_one(struct bench *bench)
{
	struct hash run_hash;
	size_t      bytes = 0;

	ask(bench, false);
	run_hash = hear_accepted(bench);
	hear(bench, SIMULATOR_DONE);
	for (uint32_t from = 0; from < SECONDS * FPS; from += SIMULATOR_BLOCK_FRAMES)
		bytes += fetch(bench, &run_hash, from, SIMULATOR_BLOCK_FRAMES);
	return bytes;
}

static void run(struct bench *bench, double seconds, uint32_t in_flight)
{
	size_t   bytes = bytes_of_one(bench);
	uint32_t done = 0;
	int64_t  start_us = clock_monotonic_us(), used_us = 0;

	require(in_flight >= 1 && in_flight <= IN_FLIGHT_MAX);
	for (uint32_t i = 0; i < in_flight; i++)
		ask(bench, false);
	while (used_us < seconds * us_per_s) {
		hear(bench, SIMULATOR_DONE);
		ask(bench, false);
		done++;
		arena_reset(&bench->scratch);
		used_us = clock_monotonic_us() - start_us;
	}
	printf("{\"body_steps\": %.0f, \"seconds\": %.6f, \"frame_bytes\": %zu, \"frame_bodies\": %.0f}\n",
	       bench->steps_each * done, (double)used_us / us_per_s, bytes,
	       bench->steps_each / bench->sketch->scene.solver.substeps);
}

/* ---------------------------------------------------------------- waiting */

static double first_frame_ms(struct bench *bench)
{
	int64_t     start_us = clock_monotonic_us();
	struct hash run_hash;
	double      waited;

	ask(bench, false);
	run_hash = hear_accepted(bench);
	hear(bench, SIMULATOR_PROGRESS);
	fetch(bench, &run_hash, 0, 1);
	waited = (double)(clock_monotonic_us() - start_us) / us_per_ms;
	hear(bench, SIMULATOR_DONE);
	return waited;
}

static double kept_ms(struct bench *bench)
{
	int64_t     start_us = clock_monotonic_us();
	struct hash run_hash;

	ask(bench, true);
	run_hash = hear_accepted(bench);
	hear(bench, SIMULATOR_DONE);
	fetch(bench, &run_hash, 0, SIMULATOR_BLOCK_FRAMES);
	return (double)(clock_monotonic_us() - start_us) / us_per_ms;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static void print_percentiles(const char *name, double *waited, uint32_t count)
{
	qsort(waited, count, sizeof(*waited), by_size);
	printf("\"%s_p50\": %.3f, \"%s_p99\": %.3f", name, waited[count / 2], name, waited[count * 99 / 100]);
}

static void wait_often(struct bench *bench, uint32_t count)
{
	double *first = calloc(count, sizeof(*first)), *kept = calloc(count, sizeof(*kept));

	require(first && kept && count > 0);
	first_frame_ms(bench);
	for (uint32_t i = 0; i < count; i++) {
		first[i] = first_frame_ms(bench);
		kept[i] = kept_ms(bench);
		arena_reset(&bench->scratch);
	}
	printf("{");
	print_percentiles("first", first, count);
	printf(", ");
	print_percentiles("kept", kept, count);
	printf("}\n");
	free(first);
	free(kept);
}

int main(int count, char **words)
{
	static struct bench bench;
	bool                runs = count == 6 && strcmp(words[2], "run") == 0;
	bool                waits = count == 5 && strcmp(words[2], "wait") == 0;

	if (!runs && !waits)
		return fprintf(stderr, "Usage: service_load SOCKET run|wait SCENE …\n"), 2;
	open_bench(&bench, words[1], load_named(words[3]));
	if (runs)
		run(&bench, atof(words[4]), (uint32_t)atoi(words[5]));
	else
		wait_often(&bench, (uint32_t)atoi(words[4]) % COUNT_MAX);
	simulator_client_close(bench.client);
	simulator_client_close(bench.other);
	buffer_finish(&bench.canonical);
	arena_finish(&bench.arena);
	arena_finish(&bench.scratch);
	return 0;
}
