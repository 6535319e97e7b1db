/* The way in goes through jansson, after a look at how deep the input is nested; the way out is codec_json_write.c. */
#include "eventstore/codec_json.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/validate.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---------------------------------------------------------------- complaining */

struct reading {
	struct arena      *arena;
	struct complaints *complaints;
	uint16_t           skip_marks;
	uint32_t           faults; /* those too that were not kept */
};

static void complain(struct reading *reading, struct text pointer, struct text sentence)
{
	struct complaints *complaints = reading->complaints;

	reading->faults++;
	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){.pointer = pointer, .sentence = sentence};
}

/* One step down (RFC 6901 §3: ~ is written ~0, / is written ~1). */
static struct text pointer_below(struct arena *arena, struct text pointer, struct text name)
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

static void complain_below(struct reading *reading, struct text pointer, struct text name, struct text sentence)
{
	complain(reading, pointer_below(reading->arena, pointer, name), sentence);
}

/* ---------------------------------------------------------------- reading one value */

/* Room for a value of any kind, so that a field is filled only once its value was checked. */
union value {
	struct id    id;
	struct hash  hash;
	struct text  text;
	struct bytes bytes;
	struct list  list;
	bool         boolean;
	uint32_t     u32;
	uint64_t     u64;
	int64_t      i64;
	double       f64;
};

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

/* A field's value alone, outside its struct. */
static struct field field_alone(const struct field *field)
{
	struct field alone = *field;

	alone.offset = alone.has_offset = 0;
	return alone;
}

/* Checks the bounds and fills the field; false, and a complaint, when they do not hold. */
static bool keep_value(struct reading *reading, const struct field *field, const union value *value,
                       struct text pointer, void *object)
{
	struct field alone = field_alone(field);
	struct text  sentence;

	if (field_validate(&alone, value, reading->arena, &sentence) != STATUS_OK) {
		complain_below(reading, pointer, text_from(field->name), sentence);
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

/* The kinds that JSON too writes as a text. */
static bool parse_text(struct reading *reading, const struct field *field, struct text word, union value *out)
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
		return parse_text(reading, field, word, out);
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
		complain_below(&reading, TEXT(""), text_from(field->name), text_from(kind_rules[field->kind].expected));
	else
		keep_value(&reading, field, &value, TEXT(""), object);
	return reading.faults > 0 ? STATUS_INVALID : STATUS_OK;
}

/* ---------------------------------------------------------------- reading JSON */

static struct text json_text(const json_t *json)
{
	return (struct text){.data = json_string_value(json), .size = json_string_length(json)};
}

static bool take_u64(const json_t *json, uint64_t max, uint64_t *out)
{
	json_int_t number = json_integer_value(json);

	if (number < 0 || (uint64_t)number > max)
		return false;
	*out = (uint64_t)number;
	return true;
}

static bool take_number(const struct field *field, const json_t *json, union value *out)
{
	uint64_t wide;

	if (field->kind == KIND_F64 && json_is_number(json)) {
		out->f64 = json_number_value(json);
		return true;
	}
	if (field->kind == KIND_F64 || !json_is_integer(json))
		return false;
	switch (field->kind) {
	case KIND_U32:
		if (!take_u64(json, UINT32_MAX, &wide))
			return false;
		out->u32 = (uint32_t)wide;
		return true;
	case KIND_U64:
		return take_u64(json, UINT64_MAX, &out->u64);
	default:
		out->i64 = json_integer_value(json);
		return true;
	}
}

static void append_json(struct buffer *out, const json_t *json, int depth);

static void append_json_array(struct buffer *out, const json_t *json, int depth)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT("["));
		append_json(out, json_array_get(json, i), depth + 1);
	}
	buffer_append_text(out, json_array_size(json) > 0 ? TEXT("]") : TEXT("[]"));
}

static void append_json_object(struct buffer *out, json_t *json, int depth)
{
	const char *name;
	json_t     *member;
	bool        first = true;

	buffer_append_text(out, TEXT("{"));
	json_object_foreach(json, name, member)
	{
		if (!first)
			buffer_append_text(out, TEXT(","));
		first = false;
		json_append_string(out, text_from(name));
		buffer_append_text(out, TEXT(":"));
		append_json(out, member, depth + 1);
	}
	buffer_append_text(out, TEXT("}"));
}

/* Calls itself no deeper than JSON_DEPTH_MAX, which was looked after before jansson saw the input. jansson's own
 * printer is not used because it writes 0.1 as 0.10000000000000001, which grows what people send against their bounds.
 */
static void append_json(struct buffer *out, const json_t *json, int depth)
{
	require(depth <= JSON_DEPTH_MAX);
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		append_json_object(out, (json_t *)json, depth);
		break;
	case JSON_ARRAY:
		append_json_array(out, json, depth);
		break;
	case JSON_STRING:
		json_append_string(out, json_text(json));
		break;
	case JSON_INTEGER:
		buffer_format(out, "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		break;
	case JSON_REAL:
		json_append_f64(out, json_real_value(json));
		break;
	default:
		buffer_append_text(out, json_is_null(json)   ? TEXT("null")
		                        : json_is_true(json) ? TEXT("true")
		                                             : TEXT("false"));
		break;
	}
}

static struct text take_json(struct reading *reading, const json_t *json)
{
	struct buffer printed = {0};
	struct text   text;

	append_json(&printed, json, 0);
	text = arena_text(reading->arena, (struct text){.data = (const char *)printed.data, .size = printed.size});
	buffer_finish(&printed);
	return text;
}

static bool take_value(struct reading *reading, const struct field *field, const json_t *json, union value *out)
{
	switch (field->kind) {
	case KIND_JSON:
		out->text = take_json(reading, json);
		return true;
	case KIND_BOOL:
		out->boolean = json_is_true(json);
		return json_is_boolean(json);
	case KIND_CHOICE:
		return parse_text(reading, field, json_is_string(json) ? json_text(json) : TEXT(""), out);
	case KIND_U32:
	case KIND_U64:
	case KIND_I64:
	case KIND_F64:
		return take_number(field, json, out);
	default:
		return json_is_string(json) && parse_text(reading, field, json_text(json), out);
	}
}

/* A whole number that is too small or too large for its kind is told from what is no whole number. */
static struct text type_fault(const struct field *field, const json_t *json)
{
	if ((field->kind == KIND_U32 || field->kind == KIND_U64) && json_is_integer(json))
		return json_integer_value(json) < 0 ? TEXT("must not be less than 0") : TEXT("is too large");
	return text_from(kind_rules[field->kind].expected);
}

static void read_object(struct reading *reading, const struct shape *shape, json_t *json, struct text pointer,
                        void *object);

static void read_item(struct reading *reading, const struct shape *shape, json_t *json, struct text pointer, void *item)
{
	if (json_is_object(json))
		read_object(reading, shape, json, pointer, item);
	else
		complain(reading, pointer, TEXT("must be an object"));
}

/* Items are read only when there are not too many of them. */
static void read_list(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                      void *object)
{
	size_t      count = json_array_size(json), item_size = field->record->size;
	char       *items = arena_alloc(reading->arena, count > (uint64_t)field->max ? 1 : count * item_size + 1);
	union value value = {.list = {.items = items, .count = (uint32_t)count}};
	struct text below = pointer_below(reading->arena, pointer, text_from(field->name));
	uint32_t    faults = reading->faults;

	if (!json_is_array(json)) {
		complain(reading, below, text_from(kind_rules[KIND_LIST].expected));
		return;
	}
	for (size_t i = 0; i < count && count <= (uint64_t)field->max; i++)
		read_item(reading, field->record, json_array_get(json, i),
		          arena_format(reading->arena, "%.*s/%zu", TEXT_ARG(below), i), items + i * item_size);
	if (reading->faults == faults)
		keep_value(reading, field, &value, pointer, object);
}

static void read_value(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                       void *object)
{
	union value value = {0};

	if (field->kind == KIND_LIST)
		read_list(reading, field, json, pointer, object);
	else if (take_value(reading, field, json, &value))
		keep_value(reading, field, &value, pointer, object);
	else
		complain_below(reading, pointer, text_from(field->name), type_fault(field, json));
}

/* null is a value of its own only where any JSON is asked for and must be given. */
static void read_null(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                      void *object)
{
	if (field->kind == KIND_TEXT && field->min == 0)
		*(struct text *)field_in(field, object) = TEXT("");
	else if (field->marks & FIELD_OPTIONAL)
		return;
	else if (field->kind == KIND_JSON)
		read_value(reading, field, json, pointer, object);
	else
		complain_below(reading, pointer, text_from(field->name), TEXT("must not be null"));
}

static void read_field(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                       void *object)
{
	memset(field_in(field, object), 0, kind_rules[field->kind].size);
	if (field->has_offset)
		*(bool *)((char *)object + field->has_offset) = false;
	if (json_is_null(json))
		read_null(reading, field, json, pointer, object);
	else if (json)
		read_value(reading, field, json, pointer, object);
	else if (!(field->marks & FIELD_OPTIONAL))
		complain_below(reading, pointer, text_from(field->name), TEXT("is required"));
}

/* Calls itself through lists only, as deep as the schema lets records lie in one another. */
static void read_object(struct reading *reading, const struct shape *shape, json_t *json, struct text pointer,
                        void *object)
{
	const char *name;
	json_t     *member;

	for (uint16_t i = 0; i < shape->count; i++)
		if (!(shape->fields[i].marks & reading->skip_marks))
			read_field(reading, &shape->fields[i], json_object_get(json, shape->fields[i].name), pointer,
			           object);
	json_object_foreach(json, name, member)
	{
		const struct field *field = shape_field(shape, text_from(name));

		if (!field || (field->marks & reading->skip_marks))
			complain_below(reading, pointer, text_from(name), TEXT("is not a member of this request"));
	}
}

/* Brackets inside strings do not count; how well the rest is formed is jansson's business. */
static bool nested_too_deep(struct bytes json)
{
	bool inside = false;
	int  depth = 0;

	for (size_t i = 0; i < json.size; i++) {
		uint8_t c = json.data[i];

		if (c == '"')
			inside = !inside;
		else if (inside && c == '\\')
			i++;
		else if (!inside && (c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return true;
		else if (!inside && (c == ']' || c == '}'))
			depth--;
	}
	return false;
}

/* Nothing of the input is repeated: it may hold a password. */
static enum status refuse_json(struct reading *reading, const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		complain(reading, TEXT(""),
		         arena_format(reading->arena, "has a member twice (line %d, column %d)", error->line,
		                      error->column));
		return STATUS_INVALID;
	case json_error_numeric_overflow:
		complain(reading, TEXT(""),
		         arena_format(reading->arena, "has a number that is too large (line %d, column %d)",
		                      error->line, error->column));
		return STATUS_INVALID;
	default:
		complain(reading, TEXT(""),
		         arena_format(reading->arena, "is not well-formed JSON (line %d, column %d)", error->line,
		                      error->column));
		return STATUS_MALFORMED;
	}
}

static enum status load(struct reading *reading, struct bytes json, json_t **out)
{
	json_error_t error;
	json_t      *loaded;

	if (nested_too_deep(json)) {
		complain(reading, TEXT(""),
		         arena_format(reading->arena, "is nested more than %d levels deep", JSON_DEPTH_MAX));
		return STATUS_MALFORMED;
	}
	/* Characters U+0000 are let in so that the complaint can say where; no bound allows them. */
	loaded = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!loaded)
		return refuse_json(reading, &error);
	if (!json_is_object(loaded)) {
		json_decref(loaded);
		complain(reading, TEXT(""), TEXT("must be a JSON object"));
		return STATUS_MALFORMED;
	}
	*out = loaded;
	return STATUS_OK;
}

static bool body_required(const struct shape *shape, uint16_t skip_marks)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (!(shape->fields[i].marks & (skip_marks | FIELD_OPTIONAL)))
			return true;
	return false;
}

enum status json_decode_shape(const struct shape *shape, struct bytes json, uint16_t skip_marks, struct arena *arena,
                              void *object, struct complaints *complaints)
{
	struct reading reading = {.arena = arena, .complaints = complaints, .skip_marks = skip_marks};
	void          *filled = arena_alloc(arena, shape->size);
	json_t        *loaded;
	enum status    status;

	if (json.size == 0 && body_required(shape, skip_marks)) {
		complain(&reading, TEXT(""), TEXT("must be a JSON object"));
		return STATUS_MALFORMED;
	}
	status = load(&reading, json.size > 0 ? json : BYTES("{}", 2), &loaded);
	if (status != STATUS_OK)
		return status;
	memcpy(filled, object, shape->size);
	read_object(&reading, shape, loaded, TEXT(""), filled);
	json_decref(loaded);
	if (reading.faults > 0)
		return STATUS_INVALID;
	memcpy(object, filled, shape->size);
	return STATUS_OK;
}
