/* What learners and authors type into answers. The first byte chooses the reader.
 * Claims: a reader says yes, or a sentence and a place in the text; what it read is computed without a trap, and
 * compared with itself it is never another. */
#include "commands/learning/decimal.h"
#include "commands/learning/formula.h"
#include "commands/learning/line_diff.h"
#include "commands/learning/parameters.h"
#include "commands/learning/pattern.h"
#include "commands/learning/quantity.h"
#include "eventstore/base/require.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_mistake(const struct mistake *mistake, struct text text)
{
	require(mistake->sentence.size > 0 && mistake->sentence.data[mistake->sentence.size - 1] == '.');
	require(mistake->position <= text.size + 1);
}

static void read_formula(struct text text, struct arena *arena)
{
	static const struct formula_range ranges[3] = {{0, 0}, {1, 2}, {-1, 1}};
	const struct text                 names[] = {TEXT("x"), TEXT("y"), TEXT("λ")};
	const double                      values[] = {1.5, 2, -0.5};
	const struct formula             *formula;
	struct formula_estimate           estimate;
	struct mistake                    mistake = {0};

	if (formula_parse(text, names, 3, arena, &formula, &mistake) != STATUS_OK) {
		check_mistake(&mistake, text);
		return;
	}
	require(text.size <= FORMULA_TEXT_SIZE_MAX);
	estimate = formula_estimate(formula, values);
	require(isnan(estimate.value) || estimate.value == formula_value(formula, values));
	require(isnan(estimate.value) || estimate.lost || estimate.error >= 0);
	require(formula_equal(formula, formula, ranges, 3, 1).verdict != FORMULA_DIFFERENT);
}

static void read_name(struct text text, struct arena *arena)
{
	const struct formula *formula;
	struct mistake        mistake;

	if (formula_name_valid(text)) {
		require(formula_name_equal(text, text));
		require(formula_parse(text, &text, 1, arena, &formula, &mistake) == STATUS_OK);
		require(formula_uses(formula, 0));
	}
}

static void read_quantity(struct text text, struct arena *arena)
{
	static const struct quantity_rules rules = {.units = QUANTITY_UNITS_REQUIRED};
	struct quantity                    quantity;
	struct mistake                     mistake = {0};

	if (quantity_parse(text, arena, &quantity, &mistake) != STATUS_OK) {
		check_mistake(&mistake, text);
		return;
	}
	require(text.size <= QUANTITY_TEXT_SIZE_MAX && isfinite(quantity.value) && quantity.factor > 0);
	require(quantity.significant_digits >= 1 && quantity.significant_digits <= QUANTITY_DIGITS_MAX);
	require(quantity.unit.data + quantity.unit.size <= text.data + text.size);
	require(quantity_compare(&quantity, &quantity, &rules).verdict == QUANTITY_RIGHT);
}

static bool has_meaning(char c)
{
	return memchr("*?{},\\", c, 6) != NULL;
}

static void split_at_line_end(struct text text, struct text *first, struct text *second)
{
	const char *end = text.size > 0 ? memchr(text.data, '\n', text.size) : NULL;

	*first = (struct text){.data = text.data, .size = end ? (size_t)(end - text.data) : text.size};
	*second = (struct text){.data = first->data + first->size, .size = text.size - first->size};
}

/* Before a line end stands the pattern, behind it the answer. Without signs of its own a pattern is its only answer. */
static void read_pattern(struct text text, struct arena *arena)
{
	struct text           first, answer;
	const struct pattern *pattern;
	struct mistake        mistake = {0};
	bool                  plain = true;

	split_at_line_end(text, &first, &answer);
	if (pattern_parse(first, (struct folding){0}, arena, &pattern, &mistake) != STATUS_OK) {
		check_mistake(&mistake, first);
		return;
	}
	for (size_t i = 0; i < first.size; i++)
		plain = plain && !has_meaning(first.data[i]);
	pattern_matches(pattern, answer, arena);
	require(!plain || pattern_matches(pattern, first, arena));
}

/* The first line is a range's minimum and a condition, the rest a prompt. */
static void read_parameters(struct text text, struct arena *arena)
{
	struct text                  first, prompt, filled;
	const struct parameter_plan *plan;
	struct parameter_draw        draw;
	struct mistake               mistake = {0};
	struct decimal               decimal;

	split_at_line_end(text, &first, &prompt);
	const struct parameter       parameter = {TEXT("v"), first, TEXT("100"), TEXT("0.5"), NULL, 0};
	const struct parameter_rules rules = {
		.parameters = &parameter,
		.parameter_count = decimal_parse(first, &decimal),
		.conditions = &first,
		.condition_count = !decimal_parse(first, &decimal),
	};

	if (parameters_plan(&rules, arena, &plan, &mistake) != STATUS_OK) {
		check_mistake(&mistake, first);
		return;
	}
	if (parameters_draw(plan, 1, BYTES("q", 1), arena, &draw, &mistake) != STATUS_OK)
		return;
	for (uint32_t i = 0; i < draw.count; i++)
		require(draw.values[i] <= 100);
	require(parameters_prompt(&draw, prompt, arena, &filled) == STATUS_OK || prompt.size > 1000);
}

static void read_two_texts(struct text text, struct arena *arena)
{
	struct text      half = {.data = text.data, .size = text.size / 2};
	struct text      rest = {.data = text.data + half.size, .size = text.size - half.size};
	struct line_diff diff;

	require(line_diff(half, rest, arena, &diff) == STATUS_OK);
	for (uint32_t i = 0; i < diff.count; i++) {
		if (diff.hunks[i].kind != LINE_ADDED)
			require(text_take(&half, diff.hunks[i].lines));
		if (diff.hunks[i].kind != LINE_REMOVED)
			require(text_take(&rest, diff.hunks[i].lines));
	}
	require(half.size == 0 && rest.size == 0);
}

static void (*const readers[])(struct text text, struct arena *arena) = {read_formula, read_name,       read_quantity,
                                                                         read_pattern, read_parameters, read_two_texts};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};

	if (size == 0)
		return 0;
	readers[data[0] % array_count(readers)]((struct text){.data = (const char *)data + 1, .size = size - 1},
	                                        &arena);
	arena_finish(&arena);
	return 0;
}
