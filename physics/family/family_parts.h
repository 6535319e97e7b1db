/* What a family's two files share: which lane a body of a scene takes. */
#ifndef ORRERY_PHYSICS_FAMILY_PARTS_H
#define ORRERY_PHYSICS_FAMILY_PARTS_H

#include "physics/family/family_lanes.h"
#include "physics/scene/scene.h"

/* LANE_KINDS where there is no lane for it. */
enum lane_kind family_kind(const struct scene *scene, uint32_t body);

/* The last of the body's joints, NULL when there is none, and how many there are. */
const struct scene_joint *family_joint(const struct scene *scene, uint32_t body, uint32_t *count);

bool family_acts_on(const struct scene_field *field, uint32_t body);

#endif
