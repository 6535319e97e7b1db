#include "eventstore/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void parses(const char *text, int64_t expected)
{
	int64_t time_us;

	if (!time_parse(text_from(text), &time_us))
		fail_msg("\"%s\" is refused", text);
	assert_int_equal(time_us, expected);
}

static void refuses(const char *text)
{
	int64_t time_us = 77;

	if (time_parse(text_from(text), &time_us))
		fail_msg("\"%s\" is read as a time", text);
	assert_int_equal(time_us, 77);
}

static void formats(int64_t time_us, const char *expected)
{
	char text[TIME_TEXT_SIZE + 1];

	time_format(time_us, text);
	assert_string_equal(text, expected);
	parses(text, time_us);
}

static void times_are_written_with_microseconds_in_utc(void **state)
{
	formats(0, "1970-01-01T00:00:00.000000Z");
	formats(1, "1970-01-01T00:00:00.000001Z");
	formats(951782400000000, "2000-02-29T00:00:00.000000Z");
	formats(1767323045678901, "2026-01-02T03:04:05.678901Z");
	formats(INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z");
}

static void the_examples_of_rfc_3339_are_read(void **state)
{
	parses("1985-04-12T23:20:50.52Z", 482196050520000);
	parses("1996-12-19T16:39:57-08:00", 851042397000000);
	parses("1990-12-31T15:59:59-08:00", 662687999000000);
	parses("1996-12-20T00:39:57Z", 851042397000000);
}

static void fractions_may_be_short_or_long(void **state)
{
	parses("1970-01-01T00:00:00Z", 0);
	parses("1970-01-01T00:00:00.5Z", 500000);
	parses("1970-01-01T00:00:00.123456789Z", 123456);
	refuses("1970-01-01T00:00:00.Z");
	refuses("1970-01-01T00:00:00.1234567890Z");
}

static void small_letters_and_offsets_are_read(void **state)
{
	parses("1970-01-01t01:00:00z", 3600000000);
	parses("1970-01-01T01:00:00+01:00", 0);
	parses("1970-01-01T00:00:00-00:30", 1800000000);
	parses("1970-01-01T00:00:00+00:00", 0);
}

static void days_that_do_not_exist_are_refused(void **state)
{
	parses("2024-02-29T00:00:00Z", 1709164800000000);
	refuses("2023-02-29T00:00:00Z");
	refuses("2100-02-29T00:00:00Z");
	refuses("2024-04-31T00:00:00Z");
	refuses("2024-00-10T00:00:00Z");
	refuses("2024-13-10T00:00:00Z");
	refuses("2024-01-00T00:00:00Z");
}

static void other_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"now",
		"2024-01-01",
		"2024-01-01T00:00:00",
		"2024-01-01 00:00:00Z",
		"2024-01-01T00:00Z",
		"2024-1-1T00:00:00Z",
		"2024-01-01T24:00:00Z",
		"2024-01-01T00:60:00Z",
		"2024-01-01T00:00:60Z",
		"2024-01-01T00:00:00+24:00",
		"2024-01-01T00:00:00+01:60",
		"2024-01-01T00:00:00+0100",
		"2024-01-01T00:00:00Zx",
		"1969-12-31T23:59:59Z",
		"10000-01-01T00:00:00Z",
		"+024-01-01T00:00:00Z",
		"2024-01-01T00:00:00,5Z",
	};

	for (size_t i = 0; i < array_count(bad); i++)
		refuses(bad[i]);
}

static void the_monotonic_clock_never_steps_back(void **state)
{
	int64_t last = clock_monotonic_us();

	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_monotonic_us();

		assert_true(now >= last);
		last = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_with_microseconds_in_utc),
		cmocka_unit_test(the_examples_of_rfc_3339_are_read),
		cmocka_unit_test(fractions_may_be_short_or_long),
		cmocka_unit_test(small_letters_and_offsets_are_read),
		cmocka_unit_test(days_that_do_not_exist_are_refused),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(the_monotonic_clock_never_steps_back),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
