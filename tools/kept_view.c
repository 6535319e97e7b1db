#include "tools/kept_view.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/personal.h"
#include "tools/moment.h"
#include "tools/screen.h"

#include <inttypes.h>
#include <stdio.h>

struct text kept_stand_in(uint64_t position, char out[KEPT_TEXT_SIZE_MIN])
{
	int size = snprintf(out, KEPT_TEXT_SIZE_MIN, "%c%" PRIu64, PERSONAL_MARK, position);

	return (struct text){.data = out, .size = (size_t)size};
}

static bool is_stand_in(struct text text)
{
	return text.size > 0 && text.data[0] == PERSONAL_MARK;
}

static struct text position_of(struct text stand_in)
{
	return (struct text){.data = stand_in.data + 1, .size = stand_in.size - 1};
}

/* Zeroes and empty texts are "none", but for numbers and truth values. */
static bool is_none(const struct kept_field *field, const void *at)
{
	if (!at)
		return true;
	switch (field->how == KEPT_SET ? KIND_BOOL : field->kind) {
	case KIND_ID:
		return !id_present(*(const struct id *)at);
	case KIND_HASH:
		return hash_equal(at, &(struct hash){0});
	case KIND_TEXT:
		return kept_text(at).size == 0;
	case KIND_TIME:
		return *(const int64_t *)at == 0;
	case KIND_CHOICE:
		return *(const uint32_t *)at == 0;
	default:
		return false;
	}
}

static void append_words(const struct kept_field *field, uint32_t set, const char *quote, struct buffer *out)
{
	const char *between = "";

	for (uint32_t i = 0; i < field->choice->count; i++)
		if (set & UINT32_C(1) << (i + 1)) {
			buffer_format(out, "%s%s%s%s", between, quote, field->choice->words[i], quote);
			between = *quote ? "," : ", ";
		}
}

/* A number, the same for people and programs. */
static void append_number(const struct kept_field *field, const void *at, struct buffer *out)
{
	if (field->kind == KIND_U32)
		buffer_format(out, "%" PRIu32, *(const uint32_t *)at);
	else if (field->kind == KIND_U64)
		buffer_format(out, "%" PRIu64, *(const uint64_t *)at);
	else
		buffer_format(out, "%" PRId64, *(const int64_t *)at);
}

static void append_hash(const void *at, struct buffer *out)
{
	out->size += base64_encode(BYTES(at, sizeof(struct hash)),
	                           (char *)buffer_reserve(out, BASE64_SIZE(sizeof(struct hash))));
}

static void append_id(const void *at, struct buffer *out)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(*(const struct id *)at, text);
	buffer_append_text(out, text_from(text));
}

static void append_text(struct text text, struct buffer *out)
{
	if (is_stand_in(text)) {
		buffer_format(out, "(sealed at %.*s)", TEXT_ARG(position_of(text)));
		return;
	}
	buffer_append_text(out, TEXT("\""));
	screen_tame(out, text);
	buffer_append_text(out, TEXT("\""));
}

static void append_value(const struct kept_field *field, const void *at, struct buffer *out)
{
	char moment[MOMENT_TEXT_SIZE];

	switch (field->kind) {
	case KIND_ID:
		append_id(at, out);
		break;
	case KIND_HASH:
		append_hash(at, out);
		break;
	case KIND_TEXT:
		append_text(kept_text(at), out);
		break;
	case KIND_BOOL:
		buffer_append_text(out, *(const bool *)at ? TEXT("yes") : TEXT("no"));
		break;
	case KIND_TIME:
		moment_format(*(const int64_t *)at, moment);
		buffer_append_text(out, text_from(moment));
		break;
	case KIND_CHOICE:
		buffer_append_text(out, text_from(field->choice->words[*(const uint32_t *)at - 1]));
		break;
	default:
		append_number(field, at, out);
		break;
	}
}

void kept_view_append(const struct kept_field *field, const void *at, struct buffer *out)
{
	if (is_none(field, at) || (field->how == KEPT_SET && *(const uint32_t *)at == 0))
		buffer_append_text(out, TEXT("-"));
	else if (field->how == KEPT_SET)
		append_words(field, *(const uint32_t *)at, "", out);
	else
		append_value(field, at, out);
}

static void append_json_text(struct text text, struct buffer *out)
{
	if (is_stand_in(text))
		buffer_format(out, "{\"sealed_at\":%.*s}", TEXT_ARG(position_of(text)));
	else
		json_append_string(out, text);
}

static void append_json_value(const struct kept_field *field, const void *at, struct buffer *out)
{
	char time[TIME_TEXT_SIZE + 1];

	switch (field->kind) {
	case KIND_BOOL:
		buffer_append_text(out, *(const bool *)at ? TEXT("true") : TEXT("false"));
		break;
	case KIND_TEXT:
		append_json_text(kept_text(at), out);
		break;
	case KIND_U32:
	case KIND_U64:
	case KIND_I64:
		append_number(field, at, out);
		break;
	case KIND_TIME:
		time_format(*(const int64_t *)at, time);
		json_append_string(out, text_from(time));
		break;
	default:
		buffer_append_text(out, TEXT("\""));
		append_value(field, at, out);
		buffer_append_text(out, TEXT("\""));
		break;
	}
}

void kept_view_append_json(const struct kept_field *field, const void *at, struct buffer *out)
{
	if (is_none(field, at)) {
		buffer_append_text(out, TEXT("null"));
	} else if (field->how == KEPT_SET) {
		buffer_append_text(out, TEXT("["));
		append_words(field, *(const uint32_t *)at, "\"", out);
		buffer_append_text(out, TEXT("]"));
	} else {
		append_json_value(field, at, out);
	}
}

void kept_view_append_change(const struct kept_leaf *leaf, struct buffer *out)
{
	buffer_format(out, "{\"field\":\"%s\",\"before\":", leaf->path);
	kept_view_append_json(leaf->field, leaf->before, out);
	buffer_append_text(out, TEXT(",\"after\":"));
	kept_view_append_json(leaf->field, leaf->after, out);
	buffer_append_text(out, TEXT("}"));
}
