/* The way in goes through jansson, after a look at how deep the input is nested; single words are read by
 * codec_json_word.c. The way out is codec_json_write.c. */
#include "eventstore/codec/codec_json.h"

#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json_reading.h"
#include "eventstore/codec/json_value.h"

#include <jansson.h>

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
		return reading_text(reading, field, json_is_string(json) ? json_text(json) : TEXT(""), out);
	case KIND_U32:
	case KIND_U64:
	case KIND_I64:
	case KIND_F64:
		return take_number(field, json, out);
	default:
		return json_is_string(json) && reading_text(reading, field, json_text(json), out);
	}
}

/* A whole number that is too small or too large for its kind is told from what is no whole number. */
static struct text type_fault(const struct field *field, const json_t *json)
{
	if ((field->kind == KIND_U32 || field->kind == KIND_U64) && json_is_integer(json))
		return json_integer_value(json) < 0 ? TEXT("must not be less than 0") : TEXT("is too large");
	return reading_expected(field->kind);
}

static void read_object(struct reading *reading, const struct shape *shape, json_t *json, struct text pointer,
                        void *object);

static void read_item(struct reading *reading, const struct shape *shape, json_t *json, struct text pointer, void *item)
{
	if (json_is_object(json))
		read_object(reading, shape, json, pointer, item);
	else
		reading_complain(reading, pointer, TEXT("must be an object"));
}

/* Items are read only when there are not too many of them. */
static void read_list(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                      void *object)
{
	size_t      count = json_array_size(json), item_size = field->record->size;
	char       *items = arena_alloc(reading->arena, count > (uint64_t)field->max ? 1 : count * item_size + 1);
	union value value = {.list = {.items = items, .count = (uint32_t)count}};
	struct text below = reading_pointer(reading->arena, pointer, text_from(field->name));
	uint32_t    faults = reading->faults;

	if (!json_is_array(json)) {
		reading_complain(reading, below, reading_expected(KIND_LIST));
		return;
	}
	for (size_t i = 0; i < count && count <= (uint64_t)field->max; i++)
		read_item(reading, field->record, json_array_get(json, i),
		          arena_format(reading->arena, "%.*s/%zu", TEXT_ARG(below), i), items + i * item_size);
	if (reading->faults == faults)
		reading_keep(reading, field, &value, pointer, object);
}

static void read_value(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                       void *object)
{
	union value value = {0};

	if (field->kind == KIND_LIST)
		read_list(reading, field, json, pointer, object);
	else if (take_value(reading, field, json, &value))
		reading_keep(reading, field, &value, pointer, object);
	else
		reading_complain_below(reading, pointer, text_from(field->name), type_fault(field, json));
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
		reading_complain_below(reading, pointer, text_from(field->name), TEXT("must not be null"));
}

static void read_field(struct reading *reading, const struct field *field, const json_t *json, struct text pointer,
                       void *object)
{
	memset(field_in(field, object), 0, reading_size(field->kind));
	if (field->has_offset)
		*(bool *)((char *)object + field->has_offset) = false;
	if (json_is_null(json))
		read_null(reading, field, json, pointer, object);
	else if (json)
		read_value(reading, field, json, pointer, object);
	else if (!(field->marks & FIELD_OPTIONAL))
		reading_complain_below(reading, pointer, text_from(field->name), TEXT("is required"));
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
			reading_complain_below(reading, pointer, text_from(name),
			                       TEXT("is not a member of this request"));
	}
}

/* Brackets inside strings do not count; how well the rest is formed is jansson's business. */
static bool nested_too_deep(struct bytes json, int depth_max)
{
	bool inside = false;
	int  depth = 0;

	for (size_t i = 0; i < json.size; i++) {
		uint8_t c = json.data[i];

		if (c == '"')
			inside = !inside;
		else if (inside && c == '\\')
			i++;
		else if (!inside && (c == '[' || c == '{') && ++depth > depth_max)
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
		reading_complain(reading, TEXT(""),
		                 arena_format(reading->arena, "has a member twice (line %d, column %d)", error->line,
		                              error->column));
		return STATUS_INVALID;
	case json_error_numeric_overflow:
		reading_complain(reading, TEXT(""),
		                 arena_format(reading->arena, "has a number that is too large (line %d, column %d)",
		                              error->line, error->column));
		return STATUS_INVALID;
	default:
		reading_complain(reading, TEXT(""),
		                 arena_format(reading->arena, "is not well-formed JSON (line %d, column %d)",
		                              error->line, error->column));
		return STATUS_MALFORMED;
	}
}

static enum status load(struct reading *reading, struct bytes json, int depth_max, size_t flags, json_t **out)
{
	json_error_t error;
	json_t      *loaded;

	if (nested_too_deep(json, depth_max)) {
		reading_complain(reading, TEXT(""),
		                 arena_format(reading->arena, "is nested more than %d levels deep", depth_max));
		return STATUS_MALFORMED;
	}
	/* Characters U+0000 are let in so that the complaint can say where; no bound allows them. */
	loaded =
		json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | flags, &error);
	if (!loaded)
		return refuse_json(reading, &error);
	*out = loaded;
	return STATUS_OK;
}

static enum status load_object(struct reading *reading, struct bytes json, json_t **out)
{
	json_t     *loaded;
	enum status status = load(reading, json, JSON_DEPTH_MAX, 0, &loaded);

	if (status != STATUS_OK)
		return status;
	if (!json_is_object(loaded)) {
		json_decref(loaded);
		reading_complain(reading, TEXT(""), TEXT("must be a JSON object"));
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
		reading_complain(&reading, TEXT(""), TEXT("must be a JSON object"));
		return STATUS_MALFORMED;
	}
	status = load_object(&reading, json.size > 0 ? json : BYTES("{}", 2), &loaded);
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

/* ---------------------------------------------------------------- trees */

static void grow_tree(struct arena *arena, json_t *json, struct json_value *out);

static void grow_list(struct arena *arena, json_t *json, struct json_value *out)
{
	out->kind = JSON_VALUE_LIST;
	out->count = (uint32_t)json_array_size(json);
	out->items = arena_array(arena, struct json_value, out->count);
	for (uint32_t i = 0; i < out->count; i++)
		grow_tree(arena, json_array_get(json, i), &out->items[i]);
}

static void grow_object(struct arena *arena, json_t *json, struct json_value *out)
{
	const char *name;
	size_t      name_size;
	json_t     *member;
	uint32_t    i = 0;

	out->kind = JSON_VALUE_OBJECT;
	out->count = (uint32_t)json_object_size(json);
	out->items = arena_array(arena, struct json_value, out->count);
	out->names = arena_array(arena, struct text, out->count);
	json_object_keylen_foreach(json, name, name_size, member)
	{
		out->names[i] = arena_text(arena, (struct text){.data = name, .size = name_size});
		grow_tree(arena, member, &out->items[i++]);
	}
}

/* Calls itself as deep as the input is nested, which was looked after. */
static void grow_tree(struct arena *arena, json_t *json, struct json_value *out)
{
	if (json_is_object(json)) {
		grow_object(arena, json, out);
	} else if (json_is_array(json)) {
		grow_list(arena, json, out);
	} else if (json_is_string(json)) {
		out->kind = JSON_VALUE_TEXT;
		out->text = arena_text(arena, json_text(json));
	} else if (json_is_number(json)) {
		out->kind = JSON_VALUE_NUMBER;
		out->number = json_number_value(json);
	} else if (json_is_boolean(json)) {
		out->kind = JSON_VALUE_BOOL;
		out->boolean = json_is_true(json);
	}
}

enum status json_value_read(struct bytes json, const struct json_bounds *bounds, struct arena *arena,
                            struct json_value **out, struct complaints *complaints)
{
	struct reading     reading = {.arena = arena, .complaints = complaints};
	struct json_value *value;
	json_t            *loaded;
	enum status        status;

	require(bounds->depth_max <= JSON_DEPTH_MAX);
	if (json.size > bounds->size_max) {
		reading_complain(&reading, TEXT(""), arena_format(arena, "has more than %zu bytes", bounds->size_max));
		return STATUS_TOO_LARGE;
	}
	status = load(&reading, json, bounds->depth_max, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &loaded);
	if (status != STATUS_OK)
		return status;
	value = arena_new(arena, struct json_value);
	grow_tree(arena, loaded, value);
	json_decref(loaded);
	*out = value;
	return STATUS_OK;
}
