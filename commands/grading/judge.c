#include "commands/grading/judge.h"

#include "commands/grading/drawn.h"
#include "commands/grading/judge_parts.h"
#include "commands/grading/judge_task.h"
#include "eventstore/base/require.h"

enum { PPM_PER_MILLE = 1000 };

/* What an answer is judged with: the numbers of the attempt beside what is in the log. */
struct bench {
	const struct judging *judging;
	struct parameter_draw numbers;
	struct arena         *arena;
};

static struct grade undecided(void)
{
	return (struct grade){.verdict = GRADE_UNDECIDED, .undecided = true};
}

static struct grade unanswered(void)
{
	return (struct grade){.verdict = GRADE_UNANSWERED};
}

/* ---------------------------------------------------------------- choices */

static uint32_t place_among(const struct list_of_question_choice *choices, struct text key)
{
	for (uint32_t i = 0; i < choices->count; i++)
		if (text_equal(choices->items[i].key, key))
			return i;
	return GRADE_NONE;
}

static uint32_t credit_ppm(const struct key_set *key, struct text choice)
{
	for (uint32_t i = 0; i < key->choices.count; i++)
		if (text_equal(key->choices.items[i].key, choice))
			return key->choices.items[i].credit * PPM_PER_MILLE;
	return 0;
}

/* More than one choice where one is asked for is no choice. */
static struct grade judge_single(const struct bench *bench)
{
	const struct list_of_question_choice  *choices = &bench->judging->question->choices;
	const struct list_of_choice_reference *chosen = &bench->judging->answer->chosen;
	uint32_t                               credits[GRADE_ITEMS_MAX];

	require(choices->count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < choices->count; i++)
		credits[i] = credit_ppm(bench->judging->key, choices->items[i].key);
	return grade_single(credits, choices->count,
	                    chosen->count == 1 ? place_among(choices, chosen->items[0].key) : GRADE_NONE);
}

static struct grade judge_true_false(const struct bench *bench)
{
	const struct list_of_choice_reference *chosen = &bench->judging->answer->chosen;
	const uint32_t                         credits[] = {credit_ppm(bench->judging->key, TEXT("false")),
	                                                    credit_ppm(bench->judging->key, TEXT("true"))};
	uint32_t                               answer = GRADE_NONE;

	if (chosen->count == 1 && text_is(chosen->items[0].key, "true"))
		answer = 1;
	else if (chosen->count == 1 && text_is(chosen->items[0].key, "false"))
		answer = 0;
	return grade_single(credits, array_count(credits), answer);
}

static struct grade judge_multiple(const struct bench *bench)
{
	const struct list_of_question_choice  *choices = &bench->judging->question->choices;
	const struct list_of_choice_reference *chosen = &bench->judging->answer->chosen;
	const struct key_set                  *key = bench->judging->key;
	struct grade_multiple_key              rules = {
			     .count = choices->count,
			     .rule = key->scoring == SCORING_RULE_per_part ? GRADE_PER_OPTION : GRADE_ALL_OR_NOTHING,
			     .penalty_ppm = key->has_penalty ? key->penalty * PPM_PER_MILLE : GRADE_FULL,
        };
	uint64_t bits = 0;

	for (uint32_t i = 0; i < choices->count; i++)
		if (credit_ppm(key, choices->items[i].key) > 0)
			rules.right |= UINT64_C(1) << i;
	for (uint32_t i = 0; i < chosen->count; i++) {
		uint32_t place = place_among(choices, chosen->items[i].key);

		if (place != GRADE_NONE)
			bits |= UINT64_C(1) << place;
	}
	return grade_multiple(&rules, bits, bench->judging->answer->answered);
}

static uint32_t right_target(const struct list_of_choice_pair *pairs, struct text left,
                             const struct list_of_question_choice *targets)
{
	for (uint32_t i = 0; i < pairs->count; i++)
		if (text_equal(pairs->items[i].left, left))
			return place_among(targets, pairs->items[i].right);
	return GRADE_NONE;
}

/* Where the key pairs something with nothing, every answer to it is wrong. */
static struct grade judge_matching(const struct bench *bench)
{
	const struct question_written *question = bench->judging->question;
	uint32_t                       keys[GRADE_ITEMS_MAX], answers[GRADE_ITEMS_MAX];

	require(question->choices.count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < question->choices.count; i++) {
		struct text left = question->choices.items[i].key;

		keys[i] = right_target(&bench->judging->key->pairs, left, &question->targets);
		answers[i] = right_target(&bench->judging->answer->pairs, left, &question->targets);
	}
	return grade_matching(keys, answers, question->choices.count);
}

static uint32_t place_in_order(const struct list_of_choice_reference *order, struct text key)
{
	for (uint32_t i = 0; i < order->count; i++)
		if (text_equal(order->items[i].key, key))
			return i;
	return GRADE_NONE;
}

/* What was left out stands behind, in no order. */
static struct grade judge_ordering(const struct bench *bench)
{
	const struct list_of_choice_reference *order = &bench->judging->key->order;
	const struct list_of_choice_reference *chosen = &bench->judging->answer->chosen;
	uint32_t                               answers[GRADE_ITEMS_MAX];
	bool                                   per_part = bench->judging->key->scoring == SCORING_RULE_per_part;

	require(order->count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < order->count; i++)
		answers[i] = i < chosen->count ? place_in_order(order, chosen->items[i].key) : GRADE_NONE;
	return grade_ordering(per_part ? GRADE_LONGEST_RUN : GRADE_EXACT_ORDER, answers, order->count);
}

/* ---------------------------------------------------------------- texts and numbers */

bool judge_read_pattern(const struct key_pattern *pattern, struct arena *arena, const struct pattern **out)
{
	struct folding folding = {.case_matters = pattern->case_matters, .diacritics_matter = pattern->accents_matter};
	struct mistake mistake;

	return pattern_parse(pattern->pattern, folding, arena, out, &mistake) == STATUS_OK;
}

/* False when a pattern cannot be read. */
static bool read_patterns(const struct bench *bench, const struct list_of_key_pattern *patterns,
                          struct grade_text_key *out)
{
	struct grade_text_option *options = arena_array(bench->arena, struct grade_text_option, patterns->count);

	for (uint32_t i = 0; i < patterns->count; i++) {
		options[i].credit_ppm = patterns->items[i].credit * PPM_PER_MILLE;
		if (!judge_read_pattern(&patterns->items[i], bench->arena, &options[i].pattern))
			return false;
	}
	*out = (struct grade_text_key){.options = options, .count = patterns->count};
	return true;
}

static struct grade_slips slips_of(const struct list_of_key_slip *list)
{
	struct grade_slips slips = {0};

	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t credit = list->items[i].credit * PPM_PER_MILLE;

		switch (list->items[i].slip) {
		case NUMERIC_SLIP_wrong_unit:
			slips.wrong_unit_ppm = credit;
			break;
		case NUMERIC_SLIP_missing_unit:
			slips.missing_unit_ppm = credit;
			break;
		case NUMERIC_SLIP_power_of_ten:
			slips.power_of_ten_ppm = credit;
			break;
		case NUMERIC_SLIP_sign:
			slips.sign_ppm = credit;
			break;
		case NUMERIC_SLIP_digits:
			slips.digits_ppm = credit;
			break;
		}
	}
	return slips;
}

static enum quantity_units units_of(enum unit_policy policy)
{
	switch (policy) {
	case UNIT_POLICY_optional:
		return QUANTITY_UNITS_OPTIONAL;
	case UNIT_POLICY_ignored:
		return QUANTITY_UNITS_IGNORED;
	default:
		return QUANTITY_UNITS_REQUIRED;
	}
}

/* A tolerance that is not there is none. */
static bool read_tolerance(const struct bench *bench, struct text text, double *out)
{
	struct mistake mistake;

	*out = 0;
	return !text.data || parameters_compute(&bench->numbers, text, bench->arena, out, &mistake) == STATUS_OK;
}

/* False when it has no value for these numbers. */
static bool read_number(const struct bench *bench, const struct key_number *number, struct grade_numeric_key *out)
{
	struct grade_numeric_key key = {
		.rules.units = units_of(number->units),
		.slips = slips_of(&number->slips),
		.digits_min = number->digits_min,
		.digits_max = number->digits_max,
	};
	struct text    unit = number->unit.data ? number->unit : TEXT("");
	struct mistake mistake;
	double         value;

	if (parameters_compute(&bench->numbers, number->value, bench->arena, &value, &mistake) != STATUS_OK
	    || quantity_of(value, unit, bench->arena, &key.quantity, &mistake) != STATUS_OK
	    || !read_tolerance(bench, number->absolute, &key.rules.absolute)
	    || !read_tolerance(bench, number->relative, &key.rules.relative))
		return false;
	*out = key;
	return true;
}

static struct grade judge_text(const struct bench *bench)
{
	struct grade_text_key key;

	if (!read_patterns(bench, &bench->judging->key->patterns, &key))
		return undecided();
	return grade_text(&key, bench->judging->answer->text, bench->arena);
}

static struct grade judge_numeric(const struct bench *bench)
{
	struct grade_numeric_key key;

	if (bench->judging->key->numbers.count != 1
	    || !read_number(bench, &bench->judging->key->numbers.items[0], &key))
		return undecided();
	return grade_numeric(&key, bench->judging->answer->text, bench->arena);
}

/* ---------------------------------------------------------------- blanks: a line for each */

struct text judge_take_line(struct text *rest)
{
	const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
	struct text line = {.data = rest->data, .size = end ? (size_t)(end - rest->data) : rest->size};
	size_t      taken = line.size + (end ? 1 : 0);

	rest->data += taken;
	rest->size -= taken;
	return line;
}

static bool read_blank(const struct bench *bench, const struct key_blank *blank, struct grade_blank *out)
{
	struct grade_text_key    *text = arena_new(bench->arena, struct grade_text_key);
	struct grade_numeric_key *number = arena_new(bench->arena, struct grade_numeric_key);

	if (blank->numbers.count == 0) {
		*out = (struct grade_blank){.text = text};
		return read_patterns(bench, &blank->patterns, text);
	}
	*out = (struct grade_blank){.numeric = number};
	return read_number(bench, &blank->numbers.items[0], number);
}

static struct grade judge_blanks(const struct bench *bench)
{
	const struct list_of_key_blank *list = &bench->judging->key->blanks;
	struct grade_blank             *blanks = arena_array(bench->arena, struct grade_blank, list->count);
	struct text                    *answers = arena_array(bench->arena, struct text, list->count);
	struct text                     rest = bench->judging->answer->text;

	require(list->count <= GRADE_ITEMS_MAX);
	for (uint32_t i = 0; i < list->count; i++) {
		if (!read_blank(bench, &list->items[i], &blanks[i]))
			return undecided();
		answers[i] = judge_take_line(&rest);
	}
	return grade_blanks(blanks, answers, list->count, bench->arena, NULL);
}

/* ---------------------------------------------------------------- formulas */

struct names {
	struct text          texts[FORMULA_VARIABLES_MAX];
	struct formula_range ranges[FORMULA_VARIABLES_MAX];
	uint32_t             count;
};

static bool add_variable(const struct bench *bench, const struct key_variable *variable, struct names *names)
{
	struct formula_range range;

	if (names->count == FORMULA_VARIABLES_MAX || !read_tolerance(bench, variable->minimum, &range.low)
	    || !read_tolerance(bench, variable->maximum, &range.high))
		return false;
	range.fixed = false;
	names->texts[names->count] = variable->name;
	names->ranges[names->count++] = range;
	return true;
}

/* The key's variables, and the numbers of the question, which have their values. */
static bool gather_names(const struct bench *bench, struct names *names)
{
	const struct list_of_key_variable *variables = &bench->judging->key->variables;

	for (uint32_t i = 0; i < variables->count; i++)
		if (!add_variable(bench, &variables->items[i], names))
			return false;
	for (uint32_t i = 0; i < bench->numbers.count; i++) {
		if (names->count == FORMULA_VARIABLES_MAX)
			return false;
		names->texts[names->count] = bench->numbers.names[i];
		names->ranges[names->count++] = (struct formula_range){.low = bench->numbers.values[i], .fixed = true};
	}
	return true;
}

static struct grade judge_formula(const struct bench *bench)
{
	struct names             names = {0};
	const struct formula    *formula;
	struct mistake           mistake;
	struct grade_formula_key key = {.names = names.texts, .ranges = names.ranges, .seed = bench->judging->seed};

	if (!bench->judging->key->formula.data || !gather_names(bench, &names)
	    || formula_parse(bench->judging->key->formula, names.texts, names.count, bench->arena, &formula, &mistake)
	               != STATUS_OK)
		return undecided();
	key.formula = formula;
	key.count = names.count;
	return grade_formula(&key, bench->judging->answer->text, bench->arena);
}

/* ---------------------------------------------------------------- whichever it is */

static struct grade judge_typed(const struct bench *bench)
{
	switch (bench->judging->question->type) {
	case QUESTION_TYPE_single:
		return judge_single(bench);
	case QUESTION_TYPE_multiple:
		return judge_multiple(bench);
	case QUESTION_TYPE_true_false:
		return judge_true_false(bench);
	case QUESTION_TYPE_numeric:
		return judge_numeric(bench);
	case QUESTION_TYPE_text:
		return judge_text(bench);
	case QUESTION_TYPE_matching:
		return judge_matching(bench);
	case QUESTION_TYPE_ordering:
		return judge_ordering(bench);
	case QUESTION_TYPE_blanks:
		return judge_blanks(bench);
	case QUESTION_TYPE_formula:
		return judge_formula(bench);
	case QUESTION_TYPE_simulation:
		return judge_task(bench->judging);
	default:
		return undecided();
	}
}

/* A question of the type multiple has an answer without any choice: that none is right. It is told from "I take my
 * answer back" by nothing, so that both are unanswered there. */
struct grade judge(const struct judging *judging, struct arena *arena)
{
	struct bench   bench = {.judging = judging, .arena = arena};
	struct mistake mistake;

	if (!judging->answer || !judging->answer->answered)
		return unanswered();
	if (!judging->key
	    || drawn_numbers(judging->question, judging->seed, arena, &bench.numbers, &mistake) != STATUS_OK)
		return undecided();
	return judge_typed(&bench);
}
