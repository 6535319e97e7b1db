/* A scene ready to be run: read from its JSON, with the values that somebody gave its parameters, and put into the form
 * that runs are known by. */
#ifndef ORRERY_PHYSICS_POSED_H
#define ORRERY_PHYSICS_POSED_H

#include "eventstore/base/hash.h"
#include "physics/scene/scene.h"

struct pose {
	enum scene_audience       audience;
	const struct scene_value *values;
	uint32_t                  value_count;
	bool                      has_seed; /* else the scene's own */
	uint32_t                  seed;
};

struct posed_scene {
	const struct scene *scene;
	struct bytes        canonical;
	struct hash         hash; /* of the canonical form */
};

/* All of it lives in the arena. Fails as scene_read does, and then says why. */
enum status scene_pose(struct text json, const struct pose *pose, struct arena *arena, struct posed_scene *out,
                       struct scene_report *report) MUST_USE;

/* The parameter or the measure of that name; NULL when the scene has none. */
const struct scene_parameter *scene_parameter_named(const struct scene *scene, struct text name);
const struct scene_measure   *scene_measure_named(const struct scene *scene, struct text name);

#endif
