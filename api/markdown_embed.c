#include "api/markdown_parts.h"

#include "eventstore/base/base64.h"

/* The words of a fenced block's first line. */
struct fence {
	struct text kind;
	struct text name;
	bool        more;
};

static struct text next_word(struct text *rest)
{
	struct text word = {rest->data, 0};

	while (rest->size > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
		rest->data++;
		rest->size--;
	}
	word.data = rest->data;
	while (rest->size > 0 && rest->data[0] != ' ' && rest->data[0] != '\t') {
		word.size++;
		rest->data++;
		rest->size--;
	}
	return word;
}

static struct fence fence_of(struct cmark_node *block)
{
	struct text  rest = text_from(cmark_node_get_fence_info(block));
	struct fence fence = {.kind = next_word(&rest), .name = next_word(&rest)};

	fence.more = next_word(&rest).size > 0;
	return fence;
}

/* ---------------------------------------------------------------- what a text uses */

static void note_id(struct markdown_writing *writing, struct id **list, size_t *count, struct id id)
{
	for (size_t i = 0; i < *count; i++) {
		if (id_equal((*list)[i], id))
			return;
	}
	if (*count == MARKDOWN_REFERENCES_MAX) {
		writing->mistake = "The text embeds more than 256 things of one kind.";
		return;
	}
	if (!*list)
		*list = arena_array(writing->arena, struct id, MARKDOWN_REFERENCES_MAX);
	(*list)[(*count)++] = id;
}

void markdown_uses_media(struct markdown_writing *writing, struct hash hash)
{
	for (size_t i = 0; i < writing->media_count; i++) {
		if (hash_equal(&writing->media[i], &hash))
			return;
	}
	if (writing->media_count == MARKDOWN_REFERENCES_MAX) {
		writing->mistake = "The text uses more than 256 files.";
		return;
	}
	if (!writing->media)
		writing->media = arena_array(writing->arena, struct hash, MARKDOWN_REFERENCES_MAX);
	writing->media[writing->media_count++] = hash;
}

void markdown_is_broken(struct markdown_writing *writing, struct text what)
{
	if (!writing->broken.data)
		writing->broken = arena_text(writing->arena, what);
}

static bool note_reference(struct markdown_writing *writing, const struct fence *fence)
{
	struct hash hash;
	struct id   id;

	if (fence->name.size == 0 || fence->more)
		return false;
	if (text_is(fence->kind, "video") || text_is(fence->kind, "audio")) {
		uint8_t data[BASE64_SIZE(sizeof(hash))];
		size_t  size;

		if (fence->name.size != sizeof(data) || !base64_decode(fence->name, data, &size)
		    || size != sizeof(hash))
			return false;
		memcpy(hash.bytes, data, sizeof(hash.bytes));
		markdown_uses_media(writing, hash);
		return true;
	}
	if (!id_parse(fence->name, &id) || !id_present(id))
		return false;
	if (text_is(fence->kind, "simulation"))
		note_id(writing, &writing->simulations, &writing->simulation_count, id);
	else
		note_id(writing, &writing->questions, &writing->question_count, id);
	return true;
}

/* ---------------------------------------------------------------- writing */

static bool is_embed(const struct fence *fence)
{
	return text_is(fence->kind, "simulation") || text_is(fence->kind, "question") || text_is(fence->kind, "video")
	       || text_is(fence->kind, "audio");
}

static struct text caption_of(struct cmark_node *block)
{
	struct text caption = text_from(cmark_node_get_literal(block));

	while (caption.size > 0 && strchr(" \t\n", caption.data[caption.size - 1]))
		caption.size--;
	return caption;
}

static void write_figure(struct markdown_writing *writing, const struct fence *fence, struct text caption)
{
	buffer_append_text(&writing->html, TEXT("<figure data-embed=\""));
	buffer_append_text(&writing->html, fence->kind);
	buffer_append_text(&writing->html, TEXT("\" data-id=\""));
	markdown_append_escaped(&writing->html, fence->name);
	buffer_append_text(&writing->html, TEXT("\">"));
	if (caption.size > 0) {
		buffer_append_text(&writing->html, TEXT("<figcaption>"));
		markdown_append_escaped(&writing->html, caption);
		buffer_append_text(&writing->html, TEXT("</figcaption>"));
		buffer_append_text(&writing->plain, caption);
		buffer_append_text(&writing->plain, TEXT("\n"));
	}
	buffer_append_text(&writing->html, TEXT("</figure>\n"));
}

bool markdown_embed(struct markdown_writing *writing, struct cmark_node *block)
{
	struct fence fence = fence_of(block);
	struct text  caption = caption_of(block);

	if (!is_embed(&fence))
		return false;
	if (caption.size > MARKDOWN_CAPTION_BYTES_MAX || !note_reference(writing, &fence)) {
		markdown_is_broken(writing, text_from(cmark_node_get_fence_info(block)));
		return false;
	}
	write_figure(writing, &fence, caption);
	return true;
}
