/* Writes a page: the one place where tags come from. */
#include "api/markdown_parts.h"

#include "eventstore/base/require.h"

#include <cmark-gfm-core-extensions.h>
#include <ctype.h>

enum { SLUG_BYTES_MAX = 60, LANGUAGE_BYTES_MAX = 32 };

/* cmark-gfm numbers the nodes of extensions as they are loaded; we go by names for all. */
struct tag {
	const char *node, *open, *close;
	bool        block;
	bool        breaks; /* a new line of the plain text begins */
};

static const struct tag tags[] = {
	{"block_quote", "<blockquote>\n", "</blockquote>\n", true, true},
	{"thematic_break", "<hr />\n", "", true, true},
	{"table", "<table>\n", "</table>\n", true, true},
	{"table_header", "<thead>\n<tr>", "</tr>\n</thead>\n", true, true},
	{"table_row", "<tr>", "</tr>\n", true, true},
	{"emph", "<em>", "</em>", false, false},
	{"strong", "<strong>", "</strong>", false, false},
	{"strikethrough", "<del>", "</del>", false, false},
	{"linebreak", "<br />\n", "", false, true},
	{"softbreak", "\n", "", false, true},
};

static void put(struct markdown_writing *writing, const char *html)
{
	buffer_append_text(&writing->html, text_from(html));
}

static void begin_line(struct buffer *buffer)
{
	if (buffer->size > 0 && buffer->data[buffer->size - 1] != '\n')
		buffer_append_text(buffer, TEXT("\n"));
}

static void say(struct markdown_writing *writing, struct text text)
{
	buffer_append_text(&writing->plain, text);
}

static bool is_type(struct cmark_node *node, const char *name)
{
	return node && strcmp(cmark_node_get_type_string(node), name) == 0;
}

static struct text literal_of(struct cmark_node *node)
{
	return text_from(cmark_node_get_literal(node));
}

/* Where a UTF-8 text of at most `max` bytes may be cut. */
static struct text cut(struct text text, size_t max)
{
	if (text.size <= max)
		return text;
	while (max > 0 && ((unsigned char)text.data[max] & 0xc0) == 0x80)
		max--;
	return (struct text){text.data, max};
}

/* ---------------------------------------------------------------- formulas and code */

static void write_formula(struct markdown_writing *writing, const struct markdown_formula *formula)
{
	say(writing, formula->tex);
	if (writing->images > 0) {
		markdown_append_escaped(&writing->html, formula->tex);
		return;
	}
	put(writing, "<span class=\"math\" data-display=\"");
	put(writing, formula->block ? "block\">" : "inline\">");
	markdown_append_escaped(&writing->html, formula->tex);
	put(writing, "</span>");
}

static void write_code(struct markdown_writing *writing, struct cmark_node *node)
{
	struct markdown_formula formula;

	if (markdown_formula(node, &formula)) {
		write_formula(writing, &formula);
		return;
	}
	say(writing, literal_of(node));
	put(writing, writing->images ? "" : "<code>");
	markdown_append_escaped(&writing->html, literal_of(node));
	put(writing, writing->images ? "" : "</code>");
}

static struct text language_of(struct cmark_node *block)
{
	struct text info = text_from(cmark_node_get_fence_info(block));
	size_t      size = 0;

	while (size < info.size && (isalnum((unsigned char)info.data[size]) || strchr("_+#.-", info.data[size])))
		size++;
	return size <= LANGUAGE_BYTES_MAX && (size == info.size || info.data[size] == ' ')
	               ? (struct text){info.data, size}
	               : TEXT("");
}

static void write_block_of(struct markdown_writing *writing, const char *open, struct text text, const char *close)
{
	put(writing, open);
	markdown_append_escaped(&writing->html, text);
	put(writing, close);
	begin_line(&writing->plain);
	say(writing, text);
	begin_line(&writing->plain);
}

static void write_code_block(struct markdown_writing *writing, struct cmark_node *block)
{
	struct text             language = language_of(block);
	struct markdown_formula formula = {.tex = literal_of(block), .block = true};

	begin_line(&writing->html);
	begin_line(&writing->plain);
	if (markdown_formula(block, &formula) || text_is(language, "math")) {
		put(writing, "<p>");
		write_formula(writing, &formula);
		put(writing, "</p>\n");
		say(writing, TEXT("\n"));
	} else if (cmark_node_get_syntax_extension(block)) {
		write_block_of(writing, "<p>", literal_of(block), "</p>\n");
	} else if (!markdown_embed(writing, block)) {
		put(writing, "<pre><code");
		if (language.size > 0)
			buffer_format(&writing->html, " class=\"language-%.*s\"", TEXT_ARG(language));
		write_block_of(writing, ">", literal_of(block), "</code></pre>\n");
	}
}

/* ---------------------------------------------------------------- headings */

/* What a heading says, its marks left out. */
static void collect_text(struct cmark_node *heading, struct buffer *out)
{
	struct cmark_iter      *iterator = cmark_iter_new(heading);
	struct markdown_formula formula;
	cmark_event_type        event;

	while ((event = cmark_iter_next(iterator)) != CMARK_EVENT_DONE) {
		struct cmark_node *node = cmark_iter_get_node(iterator);
		cmark_node_type    type = cmark_node_get_type(node);

		if (event != CMARK_EVENT_ENTER)
			continue;
		if (type == CMARK_NODE_CODE && markdown_formula(node, &formula))
			buffer_append_text(out, formula.tex);
		else if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
			buffer_append_text(out, literal_of(node));
		else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK)
			buffer_append_text(out, TEXT(" "));
	}
	cmark_iter_free(iterator);
}

/* Letters and digits in lower case, spaces as dashes, as GitHub makes them; other writing stays as it is. */
static struct text slug_of(struct text text, struct arena *arena)
{
	struct text source = cut(text, SLUG_BYTES_MAX);
	char       *slug = arena_alloc(arena, source.size + 1);
	size_t      size = 0;

	for (size_t i = 0; i < source.size; i++) {
		unsigned char c = (unsigned char)source.data[i];

		if (isalnum(c) || c >= 0x80 || c == '-' || c == '_')
			slug[size++] = (char)(c < 0x80 ? tolower(c) : c);
		else if (c == ' ')
			slug[size++] = '-';
	}
	return size > 0 ? (struct text){slug, size} : TEXT("section");
}

static bool id_is_taken(const struct markdown_writing *writing, struct text id)
{
	for (size_t i = 0; i < writing->heading_count; i++) {
		if (text_equal(writing->headings[i].id, id))
			return true;
	}
	return false;
}

/* As there are at most so many ids, one of the first so many numbers is free. */
static struct text unique_id(const struct markdown_writing *writing, struct text slug)
{
	struct text id = arena_format(writing->arena, "h-%.*s", TEXT_ARG(slug));

	for (int number = 2; id_is_taken(writing, id); number++)
		id = arena_format(writing->arena, "h-%.*s-%d", TEXT_ARG(slug), number);
	return id;
}

static const struct markdown_heading *note_heading(struct markdown_writing *writing, struct cmark_node *node)
{
	struct markdown_heading *heading;
	struct buffer            words = {0};
	struct text              text;

	if (writing->heading_count == MARKDOWN_HEADINGS_MAX) {
		writing->mistake = "The text has more than 200 headings.";
		return NULL;
	}
	if (!writing->headings)
		writing->headings = arena_array(writing->arena, struct markdown_heading, MARKDOWN_HEADINGS_MAX);
	collect_text(node, &words);
	text = cut((struct text){words.data ? (const char *)words.data : "", words.size}, MARKDOWN_HEADING_BYTES_MAX);
	heading = &writing->headings[writing->heading_count];
	heading->text = arena_text(writing->arena, text);
	heading->id = unique_id(writing, slug_of(text, writing->arena));
	heading->level = (uint32_t)cmark_node_get_heading_level(node);
	writing->heading_count++;
	buffer_finish(&words);
	return heading;
}

static void write_heading(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	int                            level = cmark_node_get_heading_level(node);
	const struct markdown_heading *heading = enter ? note_heading(writing, node) : NULL;

	if (heading) {
		begin_line(&writing->html);
		buffer_format(&writing->html, "<h%d id=\"", level);
		markdown_append_escaped(&writing->html, heading->id);
		put(writing, "\">");
	} else {
		buffer_format(&writing->html, "</h%d>\n", level);
	}
}

/* ---------------------------------------------------------------- lists and tables */

static void write_list(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	bool ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;

	if (enter)
		begin_line(&writing->html);
	if (!enter)
		put(writing, ordered ? "</ol>\n" : "</ul>\n");
	else if (ordered && cmark_node_get_list_start(node) != 1)
		buffer_format(&writing->html, "<ol start=\"%d\">\n", cmark_node_get_list_start(node));
	else
		put(writing, ordered ? "<ol>\n" : "<ul>\n");
}

static void write_item(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	if (enter)
		begin_line(&writing->html);
	put(writing, enter ? "<li>" : "</li>\n");
	if (enter && is_type(node, "tasklist")) {
		bool done = cmark_gfm_extensions_get_tasklist_item_checked(node);

		put(writing, done ? "<input type=\"checkbox\" checked=\"\" disabled=\"\" /> "
		                  : "<input type=\"checkbox\" disabled=\"\" /> ");
	}
}

static bool in_tight_list(struct cmark_node *paragraph)
{
	struct cmark_node *item = cmark_node_parent(paragraph), *list = item ? cmark_node_parent(item) : NULL;

	return list && cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}

static int column_of(struct cmark_node *cell)
{
	int column = 0;

	while ((cell = cmark_node_previous(cell)))
		column++;
	return column;
}

static void write_cell(struct markdown_writing *writing, struct cmark_node *cell, bool enter)
{
	struct cmark_node *row = cmark_node_parent(cell), *table = cmark_node_parent(row);
	const char        *tag = is_type(row, "table_header") ? "th" : "td";
	int                column = column_of(cell);
	const uint8_t     *alignments = cmark_gfm_extensions_get_table_alignments(table);
	char               alignment = 0;

	if (!enter) {
		buffer_format(&writing->html, "</%s>", tag);
		say(writing, TEXT("\t"));
		return;
	}
	if (column < cmark_gfm_extensions_get_table_columns(table))
		alignment = (char)alignments[column];
	buffer_format(&writing->html, "<%s", tag);
	if (alignment)
		put(writing, alignment == 'l'   ? " data-align=\"left\""
		             : alignment == 'c' ? " data-align=\"center\""
		                                : " data-align=\"right\"");
	put(writing, ">");
}

/* ---------------------------------------------------------------- links and images */

static void open_link(struct markdown_writing *writing, struct cmark_node *node, enum markdown_target target)
{
	struct text title = text_from(cmark_node_get_title(node));

	put(writing, "<a href=\"");
	markdown_append_address(&writing->html, target, text_from(cmark_node_get_url(node)));
	if (title.size > 0) {
		put(writing, "\" title=\"");
		markdown_append_escaped(&writing->html, title);
	}
	put(writing, target == TARGET_WEB ? "\" rel=\"noopener noreferrer\">" : "\">");
	writing->links++;
	/* The node remembers that it is open until it is left. */
	cmark_node_set_user_data(node, node);
}

static void close_link(struct markdown_writing *writing, struct cmark_node *node)
{
	if (!cmark_node_get_user_data(node))
		return;
	put(writing, "</a>");
	writing->links--;
}

static enum markdown_target target_of(struct markdown_writing *writing, struct cmark_node *node)
{
	struct hash          media;
	struct text          address = text_from(cmark_node_get_url(node));
	enum markdown_target target = markdown_target(address, &media);

	if (target == TARGET_MEDIA)
		markdown_uses_media(writing, media);
	else if (markdown_means_media(address))
		markdown_is_broken(writing, address);
	return target;
}

static void write_link(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	if (!enter) {
		close_link(writing, node);
	} else {
		enum markdown_target target = target_of(writing, node);

		if (target != TARGET_NONE && writing->links == 0 && writing->images == 0)
			open_link(writing, node, target);
	}
}

static void close_image(struct markdown_writing *writing, struct cmark_node *node)
{
	struct text title = text_from(cmark_node_get_title(node));

	writing->images--;
	if (writing->images > 0)
		return;
	if (title.size > 0) {
		put(writing, "\" title=\"");
		markdown_append_escaped(&writing->html, title);
	}
	put(writing, "\" loading=\"lazy\" />");
}

/* Within an image, images and links are but their words. */
static void write_image(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	struct hash          media;
	enum markdown_target target = markdown_target(text_from(cmark_node_get_url(node)), &media);

	if (target != TARGET_MEDIA && writing->images == 0) {
		write_link(writing, node, enter);
		return;
	}
	if (!enter) {
		close_image(writing, node);
		return;
	}
	target_of(writing, node);
	writing->images++;
	if (writing->images > 1)
		return;
	put(writing, "<img src=\"");
	markdown_append_address(&writing->html, target, text_from(cmark_node_get_url(node)));
	put(writing, "\" alt=\"");
}

/* ---------------------------------------------------------------- the walk */

static void write_text(struct markdown_writing *writing, struct cmark_node *node)
{
	say(writing, literal_of(node));
	if (writing->images > 0 || writing->links > 0)
		markdown_append_escaped(&writing->html, literal_of(node));
	else
		markdown_append_linked(&writing->html, literal_of(node));
}

static void write_paragraph(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	if (in_tight_list(node))
		return;
	if (enter)
		begin_line(&writing->html);
	put(writing, enter ? "<p>" : "</p>\n");
}

static const struct tag *tag_of(struct cmark_node *node)
{
	for (size_t i = 0; i < array_count(tags); i++) {
		if (is_type(node, tags[i].node))
			return &tags[i];
	}
	require(is_type(node, "document"));
	return NULL;
}

static void write_tag(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	const struct tag *tag = tag_of(node);

	if (!tag)
		return;
	if (tag->breaks)
		begin_line(&writing->plain);
	if (writing->images > 0) {
		put(writing, enter && tag->breaks ? " " : "");
		return;
	}
	if (enter && tag->block)
		begin_line(&writing->html);
	put(writing, enter ? tag->open : tag->close);
}

static void write_node(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	if (is_type(node, "table_cell")) {
		write_cell(writing, node, enter);
		return;
	}
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
		write_text(writing, node);
		break;
	case CMARK_NODE_CODE:
		write_code(writing, node);
		break;
	case CMARK_NODE_CODE_BLOCK:
		write_code_block(writing, node);
		break;
	case CMARK_NODE_HTML_BLOCK:
		begin_line(&writing->html);
		write_block_of(writing, "<p>", literal_of(node), "</p>\n");
		break;
	case CMARK_NODE_HTML_INLINE:
		markdown_append_escaped(&writing->html, literal_of(node));
		break;
	case CMARK_NODE_PARAGRAPH:
		write_paragraph(writing, node, enter);
		break;
	case CMARK_NODE_HEADING:
		write_heading(writing, node, enter);
		break;
	case CMARK_NODE_LIST:
		write_list(writing, node, enter);
		break;
	case CMARK_NODE_ITEM:
		write_item(writing, node, enter);
		break;
	case CMARK_NODE_LINK:
		write_link(writing, node, enter);
		break;
	case CMARK_NODE_IMAGE:
		write_image(writing, node, enter);
		break;
	default:
		write_tag(writing, node, enter);
	}
}

static bool has_children(struct cmark_node *node)
{
	return cmark_node_first_child(node) != NULL;
}

static void step(struct markdown_writing *writing, struct cmark_node *node, bool enter)
{
	if (cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH || cmark_node_get_type(node) == CMARK_NODE_HEADING)
		begin_line(&writing->plain);
	if (enter && has_children(node) && ++writing->depth > MARKDOWN_DEPTH_MAX)
		writing->mistake = "The text is nested deeper than 32 levels.";
	write_node(writing, node, enter);
	if (!enter && has_children(node))
		writing->depth--;
	if (writing->html.size > MARKDOWN_HTML_BYTES_MAX)
		writing->mistake = "The page that the text makes is larger than 1 MiB.";
}

void markdown_write(struct markdown_writing *writing, struct cmark_node *root)
{
	struct cmark_iter *iterator = cmark_iter_new(root);
	cmark_event_type   event;

	while (!writing->mistake && (event = cmark_iter_next(iterator)) != CMARK_EVENT_DONE)
		step(writing, cmark_iter_get_node(iterator), event == CMARK_EVENT_ENTER);
	cmark_iter_free(iterator);
}

void markdown_writing_finish(struct markdown_writing *writing)
{
	buffer_finish(&writing->html);
	buffer_finish(&writing->plain);
}
