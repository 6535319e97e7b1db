/* A JSON text (RFC 8259) as a tree that never changes: edits make a new one that shares what stayed the same, so that
 * copying costs nothing and what somebody saw is still there beside what they made of it. Numbers are
 * doubles, written as the shortest text that reads back the same. All of it lives in the arena. */
#ifndef ORRERY_JSON_TREE_H
#define ORRERY_JSON_TREE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"
#include "eventstore/codec/json_pointer.h"

enum {
	JSON_TREE_BYTES_MAX = 256 * 1024,             /* as text; also of what edits make */
	JSON_TREE_DEPTH_MAX = JSON_POINTER_DEPTH_MAX, /* arrays and objects within one another */
	JSON_TREE_NODES_MAX = 32768,
	JSON_TREE_MEMBERS_MAX = 1024, /* of an object that is read: names are compared each with each */
};

enum json_kind { JSON_NULL = 1, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_node;

/* An item of an array has no name. */
struct json_child {
	struct text             name;
	const struct json_node *value;
};

struct json_node {
	enum json_kind           kind;
	uint32_t                 count; /* of children */
	uint32_t                 depth; /* 0: a plain value; else one more than the deepest child's */
	uint64_t                 bytes; /* as text, at most; with all that is below */
	uint64_t                 nodes; /* likewise */
	struct text              text;  /* a number's digits, a string's characters */
	const struct json_child *children;
};

/* As json_value_read, with what is wrong as a sentence; TOO_LARGE also for too many values or members. */
enum status json_tree_read(struct text json, struct arena *arena, const struct json_node **out,
                           struct text *mistake) MUST_USE;

/* Without blanks, members in their order. */
void json_tree_write(const struct json_node *node, struct buffer *out);

/* As json_tree_write, in the arena. */
struct text json_tree_text(const struct json_node *node, struct arena *arena);

/* Whatever the order of members; numbers by their value (RFC 6902, 4.6). NULL is nothing, and equal to nothing. */
bool json_tree_equal(const struct json_node *a, const struct json_node *b);

/* Is it small enough to be kept? */
bool json_tree_fits(const struct json_node *node);

/* The member of that name, its place in `index` unless that is NULL; NULL when there is none, or it is no object. */
const struct json_node *json_tree_member(const struct json_node *node, struct text name, uint32_t *index);

/* Where a step of a pointer leads within a node: the child's place. */
enum status json_tree_step(const struct json_node *node, struct text step, uint32_t *index) MUST_USE;

/* What a pointer names; NULL when it is nothing. */
const struct json_node *json_tree_find(const struct json_node *document, const struct json_pointer *pointer);

/* A container of the same kind as `like` with these children, which are kept as they are. */
const struct json_node *json_tree_with(const struct json_node *like, const struct json_child *children, uint32_t count,
                                       struct arena *arena);

/* A string; the text is kept as it is, and must be well-formed UTF-8. */
const struct json_node *json_tree_string(struct text text, struct arena *arena);

#endif
