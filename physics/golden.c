#include "physics/golden.h"

#include "eventstore/base/require.h"
#include "physics/scene/sketch.h"

#include <stdio.h>

/* Anyone who changes a recorded digest changes the engine's fingerprint with it: runs made before are repeated no more.
 */
struct golden {
	const char               *name;
	enum solver_mode          mode;
	const struct solver_kind *kind;
	struct sketch *(*draw)(struct arena *arena, uint32_t size);
	uint32_t    size, frames;
	const char *x86_64; /* the first 16 bytes in hexadecimal */
};

static const struct golden goldens[] = {
	{"pyramid", SOLVER_RIGID, &solver_rigid, sketch_pyramid, 6, 30, "daea689f058d8bd96b9393173c1b0108"},
	{"circles", SOLVER_RIGID, &solver_rigid, sketch_circles, 60, 60, "3bb36883e4b195a246b9470724a871c1"},
	{"chain", SOLVER_RIGID, &solver_rigid, sketch_chain, 12, 120, "cddd13a6362d7ffa3cb920756262e437"},
	{"mixed", SOLVER_RIGID, &solver_rigid, sketch_mixed, 40, 60, "7decffe45eb44818f844b29ad79c6940"},
	{"precise chain", SOLVER_PRECISE, &solver_precise, sketch_chain, 5, 60, "cc8a10620cad5606dc3530051cceb495"},
	{"precise circles", SOLVER_PRECISE, &solver_precise, sketch_circles, 8, 60, "c3eff2e7a3a2da1dd06f9c2ba0819d80"},
};

enum { PREFIX = 16 };

static void frame_add(const struct solver_kind *kind, struct solver *solver, uint32_t bodies,
                      struct hash_running *running)
{
	struct solver_frame frame;

	kind->frame(solver, &frame);
	hash_add(running, BYTES(frame.bodies, bodies * sizeof(*frame.bodies)));
	hash_add(running, BYTES(&frame.collision_count, sizeof(frame.collision_count)));
	for (uint32_t i = 0; i < frame.collision_count; i++) {
		const struct collision *collision = &frame.collisions[i];

		hash_add(running, BYTES(&collision->time_s, sizeof(double)));
		hash_add(running, BYTES(&collision->first, sizeof(uint32_t)));
		hash_add(running, BYTES(&collision->second, sizeof(uint32_t)));
		hash_add(running, BYTES(&collision->impulse_ns, sizeof(double)));
	}
}

struct hash golden_digest(const struct solver_kind *kind, const struct scene *scene, uint32_t frames)
{
	struct hash_running *running = hash_begin();
	struct solver       *solver = kind->create(scene);

	for (uint32_t i = 0; i < frames && kind->advance(solver) == SOLVER_FINE; i++)
		frame_add(kind, solver, scene->body_count, running);
	kind->destroy(solver);
	return hash_end(running);
}

uint32_t golden_count(void)
{
	return array_count(goldens);
}

const char *golden_name(uint32_t index)
{
	require(index < array_count(goldens));
	return goldens[index].name;
}

struct hash golden_run(uint32_t index)
{
	const struct golden *golden = &goldens[index];
	struct arena         arena = {0};
	struct sketch       *sketch;
	struct hash          digest;

	require(index < array_count(goldens));
	sketch = golden->draw(&arena, golden->size);
	sketch->scene.solver.substeps = 4;
	digest = golden_digest(golden->kind, &sketch->scene, golden->frames);
	arena_finish(&arena);
	return digest;
}

static bool is_recorded(const struct golden *golden, const struct hash *digest)
{
	char text[2 * PREFIX + 1];

	for (int i = 0; i < PREFIX; i++)
		snprintf(text + 2 * i, 3, "%02x", digest->bytes[i]);
	return strcmp(text, golden->x86_64) == 0;
}

static bool golden_holds(uint32_t index)
{
	struct hash digest = golden_run(index);

#ifdef __x86_64__
	return is_recorded(&goldens[index], &digest);
#else
	struct hash again = golden_run(index);

	return hash_equal(&digest, &again);
#endif
}

bool golden_check(const char **failed)
{
	for (uint32_t i = 0; i < array_count(goldens); i++) {
		if (!golden_holds(i)) {
			*failed = goldens[i].name;
			return false;
		}
	}
	return true;
}

struct hash golden_recorded(enum solver_mode mode)
{
	struct hash_running *running = hash_begin();

	for (uint32_t i = 0; i < array_count(goldens); i++)
		if (goldens[i].mode == mode)
			hash_add(running, text_bytes(text_from(goldens[i].x86_64)));
	return hash_end(running);
}
