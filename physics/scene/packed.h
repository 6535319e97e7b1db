/* A scene as it is kept: the JSON that its author wrote, deflated (RFC 1950). */
#ifndef ORRERY_SCENE_PACKED_H
#define ORRERY_SCENE_PACKED_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum {
	SCENE_JSON_BYTES_MAX = 256 * 1024,
	SCENE_PACKED_BYTES_MAX = 60000, /* so that it fits into an entry of the log: schema/simulation.schema */
};

/* Both live in the arena. TOO_LARGE: longer than that, packed. */
enum status scene_pack(struct text json, struct arena *arena, struct bytes *out) MUST_USE;

/* MALFORMED, TOO_LARGE: it was not packed so. */
enum status scene_unpack(struct bytes packed, struct arena *arena, struct text *out) MUST_USE;

/* The same from base64, as read models have it. */
enum status scene_unpack_text(struct text packed, struct arena *arena, struct text *out) MUST_USE;

#endif
