#include "api/markdown_parts.h"

#include "eventstore/base/base64.h"

#include <ctype.h>
#include <strings.h>

/* ---------------------------------------------------------------- what an address is */

/* Up to the first colon, when no slash, question mark or hash stands before it: what browsers take for a scheme, and
 * more. Absent when there is none. */
static struct text scheme_of(struct text address)
{
	for (size_t i = 0; i < address.size; i++) {
		if (address.data[i] == ':')
			return (struct text){address.data, i};
		if (strchr("/?#", address.data[i]))
			return TEXT_NONE;
	}
	return TEXT_NONE;
}

static bool is_scheme(struct text scheme, const char *name)
{
	return scheme.size == strlen(name) && strncasecmp(scheme.data, name, scheme.size) == 0;
}

static bool parse_media(struct text word, struct hash *out)
{
	uint8_t data[BASE64_SIZE(sizeof(*out))];
	size_t  size;

	if (word.size != BASE64_SIZE(sizeof(*out)) || !base64_decode(word, data, &size) || size != sizeof(*out))
		return false;
	memcpy(out->bytes, data, sizeof(out->bytes));
	return true;
}

bool markdown_means_media(struct text address)
{
	return is_scheme(scheme_of(address), "media");
}

static bool names_host(struct text rest)
{
	return text_take(&rest, TEXT("://")) && rest.size > 0
	       && (isalnum((unsigned char)rest.data[0]) || rest.data[0] == '[');
}

enum markdown_target markdown_target(struct text address, struct hash *media)
{
	struct text scheme = scheme_of(address);
	struct text rest = {address.data + scheme.size, address.size - scheme.size};

	if (address.size == 0 || address.size > MARKDOWN_ADDRESS_BYTES_MAX)
		return TARGET_NONE;
	if (is_scheme(scheme, "media"))
		return parse_media((struct text){rest.data + 1, rest.size - 1}, media) ? TARGET_MEDIA : TARGET_NONE;
	if (is_scheme(scheme, "http") || is_scheme(scheme, "https"))
		return names_host(rest) ? TARGET_WEB : TARGET_NONE;
	if (is_scheme(scheme, "mailto"))
		return rest.size > 1 ? TARGET_MAIL : TARGET_NONE;
	/* Another scheme; or a host without one, also as browsers see it, to which \ is /. */
	if (scheme.data || (address.size > 1 && strchr("/\\", address.data[0]) && strchr("/\\", address.data[1])))
		return TARGET_NONE;
	return address.data[0] == '#' ? TARGET_HEADING : TARGET_PATH;
}

/* ---------------------------------------------------------------- writing */

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void markdown_append_escaped(struct buffer *out, struct text text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.size; i++) {
		const char *instead = entity(text.data[i]);

		if (!instead)
			continue;
		buffer_append(out, BYTES(text.data + from, i - from));
		buffer_append_text(out, text_from(instead));
		from = i + 1;
	}
	buffer_append(out, BYTES(text.data + from, text.size - from));
}

/* What an address may hold (RFC 3986 §2) stays; the rest is written in percent. So no space, no control character and
 * no backslash is left for a browser to drop or to turn into something else. */
static void append_percent(struct buffer *out, struct text address)
{
	for (size_t i = 0; i < address.size; i++) {
		char c = address.data[i];

		if (entity(c) && c != '<' && c != '>' && c != '"')
			buffer_append_text(out, text_from(entity(c)));
		else if (isalnum((unsigned char)c) || (c != 0 && strchr("-._~:/?#[]@!$()*+,;=%", c)))
			buffer_append(out, BYTES(&c, 1));
		else
			buffer_format(out, "%%%02X", (unsigned char)c);
	}
}

void markdown_append_address(struct buffer *out, enum markdown_target target, struct text address)
{
	if (target == TARGET_MEDIA) {
		buffer_append_text(out, TEXT("/api/v1/media/"));
		text_take(&address, (struct text){address.data, strlen("media:")});
	} else if (target == TARGET_HEADING) {
		buffer_append_text(out, TEXT("#h-"));
		text_take(&address, TEXT("#"));
	}
	append_percent(out, address);
}

/* ---------------------------------------------------------------- bare addresses */

/* GitHub's rule (GFM spec, "Autolinks (extension)"), without mail addresses: one begins at http://, https:// or www.,
 * at the beginning or behind a space or one of *_~( and goes on to a space or <; punctuation at its end stays outside,
 * and so does a parenthesis that was not opened within. cmark-gfm's own extension takes square time for texts of "a@".
 */
static size_t beginning_size(struct text rest)
{
	static const char *const beginnings[] = {"http://", "https://", "www."};

	for (size_t i = 0; i < array_count(beginnings); i++) {
		size_t size = strlen(beginnings[i]);

		if (rest.size > size && strncasecmp(rest.data, beginnings[i], size) == 0
		    && isalnum((unsigned char)rest.data[size]))
			return size;
	}
	return 0;
}

static size_t without_punctuation(struct text link, int unopened)
{
	while (link.size > 0) {
		char last = link.data[link.size - 1];

		if (last == ')' && unopened > 0)
			unopened--;
		else if (!strchr("?!.,:;*_~'\"", last))
			break;
		link.size--;
	}
	return link.size;
}

static size_t bare_address(struct text rest)
{
	size_t end = beginning_size(rest);
	int    unopened = 0;

	if (end == 0)
		return 0;
	/* No further than makes it too long, so that many beginnings in one word cost little. */
	while (end < rest.size && end <= MARKDOWN_ADDRESS_BYTES_MAX && !isspace((unsigned char)rest.data[end])
	       && rest.data[end] != '<') {
		unopened += rest.data[end] == ')' ? 1 : rest.data[end] == '(' ? -1 : 0;
		end++;
	}
	end = without_punctuation((struct text){rest.data, end}, unopened);
	return end > beginning_size(rest) && end <= MARKDOWN_ADDRESS_BYTES_MAX ? end : 0;
}

static void append_bare_link(struct buffer *out, struct text address)
{
	buffer_append_text(out, TEXT("<a href=\""));
	if (strncasecmp(address.data, "www.", strlen("www.")) == 0)
		buffer_append_text(out, TEXT("http://"));
	append_percent(out, address);
	buffer_append_text(out, TEXT("\" rel=\"noopener noreferrer\">"));
	markdown_append_escaped(out, address);
	buffer_append_text(out, TEXT("</a>"));
}

void markdown_append_linked(struct buffer *out, struct text text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.size; i++) {
		bool   may = i == 0 || strchr(" \t\n*_~(", text.data[i - 1]);
		size_t size = may ? bare_address((struct text){text.data + i, text.size - i}) : 0;

		if (size == 0)
			continue;
		markdown_append_escaped(out, (struct text){text.data + from, i - from});
		append_bare_link(out, (struct text){text.data + i, size});
		from = i + size;
		i = from - 1;
	}
	markdown_append_escaped(out, (struct text){text.data + from, text.size - from});
}
