/* What the broker must know of a scene before it runs, from its canonical form. */
#include "eventstore/base/diag.h"
#include "eventstore/disk/whole_file.h"
#include "physics/engine.h"
#include "physics/experiment.h"
#include "physics/rigid/rigid_library.h"
#include "physics/scene/canonical.h"
#include "physics/service/broker.h"

enum { LIBRARY_BYTES_MAX = 64 << 20 };

/* The file is read once; a process keeps the library that it began with. */
static const struct hash *engine_of(enum solver_mode mode)
{
	static struct hash engines[SOLVER_RIGID + 1];
	static bool        known;
	struct buffer      library = {0};
	const char        *path = rigid_library_path();

	if (!known) {
		if (!path || whole_file_read(path, LIBRARY_BYTES_MAX, &library) != STATUS_OK)
			diag(DIAG_WARN, "engine_file_unread", "the fingerprint is without Chipmunk2D's file");
		engines[SOLVER_PRECISE] = engine_fingerprint(SOLVER_PRECISE, buffer_bytes(&library));
		engines[SOLVER_RIGID] = engine_fingerprint(SOLVER_RIGID, buffer_bytes(&library));
		buffer_finish(&library);
		known = true;
	}
	return &engines[mode];
}

enum status scene_brief(struct bytes canonical, struct arena *arena, struct scene_brief *out, struct text *complaint)
{
	const struct scene    *scene;
	struct experiment_plan plan;
	enum status            status = scene_decode(canonical, arena, &scene, complaint);

	if (status != STATUS_OK)
		return status;
	experiment_plan(scene, &plan);
	*out = (struct scene_brief){
		.scene_hash = scene_hash(canonical),
		.engine = *engine_of(plan.mode),
		.mode = plan.mode == SOLVER_RIGID ? TEXT("rigid") : TEXT("precise"),
		.reason = plan.reason,
		.frames = plan.frames,
		.fps = scene->solver.fps,
		.bodies = plan.bodies,
		.series = plan.series,
		.quantum = plan.quantum,
		.cost_us = plan.body_steps,
	};
	out->run_hash = run_hash(&out->scene_hash, &out->engine);
	return STATUS_OK;
}
