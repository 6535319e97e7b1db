#include "api/question_view.h"

#include "api/markdown.h"
#include "api/markdown_cache.h"
#include "api/question_form.h"
#include "commands/grading/drawn.h"
#include "commands/learning/decimal.h"
#include "commands/learning/random.h"
#include "eventstore/base/catalog.h"
#include "eventstore/codec/codec_json.h"

enum { CHOICES_MAX = 24 };

/* ---------------------------------------------------------------- from the read model */

static enum status event_from_json(uint16_t number, struct text document, struct arena *arena, const void **out)
{
	const struct shape *shape = event_type_by_number(number)->shape;
	struct complaints   complaints = {0};
	void               *event = arena_alloc(arena, shape->size);
	enum status         status = json_decode_shape(shape, text_bytes(document), 0, arena, event, &complaints);

	if (status == STATUS_OK)
		*out = event;
	return status;
}

enum status question_from_json(struct text document, struct arena *arena, const struct question_written **out)
{
	return event_from_json(EVENT_question_written, document, arena, (const void **)out);
}

enum status key_from_json(struct text document, struct arena *arena, const struct key_set **out)
{
	return event_from_json(EVENT_key_set, document, arena, (const void **)out);
}

enum status question_view_draw(struct question_view *view)
{
	struct parameter_draw *numbers = arena_new(view->arena, struct parameter_draw);
	struct mistake         mistake;

	view->numbers = numbers;
	return drawn_numbers(view->question, view->seed, view->arena, numbers, &mistake);
}

/* ---------------------------------------------------------------- texts */

static struct text escaped(struct text text, struct arena *arena)
{
	struct buffer html = {0};
	struct text   kept;

	markdown_append_escaped(&html, text);
	kept = arena_text(arena, (struct text){.data = (const char *)html.data, .size = html.size});
	buffer_finish(&html);
	return kept;
}

/* What cannot be shown, since the rules became stricter after it was written, is shown as it was written. */
static struct text html_of(const struct question_view *view, struct text text)
{
	struct text filled, html;

	if (parameters_prompt(view->numbers, text, view->arena, &filled) != STATUS_OK)
		filled = text;
	if (markdown_cache_html(view->pages, filled, view->arena, &html) == STATUS_OK)
		return html;
	return escaped(filled, view->arena);
}

void question_view_append_text(const struct question_view *view, struct text text, struct buffer *out)
{
	json_append_string(out, html_of(view, text));
}

/* ---------------------------------------------------------------- choices */

/* Which question it is, as the number of a stream of chance. */
static uint64_t question_index(const struct question_view *view)
{
	uint64_t index = 0;

	for (int i = 0; i < 8; i++)
		index = index << 8 | view->question->question.bytes[i];
	return index;
}

static void append_choices(const struct question_view *view, const char *name,
                           const struct list_of_question_choice *choices, bool shuffled, struct buffer *out)
{
	uint32_t      places[CHOICES_MAX];
	struct random random;

	if (choices->count == 0)
		return;
	for (uint32_t i = 0; i < choices->count; i++)
		places[i] = i;
	random_open(&random, view->seed, text_from(name), question_index(view));
	if (shuffled)
		random_shuffle(&random, places, choices->count);
	buffer_format(out, ",\"%s\":[", name);
	for (uint32_t i = 0; i < choices->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"key\":") : TEXT("{\"key\":"));
		json_append_string(out, choices->items[places[i]].key);
		buffer_append_text(out, TEXT(",\"html\":"));
		question_view_append_text(view, choices->items[places[i]].text, out);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static struct text type_word(enum question_type type)
{
	const struct field *field = shape_field(event_type_by_number(EVENT_question_written)->shape, TEXT("type"));

	return text_from(field->choice->words[type - 1]);
}

/* The order in which things were written may be the right one, and so may the order of what they are matched with. */
void question_view_append(const struct question_view *view, struct buffer *out)
{
	const struct question_written *question = view->question;
	bool                           ordering = question->type == QUESTION_TYPE_ordering;

	buffer_append_text(out, TEXT("{\"type\":"));
	json_append_string(out, type_word(question->type));
	buffer_append_text(out, TEXT(",\"html\":"));
	question_view_append_text(view, question->prompt, out);
	if (question->type == QUESTION_TYPE_blanks)
		buffer_format(out, ",\"blanks\":%u", question_blanks(question->prompt));
	append_choices(view, "choices", &question->choices, ordering || (view->shuffles && !question->keeps_order),
	               out);
	append_choices(view, "targets", &question->targets, true, out);
	if (question->scene.data) {
		buffer_append_text(out, TEXT(",\"scene\":"));
		json_append_string(out, question->scene);
	}
	buffer_append_text(out, TEXT("}"));
}

/* ---------------------------------------------------------------- solutions */

static void append_credits(const struct list_of_key_choice *choices, struct buffer *out)
{
	bool first = true;

	buffer_append_text(out, TEXT(",\"choices\":["));
	for (uint32_t i = 0; i < choices->count; i++) {
		if (choices->items[i].credit == 0)
			continue;
		buffer_append_text(out, first ? TEXT("{\"key\":") : TEXT(",{\"key\":"));
		json_append_string(out, choices->items[i].key);
		buffer_format(out, ",\"credit\":%u}", choices->items[i].credit);
		first = false;
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_order(const struct list_of_choice_reference *order, struct buffer *out)
{
	buffer_append_text(out, TEXT(",\"order\":["));
	for (uint32_t i = 0; i < order->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"key\":") : TEXT("{\"key\":"));
		json_append_string(out, order->items[i].key);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_pairs(const struct list_of_choice_pair *pairs, struct buffer *out)
{
	buffer_append_text(out, TEXT(",\"pairs\":["));
	for (uint32_t i = 0; i < pairs->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{\"left\":") : TEXT("{\"left\":"));
		json_append_string(out, pairs->items[i].left);
		json_append_member(out, "right", pairs->items[i].right);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_patterns(const struct list_of_key_pattern *patterns, struct buffer *out)
{
	bool first = true;

	buffer_append_text(out, TEXT("\"accepted\":["));
	for (uint32_t i = 0; i < patterns->count; i++) {
		if (patterns->items[i].credit == 0)
			continue;
		buffer_append_text(out, first ? TEXT("{\"pattern\":") : TEXT(",{\"pattern\":"));
		json_append_string(out, patterns->items[i].pattern);
		buffer_format(out, ",\"credit\":%u}", patterns->items[i].credit);
		first = false;
	}
	buffer_append_text(out, TEXT("]"));
}

/* A number as it stands in the key, a formula as its value for these numbers; then the unit. */
static void append_value(const struct question_view *view, const struct key_number *number, struct buffer *out)
{
	uint32_t       digits = number->has_digits_min ? number->digits_min : QUESTION_VALUE_DIGITS;
	struct text    shown = number->value;
	struct mistake mistake;
	double         value;

	if (!decimal_read(number->value, &value)
	    && parameters_compute(view->numbers, number->value, view->arena, &value, &mistake) == STATUS_OK)
		shown = decimal_significant(value, digits, view->arena);
	if (number->unit.data)
		shown = arena_format(view->arena, "%.*s %.*s", TEXT_ARG(shown), TEXT_ARG(number->unit));
	buffer_append_text(out, TEXT("\"value\":"));
	json_append_string(out, shown);
}

static void append_blanks(const struct question_view *view, const struct list_of_key_blank *blanks, struct buffer *out)
{
	buffer_append_text(out, TEXT(",\"blanks\":["));
	for (uint32_t i = 0; i < blanks->count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",{") : TEXT("{"));
		if (blanks->items[i].numbers.count > 0)
			append_value(view, &blanks->items[i].numbers.items[0], out);
		else
			append_patterns(&blanks->items[i].patterns, out);
		buffer_append_text(out, TEXT("}"));
	}
	buffer_append_text(out, TEXT("]"));
}

void question_view_append_solution(const struct question_view *view, const struct key_set *key, struct buffer *out)
{
	buffer_format(out, "{\"key\":%u", key->key);
	if (key->choices.count > 0)
		append_credits(&key->choices, out);
	if (key->order.count > 0)
		append_order(&key->order, out);
	if (key->pairs.count > 0)
		append_pairs(&key->pairs, out);
	if (key->patterns.count > 0) {
		buffer_append_text(out, TEXT(","));
		append_patterns(&key->patterns, out);
	}
	if (key->numbers.count > 0) {
		buffer_append_text(out, TEXT(","));
		append_value(view, &key->numbers.items[0], out);
	}
	if (key->blanks.count > 0)
		append_blanks(view, &key->blanks, out);
	json_append_member(out, "formula", key->formula);
	buffer_append_text(out, TEXT("}"));
}
