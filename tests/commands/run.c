#include "tests/commands/run.h"

#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/validate.h"

#include <stdarg.h>
#include <stdio.h>

void run_complain(struct run *run, const char *format, ...)
{
	struct scenario *scenario = &run->scenario;
	char             sentence[LINE_SIZE_MAX];
	va_list          arguments;

	if (scenario->complaint.data)
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	scenario->complaint = arena_format(&scenario->arena, "%s:%u: %s", scenario->path, scenario->line, sentence);
}

const char *run_event_said(struct run *run, const struct decided_event *decided)
{
	struct buffer json = {0};

	json_encode_shape(decided->type->shape, decided->event, 0, &json);

	struct text copy = arena_text(&run->scenario.arena, (struct text){(const char *)json.data, json.size});

	buffer_finish(&json);
	return arena_format(&run->scenario.arena, "%s %s", decided->type->name, copy.data).data;
}

/* ---------------------------------------------------------------- field=value … */

struct reading run_reading(struct run *run)
{
	const struct stage *stage = &run->scenario.stage;

	return (struct reading){.arena = stage->arena, .time_us = stage->time_us, .caller = stage->actor};
}

static void tell_field(struct run *run, struct told *told, struct text word)
{
	struct reading words = run_reading(run);
	struct text    sentence = TEXT_NONE;
	const char    *equals = memchr(word.data, '=', word.size);
	struct text    name = {.data = word.data, .size = equals ? (size_t)(equals - word.data) : word.size};

	const struct field *field = shape_field(told->shape, name);

	if (!equals || !field || (field->marks & (FIELD_INPUT | FIELD_DERIVED))) {
		run_complain(run, "%s has no field \"%.*s\" to tell", told->shape->name, TEXT_ARG(name));
		return;
	}

	struct text value = {.data = equals + 1, .size = word.size - name.size - 1};

	told->fields |= UINT64_C(1) << (field - told->shape->fields);
	if (value_read(&words, field, value, told->object, &sentence))
		run_complain(run, "%.*s", TEXT_ARG(sentence));
}

struct told run_tell(struct run *run, const struct shape *shape, const struct words *words)
{
	struct told told = {.shape = shape, .object = arena_alloc(run->scenario.stage.arena, shape->size)};

	for (uint32_t i = 2; i < words->count; i++)
		tell_field(run, &told, words->items[i]);
	return told;
}

static bool is_owed(const struct told *told, uint16_t place)
{
	return !(told->shape->fields[place].marks & (FIELD_INPUT | FIELD_OPTIONAL | FIELD_DERIVED))
	       && !(told->fields & UINT64_C(1) << place);
}

void run_fill(struct run *run, const struct told *told)
{
	struct reading words = run_reading(run);
	struct text    sentence = TEXT_NONE;

	for (uint16_t i = 0; i < told->shape->count; i++)
		if (is_owed(told, i) && value_fill(&words, &told->shape->fields[i], told->object, &sentence))
			run_complain(run, "%s: %.*s", told->shape->name, TEXT_ARG(sentence));
	shape_derive(told->shape, told->object);
	if (!run->scenario.complaint.data
	    && shape_validate(told->shape, told->object, FIELD_INPUT, words.arena, &sentence))
		run_complain(run, "%s: %.*s", told->shape->name, TEXT_ARG(sentence));
}

/* ---------------------------------------------------------------- the catalog by name */

const struct event_type *run_find_event(struct run *run, struct text name)
{
	const struct event_type *type = event_type_by_name(name);

	if (!type)
		run_complain(run, "there is no event \"%.*s\"", TEXT_ARG(name));
	return type;
}

const struct command_handler *run_find_command(struct run *run, struct text name)
{
	const struct command_type *type = command_type_by_name(name);

	if (!type)
		run_complain(run, "there is no command \"%.*s\"", TEXT_ARG(name));
	return type ? &command_handlers[type - command_types] : NULL;
}

uint32_t run_find_refusal(struct run *run, struct text name)
{
	uint32_t refusal = refusal_by_name(name);

	if (!refusal)
		run_complain(run, "there is no refusal \"%.*s\"", TEXT_ARG(name));
	return refusal;
}

uint32_t run_find_claim(struct run *run, struct text name)
{
	for (uint32_t i = 1; i < claim_type_count; i++)
		if (text_is(name, claim_types[i].name))
			return i;
	run_complain(run, "there is no claim \"%.*s\"", TEXT_ARG(name));
	return 0;
}

struct text run_read_claimed(struct run *run, uint32_t claim, struct text word)
{
	struct reading words = run_reading(run);
	struct text    sentence = TEXT_NONE;

	for (uint32_t i = 0; i < event_type_count; i++) {
		const struct shape *shape = event_types[i].shape;

		for (uint16_t j = 0; j < shape->count; j++) {
			void *object = arena_alloc(words.arena, shape->size);

			if (!(shape->fields[j].marks & FIELD_CLAIM) || shape->fields[j].claim != claim)
				continue;
			if (!value_read(&words, &shape->fields[j], word, object, &sentence))
				return *(const struct text *)field_at(&shape->fields[j], object);
		}
	}
	run_complain(run, "no event claims %.*s", TEXT_ARG(word));
	return TEXT_NONE;
}
