#include "eventstore/codec/validate.h"

#include "tests/eventstore/sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static int forget_memory(void **state)
{
	arena_finish(&arena);
	return 0;
}

/* NULL when the text is allowed, else the sentence. */
static const char *fault_of(enum text_format format, int64_t min, int64_t max, struct text text)
{
	struct field field = {.name = "text", .kind = KIND_TEXT, .format = format, .min = min, .max = max};
	struct text  sentence = TEXT("untouched");
	enum status  status = field_validate(&field, &text, &arena, &sentence);

	assert_true(status == STATUS_OK || status == STATUS_INVALID);
	assert_int_equal(status == STATUS_OK, text_is(sentence, "untouched"));
	return status == STATUS_OK ? NULL : arena_text(&arena, sentence).data;
}

static void allows(enum text_format format, const char *text)
{
	const char *fault = fault_of(format, 0, 300, text_from(text));

	if (fault)
		fail_msg("\"%s\" %s", text, fault);
}

static void refuses(enum text_format format, const char *text)
{
	if (!fault_of(format, 0, 300, text_from(text)))
		fail_msg("\"%s\" is allowed", text);
}

static void texts_are_counted_in_characters(void **state)
{
	assert_null(fault_of(FORMAT_LINE, 1, 3, TEXT("é😀€")));
	assert_string_equal(fault_of(FORMAT_LINE, 1, 3, TEXT("aé😀€")), "is longer than 3 characters");
	assert_string_equal(fault_of(FORMAT_LINE, 1, 1, TEXT("ab")), "must have exactly 1 character");
	assert_string_equal(fault_of(FORMAT_LINE, 0, 1, TEXT("ab")), "is longer than 1 character");
	assert_string_equal(fault_of(FORMAT_LINE, 1, 3, TEXT("")), "must not be empty");
	assert_string_equal(fault_of(FORMAT_LINE, 10, 30, TEXT("éé")), "is shorter than 10 characters");
	assert_string_equal(fault_of(FORMAT_TOKEN, 43, 43, TEXT("abc")), "must have exactly 43 characters");
	assert_null(fault_of(FORMAT_LINE, 0, 3, TEXT("")));
}

static void broken_utf8_and_nul_are_refused_in_every_format(void **state)
{
	for (int format = FORMAT_LINE; format <= FORMAT_PLACE; format++) {
		assert_string_equal(fault_of((enum text_format)format, 0, 9, TEXT("\xc3")), "is not well-formed UTF-8");
		assert_string_equal(fault_of((enum text_format)format, 0, 9, TEXT("a\0b")),
		                    "must not hold the character U+0000");
	}
}

static void a_line_holds_no_control_characters(void **state)
{
	allows(FORMAT_LINE, "Zoë O'Neill 😀 \xc2\xa0");
	refuses(FORMAT_LINE, "a\nb");
	refuses(FORMAT_LINE, "a\tb");
	refuses(FORMAT_LINE, "\x01");
	refuses(FORMAT_LINE, "\x7f");
	refuses(FORMAT_LINE, "\xc2\x85");
	allows(FORMAT_MULTILINE, "a\n\tb");
	refuses(FORMAT_MULTILINE, "a\rb");
	refuses(FORMAT_MULTILINE, "\x1b[0m");
}

static void emails_have_a_mailbox_and_a_domain(void **state)
{
	allows(FORMAT_EMAIL, "ada@example.org");
	allows(FORMAT_EMAIL, "a.b+c_d@sub.ex-ample.co");
	allows(FORMAT_EMAIL, "1@2.io");
	allows(FORMAT_EMAIL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@a.io");
	refuses(FORMAT_EMAIL, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@a.io");
	refuses(FORMAT_EMAIL, "a@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.io");
	refuses(FORMAT_EMAIL, "example.org");
	refuses(FORMAT_EMAIL, "@example.org");
	refuses(FORMAT_EMAIL, "ada@");
	refuses(FORMAT_EMAIL, "ada@example");
	refuses(FORMAT_EMAIL, "ada@.org");
	refuses(FORMAT_EMAIL, "ada@example.");
	refuses(FORMAT_EMAIL, "ada@-a.org");
	refuses(FORMAT_EMAIL, "ada@a-.org");
	refuses(FORMAT_EMAIL, "ada@10.0.0.1");
	refuses(FORMAT_EMAIL, "ada@[10.0.0.1]");
	refuses(FORMAT_EMAIL, ".ada@example.org");
	refuses(FORMAT_EMAIL, "ada.@example.org");
	refuses(FORMAT_EMAIL, "a..b@example.org");
	refuses(FORMAT_EMAIL, "a b@example.org");
	refuses(FORMAT_EMAIL, "a@b@example.org");
	refuses(FORMAT_EMAIL, "\"a\"@example.org");
	refuses(FORMAT_EMAIL, "ada@example.org\n");
	refuses(FORMAT_EMAIL, "ad\xc3\xa9@example.org");
}

static void urls_are_https_and_name_a_host(void **state)
{
	allows(FORMAT_URL, "https://example.org");
	allows(FORMAT_URL, "https://example.org:8443/a/b.png?c=d&e=%20#f");
	allows(FORMAT_URL, "https://localhost?x");
	allows(FORMAT_URL, "");
	refuses(FORMAT_URL, "http://example.org");
	refuses(FORMAT_URL, "javascript:alert(1)");
	refuses(FORMAT_URL, "https://");
	refuses(FORMAT_URL, "https:///path");
	refuses(FORMAT_URL, "https://:443/");
	refuses(FORMAT_URL, "https://ada@example.org/");
	refuses(FORMAT_URL, "https://ada:x@example.org/");
	refuses(FORMAT_URL, "https://example.org:/");
	refuses(FORMAT_URL, "https://example.org:65536/");
	refuses(FORMAT_URL, "https://example.org:80:80/");
	refuses(FORMAT_URL, "https://exa mple.org/");
	refuses(FORMAT_URL, "https://example.org/a b");
	refuses(FORMAT_URL, "https://example.org/\"onload=");
	refuses(FORMAT_URL, "https://example.org\\@evil.org/");
	refuses(FORMAT_URL, "https://example.org/\n");
	refuses(FORMAT_URL, "https://\xc3\xa9.org/");
}

static void the_smaller_formats_keep_to_their_alphabets(void **state)
{
	allows(FORMAT_LANGUAGE, "en");
	allows(FORMAT_LANGUAGE, "zh-Hant-TW");
	refuses(FORMAT_LANGUAGE, "en_US");
	refuses(FORMAT_LANGUAGE, "en-");
	refuses(FORMAT_LANGUAGE, "-en");
	refuses(FORMAT_LANGUAGE, "abcdefghi");
	allows(FORMAT_REGION, "BR");
	refuses(FORMAT_REGION, "br");
	refuses(FORMAT_REGION, "BRA");
	allows(FORMAT_TIME_ZONE, "America/Argentina/Buenos_Aires");
	allows(FORMAT_TIME_ZONE, "Etc/GMT+3");
	refuses(FORMAT_TIME_ZONE, "../etc/passwd");
	allows(FORMAT_BASE58, "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T");
	refuses(FORMAT_BASE58, "0");
	refuses(FORMAT_BASE58, "I");
	refuses(FORMAT_BASE58, "a-b");
	allows(FORMAT_TOKEN, "az_AZ-09");
	refuses(FORMAT_TOKEN, "a.b");
	refuses(FORMAT_TOKEN, "a=");
}

static void a_place_is_a_position_or_a_moment(void **state)
{
	allows(FORMAT_PLACE, "1");
	allows(FORMAT_PLACE, "9223372036854775807");
	allows(FORMAT_PLACE, "2026-01-02T03:04:05Z");
	allows(FORMAT_PLACE, "2026-01-02T03:04:05.5+01:00");
	refuses(FORMAT_PLACE, "0");
	refuses(FORMAT_PLACE, "-1");
	refuses(FORMAT_PLACE, "9223372036854775808");
	refuses(FORMAT_PLACE, "yesterday");
	refuses(FORMAT_PLACE, "2026-01-02");
}

/* ---------------------------------------------------------------- shapes */

static struct sample good(void)
{
	uint64_t      chance = 4711;
	struct sample sample;

	sample_random(&chance, &arena, &sample);
	return sample;
}

static void refuses_sample(const struct sample *sample, const char *expected)
{
	struct text sentence;

	assert_int_equal(shape_validate(&sample_shape, sample, 0, &arena, &sentence), STATUS_INVALID);
	if (!text_is(sentence, expected))
		fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARG(sentence), expected);
}

static void a_random_sample_is_within_its_bounds(void **state)
{
	uint64_t      chance = sample_seed();
	struct text   sentence;
	struct sample sample;

	for (int i = 0; i < 200; i++) {
		sample_random(&chance, &arena, &sample);
		if (shape_validate(&sample_shape, &sample, 0, &arena, &sentence) != STATUS_OK)
			fail_msg("%.*s", TEXT_ARG(sentence));
		arena_reset(&arena);
	}
}

static void the_first_fault_names_its_field(void **state)
{
	struct sample sample = good();

	sample.id = ID_NONE;
	refuses_sample(&sample, "id is required");
	sample = good();
	sample.text = TEXT("");
	refuses_sample(&sample, "text must not be empty");
	sample = good();
	sample.text = TEXT_NONE;
	refuses_sample(&sample, "text is required");
	sample = good();
	sample.colour = 4;
	refuses_sample(&sample, "colour must be one of: red, green, blue");
	sample.colour = 0;
	refuses_sample(&sample, "colour is required");
	sample = good();
	sample.bytes.size = WORDS_MAX + 1;
	refuses_sample(&sample, "bytes is longer than 40 bytes");
}

static void numbers_have_bounds(void **state)
{
	struct sample sample = good();

	sample.has_other_u32 = true;
	sample.other_u32 = 201;
	refuses_sample(&sample, "other_u32 must not be more than 200");
	sample.has_other_u32 = false;
	sample.has_other_i64 = true;
	sample.other_i64 = -6;
	refuses_sample(&sample, "other_i64 must not be less than -5");
	sample.has_other_i64 = false;
	sample.has_other_f64 = true;
	sample.other_f64 = 1.5;
	refuses_sample(&sample, "other_f64 must not be more than 1");
	sample.has_other_f64 = false;
	sample.f64 = NAN;
	refuses_sample(&sample, "f64 must be a finite number");
}

static void the_ends_of_a_kind_are_no_bounds(void **state)
{
	struct sample sample = good();
	struct text   sentence;

	sample.f64 = -1e300;
	sample.u64 = UINT64_MAX;
	sample.i64 = INT64_MIN;
	assert_int_equal(shape_validate(&sample_shape, &sample, 0, &arena, &sentence), STATUS_OK);
	sample.f64 = 1e300;
	sample.i64 = INT64_MAX;
	assert_int_equal(shape_validate(&sample_shape, &sample, 0, &arena, &sentence), STATUS_OK);
}

static void a_fault_in_a_list_names_the_item(void **state)
{
	struct leaf   leaves[] = {{.word = TEXT("ok")}, {.word = TEXT("a\nb")}};
	struct branch branches[] = {{.id = SAMPLE_PERSON, .leaves = {leaves, 2}}};
	struct sample sample = good();

	sample.branches = (struct branch_list){branches, 1};
	refuses_sample(&sample, "branches item 1: leaves item 2: word must be one line without control characters");
	sample.branches.count = BRANCHES_MAX + 1;
	refuses_sample(&sample, "branches is longer than 4 items");
	sample.branches = (struct branch_list){0};
	refuses_sample(&sample, "branches is required");
}

static void skipped_marks_are_not_looked_at(void **state)
{
	struct dossier dossier = {.level = 3, .person = SAMPLE_PERSON};
	struct text    sentence;

	assert_int_equal(shape_validate(&dossier_shape, &dossier, FIELD_PERSONAL, &arena, &sentence), STATUS_OK);
	assert_int_equal(shape_validate(&dossier_shape, &dossier, 0, &arena, &sentence), STATUS_INVALID);
}

static void json_holds_no_mark_of_sealed_texts(void **state)
{
	struct sample sample = good();
	struct text   sentence;

	sample.json = TEXT("\"\\\\u0001\"");
	assert_int_equal(shape_validate(&sample_shape, &sample, 0, &arena, &sentence), STATUS_OK);
	sample.json = TEXT("\"\\\\\\u0001\"");
	refuses_sample(&sample, "json must not hold the characters U+0000 or U+0001");
	sample.json = TEXT("\"\x01\"");
	refuses_sample(&sample, "json must not hold the characters U+0000 or U+0001");
	sample.json = TEXT("[\"\\u0000\"]");
	refuses_sample(&sample, "json must not hold the characters U+0000 or U+0001");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(texts_are_counted_in_characters),
		TEST(broken_utf8_and_nul_are_refused_in_every_format),
		TEST(a_line_holds_no_control_characters),
		TEST(emails_have_a_mailbox_and_a_domain),
		TEST(urls_are_https_and_name_a_host),
		TEST(the_smaller_formats_keep_to_their_alphabets),
		TEST(a_random_sample_is_within_its_bounds),
		TEST(the_first_fault_names_its_field),
		TEST(numbers_have_bounds),
		TEST(the_ends_of_a_kind_are_no_bounds),
		TEST(a_fault_in_a_list_names_the_item),
		TEST(skipped_marks_are_not_looked_at),
		TEST(json_holds_no_mark_of_sealed_texts),
		TEST(a_place_is_a_position_or_a_moment),
	};

	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
