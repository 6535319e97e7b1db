#include "commands/learning/parameters.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define NAME(literal)                                                                                                  \
	{                                                                                                              \
		.data = (literal), .size = sizeof(literal) - 1                                                         \
	}

static const struct text masses[] = {NAME("0.5"), NAME("1.50"), NAME("6.63e-34")};

static const struct parameter parameters[] = {
	{.name = NAME("v"), .minimum = NAME("2.0"), .maximum = NAME("10"), .step = NAME("0.25")},
	{.name = NAME("m"), .values = masses, .value_count = array_count(masses)},
};

static const struct parameter_formula computed[] = {
	{.name = NAME("h"), .formula = NAME("v^2/(2*9.81)")},
	{.name = NAME("E"), .formula = NAME("m*9.81*h"), .significant_digits = 2},
};

static const struct text conditions[] = {NAME("v > 3"), NAME("h <= 4.5"), NAME("v != 4")};

static const struct parameter_rules rules = {
	.parameters = parameters,
	.parameter_count = array_count(parameters),
	.computed = computed,
	.computed_count = array_count(computed),
	.conditions = conditions,
	.condition_count = array_count(conditions),
};

#define QUESTION BYTES("question\0one", 12)

static struct parameter_draw draw(struct arena *arena, uint64_t seed, struct bytes question)
{
	const struct parameter_plan *plan;
	struct parameter_draw        draw;
	struct mistake               mistake;

	if (parameters_plan(&rules, arena, &plan, &mistake) != STATUS_OK)
		fail_msg("%.*s", TEXT_ARG(mistake.sentence));
	assert_int_equal(parameters_draw(plan, seed, question, arena, &draw, &mistake), STATUS_OK);
	return draw;
}

static void draws_meet_their_conditions(void **state)
{
	struct arena arena = {0};
	uint32_t     tries = 0;

	for (uint64_t seed = 0; seed < 200; seed++) {
		struct parameter_draw drawn = draw(&arena, seed, QUESTION);

		assert_int_equal(drawn.count, 4);
		assert_true(drawn.values[0] > 3 && drawn.values[0] <= 10 && drawn.values[0] != 4);
		assert_true(drawn.values[0] * 4 == floor(drawn.values[0] * 4));
		assert_true(drawn.values[2] <= 4.5);
		assert_true(fabs(drawn.values[2] - drawn.values[0] * drawn.values[0] / 19.62) < 1e-11);
		tries = drawn.tries > tries ? drawn.tries : tries;
	}
	assert_true(tries > 1);
	arena_finish(&arena);
}

static void values_are_shown_as_they_were_written(void **state)
{
	struct arena arena = {0};
	bool         seen[3] = {false};

	for (uint64_t seed = 0; seed < 100; seed++) {
		struct parameter_draw drawn = draw(&arena, seed, QUESTION);
		char                  expected[16];

		snprintf(expected, sizeof(expected), "%.2f", drawn.values[0]);
		assert_true(text_is(drawn.shown[0], expected));
		for (size_t i = 0; i < array_count(masses); i++)
			seen[i] = seen[i] || text_equal(drawn.shown[1], masses[i]);
	}
	assert_true(seen[0] && seen[1] && seen[2]);
	arena_finish(&arena);
}

/* Kept for good: what a learner was asked is drawn again from the seed. */
static void a_seed_gives_the_same_numbers_for_good(void **state)
{
	struct arena          arena = {0};
	struct parameter_draw one = draw(&arena, 42, QUESTION);

	assert_true(text_is(one.shown[0], "7.00"));
	assert_true(text_is(one.shown[1], "0.5"));
	assert_true(text_is(one.shown[2], "2.50"));
	assert_true(text_equal(draw(&arena, 42, QUESTION).shown[0], one.shown[0]));
	arena_finish(&arena);
}

/* Questions of one attempt share its seed, and must not share their numbers. */
static void seeds_and_questions_draw_apart(void **state)
{
	struct arena arena = {0};
	int          same_seed = 0, same_question = 0;

	for (uint64_t seed = 0; seed < 50; seed++) {
		struct parameter_draw one = draw(&arena, seed, QUESTION);

		same_seed += one.values[0] == draw(&arena, seed, BYTES("question\0two", 12)).values[0];
		same_question += one.values[0] == draw(&arena, seed + 1000, QUESTION).values[0];
	}
	assert_in_range(same_seed, 0, 15);
	assert_in_range(same_question, 0, 15);
	arena_finish(&arena);
}

static void a_key_may_be_a_formula(void **state)
{
	struct arena          arena = {0};
	struct parameter_draw drawn = draw(&arena, 3, QUESTION);
	struct mistake        mistake;
	double                value;

	assert_int_equal(parameters_compute(&drawn, TEXT("2*v + 1"), &arena, &value, &mistake), STATUS_OK);
	assert_true(value == 2 * drawn.values[0] + 1);
	assert_int_equal(parameters_compute(&drawn, TEXT("sqrt(-v)"), &arena, &value, &mistake), STATUS_INVALID);
	assert_int_equal(parameters_compute(&drawn, TEXT("w"), &arena, &value, &mistake), STATUS_INVALID);
	assert_int_equal(mistake.position, 1);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- prompts */

static void becomes(const char *prompt, const char *expected)
{
	struct arena          arena = {0};
	struct parameter_draw drawn = {
		.count = 3,
		.names = {NAME("v"), NAME("Δt"), NAME("E")},
		.values = {2.5, 0.1, 6.63e-34},
		.shown = {NAME("2.50"), NAME("0.1"), NAME("6.63×10⁻³⁴")},
	};
	struct text filled;

	assert_int_equal(parameters_prompt(&drawn, text_from(prompt), &arena, &filled), STATUS_OK);
	if (!text_is(filled, expected))
		fail_msg("%.*s", TEXT_ARG(filled));
	arena_finish(&arena);
}

static void names_in_braces_are_replaced(void **state)
{
	becomes("A ball of {v} m/s.", "A ball of 2.50 m/s.");
	becomes("{v}", "2.50");
	becomes("{v}{Deltat}", "2.500.1");
	becomes("{v:1} and {v:4}", "2 and 2.500");
	becomes("{E:2}", "6.6×10⁻³⁴");
	becomes("", "");
	becomes("nothing", "nothing");
	becomes("{w} {v:0} {v:x} {v:99} {v", "{w} {v:0} {v:x} {v:99} {v");
}

static void braces_of_tex_stay(void **state)
{
	becomes("$\\frac{v}{E}$", "$\\frac{v}{E}$");
	becomes("$x_{v}^{v}$", "$x_{v}^{v}$");
	becomes("$\\frac{{v}}{2}$", "$\\frac{2.50}{2}$");
	becomes("$v = {v}$", "$v = 2.50$");
	becomes("{a {v} b}", "{a 2.50 b}");
}

static void a_prompt_has_a_limit(void **state)
{
	static char           prompt[PARAMETER_PROMPT_SIZE_MAX + 2];
	struct arena          arena = {0};
	struct parameter_draw drawn = {0};
	struct text           filled;

	memset(prompt, 'a', sizeof(prompt));
	assert_int_equal(parameters_prompt(&drawn, (struct text){prompt, PARAMETER_PROMPT_SIZE_MAX}, &arena, &filled),
	                 STATUS_OK);
	assert_int_equal(filled.size, PARAMETER_PROMPT_SIZE_MAX);
	assert_int_equal(
		parameters_prompt(&drawn, (struct text){prompt, PARAMETER_PROMPT_SIZE_MAX + 1}, &arena, &filled),
		STATUS_TOO_LARGE);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- mistakes */

static void wrong(struct parameter_rules wrong_rules, const char *part)
{
	struct arena                 arena = {0};
	const struct parameter_plan *plan;
	struct mistake               mistake = {0};
	char                         sentence[300];

	assert_int_equal(parameters_plan(&wrong_rules, &arena, &plan, &mistake), STATUS_INVALID);
	snprintf(sentence, sizeof(sentence), "%.*s", TEXT_ARG(mistake.sentence));
	if (!strstr(sentence, part))
		fail_msg("%s", sentence);
	arena_finish(&arena);
}

static void wrong_parameter(struct parameter parameter, const char *part)
{
	wrong((struct parameter_rules){.parameters = &parameter, .parameter_count = 1}, part);
}

static void parameters_are_checked(void **state)
{
	const struct text one = TEXT("1"), five = TEXT("5"), v = TEXT("v"), words[] = {TEXT("one")};

	wrong_parameter((struct parameter){TEXT("2v"), one, five, one, NULL, 0}, "A name is");
	wrong_parameter((struct parameter){TEXT("sin"), one, five, one, NULL, 0}, "A name is");
	wrong_parameter((struct parameter){v, five, one, one, NULL, 0}, "v: The maximum");
	wrong_parameter((struct parameter){v, one, five, TEXT("0"), NULL, 0}, "above 0");
	wrong_parameter((struct parameter){v, one, five, TEXT("-1"), NULL, 0}, "above 0");
	wrong_parameter((struct parameter){v, one, TEXT("five"), one, NULL, 0}, "are decimals");
	wrong_parameter((struct parameter){v, one, TEXT("2000000"), one, NULL, 0}, "too many steps");
	wrong_parameter((struct parameter){v, one, five, one, words, 1}, "no number");
	wrong_parameter((struct parameter){v, one, five, one, words, PARAMETER_VALUES_MAX + 1}, "too many values");
	wrong((struct parameter_rules){.parameter_count = PARAMETERS_MAX, .computed_count = 1}, "too many parameters");
	wrong((struct parameter_rules){.condition_count = PARAMETER_CONDITIONS_MAX + 1}, "too many conditions");
}

static void formulas_are_checked_in_their_order(void **state)
{
	const struct parameter_formula late[] = {{TEXT("a"), TEXT("b + 1"), 0}, {TEXT("b"), TEXT("2"), 0}};
	const struct parameter_formula itself[] = {{TEXT("a"), TEXT("a + 1"), 0}};
	const struct parameter_formula twice[] = {{TEXT("λ"), TEXT("1"), 0}, {TEXT("lambda"), TEXT("2"), 0}};
	const struct parameter_formula exact[] = {{TEXT("a"), TEXT("1"), 16}};
	const struct text              no_sign[] = {TEXT("1 + 1")}, two_signs[] = {TEXT("1 < 2 < 3")};

	wrong((struct parameter_rules){.computed = late, .computed_count = 2}, "a: There is no variable called \"b\"");
	wrong((struct parameter_rules){.computed = itself, .computed_count = 1}, "no variable");
	wrong((struct parameter_rules){.computed = twice, .computed_count = 2}, "lambda: There are two");
	wrong((struct parameter_rules){.computed = exact, .computed_count = 1}, "15 digits");
	wrong((struct parameter_rules){.conditions = no_sign, .condition_count = 1}, "compares two formulas");
	wrong((struct parameter_rules){.conditions = two_signs, .condition_count = 1}, "Right side");
}

static void hopeless_conditions_are_said_to_be_so(void **state)
{
	const struct text              impossible[] = {TEXT("1 > 2")}, undefined[] = {TEXT("0/0 != 1")};
	const struct parameter_formula no_number[] = {{TEXT("a"), TEXT("1/0"), 0}};
	const struct parameter_rules   hopeless[] = {{.conditions = impossible, .condition_count = 1},
	                                             {.conditions = undefined, .condition_count = 1},
	                                             {.computed = no_number, .computed_count = 1}};
	struct arena                   arena = {0};
	const struct parameter_plan   *plan;
	struct parameter_draw          drawn;
	struct mistake                 mistake = {0};

	for (size_t i = 0; i < array_count(hopeless); i++) {
		assert_int_equal(parameters_plan(&hopeless[i], &arena, &plan, &mistake), STATUS_OK);
		assert_int_equal(parameters_draw(plan, 1, QUESTION, &arena, &drawn, &mistake), STATUS_INVALID);
		assert_true(mistake.sentence.size > 0);
	}
	arena_finish(&arena);
}

static void every_step_of_a_range_is_drawn(void **state)
{
	const struct parameter       range[] = {{TEXT("n"), TEXT("-0.1"), TEXT("0.25"), TEXT("0.1"), NULL, 0}};
	const struct parameter_rules four = {.parameters = range, .parameter_count = 1};
	const char *const            steps[] = {"-0.10", "0.00", "0.10", "0.20"};
	struct arena                 arena = {0};
	const struct parameter_plan *plan;
	struct parameter_draw        drawn;
	struct mistake               mistake;
	int                          counts[4] = {0}, all = 0;

	assert_int_equal(parameters_plan(&four, &arena, &plan, &mistake), STATUS_OK);
	for (uint64_t seed = 0; seed < 400; seed++) {
		assert_int_equal(parameters_draw(plan, seed, QUESTION, &arena, &drawn, &mistake), STATUS_OK);
		for (int i = 0; i < 4; i++)
			counts[i] += text_is(drawn.shown[0], steps[i]);
	}
	for (int i = 0; i < 4; i++) {
		assert_in_range(counts[i], 60, 140);
		all += counts[i];
	}
	assert_int_equal(all, 400);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_meet_their_conditions),
		cmocka_unit_test(values_are_shown_as_they_were_written),
		cmocka_unit_test(a_seed_gives_the_same_numbers_for_good),
		cmocka_unit_test(seeds_and_questions_draw_apart),
		cmocka_unit_test(a_key_may_be_a_formula),
		cmocka_unit_test(names_in_braces_are_replaced),
		cmocka_unit_test(braces_of_tex_stay),
		cmocka_unit_test(a_prompt_has_a_limit),
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(formulas_are_checked_in_their_order),
		cmocka_unit_test(hopeless_conditions_are_said_to_be_so),
		cmocka_unit_test(every_step_of_a_range_is_drawn),
	};

	return cmocka_run_group_tests_name("parameters", tests, NULL, NULL);
}
