#include "commands/learning/quantity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct quantity read(const char *written)
{
	struct arena    arena = {0};
	struct quantity quantity;
	struct mistake  mistake;

	if (quantity_parse(text_from(written), &arena, &quantity, &mistake) != STATUS_OK)
		fail_msg("%s: at %u: %.*s", written, mistake.position, TEXT_ARG(mistake.sentence));
	arena_finish(&arena);
	return quantity;
}

static void is(const char *written, double value, uint32_t digits)
{
	struct quantity quantity = read(written);

	if (!(fabs(quantity.value - value) <= 1e-14 * fabs(value)) || quantity.significant_digits != digits)
		fail_msg("%s is %.17g with %u digits", written, quantity.value, quantity.significant_digits);
}

/* The same value and dimensions as another way to write it. */
static void same(const char *one, const char *two)
{
	struct quantity a = read(one), b = read(two);

	if (!dimensions_equal(&a.dimensions, &b.dimensions) || !(fabs(a.value - b.value) <= 1e-14 * fabs(b.value)))
		fail_msg("%s is %.17g, %s is %.17g, or of another dimension", one, a.value, two, b.value);
}

static void mistaken_at(const char *written, uint32_t position, const char *part)
{
	struct arena    arena = {0};
	struct quantity quantity;
	struct mistake  mistake;
	char            sentence[200];

	if (quantity_parse(text_from(written), &arena, &quantity, &mistake) != STATUS_INVALID)
		fail_msg("%s is read", written);
	snprintf(sentence, sizeof(sentence), "%.*s", TEXT_ARG(mistake.sentence));
	if (mistake.position != position || !strstr(sentence, part))
		fail_msg("%s: at %u: %s", written, mistake.position, sentence);
	arena_finish(&arena);
}

static void numbers_are_read_as_written(void **state)
{
	is("9.81", 9.81, 3);
	is("-3", -3, 1);
	is("− 3", -3, 1);
	is("+0.050", 0.05, 2);
	is(".5", 0.5, 1);
	is("1500", 1500, 4);
	is("0", 0, 1);
	is("0.00", 0, 1);
	is("007", 7, 1);
	is("  4 ", 4, 1);
}

static void a_comma_is_a_decimal_mark_unless_several_say_otherwise(void **state)
{
	is("9,81", 9.81, 3);
	is("1,234", 1.234, 4);
	is("1,234,567", 1234567, 7);
	is("1.234.567", 1234567, 7);
	is("1,234.5", 1234.5, 5);
	is("1.234,5", 1234.5, 5);
	is("299 792 458", 299792458, 9);
	is("299 792,5", 299792.5, 7);
	is("1'000'000.5", 1000000.5, 8);
	assert_true(read("1,234").ambiguous);
	assert_false(read("0,234").ambiguous);
	assert_false(read("1,23").ambiguous);
	assert_false(read("1.234").ambiguous);
	mistaken_at("1,23,456", 1, "groups of three");
	mistaken_at("1234,567,890", 1, "groups of three");
	mistaken_at("1.234,567.8", 1, "groups of three");
	mistaken_at("1,,2", 1, "groups of three");
	mistaken_at("5. m", 3, "digits are missing");
}

static void powers_of_ten_have_many_spellings(void **state)
{
	is("3.0e8", 3e8, 2);
	is("3.0E+8", 3e8, 2);
	is("1.2×10^-3", 1.2e-3, 2);
	is("1,2 · 10⁻³", 1.2e-3, 2);
	is("1.2 x 10^(-3)", 1.2e-3, 2);
	is("1.2*10**3", 1200, 2);
	is("10^-3", 1e-3, 1);
	is("10⁶", 1e6, 1);
	is("10", 10, 2);
	is("6.62607015e-34", 6.62607015e-34, 9);
	same("3e3 eV", "3 keV");
	same("3eV", "3 eV");
}

static void units_are_read(void **state)
{
	same("9.81 m/s^2", "9,81 m/s²");
	same("9.81 m s^-2", "9.81 m/s/s");
	same("9.81 m·s⁻²", "9.81 m s-2");
	same("5 km/h", "1.3888888888888888889 m/s");
	same("1 N", "1 kg m/s^2");
	same("1 J", "1 N·m");
	same("1 W h", "3600 J");
	same("1 kWh", "3.6 MJ");
	same("1 V", "1 J/(A s)");
	same("1 Ω", "1 V/A");
	same("1 F", "1 C/V");
	same("1 T", "1 Wb/m2");
	same("1 H", "1 V s/A");
	same("1 Gy", "1 J/kg");
	same("1 lx", "1 lm/m^2");
	same("1 kat", "1 mol/s");
	same("1 bar", "100 kPa");
	same("760 Torr", "1 atm");
	same("1 L", "1 dm^3");
	same("1 ha", "10000 m²");
	same("12 %", "0.12");
	same("180°", "3.14159265358979324 rad");
	same("60'", "1°");
	same("1 min", "60 s");
	same("5 µm", "5 μm");
	same("5 um", "5 µm");
	same("50 1/s", "50 Hz");
	same("2 (m/s)^2", "2 m²/s²");
	same("1 J/(kg K)", "1 m^2 s^-2 K^-1");
	same("1 eV", "1.602176634e-19 J");
	same("1 pc", "3.0856775814913673e16 m");
	same("3,6 km / h", "1 m/s");
}

static void a_symbol_is_itself_before_it_is_a_prefix(void **state)
{
	same("1 min", "60 s");
	same("1 Pa", "1 N/m²");
	same("1 cd", "1 cd");
	same("1 ft", "0.3048 m");
	same("1 mmol", "0.001 mol");
	same("1 mm", "0.001 m");
	same("1 mT", "0.001 T");
	same("1 t", "1000 kg");
	same("1 dam", "10 m");
	same("1 das", "10 s");
	mistaken_at("1 kft", 3, "no unit \"kft\"");
	mistaken_at("1 kkg", 3, "no unit");
	mistaken_at("1 km%", 3, "no unit");
}

static void temperatures_have_an_offset_only_alone(void **state)
{
	is("25 °C", 298.15, 2);
	is("-273.15 °C", 0, 5);
	same("32 °F", "0 °C");
	same("1 J/°C", "1 J/K");
	same("1 °C/m", "1 K/m");
	same("1 m °C", "1 m K");
}

static void a_zero_byte_is_no_blank(void **state)
{
	struct arena    arena = {0};
	struct quantity quantity;
	struct mistake  mistake;

	assert_int_equal(quantity_parse(TEXT("2\0"), &arena, &quantity, &mistake), STATUS_INVALID);
	assert_int_equal(quantity_parse(TEXT("2 m \0"), &arena, &quantity, &mistake), STATUS_INVALID);
	arena_finish(&arena);
}

static void mistakes_are_told_where_they_lie(void **state)
{
	mistaken_at("", 1, "number is expected");
	mistaken_at("m", 1, "number is expected");
	mistaken_at("5 foo", 3, "no unit \"foo\"");
	mistaken_at("5 m/", 5, "unit is expected");
	mistaken_at("5 J/kg K", 8, "parentheses");
	mistaken_at("5 J/kg·K", 8, "parentheses");
	mistaken_at("5 m^99", 3, "exponent");
	mistaken_at("5 m^", 4, "more is written");
	mistaken_at("5 (m", 3, "not closed");
	mistaken_at("5 m)", 4, "more is written");
	mistaken_at("5 m, 3 s", 4, "more is written");
	mistaken_at("3/4", 2, "unit is expected");
	mistaken_at("12 34", 4, "unit is expected");
	mistaken_at("1e999", 1, "too far");
	mistaken_at("9e350", 1, "too large");
	mistaken_at("9e-350", 1, "too small");
	mistaken_at("5 m \xff", 0, "no text");
	mistaken_at("1 (m^12)^12", 3, "exponent");
	mistaken_at("1 Qm^12", 8, "too large");
	mistaken_at("5 ((((m))))", 6, "in one another");
	mistaken_at("1 m m m m m m m m m m m m m m m m m", 35, "too many factors");
	mistaken_at("12345678901234567890123456789012345678901", 1, "too many digits");
}

/* ---------------------------------------------------------------- answers and keys */

static struct quantity_comparison compare(const char *answer, const char *key, struct quantity_rules rules)
{
	struct quantity one = read(answer), two = read(key);

	return quantity_compare(&one, &two, &rules);
}

static void judged(const char *answer, const char *key, struct quantity_rules rules, enum quantity_verdict verdict)
{
	if (compare(answer, key, rules).verdict != verdict)
		fail_msg("%s for %s is judged %d", answer, key, compare(answer, key, rules).verdict);
}

static void an_answer_may_have_any_unit_of_the_dimension(void **state)
{
	const struct quantity_rules rules = {.relative = 0.01};

	judged("9.81 m/s²", "9.81 m/s^2", rules, QUANTITY_RIGHT);
	judged("9.9 m/s²", "9.81 m/s^2", rules, QUANTITY_RIGHT);
	judged("9.91 m/s²", "9.81 m/s^2", rules, QUANTITY_WRONG_VALUE);
	judged("981 cm/s^2", "9.81 m/s^2", rules, QUANTITY_RIGHT);
	judged("9.81 N/kg", "9.81 m/s^2", rules, QUANTITY_RIGHT);
	judged("36 km/h", "10 m/s", (struct quantity_rules){0}, QUANTITY_RIGHT);
	judged("0.3 m", "30 cm", (struct quantity_rules){0}, QUANTITY_RIGHT);
}

static void an_absolute_tolerance_is_in_the_unit_of_the_key(void **state)
{
	const struct quantity_rules rules = {.absolute = 0.5};

	judged("20.5 cm", "20 cm", rules, QUANTITY_RIGHT);
	judged("0.2051 m", "20 cm", rules, QUANTITY_WRONG_VALUE);
	judged("298.6 K", "25 °C", rules, QUANTITY_RIGHT);
	judged("298.7 K", "25 °C", rules, QUANTITY_WRONG_VALUE);
}

static void slips_have_names(void **state)
{
	const struct quantity_rules rules = {.relative = 0.01};

	judged("9.81", "9.81 m/s²", rules, QUANTITY_MISSING_UNIT);
	judged("5", "9.81 m/s²", rules, QUANTITY_WRONG_VALUE);
	judged("9.81 m/s", "9.81 m/s²", rules, QUANTITY_WRONG_UNIT);
	assert_true(compare("9.81 m/s", "9.81 m/s²", rules).number_matches);
	judged("-9.81 m/s²", "9.81 m/s²", rules, QUANTITY_SIGN);
	judged("98.1 m/s²", "9.81 m/s²", rules, QUANTITY_POWER_OF_TEN);
	assert_int_equal(compare("9.81 km/s²", "9.81 m/s²", rules).power_of_ten, 3);
	assert_int_equal(compare("9.81 mm/s²", "9.81 m/s²", rules).power_of_ten, -3);
	judged("-98.1 m/s²", "9.81 m/s²", rules, QUANTITY_WRONG_VALUE);
	judged("5 m", "5", rules, QUANTITY_WRONG_UNIT);
	judged("1", "0", rules, QUANTITY_WRONG_VALUE);
	judged("0", "5", rules, QUANTITY_WRONG_VALUE);
}

static void units_may_be_optional_or_ignored(void **state)
{
	const struct quantity_rules optional = {.units = QUANTITY_UNITS_OPTIONAL};
	const struct quantity_rules ignored = {.units = QUANTITY_UNITS_IGNORED};

	judged("9.81", "9.81 m/s²", optional, QUANTITY_RIGHT);
	judged("-9.81", "9.81 m/s²", optional, QUANTITY_SIGN);
	judged("9.81 m", "9.81 m/s²", optional, QUANTITY_WRONG_UNIT);
	judged("981 cm/s²", "9.81 m/s²", optional, QUANTITY_RIGHT);
	judged("9.81 kg", "9.81 m/s²", ignored, QUANTITY_RIGHT);
	judged("981 cm/s²", "9.81 m/s²", ignored, QUANTITY_POWER_OF_TEN);
}

static void shares_and_angles_may_be_plain_numbers(void **state)
{
	const struct quantity_rules rules = {.relative = 0.001};

	judged("0.12", "12 %", rules, QUANTITY_RIGHT);
	judged("12", "12 %", rules, QUANTITY_MISSING_UNIT);
	judged("12 %", "0.12", rules, QUANTITY_RIGHT);
	judged("30", "30°", rules, QUANTITY_MISSING_UNIT);
	judged("0.5236", "30°", rules, QUANTITY_RIGHT);
}

static void the_edge_of_a_tolerance_belongs_to_it(void **state)
{
	const struct quantity_rules rules = {.absolute = 0.25};

	judged("1.25", "1", rules, QUANTITY_RIGHT);
	judged("0.75", "1", rules, QUANTITY_RIGHT);
	judged("1.2500001", "1", rules, QUANTITY_WRONG_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_as_written),
		cmocka_unit_test(a_comma_is_a_decimal_mark_unless_several_say_otherwise),
		cmocka_unit_test(powers_of_ten_have_many_spellings),
		cmocka_unit_test(units_are_read),
		cmocka_unit_test(a_symbol_is_itself_before_it_is_a_prefix),
		cmocka_unit_test(temperatures_have_an_offset_only_alone),
		cmocka_unit_test(a_zero_byte_is_no_blank),
		cmocka_unit_test(mistakes_are_told_where_they_lie),
		cmocka_unit_test(an_answer_may_have_any_unit_of_the_dimension),
		cmocka_unit_test(an_absolute_tolerance_is_in_the_unit_of_the_key),
		cmocka_unit_test(slips_have_names),
		cmocka_unit_test(units_may_be_optional_or_ignored),
		cmocka_unit_test(shares_and_angles_may_be_plain_numbers),
		cmocka_unit_test(the_edge_of_a_tolerance_belongs_to_it),
	};

	return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
