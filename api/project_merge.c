#include "api/project_merge.h"

struct project_document project_document_of(const struct project_revised *revision)
{
	return (struct project_document){
		.title = revision->title,
		.summary = revision->summary,
		.language = revision->language,
		.tags = revision->tags,
		.attachments = revision->attachments,
	};
}

static enum status complain(struct project_merged *out, struct text pointer, struct text sentence)
{
	if (out->complaints.count < COMPLAINTS_MAX)
		out->complaints.items[out->complaints.count++] =
			(struct complaint){.pointer = pointer, .sentence = sentence};
	return STATUS_INVALID;
}

/* What a text that cannot be opened any more was is nothing to anybody. */
static const struct json_node *tree_of(const struct project_revised *revision, struct arena *arena)
{
	struct project_document document = project_document_of(revision);
	struct buffer           json = {0};
	const struct json_node *tree = NULL;
	struct text             mistake;

	json_encode_shape(&project_document_shape, &document, 0, &json);
	if (json_tree_read(arena_text(arena, (struct text){(const char *)json.data, json.size}), arena, &tree, &mistake)
	    != STATUS_OK)
		tree = NULL;
	buffer_finish(&json);
	return tree;
}

static enum status read_patch(struct text patch, struct arena *arena, struct json_patch *operations,
                              struct project_merged *out)
{
	struct json_patch_mistake mistake = {0};
	const struct json_node   *tree;

	if (json_tree_read(patch, arena, &tree, &mistake.sentence) != STATUS_OK)
		return complain(out, TEXT("/patch"), mistake.sentence);
	if (json_patch_read(tree, arena, operations, &mistake) != STATUS_OK)
		return complain(out, arena_format(arena, "/patch/%u", mistake.operation), mistake.sentence);
	return STATUS_OK;
}

/* Also without a patch: the latest revision may have lost its title with its author. */
static enum status merge_fields(const struct project_edit *edit, struct arena *arena, struct project_merged *out)
{
	const struct json_node   *base = tree_of(edit->base, arena), *ours = tree_of(edit->ours, arena);
	struct json_patch         patch;
	struct json_patch_mistake mistake;
	enum status               status = read_patch(edit->patch.data ? edit->patch : TEXT("[]"), arena, &patch, out);

	if (status != STATUS_OK)
		return status;
	if (!base || !ours)
		return STATUS_CORRUPT;
	if (json_merge_patch(base, ours, &patch, arena, &out->fields, &mistake) != STATUS_OK)
		return complain(out, arena_format(arena, "/patch/%u", mistake.operation), mistake.sentence);
	return json_decode_shape(&project_document_shape, text_bytes(json_tree_text(out->fields.merged, arena)), 0,
	                         arena, out->document, &out->complaints)
	                       == STATUS_OK
	               ? STATUS_OK
	               : STATUS_INVALID;
}

enum status project_merge(const struct project_edit *edit, struct arena *arena, struct project_merged *out)
{
	enum status status;

	out->body = edit->ours->body;
	out->document = arena_new(arena, struct project_document);
	status = merge_fields(edit, arena, out);
	if (status == STATUS_OK && edit->body.data) {
		status = line_merge(edit->base->body, edit->ours->body, edit->body, arena, &out->lines);
		out->body = out->lines.merged;
	}
	if (status != STATUS_OK)
		return status;
	return out->fields.count + out->lines.count > 0 ? STATUS_CONFLICT : STATUS_OK;
}

struct text project_merge_conflicts(const struct project_edit *edit, const struct project_merged *merged,
                                    struct arena *arena)
{
	struct buffer out = {0};
	struct text   text;

	buffer_format(&out, ",\"revision\":%u", edit->ours->revision);
	if (merged->fields.count > 0)
		json_merge_append_conflicts(&merged->fields, &out);
	if (merged->lines.count > 0)
		line_merge_append_conflicts(&merged->lines, &out);
	text = arena_text(arena, (struct text){(const char *)out.data, out.size});
	buffer_finish(&out);
	return text;
}
