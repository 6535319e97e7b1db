#include "api/question_form.h"

#include "api/markdown.h"
#include "commands/grading/drawn.h"
#include "commands/learning/pattern.h"
#include "commands/learning/quantity.h"

#include <stdarg.h>
#include <stdio.h>

struct form {
	const struct question_written *question;
	struct arena                  *arena;
	struct complaints             *complaints;
};

/* ---------------------------------------------------------------- complaining */

static void complain(struct form *form, struct text pointer, struct text sentence)
{
	struct complaints *complaints = form->complaints;

	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){.pointer = pointer, .sentence = sentence};
}

static void complain_at(struct form *form, struct text pointer, const struct mistake *mistake)
{
	struct text sentence = arena_text(form->arena, mistake->sentence);

	if (mistake->position > 0)
		sentence = arena_format(form->arena, "%.*s (character %u)", TEXT_ARG(sentence), mistake->position);
	complain(form, pointer, sentence);
}

/* /choices/2/key */
static struct text member_of(const struct form *form, const char *list, uint32_t place, const char *member)
{
	return arena_format(form->arena, "/%s/%u/%s", list, place, member);
}

/* ---------------------------------------------------------------- texts */

static void check_text(struct form *form, struct text pointer, struct text text)
{
	struct markdown_page page;
	const char          *mistake;

	if (!text.data)
		return;
	if (markdown_read(text, form->arena, &page, &mistake) != STATUS_OK)
		complain(form, pointer, arena_text(form->arena, text_from(mistake)));
	else if (page.broken.data)
		complain(
			form, pointer,
			arena_format(form->arena, "\"%.*s\" names nothing that could be shown", TEXT_ARG(page.broken)));
}

static void check_texts(struct form *form)
{
	const struct question_written *question = form->question;

	check_text(form, TEXT("/prompt"), question->prompt);
	check_text(form, TEXT("/explanation"), question->explanation);
	for (uint32_t i = 0; i < question->choices.count; i++)
		check_text(form, member_of(form, "choices", i, "text"), question->choices.items[i].text);
	for (uint32_t i = 0; i < question->targets.count; i++)
		check_text(form, member_of(form, "targets", i, "text"), question->targets.items[i].text);
	for (uint32_t i = 0; i < question->hints.count; i++)
		check_text(form, member_of(form, "hints", i, "text"), question->hints.items[i].text);
}

/* "[[7]]" at the front. */
static bool is_blank(struct text rest, uint32_t number)
{
	char   mark[16];
	size_t size = (size_t)snprintf(mark, sizeof(mark), "[[%u]]", number);

	return rest.size >= size && memcmp(rest.data, mark, size) == 0;
}

static bool has_blank(struct text prompt, uint32_t number)
{
	for (size_t i = 0; i < prompt.size; i++)
		if (is_blank((struct text){.data = prompt.data + i, .size = prompt.size - i}, number))
			return true;
	return false;
}

uint32_t question_blanks(struct text prompt)
{
	uint32_t count = 0;

	while (count < QUESTION_BLANKS_MAX && has_blank(prompt, count + 1))
		count++;
	return count;
}

static void check_blanks(struct form *form)
{
	if (form->question->type == QUESTION_TYPE_blanks && question_blanks(form->question->prompt) == 0)
		complain(form, TEXT("/prompt"), TEXT("must say where the blanks are: [[1]], [[2]] and so on"));
}

/* ---------------------------------------------------------------- numbers */

static bool has_numbers(const struct question_written *question)
{
	return question->parameters.count > 0 || question->computed.count > 0;
}

/* A brace behind one of these is TeX's (commands/learning/parameters.h). */
static bool is_argument(char before)
{
	return (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') || before == '}' || before == '^'
	       || before == '_' || before == '\\';
}

/* In a text whose numbers were filled in, a name in braces that stayed is one that nobody knows. */
static void check_filled(struct form *form, struct text filled)
{
	for (size_t i = 0; i + 2 < filled.size; i++) {
		struct text name = {.data = filled.data + i + 1};
		const char *end = memchr(name.data, '}', filled.size - i - 1);

		if (filled.data[i] != '{' || !end || (i > 0 && is_argument(filled.data[i - 1])))
			continue;
		name.size = (size_t)(end - name.data);
		if (formula_name_valid(name))
			complain(form, TEXT("/prompt"),
			         arena_format(form->arena, "{%.*s} is no number of this question", TEXT_ARG(name)));
	}
}

static void check_draw(struct form *form)
{
	struct parameter_draw numbers;
	struct mistake        mistake = {0};
	struct text           filled;
	uint64_t              seed = 1;

	while (seed <= QUESTION_DRAWS_TRIED
	       && drawn_numbers(form->question, seed, form->arena, &numbers, &mistake) == STATUS_OK)
		seed++;
	if (seed <= QUESTION_DRAWS_TRIED)
		complain_at(form, TEXT("/conditions"), &mistake);
	else if (parameters_prompt(&numbers, form->question->prompt, form->arena, &filled) == STATUS_OK)
		check_filled(form, filled);
}

static void check_numbers(struct form *form)
{
	const struct parameter_plan *plan;
	struct mistake               mistake;

	if (!has_numbers(form->question)) {
		if (form->question->conditions.count > 0)
			complain(form, TEXT("/conditions"), TEXT("are about numbers, and the question has none"));
	} else if (drawn_plan(form->question, form->arena, &plan, &mistake) != STATUS_OK) {
		complain_at(form, TEXT("/parameters"), &mistake);
	} else {
		check_draw(form);
	}
}

void question_form_check(const struct question_written *question, struct arena *arena, struct complaints *out)
{
	struct form form = {.question = question, .arena = arena, .complaints = out};

	check_texts(&form);
	check_blanks(&form);
	check_numbers(&form);
}

/* ---------------------------------------------------------------- keys: choices */

static bool is_choice(const struct list_of_question_choice *choices, struct text key)
{
	for (uint32_t i = 0; i < choices->count; i++)
		if (text_equal(choices->items[i].key, key))
			return true;
	return false;
}

static void check_choice(struct form *form, const struct list_of_question_choice *choices, struct text pointer,
                         struct text key)
{
	if (!is_choice(choices, key))
		complain(form, pointer, TEXT("is no choice of this version"));
}

/* true and false are the choices of a true-or-false question, without being written. */
static void check_key_choices(struct form *form, const struct key_set *key)
{
	const struct list_of_question_choice *choices = &form->question->choices;

	for (uint32_t i = 0; i < key->choices.count && form->question->type != QUESTION_TYPE_true_false; i++)
		check_choice(form, choices, member_of(form, "choices", i, "key"), key->choices.items[i].key);
	for (uint32_t i = 0; i < key->order.count; i++)
		check_choice(form, choices, member_of(form, "order", i, "key"), key->order.items[i].key);
	for (uint32_t i = 0; i < key->pairs.count; i++) {
		check_choice(form, choices, member_of(form, "pairs", i, "left"), key->pairs.items[i].left);
		check_choice(form, &form->question->targets, member_of(form, "pairs", i, "right"),
		             key->pairs.items[i].right);
	}
	if (form->question->type == QUESTION_TYPE_ordering && key->order.count != choices->count)
		complain(form, TEXT("/order"), TEXT("must name each choice once"));
	if (form->question->type == QUESTION_TYPE_matching && key->pairs.count != choices->count)
		complain(form, TEXT("/pairs"), TEXT("must have a pair for each choice"));
}

/* ---------------------------------------------------------------- keys: texts, numbers and formulas */

static void check_patterns(struct form *form, const char *where, const struct list_of_key_pattern *patterns)
{
	struct folding        folding = {0};
	const struct pattern *pattern;
	struct mistake        mistake;

	for (uint32_t i = 0; i < patterns->count; i++)
		if (pattern_parse(patterns->items[i].pattern, folding, form->arena, &pattern, &mistake) != STATUS_OK)
			complain_at(form, arena_format(form->arena, "%s/patterns/%u/pattern", where, i), &mistake);
}

/* As graders compute it (commands/grading/judge.c): over the numbers of a draw. */
static bool check_value(struct form *form, struct text pointer, struct text formula,
                        const struct parameter_draw *numbers, double *out)
{
	struct mistake mistake;

	*out = 0;
	if (!formula.data || parameters_compute(numbers, formula, form->arena, out, &mistake) == STATUS_OK)
		return true;
	complain_at(form, pointer, &mistake);
	return false;
}

static void check_number(struct form *form, struct text where, const struct key_number *number,
                         const struct parameter_draw *numbers)
{
	struct text     unit = number->unit.data ? number->unit : TEXT("");
	struct mistake  mistake;
	struct quantity quantity;
	double          value, absolute, relative;

	if (check_value(form, arena_format(form->arena, "%.*s/value", TEXT_ARG(where)), number->value, numbers, &value)
	    && quantity_of(value, unit, form->arena, &quantity, &mistake) != STATUS_OK)
		complain_at(form, arena_format(form->arena, "%.*s/unit", TEXT_ARG(where)), &mistake);
	if (check_value(form, arena_format(form->arena, "%.*s/absolute", TEXT_ARG(where)), number->absolute, numbers,
	                &absolute)
	    && absolute < 0)
		complain(form, arena_format(form->arena, "%.*s/absolute", TEXT_ARG(where)),
		         TEXT("must not be negative"));
	if (check_value(form, arena_format(form->arena, "%.*s/relative", TEXT_ARG(where)), number->relative, numbers,
	                &relative)
	    && (relative < 0 || relative >= 1))
		complain(form, arena_format(form->arena, "%.*s/relative", TEXT_ARG(where)),
		         TEXT("must be a share of the value, from 0 to less than 1"));
	if (number->has_digits_min && number->has_digits_max && number->digits_min > number->digits_max)
		complain(form, arena_format(form->arena, "%.*s/digits_min", TEXT_ARG(where)),
		         TEXT("must not be more than digits_max"));
}

static void check_key_blanks(struct form *form, const struct key_set *key, const struct parameter_draw *numbers)
{
	if (form->question->type != QUESTION_TYPE_blanks)
		return;
	if (key->blanks.count != question_blanks(form->question->prompt))
		complain(form, TEXT("/blanks"), TEXT("must be as many as the prompt has"));
	for (uint32_t i = 0; i < key->blanks.count; i++) {
		const struct key_blank *blank = &key->blanks.items[i];
		struct text             where = arena_format(form->arena, "/blanks/%u", i);

		check_patterns(form, where.data, &blank->patterns);
		if (blank->numbers.count > 0)
			check_number(form, arena_format(form->arena, "%s/numbers/0", where.data),
			             &blank->numbers.items[0], numbers);
	}
}

/* The variables of the learner's formula, and the question's own numbers. */
struct names {
	struct text texts[FORMULA_VARIABLES_MAX];
	uint32_t    count;
};

static void check_variable(struct form *form, const struct key_variable *variable, uint32_t place,
                           const struct parameter_draw *numbers)
{
	double low, high;

	if (!formula_name_valid(variable->name))
		complain(form, member_of(form, "variables", place, "name"),
		         TEXT("must be letters, digits and underscores, a letter first, and no function's name"));
	if (variable->minimum.data && variable->maximum.data
	    && check_value(form, member_of(form, "variables", place, "minimum"), variable->minimum, numbers, &low)
	    && check_value(form, member_of(form, "variables", place, "maximum"), variable->maximum, numbers, &high)
	    && low >= high)
		complain(form, member_of(form, "variables", place, "minimum"), TEXT("must be less than the maximum"));
	if (!variable->minimum.data != !variable->maximum.data)
		complain(form, member_of(form, "variables", place, "minimum"),
		         TEXT("and maximum come together or not at all"));
}

static void check_formula(struct form *form, const struct key_set *key, const struct parameter_draw *numbers)
{
	struct names          names = {0};
	const struct formula *formula;
	struct mistake        mistake;

	if (!key->formula.data)
		return;
	for (uint32_t i = 0; i < key->variables.count; i++) {
		check_variable(form, &key->variables.items[i], i, numbers);
		names.texts[names.count++] = key->variables.items[i].name;
	}
	for (uint32_t i = 0; i < numbers->count && names.count < FORMULA_VARIABLES_MAX; i++)
		names.texts[names.count++] = numbers->names[i];
	if (form->complaints->count == 0
	    && formula_parse(key->formula, names.texts, names.count, form->arena, &formula, &mistake) != STATUS_OK)
		complain_at(form, TEXT("/formula"), &mistake);
}

/* Under each of some draws, until one shows that something is wrong: a formula may have no value for some numbers. */
static void check_by_numbers(struct form *form, const struct key_set *key)
{
	struct parameter_draw numbers;
	struct mistake        mistake;
	uint64_t              tried = has_numbers(form->question) ? QUESTION_DRAWS_TRIED : 1;

	for (uint64_t seed = 1; seed <= tried && form->complaints->count == 0; seed++) {
		if (drawn_numbers(form->question, seed, form->arena, &numbers, &mistake) != STATUS_OK) {
			complain_at(form, TEXT("/version"), &mistake);
			return;
		}
		if (key->numbers.count > 0)
			check_number(form, TEXT("/numbers/0"), &key->numbers.items[0], &numbers);
		check_key_blanks(form, key, &numbers);
		check_formula(form, key, &numbers);
	}
}

void question_form_check_key(const struct key_set *key, const struct question_written *question, struct arena *arena,
                             struct complaints *out)
{
	struct form form = {.question = question, .arena = arena, .complaints = out};

	check_key_choices(&form, key);
	check_patterns(&form, "", &key->patterns);
	check_by_numbers(&form, key);
}
