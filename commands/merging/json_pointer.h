/* Places in a JSON document (RFC 6901): "", "/bodies/0/pos", "/a~1b/m~0n". */
#ifndef ORRERY_JSON_POINTER_H
#define ORRERY_JSON_POINTER_H

#include "commands/merging/json_tree.h"

enum {
	JSON_POINTER_DEPTH_MAX = JSON_TREE_DEPTH_MAX,
	JSON_POINTER_BYTES_MAX = 1024,
};

struct json_pointer {
	uint32_t    count; /* of steps; 0 is the whole document */
	struct text steps[JSON_POINTER_DEPTH_MAX];
};

/* MALFORMED: it does not begin with a slash, or has a tilde that stands for nothing. TOO_LARGE: longer or deeper than
 * may be. Steps lie in the arena, or are views of the text. */
enum status json_pointer_read(struct text text, struct arena *arena, struct json_pointer *out) MUST_USE;

/* Where a step of a pointer leads within a node: the child's place. In an array `-` is the place behind the last, and
 * no child. */
enum status json_pointer_step(const struct json_node *node, struct text step, uint32_t *index) MUST_USE;

/* What stands there; NULL when nothing does. */
const struct json_node *json_pointer_find(const struct json_node *document, const struct json_pointer *pointer);

/* Is what `outer` names, or something around it, what `inner` lies in? A pointer lies within itself. */
bool json_pointer_contains(const struct json_pointer *outer, const struct json_pointer *inner);

/* Appends "/" and the name, escaped. */
void json_pointer_append(struct buffer *out, struct text name);

#endif
