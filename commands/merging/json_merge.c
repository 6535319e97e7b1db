#include "commands/merging/json_merge.h"

#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

#include <stdlib.h>

struct merging {
	struct arena      *arena;
	struct json_merge *out;
	struct buffer      pointer; /* where the merge stands */
};

static const struct json_node *merge_value(struct merging *merging, const struct json_node *base,
                                           const struct json_node *ours, const struct json_node *theirs);

static void note_conflict(struct merging *merging, const struct json_node *base, const struct json_node *ours,
                          const struct json_node *theirs)
{
	struct json_merge *out = merging->out;
	struct text        pointer = {.data = (const char *)merging->pointer.data, .size = merging->pointer.size};

	if (out->count == JSON_MERGE_CONFLICTS_MAX) {
		out->has_more = true;
		return;
	}
	out->conflicts[out->count++] = (struct json_conflict){
		.pointer = pointer.size > 0 ? arena_text(merging->arena, pointer) : TEXT(""),
		.base = base,
		.ours = ours,
		.theirs = theirs,
	};
}

static const struct json_node *merge_below(struct merging *merging, struct text name, const struct json_node *base,
                                           const struct json_node *ours, const struct json_node *theirs)
{
	size_t                  size = merging->pointer.size;
	const struct json_node *merged;

	json_pointer_append(&merging->pointer, name);
	merged = merge_value(merging, base, ours, theirs);
	merging->pointer.size = size;
	return merged;
}

/* ---------------------------------------------------------------- children by their names */

/* A side's children, found by name: a member's own, or what an item is known by. Sorted places, since a scene has
 * hundreds of bodies. */
struct side {
	const struct json_node *node;
	struct text            *names; /* of the children in their order */
	uint32_t               *sorted;
};

static int compare_texts(struct text a, struct text b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int    order = size > 0 ? memcmp(a.data, b.data, size) : 0;

	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_places(const void *a, const void *b, void *names)
{
	const struct text *of = names;

	return compare_texts(of[*(const uint32_t *)a], of[*(const uint32_t *)b]);
}

/* What an item is known by; none: it is not known by anything. */
static struct text name_of_item(const struct json_node *item)
{
	const struct json_node *id = item->kind == JSON_STRING ? item : json_tree_member(item, TEXT("id"), NULL);

	if (!id && item->kind == JSON_OBJECT && item->count == 1)
		id = item->children[0].value;

	return id && id->kind == JSON_STRING ? id->text : TEXT_NONE;
}

/* False when a child has no name, or another's. */
static bool side_open(struct side *side, const struct json_node *node, struct arena *arena)
{
	*side = (struct side){.node = node,
	                      .names = arena_array(arena, struct text, node->count + 1),
	                      .sorted = arena_array(arena, uint32_t, node->count + 1)};
	for (uint32_t i = 0; i < node->count; i++) {
		side->names[i] =
			node->kind == JSON_OBJECT ? node->children[i].name : name_of_item(node->children[i].value);
		side->sorted[i] = i;
		if (!side->names[i].data)
			return false;
	}
	qsort_r(side->sorted, node->count, sizeof(uint32_t), compare_places, side->names);
	for (uint32_t i = 1; i < node->count; i++)
		if (text_equal(side->names[side->sorted[i - 1]], side->names[side->sorted[i]]))
			return false;
	return true;
}

/* The child's place; the count when there is none. */
static uint32_t place_in(const struct side *side, struct text name)
{
	uint32_t low = 0, high = side->node->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int      order = compare_texts(side->names[side->sorted[middle]], name);

		if (order == 0)
			return side->sorted[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return side->node->count;
}

static const struct json_node *child_in(const struct side *side, struct text name)
{
	uint32_t place = place_in(side, name);

	return place < side->node->count ? side->node->children[place].value : NULL;
}

struct sides {
	struct side base, ours, theirs;
};

/* How a pointer names the child: by its name, or by its place in the first side that has it. */
static struct text step_to(const struct sides *sides, struct text name, struct arena *arena)
{
	const struct side *of[] = {&sides->base, &sides->ours, &sides->theirs};

	if (sides->ours.node->kind == JSON_OBJECT)
		return name;
	for (size_t i = 0; i < array_count(of); i++)
		if (place_in(of[i], name) < of[i]->node->count)
			return arena_format(arena, "%u", place_in(of[i], name));
	return name;
}

/* Do those that both have stand in one order? */
static bool same_order(const struct side *a, const struct side *b)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < a->node->count; i++) {
		uint32_t place = place_in(b, a->names[i]);

		if (place == b->node->count)
			continue;
		if (place < last)
			return false;
		last = place;
	}
	return true;
}

struct merged_children {
	struct json_child *items;
	uint32_t           count;
};

static void merge_child(struct merging *merging, const struct sides *sides, struct text name,
                        struct merged_children *out)
{
	const struct json_node *merged =
		merge_below(merging, step_to(sides, name, merging->arena), child_in(&sides->base, name),
	                    child_in(&sides->ours, name), child_in(&sides->theirs, name));
	bool object = sides->ours.node->kind == JSON_OBJECT;

	if (merged)
		out->items[out->count++] = (struct json_child){.name = object ? name : TEXT_NONE, .value = merged};
}

/* What the other side has and the leading one has not, behind the child at `place` of the other; its end for a place
 * below all. */
static void merge_followers(struct merging *merging, const struct sides *sides, const struct side *leading,
                            const struct side *other, uint32_t place, struct merged_children *out)
{
	for (; place < other->node->count; place++) {
		if (place_in(leading, other->names[place]) < leading->node->count)
			return;
		merge_child(merging, sides, other->names[place], out);
	}
}

/* In the order of the side that leads; what only the other has comes behind what it follows there. */
static const struct json_node *merge_named(struct merging *merging, const struct sides *sides, bool theirs_lead)
{
	const struct side     *leading = theirs_lead ? &sides->theirs : &sides->ours;
	const struct side     *other = theirs_lead ? &sides->ours : &sides->theirs;
	size_t                 most = (size_t)leading->node->count + other->node->count;
	struct merged_children out = {.items = arena_array(merging->arena, struct json_child, most + 1)};

	merge_followers(merging, sides, leading, other, 0, &out);
	for (uint32_t i = 0; i < leading->node->count; i++) {
		uint32_t place = place_in(other, leading->names[i]);

		merge_child(merging, sides, leading->names[i], &out);
		if (place < other->node->count)
			merge_followers(merging, sides, leading, other, place + 1, &out);
	}
	return json_tree_with(leading->node, out.items, out.count, merging->arena);
}

/* ---------------------------------------------------------------- values */

static bool are_all(const struct json_node *base, const struct json_node *ours, const struct json_node *theirs,
                    enum json_kind kind)
{
	return ours && theirs && ours->kind == kind && theirs->kind == kind && base && base->kind == kind;
}

static const struct json_node *merge_apart(struct merging *merging, const struct json_node *base,
                                           const struct json_node *ours, const struct json_node *theirs)
{
	struct sides sides;
	bool         ours_moved, theirs_moved;

	if (!are_all(base, ours, theirs, JSON_OBJECT) && !are_all(base, ours, theirs, JSON_ARRAY))
		return NULL;
	if (!side_open(&sides.base, base, merging->arena) || !side_open(&sides.ours, ours, merging->arena)
	    || !side_open(&sides.theirs, theirs, merging->arena))
		return NULL;
	ours_moved = ours->kind == JSON_ARRAY && !same_order(&sides.base, &sides.ours);
	theirs_moved = theirs->kind == JSON_ARRAY && !same_order(&sides.base, &sides.theirs);
	if (ours_moved && theirs_moved && !same_order(&sides.ours, &sides.theirs))
		return NULL;
	return merge_named(merging, &sides, theirs_moved && !ours_moved);
}

/* NULL on any side: it is not there. */
static const struct json_node *merge_value(struct merging *merging, const struct json_node *base,
                                           const struct json_node *ours, const struct json_node *theirs)
{
	const struct json_node *merged;

	if (json_tree_equal(ours, theirs) || json_tree_equal(base, theirs))
		return ours;
	if (json_tree_equal(base, ours))
		return theirs;
	merged = merge_apart(merging, base, ours, theirs);
	if (merged)
		return merged;
	note_conflict(merging, base, ours, theirs);
	return ours;
}

enum status json_merge(const struct json_node *base, const struct json_node *ours, const struct json_node *theirs,
                       struct arena *arena, struct json_merge *out)
{
	struct merging merging = {.arena = arena, .out = out};

	require(base && ours && theirs);
	*out = (struct json_merge){0};
	out->merged = merge_value(&merging, base, ours, theirs);
	buffer_finish(&merging.pointer);
	return json_tree_fits(out->merged) ? STATUS_OK : STATUS_TOO_LARGE;
}

/* ---------------------------------------------------------------- patches */

static bool is_told(const struct json_merge *merge, const struct json_pointer *path, struct arena *arena)
{
	for (uint32_t i = 0; i < merge->count; i++) {
		struct json_pointer told;

		if (json_pointer_read(merge->conflicts[i].pointer, arena, &told) == STATUS_OK
		    && json_pointer_contains(&told, path))
			return true;
	}
	return false;
}

static struct text text_of(const struct json_pointer *pointer, struct arena *arena)
{
	struct buffer out = {0};
	struct text   text = TEXT("");

	for (uint32_t i = 0; i < pointer->count; i++)
		json_pointer_append(&out, pointer->steps[i]);
	if (out.size > 0)
		text = arena_text(arena, (struct text){.data = (const char *)out.data, .size = out.size});
	buffer_finish(&out);
	return text;
}

/* A test that its author's own operations before had nothing to do with must hold in what stands by now. */
static void check_tests(const struct json_node *base, const struct json_node *ours, const struct json_patch *patch,
                        struct arena *arena, struct json_merge *out)
{
	for (uint32_t i = 0; i < patch->count; i++) {
		const struct json_patch_operation *test = &patch->operations[i];
		const struct json_node            *before = json_tree_find(base, &test->path);
		const struct json_node            *now = json_tree_find(ours, &test->path);

		if (test->verb != JSON_TEST || !json_tree_equal(before, test->value)
		    || json_tree_equal(now, test->value) || is_told(out, &test->path, arena))
			continue;
		if (out->count == JSON_MERGE_CONFLICTS_MAX) {
			out->has_more = true;
			return;
		}
		out->conflicts[out->count++] = (struct json_conflict){
			.pointer = text_of(&test->path, arena), .base = before, .ours = now, .theirs = test->value};
	}
}

enum status json_merge_patch(const struct json_node *base, const struct json_node *ours, const struct json_patch *patch,
                             struct arena *arena, struct json_merge *out, struct json_patch_mistake *mistake)
{
	const struct json_node *theirs;
	enum status             status = json_patch_apply(base, patch, arena, &theirs, mistake);

	if (status == STATUS_OK)
		status = json_merge(base, ours, theirs, arena, out);
	if (status == STATUS_OK)
		check_tests(base, ours, patch, arena, out);
	return status;
}

static void append_side(struct buffer *out, const char *name, const struct json_node *node)
{
	if (!node)
		return;
	buffer_format(out, ",\"%s\":", name);
	json_tree_write(node, out);
}

void json_merge_append_conflicts(const struct json_merge *merge, struct buffer *out)
{
	buffer_append_text(out, TEXT(",\"conflicts\":["));
	for (uint32_t i = 0; i < merge->count; i++) {
		const struct json_conflict *conflict = &merge->conflicts[i];

		buffer_append_text(out, i > 0 ? TEXT(",{\"pointer\":") : TEXT("{\"pointer\":"));
		json_append_string(out, conflict->pointer);
		append_side(out, "base", conflict->base);
		append_side(out, "ours", conflict->ours);
		append_side(out, "theirs", conflict->theirs);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}
