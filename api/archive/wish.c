#include "api/archive/wish.h"

#include "eventstore/base/require.h"

/* Whatever is added here must be such that it can be rehearsed (commands/rehearsal.h). */
static const char *const commands[] = {
	"create_course",
	"describe_course",
	"change_objectives",
	"write_question",
	"revise_question",
	"set_key",
	"set_rubric",
	"retire_question",
	"write_lesson",
	"write_assessment",
	"change_outline",
	"change_gradebook",
	"change_assessment_policy",
	"change_enrolment_policy",
	"define_achievement",
	"change_question_use",
};

const uint16_t wish_skip_marks = FIELD_CALLER | FIELD_SERVER | FIELD_DERIVED | FIELD_SECRET;

const struct command_type *wish_command(struct text name)
{
	for (size_t i = 0; i < array_count(commands); i++)
		if (text_is(name, commands[i]))
			return command_type_by_name(name);
	return NULL;
}

void *wishes_add(struct wishes *wishes, const char *command)
{
	const struct command_type *type = wish_command(text_from(command));
	struct wish               *wish;

	require(type != NULL);
	if (wishes->count == wishes->capacity) {
		uint32_t     capacity = wishes->capacity ? 2 * wishes->capacity : 64;
		struct wish *items = arena_array(wishes->arena, struct wish, capacity);

		if (wishes->count > 0)
			memcpy(items, wishes->items, wishes->count * sizeof(*items));
		wishes->items = items;
		wishes->capacity = capacity;
	}
	wish = &wishes->items[wishes->count++];
	*wish = (struct wish){.command = type, .input = arena_alloc(wishes->arena, type->shape->size)};
	return wish->input;
}

/* ---------------------------------------------------------------- where */

struct text wish_pointer(const struct wish_place *place, struct arena *arena)
{
	struct text below = arena_format(arena, "/%s", place->member);

	for (const struct wish_place *above = place->above; above; above = above->above)
		below = arena_format(arena, "/%s/%u%.*s", above->member, above->index, TEXT_ARG(below));
	return below;
}

/* ---------------------------------------------------------------- what texts embed */

/* Blanks, quotes and the marks of lists may stand before a fence. */
static bool may_stand_before(char c)
{
	return memchr(" \t>*+-.)0123456789", c, 18) != NULL;
}

static size_t skip(struct text line, size_t at, const char *set)
{
	while (at < line.size && strchr(set, line.data[at]))
		at++;
	return at;
}

/* The place of the id in a line that begins a fenced block with "question ID" (api/markdown.h); 0: it does not. */
static size_t embedded_at(struct text line)
{
	static const struct text word = {.data = "question", .size = 8};
	size_t                   fence = 0, at, end;

	while (fence < line.size && may_stand_before(line.data[fence]))
		fence++;
	if (fence == line.size || !strchr("`~", line.data[fence]))
		return 0;
	at = skip(line, fence, line.data[fence] == '`' ? "`" : "~");
	if (at - fence < 3)
		return 0;
	at = skip(line, at, " \t");
	if (line.size - at <= word.size || memcmp(line.data + at, word.data, word.size) != 0)
		return 0;
	end = skip(line, at + word.size, " \t");
	if (end == at + word.size || line.size - end < ID_TEXT_SIZE)
		return 0;
	return skip(line, end + ID_TEXT_SIZE, " \t\r") == line.size ? end : 0;
}

/* The text lies in the arena of the wishes, so another id may be written over this one. */
static void visit_embedded(const struct wish_visitor *visitor, struct text line, const struct wish_place *place)
{
	size_t      at = embedded_at(line);
	struct text word = {.data = line.data + at, .size = ID_TEXT_SIZE};
	char        written[ID_TEXT_SIZE + 1];
	struct id   id;

	if (at == 0 || !id_parse(word, &id))
		return;
	visitor->id(visitor->owner, WISH_EMBEDS, &id, place);
	id_format(id, written);
	memcpy((char *)word.data, written, ID_TEXT_SIZE);
}

static void walk_text(const struct wish_visitor *visitor, struct text text, const struct wish_place *place)
{
	struct text rest = text;

	if (visitor->text)
		visitor->text(visitor->owner, text, place);
	while (visitor->id && rest.size > 0) {
		const char *end = memchr(rest.data, '\n', rest.size);
		struct text line = {.data = rest.data, .size = end ? (size_t)(end - rest.data) : rest.size};

		visit_embedded(visitor, line, place);
		rest.data += line.size + (end != NULL);
		rest.size -= line.size + (end != NULL);
	}
}

/* ---------------------------------------------------------------- every member */

/* The objectives of a course have no command of their own each. */
static enum wish_mention mention_of(const struct field *field, const struct shape *shape)
{
	bool makes = (field->marks & FIELD_FRESH) || strcmp(shape->name, "course_objective") == 0;

	return makes ? WISH_MAKES : WISH_NAMES;
}

/* Calls itself through lists only, as deep as the schema lets records lie in one another. */
static void walk(const struct wish_visitor *visitor, const struct shape *shape, void *object,
                 const struct wish_place *above)
{
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		struct wish_place   place = {.above = above, .member = field->name};

		if ((field->marks & wish_skip_marks) || !field_present(field, object))
			continue;
		if (field->kind == KIND_ID && visitor->id)
			visitor->id(visitor->owner, mention_of(field, shape), field_in(field, object), &place);
		else if (field->kind == KIND_TEXT)
			walk_text(visitor, *(struct text *)field_in(field, object), &place);
		else if (field->kind == KIND_LIST) {
			const struct list *list = field_at(field, object);

			for (; place.index < list->count; place.index++)
				walk(visitor, field->record,
				     (char *)list->items + (size_t)place.index * field->record->size, &place);
		}
	}
}

void wish_walk(const struct wish *wish, const struct wish_visitor *visitor)
{
	walk(visitor, wish->command->shape, wish->input, NULL);
}
