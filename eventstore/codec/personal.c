#include "eventstore/codec/personal.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

enum { PERSON_TEXT_SIZE = BASE64_SIZE(sizeof(struct id)), CONTENT_SIZE_MIN = PERSON_TEXT_SIZE + 1 };

struct bytes personal_context(struct arena *arena, struct id person, struct text label)
{
	uint8_t *context = arena_alloc(arena, sizeof(person) + label.size);

	memcpy(context, person.bytes, sizeof(person));
	memcpy(context + sizeof(person), label.data, label.size);
	return BYTES(context, sizeof(person) + label.size);
}

struct text personal_form(struct arena *arena, struct id person, struct text label, struct bytes sealed)
{
	char *form, *at;

	require(label.size > 0 && label.size <= PERSONAL_LABEL_MAX);
	if (sealed.size == 0)
		return TEXT_FORGOTTEN;
	at = form = arena_alloc(arena, 1 + PERSON_TEXT_SIZE + 1 + label.size + 1 + BASE64_SIZE(sealed.size) + 1);
	*at++ = PERSONAL_MARK;
	at += base64_encode(BYTES(person.bytes, sizeof(person)), at);
	*at++ = '.';
	at = mempcpy(at, label.data, label.size);
	*at++ = '.';
	at += base64_encode(sealed, at);
	return (struct text){.data = form, .size = (size_t)(at - form)};
}

/* ---------------------------------------------------------------- opening */

struct form {
	struct id    person;
	struct text  label;
	struct bytes sealed;
};

static bool label_is_a_name(struct text label)
{
	if (label.size == 0 || label.size > PERSONAL_LABEL_MAX)
		return false;
	for (size_t i = 0; i < label.size; i++) {
		char c = label.data[i];

		if (c != '_' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

/* `content` is what follows the mark. The label is a view of it, the sealed bytes lie in the arena. */
static bool parse_content(struct text content, struct arena *arena, struct form *form)
{
	struct text person = {.data = content.data, .size = PERSON_TEXT_SIZE}, rest;
	const char *dot;
	uint8_t    *sealed;
	size_t      size;

	if (content.size < CONTENT_SIZE_MIN || content.data[PERSON_TEXT_SIZE] != '.'
	    || !base64_decode(person, form->person.bytes, &size))
		return false;
	rest = (struct text){.data = content.data + CONTENT_SIZE_MIN, .size = content.size - CONTENT_SIZE_MIN};
	dot = memchr(rest.data, '.', rest.size);
	if (!dot)
		return false;
	form->label = (struct text){.data = rest.data, .size = (size_t)(dot - rest.data)};
	rest = (struct text){.data = dot + 1, .size = rest.size - form->label.size - 1};
	if (!label_is_a_name(form->label))
		return false;
	sealed = arena_alloc(arena, rest.size);
	if (!base64_decode(rest, sealed, &size) || size == 0)
		return false;
	form->sealed = BYTES(sealed, size);
	return true;
}

/* A form that cannot be read belongs to nobody any more. */
static struct text open_content(struct text content, const struct opener *opener, struct arena *arena)
{
	struct form form;
	struct text clear;

	if (!parse_content(content, arena, &form)
	    || opener->open(opener->owner, form.person, form.label, form.sealed, arena, &clear) != STATUS_OK)
		return TEXT_FORGOTTEN;
	return clear;
}

struct text personal_open(struct text form, const struct opener *opener, struct arena *arena)
{
	if (form.size == 0 || form.data[0] != PERSONAL_MARK)
		return form;
	return open_content((struct text){.data = form.data + 1, .size = form.size - 1}, opener, arena);
}

size_t personal_clear_size(struct text form)
{
	struct arena arena = {0};
	struct form  parsed;
	size_t       size = 0;

	if (form.size > 0 && form.data[0] == PERSONAL_MARK
	    && parse_content((struct text){.data = form.data + 1, .size = form.size - 1}, &arena, &parsed)
	    && parsed.sealed.size > SEAL_OVERHEAD)
		size = parsed.sealed.size - SEAL_OVERHEAD;
	arena_finish(&arena);
	return size;
}

/* ---------------------------------------------------------------- inside JSON */

/* How a string begins that holds a form: escaped as PostgreSQL prints it, or raw, when JSON was put together as text.
 */
static const char *const openings[] = {"\"\\u0001", "\"\x01"};

enum { OPENINGS = sizeof(openings) / sizeof(openings[0]) };

/* The next place of each opening at or after where the hunt stands; NULL when there is none. Each is looked for again
 * only once it was passed, so that JSON full of one is not searched over and over for the other. */
struct hunt {
	struct text json;
	const char *next[OPENINGS];
};

/* By the opening's second character, which is rare. */
static const char *find_opening(struct text json, const char *from, const char *opening)
{
	const char *end = json.data + json.size, *at = from;
	size_t      size = strlen(opening);

	while ((size_t)(end - at) >= size && (at = memchr(at + 1, opening[1], (size_t)(end - at) - 1))) {
		if (at[-1] == '"' && (size_t)(end - at) >= size - 1 && memcmp(at, opening + 1, size - 1) == 0)
			return at - 1;
	}
	return NULL;
}

/* A quote behind an odd number of backslashes stands inside a string. */
static bool quote_is_escaped(struct text json, const char *quote)
{
	const char *at = quote;

	while (at > json.data && at[-1] == '\\')
		at--;
	return (quote - at) % 2 == 1;
}

/* Returns the quote of the nearest opening at or after `from`, and what follows the mark; NULL when there is none. */
static const char *hunt_next(struct hunt *hunt, const char *from, const char **content)
{
	const char *nearest = NULL;

	for (int i = 0; i < OPENINGS; i++) {
		if (hunt->next[i] && hunt->next[i] < from)
			hunt->next[i] = find_opening(hunt->json, from, openings[i]);
		while (hunt->next[i] && quote_is_escaped(hunt->json, hunt->next[i]))
			hunt->next[i] = find_opening(hunt->json, hunt->next[i] + 1, openings[i]);
		if (hunt->next[i] && (!nearest || hunt->next[i] < nearest)) {
			nearest = hunt->next[i];
			*content = nearest + strlen(openings[i]);
		}
	}
	return nearest;
}

/* The quote that ends the string, NULL when nothing does. */
static const char *string_end(struct text json, const char *at)
{
	const char *end = json.data + json.size;

	for (; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at : NULL;
}

static bool is_member_name(struct text json, const char *after)
{
	const char *end = json.data + json.size;

	while (after < end && (*after == ' ' || *after == '\n' || *after == '\t' || *after == '\r'))
		after++;
	return after < end && *after == ':';
}

static void append_opened(struct text content, const struct opener *opener, struct arena *arena, struct buffer *out)
{
	struct text clear = open_content(content, opener, arena);

	if (text_is_forgotten(clear))
		buffer_append_text(out, TEXT("null"));
	else
		json_append_string(out, clear);
	arena_reset(arena);
}

bool personal_open_json(struct bytes json, const struct opener *opener, struct buffer *out)
{
	struct hunt  hunt = {.json = {.data = (const char *)json.data, .size = json.size}};
	const char  *done = hunt.json.data, *from = done, *quote, *content = NULL, *end;
	struct arena arena = {0};
	bool         found = false;

	if (json.size == 0)
		return false;
	for (int i = 0; i < OPENINGS; i++)
		hunt.next[i] = find_opening(hunt.json, from, openings[i]);
	while ((quote = hunt_next(&hunt, from, &content)) && (end = string_end(hunt.json, content))) {
		from = end + 1;
		if (is_member_name(hunt.json, from))
			continue;
		if (!found)
			buffer_reserve(out, json.size); /* what is opened is nearly always shorter */
		buffer_append(out, BYTES(done, quote - done));
		append_opened((struct text){.data = content, .size = (size_t)(end - content)}, opener, &arena, out);
		done = from;
		found = true;
	}
	arena_finish(&arena);
	if (found)
		buffer_append(out, BYTES(done, hunt.json.data + hunt.json.size - done));
	return found;
}
