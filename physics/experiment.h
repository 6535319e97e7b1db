/* A run from its start to its end: the scene's solver goes on frame by frame, each frame is measured, hashed into the
 * chain and encoded. The same scene gives the same bytes, wherever the engine is the same. One thread at a time; the
 * scene must outlive it. */
#ifndef ORRERY_PHYSICS_EXPERIMENT_H
#define ORRERY_PHYSICS_EXPERIMENT_H

#include "physics/solver.h"
#include "physics/trajectory.h"

/* What is known before it runs. */
struct experiment_plan {
	enum solver_mode mode;
	struct text      reason; /* static */
	uint32_t         frames; /* the start included */
	uint32_t         bodies; /* that a frame tells of */
	uint32_t         series; /* that a frame has values of */
	double           quantum;
	uint64_t         body_steps; /* what it may cost: bodies that move × inner steps, of precise a guess */
};

void experiment_plan(const struct scene *scene, struct experiment_plan *out);

/* Valid until the next call. */
struct experiment_frame {
	uint32_t            step;
	struct bytes        encoded; /* physics/trajectory.h */
	const double       *series;  /* plan.series */
	struct solver_frame state;
};

struct experiment_result {
	uint32_t          frames;
	uint64_t          steps;
	enum solver_fault fault; /* it ended before its time: fault_frame would have been the next */
	uint32_t          fault_frame;
	struct hash       trajectory_hash;
	struct bytes      checkpoints;  /* trajectory_chain_checkpoints; the experiment's */
	double            energy_drift; /* measures_energy_drift; may be NaN */
	double            constraint_error_m;
	double            error_estimate_m; /* may be NaN */
	bool              may_tunnel;
	uint32_t          measure_count;
	const double     *measures; /* measures_values; the experiment's */
};

struct experiment;

struct experiment *experiment_create(const struct scene *scene);
void               experiment_destroy(struct experiment *experiment); /* NULL is borne */

/* The next frame, step 0 first; false when there is none: it is over, or a fault ended it. */
bool experiment_next(struct experiment *experiment, struct experiment_frame *out);

/* Of the frames so far. Valid until the next call of any. */
void experiment_result(struct experiment *experiment, struct experiment_result *out);

/* For rigid runs that cost little, a second one with half the steps goes beside the first, and how far the two are
 * apart at the end of the frame, m, tells how good the first is; in chaos it tells that, too. Bodies × inner steps. */
enum { EXPERIMENT_SHADOW_BODY_STEPS_MAX = 500000 };

#endif
