#include "commands/learning/decimal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void is(const char *written, int64_t units, uint32_t places)
{
	struct decimal decimal;

	if (!decimal_parse(text_from(written), &decimal))
		fail_msg("%s is not read", written);
	assert_true(decimal.units == units);
	assert_int_equal(decimal.places, places);
}

static void refused(const char *written)
{
	struct decimal decimal;

	if (decimal_parse(text_from(written), &decimal))
		fail_msg("%s is read", written);
}

static void decimals_are_read_exactly(void **state)
{
	is("12.50", 1250, 2);
	is("-0.25", -25, 2);
	is("7", 7, 0);
	is("999999999.999999999", 999999999999999999, 9);
	refused("");
	refused("-");
	refused(".5");
	refused("5.");
	refused("1,5");
	refused("1e3");
	refused("+1");
	refused("1 ");
	refused("1234567890");
	refused("0.1234567890");
	refused("25.555555555555555555");
	refused("99999999999999999999999999");
}

static void shown(int64_t units, uint32_t places, const char *expected)
{
	struct arena   arena = {0};
	struct decimal decimal = {.units = units, .places = places};

	assert_string_equal(decimal_text(decimal, &arena).data, expected);
	arena_finish(&arena);
}

static void decimals_keep_their_places(void **state)
{
	shown(1250, 2, "12.50");
	shown(-25, 2, "-0.25");
	shown(5, 0, "5");
	shown(-5, 0, "-5");
	shown(0, 3, "0.000");
	assert_int_equal(decimal_with_places((struct decimal){15, 1}, 3).units, 1500);
}

static void numbers_may_have_exponents(void **state)
{
	static const char *const bad[] = {"", "e3", "1e", "1.e3", "1e400", "inf", "nan", "0x1", "1 ", ".5", "--1"};
	double                   value = 0;

	assert_true(decimal_read(TEXT("6.63e-34"), &value) && value == 6.63e-34);
	assert_true(decimal_read(TEXT("-1E+2"), &value) && value == -100);
	assert_true(decimal_read(TEXT("0.1"), &value) && value == 0.1);
	assert_true(decimal_read(TEXT("1234567890.1234567890e0000000001"), &value) && value == 12345678901.23456789);
	for (size_t i = 0; i < array_count(bad); i++)
		if (decimal_read(text_from(bad[i]), &value))
			fail_msg("\"%s\" is read", bad[i]);
}

static void rounding_goes_by_significant_digits(void **state)
{
	assert_true(decimal_rounded(2.0 / 3, 3) == 0.667);
	assert_true(decimal_rounded(123456, 2) == 120000);
	assert_true(decimal_rounded(0.1 + 0.2, 12) == 0.3);
	assert_true(decimal_rounded(-0.125, 2) == -0.12);
	assert_false(signbit(decimal_rounded(-0.0, 3)));
	assert_true(isnan(decimal_rounded(NAN, 3)));
}

static void significant(double number, uint32_t digits, const char *expected)
{
	struct arena arena = {0};

	assert_string_equal(decimal_significant(number, digits, &arena).data, expected);
	arena_finish(&arena);
}

static void significant_digits_are_shown(void **state)
{
	significant(9.8, 3, "9.80");
	significant(1500, 3, "1500");
	significant(1234.5, 2, "1200");
	significant(999.96, 4, "1000");
	significant(99.96, 3, "100");
	significant(0.00123456, 3, "0.00123");
	significant(0.00001, 2, "1.0×10⁻⁵");
	significant(6.626e-34, 3, "6.63×10⁻³⁴");
	significant(299792458, 3, "3.00×10⁸");
	significant(-2.5, 1, "-2");
	significant(0, 3, "0.00");
	significant(-0.0, 1, "0");
	significant(INFINITY, 3, "inf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimals_are_read_exactly),    cmocka_unit_test(decimals_keep_their_places),
		cmocka_unit_test(numbers_may_have_exponents),   cmocka_unit_test(rounding_goes_by_significant_digits),
		cmocka_unit_test(significant_digits_are_shown),
	};

	return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}
