#include "tests/api/markdown_judge.h"

#include "eventstore/base/require.h"

#include <ctype.h>
#include <strings.h>

enum { OPEN_MAX = 128 };

struct judging {
	struct text html;
	size_t      at;
	const char *open[OPEN_MAX];
	int         depth;
};

/* Tags, and the attributes each may have. */
static const struct {
	const char *name, *attributes;
	bool        empty;
} allowed[] = {
	{"a", " href title rel ", false},
	{"blockquote", "", false},
	{"br", "", true},
	{"code", " class ", false},
	{"del", "", false},
	{"em", "", false},
	{"figcaption", "", false},
	{"figure", " data-embed data-id ", false},
	{"h1", " id ", false},
	{"h2", " id ", false},
	{"h3", " id ", false},
	{"h4", " id ", false},
	{"h5", " id ", false},
	{"h6", " id ", false},
	{"hr", "", true},
	{"img", " src alt title loading ", true},
	{"input", " type checked disabled ", true},
	{"li", "", false},
	{"ol", " start ", false},
	{"p", "", false},
	{"pre", "", false},
	{"span", " class data-display ", false},
	{"strong", "", false},
	{"table", "", false},
	{"td", " data-align ", false},
	{"th", " data-align ", false},
	{"thead", "", false},
	{"tr", "", false},
	{"ul", "", false},
};

static struct text rest(const struct judging *judging)
{
	return (struct text){judging->html.data + judging->at, judging->html.size - judging->at};
}

static bool take(struct judging *judging, const char *what)
{
	struct text left = rest(judging);

	if (!text_take(&left, text_from(what)))
		return false;
	judging->at += strlen(what);
	return true;
}

static struct text word(struct judging *judging)
{
	struct text word = {judging->html.data + judging->at, 0};

	while (judging->at < judging->html.size
	       && (isalnum((unsigned char)judging->html.data[judging->at]) || judging->html.data[judging->at] == '-')) {
		judging->at++;
		word.size++;
	}
	return word;
}

static bool lists(const char *attributes, struct text name)
{
	char padded[64];

	if (name.size == 0 || name.size > sizeof(padded) - 3)
		return false;
	padded[0] = ' ';
	memcpy(padded + 1, name.data, name.size);
	memcpy(padded + 1 + name.size, " ", 2);
	return strstr(attributes, padded) != NULL;
}

static const char *judge_address(struct text name, struct text value)
{
	static const char *const beginnings[] = {"http://", "https://", "mailto:", "#h-", "/api/v1/media/"};
	bool                     known = false;

	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] <= ' ' || value.data[i] > '~' || value.data[i] == '\\')
			return "an address holds a character that it must not";
	}
	for (size_t i = 0; i < array_count(beginnings); i++) {
		if (value.size >= strlen(beginnings[i])
		    && strncasecmp(value.data, beginnings[i], strlen(beginnings[i])) == 0)
			known = true;
	}
	if (text_is(name, "src"))
		return text_starts_with(value, TEXT("/api/v1/media/")) ? NULL : "an image is not ours";
	for (size_t i = 0; i < value.size && !known && !strchr("/?#", value.data[i]); i++) {
		if (value.data[i] == ':')
			return "an address has another scheme";
	}
	return text_starts_with(value, TEXT("//")) ? "an address names a host without a scheme" : NULL;
}

static const char *judge_value(struct judging *judging, struct text name)
{
	const char *begin = judging->html.data + judging->at;
	const char *end = memchr(begin, '"', judging->html.size - judging->at);
	struct text value;

	if (!end)
		return "an attribute does not end";
	value = (struct text){begin, (size_t)(end - begin)};
	judging->at += value.size + 1;
	if (memchr(value.data, '<', value.size) || memchr(value.data, '>', value.size))
		return "a value is not escaped";
	return text_is(name, "href") || text_is(name, "src") ? judge_address(name, value) : NULL;
}

static const char *judge_attributes(struct judging *judging, const char *attributes)
{
	while (take(judging, " ")) {
		struct text name = word(judging);
		const char *wrong;

		if (name.size == 0 && take(judging, "/"))
			break;
		if (!lists(attributes, name) || !take(judging, "=\""))
			return "an attribute is not allowed";
		wrong = judge_value(judging, name);
		if (wrong)
			return wrong;
	}
	return take(judging, ">") ? NULL : "a tag does not end";
}

static const char *judge_tag(struct judging *judging)
{
	bool        closing = take(judging, "/");
	struct text name = word(judging);

	for (size_t i = 0; i < array_count(allowed); i++) {
		if (!text_is(name, allowed[i].name))
			continue;
		if (closing && (judging->depth == 0 || judging->open[--judging->depth] != allowed[i].name))
			return "a tag closes another";
		if (closing)
			return take(judging, ">") ? NULL : "a closing tag does not end";
		require(judging->depth < OPEN_MAX);
		if (!allowed[i].empty)
			judging->open[judging->depth++] = allowed[i].name;
		return judge_attributes(judging, allowed[i].attributes);
	}
	return "a tag is not allowed";
}

static const char *judge_all(struct judging *judging)
{
	while (judging->at < judging->html.size) {
		char        c = judging->html.data[judging->at++];
		const char *wrong = c == '<' ? judge_tag(judging) : c == '>' ? "a > is not escaped" : NULL;

		if (wrong)
			return wrong;
	}
	return judging->depth == 0 ? NULL : "a tag is not closed";
}

const char *markdown_judge(struct text html, size_t *at)
{
	struct judging judging = {.html = html};
	const char    *wrong = judge_all(&judging);

	*at = judging.at;
	return wrong;
}
