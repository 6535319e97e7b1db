#include "physics/service/work.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"
#include "physics/experiment.h"
#include "physics/golden.h"
#include "physics/rigid/rigid_library.h"
#include "physics/scene/canonical.h"

#include <math.h>
#include <stdlib.h>

struct work {
	struct arena           arena; /* the scene */
	const struct scene    *scene;
	struct experiment     *experiment;
	struct experiment_plan plan;
};

/* Also touches what must be touched before the process is confined: the library's first space, libcrypto's tables. */
bool work_fit(struct text *complaint)
{
	const char *failed = NULL;

	rigid_library_begin();
	hash_sha256(BYTES("", 0));
	if (golden_check(&failed))
		return true;
	(void)failed;
	*complaint = TEXT("A golden scene did not come out bit for bit: what is computed here could not be repeated.");
	return false;
}

struct work *work_begin(struct bytes scene, struct job_broken *why)
{
	struct work *work = calloc(1, sizeof(*work));
	struct text  complaint = TEXT("The scene cannot be run.");

	require(work != NULL);
	if (scene_decode(arena_bytes(&work->arena, scene), &work->arena, &work->scene, &complaint) == STATUS_OK) {
		experiment_plan(work->scene, &work->plan);
		work->experiment = experiment_create(work->scene);
	}
	if (work->experiment)
		return work;
	why->sentence = TEXT("The scene cannot be run.");
	work_end(work);
	return NULL;
}

enum work_step work_next(struct work *work, struct work_frame *out, struct job_broken *why)
{
	struct experiment_frame frame;

	(void)why;
	if (!experiment_next(work->experiment, &frame))
		return WORK_ENDED;
	*out = (struct work_frame){.encoded = frame.encoded, .series = frame.series, .series_count = work->plan.series};
	return WORK_FRAME;
}

static void take_measures(const struct experiment_result *result, struct arena *arena, struct run_measures *out)
{
	struct run_measured *items = arena_array(arena, struct run_measured, result->measure_count + 1);

	for (uint32_t i = 0; i < result->measure_count; i++)
		if (isfinite(result->measures[i]))
			items[i] = (struct run_measured){.value = result->measures[i], .has_value = true};
	*out = (struct run_measures){.items = items, .count = result->measure_count};
}

void work_result(const struct work *work, struct arena *arena, struct run_done *out)
{
	struct experiment_result result;

	experiment_result(work->experiment, &result);
	*out = (struct run_done){
		.mode = work->plan.mode == SOLVER_RIGID ? TEXT("rigid") : TEXT("precise"),
		.fps = work->scene->solver.fps,
		.steps = result.steps,
		.trajectory_hash = result.trajectory_hash,
		.checkpoints = arena_bytes(arena, result.checkpoints),
		.constraint_error_m = isfinite(result.constraint_error_m) ? result.constraint_error_m : 0,
		.may_tunnel = result.may_tunnel,
		.has_energy_drift = isfinite(result.energy_drift),
		.has_error_estimate_m = isfinite(result.error_estimate_m),
		.fault_frame = result.fault_frame,
	};
	if (out->has_energy_drift)
		out->energy_drift = result.energy_drift;
	if (out->has_error_estimate_m)
		out->error_estimate_m = result.error_estimate_m;
	if (result.fault != SOLVER_FINE)
		out->fault = solver_fault_name(result.fault);
	take_measures(&result, arena, &out->measures);
}

void work_end(struct work *work)
{
	if (!work)
		return;
	experiment_destroy(work->experiment);
	arena_finish(&work->arena);
	free(work);
}
