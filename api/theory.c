/* GET /simulations/formulas and POST /simulations/formulas/curve: what theory says, beside what a run measured. */
#include "api/preparation.h"
#include "api/simulation_look.h"
#include "physics/law.h"

#include <math.h>

/* ---------------------------------------------------------------- the list */

static void append_argument(struct buffer *out, const struct law_argument *argument)
{
	buffer_append_text(out, TEXT("{\"name\":"));
	json_append_string(out, text_from(argument->name));
	json_append_member(out, "unit", text_from(argument->unit));
	buffer_append_text(out, TEXT("}"));
}

static void append_formula(struct buffer *out, const struct law *law)
{
	buffer_append_text(out, TEXT("{\"name\":"));
	json_append_string(out, text_from(law->name));
	json_append_member(out, "unit", text_from(law->unit));
	json_append_member(out, "sentence", text_from(law->sentence));
	buffer_append_text(out, TEXT(",\"arguments\":["));
	for (uint32_t i = 0; i < law->argument_count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(",") : TEXT(""));
		append_argument(out, &law->arguments[i]);
	}
	buffer_append_text(out, TEXT("]}"));
}

static enum pace tell_formulas(struct exchange *exchange)
{
	buffer_append_text(&exchange->out, TEXT("{\"data\":["));
	for (uint32_t i = 0; i < law_count; i++) {
		buffer_append_text(&exchange->out, i > 0 ? TEXT(",") : TEXT(""));
		append_formula(&exchange->out, &laws[i]);
	}
	buffer_append_text(&exchange->out, TEXT("],\"next\":null}"));
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const formula_steps[] = {tell_formulas, NULL};
const struct preparation    preparation_formulas = {.steps = formula_steps};

/* ---------------------------------------------------------------- a curve */

static void complain(struct complaints *complaints, struct text pointer, struct text sentence)
{
	if (complaints->count < COMPLAINTS_MAX)
		complaints->items[complaints->count++] = (struct complaint){.pointer = pointer, .sentence = sentence};
}

static void read_arguments(struct exchange *exchange, const struct law *law, double *values,
                           struct complaints *complaints)
{
	const struct compute_formula *asked = exchange->input;
	bool                          given[LAW_ARGUMENTS_MAX] = {false};
	uint32_t                      along = law_argument_find(law, asked->along);

	if (along == LAW_ARGUMENTS_MAX)
		complain(complaints, TEXT("/along"), TEXT("is not an argument of this formula"));
	else
		given[along] = true;
	for (uint32_t i = 0; i < asked->arguments.count; i++) {
		const struct parameter_setting *setting = &asked->arguments.items[i];
		uint32_t                        at = law_argument_find(law, setting->name);

		if (at == LAW_ARGUMENTS_MAX || given[at]) {
			complain(complaints, arena_format(&exchange->arena, "/arguments/%u/name", i),
			         at == LAW_ARGUMENTS_MAX ? TEXT("is not an argument of this formula")
			                                 : TEXT("has a value already"));
			continue;
		}
		given[at] = true;
		values[at] = setting->value;
	}
	for (uint32_t i = 0; i < law->argument_count; i++)
		if (!given[i])
			complain(complaints, TEXT("/arguments"),
			         arena_format(&exchange->arena, "must have %s", law->arguments[i].name));
}

static void append_value(struct buffer *out, double value)
{
	if (isfinite(value))
		json_append_f64(out, value);
	else
		buffer_append_text(out, TEXT("null"));
}

static void append_curve(struct exchange *exchange, const struct law *law, double *values)
{
	const struct compute_formula *asked = exchange->input;
	uint32_t                      along = law_argument_find(law, asked->along);
	struct buffer                *out = &exchange->out;

	buffer_append_text(out, TEXT("{\"formula\":"));
	json_append_string(out, text_from(law->name));
	json_append_member(out, "unit", text_from(law->unit));
	json_append_member(out, "along", asked->along);
	buffer_append_text(out, TEXT(",\"points\":["));
	for (uint32_t i = 0; i < asked->count; i++) {
		values[along] = asked->from + (asked->to - asked->from) * i / (asked->count - 1);
		buffer_append_text(out, i > 0 ? TEXT(",[") : TEXT("["));
		append_value(out, values[along]);
		buffer_append_text(out, TEXT(","));
		append_value(out, law_value(law, values));
		buffer_append_text(out, TEXT("]"));
	}
	buffer_append_text(out, TEXT("]}"));
}

static enum pace tell_curve(struct exchange *exchange)
{
	const struct compute_formula *asked = exchange->input;
	const struct law             *law = law_find(asked->formula);
	struct complaints            *complaints = arena_new(&exchange->arena, struct complaints);
	double                        values[LAW_ARGUMENTS_MAX] = {0};

	if (!law)
		return exchange_refuse(exchange, REFUSAL_formula_unknown, 0);
	read_arguments(exchange, law, values, complaints);
	if (complaints->count > 0)
		return exchange_invalid(exchange, complaints);
	append_curve(exchange, law, values);
	return exchange_reply_json(exchange, exchange->route->http, buffer_bytes(&exchange->out), TEXT_NONE);
}

static exchange_step *const curve_steps[] = {tell_curve, NULL};
const struct preparation    preparation_formula_curve = {.steps = curve_steps};
