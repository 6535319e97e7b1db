/* The writing half of codec_json.h. */
#include "eventstore/codec/codec_json.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What time_format can print: 9999-12-31T23:59:59.999999Z. */
static const int64_t time_us_max = INT64_C(253402300799999999);

/* Appends what stands for a byte that may not stand in a string as it is. */
static void append_escape(struct buffer *out, unsigned char c)
{
	static const char letters[] = "btn.fr"; /* of 0x08 to 0x0d; 0x0b has none */

	if (c == '"' || c == '\\')
		buffer_format(out, "\\%c", c);
	else if (c >= 0x08 && c <= 0x0d && c != 0x0b)
		buffer_format(out, "\\%c", letters[c - 0x08]);
	else
		buffer_format(out, "\\u%04x", c);
}

void json_append_string(struct buffer *out, struct text text)
{
	size_t done = 0;

	buffer_append_text(out, TEXT("\""));
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buffer_append(out, BYTES(text.data + done, i - done));
		append_escape(out, c);
		done = i + 1;
	}
	if (done < text.size)
		buffer_append(out, BYTES(text.data + done, text.size - done));
	buffer_append_text(out, TEXT("\""));
}

/* 15 digits, or the 16 or 17 that it takes to give the same number back (IEEE 754 binary64 never needs more). "-0"
 * alone would be read as the whole number 0. */
void json_append_f64(struct buffer *out, double value)
{
	char digits[32];

	require(isfinite(value));
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	buffer_append_text(out, value == 0 && signbit(value) ? TEXT("-0.0") : text_from(digits));
}

static void append_base64(struct buffer *out, struct bytes bytes)
{
	buffer_append_text(out, TEXT("\""));
	out->size += base64_encode(bytes, (char *)buffer_reserve(out, BASE64_SIZE(bytes.size)));
	buffer_append_text(out, TEXT("\""));
}

void json_append_member(struct buffer *out, const char *name, struct text value)
{
	if (!value.data)
		return;
	buffer_format(out, ",\"%s\":", name);
	json_append_string(out, value);
}

void json_append_number(struct buffer *out, const char *name, double value)
{
	buffer_format(out, ",\"%s\":", name);
	json_append_f64(out, value);
}

void json_append_literal(struct buffer *out, const char *name, struct text json)
{
	if (json.data)
		buffer_format(out, ",\"%s\":%.*s", name, TEXT_ARG(json));
}

void json_append_id(struct buffer *out, struct id id)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(id, text);
	json_append_string(out, text_from(text));
}

void json_append_time(struct buffer *out, int64_t time_us)
{
	char text[TIME_TEXT_SIZE + 1];

	time_format(time_us < 0 ? 0 : time_us > time_us_max ? time_us_max : time_us, text);
	json_append_string(out, text_from(text));
}

static void append_choice(struct buffer *out, const struct choice *choice, uint32_t number)
{
	require(number >= 1 && number <= choice->count);
	json_append_string(out, text_from(choice->words[number - 1]));
}

static void append_object(struct buffer *out, const struct shape *shape, const void *object, uint16_t skip_marks,
                          int depth);

static void append_list(struct buffer *out, const struct field *field, const struct list *list, uint16_t skip_marks,
                        int depth)
{
	buffer_append_text(out, TEXT("["));
	for (uint32_t i = 0; i < list->count; i++) {
		if (i > 0)
			buffer_append_text(out, TEXT(","));
		append_object(out, field->record, (const char *)list->items + (size_t)i * field->record->size,
		              skip_marks, depth + 1);
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_text(struct buffer *out, enum kind kind, struct text text)
{
	if (text_is_forgotten(text) || (kind == KIND_JSON && text.size == 0))
		buffer_append_text(out, TEXT("null"));
	else if (kind == KIND_JSON)
		buffer_append_text(out, text);
	else
		json_append_string(out, text);
}

static void append_scalar(struct buffer *out, const struct field *field, const void *value)
{
	switch (field->kind) {
	case KIND_ID:
		json_append_id(out, *(const struct id *)value);
		break;
	case KIND_HASH:
		append_base64(out, BYTES(value, sizeof(struct hash)));
		break;
	case KIND_BYTES:
		append_base64(out, *(const struct bytes *)value);
		break;
	case KIND_BOOL:
		buffer_append_text(out, *(const bool *)value ? TEXT("true") : TEXT("false"));
		break;
	case KIND_U32:
		buffer_format(out, "%" PRIu32, *(const uint32_t *)value);
		break;
	case KIND_U64:
		buffer_format(out, "%" PRIu64, *(const uint64_t *)value);
		break;
	case KIND_I64:
		buffer_format(out, "%" PRId64, *(const int64_t *)value);
		break;
	case KIND_F64:
		json_append_f64(out, *(const double *)value);
		break;
	case KIND_TIME:
		json_append_time(out, *(const int64_t *)value);
		break;
	case KIND_CHOICE:
		append_choice(out, field->choice, *(const uint32_t *)value);
		break;
	default:
		append_text(out, field->kind, *(const struct text *)value);
		break;
	}
}

/* Calls itself through lists only, as deep as the schema lets records lie in one another. */
static void append_object(struct buffer *out, const struct shape *shape, const void *object, uint16_t skip_marks,
                          int depth)
{
	bool first = true;

	require(depth <= SHAPE_DEPTH_MAX);
	buffer_append_text(out, TEXT("{"));
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if ((field->marks & skip_marks) || !field_present(field, object))
			continue;
		buffer_format(out, "%s\"%s\":", first ? "" : ",", field->name);
		first = false;
		if (field->kind == KIND_LIST)
			append_list(out, field, field_at(field, object), skip_marks, depth);
		else
			append_scalar(out, field, field_at(field, object));
	}
	buffer_append_text(out, TEXT("}"));
}

void json_encode_shape(const struct shape *shape, const void *object, uint16_t skip_marks, struct buffer *out)
{
	append_object(out, shape, object, skip_marks, 0);
}
