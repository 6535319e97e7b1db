/* Scenes from strangers, run for a moment by both solvers. Claims: nothing that is a scene makes Chipmunk2D complain;
 * every frame that is told has finite numbers; and a second run has the same bits. */
#include "eventstore/base/require.h"
#include "physics/golden.h"
#include "physics/scene/scene.h"

#include <math.h>

enum { FRAMES = 6, BODY_STEPS_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(const struct scene *scene, const struct solver_frame *frame)
{
	for (uint32_t i = 0; i < scene->body_count; i++) {
		const struct body_state *state = &frame->bodies[i];

		require(isfinite(state->position.x) && isfinite(state->position.y) && isfinite(state->angle));
		require(isfinite(state->velocity.x) && isfinite(state->velocity.y));
		require(isfinite(state->angular_velocity) && isfinite(frame->contact_force_n[i]));
	}
	for (uint32_t i = 0; i < scene->joint_count; i++)
		require(isfinite(frame->joint_force_n[i]));
	for (uint32_t i = 0; i < frame->collision_count; i++)
		require(frame->collisions[i].first < frame->collisions[i].second);
}

static void run(const struct solver_kind *kind, const struct scene *scene)
{
	struct solver      *solver = kind->create(scene);
	struct solver_frame frame;
	enum solver_fault   fault = SOLVER_FINE;
	struct hash         once, again;

	for (int i = 0; i < FRAMES && fault == SOLVER_FINE; i++) {
		fault = kind->advance(solver);
		kind->frame(solver, &frame);
		check_frame(scene, &frame);
	}
	require(fault != SOLVER_LIBRARY);
	kind->destroy(solver);
	once = golden_digest(kind, scene, FRAMES);
	again = golden_digest(kind, scene, FRAMES);
	require(hash_equal(&once, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct scene_options options = {.audience = SCENE_LEARNER};
	struct scene_report        report = {0};
	struct arena               arena = {0};
	const struct scene        *scene = NULL;

	if (scene_read(BYTES(data, size), &options, &arena, &scene, &report) == STATUS_OK
	    && (uint64_t)scene->body_count * scene->solver.substeps * FRAMES <= BODY_STEPS_MAX) {
		run(&solver_rigid, scene);
		if (solver_choose(scene, &(struct text){0}) == SOLVER_PRECISE)
			run(&solver_precise, scene);
	}
	arena_finish(&arena);
	return 0;
}
