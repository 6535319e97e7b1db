/* The bounds of scenes, from physics/scene/limits.def: each has a name, a unit, a value for everybody and one for
 * teachers.
 */
#ifndef ORRERY_PHYSICS_LIMITS_H
#define ORRERY_PHYSICS_LIMITS_H

#include "eventstore/base/bytes.h"

enum limit {
	LIMIT_NONE,
#define LIMIT(NAME, unit, learner, teacher, why) LIMIT_##NAME,
#include "physics/scene/limits.def"
#undef LIMIT
	LIMIT_COUNT
};

/* Who asks. Teachers have longer runs of more bodies. */
enum scene_audience { SCENE_LEARNER = 1, SCENE_TEACHER };

double      limit_value(enum limit limit, enum scene_audience audience);
const char *limit_name(enum limit limit);
const char *limit_unit(enum limit limit);   /* "" for what is counted or has no dimension */
const char *limit_reason(enum limit limit); /* "" where it goes without saying */

#endif
