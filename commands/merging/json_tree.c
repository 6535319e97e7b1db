#include "commands/merging/json_tree.h"

#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

#include <math.h>
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

struct reading {
	const char   *at, *end;
	struct arena *arena;
	uint32_t      depth;
	uint32_t      nodes;
	struct text  *mistake;
	enum status   status;
};

static const struct json_node *fail(struct reading *reading, enum status status, const char *sentence)
{
	if (reading->status == STATUS_OK) {
		reading->status = status;
		*reading->mistake = text_from(sentence);
	}
	return NULL;
}

static const struct json_node *malformed(struct reading *reading, const char *sentence)
{
	return fail(reading, STATUS_MALFORMED, sentence);
}

static void skip_blanks(struct reading *reading)
{
	while (reading->at < reading->end && memchr(" \t\n\r", *reading->at, 4))
		reading->at++;
}

static bool take(struct reading *reading, char c)
{
	bool there = reading->at < reading->end && *reading->at == c;

	reading->at += there;
	return there;
}

static bool is_digit(const struct reading *reading)
{
	return reading->at < reading->end && *reading->at >= '0' && *reading->at <= '9';
}

static bool take_digits(struct reading *reading)
{
	bool any = is_digit(reading);

	while (is_digit(reading))
		reading->at++;
	return any;
}

/* RFC 8259, 6: no leading zeroes, no bare point. */
static bool take_number(struct reading *reading)
{
	take(reading, '-');
	if (!take(reading, '0') && !take_digits(reading))
		return false;
	if (take(reading, '.') && !take_digits(reading))
		return false;
	if (!take(reading, 'e') && !take(reading, 'E'))
		return true;
	if (!take(reading, '+'))
		take(reading, '-');
	return take_digits(reading);
}

static const struct json_node *read_number(struct reading *reading)
{
	struct text text = {.data = reading->at};

	if (!take_number(reading))
		return malformed(reading, "There is something that is no JSON value.");
	text.size = (size_t)(reading->at - text.data);
	text = arena_text(reading->arena, text);
	return isfinite(strtod(text.data, NULL)) ? plain(JSON_NUMBER, text, reading->arena)
	                                         : malformed(reading, "A number is larger than any double.");
}

static bool take_hex(struct reading *reading, uint32_t *out)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = reading->at < reading->end && *reading->at ? strchr(digits, *reading->at) : NULL;

		if (!digit)
			return false;
		value = value * 16 + (uint32_t)(digit - digits) % 16;
		reading->at++;
	}
	*out = value;
	return true;
}

static char *put_utf8(char *to, uint32_t point)
{
	if (point < 0x80) {
		*to++ = (char)point;
	} else if (point < 0x800) {
		*to++ = (char)(0xC0 | point >> 6);
		*to++ = (char)(0x80 | (point & 0x3F));
	} else if (point < 0x10000) {
		*to++ = (char)(0xE0 | point >> 12);
		*to++ = (char)(0x80 | (point >> 6 & 0x3F));
		*to++ = (char)(0x80 | (point & 0x3F));
	} else {
		*to++ = (char)(0xF0 | point >> 18);
		*to++ = (char)(0x80 | (point >> 12 & 0x3F));
		*to++ = (char)(0x80 | (point >> 6 & 0x3F));
		*to++ = (char)(0x80 | (point & 0x3F));
	}
	return to;
}

/* Behind \u; a pair of surrogates is one character. */
static bool take_point(struct reading *reading, uint32_t *point)
{
	uint32_t low;

	if (!take_hex(reading, point))
		return false;
	if (*point >= 0xD800 && *point < 0xDC00) {
		if (!take(reading, '\\') || !take(reading, 'u') || !take_hex(reading, &low) || low < 0xDC00
		    || low > 0xDFFF)
			return false;
		*point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
		return true;
	}
	return *point != 0 && !(*point >= 0xDC00 && *point < 0xE000);
}

/* Behind the backslash. */
static char *take_escape(struct reading *reading, char *to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char       *name;
	uint32_t          point;

	if (take(reading, 'u'))
		return take_point(reading, &point) ? put_utf8(to, point) : NULL;
	name = reading->at < reading->end && *reading->at ? strchr(names, *reading->at) : NULL;
	if (!name)
		return NULL;
	*to = values[name - names];
	reading->at++;
	return to + 1;
}

/* From behind the quotation mark to behind the other. What is read is never longer than what was written. */
static bool take_string(struct reading *reading, struct text *out)
{
	const char *close = reading->at;
	char       *start, *to;
	size_t      points;

	while (close < reading->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= reading->end)
		return false;
	start = to = arena_alloc(reading->arena, (size_t)(close - reading->at) + 1);
	while (to && reading->at < close) {
		char c = *reading->at++;

		if ((unsigned char)c < 0x20)
			return false;
		if (c == '\\')
			to = take_escape(reading, to);
		else
			*to++ = c;
	}
	if (!to || !take(reading, '"'))
		return false;
	*out = (struct text){.data = start, .size = (size_t)(to - start)};
	return text_code_points(*out, &points);
}

static const struct json_node *read_string(struct reading *reading)
{
	struct text text;

	return take_string(reading, &text) ? plain(JSON_STRING, text, reading->arena)
	                                   : malformed(reading, "There is a string that is not well formed.");
}

static const struct json_node *read_word(struct reading *reading)
{
	static const struct {
		const char    *word;
		enum json_kind kind;
	} words[] = {{"null", JSON_NULL}, {"false", JSON_FALSE}, {"true", JSON_TRUE}};

	for (size_t i = 0; i < array_count(words); i++) {
		struct text rest = {.data = reading->at, .size = (size_t)(reading->end - reading->at)};

		if (!text_take(&rest, text_from(words[i].word)))
			continue;
		reading->at = rest.data;
		return plain(words[i].kind, TEXT_NONE, reading->arena);
	}
	return malformed(reading, "There is something that is no JSON value.");
}

static const struct json_node *read_value(struct reading *reading);

static bool take_name(struct reading *reading, struct text *name)
{
	skip_blanks(reading);
	if (!take(reading, '"') || !take_string(reading, name))
		return false;
	skip_blanks(reading);
	return take(reading, ':');
}

static int compare_names(const void *a, const void *b)
{
	const struct text *left = a, *right = b;
	size_t             size = left->size < right->size ? left->size : right->size;
	int                order = size > 0 ? memcmp(left->data, right->data, size) : 0;

	return order ? order : (left->size > right->size) - (left->size < right->size);
}

static bool has_name_twice(const struct json_child *children, uint32_t count, struct arena *arena)
{
	struct text *names = arena_array(arena, struct text, count + 1);

	for (uint32_t i = 0; i < count; i++)
		names[i] = children[i].name;
	qsort(names, count, sizeof(*names), compare_names);
	for (uint32_t i = 1; i < count; i++)
		if (text_equal(names[i - 1], names[i]))
			return true;
	return false;
}

static const struct json_node *end_container(struct reading *reading, enum json_kind kind, struct buffer *found)
{
	const struct json_node like = {.kind = kind};
	uint32_t               count = (uint32_t)(found->size / sizeof(struct json_child));
	struct json_child     *children = arena_array(reading->arena, struct json_child, count + 1);

	if (kind == JSON_OBJECT && count > JSON_TREE_MEMBERS_MAX)
		return fail(reading, STATUS_TOO_LARGE, "An object has more than 1024 members.");
	if (count > 0)
		memcpy(children, found->data, found->size);
	if (kind == JSON_OBJECT && has_name_twice(children, count, reading->arena))
		return malformed(reading, "An object has two members of one name.");
	return json_tree_with(&like, children, count, reading->arena);
}

/* The children, up to and with the bracket. */
static bool take_children(struct reading *reading, enum json_kind kind, struct buffer *found)
{
	char close = kind == JSON_OBJECT ? '}' : ']';

	skip_blanks(reading);
	if (take(reading, close))
		return true;
	do {
		struct json_child child = {0};

		if (kind == JSON_OBJECT && !take_name(reading, &child.name))
			return false;
		child.value = read_value(reading);
		if (!child.value)
			return false;
		buffer_append(found, BYTES(&child, sizeof(child)));
		skip_blanks(reading);
	} while (take(reading, ','));
	return take(reading, close);
}

static const struct json_node *read_container(struct reading *reading, enum json_kind kind)
{
	const struct json_node *node = NULL;
	struct buffer           found = {0};

	if (++reading->depth > JSON_TREE_DEPTH_MAX)
		return fail(reading, STATUS_TOO_LARGE, "Arrays and objects lie deeper within one another than 12.");
	if (take_children(reading, kind, &found))
		node = end_container(reading, kind, &found);
	else
		malformed(reading, "An array or an object is not well formed.");
	reading->depth--;
	buffer_finish(&found);
	return node;
}

static const struct json_node *read_value(struct reading *reading)
{
	if (++reading->nodes > JSON_TREE_NODES_MAX)
		return fail(reading, STATUS_TOO_LARGE, "There are more than 32768 values.");
	skip_blanks(reading);
	if (take(reading, '{'))
		return read_container(reading, JSON_OBJECT);
	if (take(reading, '['))
		return read_container(reading, JSON_ARRAY);
	if (take(reading, '"'))
		return read_string(reading);
	if (is_digit(reading) || (reading->at < reading->end && *reading->at == '-'))
		return read_number(reading);
	return read_word(reading);
}

enum status json_tree_read(struct text json, struct arena *arena, const struct json_node **out, struct text *mistake)
{
	struct reading reading = {.at = json.data, .end = json.data + json.size, .arena = arena, .mistake = mistake};
	const struct json_node *node;

	if (json.size > JSON_TREE_BYTES_MAX) {
		*mistake = TEXT("The document is larger than 256 KiB.");
		return STATUS_TOO_LARGE;
	}
	node = read_value(&reading);
	skip_blanks(&reading);
	if (node && reading.at < reading.end)
		node = malformed(&reading, "Something stands behind the JSON value.");
	if (node)
		*out = node;
	return reading.status;
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
