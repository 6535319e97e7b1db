/* Load for `tools/dev bench physics`: sweeps of closed families.
 *
 * family_load loops|sweep FAMILY SECONDS   prints one line of JSON: steps of a body, and the seconds that one thread
 * took
 *
 * loops: the innermost loops alone. sweep: family_sweep over 1000 scenes of 20 s with a period or range and the energy
 * measured; each point goes twice, the second time with a quarter of the steps, which is not counted. */
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "physics/family/family.h"
#include "physics/family/family_lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { POINTS = 1000, LOOP_STEPS = 20000 };

static const struct family_load {
	const char    *name;
	enum lane_kind kind;
	const char    *json;
} loads[] = {
	{"pendulums", LANE_SWING,
         "{\"solver\":{\"duration\":20},\"bodies\":[{\"id\":\"a\",\"mass\":1,\"pos\":[1,0]}],\"joints\":[{\"id\":\"j\","
         "\"kind\":\"pin\",\"a\":\"world\",\"b\":\"a\"}],\"params\":{\"p\":{\"path\":\"/bodies/0/pos/0\",\"min\":0.5,"
         "\"max\":2}},\"measure\":[{\"id\":\"T\",\"kind\":\"period\",\"body\":\"a\",\"axis\":\"x\"},{\"id\":\"E\","
         "\"kind\":\"energy\"}]}"},
	{"springs", LANE_SPRING,
         "{\"solver\":{\"duration\":20},\"bodies\":[{\"id\":\"a\",\"mass\":1,\"pos\":[1,0]}],\"joints\":[{\"id\":\"j\","
         "\"kind\":\"spring\",\"a\":\"world\",\"b\":\"a\",\"k\":40,\"rest\":0.5}],\"params\":{\"p\":{\"path\":"
         "\"/joints/0/k\",\"min\":10,\"max\":90}},\"measure\":[{\"id\":\"T\",\"kind\":\"period\",\"body\":\"a\","
         "\"axis\":\"x\"},{\"id\":\"E\",\"kind\":\"energy\"}]}"},
	{"projectiles", LANE_FLIGHT,
         "{\"solver\":{\"duration\":20},\"bodies\":[{\"id\":\"a\",\"mass\":1,\"vel\":[10,10]}],\"fields\":[{\"kind\":"
         "\"drag\",\"quadratic\":0.02}],\"params\":{\"p\":{\"path\":\"/bodies/0/vel/0\",\"min\":1,\"max\":50}},"
         "\"measure\":[{\"id\":\"x\",\"kind\":\"position\",\"body\":\"a\",\"axis\":\"x\"},{\"id\":\"E\",\"kind\":"
         "\"energy\"}]}"},
	{"orbits", LANE_ORBIT,
         "{\"gravity\":[0,0],\"solver\":{\"duration\":20},\"bodies\":[{\"id\":\"a\",\"mass\":1,\"pos\":[1,0],\"vel\":"
         "[0,1]}],\"fields\":[{\"kind\":\"central\",\"gm\":1}],\"params\":{\"p\":{\"path\":\"/bodies/0/vel/1\",\"min\":"
         "0.8,\"max\":1.2}},\"measure\":[{\"id\":\"T\",\"kind\":\"period\",\"body\":\"a\",\"axis\":\"x\"},{\"id\":"
         "\"E\","
         "\"kind\":\"energy\"}]}"},
};

static const struct family_load *load_named(const char *name)
{
	for (uint32_t i = 0; i < array_count(loads); i++)
		if (strcmp(loads[i].name, name) == 0)
			return &loads[i];
	fprintf(stderr, "family_load: there is no family %s\n", name);
	exit(2);
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
	       + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void tell(double steps, int64_t used_us, double cpu_s)
{
	printf("{\"body_steps\": %.0f, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", steps, (double)used_us / 1e6,
	       cpu_s);
}

static void run_loops(const struct family_load *load, double seconds)
{
	static struct lane_block block;
	int64_t                  start_us = clock_monotonic_us(), used_us = 0;
	double                   steps = 0, cpu_before = cpu_seconds();

	for (; (double)used_us < seconds * 1e6; used_us = clock_monotonic_us() - start_us) {
		for (uint32_t i = 0; i < LANES; i++) {
			block.rows[LANE_X][i] = 1 + 0.01 * i;
			block.rows[LANE_AX][i] = load->kind == LANE_SWING ? 9.81 : 0;
			block.rows[LANE_VY][i] = 1;
			block.rows[LANE_GM][i] = 1;
			block.rows[LANE_STIFFNESS][i] = 40;
		}
		lanes_advance(load->kind, &block, 0, LOOP_STEPS, 1.0 / 960);
		steps += (double)LOOP_STEPS * LANES;
	}
	tell(steps, used_us, cpu_seconds() - cpu_before);
}

static void read_scenes(const struct family_load *load, struct arena *arena, const struct scene **scenes)
{
	for (uint32_t i = 0; i < POINTS; i++) {
		struct scene_value         value = {.name = TEXT("p"), .value = 1 + 0.0002 * i};
		const struct scene_options options = {.audience = SCENE_LEARNER, .values = &value, .value_count = 1};
		struct scene_report        report = {0};

		value.value *= load->kind == LANE_SPRING ? 40 : load->kind == LANE_FLIGHT ? 10 : 0.9;
		require(scene_read(text_bytes(text_from(load->json)), &options, arena, &scenes[i], &report)
		        == STATUS_OK);
	}
	require(family_fits(scenes, POINTS));
}

static void run_sweeps(const struct family_load *load, double seconds)
{
	static const struct scene  *scenes[POINTS];
	static struct family_result results[POINTS];
	static double               values[POINTS][2];
	struct arena                arena = {0};
	int64_t                     start_us, used_us = 0;
	double                      steps = 0, cpu_before;

	read_scenes(load, &arena, scenes);
	for (uint32_t i = 0; i < POINTS; i++)
		results[i].values = values[i];
	cpu_before = cpu_seconds();
	start_us = clock_monotonic_us();
	for (; (double)used_us < seconds * 1e6; used_us = clock_monotonic_us() - start_us) {
		family_sweep(scenes, POINTS, results);
		steps += scenes[0]->solver.duration_s * scenes[0]->solver.fps * scenes[0]->solver.substeps * POINTS;
	}
	require(!results[POINTS / 2].diverged && results[POINTS / 2].error_estimate_m < 1e-6);
	tell(steps, used_us, cpu_seconds() - cpu_before);
	arena_finish(&arena);
}

int main(int count, char **words)
{
	if (count == 4 && strcmp(words[1], "loops") == 0)
		run_loops(load_named(words[2]), atof(words[3]));
	else if (count == 4 && strcmp(words[1], "sweep") == 0)
		run_sweeps(load_named(words[2]), atof(words[3]));
	else
		return fprintf(stderr, "Usage: family_load loops|sweep FAMILY SECONDS\n"), 2;
	return 0;
}
