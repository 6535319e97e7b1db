#include "projections/bind.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"

#include <inttypes.h>

static struct text bind_id(const struct id *id, struct arena *arena)
{
	char text[ID_TEXT_SIZE + 1];

	id_format(*id, text);
	return arena_text(arena, text_from(text));
}

static struct text bind_time(int64_t time_us, struct arena *arena)
{
	char text[TIME_TEXT_SIZE + 1];

	time_format(time_us, text);
	return arena_text(arena, text_from(text));
}

static struct text bind_list(const struct field *field, const struct list *list, struct arena *arena)
{
	struct buffer json = {0};
	struct text   kept;

	buffer_append_text(&json, TEXT("["));
	for (uint32_t i = 0; i < list->count; i++) {
		if (i > 0)
			buffer_append_text(&json, TEXT(","));
		json_encode_shape(field->record, (const char *)list->items + (size_t)i * field->record->size, 0, &json);
	}
	buffer_append_text(&json, TEXT("]"));
	kept = arena_text(arena, (struct text){.data = (const char *)json.data, .size = json.size});
	buffer_finish(&json);
	return kept;
}

static struct text bind_number(const struct field *field, const void *value, struct arena *arena)
{
	switch (field->kind) {
	case KIND_U32:
		return arena_format(arena, "%" PRIu32, *(const uint32_t *)value);
	case KIND_U64:
		return arena_format(arena, "%" PRIu64, *(const uint64_t *)value);
	case KIND_I64:
		return arena_format(arena, "%" PRId64, *(const int64_t *)value);
	default:
		return arena_format(arena, "%.17g", *(const double *)value);
	}
}

struct text bind_field(const struct field *field, const void *object, struct arena *arena)
{
	const void *value = field_at(field, object);

	if (!field_present(field, object))
		return TEXT_NONE;
	switch (field->kind) {
	case KIND_ID:
		return bind_id(value, arena);
	case KIND_TEXT:
	case KIND_JSON:
		return text_is_forgotten(*(const struct text *)value) ? TEXT_NONE : *(const struct text *)value;
	case KIND_BYTES:
		return arena_base64(arena, *(const struct bytes *)value);
	case KIND_HASH:
		return arena_base64(arena, BYTES(value, sizeof(struct hash)));
	case KIND_BOOL:
		return *(const bool *)value ? TEXT("true") : TEXT("false");
	case KIND_TIME:
		return bind_time(*(const int64_t *)value, arena);
	case KIND_CHOICE:
		return text_from(field->choice->words[*(const uint32_t *)value - 1]);
	case KIND_LIST:
		return bind_list(field, value, arena);
	default:
		return bind_number(field, value, arena);
	}
}

/* ---- what only events have ---- */

static struct text bind_clear(const struct field *field, const struct fold_source *source, struct arena *arena)
{
	struct text sealed = bind_field(field, source->event, arena);
	struct text clear = sealed.data ? personal_open(sealed, source->opener, arena) : TEXT_NONE;

	return text_is_forgotten(clear) ? TEXT_NONE : clear;
}

/* The record carries the claims, so that a fold gives the same rows before and after its person is erased. */
static struct text bind_claim(const struct field *field, const struct record *record, struct arena *arena)
{
	bool takes = field->marks & FIELD_CLAIM;

	for (uint8_t i = 0; i < record->claim_count; i++) {
		const struct record_claim *claim = &record->claims[i];

		if (claim->taken == takes && (!takes || claim->claim == field->claim))
			return arena_base64(arena, BYTES(claim->value.bytes, sizeof(claim->value.bytes)));
	}
	return TEXT_NONE;
}

static struct text bind_parameter(const struct parameter *parameter, const struct fold_source *source,
                                  struct arena *arena)
{
	const struct field *field = &source->type->shape->fields[parameter->field];

	switch (parameter->source) {
	case PARAMETER_FIELD:
		return bind_field(field, source->event, arena);
	case PARAMETER_CLEAR:
		return bind_clear(field, source, arena);
	case PARAMETER_CLAIM:
		return bind_claim(field, source->record, arena);
	case PARAMETER_VERSION:
		return arena_format(
			arena, "%" PRIu64,
			record_version_in(source->record, *(const struct id *)field_at(field, source->event)));
	case PARAMETER_POSITION:
		return arena_format(arena, "%" PRIu64, source->record->position);
	case PARAMETER_TIME:
		return bind_time(source->record->time_us, arena);
	case PARAMETER_ACTOR:
		return id_present(source->record->actor) ? bind_id(&source->record->actor, arena) : TEXT_NONE;
	case PARAMETER_TRACE:
		return id_present(source->record->trace) ? bind_id(&source->record->trace, arena) : TEXT_NONE;
	}
	require(!"a parameter's source is one of those above");
	return TEXT_NONE;
}

void bind_statement(const struct fold_statement *statement, const struct fold_source *source, struct arena *arena,
                    struct text *values)
{
	for (uint16_t i = 0; i < statement->parameter_count; i++)
		values[i] = bind_parameter(&statement->parameters[i], source, arena);
}

void bind_query(const struct query_statement *statement, const void *object, struct arena *arena, struct text *values)
{
	for (uint16_t i = 0; i < statement->parameter_count; i++)
		values[i] = bind_field(&statement->type->shape->fields[statement->parameters[i].field], object, arena);
}
