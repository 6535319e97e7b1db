/* What a run's bits hang on beside its scene. Two runs of one scene on engines of the same fingerprint are the same to
 * the last bit; a run's hash is over both. */
#ifndef ORRERY_PHYSICS_ENGINE_H
#define ORRERY_PHYSICS_ENGINE_H

#include "eventstore/base/hash.h"
#include "physics/scene/scene.h"

/* SHA-256 over the mode, the architecture, the versions of our functions, what the golden scenes are known to give,
 * and, in rigid mode, the bytes of the file that Chipmunk2D comes from: rigid_library_path() says where it lies. */
struct hash engine_fingerprint(enum solver_mode mode, struct bytes library);

/* "rigid on x86_64, Chipmunk2D 7.0.3": a name for people, without what the fingerprint tells apart beyond it. */
struct text engine_name(struct arena *arena, enum solver_mode mode);

#endif
