#include "tests/commands/value.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

#include <stdlib.h>

enum { TOKEN_SIZE = 43, WORD_SIZE_MAX = 4096 };

/* ---------------------------------------------------------------- names */

struct id value_id(struct text name)
{
	struct hash hash = hash_sha256(text_bytes(name));
	struct id   id;

	memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
	return id;
}

static struct text token_of(struct arena *arena, struct text name);

static struct hash hash_of(struct arena *arena, struct text name)
{
	return hash_sha256(text_bytes(token_of(arena, name)));
}

/* "U1+K1" is what the deciders make of an id and a secret, said here a second time on purpose. */
static struct text token_of(struct arena *arena, struct text name)
{
	const char *plus = memchr(name.data, '+', name.size);

	if (!plus) {
		struct hash hash = hash_sha256(text_bytes(name));

		return arena_base64(arena, BYTES(hash.bytes, sizeof(hash.bytes)));
	}

	struct text holder = {.data = name.data, .size = (size_t)(plus - name.data)};
	struct text secret = {.data = plus + 1, .size = name.size - holder.size - 1};
	struct id   id = value_id(holder);
	struct hash key = hash_of(arena, secret);
	uint8_t     bytes[32];

	memcpy(bytes, id.bytes, 16);
	memcpy(bytes + 16, key.bytes, 16);
	return arena_base64(arena, BYTES(bytes, sizeof(bytes)));
}

/* ---------------------------------------------------------------- words to fields */

static int64_t unit_us(const char *unit)
{
	static const struct {
		const char *unit;
		int64_t     seconds;
	} units[] = {{"", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

	for (size_t i = 0; i < array_count(units); i++)
		if (strcmp(unit, units[i].unit) == 0)
			return units[i].seconds * 1000000;
	return 0;
}

enum status value_duration(struct text word, int64_t *duration_us)
{
	char  number[32];
	char *end;

	if (word.size < 2 || word.size >= sizeof(number) || word.data[0] != '+')
		return STATUS_INVALID;
	memcpy(number, word.data, word.size);
	number[word.size] = '\0';

	double value = strtod(number + 1, &end);

	if (end == number + 1 || unit_us(end) == 0)
		return STATUS_INVALID;
	*duration_us = (int64_t)(value * (double)unit_us(end) + 0.5);
	return STATUS_OK;
}

/* A name stands for a value of the length that the schema wants. */
static struct text filled_up(struct arena *arena, const struct field *field, struct text word)
{
	if (word.size == 0 || (int64_t)word.size >= field->min)
		return word;

	char *data = arena_alloc(arena, (size_t)field->min);

	memset(data, '1', (size_t)field->min);
	memcpy(data, word.data, word.size);
	return (struct text){.data = data, .size = (size_t)field->min};
}

static enum status plain_read(const struct reading *reading, const struct field *field, struct text word, void *object,
                              struct text *sentence)
{
	struct complaints complaints = {0};
	enum status       status = field_from_text(field, word, reading->arena, object, &complaints);

	if (status && complaints.count > 0)
		*sentence =
			arena_format(reading->arena, "%s %.*s", field->name, TEXT_ARG(complaints.items[0].sentence));
	else if (status)
		*sentence = arena_format(reading->arena, "%s cannot be %.*s", field->name, TEXT_ARG(word));
	return status;
}

static enum status text_read(const struct reading *reading, const struct field *field, struct text word, void *object,
                             struct text *sentence)
{
	if (field->min == TOKEN_SIZE && field->max == TOKEN_SIZE && word.size > 0) {
		*(struct text *)field_in(field, object) = token_of(reading->arena, word);
		return STATUS_OK;
	}
	return plain_read(reading, field, filled_up(reading->arena, field, word), object, sentence);
}

/* The part before the separator, which counts only outside of the pairs; *rest is what comes after it, absent when
 * there was none. */
static struct text cut_outside(const char *pairs, struct text word, char separator, struct text *rest)
{
	size_t size = 0;
	int    depth = 0;

	for (; size < word.size && (depth > 0 || word.data[size] != separator); size++) {
		const char *pair = strchr(pairs, word.data[size]);

		if (pair)
			depth += (pair - pairs) % 2 == 0 ? 1 : -1;
	}
	*rest = TEXT_NONE;
	if (size < word.size)
		*rest = (struct text){.data = word.data + size + 1, .size = word.size - size - 1};
	return (struct text){.data = word.data, .size = size};
}

static struct text cut(struct text word, char separator, struct text *rest)
{
	return cut_outside("[]()", word, separator, rest);
}

/* NOUN(ID) or NOUN(ID,ID), as the schema says "derived from". */
static enum status derived_read(const struct reading *reading, struct text word, struct id *id, struct text *sentence);

static enum status id_read(const struct reading *reading, struct text word, struct id *id, struct text *sentence)
{
	if (memchr(word.data, '(', word.size))
		return derived_read(reading, word, id, sentence);
	*id = value_id(word);
	return STATUS_OK;
}

static enum status derived_read(const struct reading *reading, struct text word, struct id *id, struct text *sentence)
{
	struct id   sources[FIELD_SOURCES_MAX];
	size_t      count = 0;
	struct text rest;
	struct text noun = cut(word, '(', &rest);
	enum status status = word.data[word.size - 1] == ')' ? STATUS_OK : STATUS_INVALID;

	rest.size -= status == STATUS_OK; /* the closing one */
	while (status == STATUS_OK && rest.data && count < FIELD_SOURCES_MAX) {
		struct text source = cut(rest, ',', &rest);

		status = id_read(reading, source, &sources[count++], sentence);
	}
	if (status != STATUS_OK || rest.data || noun.size == 0) {
		*sentence = arena_format(reading->arena, "%.*s is not NOUN(ID) or NOUN(ID,ID)", TEXT_ARG(word));
		return STATUS_INVALID;
	}
	*id = id_derived(arena_text(reading->arena, noun).data, sources, count);
	return STATUS_OK;
}

static enum status record_read(const struct reading *reading, const struct shape *record, struct text word,
                               void *object, struct text *sentence)
{
	for (uint16_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (!word.data && (field->marks & FIELD_OPTIONAL))
			continue;
		if (!word.data) {
			*sentence = arena_format(reading->arena, "%s has a member %s too", record->name, field->name);
			return STATUS_INVALID;
		}

		enum status status = value_read(reading, field, cut(word, '/', &word), object, sentence);

		if (status)
			return status;
	}
	return STATUS_OK;
}

/* The word as it is the so-manieth time: with the number in the place of each '#'. */
static struct text numbered(struct arena *arena, struct text word, uint32_t number)
{
	struct text out = {.data = arena_alloc(arena, 1)};
	struct text rest = word;

	while (rest.data) {
		struct text part = cut_outside("[]", rest, '#', &rest);

		out = arena_format(arena, rest.data ? "%.*s%.*s%u" : "%.*s%.*s", TEXT_ARG(out), TEXT_ARG(part), number);
	}
	return out;
}

uint32_t value_times(struct text *word)
{
	uint32_t times = 0;
	size_t   digits = 0;

	for (; digits < word->size && word->data[digits] >= '0' && word->data[digits] <= '9' && digits < 5; digits++)
		times = times * 10 + (uint32_t)(word->data[digits] - '0');
	if (digits == 0 || digits == word->size || word->data[digits] != '*')
		return 1;
	*word = (struct text){.data = word->data + digits + 1, .size = word->size - digits - 1};
	return times;
}

struct text value_numbered(struct arena *arena, struct text word, uint32_t number)
{
	return number > 0 && memchr(word.data, '#', word.size) ? numbered(arena, word, number) : word;
}

static struct text without_brackets(struct text word)
{
	if (word.size < 2 || word.data[0] != '[' || word.data[word.size - 1] != ']')
		return word;
	return (struct text){.data = word.data + 1, .size = word.size - 2};
}

/* How many items the words of a list make at the most. */
static uint32_t items_in(struct text word)
{
	uint32_t count = 1;

	while (word.data) {
		struct text item = cut(word, ',', &word);

		count += value_times(&item);
	}
	return count;
}

static enum status list_read(const struct reading *reading, const struct field *field, struct text word, void *object,
                             struct text *sentence)
{
	struct text rest = without_brackets(word);
	char       *items = arena_alloc(reading->arena, field->record->size * items_in(rest));
	struct list list = {.items = items};

	while (rest.data && rest.size > 0) {
		struct text item = cut(rest, ',', &rest);
		uint32_t    times = value_times(&item);

		for (uint32_t i = 1; i <= times; i++) {
			enum status status = record_read(reading, field->record,
			                                 value_numbered(reading->arena, item, times > 1 ? i : 0),
			                                 items + field->record->size * list.count++, sentence);

			if (status)
				return status;
		}
	}
	memcpy(field_in(field, object), &list, sizeof(list));
	return STATUS_OK;
}

static enum status time_read(const struct reading *reading, const struct field *field, struct text word, void *object,
                             struct text *sentence)
{
	int64_t duration_us;

	if (value_duration(word, &duration_us))
		return plain_read(reading, field, word, object, sentence);
	*(int64_t *)field_in(field, object) = reading->time_us + duration_us;
	if (field->has_offset)
		*(bool *)((char *)object + field->has_offset) = true;
	return STATUS_OK;
}

enum status value_read(const struct reading *reading, const struct field *field, struct text word, void *object,
                       struct text *sentence)
{
	if (text_is(word, "-") && (field->marks & FIELD_OPTIONAL))
		return STATUS_OK;
	switch (field->kind) {
	case KIND_ID:
		return id_read(reading, word, field_in(field, object), sentence);
	case KIND_HASH:
		*(struct hash *)field_in(field, object) = hash_of(reading->arena, word);
		return STATUS_OK;
	case KIND_TEXT:
		return text_read(reading, field, word, object, sentence);
	case KIND_TIME:
		return time_read(reading, field, word, object, sentence);
	case KIND_LIST:
		return list_read(reading, field, word, object, sentence);
	default:
		return plain_read(reading, field, word, object, sentence);
	}
}

/* ---------------------------------------------------------------- what is left out */

static struct text plain_text(const struct field *field)
{
	switch (field->format) {
	case FORMAT_EMAIL:
		return TEXT("somebody@example.org");
	case FORMAT_URL:
		return TEXT("https://example.org/");
	case FORMAT_LANGUAGE:
		return TEXT("en");
	case FORMAT_REGION:
		return TEXT("GB");
	case FORMAT_TIME_ZONE:
		return TEXT("Europe/London");
	default:
		return text_from(field->name);
	}
}

static struct text plain_word(const struct field *field)
{
	switch (field->kind) {
	case KIND_TEXT:
		return plain_text(field);
	case KIND_HASH:
		return text_from(field->name);
	case KIND_BOOL:
		return TEXT("false");
	case KIND_TIME:
		return TEXT("+1d");
	case KIND_CHOICE:
		return text_from(field->choice->words[0]);
	case KIND_LIST:
		return TEXT("");
	case KIND_BYTES:
		return TEXT("AAAA");
	default:
		return TEXT("0");
	}
}

enum status value_fill(const struct reading *reading, const struct field *field, void *object, struct text *sentence)
{
	if (field->marks & FIELD_CALLER) {
		*(struct id *)field_in(field, object) = reading->caller;
		return STATUS_OK;
	}
	if (field->kind == KIND_ID || (field->marks & FIELD_CLAIM)) {
		*sentence = arena_format(reading->arena, "%s must be told", field->name);
		return STATUS_INVALID;
	}
	return value_read(reading, field, plain_word(field), object, sentence);
}
