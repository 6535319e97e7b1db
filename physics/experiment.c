#include "physics/experiment.h"

#include "eventstore/base/require.h"
#include "physics/measure.h"

#include <math.h>
#include <stdlib.h>

struct experiment {
	const struct scene       *scene;
	struct experiment_plan    plan;
	const struct solver_kind *kind;
	struct solver            *solver;
	uint32_t                  frames;
	enum solver_fault         fault;
	struct measures          *measures;
	struct trajectory_writer *writer;
	struct trajectory_chain   chain;
	struct buffer             encoded, checkpoints;
	double                   *values;

	/* The second run that tells how good the first is. */
	struct scene   coarse;
	struct solver *shadow;
	double         apart_m;
};

/* ---------------------------------------------------------------- planning */

static uint32_t moving_bodies(const struct scene *scene)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->body_count; i++)
		count += scene->bodies[i].type == BODY_DYNAMIC;
	return count;
}

void experiment_plan(const struct scene *scene, struct experiment_plan *out)
{
	uint64_t ends = (uint64_t)floor(scene->solver.duration_s * scene->solver.fps + 1e-9);

	out->mode = solver_choose(scene, &out->reason);
	out->frames = (uint32_t)ends + 1;
	out->bodies = trajectory_bodies(scene);
	out->series = measure_series_count(scene);
	out->quantum = trajectory_quantum(scene, out->mode);
	out->body_steps = moving_bodies(scene) * ends * scene->solver.substeps;
}

/* ---------------------------------------------------------------- the shadow */

static bool wants_shadow(const struct experiment *experiment)
{
	return experiment->plan.mode == SOLVER_RIGID && experiment->scene->solver.substeps >= 2
	       && experiment->plan.body_steps <= EXPERIMENT_SHADOW_BODY_STEPS_MAX;
}

static void cast_shadow(struct experiment *experiment)
{
	experiment->coarse = *experiment->scene;
	experiment->coarse.solver.substeps /= 2;
	experiment->shadow = experiment->kind->create(&experiment->coarse);
}

static void drop_shadow(struct experiment *experiment)
{
	if (experiment->shadow)
		experiment->kind->destroy(experiment->shadow);
	experiment->shadow = NULL;
	experiment->apart_m = NAN;
}

static double distance(const struct body_state *a, const struct body_state *b)
{
	double x = a->position.x - b->position.x, y = a->position.y - b->position.y;

	return sqrt(x * x + y * y);
}

static void compare_shadow(struct experiment *experiment, const struct solver_frame *frame)
{
	struct solver_frame other;

	if (!experiment->shadow)
		return;
	if (experiment->frames > 0 && experiment->kind->advance(experiment->shadow) != SOLVER_FINE) {
		drop_shadow(experiment);
		return;
	}
	experiment->kind->frame(experiment->shadow, &other);
	experiment->apart_m = 0;
	for (uint32_t i = 0; i < experiment->scene->body_count; i++)
		experiment->apart_m = fmax(experiment->apart_m, distance(&frame->bodies[i], &other.bodies[i]));
}

/* ---------------------------------------------------------------- running */

struct experiment *experiment_create(const struct scene *scene)
{
	struct experiment *experiment = calloc(1, sizeof(*experiment));

	require(experiment != NULL);
	experiment->scene = scene;
	experiment_plan(scene, &experiment->plan);
	experiment->kind = solver_of_mode(experiment->plan.mode);
	experiment->solver = experiment->kind->create(scene);
	experiment->measures = measures_create(scene);
	experiment->writer = trajectory_writer_create(scene, experiment->plan.quantum);
	experiment->values = calloc(scene->measure_count + 1UL, sizeof(double));
	experiment->apart_m = NAN;
	require(experiment->values != NULL);
	if (wants_shadow(experiment))
		cast_shadow(experiment);
	return experiment;
}

void experiment_destroy(struct experiment *experiment)
{
	if (!experiment)
		return;
	drop_shadow(experiment);
	experiment->kind->destroy(experiment->solver);
	measures_destroy(experiment->measures);
	trajectory_writer_destroy(experiment->writer);
	trajectory_chain_finish(&experiment->chain);
	buffer_finish(&experiment->encoded);
	buffer_finish(&experiment->checkpoints);
	free(experiment->values);
	free(experiment);
}

static bool go_on(struct experiment *experiment)
{
	if (experiment->fault != SOLVER_FINE || experiment->frames == experiment->plan.frames)
		return false;
	if (experiment->frames > 0)
		experiment->fault = experiment->kind->advance(experiment->solver);
	return experiment->fault == SOLVER_FINE;
}

bool experiment_next(struct experiment *experiment, struct experiment_frame *out)
{
	struct solver_frame frame;

	if (!go_on(experiment))
		return false;
	experiment->kind->frame(experiment->solver, &frame);
	compare_shadow(experiment, &frame);
	measures_take(experiment->measures, &frame);
	trajectory_chain_add(&experiment->chain, experiment->scene, &frame);
	experiment->encoded.size = 0;
	trajectory_write(experiment->writer, &frame, &experiment->encoded);
	experiment->frames++;
	*out = (struct experiment_frame){
		.step = frame.step,
		.encoded = buffer_bytes(&experiment->encoded),
		.series = measures_series(experiment->measures),
		.state = frame,
	};
	return true;
}

void experiment_result(struct experiment *experiment, struct experiment_result *out)
{
	struct solver_quality quality;

	experiment->kind->quality(experiment->solver, &quality);
	measures_values(experiment->measures, experiment->values);
	experiment->checkpoints.size = 0;
	trajectory_chain_checkpoints(&experiment->chain, &experiment->checkpoints);
	*out = (struct experiment_result){
		.frames = experiment->frames,
		.steps = quality.steps,
		.fault = experiment->fault,
		.fault_frame = experiment->fault == SOLVER_FINE ? 0 : experiment->frames,
		.trajectory_hash = experiment->chain.link,
		.checkpoints = buffer_bytes(&experiment->checkpoints),
		.energy_drift = measures_energy_drift(experiment->measures),
		.constraint_error_m = quality.constraint_error_m,
		.error_estimate_m =
			experiment->plan.mode == SOLVER_PRECISE ? quality.error_estimate : experiment->apart_m,
		.may_tunnel = quality.may_tunnel,
		.measure_count = experiment->scene->measure_count,
		.measures = experiment->values,
	};
}
