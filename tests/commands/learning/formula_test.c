#include "commands/learning/formula.h"

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

static const struct text names[] = {NAME("x"), NAME("y"),        NAME("m"), NAME("g"),
                                    NAME("h"), NAME("lambda_0"), NAME("Δt")};
enum { NAMES = array_count(names) };
static const double values[NAMES] = {3, 5, 2, 10, 7, 11, 13};

static double value_of(const char *written)
{
	struct arena          arena = {0};
	const struct formula *formula;
	struct mistake        mistake;
	double                value;

	if (formula_parse(text_from(written), names, NAMES, &arena, &formula, &mistake) != STATUS_OK)
		fail_msg("%s: at %u: %.*s", written, mistake.position, TEXT_ARG(mistake.sentence));
	value = formula_value(formula, values);
	arena_finish(&arena);
	return value;
}

static void comes_to(const char *written, double expected)
{
	double value = value_of(written);

	if (!(fabs(value - expected) <= 1e-12 * fabs(expected)))
		fail_msg("%s is %.17g, not %.17g", written, value, expected);
}

/* The position where the mistake is told to be. */
static void mistaken_at(const char *written, uint32_t position, const char *part)
{
	struct arena          arena = {0};
	const struct formula *formula;
	struct mistake        mistake = {0};
	char                  sentence[200];

	if (formula_parse(text_from(written), names, NAMES, &arena, &formula, &mistake) != STATUS_INVALID)
		fail_msg("%s is read", written);
	snprintf(sentence, sizeof(sentence), "%.*s", TEXT_ARG(mistake.sentence));
	if (mistake.position != position || !strstr(sentence, part))
		fail_msg("%s: at %u: %s", written, mistake.position, sentence);
	arena_finish(&arena);
}

static void numbers_and_signs_are_read(void **state)
{
	comes_to("1 + 2*3 - 4/8", 6.5);
	comes_to(".5", 0.5);
	comes_to("5.", 5);
	comes_to("1.5e-3", 0.0015);
	comes_to("2E3", 2000);
	comes_to("2e", 2 * 2.718281828459045);
	comes_to("8/4/2", 1);
	comes_to("1 - 2 - 3", -4);
	comes_to("+-+-3", 3);
	comes_to("2*-x", -6);
	comes_to("3 − 1", 2);
	comes_to("3 × 2 · 4 ÷ 8", 3);
}

static void powers_bind_first_and_to_the_right(void **state)
{
	comes_to("-x^2", -9);
	comes_to("2^3^2", 512);
	comes_to("2**3", 8);
	comes_to("2^-1", 0.5);
	comes_to("-2^-2", -0.25);
	comes_to("x²", 9);
	comes_to("x⁻²", 1.0 / 9);
	comes_to("(x+1)²y", 80);
	comes_to("2x^2", 18);
	comes_to("4^0.5", 2);
	comes_to("0^0", 1);
	comes_to("2^1000", 0x1p1000);
}

static void a_product_sign_may_be_left_out(void **state)
{
	comes_to("2x", 6);
	comes_to("2(x+1)", 8);
	comes_to("(x+1)(y-1)", 16);
	comes_to("m g h", 140);
	comes_to("2 x y", 30);
	comes_to("(x) y", 15);
	comes_to("2 sqrt(4)", 4);
	comes_to("x^2 y", 45);
	comes_to("2πx", 6 * 3.141592653589793);
	comes_to("2π(x)", 6 * 3.141592653589793);
	comes_to("x sin(0)", 0);
	comes_to("m g h/2", 70);
}

static void what_has_two_readings_is_refused(void **state)
{
	mistaken_at("x(y)", 2, "product sign");
	mistaken_at("x (y)", 3, "product sign");
	mistaken_at("1/2x", 4, "division");
	mistaken_at("1/(2)(x)", 6, "division");
	mistaken_at("e^2x", 4, "exponent");
	mistaken_at("x^2(y)", 4, "exponent");
	mistaken_at("x 2", 3, "sign is missing");
	mistaken_at("2 3", 3, "sign is missing");
	mistaken_at("(x)2", 4, "sign is missing");
	mistaken_at("sin x", 5, "parentheses");
	mistaken_at("sin^2(x)", 4, "sin(x)^2");
	mistaken_at("log(x)", 1, "ln or log10");
	mistaken_at("mgh", 1, "\"mgh\"");
}

static void names_may_be_greek(void **state)
{
	comes_to("λ_0", 11);
	comes_to("λ₀", 11);
	comes_to("lambda_0", 11);
	comes_to("Deltat", 13);
	comes_to("∆t", 13);
	comes_to("pi", 3.141592653589793);
	comes_to("2π", 6.283185307179586);
	mistaken_at("lambda0", 1, "lambda0");
	assert_true(formula_name_equal(TEXT("ϕ"), TEXT("phi")));
	assert_true(formula_name_equal(TEXT("Ω"), TEXT("Omega")));
	assert_true(formula_name_equal(TEXT("σ"), TEXT("ς")));
	assert_true(formula_name_equal(TEXT("x₁₂"), TEXT("x_12")));
	assert_true(formula_name_equal(TEXT("τ"), TEXT("tau")));
	assert_false(formula_name_equal(TEXT("x"), TEXT("X")));
}

static void a_name_is_letters_digits_and_underscores(void **state)
{
	assert_true(formula_name_valid(TEXT("v_max2")));
	assert_true(formula_name_valid(TEXT("μ")));
	assert_true(formula_name_valid(TEXT("abcdefghijabcdefghijabcdefghij12")));
	assert_false(formula_name_valid(TEXT("abcdefghijabcdefghijabcdefghij123")));
	assert_false(formula_name_valid(TEXT("")));
	assert_false(formula_name_valid(TEXT_NONE));
	assert_false(formula_name_valid(TEXT("2x")));
	assert_false(formula_name_valid(TEXT("_x")));
	assert_false(formula_name_valid(TEXT("a b")));
	assert_false(formula_name_valid(TEXT("a\xff")));
	assert_false(formula_name_valid(TEXT("sin")));
	assert_false(formula_name_valid(TEXT("arctan")));
}

static void a_variable_hides_a_constant(void **state)
{
	static const struct text charge[] = {NAME("e")};
	static const double      value[] = {1.602e-19};
	struct arena             arena = {0};
	const struct formula    *formula;
	struct mistake           mistake;

	assert_int_equal(formula_parse(TEXT("2e"), charge, 1, &arena, &formula, &mistake), STATUS_OK);
	assert_true(formula_value(formula, value) == 3.204e-19);
	assert_true(formula_uses(formula, 0));
	assert_int_equal(formula_parse(TEXT("2e3"), charge, 1, &arena, &formula, &mistake), STATUS_OK);
	assert_false(formula_uses(formula, 0));
	arena_finish(&arena);
}

static void functions_are_computed(void **state)
{
	comes_to("sin(pi/6)", 0.5);
	comes_to("cos(0) + tan(pi/4)", 2);
	comes_to("asin(1) + acos(0) - 2 arctan(1)", 1.5707963267948966);
	comes_to("cosh(1)^2 - sinh(1)^2", 1);
	comes_to("tanh(0.5)", 0.46211715726000975);
	comes_to("sqrt(2)^2", 2.0000000000000004);
	comes_to("ln(exp(2)) + log10(1000)", 5);
	comes_to("abs(-3) + min(2, x) + max(2, x)", 8);
}

static void nothing_traps(void **state)
{
	assert_true(isnan(value_of("sqrt(-1)")));
	assert_true(isnan(value_of("ln(-1)")));
	assert_true(isnan(value_of("(-8)^(1/3)")));
	assert_true(isnan(value_of("0/0")));
	assert_true(isnan(value_of("min(0/0, 1)")));
	assert_true(isinf(value_of("1/0")));
	assert_true(isinf(value_of("10^400")));
	assert_true(isinf(value_of("exp(1000)")));
}

static void a_mistake_is_told_where_it_lies(void **state)
{
	mistaken_at("", 1, "ends");
	mistaken_at("2 +", 4, "ends");
	mistaken_at("2 + * 3", 5, "expected");
	mistaken_at("(x + 1", 1, "not closed");
	mistaken_at("x + 1)", 6, "no parenthesis to close");
	mistaken_at("()", 2, "missing");
	mistaken_at("x = 2", 3, "equals");
	mistaken_at("λ₀ + q", 6, "\"q\"");
	mistaken_at("1,5", 2, "point");
	mistaken_at("|x|", 1, "abs");
	mistaken_at("[x]", 1, "round");
	mistaken_at("min(1)", 6, "two arguments");
	mistaken_at("sin(1, 2)", 6, "fewer");
	mistaken_at("sin(1", 4, "not closed");
	mistaken_at(".", 1, "digits");
	mistaken_at("1e999", 1, "too large");
	mistaken_at("x^", 3, "ends");
	mistaken_at("x⁻", 3, "raised");
	mistaken_at("x \xff", 0, "no text");
	mistaken_at("2 $ x", 3, "expected");
}

static void limits_hold(void **state)
{
	char deep[FORMULA_TEXT_SIZE_MAX + 2];

	memset(deep, '(', 64);
	snprintf(deep + 64, sizeof(deep) - 64, "x");
	mistaken_at(deep, 65, "in one another");
	memset(deep, '-', 63);
	snprintf(deep + 63, sizeof(deep) - 63, "x");
	comes_to(deep, -3);
	memset(deep, '1', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	mistaken_at(deep, 0, "too long");
	deep[FORMULA_TEXT_SIZE_MAX] = '\0';
	mistaken_at(deep, 1, "too many digits");
	for (size_t i = 1; i < FORMULA_TEXT_SIZE_MAX; i += 2)
		deep[i] = '+';
	mistaken_at(deep, 514, "too many parts");
	mistaken_at("abcdefghijabcdefghijabcdefghij123", 1, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_signs_are_read),
		cmocka_unit_test(powers_bind_first_and_to_the_right),
		cmocka_unit_test(a_product_sign_may_be_left_out),
		cmocka_unit_test(what_has_two_readings_is_refused),
		cmocka_unit_test(names_may_be_greek),
		cmocka_unit_test(a_name_is_letters_digits_and_underscores),
		cmocka_unit_test(a_variable_hides_a_constant),
		cmocka_unit_test(functions_are_computed),
		cmocka_unit_test(nothing_traps),
		cmocka_unit_test(a_mistake_is_told_where_it_lies),
		cmocka_unit_test(limits_hold),
	};

	return cmocka_run_group_tests_name("formula", tests, NULL, NULL);
}
