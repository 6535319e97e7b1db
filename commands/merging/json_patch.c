#include "commands/merging/json_patch.h"

#include "eventstore/base/require.h"

/* ---------------------------------------------------------------- reading */

static const struct {
	const char *word;
	bool        has_value, has_from;
} verbs[] = {
	[JSON_ADD] = {"add", .has_value = true},         [JSON_REMOVE] = {"remove"},
	[JSON_REPLACE] = {"replace", .has_value = true}, [JSON_MOVE] = {"move", .has_from = true},
	[JSON_COPY] = {"copy", .has_from = true},        [JSON_TEST] = {"test", .has_value = true},
};

static enum json_patch_verb verb_named(const struct json_node *word)
{
	for (int verb = JSON_ADD; verb <= JSON_TEST; verb++)
		if (word && word->kind == JSON_STRING && text_is(word->text, verbs[verb].word))
			return (enum json_patch_verb)verb;
	return 0;
}

static enum status read_place(const struct json_node *operation, struct text name, struct arena *arena,
                              struct json_pointer *out)
{
	const struct json_node *place = json_tree_member(operation, name, NULL);

	return place && place->kind == JSON_STRING ? json_pointer_read(place->text, arena, out) : STATUS_MALFORMED;
}

static enum status read_operation(const struct json_node *node, struct arena *arena, struct json_patch_operation *out,
                                  struct text *sentence)
{
	enum status status;

	out->verb = verb_named(json_tree_member(node, TEXT("op"), NULL));
	if (!out->verb) {
		*sentence = TEXT("Its op is none of add, remove, replace, move, copy and test.");
		return STATUS_MALFORMED;
	}
	*sentence = TEXT("Its path is no JSON pointer, or deeper or longer than may be.");
	status = read_place(node, TEXT("path"), arena, &out->path);
	if (status != STATUS_OK)
		return status;
	*sentence = TEXT("Its from is no JSON pointer, or deeper or longer than may be.");
	if (verbs[out->verb].has_from)
		status = read_place(node, TEXT("from"), arena, &out->from);
	if (status != STATUS_OK)
		return status;
	*sentence = TEXT("It has no value.");
	out->value = json_tree_member(node, TEXT("value"), NULL);
	return verbs[out->verb].has_value && !out->value ? STATUS_MALFORMED : STATUS_OK;
}

enum status json_patch_read(const struct json_node *tree, struct arena *arena, struct json_patch *out,
                            struct json_patch_mistake *mistake)
{
	struct json_patch patch = {0};
	enum status       status = STATUS_OK;

	*mistake = (struct json_patch_mistake){.sentence = TEXT("A patch is an array of operations.")};
	if (tree->kind != JSON_ARRAY)
		return STATUS_MALFORMED;
	mistake->sentence = TEXT("A patch has 64 operations at most.");
	if (tree->count > JSON_PATCH_OPERATIONS_MAX)
		return STATUS_TOO_LARGE;
	patch.operations = arena_array(arena, struct json_patch_operation, tree->count + 1);
	while (patch.count < tree->count && status == STATUS_OK) {
		mistake->operation = patch.count;
		status = read_operation(tree->children[patch.count].value, arena, &patch.operations[patch.count],
		                        &mistake->sentence);
		patch.count++;
	}
	if (status == STATUS_OK)
		*out = patch;
	return status;
}

/* ---------------------------------------------------------------- one edit */

/* The nodes from the document down to the one that is edited, and which child leads on from each. */
struct descent {
	const struct json_node *nodes[JSON_POINTER_DEPTH_MAX];
	uint32_t                places[JSON_POINTER_DEPTH_MAX];
	uint32_t                count;
};

/* Down to the parent of what the path names. */
static bool descend(const struct json_node *document, const struct json_pointer *path, struct descent *descent)
{
	descent->count = path->count;
	for (uint32_t i = 0; i < path->count; i++) {
		descent->nodes[i] = document;
		if (i + 1 == path->count)
			return document->kind >= JSON_ARRAY;
		if (json_tree_step(document, path->steps[i], &descent->places[i]) != STATUS_OK)
			return false;
		document = document->children[descent->places[i]].value;
	}
	return true;
}

/* The parent with `removed` children fewer at the place and one more there, unless the child has no value. */
static const struct json_node *spliced(const struct json_node *parent, uint32_t place, uint32_t removed,
                                       struct json_child child, struct arena *arena)
{
	uint32_t           added = child.value != NULL, rest = parent->count - place - removed;
	struct json_child *children = arena_array(arena, struct json_child, (size_t)place + added + rest + 1);

	require(place + removed <= parent->count);
	for (uint32_t i = 0; i < place; i++)
		children[i] = parent->children[i];
	if (added)
		children[place] = child;
	for (uint32_t i = 0; i < rest; i++)
		children[place + added + i] = parent->children[place + removed + i];
	return json_tree_with(parent, children, place + added + rest, arena);
}

static const struct json_node *ascend(const struct descent *descent, const struct json_node *node, struct arena *arena)
{
	for (uint32_t i = descent->count - 1; i-- > 0;) {
		const struct json_node *parent = descent->nodes[i];
		uint32_t                place = descent->places[i];
		struct json_child       child = {.name = parent->children[place].name, .value = node};

		node = spliced(parent, place, 1, child, arena);
	}
	return node;
}

/* Where a new item of an array may stand behind the last: "-", or the number that it gets. */
static bool is_end(const struct json_node *array, struct text step)
{
	uint64_t place;

	return text_is(step, "-")
	       || (text_parse_u64(step, &place) && place == array->count && (step.size == 1 || step.data[0] != '0'));
}

/* An object takes a member in place of one of that name; an array makes room. */
static bool find_room(const struct json_node *parent, struct text step, uint32_t *place, uint32_t *removed)
{
	bool there = json_tree_step(parent, step, place) == STATUS_OK;

	*removed = there && parent->kind == JSON_OBJECT;
	if (!there)
		*place = parent->count;
	return there || parent->kind == JSON_OBJECT || is_end(parent, step);
}

static enum status add(const struct json_node **document, const struct json_pointer *path,
                       const struct json_node *value, struct arena *arena)
{
	struct descent          descent;
	const struct json_node *parent;
	struct json_child       child = {.value = value};
	uint32_t                place, removed;

	if (path->count == 0) {
		*document = value;
		return STATUS_OK;
	}
	if (!descend(*document, path, &descent))
		return STATUS_NOT_FOUND;
	parent = descent.nodes[path->count - 1];
	child.name = parent->kind == JSON_OBJECT ? path->steps[path->count - 1] : TEXT_NONE;
	if (!find_room(parent, path->steps[path->count - 1], &place, &removed))
		return STATUS_NOT_FOUND;
	*document = ascend(&descent, spliced(parent, place, removed, child, arena), arena);
	return STATUS_OK;
}

/* A value in place of what is there; NULL takes it away. */
static enum status put(const struct json_node **document, const struct json_pointer *path,
                       const struct json_node *value, struct arena *arena)
{
	struct descent          descent;
	const struct json_node *parent;
	struct json_child       child = {.value = value};
	uint32_t                place;

	if (path->count == 0) {
		*document = value ? value : *document;
		return value ? STATUS_OK : STATUS_INVALID;
	}
	if (!descend(*document, path, &descent))
		return STATUS_NOT_FOUND;
	parent = descent.nodes[path->count - 1];
	if (json_tree_step(parent, path->steps[path->count - 1], &place) != STATUS_OK)
		return STATUS_NOT_FOUND;
	child.name = parent->children[place].name;
	*document = ascend(&descent, spliced(parent, place, 1, child, arena), arena);
	return STATUS_OK;
}

/* ---------------------------------------------------------------- all of them */

static enum status move(const struct json_node **document, const struct json_patch_operation *operation,
                        struct arena *arena)
{
	const struct json_node *value = json_tree_find(*document, &operation->from);
	enum status             status;

	if (!value)
		return STATUS_NOT_FOUND;
	if (json_pointer_contains(&operation->from, &operation->path))
		return operation->from.count == operation->path.count ? STATUS_OK : STATUS_INVALID;
	status = put(document, &operation->from, NULL, arena);
	return status == STATUS_OK ? add(document, &operation->path, value, arena) : status;
}

static enum status apply(const struct json_node **document, const struct json_patch_operation *operation,
                         struct arena *arena)
{
	const struct json_node *found;

	switch (operation->verb) {
	case JSON_ADD:
		return add(document, &operation->path, operation->value, arena);
	case JSON_REMOVE:
		return put(document, &operation->path, NULL, arena);
	case JSON_REPLACE:
		return put(document, &operation->path, operation->value, arena);
	case JSON_MOVE:
		return move(document, operation, arena);
	case JSON_COPY:
		found = json_tree_find(*document, &operation->from);
		return found ? add(document, &operation->path, found, arena) : STATUS_NOT_FOUND;
	case JSON_TEST:
		found = json_tree_find(*document, &operation->path);
		return !found                                     ? STATUS_NOT_FOUND
		       : json_tree_equal(found, operation->value) ? STATUS_OK
		                                                  : STATUS_CONFLICT;
	}
	return STATUS_INVALID;
}

static struct text sentence_of(enum status status)
{
	switch (status) {
	case STATUS_NOT_FOUND:
		return TEXT("It names a place that is not there.");
	case STATUS_CONFLICT:
		return TEXT("Its test found another value.");
	case STATUS_TOO_LARGE:
		return TEXT("It would make the document larger or deeper than may be.");
	default:
		return TEXT("It would move something into itself, or remove the whole document.");
	}
}

enum status json_patch_apply(const struct json_node *document, const struct json_patch *patch, struct arena *arena,
                             const struct json_node **out, struct json_patch_mistake *mistake)
{
	for (uint32_t i = 0; i < patch->count; i++) {
		enum status status = apply(&document, &patch->operations[i], arena);

		if (status == STATUS_OK && !json_tree_fits(document))
			status = STATUS_TOO_LARGE;
		if (status != STATUS_OK) {
			*mistake = (struct json_patch_mistake){.operation = i, .sentence = sentence_of(status)};
			return status;
		}
	}
	*out = document;
	return STATUS_OK;
}
