/* What authors are told of questions and keys that nobody could be asked, or graded by. */
#include "api/question_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

#define LIST(list, ...)                                                                                                \
	(struct list_of_##list)                                                                                        \
	{                                                                                                              \
		.items = (const struct list[]){__VA_ARGS__},                                                           \
		.count = sizeof((const struct list[]){__VA_ARGS__}) / sizeof(struct list)                              \
	}

/* The pointers of all complaints, in a row. */
static void are(const struct complaints *found, const char *pointers)
{
	struct buffer out = {0};

	for (uint32_t i = 0; i < found->count; i++) {
		buffer_format(&out, "%s%.*s", i > 0 ? " " : "", TEXT_ARG(found->items[i].pointer));
		assert_true(found->items[i].sentence.size > 0);
	}
	buffer_append(&out, BYTES("", 1));
	assert_string_equal((const char *)out.data, pointers);
	buffer_finish(&out);
	arena_reset(&arena);
}

static void question_is(const struct question_written *question, const char *pointers)
{
	struct complaints found = {0};

	question_form_check(question, &arena, &found);
	are(&found, pointers);
}

static void key_is(const struct key_set *key, const struct question_written *question, const char *pointers)
{
	struct complaints found = {0};

	question_form_check_key(key, question, &arena, &found);
	are(&found, pointers);
}

/* ---------------------------------------------------------------- questions */

static void a_question_that_can_be_asked_has_no_complaints(void **state)
{
	question_is(&(struct question_written){.type = QUESTION_TYPE_essay, .prompt = TEXT("Why *do* planets move?")},
	            "");
	question_is(&(struct question_written){.type = QUESTION_TYPE_numeric,
	                                       .prompt = TEXT("A mass of {m} kg, $\\frac{m}{2}$ and $x^{n}$?"),
	                                       .parameters = LIST(question_parameter, {.name = TEXT("m"),
	                                                                               .minimum = TEXT("1"),
	                                                                               .maximum = TEXT("9"),
	                                                                               .step = TEXT("0.5")}),
	                                       .conditions = LIST(question_condition, {.formula = TEXT("m < 9")})},
	            "");
}

static void each_text_is_looked_at_where_it_stands(void **state)
{
	const struct text broken = TEXT("![](media:none)");

	question_is(&(struct question_written){.type = QUESTION_TYPE_single,
	                                       .prompt = broken,
	                                       .explanation = broken,
	                                       .choices = LIST(question_choice, {TEXT("a"), TEXT("One")},
	                                                       {TEXT("b"), broken}),
	                                       .targets = LIST(question_choice, {TEXT("x"), broken}),
	                                       .hints = LIST(question_hint, {broken, 0})},
	            "/prompt /explanation /choices/1/text /targets/0/text /hints/0/text");
}

static void blanks_are_counted_up_to_the_first_that_is_missing(void **state)
{
	assert_int_equal(question_blanks(TEXT("No place")), 0);
	assert_int_equal(question_blanks(TEXT("[[2]] only")), 0);
	assert_int_equal(question_blanks(TEXT("[[2]] and [[1]]")), 2);
	assert_int_equal(question_blanks(TEXT("[[1]] and [[3]], [[1]] again")), 1);
	assert_int_equal(question_blanks(TEXT("[[1]")), 0);
	question_is(&(struct question_written){.type = QUESTION_TYPE_blanks, .prompt = TEXT("None")}, "/prompt");
	question_is(&(struct question_written){.type = QUESTION_TYPE_blanks, .prompt = TEXT("[[1]]")}, "");
}

static void numbers_must_be_drawable(void **state)
{
	struct question_written question = {
		.type = QUESTION_TYPE_numeric,
		.prompt = TEXT("{m} kg"),
		.parameters = LIST(question_parameter,
	                           {.name = TEXT("m"), .values = LIST(parameter_value, {TEXT("2")}, {TEXT("3")})}),
	};

	question_is(&question, "");
	question.conditions = LIST(question_condition, {.formula = TEXT("m > 3")});
	question_is(&question, "/conditions");
	question.conditions.count = 0;
	question.computed = LIST(computed_parameter, {.name = TEXT("p"), .formula = TEXT("m*(")});
	question_is(&question, "/parameters");
	question.computed = LIST(computed_parameter, {.name = TEXT("p"), .formula = TEXT("2*m")});
	question.prompt = TEXT("{p} of {q}, or \\vec{q}");
	question_is(&question, "/prompt");
	question_is(&(struct question_written){.type = QUESTION_TYPE_essay,
	                                       .prompt = TEXT("Why?"),
	                                       .conditions = LIST(question_condition, {.formula = TEXT("1 < 2")})},
	            "/conditions");
}

/* ---------------------------------------------------------------- keys */

static void keys_speak_of_choices_that_are_there(void **state)
{
	struct question_written question = {
		.type = QUESTION_TYPE_single,
		.choices = LIST(question_choice, {TEXT("a"), TEXT("One")}, {TEXT("b"), TEXT("Two")}),
		.targets = LIST(question_choice, {TEXT("x"), TEXT("Un")}, {TEXT("y"), TEXT("Deux")}),
	};

	key_is(&(struct key_set){.choices = LIST(key_choice, {.key = TEXT("a")}, {.key = TEXT("q")})}, &question,
	       "/choices/1/key");
	question.type = QUESTION_TYPE_true_false;
	key_is(&(struct key_set){.choices = LIST(key_choice, {.key = TEXT("true")})}, &question, "");
	question.type = QUESTION_TYPE_ordering;
	key_is(&(struct key_set){.order = LIST(choice_reference, {TEXT("b")}, {TEXT("a")})}, &question, "");
	key_is(&(struct key_set){.order = LIST(choice_reference, {TEXT("b")})}, &question, "/order");
	key_is(&(struct key_set){.order = LIST(choice_reference, {TEXT("b")}, {TEXT("c")})}, &question, "/order/1/key");
	question.type = QUESTION_TYPE_matching;
	key_is(&(struct key_set){.pairs = LIST(choice_pair, {TEXT("a"), TEXT("y")}, {TEXT("b"), TEXT("x")})}, &question,
	       "");
	key_is(&(struct key_set){.pairs = LIST(choice_pair, {TEXT("x"), TEXT("a")})}, &question,
	       "/pairs/0/left /pairs/0/right /pairs");
}

static void patterns_must_be_read(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_text};

	key_is(&(struct key_set){.patterns =
	                                 LIST(key_pattern, {.pattern = TEXT("*newton*")}, {.pattern = TEXT("{a,b")})},
	       &question, "/patterns/1/pattern");
}

static void numbers_of_a_key_are_those_of_every_draw(void **state)
{
	const struct question_written question = {
		.type = QUESTION_TYPE_numeric,
		.parameters = LIST(question_parameter,
	                           {.name = TEXT("m"), .values = LIST(parameter_value, {TEXT("2")}, {TEXT("0")})}),
	};

	key_is(&(struct key_set){.numbers = LIST(key_number, {.value = TEXT("m+1"), .unit = TEXT("kg m/s")})},
	       &question, "");
	key_is(&(struct key_set){.numbers = LIST(key_number, {.value = TEXT("w"), .unit = TEXT("kg")})}, &question,
	       "/numbers/0/value");
	key_is(&(struct key_set){.numbers = LIST(key_number, {.value = TEXT("1/m")})}, &question, "/numbers/0/value");
	key_is(&(struct key_set){.numbers = LIST(key_number, {.value = TEXT("m"),
	                                                      .unit = TEXT("nonsense"),
	                                                      .absolute = TEXT("-1"),
	                                                      .relative = TEXT("1"),
	                                                      .digits_min = 3,
	                                                      .has_digits_min = true,
	                                                      .digits_max = 2,
	                                                      .has_digits_max = true})},
	       &question, "/numbers/0/unit /numbers/0/absolute /numbers/0/relative /numbers/0/digits_min");
}

static void each_blank_has_its_part_of_the_key(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_blanks, .prompt = TEXT("[[1]] is [[2]]")};
	const struct key_blank        text = {.patterns = LIST(key_pattern, {.pattern = TEXT("mass")})};

	key_is(&(struct key_set){.blanks = LIST(key_blank, text,
	                                        {.numbers = LIST(key_number,
	                                                         {.value = TEXT("9.81"), .unit = TEXT("m/s^2")})})},
	       &question, "");
	key_is(&(struct key_set){.blanks = LIST(key_blank, text)}, &question, "/blanks");
	key_is(&(struct key_set){.blanks = LIST(key_blank, {.patterns = LIST(key_pattern, {.pattern = TEXT("}")})},
	                                        {.numbers = LIST(key_number, {.value = TEXT("g")})})},
	       &question, "/blanks/0/patterns/0/pattern /blanks/1/numbers/0/value");
}

static void formulas_use_the_variables_that_are_told(void **state)
{
	const struct question_written question = {.type = QUESTION_TYPE_formula};

	key_is(&(struct key_set){.formula = TEXT("m*v^2/2"),
	                         .variables = LIST(key_variable, {.name = TEXT("m")}, {.name = TEXT("v")})},
	       &question, "");
	key_is(&(struct key_set){.formula = TEXT("m*v"), .variables = LIST(key_variable, {.name = TEXT("m")})},
	       &question, "/formula");
	key_is(&(struct key_set){.formula = TEXT("m*v"),
	                         .variables = LIST(key_variable, {.name = TEXT("sin")},
	                                           {.name = TEXT("v"), .minimum = TEXT("1")},
	                                           {TEXT("w"), TEXT("3"), TEXT("3")})},
	       &question, "/variables/0/name /variables/1/minimum /variables/2/minimum");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_that_can_be_asked_has_no_complaints),
		cmocka_unit_test(each_text_is_looked_at_where_it_stands),
		cmocka_unit_test(blanks_are_counted_up_to_the_first_that_is_missing),
		cmocka_unit_test(numbers_must_be_drawable),
		cmocka_unit_test(keys_speak_of_choices_that_are_there),
		cmocka_unit_test(patterns_must_be_read),
		cmocka_unit_test(numbers_of_a_key_are_those_of_every_draw),
		cmocka_unit_test(each_blank_has_its_part_of_the_key),
		cmocka_unit_test(formulas_use_the_variables_that_are_told),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}
