/* Edits of a JSON document as a list of operations (RFC 6902): all of them, or none. */
#ifndef ORRERY_JSON_PATCH_H
#define ORRERY_JSON_PATCH_H

#include "commands/merging/json_tree.h"

enum { JSON_PATCH_OPERATIONS_MAX = 64 };

enum json_patch_verb { JSON_ADD = 1, JSON_REMOVE, JSON_REPLACE, JSON_MOVE, JSON_COPY, JSON_TEST };

struct json_patch_operation {
	enum json_patch_verb    verb;
	struct json_pointer     path;
	struct json_pointer     from;  /* of move and copy */
	const struct json_node *value; /* of add, replace and test */
};

/* Lives as long as the tree that it was read from. */
struct json_patch {
	uint32_t                     count;
	struct json_patch_operation *operations; /* in the arena */
};

/* What is wrong with a patch, or does not fit the document. */
struct json_patch_mistake {
	uint32_t    operation; /* which one, from 0 */
	struct text sentence;
};

/* MALFORMED: no patch; TOO_LARGE: above a limit of this header, or of the pointer's or the tree's. Unknown members of
 * an operation are ignored, as the RFC wants. */
enum status json_patch_read(const struct json_node *tree, struct arena *arena, struct json_patch *out,
                            struct json_patch_mistake *mistake) MUST_USE;

/* NOT_FOUND: an operation names a place that is not there. CONFLICT: a test found something else. INVALID: something
 * would be moved into itself, or the whole document removed. TOO_LARGE: the result would be. */
enum status json_patch_apply(const struct json_node *document, const struct json_patch *patch, struct arena *arena,
                             const struct json_node **out, struct json_patch_mistake *mistake) MUST_USE;

#endif
