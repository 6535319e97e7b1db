/* Places in a JSON document (RFC 6901): "", "/bodies/0/pos", "/a~1b/m~0n". */
#ifndef ORRERY_JSON_POINTER_H
#define ORRERY_JSON_POINTER_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

enum {
	JSON_POINTER_DEPTH_MAX = 12,
	JSON_POINTER_BYTES_MAX = 1024,
};

struct json_pointer {
	uint32_t    count; /* of steps; 0 is the whole document */
	struct text steps[JSON_POINTER_DEPTH_MAX];
};

/* MALFORMED: it does not begin with a slash, or has a tilde that stands for nothing. TOO_LARGE: longer or deeper than
 * may be. Steps lie in the arena, or are views of the text. */
enum status json_pointer_read(struct text text, struct arena *arena, struct json_pointer *out) MUST_USE;

/* Whether a step names an item of an array of so many, and which. `-`, the place behind the last, is none. */
bool json_pointer_item(struct text step, uint32_t count, uint32_t *index);

/* Is what `outer` names, or something around it, what `inner` lies in? A pointer lies within itself. */
bool json_pointer_contains(const struct json_pointer *outer, const struct json_pointer *inner);

/* Appends "/" and the name, escaped. */
void json_pointer_append(struct buffer *out, struct text name);

#endif
