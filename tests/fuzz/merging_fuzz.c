/* A document, a patch and another document as strangers send them, with a byte 0 between.
 * Claims: what was read is written so that it reads as the same; a patch that was taken makes what fits its limits, and
 * merging it into the document that it was made of is applying it; no three sides bring a merge down. */
#include "commands/merging/json_merge.h"
#include "commands/merging/line_merge.h"
#include "eventstore/base/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text take_part(struct text *rest)
{
	const char *end = rest->size > 0 ? memchr(rest->data, 0, rest->size) : NULL;
	struct text part = {.data = rest->data, .size = end ? (size_t)(end - rest->data) : rest->size};
	size_t      taken = part.size + (end != NULL);

	*rest = (struct text){.data = rest->data + taken, .size = rest->size - taken};
	return part;
}

static const struct json_node *read(struct text json, struct arena *arena)
{
	const struct json_node *node = NULL, *again = NULL;
	struct text             mistake = {0};

	if (json_tree_read(json, arena, &node, &mistake) != STATUS_OK) {
		require(mistake.size > 0 && !node);
		return NULL;
	}
	require(json_tree_fits(node));
	require(json_tree_read(json_tree_text(node, arena), arena, &again, &mistake) == STATUS_OK);
	require(json_tree_equal(node, again));
	return node;
}

static void merge_texts(struct text base, struct text ours, struct text theirs, struct arena *arena)
{
	static struct line_merge merge;

	require(line_merge(base, ours, theirs, arena, &merge) == STATUS_OK);
	require(line_merge(base, ours, base, arena, &merge) == STATUS_OK);
	require(merge.count == 0 && text_equal(merge.merged, ours));
}

static void patch_document(const struct json_node *document, const struct json_node *tree,
                           const struct json_node *other, struct arena *arena)
{
	static struct json_merge  merge;
	struct json_patch         patch;
	struct json_patch_mistake mistake = {0};
	const struct json_node   *out;

	if (json_patch_read(tree, arena, &patch, &mistake) != STATUS_OK
	    || json_patch_apply(document, &patch, arena, &out, &mistake) != STATUS_OK) {
		require(mistake.sentence.size > 0);
		return;
	}
	require(json_tree_fits(out));
	require(json_merge_patch(document, document, &patch, arena, &merge, &mistake) == STATUS_OK);
	require(merge.count == 0 && json_tree_equal(merge.merged, out));
	if (other && json_merge_patch(document, other, &patch, arena, &merge, &mistake) == STATUS_OK)
		require(json_tree_fits(merge.merged));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text             rest = {.data = (const char *)data, .size = size};
	struct text             parts[3] = {take_part(&rest), take_part(&rest), take_part(&rest)};
	struct arena            arena = {0};
	const struct json_node *document = read(parts[0], &arena), *patch = read(parts[1], &arena);
	const struct json_node *other = read(parts[2], &arena);

	merge_texts(parts[0], parts[1], parts[2], &arena);
	if (document && patch)
		patch_document(document, patch, other, &arena);
	arena_finish(&arena);
	return 0;
}
