#include "commands/learning/parameters.h"

#include "commands/learning/decimal.h"
#include "commands/learning/random.h"
#include "eventstore/base/require.h"

#include <math.h>

enum comparison { LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, UNEQUAL };

struct condition {
	enum comparison       comparison;
	const struct formula *left, *right;
};

struct range {
	struct decimal minimum, step; /* of the same places */
	uint64_t       choices;
};

struct parameter_plan {
	struct parameter_rules rules;
	struct text            names[PARAMETERS_MAX]; /* parameters, then what is computed */
	struct range           ranges[PARAMETERS_MAX];
	const struct formula  *formulas[PARAMETERS_MAX];
	struct condition       conditions[PARAMETER_CONDITIONS_MAX];
};

/* What plans are made with. */
struct planner {
	struct arena          *arena;
	struct mistake        *mistake;
	struct parameter_plan *plan;
	uint32_t               names;
};

static enum status wrong(struct planner *planner, struct text name, const char *sentence)
{
	*planner->mistake = (struct mistake){
		.sentence = arena_format(planner->arena, "%.*s: %s", TEXT_ARG(name), sentence),
	};
	return STATUS_INVALID;
}

static enum status parse(struct planner *planner, struct text name, struct text text, const struct formula **out)
{
	struct text sentence;
	enum status status =
		formula_parse(text, planner->plan->names, planner->names, planner->arena, out, planner->mistake);

	if (status != STATUS_OK) {
		sentence = planner->mistake->sentence;
		planner->mistake->sentence =
			arena_format(planner->arena, "%.*s: %.*s", TEXT_ARG(name), TEXT_ARG(sentence));
	}
	return status;
}

static enum status add_name(struct planner *planner, struct text name)
{
	if (!formula_name_valid(name))
		return wrong(planner, TEXT("A parameter"),
		             "A name is letters, digits and underscores, and no function.");
	for (uint32_t i = 0; i < planner->names; i++)
		if (formula_name_equal(planner->plan->names[i], name))
			return wrong(planner, name, "There are two of that name.");
	planner->plan->names[planner->names++] = name;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- planning */

static enum status plan_list(struct planner *planner, const struct parameter *parameter)
{
	double value;

	if (parameter->value_count > PARAMETER_VALUES_MAX)
		return wrong(planner, parameter->name, "The list has too many values.");
	for (uint32_t i = 0; i < parameter->value_count; i++)
		if (!decimal_read(parameter->values[i], &value))
			return wrong(planner, parameter->name, "A value of the list is no number.");
	return STATUS_OK;
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static enum status plan_range(struct planner *planner, const struct parameter *parameter, struct range *range)
{
	struct decimal minimum, maximum, step;
	uint32_t       places;

	if (!decimal_parse(parameter->minimum, &minimum) || !decimal_parse(parameter->maximum, &maximum)
	    || !decimal_parse(parameter->step, &step))
		return wrong(
			planner, parameter->name,
			"Minimum, maximum and step are decimals of at most nine digits on each side of the point.");
	if (step.units <= 0)
		return wrong(planner, parameter->name, "The step must be above 0.");
	places = most(minimum.places, most(maximum.places, step.places));
	range->minimum = decimal_with_places(minimum, places);
	range->step = decimal_with_places(step, places);
	maximum = decimal_with_places(maximum, places);
	if (maximum.units < range->minimum.units)
		return wrong(planner, parameter->name, "The maximum lies below the minimum.");
	range->choices = (uint64_t)((maximum.units - range->minimum.units) / range->step.units) + 1;
	if (range->choices > PARAMETER_STEPS_MAX)
		return wrong(planner, parameter->name, "The range has too many steps.");
	return STATUS_OK;
}

static enum status plan_parameters(struct planner *planner)
{
	const struct parameter_rules *rules = &planner->plan->rules;
	enum status                   status = STATUS_OK;

	for (uint32_t i = 0; i < rules->parameter_count && status == STATUS_OK; i++) {
		const struct parameter *parameter = &rules->parameters[i];

		status = add_name(planner, parameter->name);
		if (status == STATUS_OK)
			status = parameter->value_count > 0 ? plan_list(planner, parameter)
			                                    : plan_range(planner, parameter, &planner->plan->ranges[i]);
	}
	return status;
}

/* A formula sees what was computed before it, and not itself. */
static enum status plan_computed(struct planner *planner)
{
	const struct parameter_rules *rules = &planner->plan->rules;
	enum status                   status = STATUS_OK;

	for (uint32_t i = 0; i < rules->computed_count && status == STATUS_OK; i++) {
		const struct parameter_formula *computed = &rules->computed[i];

		if (computed->significant_digits > DECIMAL_SIGNIFICANT_MAX)
			return wrong(planner, computed->name, "At most 15 digits are shown.");
		status = parse(planner, computed->name, computed->formula, &planner->plan->formulas[i]);
		if (status == STATUS_OK)
			status = add_name(planner, computed->name);
	}
	return status;
}

/* The first sign of a comparison; no formula has one, so a second one is a mistake of the right side. */
static bool split_condition(struct text text, enum comparison *comparison, struct text *left, struct text *right)
{
	static const struct {
		const char     *sign;
		enum comparison comparison;
	} signs[] = {{"<=", LESS_OR_EQUAL},   {">=", GREATER_OR_EQUAL}, {"!=", UNEQUAL}, {"≤", LESS_OR_EQUAL},
	             {"≥", GREATER_OR_EQUAL}, {"≠", UNEQUAL},           {"<", LESS},     {">", GREATER}};

	for (size_t at = 0; at < text.size; at++)
		for (size_t i = 0; i < array_count(signs); i++) {
			struct text rest = {.data = text.data + at, .size = text.size - at};

			if (!text_take(&rest, text_from(signs[i].sign)))
				continue;
			*comparison = signs[i].comparison;
			*left = (struct text){.data = text.data, .size = at};
			*right = rest;
			return true;
		}
	return false;
}

static enum status plan_conditions(struct planner *planner)
{
	const struct parameter_rules *rules = &planner->plan->rules;
	enum status                   status = STATUS_OK;

	for (uint32_t i = 0; i < rules->condition_count && status == STATUS_OK; i++) {
		struct condition *condition = &planner->plan->conditions[i];
		struct text       left, right;

		if (!split_condition(rules->conditions[i], &condition->comparison, &left, &right))
			return wrong(planner, TEXT("A condition"), "It compares two formulas with <, <=, >, >= or !=.");
		status = parse(planner, TEXT("Left side of a condition"), left, &condition->left);
		if (status == STATUS_OK)
			status = parse(planner, TEXT("Right side of a condition"), right, &condition->right);
	}
	return status;
}

enum status parameters_plan(const struct parameter_rules *rules, struct arena *arena, const struct parameter_plan **out,
                            struct mistake *mistake)
{
	struct planner planner = {.arena = arena, .mistake = mistake, .plan = arena_new(arena, struct parameter_plan)};
	enum status    status;

	*mistake = (struct mistake){0};
	planner.plan->rules = *rules;
	if (rules->parameter_count > PARAMETERS_MAX || rules->computed_count > PARAMETERS_MAX - rules->parameter_count)
		return wrong(&planner, TEXT("The question"), "It has too many parameters.");
	if (rules->condition_count > PARAMETER_CONDITIONS_MAX)
		return wrong(&planner, TEXT("The question"), "It has too many conditions.");
	status = plan_parameters(&planner);
	if (status == STATUS_OK)
		status = plan_computed(&planner);
	if (status == STATUS_OK)
		status = plan_conditions(&planner);
	if (status == STATUS_OK)
		*out = planner.plan;
	return status;
}

/* ---------------------------------------------------------------- drawing */

static struct text draw_text(const struct parameter *parameter, const struct range *range, struct random *random,
                             struct arena *arena)
{
	struct decimal value = range->minimum;

	if (parameter->value_count > 0)
		return parameter->values[random_below(random, parameter->value_count)];
	value.units += (int64_t)random_below(random, range->choices) * range->step.units;
	return decimal_text(value, arena);
}

static bool condition_holds(const struct condition *condition, const double *values)
{
	double left = decimal_rounded(formula_value(condition->left, values), PARAMETER_DIGITS);
	double right = decimal_rounded(formula_value(condition->right, values), PARAMETER_DIGITS);

	switch (condition->comparison) {
	case LESS:
		return left < right;
	case LESS_OR_EQUAL:
		return left <= right;
	case GREATER:
		return left > right;
	case GREATER_OR_EQUAL:
		return left >= right;
	default:
		return left < right || left > right; /* what is no number is not unequal either */
	}
}

/* False when a value is not finite. */
static bool compute_values(const struct parameter_plan *plan, struct arena *arena, struct parameter_draw *draw)
{
	for (uint32_t i = 0; i < plan->rules.computed_count; i++) {
		uint32_t digits = plan->rules.computed[i].significant_digits;
		double   value = decimal_rounded(formula_value(plan->formulas[i], draw->values), PARAMETER_DIGITS);

		if (!isfinite(value))
			return false;
		draw->values[draw->count] = value;
		draw->shown[draw->count++] =
			decimal_significant(value, digits > 0 ? digits : PARAMETER_SHOWN_DIGITS, arena);
	}
	return true;
}

static bool try_once(const struct parameter_plan *plan, struct random *random, struct arena *arena,
                     struct parameter_draw *draw)
{
	draw->count = plan->rules.parameter_count;
	for (uint32_t i = 0; i < draw->count; i++) {
		draw->shown[i] = draw_text(&plan->rules.parameters[i], &plan->ranges[i], random, arena);
		require(decimal_read(draw->shown[i], &draw->values[i]));
	}
	if (!compute_values(plan, arena, draw))
		return false;
	for (uint32_t i = 0; i < plan->rules.condition_count; i++)
		if (!condition_holds(&plan->conditions[i], draw->values))
			return false;
	return true;
}

/* A stream of its own for each question; it may be named by any bytes. */
static struct text purpose_of(struct bytes question, struct arena *arena)
{
	static const char prefix[] = "parameters ";
	size_t            size = sizeof(prefix) - 1;
	char             *purpose = arena_alloc(arena, size + question.size);

	memcpy(purpose, prefix, size);
	if (question.size > 0)
		memcpy(purpose + size, question.data, question.size);
	return (struct text){.data = purpose, .size = size + question.size};
}

enum status parameters_draw(const struct parameter_plan *plan, uint64_t seed, struct bytes question,
                            struct arena *arena, struct parameter_draw *out, struct mistake *mistake)
{
	struct parameter_draw draw = {0};
	struct text           purpose = purpose_of(question, arena);
	struct random         random;

	memcpy(draw.names, plan->names, sizeof(draw.names));
	while (draw.tries < PARAMETER_TRIES_MAX) {
		random_open(&random, seed, purpose, draw.tries++);
		if (try_once(plan, &random, arena, &draw)) {
			*out = draw;
			return STATUS_OK;
		}
	}
	*mistake = (struct mistake){
		.sentence = TEXT("No draw met the conditions: widen the ranges, or loosen the conditions."),
	};
	return STATUS_INVALID;
}

enum status parameters_compute(const struct parameter_draw *draw, struct text formula, struct arena *arena, double *out,
                               struct mistake *mistake)
{
	const struct formula *compiled;
	enum status           status = formula_parse(formula, draw->names, draw->count, arena, &compiled, mistake);
	double                value;

	if (status != STATUS_OK)
		return status;
	value = decimal_rounded(formula_value(compiled, draw->values), PARAMETER_DIGITS);
	if (!isfinite(value)) {
		*mistake = (struct mistake){.sentence = TEXT("The formula has no value for these numbers.")};
		return STATUS_INVALID;
	}
	*out = value;
	return STATUS_OK;
}
