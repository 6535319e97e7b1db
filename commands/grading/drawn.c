#include "commands/grading/drawn.h"

static const struct text *texts_of(const struct list_of_parameter_value *values, struct arena *arena)
{
	struct text *texts = arena_array(arena, struct text, values->count);

	for (uint32_t i = 0; i < values->count; i++)
		texts[i] = values->items[i].value;
	return texts;
}

static const struct parameter *parameters_of(const struct list_of_question_parameter *list, struct arena *arena)
{
	struct parameter *parameters = arena_array(arena, struct parameter, list->count);

	for (uint32_t i = 0; i < list->count; i++)
		parameters[i] = (struct parameter){
			.name = list->items[i].name,
			.minimum = list->items[i].minimum,
			.maximum = list->items[i].maximum,
			.step = list->items[i].step,
			.values = texts_of(&list->items[i].values, arena),
			.value_count = list->items[i].values.count,
		};
	return parameters;
}

static const struct parameter_formula *computed_of(const struct list_of_computed_parameter *list, struct arena *arena)
{
	struct parameter_formula *computed = arena_array(arena, struct parameter_formula, list->count);

	for (uint32_t i = 0; i < list->count; i++)
		computed[i] = (struct parameter_formula){
			.name = list->items[i].name,
			.formula = list->items[i].formula,
			.significant_digits = list->items[i].digits,
		};
	return computed;
}

static const struct text *conditions_of(const struct list_of_question_condition *list, struct arena *arena)
{
	struct text *conditions = arena_array(arena, struct text, list->count);

	for (uint32_t i = 0; i < list->count; i++)
		conditions[i] = list->items[i].formula;
	return conditions;
}

enum status drawn_plan(const struct question_written *question, struct arena *arena, const struct parameter_plan **out,
                       struct mistake *mistake)
{
	const struct parameter_rules rules = {
		.parameters = parameters_of(&question->parameters, arena),
		.parameter_count = question->parameters.count,
		.computed = computed_of(&question->computed, arena),
		.computed_count = question->computed.count,
		.conditions = conditions_of(&question->conditions, arena),
		.condition_count = question->conditions.count,
	};

	return parameters_plan(&rules, arena, out, mistake);
}

enum status drawn_numbers(const struct question_written *question, uint64_t seed, struct arena *arena,
                          struct parameter_draw *out, struct mistake *mistake)
{
	const struct parameter_plan *plan;
	struct bytes                 name = BYTES(question->question.bytes, sizeof(question->question.bytes));
	enum status                  status = drawn_plan(question, arena, &plan, mistake);

	return status == STATUS_OK ? parameters_draw(plan, seed, name, arena, out, mistake) : status;
}
