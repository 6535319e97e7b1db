#include "api/lines.h"

#include "eventstore/base/require.h"

/* JSON's own (RFC 8259 §2). */
static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct bytes without_blanks(struct bytes bytes)
{
	while (bytes.size > 0 && is_blank(bytes.data[0]))
		bytes = BYTES(bytes.data + 1, bytes.size - 1);
	while (bytes.size > 0 && is_blank(bytes.data[bytes.size - 1]))
		bytes.size--;
	return bytes;
}

static void skip(struct lines *lines, size_t size)
{
	lines->rest = BYTES(lines->rest.data + size, lines->rest.size - size);
}

/* ---------------------------------------------------------------- one a line */

static bool next_line(struct lines *lines, struct bytes *line)
{
	while (lines->rest.size > 0) {
		const uint8_t *end = memchr(lines->rest.data, '\n', lines->rest.size);
		size_t         size = end ? (size_t)(end - lines->rest.data) : lines->rest.size;

		*line = without_blanks(BYTES(lines->rest.data, size));
		skip(lines, size + (end != NULL));
		if (line->size > 0)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- an array's elements */

/* The size of a string with both its quotes; the rest, when it does not end. */
static size_t string_size(struct bytes rest)
{
	for (size_t i = 1; i < rest.size; i++) {
		if (rest.data[i] == '\\')
			i++;
		else if (rest.data[i] == '"')
			return i + 1;
	}
	return rest.size;
}

/* Up to the comma or the bracket that ends the element; the rest, when nothing does. */
static size_t element_size(struct bytes rest)
{
	size_t depth = 0, i = 0;

	while (i < rest.size) {
		uint8_t byte = rest.data[i];

		if (depth == 0 && (byte == ',' || byte == ']' || byte == '}'))
			return i;
		depth += byte == '[' || byte == '{';
		depth -= byte == ']' || byte == '}';
		i += byte == '"' ? string_size(BYTES(rest.data + i, rest.size - i)) : 1;
	}
	return rest.size;
}

/* Behind the last element `rest` is the bracket and whatever follows it. */
static bool next_element(struct lines *lines, struct bytes *line)
{
	size_t size = element_size(lines->rest);
	bool   first = lines->first;

	*line = without_blanks(BYTES(lines->rest.data, size));
	skip(lines, size);
	lines->first = false;
	if (lines->rest.size > 0 && lines->rest.data[0] == ',') {
		skip(lines, 1);
		return true;
	}
	lines->over = true;
	return line->size > 0 || !first;
}

static bool closes(struct bytes rest)
{
	rest = without_blanks(rest);
	return rest.size == 1 && rest.data[0] == ']';
}

/* ---------------------------------------------------------------- outside */

bool lines_next(struct lines *lines, struct bytes *line)
{
	if (lines->over)
		return false;
	return lines->form == LINES_ARRAY ? next_element(lines, line) : next_line(lines, line);
}

enum status lines_open(struct bytes body, enum lines_form form, struct lines *out, uint32_t *count)
{
	struct bytes trimmed = without_blanks(body);
	struct lines all = {.rest = trimmed, .form = form, .first = true}, walk;
	struct bytes line;
	uint32_t     lines = 0;

	if (form == LINES_ARRAY && (trimmed.size == 0 || trimmed.data[0] != '['))
		return STATUS_MALFORMED;
	if (form == LINES_ARRAY)
		skip(&all, 1);
	walk = all;
	while (lines_next(&walk, &line))
		lines++;
	if (form == LINES_ARRAY && !closes(walk.rest))
		return STATUS_MALFORMED;
	*out = all;
	*count = lines;
	return STATUS_OK;
}
