/* Formulas. They are found while the parser reads, since only it knows where code begins and ends: an inline one where
 * it comes upon a dollar outside of code, a block where a line begins with two. A block of its own keeps lines that
 * begin with +, - or = from becoming lists and headings. */
#include "api/markdown_parts.h"

#include "eventstore/base/require.h"

#include <pthread.h>

static struct cmark_syntax_extension *extension;
static pthread_once_t                 made = PTHREAD_ONCE_INIT;

/* The text being parsed, and where its line `line` (from 1) begins: a block is opened only when it will be closed. */
static _Thread_local struct {
	const struct text *text;
	int                line;
	size_t             offset;
} source;

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static struct text trimmed(struct text text)
{
	while (text.size > 0 && is_space(text.data[text.size - 1]))
		text.size--;
	while (text.size > 0 && is_space(text.data[0])) {
		text.data++;
		text.size--;
	}
	return text;
}

static const char *find_dollars(struct text text)
{
	return memmem(text.data, text.size, "$$", 2);
}

/* Has it two dollars, and are the first two its last characters? */
static bool ends_formula(struct text line)
{
	const char *found = find_dollars(line);

	return found && found + 2 == line.data + line.size;
}

/* ---------------------------------------------------------------- inline */

/* Where the formula that begins at `at`, behind the opening dollars, ends: the offset of the closing ones, or 0. The
 * parser's text ends with a NUL, and has no other. */
static int closing_dollars(cmark_inline_parser *parser, int at)
{
	for (int i = at; i < at + MARKDOWN_FORMULA_BYTES_MAX; i++) {
		unsigned char c = cmark_inline_parser_peek_at(parser, i);

		if (c == '$' && cmark_inline_parser_peek_at(parser, i + 1) == '$')
			return i > at ? i : 0;
		if (c == '\\' && cmark_inline_parser_peek_at(parser, i + 1) != 0)
			i++;
		else if (c == 0)
			return 0;
	}
	return 0;
}

/* The first dollar decides: behind a space or before a digit it closes nothing, and there is no formula. */
static int closing_dollar(cmark_inline_parser *parser, int at)
{
	if (is_space((char)cmark_inline_parser_peek_at(parser, at)))
		return 0;
	for (int i = at; i < at + MARKDOWN_FORMULA_BYTES_MAX; i++) {
		unsigned char c = cmark_inline_parser_peek_at(parser, i), next;

		if (c == 0)
			return 0;
		next = cmark_inline_parser_peek_at(parser, i + 1);
		if (c == '$')
			return i == at || is_space((char)cmark_inline_parser_peek_at(parser, i - 1))
			                       || (next >= '0' && next <= '9')
			               ? 0
			               : i;
		if (c == '\\' && next != 0)
			i++;
	}
	return 0;
}

static struct cmark_node *formula_node(cmark_inline_parser *inlines, int from, int to)
{
	char              *literal = markdown_memory.calloc((size_t)(to - from) + 1, 1);
	struct cmark_node *node = cmark_node_new_with_mem_and_ext(CMARK_NODE_CODE, &markdown_memory, extension);

	for (int i = from; i < to; i++)
		literal[i - from] = (char)cmark_inline_parser_peek_at(inlines, i);
	cmark_node_set_literal(node, literal);
	cmark_inline_parser_set_offset(inlines, to);
	return node;
}

static struct cmark_node *match_inline(struct cmark_syntax_extension *self, struct cmark_parser *parser,
                                       struct cmark_node *parent, unsigned char character, cmark_inline_parser *inlines)
{
	int at = cmark_inline_parser_get_offset(inlines), end;

	if (character != '$')
		return NULL;
	if (cmark_inline_parser_peek_at(inlines, at + 1) == '$') {
		end = closing_dollars(inlines, at + 2);
		return end ? formula_node(inlines, at, end + 2) : NULL;
	}
	end = closing_dollar(inlines, at + 1);
	return end ? formula_node(inlines, at, end + 1) : NULL;
}

/* ---------------------------------------------------------------- blocks */

static struct text line_at(size_t offset)
{
	struct text rest = {source.text->data + offset, source.text->size - offset};
	const char *end = memchr(rest.data, '\n', rest.size);

	return (struct text){rest.data, end ? (size_t)(end - rest.data) : rest.size};
}

static void go_to_line(int line)
{
	while (source.line < line && source.offset < source.text->size) {
		source.offset += line_at(source.offset).size;
		source.offset += source.offset < source.text->size;
		source.line++;
	}
}

/* A line without what marks quotes, so that a formula in a quote is seen to end. */
static struct text within_quote(struct text line)
{
	while (line.size > 0 && (is_space(line.data[0]) || line.data[0] == '>')) {
		line.data++;
		line.size--;
	}
	return trimmed(line);
}

/* Is there a line that ends a formula below this one, and before the next blank line? */
static bool ends_below(int line)
{
	size_t offset;

	go_to_line(line + 1);
	offset = source.offset;
	while (offset < source.text->size && offset - source.offset < MARKDOWN_FORMULA_BYTES_MAX) {
		struct text next = within_quote(line_at(offset));

		if (next.size == 0 || find_dollars(next))
			return next.size > 0 && ends_formula(next);
		offset += line_at(offset).size + 1;
	}
	return false;
}

static struct cmark_node *open_block(struct cmark_syntax_extension *self, int indented, struct cmark_parser *parser,
                                     struct cmark_node *parent, unsigned char *input, int size)
{
	int                at = cmark_parser_get_first_nonspace(parser);
	struct text        line = trimmed((struct text){(const char *)input + at, (size_t)(size - at)}), rest;
	struct cmark_node *block;

	if (indented || !text_take(&line, TEXT("$$")))
		return NULL;
	rest = trimmed(line);
	if (find_dollars(rest) ? !ends_formula(rest) || rest.size == 2
	                       : !ends_below(cmark_parser_get_line_number(parser)))
		return NULL;
	block = cmark_parser_add_child(parser, parent, CMARK_NODE_CODE_BLOCK,
	                               cmark_parser_get_first_nonspace_column(parser) + 1);
	cmark_node_set_syntax_extension(block, extension);
	return block;
}

/* Does the next line still belong to the block? Not once it has its closing dollars. */
static int match_block(struct cmark_syntax_extension *self, struct cmark_parser *parser, unsigned char *input, int size,
                       struct cmark_node *block)
{
	struct text content = trimmed(text_from(cmark_node_get_string_content(block)));

	if (cmark_parser_is_blank(parser) || content.size > MARKDOWN_FORMULA_BYTES_MAX)
		return 0;
	return !text_take(&content, TEXT("$$")) || !ends_formula(content);
}

/* ---------------------------------------------------------------- the extension */

static void make(void)
{
	cmark_mem   *mem = cmark_get_default_mem_allocator();
	cmark_llist *special = cmark_llist_append(mem, NULL, (void *)(uintptr_t)'$');

	extension = cmark_syntax_extension_new("math");
	cmark_syntax_extension_set_special_inline_chars(extension, special);
	cmark_syntax_extension_set_match_inline_func(extension, match_inline);
	cmark_syntax_extension_set_open_block_func(extension, open_block);
	cmark_syntax_extension_set_match_block_func(extension, match_block);
}

struct cmark_syntax_extension *markdown_math(void)
{
	require(pthread_once(&made, make) == 0);
	return extension;
}

void markdown_math_of(const struct text *text)
{
	source.text = text;
	source.line = 1;
	source.offset = 0;
}

bool markdown_formula(struct cmark_node *node, struct markdown_formula *out)
{
	struct text tex = trimmed(text_from(cmark_node_get_literal(node)));
	bool        block;

	if (cmark_node_get_syntax_extension(node) != extension)
		return false;
	block = text_take(&tex, TEXT("$$"));
	if (!block)
		text_take(&tex, TEXT("$"));
	if (block && !ends_formula(tex))
		return false;
	tex.size -= block ? 2 : 1;
	*out = (struct markdown_formula){.tex = trimmed(tex), .block = block};
	return true;
}
