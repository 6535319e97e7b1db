/* The canonical form of a scene: bytes that are the same for the same mechanics, however its JSON was written. Every
 * default is filled in, ids are indexes, parameters are applied; names, titles, parameters and expectations are not in
 * it, since they change nothing of a run. Order is in it, since the order of bodies does.
 *
 *   "orrery scene 1\n" | the scene's own fields | bodies | shapes | points | joints | fields | events | measures
 *
 * physics/scene/canonical.def has the fields. It is hashed, kept, and handed to workers; none of it can change without
 * another number in the first line. */
#ifndef ORRERY_PHYSICS_CANONICAL_H
#define ORRERY_PHYSICS_CANONICAL_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/hash.h"
#include "physics/scene/scene.h"

/* Appends the scene's bytes. */
void scene_encode(const struct scene *scene, struct buffer *out);

/* A scene from its bytes: the same again when encoded, without names. Everything that scene.h promises of structure is
 * checked, and every number against its bound; not whether joints are closed or shapes apart, which no solver relies
 * on. INVALID: it is none, and *complaint says where; out is untouched. */
enum status scene_decode(struct bytes bytes, struct arena *arena, const struct scene **out,
                         struct text *complaint) MUST_USE;

/* BLAKE2b-256("orrery.scene.1" 0x00 bytes). */
struct hash scene_hash(struct bytes canonical);

/* BLAKE2b-256("orrery.run.1" 0x00 scene_hash | engine): what a run is known by (physics/engine.h). */
struct hash run_hash(const struct hash *scene, const struct hash *engine);

#endif
