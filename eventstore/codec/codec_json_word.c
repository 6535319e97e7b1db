/* Complaints, and values that are written as one word: the part of reading that needs no jansson. */
#include "eventstore/codec/codec_json_reading.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/validate.h"

#include <math.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- complaining */

void reading_complain(struct reading *reading, struct text pointer, struct text sentence)
{
	struct complaints *complaints = reading->complaints;

	reading->faults++;
	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){.pointer = pointer, .sentence = sentence};
}

struct text reading_pointer(struct arena *arena, struct text pointer, struct text name)
{
	char  *below = arena_alloc(arena, pointer.size + 1 + 2 * name.size + 1);
	size_t size = pointer.size;

	memcpy(below, pointer.data, pointer.size);
	below[size++] = '/';
	for (size_t i = 0; i < name.size; i++) {
		bool escaped = name.data[i] == '~' || name.data[i] == '/';

		below[size++] = escaped ? '~' : name.data[i];
		if (escaped)
			below[size++] = name.data[i] == '~' ? '0' : '1';
	}
	return (struct text){.data = below, .size = size};
}

void reading_complain_below(struct reading *reading, struct text pointer, struct text name, struct text sentence)
{
	reading_complain(reading, reading_pointer(reading->arena, pointer, name), sentence);
}

/* ---------------------------------------------------------------- reading one value */

struct kind_rule {
	size_t      size;
	const char *expected; /* said when the input is of another type */
};

static const struct kind_rule kind_rules[] = {
	[KIND_ID] = {sizeof(struct id), "is not an id (a UUID)"},
	[KIND_TEXT] = {sizeof(struct text), "must be a text"},
	[KIND_BYTES] = {sizeof(struct bytes), "must be a text in base64url"},
	[KIND_HASH] = {sizeof(struct hash), "must be 43 characters of base64url"},
	[KIND_BOOL] = {sizeof(bool), "must be true or false"},
	[KIND_U32] = {sizeof(uint32_t), "must be a whole number"},
	[KIND_U64] = {sizeof(uint64_t), "must be a whole number"},
	[KIND_I64] = {sizeof(int64_t), "must be a whole number"},
	[KIND_F64] = {sizeof(double), "must be a number"},
	[KIND_TIME] = {sizeof(int64_t), "is not a time such as 2026-01-02T03:04:05Z"},
	[KIND_JSON] = {sizeof(struct text), "must be a JSON value"},
	[KIND_CHOICE] = {sizeof(uint32_t), "must be one of the known words"},
	[KIND_LIST] = {sizeof(struct list), "must be a list"},
};

struct text reading_expected(enum kind kind)
{
	return text_from(kind_rules[kind].expected);
}

size_t reading_size(enum kind kind)
{
	return kind_rules[kind].size;
}

/* A field's value alone, outside its struct. */
static struct field field_alone(const struct field *field)
{
	struct field alone = *field;

	alone.offset = alone.has_offset = 0;
	return alone;
}

bool reading_keep(struct reading *reading, const struct field *field, const union value *value, struct text pointer,
                  void *object)
{
	struct field alone = field_alone(field);
	struct text  sentence;

	if (field_validate(&alone, value, reading->arena, &sentence) != STATUS_OK) {
		reading_complain_below(reading, pointer, text_from(field->name), sentence);
		return false;
	}
	memcpy(field_in(field, object), value, kind_rules[field->kind].size);
	if (field->has_offset)
		*(bool *)((char *)object + field->has_offset) = true;
	return true;
}

static bool parse_id(struct text word, struct id *out)
{
	return id_parse(word, out) && id_present(*out);
}

static bool parse_bytes(struct text word, struct arena *arena, struct bytes *out)
{
	uint8_t *data = arena_alloc(arena, word.size + 1);
	size_t   size;

	if (!base64_decode(word, data, &size))
		return false;
	*out = BYTES(data, size);
	return true;
}

static bool parse_hash(struct text word, struct hash *out)
{
	uint8_t data[BASE64_SIZE(sizeof(struct hash))];
	size_t  size;

	if (word.size != BASE64_SIZE(sizeof(*out)) || !base64_decode(word, data, &size) || size != sizeof(*out))
		return false;
	memcpy(out->bytes, data, size);
	return !hash_equal(out, &(struct hash){0});
}

/* Stands for a word that the choice does not have, so that the complaint about it names those it has. */
static const uint32_t choice_unknown = UINT32_MAX;

bool reading_text(struct reading *reading, const struct field *field, struct text word, union value *out)
{
	switch (field->kind) {
	case KIND_ID:
		return parse_id(word, &out->id);
	case KIND_HASH:
		return parse_hash(word, &out->hash);
	case KIND_BYTES:
		return parse_bytes(word, reading->arena, &out->bytes);
	case KIND_TIME:
		return time_parse(word, &out->i64) && out->i64 >= 0;
	case KIND_CHOICE:
		out->u32 = choice_number(field->choice, word);
		out->u32 = out->u32 > 0 ? out->u32 : choice_unknown;
		return true;
	default:
		out->text = arena_text(reading->arena, word);
		return true;
	}
}

/* ---------------------------------------------------------------- reading words */

static bool parse_i64(struct text word, int64_t *out)
{
	bool        negative = word.size > 0 && word.data[0] == '-';
	struct text digits = {.data = word.data + negative, .size = word.size - negative};
	uint64_t    size;

	if (!text_parse_u64(digits, &size) || size > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

/* strtod alone would also take spaces, hexadecimal digits, inf and nan. */
static bool parse_f64(struct text word, struct arena *arena, double *out)
{
	struct text copy = arena_text(arena, word);
	char       *end;
	double      value;

	for (size_t i = 0; i < word.size; i++)
		if (word.data[i] == '\0' || !strchr("0123456789+-.eE", word.data[i]))
			return false;
	value = strtod(copy.data, &end);
	if (word.size == 0 || end != copy.data + copy.size || !isfinite(value))
		return false;
	*out = value;
	return true;
}

static bool parse_u32(struct text word, uint32_t *out)
{
	uint64_t wide;

	if (!text_parse_u64(word, &wide) || wide > UINT32_MAX)
		return false;
	*out = (uint32_t)wide;
	return true;
}

static bool parse_bool(struct text word, bool *out)
{
	*out = text_is(word, "true");
	return *out || text_is(word, "false");
}

static bool parse_word(struct reading *reading, const struct field *field, struct text word, union value *out)
{
	switch (field->kind) {
	case KIND_BOOL:
		return parse_bool(word, &out->boolean);
	case KIND_U32:
		return parse_u32(word, &out->u32);
	case KIND_U64:
		return text_parse_u64(word, &out->u64);
	case KIND_I64:
		return parse_i64(word, &out->i64);
	case KIND_F64:
		return parse_f64(word, reading->arena, &out->f64);
	default:
		return reading_text(reading, field, word, out);
	}
}

enum status field_from_text(const struct field *field, struct text word, struct arena *arena, void *object,
                            struct complaints *complaints)
{
	struct reading reading = {.arena = arena, .complaints = complaints};
	struct text    given = word.data ? word : TEXT("");
	union value    value = {0};

	require(field->kind != KIND_LIST && field->kind != KIND_JSON);
	if (!parse_word(&reading, field, given, &value))
		reading_complain_below(&reading, TEXT(""), text_from(field->name), reading_expected(field->kind));
	else
		reading_keep(&reading, field, &value, TEXT(""), object);
	return reading.faults > 0 ? STATUS_INVALID : STATUS_OK;
}
