/* Answers and keys as they stand in events. What the rules are is tested in tests/commands/learning; here, that each
 * type of question finds its part of the key. */
#include "commands/grading/judge.h"

#include "commands/grading/drawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct arena arena;

#define LIST(list, ...)                                                                                                \
	(struct list_of_##list)                                                                                        \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

static struct answer_saved written(const char *text)
{
	return (struct answer_saved){.answered = true, .text = text_from(text)};
}

static struct grade judged(const struct question_written *question, const struct key_set *key,
                           const struct answer_saved *answer)
{
	struct grade grade =
		judge(&(struct judging){.question = question, .key = key, .answer = answer, .seed = 42}, &arena);

	arena_reset(&arena);
	return grade;
}

static void is(struct grade grade, enum grade_verdict verdict, uint32_t fraction_ppm)
{
	if (grade.verdict != verdict || grade.fraction_ppm != fraction_ppm)
		fail_msg("%s with %u", grade_verdict_name(grade.verdict), grade.fraction_ppm);
}

/* The answer is one text. */
static void is_text(const struct question_written *question, const struct key_set *key, const char *text,
                    enum grade_verdict verdict, uint32_t fraction_ppm)
{
	struct answer_saved answer = written(text);

	is(judged(question, key, &answer), verdict, fraction_ppm);
}

#define CHOSEN(...) (&(struct answer_saved){.answered = true, .chosen = LIST(choice_reference, __VA_ARGS__)})

/* ---------------------------------------------------------------- choices */

static void a_single_choice_has_its_credit(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_single,
		.choices = LIST(question_choice, {.key = TEXT("a")}, {.key = TEXT("b")}, {.key = TEXT("c")})};
	const struct key_set key = {
		.choices = LIST(key_choice, {.key = TEXT("b"), .credit = 1000}, {.key = TEXT("c"), .credit = 250})};

	is(judged(&question, &key, CHOSEN({.key = TEXT("b")})), GRADE_RIGHT, GRADE_FULL);
	is(judged(&question, &key, CHOSEN({.key = TEXT("c")})), GRADE_PARTLY, 250000);
	is(judged(&question, &key, CHOSEN({.key = TEXT("a")})), GRADE_WRONG, 0);
	is(judged(&question, &key, CHOSEN({.key = TEXT("z")})), GRADE_UNANSWERED, 0);
	is(judged(&question, &key, CHOSEN({.key = TEXT("b")}, {.key = TEXT("c")})), GRADE_UNANSWERED, 0);
}

static void true_or_false_needs_no_choices(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_true_false};
	const struct key_set          key = {.choices = LIST(key_choice, {.key = TEXT("false"), .credit = 1000})};

	is(judged(&question, &key, CHOSEN({.key = TEXT("false")})), GRADE_RIGHT, GRADE_FULL);
	is(judged(&question, &key, CHOSEN({.key = TEXT("true")})), GRADE_WRONG, 0);
}

static void several_choices_follow_the_keys_rule(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_multiple,
		.choices = LIST(question_choice, {.key = TEXT("a")}, {.key = TEXT("b")}, {.key = TEXT("c")})};
	struct key_set key = {.choices = LIST(key_choice, {.key = TEXT("a"), .credit = 1000},
	                                      {.key = TEXT("b"), .credit = 1000}, {.key = TEXT("c")})};

	is(judged(&question, &key, CHOSEN({.key = TEXT("b")}, {.key = TEXT("a")})), GRADE_RIGHT, GRADE_FULL);
	is(judged(&question, &key, CHOSEN({.key = TEXT("a")})), GRADE_WRONG, 0);
	key.scoring = SCORING_RULE_per_part;
	is(judged(&question, &key, CHOSEN({.key = TEXT("a")})), GRADE_PARTLY, 500000);
	is(judged(&question, &key, CHOSEN({.key = TEXT("a")}, {.key = TEXT("c")})), GRADE_WRONG, 0);
	key.has_penalty = true;
	key.penalty = 500;
	is(judged(&question, &key, CHOSEN({.key = TEXT("a")}, {.key = TEXT("c")})), GRADE_PARTLY, 250000);
}

static void pairs_and_orders_are_those_of_the_key(void **state)
{
	const struct question_written matching = {
		.type = QUESTION_TYPE_matching,
		.choices = LIST(question_choice, {.key = TEXT("F")}, {.key = TEXT("p")}),
		.targets = LIST(question_choice, {.key = TEXT("N")}, {.key = TEXT("Pa")}, {.key = TEXT("J")})};
	const struct key_set          pairs = {.pairs = LIST(choice_pair, {.left = TEXT("p"), .right = TEXT("Pa")},
	                                                     {.left = TEXT("F"), .right = TEXT("N")})};
	const struct answer_saved     half = {.answered = true,
	                                      .pairs = LIST(choice_pair, {.left = TEXT("F"), .right = TEXT("N")},
	                                                    {.left = TEXT("p"), .right = TEXT("J")})};
	const struct question_written ordering = {
		.type = QUESTION_TYPE_ordering,
		.choices = LIST(question_choice, {.key = TEXT("a")}, {.key = TEXT("b")}, {.key = TEXT("c")})};
	struct key_set order = {
		.order = LIST(choice_reference, {.key = TEXT("c")}, {.key = TEXT("a")}, {.key = TEXT("b")})};

	is(judged(&matching, &pairs, &half), GRADE_PARTLY, 500000);
	is(judged(&ordering, &order, CHOSEN({.key = TEXT("c")}, {.key = TEXT("a")}, {.key = TEXT("b")})), GRADE_RIGHT,
	   GRADE_FULL);
	is(judged(&ordering, &order, CHOSEN({.key = TEXT("a")}, {.key = TEXT("b")}, {.key = TEXT("c")})), GRADE_WRONG,
	   0);
	order.scoring = SCORING_RULE_per_part;
	is(judged(&ordering, &order, CHOSEN({.key = TEXT("a")}, {.key = TEXT("b")}, {.key = TEXT("c")})), GRADE_PARTLY,
	   500000);
}

/* ---------------------------------------------------------------- texts and numbers */

static void texts_are_matched(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_text};
	const struct key_set key = {.patterns = LIST(key_pattern, {.pattern = TEXT("*momentum*"), .credit = 1000},
	                                             {.pattern = TEXT("Newton"), .credit = 500, .case_matters = true})};

	is_text(&question, &key, "the Momentum", GRADE_RIGHT, GRADE_FULL);
	is_text(&question, &key, "Newton", GRADE_PARTLY, 500000);
	is_text(&question, &key, "newton", GRADE_WRONG, 0);
}

static void numbers_have_units_tolerances_and_slips(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_numeric};
	const struct key_slip         slip = {.slip = NUMERIC_SLIP_missing_unit, .credit = 400};
	const struct key_number       number = {.value = TEXT("9.81"),
	                                        .unit = TEXT("m/s^2"),
	                                        .relative = TEXT("0.01"),
	                                        .slips = {.items = &slip, .count = 1}};
	const struct key_set          key = {.numbers = {.items = &number, .count = 1}};

	is_text(&question, &key, "9,8 m/s²", GRADE_RIGHT, GRADE_FULL);
	is_text(&question, &key, "981 cm/s^2", GRADE_RIGHT, GRADE_FULL);
	is_text(&question, &key, "9.81", GRADE_MISSING_UNIT, 400000);
	is_text(&question, &key, "9.5 m/s^2", GRADE_WRONG, 0);
	is_text(&question, &key, "about ten", GRADE_UNREADABLE, 0);
}

static void blanks_are_lines(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_blanks};
	const struct key_pattern      force = {.pattern = TEXT("force"), .credit = 1000};
	const struct key_number       newtons = {.value = TEXT("3"), .unit = TEXT("N")};
	const struct key_blank        blanks[] = {{.patterns = {.items = &force, .count = 1}},
	                                          {.numbers = {.items = &newtons, .count = 1}}};
	const struct key_set          key = {.blanks = {.items = blanks, .count = array_count(blanks)}};

	is_text(&question, &key, "Force\n3 N", GRADE_RIGHT, GRADE_FULL);
	is_text(&question, &key, "\n3 N", GRADE_PARTLY, 500000);
	is_text(&question, &key, "force", GRADE_PARTLY, 500000);
	is_text(&question, &key, "mass\n4 N\nforce", GRADE_WRONG, 0);
}

/* ---------------------------------------------------------------- what is drawn */

#define A_DRAWN_MASS                                                                                                   \
	LIST(question_parameter, {.name = TEXT("m"), .minimum = TEXT("0"), .maximum = TEXT("9"), .step = TEXT("1")})

static void a_key_is_computed_from_the_numbers_of_the_attempt(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_numeric, .parameters = A_DRAWN_MASS};
	const struct key_set key = {.numbers = LIST(key_number, {.value = TEXT("2*m + 1"), .unit = TEXT("kg")})};

	for (uint64_t seed = 0; seed < 20; seed++) {
		struct parameter_draw draw;
		struct mistake        mistake;
		char                  text[32];
		struct answer_saved   answer;

		assert_int_equal(drawn_numbers(&question, seed, &arena, &draw, &mistake), STATUS_OK);
		snprintf(text, sizeof(text), "%g kg", 2 * draw.values[0] + 1);
		answer = written(text);
		is(judge(&(struct judging){.question = &question, .key = &key, .answer = &answer, .seed = seed},
		         &arena),
		   GRADE_RIGHT, GRADE_FULL);
		arena_reset(&arena);
	}
}

/* Also where the number is 0, which the sampling would take for "no range was given". */
static void in_formulas_drawn_numbers_have_their_values(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_formula, .parameters = A_DRAWN_MASS};
	const struct key_set key = {.formula = TEXT("m*v^2/2"), .variables = LIST(key_variable, {.name = TEXT("v")})};
	bool                 zero_met = false;

	for (uint64_t seed = 0; seed < 40; seed++) {
		struct parameter_draw draw;
		struct mistake        mistake;
		char                  text[32];
		struct answer_saved   answer;

		assert_int_equal(drawn_numbers(&question, seed, &arena, &draw, &mistake), STATUS_OK);
		zero_met = zero_met || draw.values[0] == 0;
		snprintf(text, sizeof(text), "%g v v", draw.values[0] / 2);
		answer = written(text);
		is(judge(&(struct judging){.question = &question, .key = &key, .answer = &answer, .seed = seed},
		         &arena),
		   GRADE_RIGHT, GRADE_FULL);
		snprintf(text, sizeof(text), "%g v v", draw.values[0] / 2 + 1);
		answer = written(text);
		is(judge(&(struct judging){.question = &question, .key = &key, .answer = &answer, .seed = seed},
		         &arena),
		   GRADE_WRONG, 0);
		arena_reset(&arena);
	}
	assert_true(zero_met);
}

/* ---------------------------------------------------------------- what nobody can tell */

static void without_a_key_a_person_judges(void **state)
{
	const struct question_written numeric = {.type = QUESTION_TYPE_numeric};
	const struct question_written essay = {.type = QUESTION_TYPE_essay};

	is_text(&numeric, NULL, "3", GRADE_UNDECIDED, 0);
	is_text(&essay, NULL, "Because.", GRADE_UNDECIDED, 0);
}

static void a_key_that_cannot_be_read_is_none(void **state)
{
	const struct question_written numeric = {.type = QUESTION_TYPE_numeric};
	const struct question_written text = {.type = QUESTION_TYPE_text};
	const struct question_written formula = {.type = QUESTION_TYPE_formula};
	const struct key_set          key = {.numbers = LIST(key_number, {.value = TEXT("2*q")}),
	                                     .patterns = LIST(key_pattern, {.pattern = TEXT("{a"), .credit = 1}),
	                                     .formula = TEXT("sin x")};

	is_text(&numeric, &key, "3", GRADE_UNDECIDED, 0);
	is_text(&text, &key, "a", GRADE_UNDECIDED, 0);
	is_text(&formula, &key, "1", GRADE_UNDECIDED, 0);
}

static void what_was_not_answered_needs_nobody(void **state)
{
	const struct question_written essay = {.type = QUESTION_TYPE_essay};
	const struct answer_saved     taken_back = {.answered = false, .text = TEXT("")};

	is(judged(&essay, NULL, NULL), GRADE_UNANSWERED, 0);
	is(judged(&essay, NULL, &taken_back), GRADE_UNANSWERED, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_choice_has_its_credit),
		cmocka_unit_test(true_or_false_needs_no_choices),
		cmocka_unit_test(several_choices_follow_the_keys_rule),
		cmocka_unit_test(pairs_and_orders_are_those_of_the_key),
		cmocka_unit_test(texts_are_matched),
		cmocka_unit_test(numbers_have_units_tolerances_and_slips),
		cmocka_unit_test(blanks_are_lines),
		cmocka_unit_test(a_key_is_computed_from_the_numbers_of_the_attempt),
		cmocka_unit_test(in_formulas_drawn_numbers_have_their_values),
		cmocka_unit_test(without_a_key_a_person_judges),
		cmocka_unit_test(a_key_that_cannot_be_read_is_none),
		cmocka_unit_test(what_was_not_answered_needs_nobody),
	};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failures;
}
