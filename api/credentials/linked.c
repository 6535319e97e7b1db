#include "api/credentials/linked.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

#include <stdlib.h>

#define BADGES "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
#define CREDENTIALS "https://www.w3.org/2018/credentials#"
#define SCHEMA "https://schema.org/"
#define SECURITY "https://w3id.org/security#"
#define STATUSES "https://www.w3.org/ns/credentials/status#"
/* The context of Open Badges says https where the name of XML Schema's namespace says http. */
#define XSD_OF_BADGES "https://www.w3.org/2001/XMLSchema#"
#define DATE_TIME "http://www.w3.org/2001/XMLSchema#dateTime"
#define PLAIN NULL
#define NODE NULL
#define TYPE_IRI "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#define BLANK_NODE "_:c14n0"

enum { SECONDS_SIZE = sizeof("2026-01-02T03:04:05") - 1 };

static const struct {
	const char *json;
	const char *iri;
	const char *datatype;
} terms[] = {
#define TERM(name, json, iri, datatype) {json, iri, datatype},
#define TYPE(name, json, iri)
#include "api/credentials/vocabulary.def"
#undef TERM
#undef TYPE
};

static const struct {
	const char *json;
	const char *iri;
} node_types[] = {
	{NULL, NULL},
#define TERM(name, json, iri, datatype)
#define TYPE(name, json, iri) {json, iri},
#include "api/credentials/vocabulary.def"
#undef TERM
#undef TYPE
};

/* ---- what may be written ---- */

bool linked_iri_valid(struct text iri)
{
	static const char *const schemes[] = {"https://", "http://", "did:", "urn:"};
	struct text              rest = iri;
	bool                     known = false;

	if (iri.size > LINKED_IRI_SIZE_MAX)
		return false;
	for (size_t i = 0; i < array_count(schemes) && !known; i++)
		known = text_take(&rest, text_from(schemes[i]));
	for (size_t i = 0; i < iri.size; i++)
		if (iri.data[i] <= ' ' || iri.data[i] > '~' || strchr("<>\"{}|^`\\", iri.data[i]))
			return false;
	return known && rest.size > 0;
}

bool linked_text_valid(struct text text, size_t size_max)
{
	size_t code_points;

	return text.data && text.size <= size_max && text_code_points(text, &code_points);
}

/* ---- the quads ---- */

static void add(struct buffer *out, const char *terminated)
{
	buffer_append_text(out, text_from(terminated));
}

/* Canonical N-Quads (RDF 1.2 N-Quads §4): these characters are escaped in one way, all others are not. */
static void add_escaped(struct buffer *out, char c)
{
	static const char escaped[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	const char       *found = c ? strchr(escaped, c) : NULL;

	if (found)
		buffer_format(out, "\\%c", letters[found - escaped]);
	else if ((unsigned char)c < ' ' || c == 0x7f)
		buffer_format(out, "\\u%04X", (unsigned)c);
	else
		buffer_append(out, BYTES(&c, 1));
}

static void add_node(struct buffer *out, struct text node)
{
	if (!node.data)
		add(out, BLANK_NODE);
	else
		buffer_format(out, "<%.*s>", TEXT_ARG(node));
}

/* "subject <predicate> ": of the innermost node. */
static void begin_quad(struct linked *linked, const char *predicate)
{
	require(linked->depth > 0);
	add_node(&linked->quads, linked->nodes[linked->depth - 1]);
	buffer_format(&linked->quads, " <%s> ", predicate);
}

static void end_quad(struct linked *linked)
{
	add(&linked->quads, " .\n");
}

static void state_node(struct linked *linked, const char *predicate, struct text node)
{
	begin_quad(linked, predicate);
	add_node(&linked->quads, node);
	end_quad(linked);
}

static void state_text(struct linked *linked, enum term term, struct text text)
{
	begin_quad(linked, terms[term].iri);
	add(&linked->quads, "\"");
	for (size_t i = 0; i < text.size; i++)
		add_escaped(&linked->quads, text.data[i]);
	add(&linked->quads, "\"");
	if (terms[term].datatype)
		buffer_format(&linked->quads, "^^<%s>", terms[term].datatype);
	end_quad(linked);
}

/* ---- the members ---- */

static void begin_member(struct linked *linked, const char *name)
{
	if (linked->member_before)
		add(&linked->json, ",");
	buffer_format(&linked->json, "\"%s\":", name);
	linked->member_before = true;
}

static void add_string(struct linked *linked, const char *name, struct text text)
{
	begin_member(linked, name);
	json_append_string(&linked->json, text);
}

/* ---- nodes ---- */

static void enter(struct linked *linked, struct text id)
{
	require(linked->depth < LINKED_DEPTH_MAX);
	require(id.data ? linked_iri_valid(id) : !linked->blank_before);
	linked->blank_before |= !id.data;
	linked->nodes[linked->depth++] = id;
	if (id.data)
		add_string(linked, "id", id);
}

void linked_begin(struct linked *linked, struct text contexts, struct text id)
{
	require(linked->depth == 0 && linked->json.size == 0);
	add(&linked->json, "{");
	if (contexts.data) {
		begin_member(linked, "@context");
		buffer_append_text(&linked->json, contexts);
	}
	enter(linked, id);
}

static void leave(struct linked *linked)
{
	require(linked->depth > 0);
	linked->depth--;
	add(&linked->json, "}");
	linked->member_before = true;
}

void linked_end(struct linked *linked)
{
	leave(linked);
	require(linked->depth == 0);
}

void linked_finish(struct linked *linked)
{
	buffer_finish(&linked->json);
	buffer_finish(&linked->quads);
	*linked = (struct linked){0};
}

static void open_node(struct linked *linked, enum term term, struct text id)
{
	state_node(linked, terms[term].iri, id);
	add(&linked->json, "{");
	linked->member_before = false;
	enter(linked, id);
}

void linked_open(struct linked *linked, enum term term, struct text id)
{
	begin_member(linked, terms[term].json);
	open_node(linked, term, id);
}

void linked_close(struct linked *linked)
{
	leave(linked);
	require(linked->depth > 0);
}

void linked_list(struct linked *linked, enum term term)
{
	begin_member(linked, terms[term].json);
	add(&linked->json, "[");
	linked->member_before = false;
}

void linked_open_element(struct linked *linked, enum term term, struct text id)
{
	if (linked->member_before)
		add(&linked->json, ",");
	open_node(linked, term, id);
}

void linked_list_end(struct linked *linked)
{
	add(&linked->json, "]");
	linked->member_before = true;
}

/* ---- properties ---- */

void linked_type(struct linked *linked, enum node_type type)
{
	add_string(linked, "type", text_from(node_types[type].json));
	state_node(linked, TYPE_IRI, text_from(node_types[type].iri));
}

void linked_types(struct linked *linked, enum node_type first, enum node_type second)
{
	begin_member(linked, "type");
	buffer_format(&linked->json, "[\"%s\"", node_types[first].json);
	state_node(linked, TYPE_IRI, text_from(node_types[first].iri));
	if (second != NODE_TYPE_NONE) {
		buffer_format(&linked->json, ",\"%s\"", node_types[second].json);
		state_node(linked, TYPE_IRI, text_from(node_types[second].iri));
	}
	add(&linked->json, "]");
}

void linked_text(struct linked *linked, enum term term, struct text text)
{
	add_string(linked, terms[term].json, text);
	state_text(linked, term, text);
}

void linked_true(struct linked *linked, enum term term)
{
	begin_member(linked, terms[term].json);
	add(&linked->json, "true");
	state_text(linked, term, TEXT("true"));
}

void linked_time(struct linked *linked, enum term term, int64_t time_us)
{
	char when[TIME_TEXT_SIZE + 1];

	time_format(time_us, when);
	strcpy(when + SECONDS_SIZE, "Z");
	linked_text(linked, term, text_from(when));
}

void linked_refer(struct linked *linked, enum term term, struct text iri)
{
	linked_refer_word(linked, term, iri, iri);
}

void linked_refer_word(struct linked *linked, enum term term, struct text word, struct text iri)
{
	require(linked_iri_valid(iri));
	add_string(linked, terms[term].json, word);
	state_node(linked, terms[term].iri, iri);
}

/* ---- the canonical form ---- */

/* Order of code points, which in UTF-8 is the order of bytes. Verifiers in JavaScript sort by UTF-16's units instead;
 * that makes no difference here, since no two of our lines differ in a text first. */
static int compare_lines(const void *left, const void *right)
{
	const struct text *a = left, *b = right;
	int                order = memcmp(a->data, b->data, a->size < b->size ? a->size : b->size);

	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static size_t split_lines(const struct buffer *quads, struct text *lines)
{
	const char *at = (const char *)quads->data, *end = at + quads->size;
	size_t      count = 0;

	while (at < end) {
		const char *next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;

		if (lines)
			lines[count] = (struct text){.data = at, .size = (size_t)(next - at)};
		count++;
		at = next;
	}
	return count;
}

void linked_canonical(const struct linked *linked, struct buffer *out)
{
	size_t       count = split_lines(&linked->quads, NULL);
	struct text *lines = calloc(count + 1, sizeof(*lines));

	require(lines != NULL);
	split_lines(&linked->quads, lines);
	qsort(lines, count, sizeof(*lines), compare_lines);
	/* A graph is a set: what was said twice was said once. */
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !text_equal(lines[i], lines[i - 1]))
			buffer_append_text(out, lines[i]);
	free(lines);
}
