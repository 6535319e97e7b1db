#include "commands/learning/formula.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NAME(literal)                                                                                                  \
	{                                                                                                              \
		.data = (literal), .size = sizeof(literal) - 1                                                         \
	}

static const struct text names[] = {NAME("x"), NAME("a"), NAME("b"), NAME("c"), NAME("n")};
enum { NAMES = array_count(names), SEEDS = 200 };

static const struct formula_range free_ranges[NAMES];

static const struct formula *parse(struct arena *arena, const char *written)
{
	const struct formula *formula;
	struct mistake        mistake;

	if (formula_parse(text_from(written), names, NAMES, arena, &formula, &mistake) != STATUS_OK)
		fail_msg("%s: at %u: %.*s", written, mistake.position, TEXT_ARG(mistake.sentence));
	return formula;
}

/* Under many seeds, since a verdict must not hang on luck. */
static void is_within(const struct formula_range *ranges, const char *answer, const char *key,
                      enum formula_verdict verdict)
{
	struct arena arena = {0};

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct formula_comparison comparison =
			formula_equal(parse(&arena, answer), parse(&arena, key), ranges, NAMES, seed);

		if (comparison.verdict != verdict)
			fail_msg("%s and %s: verdict %d of seed %d; %u compared, %u differ, %u undefined", answer, key,
			         comparison.verdict, (int)seed, comparison.compared, comparison.differing,
			         comparison.undefined);
	}
	arena_finish(&arena);
}

static void is(const char *answer, const char *key, enum formula_verdict verdict)
{
	is_within(free_ranges, answer, key, verdict);
}

static void rewritten_formulas_are_equal(void **state)
{
	is("1", "sin(x)^2 + cos(x)^2", FORMULA_EQUAL);
	is("(a+b)^2", "a^2 + 2*a*b + b^2", FORMULA_EQUAL);
	is("sin(2x)", "2 sin(x) cos(x)", FORMULA_EQUAL);
	is("exp(a+b)", "exp(a)*exp(b)", FORMULA_EQUAL);
	is("e^x", "exp(x)", FORMULA_EQUAL);
	is("(a-b)/(a+b)", "1/(a+b)*a - b/(b+a)", FORMULA_EQUAL);
	is("sqrt(8)*x", "2*sqrt(2)*x", FORMULA_EQUAL);
	is("x^(1/2)", "sqrt(x)", FORMULA_EQUAL);
	is("tan(x)", "sin(x)/cos(x)", FORMULA_EQUAL);
	is("cosh(x)", "(e^x + e^-x)/2", FORMULA_EQUAL);
	is("2*pi", "6.28318530717958648", FORMULA_EQUAL);
	is("x^64", "(x^8)^8", FORMULA_EQUAL);
}

static void a_domain_that_only_widens_is_equal(void **state)
{
	is("(x^2-1)/(x-1)", "x+1", FORMULA_EQUAL);
	is("ln(a*b)", "ln(a)+ln(b)", FORMULA_EQUAL);
	is("ln(x^2)", "2*ln(x)", FORMULA_EQUAL);
	is("sqrt(x)^2", "x", FORMULA_EQUAL);
}

static void near_misses_differ(void **state)
{
	is("x + 1e-7", "x", FORMULA_DIFFERENT);
	is("3.14159265*x", "pi*x", FORMULA_DIFFERENT);
	is("a^2 + a*b + b^2", "(a+b)^2", FORMULA_DIFFERENT);
	is("a - b", "b - a", FORMULA_DIFFERENT);
	is("sin(x)", "x", FORMULA_DIFFERENT);
	is("x", "x^1.000001", FORMULA_DIFFERENT);
	is("sqrt(a^2+b^2)", "a+b", FORMULA_DIFFERENT);
	is("2*x", "x", FORMULA_DIFFERENT);
	is("c", "x", FORMULA_DIFFERENT);
	is("0", "x", FORMULA_DIFFERENT);
	is("6.6e-34*x", "0", FORMULA_DIFFERENT);
	is("0", "6.6e-34*x", FORMULA_DIFFERENT);
}

static void a_branch_that_shows_below_zero_differs(void **state)
{
	static const struct formula_range positive[NAMES] = {{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}};

	is("sqrt(x^2)", "x", FORMULA_DIFFERENT);
	is("abs(x)", "x", FORMULA_DIFFERENT);
	is("asin(sin(x))", "x", FORMULA_DIFFERENT);
	is("abs(x*b)", "x*b", FORMULA_DIFFERENT);
	is("abs(a*n)", "a*n", FORMULA_DIFFERENT);
	is_within(positive, "sqrt(x^2)", "x", FORMULA_EQUAL);
}

static void an_answer_without_a_value_where_the_key_has_one_differs(void **state)
{
	is("ln(-x^2)", "ln(x)", FORMULA_DIFFERENT);
	is("sqrt(-1-x^2)", "x", FORMULA_DIFFERENT);
}

static void terms_that_cancel_are_seen_through(void **state)
{
	is("0", "(a+b)^2 - a^2 - 2*a*b - b^2", FORMULA_EQUAL);
	is("x - x", "0", FORMULA_EQUAL);
	is("1 - cos(x)", "2*sin(x/2)^2", FORMULA_EQUAL);
	is("1e-6*x", "(a+b)^2 - a^2 - 2*a*b - b^2", FORMULA_DIFFERENT);
}

static void noise_hides_nothing(void **state)
{
	is("1e20 - 1e20 + 0*x", "0*x", FORMULA_EQUAL);
	is("(1e20 + x) - 1e20", "x", FORMULA_UNDECIDED);
	is("(1e30 + a) - 1e30", "1e9*x", FORMULA_UNDECIDED);
	is("(1+x) - 1 - x", "6.6e-34*x", FORMULA_UNDECIDED);
	is("exp(700*n)/exp(700*n)*x", "2*x", FORMULA_DIFFERENT);
}

static void poles_and_overflows_say_nothing(void **state)
{
	static const struct formula_range large[NAMES] = {{800, 900}};

	is("1/0", "x", FORMULA_UNDECIDED);
	is_within(large, "exp(x)/exp(x)", "1", FORMULA_UNDECIDED);
	is("sqrt(-1-x^2)", "ln(-1-x^2)", FORMULA_UNDECIDED);
	is("sqrt(sin(x)^2 + cos(x)^2 - 1)", "0*x", FORMULA_UNDECIDED);
}

static void formulas_of_constants_are_compared(void **state)
{
	struct arena              arena = {0};
	const struct formula     *one, *two;
	struct mistake            mistake;
	struct formula_comparison comparison;

	assert_int_equal(formula_parse(TEXT("sqrt(2)/2"), NULL, 0, &arena, &one, &mistake), STATUS_OK);
	assert_int_equal(formula_parse(TEXT("1/sqrt(2)"), NULL, 0, &arena, &two, &mistake), STATUS_OK);
	comparison = formula_equal(one, two, NULL, 0, 1);
	assert_int_equal(comparison.verdict, FORMULA_EQUAL);
	assert_int_equal(comparison.compared, FORMULA_POINTS);
	arena_finish(&arena);
}

static void points_are_counted(void **state)
{
	struct arena              arena = {0};
	struct formula_comparison comparison;

	comparison = formula_equal(parse(&arena, "ln(x)"), parse(&arena, "ln(x)"), free_ranges, NAMES, 3);
	assert_int_equal(comparison.points, FORMULA_POINTS);
	assert_int_equal(comparison.differing, 0);
	assert_int_equal(comparison.compared + comparison.undefined, FORMULA_POINTS);
	assert_in_range(comparison.undefined, 1, FORMULA_POINTS_WIDE);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rewritten_formulas_are_equal),
		cmocka_unit_test(a_domain_that_only_widens_is_equal),
		cmocka_unit_test(near_misses_differ),
		cmocka_unit_test(a_branch_that_shows_below_zero_differs),
		cmocka_unit_test(an_answer_without_a_value_where_the_key_has_one_differs),
		cmocka_unit_test(terms_that_cancel_are_seen_through),
		cmocka_unit_test(noise_hides_nothing),
		cmocka_unit_test(poles_and_overflows_say_nothing),
		cmocka_unit_test(formulas_of_constants_are_compared),
		cmocka_unit_test(points_are_counted),
	};

	return cmocka_run_group_tests_name("formula_equal", tests, NULL, NULL);
}
