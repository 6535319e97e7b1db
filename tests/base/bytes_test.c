#include "eventstore/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void counts(const char *text, size_t expected)
{
	size_t count = 99;

	assert_true(text_code_points(text_from(text), &count));
	assert_int_equal(count, expected);
}

static void refuses_utf8(struct text text)
{
	size_t count = 99;

	assert_false(text_code_points(text, &count));
	assert_int_equal(count, 99);
}

static void code_points_are_counted_not_bytes(void **state)
{
	counts("", 0);
	counts("abc", 3);
	counts("é", 1);
	counts("\u20ac", 1);
	counts("😀", 1);
	counts("a\u0301", 2);
	counts("\x7f\xc2\x80\xdf\xbf", 3);
	counts("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 4);
	counts("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 2);
}

/* ASCII is passed over a word at a time. */
static void a_foreign_letter_counts_wherever_it_stands(void **state)
{
	for (size_t before = 0; before <= 20; before++) {
		char text[32] = "";

		memset(text, 'a', before);
		memcpy(text + before, "\u20acz", sizeof("\u20acz"));
		counts(text, before + 2);
		text[before + 2] = 'a';
		refuses_utf8(text_from(text));
	}
}

static void a_nul_is_a_code_point(void **state)
{
	size_t count;

	assert_true(text_code_points(TEXT("a\0b"), &count));
	assert_int_equal(count, 3);
}

static void ill_formed_utf8_is_refused(void **state)
{
	refuses_utf8(TEXT("\x80"));
	refuses_utf8(TEXT("a\xbf"));
	refuses_utf8(TEXT("\xfe"));
	refuses_utf8(TEXT("\xff"));
	refuses_utf8(TEXT("\xf5\x80\x80\x80"));
}

static void overlong_forms_are_refused(void **state)
{
	refuses_utf8(TEXT("\xc0\x80"));
	refuses_utf8(TEXT("\xc1\xbf"));
	refuses_utf8(TEXT("\xe0\x80\xaf"));
	refuses_utf8(TEXT("\xe0\x9f\xbf"));
	refuses_utf8(TEXT("\xf0\x8f\xbf\xbf"));
}

static void surrogates_and_what_lies_beyond_unicode_are_refused(void **state)
{
	refuses_utf8(TEXT("\xed\xa0\x80"));
	refuses_utf8(TEXT("\xed\xbf\xbf"));
	refuses_utf8(TEXT("\xf4\x90\x80\x80"));
}

static void sequences_that_break_off_are_refused(void **state)
{
	refuses_utf8(TEXT("\xc3"));
	refuses_utf8(TEXT("\xe2\x82"));
	refuses_utf8(TEXT("\xf0\x9f\x98"));
	refuses_utf8(TEXT("\xc3(a"));
	refuses_utf8(TEXT("\xe2(\xa1"));
	refuses_utf8(TEXT("\xf0\x9f\x98("));
	refuses_utf8((struct text){.data = "😀", .size = 3});
}

static void refuses_number(const char *word)
{
	uint64_t value = 7;

	assert_false(text_parse_u64(text_from(word), &value));
	assert_int_equal(value, 7);
}

static void numbers_are_digits_within_64_bits(void **state)
{
	uint64_t value;

	assert_true(text_parse_u64(TEXT("18446744073709551615"), &value));
	assert_true(value == UINT64_MAX);
	assert_true(text_parse_u64(TEXT("007"), &value));
	assert_int_equal(value, 7);
	refuses_number("");
	refuses_number("18446744073709551616");
	refuses_number("99999999999999999999");
	refuses_number("000000000000000000001");
	refuses_number("-1");
	refuses_number("+1");
	refuses_number(" 1");
	refuses_number("1x");
}

static void forgotten_is_known_by_its_address(void **state)
{
	assert_true(text_is_forgotten(TEXT_FORGOTTEN));
	assert_false(text_is_forgotten(TEXT("")));
	assert_false(text_is_forgotten(TEXT_NONE));
	assert_int_equal(TEXT_FORGOTTEN.size, 0);
}

static void texts_compare_by_content(void **state)
{
	assert_true(text_is(TEXT("ab"), "ab"));
	assert_false(text_is(TEXT("ab"), "abc"));
	assert_true(text_equal(TEXT_NONE, TEXT("")));
	assert_true(text_starts_with(TEXT("abc"), TEXT("ab")));
	assert_true(text_starts_with(TEXT("abc"), TEXT("")));
	assert_false(text_starts_with(TEXT("a"), TEXT("ab")));
}

static void a_kept_text_leaves_no_trace_of_an_older_one(void **state)
{
	TEXT_BUFFER(8) kept = {0};

	text_keep(&kept, TEXT("12345678"));
	text_keep(&kept, TEXT("ab"));
	assert_true(text_is(text_kept(&kept), "ab"));
	assert_memory_equal(kept.data, "ab\0\0\0\0\0\0", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_points_are_counted_not_bytes),
		cmocka_unit_test(a_foreign_letter_counts_wherever_it_stands),
		cmocka_unit_test(a_nul_is_a_code_point),
		cmocka_unit_test(ill_formed_utf8_is_refused),
		cmocka_unit_test(overlong_forms_are_refused),
		cmocka_unit_test(surrogates_and_what_lies_beyond_unicode_are_refused),
		cmocka_unit_test(sequences_that_break_off_are_refused),
		cmocka_unit_test(numbers_are_digits_within_64_bits),
		cmocka_unit_test(forgotten_is_known_by_its_address),
		cmocka_unit_test(texts_compare_by_content),
		cmocka_unit_test(a_kept_text_leaves_no_trace_of_an_older_one),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
