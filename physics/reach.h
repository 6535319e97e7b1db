/* Which shapes of a scene can ever touch, as far as joints tell: what hangs on a rod of the world stays in a disc. A
 * pair that is not told of here never meets; one that is may. */
#ifndef ORRERY_PHYSICS_REACH_H
#define ORRERY_PHYSICS_REACH_H

#include "physics/scene/scene.h"

/* Two shapes of different bodies, at least one of them dynamic; first < second, as indexes of scene.shapes. */
struct shape_pair {
	uint32_t first, second;
};

struct reach;

/* Lives in the arena, as long as the scene. */
struct reach *reach_create(const struct scene *scene, struct arena *arena);

/* The next pair after `pair`, which begins as zeroes; false when there is none. Ordered by first, then second. */
bool reach_next(const struct reach *reach, struct shape_pair *pair);

/* Does energy stay what it was in every run of this scene? Not with drag, drives, damping, motors, obstacles that move,
 * events, ropes that jerk, or shapes that can meet and then rub or lose speed. */
bool scene_conserves_energy(const struct scene *scene);

#endif
