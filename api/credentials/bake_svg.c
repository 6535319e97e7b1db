/* The half of bake.h that reads SVG: as much of XML as stands in front of a document's content. */
#include "api/credentials/bake.h"

#define NAMESPACE " xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\""
#define ELEMENT "<openbadges:credential"
#define OPENING ELEMENT "><![CDATA["
#define CLOSING "]]></openbadges:credential>"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct text *rest, size_t size)
{
	rest->data += size;
	rest->size -= size;
}

static bool find(struct text text, struct text what, size_t *at)
{
	const char *found = text.size > 0 ? memmem(text.data, text.size, what.data, what.size) : NULL;

	if (found)
		*at = (size_t)(found - text.data);
	return found != NULL;
}

static bool skip_behind(struct text *rest, struct text what)
{
	size_t at;

	if (!find(*rest, what, &at))
		return false;
	skip(rest, at + what.size);
	return true;
}

/* Declaration, instructions, comments and spaces. A DOCTYPE is no prolog to us: it could hold anything. */
static bool skip_prolog(struct text *rest)
{
	bool again = true;

	text_take(rest, TEXT("\xef\xbb\xbf"));
	while (again) {
		while (rest->size > 0 && is_space(rest->data[0]))
			skip(rest, 1);
		again = text_starts_with(*rest, TEXT("<?")) || text_starts_with(*rest, TEXT("<!--"));
		if (again && !skip_behind(rest, rest->data[1] == '?' ? TEXT("?>") : TEXT("-->")))
			return false;
	}
	return true;
}

/* Goes behind the tag's '>', which does not stand in quotes; false when the tag has no content or no end. */
static bool skip_tag(struct text *rest)
{
	char quote = 0, before = 0;

	for (; rest->size > 0; skip(rest, 1)) {
		char c = rest->data[0];

		if (c == '>' && !quote) {
			skip(rest, 1);
			return before != '/';
		}
		if (c == '<')
			return false;
		if ((c == '"' || c == '\'') && (!quote || quote == c))
			quote = quote ? 0 : c;
		before = c;
	}
	return false;
}

/* Cuts the picture behind "<svg" and behind its tag. */
static enum status cut_picture(struct text svg, struct text *head, struct text *tag, struct text *content)
{
	struct text rest = svg;
	size_t      code_points;

	if (svg.size > BAKE_SVG_SIZE_MAX)
		return STATUS_TOO_LARGE;
	if (!text_code_points(svg, &code_points) || memchr(svg.data, 0, svg.size) || !skip_prolog(&rest)
	    || !text_take(&rest, TEXT("<svg")) || rest.size == 0 || !(is_space(rest.data[0]) || rest.data[0] == '>'))
		return STATUS_MALFORMED;
	*head = (struct text){.data = svg.data, .size = svg.size - rest.size};
	*tag = rest;
	if (!skip_tag(&rest))
		return STATUS_MALFORMED;
	tag->size -= rest.size;
	*content = rest;
	return STATUS_OK;
}

/* Inside JSON "]]>" stands in strings alone, where "\u003e" says the same as ">". */
static void append_json(struct text json, struct buffer *out)
{
	size_t at;

	while (find(json, TEXT("]]>"), &at)) {
		buffer_append(out, BYTES(json.data, at));
		buffer_append_text(out, TEXT("]]\\u003e"));
		skip(&json, at + 3);
	}
	buffer_append_text(out, json);
}

enum status bake_svg(struct text svg, struct text credential, struct buffer *out)
{
	struct text head, tag, content;
	size_t      at, code_points;
	enum status status = cut_picture(svg, &head, &tag, &content);

	if (status != STATUS_OK)
		return status;
	if (credential.size > BAKE_CREDENTIAL_SIZE_MAX)
		return STATUS_TOO_LARGE;
	if (find(tag, TEXT("xmlns:openbadges"), &at) || find(content, TEXT(ELEMENT), &at)
	    || !text_code_points(credential, &code_points) || memchr(credential.data, 0, credential.size))
		return STATUS_MALFORMED;
	buffer_append_text(out, head);
	buffer_append_text(out, TEXT(NAMESPACE));
	buffer_append_text(out, tag);
	buffer_append_text(out, TEXT(OPENING));
	append_json(credential, out);
	buffer_append_text(out, TEXT(CLOSING));
	buffer_append_text(out, content);
	return STATUS_OK;
}

static void trim(struct text *text)
{
	while (text->size > 0 && is_space(text->data[0]))
		skip(text, 1);
	while (text->size > 0 && is_space(text->data[text->size - 1]))
		text->size--;
}

/* Others set spaces around the CDATA section and inside it. */
enum status bake_svg_extract(struct text svg, struct text *out)
{
	struct text head, tag, content, body;
	size_t      at;
	enum status status = cut_picture(svg, &head, &tag, &content);

	if (status != STATUS_OK)
		return status;
	trim(&content);
	if (!text_take(&content, TEXT(ELEMENT ">")))
		return STATUS_NOT_FOUND;
	trim(&content);
	if (!text_take(&content, TEXT("<![CDATA[")) || !find(content, TEXT("]]>"), &at))
		return STATUS_MALFORMED;
	body = (struct text){.data = content.data, .size = at};
	skip(&content, at + 3);
	trim(&content);
	if (!text_starts_with(content, TEXT("</openbadges:credential>")))
		return STATUS_MALFORMED;
	trim(&body);
	*out = body;
	return STATUS_OK;
}
