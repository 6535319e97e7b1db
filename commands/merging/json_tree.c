#include "commands/merging/json_tree.h"

#include "eventstore/codec/json_value.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- making nodes */

/* Of a character at most: \u0001. */
enum { ESCAPED_BYTES_MAX = 6 };

static const struct json_node *plain(enum json_kind kind, struct text text, struct arena *arena)
{
	struct json_node *node = arena_new(arena, struct json_node);

	*node = (struct json_node){.kind = kind, .text = text, .nodes = 1};
	node->bytes = kind == JSON_STRING   ? 2 + ESCAPED_BYTES_MAX * (uint64_t)text.size
	              : kind == JSON_NUMBER ? text.size
	                                    : 5;
	return node;
}

const struct json_node *json_tree_string(struct text text, struct arena *arena)
{
	return plain(JSON_STRING, text, arena);
}

const struct json_node *json_tree_with(const struct json_node *like, const struct json_child *children, uint32_t count,
                                       struct arena *arena)
{
	struct json_node *node = arena_new(arena, struct json_node);

	*node = (struct json_node){
		.kind = like->kind, .children = children, .count = count, .nodes = 1, .bytes = 2, .depth = 1};
	for (uint32_t i = 0; i < count; i++) {
		const struct json_node *child = children[i].value;

		node->nodes += child->nodes;
		node->bytes += child->bytes + 1;
		node->bytes += like->kind == JSON_OBJECT ? 3 + ESCAPED_BYTES_MAX * (uint64_t)children[i].name.size : 0;
		if (child->depth >= node->depth)
			node->depth = child->depth + 1;
	}
	return node;
}

/* The bytes are an upper bound; only a tree that might be too large is written to be measured. */
bool json_tree_fits(const struct json_node *node)
{
	struct buffer out = {0};
	bool          fits = node->depth <= JSON_TREE_DEPTH_MAX && node->nodes <= JSON_TREE_NODES_MAX
	            && node->bytes <= (uint64_t)JSON_TREE_BYTES_MAX * ESCAPED_BYTES_MAX;

	if (fits && node->bytes > JSON_TREE_BYTES_MAX) {
		json_tree_write(node, &out);
		fits = out.size <= JSON_TREE_BYTES_MAX;
		buffer_finish(&out);
	}
	return fits;
}

/* ---------------------------------------------------------------- reading */

static const struct json_node *node_of(const struct json_value *value, struct arena *arena);

static const struct json_node *number_of(double value, struct arena *arena)
{
	struct buffer digits = {0};
	struct text   text;

	json_append_f64(&digits, value);
	text = arena_text(arena, (struct text){.data = (const char *)digits.data, .size = digits.size});
	buffer_finish(&digits);
	return plain(JSON_NUMBER, text, arena);
}

static const struct json_node *branch_of(const struct json_value *value, struct arena *arena)
{
	struct json_node   like = {.kind = value->kind == JSON_VALUE_OBJECT ? JSON_OBJECT : JSON_ARRAY};
	struct json_child *children = arena_array(arena, struct json_child, value->count + 1);

	for (uint32_t i = 0; i < value->count; i++) {
		children[i].name = like.kind == JSON_OBJECT ? value->names[i] : TEXT_NONE;
		children[i].value = node_of(&value->items[i], arena);
	}
	return json_tree_with(&like, children, value->count, arena);
}

static const struct json_node *node_of(const struct json_value *value, struct arena *arena)
{
	switch (value->kind) {
	case JSON_VALUE_NULL:
		break;
	case JSON_VALUE_BOOL:
		return plain(value->boolean ? JSON_TRUE : JSON_FALSE, TEXT_NONE, arena);
	case JSON_VALUE_NUMBER:
		return number_of(value->number, arena);
	case JSON_VALUE_TEXT:
		return json_tree_string(value->text, arena);
	case JSON_VALUE_LIST:
	case JSON_VALUE_OBJECT:
		return branch_of(value, arena);
	}
	return plain(JSON_NULL, TEXT_NONE, arena);
}

static bool is_crowded(const struct json_node *node)
{
	if (node->kind == JSON_OBJECT && node->count > JSON_TREE_MEMBERS_MAX)
		return true;
	for (uint32_t i = 0; i < node->count; i++)
		if (is_crowded(node->children[i].value))
			return true;
	return false;
}

enum status json_tree_read(struct text json, struct arena *arena, const struct json_node **out, struct text *mistake)
{
	const struct json_bounds bounds = {.size_max = JSON_TREE_BYTES_MAX, .depth_max = JSON_TREE_DEPTH_MAX};
	struct complaints        complaints = {0};
	struct json_value       *value;
	const struct json_node  *node;
	enum status              status = json_value_read(text_bytes(json), &bounds, arena, &value, &complaints);

	if (status != STATUS_OK) {
		*mistake = arena_format(arena, "The JSON %.*s.", TEXT_ARG(complaints.items[0].sentence));
		return status;
	}
	node = node_of(value, arena);
	if (node->nodes > JSON_TREE_NODES_MAX) {
		*mistake = arena_format(arena, "There are more than %d values.", JSON_TREE_NODES_MAX);
		return STATUS_TOO_LARGE;
	}
	if (is_crowded(node)) {
		*mistake = arena_format(arena, "An object has more than %d members.", JSON_TREE_MEMBERS_MAX);
		return STATUS_TOO_LARGE;
	}
	*out = node;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- writing and comparing */

static void write_children(const struct json_node *node, struct buffer *out)
{
	bool object = node->kind == JSON_OBJECT;

	buffer_append_text(out, object ? TEXT("{") : TEXT("["));
	for (uint32_t i = 0; i < node->count; i++) {
		if (i > 0)
			buffer_append_text(out, TEXT(","));
		if (object) {
			json_append_string(out, node->children[i].name);
			buffer_append_text(out, TEXT(":"));
		}
		json_tree_write(node->children[i].value, out);
	}
	buffer_append_text(out, object ? TEXT("}") : TEXT("]"));
}

void json_tree_write(const struct json_node *node, struct buffer *out)
{
	switch (node->kind) {
	case JSON_NULL:
		buffer_append_text(out, TEXT("null"));
		break;
	case JSON_FALSE:
		buffer_append_text(out, TEXT("false"));
		break;
	case JSON_TRUE:
		buffer_append_text(out, TEXT("true"));
		break;
	case JSON_NUMBER:
		buffer_append_text(out, node->text);
		break;
	case JSON_STRING:
		json_append_string(out, node->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		write_children(node, out);
		break;
	}
}

struct text json_tree_text(const struct json_node *node, struct arena *arena)
{
	struct buffer out = {0};
	struct text   text;

	json_tree_write(node, &out);
	text = arena_text(arena, (struct text){.data = (const char *)out.data, .size = out.size});
	buffer_finish(&out);
	return text;
}

/* Members mostly stand where they stood before. */
const struct json_node *json_tree_member(const struct json_node *node, struct text name, uint32_t *index)
{
	if (node->kind != JSON_OBJECT)
		return NULL;
	for (uint32_t i = 0; i < node->count; i++)
		if (text_equal(node->children[i].name, name)) {
			if (index)
				*index = i;
			return node->children[i].value;
		}
	return NULL;
}

enum status json_tree_step(const struct json_node *node, struct text step, uint32_t *index)
{
	bool there = node->kind == JSON_OBJECT ? json_tree_member(node, step, index) != NULL
	                                       : json_pointer_item(step, node->count, index);

	return there ? STATUS_OK : STATUS_NOT_FOUND;
}

const struct json_node *json_tree_find(const struct json_node *document, const struct json_pointer *pointer)
{
	for (uint32_t i = 0; i < pointer->count; i++) {
		uint32_t index;

		if (json_tree_step(document, pointer->steps[i], &index) != STATUS_OK)
			return NULL;
		document = document->children[index].value;
	}
	return document;
}

static bool equal_numbers(struct text a, struct text b)
{
	return text_equal(a, b) || strtod(a.data, NULL) == strtod(b.data, NULL);
}

static bool equal_child(const struct json_node *a, const struct json_node *b, uint32_t i)
{
	if (a->kind == JSON_ARRAY || text_equal(a->children[i].name, b->children[i].name))
		return json_tree_equal(a->children[i].value, b->children[i].value);
	return json_tree_equal(a->children[i].value, json_tree_member(b, a->children[i].name, NULL));
}

bool json_tree_equal(const struct json_node *a, const struct json_node *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == JSON_NUMBER)
		return equal_numbers(a->text, b->text);
	if (a->kind == JSON_STRING)
		return text_equal(a->text, b->text);
	for (uint32_t i = 0; i < a->count; i++)
		if (!equal_child(a, b, i))
			return false;
	return true;
}
