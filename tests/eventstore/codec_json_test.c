#include "eventstore/codec/codec_json.h"

#include "tests/eventstore/sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ROUNDS = 500 };

static struct arena      arena;
static struct buffer     printed;
static struct complaints complaints;

static int forget_memory(void **state)
{
	arena_finish(&arena);
	buffer_finish(&printed);
	complaints = (struct complaints){0};
	return 0;
}

static void assert_text(struct text text, const char *expected)
{
	if (!text_is(text, expected))
		fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARG(text), expected);
}

static void assert_printed(const char *expected)
{
	assert_text((struct text){.data = (const char *)printed.data, .size = printed.size}, expected);
}

/* ---------------------------------------------------------------- a request with most that can be asked */

struct entry {
	uint32_t channel;
	bool     on;
};

struct entry_list {
	const struct entry *items;
	uint32_t            count;
};

struct wish {
	struct id         user;
	struct text       title, bio, secret;
	uint32_t          theme, seats;
	bool              has_seats;
	uint64_t          position;
	struct text       scene;
	struct entry_list entries;
};

static const char *const   themes[] = {"system", "light", "dark"};
static const struct choice theme_choice = {.name = "theme", .words = themes, .count = 3};

#define FIELD(owner, member, field_kind, ...)                                                                          \
	{                                                                                                              \
		.name = #member, .kind = (field_kind), .offset = offsetof(struct owner, member), __VA_ARGS__           \
	}

static const struct field entry_fields[] = {
	FIELD(entry, channel, KIND_CHOICE, .choice = &theme_choice),
	FIELD(entry, on, KIND_BOOL),
};

static const struct shape entry_shape = {
	.name = "entry", .fields = entry_fields, .count = array_count(entry_fields), .size = sizeof(struct entry)};

static const struct field wish_fields[] = {
	FIELD(wish, user, KIND_ID, .marks = FIELD_CALLER),
	FIELD(wish, title, KIND_TEXT, .min = 1, .max = 5),
	FIELD(wish, bio, KIND_TEXT, .marks = FIELD_OPTIONAL, .max = 9, .format = FORMAT_MULTILINE),
	FIELD(wish, secret, KIND_TEXT, .marks = FIELD_SERVER, .min = 1, .max = 5),
	FIELD(wish, theme, KIND_CHOICE, .marks = FIELD_OPTIONAL, .choice = &theme_choice),
	FIELD(wish, seats, KIND_U32, .marks = FIELD_OPTIONAL, .has_offset = offsetof(struct wish, has_seats), .min = 1,
              .max = 200),
	FIELD(wish, position, KIND_U64, .marks = FIELD_SERVER, .max = INT64_MAX),
	FIELD(wish, scene, KIND_JSON, .marks = FIELD_OPTIONAL, .max = 40),
	FIELD(wish, entries, KIND_LIST, .marks = FIELD_OPTIONAL, .max = 2, .record = &entry_shape),
};

static const struct shape wish_shape = {
	.name = "wish", .fields = wish_fields, .count = array_count(wish_fields), .size = sizeof(struct wish)};

enum { NOT_IN_BODY = FIELD_SERVER | FIELD_CALLER };

static enum status read_sized(struct bytes json, struct wish *wish)
{
	complaints.count = 0;
	return json_decode_shape(&wish_shape, json, NOT_IN_BODY, &arena, wish, &complaints);
}

static enum status read_wish(const char *json, struct wish *wish)
{
	return read_sized(text_bytes(text_from(json)), wish);
}

static void refuses(const char *json, const char *pointer, const char *sentence)
{
	struct wish wish = {.title = TEXT("old"), .position = 7};

	assert_int_equal(read_wish(json, &wish), STATUS_INVALID);
	assert_int_equal(complaints.count, 1);
	assert_text(complaints.items[0].pointer, pointer);
	assert_text(complaints.items[0].sentence, sentence);
	assert_text(wish.title, "old");
	assert_int_equal(wish.position, 7);
}

/* ---------------------------------------------------------------- there and back */

static void every_object_comes_back_as_it_was(void **state)
{
	uint64_t      chance = sample_seed();
	struct sample sample, back;

	for (int i = 0; i < ROUNDS; i++) {
		enum status status;

		sample_random(&chance, &arena, &sample);
		printed.size = complaints.count = 0;
		json_encode_shape(&sample_shape, &sample, 0, &printed);
		memset(&back, 0xff, sizeof(back));
		status = json_decode_shape(&sample_shape, buffer_bytes(&printed), 0, &arena, &back, &complaints);
		if (status != STATUS_OK)
			fail_msg("%.*s %.*s in %.*s", TEXT_ARG(complaints.items[0].pointer),
			         TEXT_ARG(complaints.items[0].sentence), (int)printed.size, (const char *)printed.data);
		assert_true(sample_equal(&sample_shape, &sample, &back));
		arena_reset(&arena);
	}
}

static void flipped_bits_never_break_the_reader(void **state)
{
	uint64_t      chance = sample_seed();
	struct sample sample, back;

	for (int i = 0; i < ROUNDS; i++) {
		sample_random(&chance, &arena, &sample);
		printed.size = complaints.count = 0;
		json_encode_shape(&sample_shape, &sample, 0, &printed);
		printed.data[sample_next(&chance) % printed.size] ^= (uint8_t)(1u << sample_next(&chance) % 8);
		if (json_decode_shape(&sample_shape, buffer_bytes(&printed), 0, &arena, &back, &complaints)
		    != STATUS_OK)
			assert_in_range(complaints.count, 1, COMPLAINTS_MAX);
		else
			assert_int_equal(complaints.count, 0);
		arena_reset(&arena);
	}
}

/* ---------------------------------------------------------------- writing */

static void kinds_are_written_as_the_contract_says(void **state)
{
	struct leaf   leaf = {.word = TEXT("w"), .weight = 0.1, .has_weight = true};
	struct branch branch = {.id = SAMPLE_PERSON, .colour = 3, .leaves = {&leaf, 1}};
	struct sample sample = {.id = SAMPLE_PERSON,
	                        .text = TEXT("a\"b\\c\n\x01é"),
	                        .lines = TEXT(""),
	                        .bytes = BYTES("\xff\xfe", 2),
	                        .hash = {.bytes = "0123456789abcdef0123456789abcdef"},
	                        .json = TEXT("[1]"),
	                        .colour = 1,
	                        .branches = {&branch, 1},
	                        .u32 = UINT32_MAX,
	                        .u64 = UINT64_MAX,
	                        .i64 = INT64_MIN,
	                        .f64 = -2.5e-7,
	                        .time = 1767323045678901};

	json_encode_shape(&sample_shape, &sample, 0, &printed);
	assert_printed(
		"{\"id\":\"01020304-0506-0708-090a-0b0c0d0e0f10\",\"text\":\"a\\\"b\\\\c\\n\\u0001é\",\"lines\":\"\","
		"\"bytes\":\"__4\",\"hash\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\",\"json\":[1],\"colour\":"
		"\"red\","
		"\"branches\":[{\"id\":\"01020304-0506-0708-090a-0b0c0d0e0f10\",\"colour\":\"blue\",\"leaves\":[{"
		"\"word\":"
		"\"w\",\"weight\":0.1}]}],\"flag\":false,\"u32\":4294967295,\"u64\":18446744073709551615,"
		"\"i64\":-9223372036854775808,\"f64\":-2.5e-07,\"time\":\"2026-01-02T03:04:05.678901Z\"}");
}

static void forgotten_is_null_and_absent_is_left_out(void **state)
{
	struct dossier dossier = {.person = SAMPLE_PERSON, .name = TEXT_FORGOTTEN};

	json_encode_shape(&dossier_shape, &dossier, 0, &printed);
	assert_printed("{\"name\":null,\"person\":\"01020304-0506-0708-090a-0b0c0d0e0f10\",\"level\":0}");
}

static void skipped_marks_are_left_out(void **state)
{
	struct dossier dossier = {.person = ID_NONE, .name = TEXT("Ada"), .level = 4};

	json_encode_shape(&dossier_shape, &dossier, FIELD_PERSONAL, &printed);
	assert_printed("{\"level\":4}");
}

static void numbers_take_the_digits_that_bring_them_back(void **state)
{
	static const struct {
		double      value;
		const char *digits;
	} cases[] = {{0.1, "0.1"},      {1.0 / 3, "0.3333333333333333"},   {0.1 + 0.2, "0.30000000000000004"},
	             {1e300, "1e+300"}, {5e-324, "4.94065645841247e-324"}, {0, "0"},
	             {-0.0, "-0.0"},    {123456789, "123456789"}};

	for (size_t i = 0; i < array_count(cases); i++) {
		struct leaf        leaf = {.word = TEXT("w"), .weight = cases[i].value, .has_weight = true};
		struct text        expected = arena_format(&arena, "{\"weight\":%s}", cases[i].digits);
		const struct shape weights = {.name = "weights",
		                              .fields = &sample_shape.fields[13].record->fields[2].record->fields[1],
		                              .count = 1,
		                              .size = sizeof(leaf)};

		printed.size = 0;
		json_encode_shape(&weights, &leaf, 0, &printed);
		assert_printed(expected.data);
		assert_true(strtod(cases[i].digits, NULL) == cases[i].value);
	}
}

static void a_time_beyond_the_calendar_is_written_as_its_end(void **state)
{
	struct sample      sample = {.time = INT64_MAX};
	const struct shape times = {.name = "times", .fields = shape_field(&sample_shape, TEXT("time")), .count = 1};

	json_encode_shape(&times, &sample, 0, &printed);
	sample.time = INT64_MIN;
	json_encode_shape(&times, &sample, 0, &printed);
	assert_printed("{\"time\":\"9999-12-31T23:59:59.999999Z\"}{\"time\":\"1970-01-01T00:00:00.000000Z\"}");
}

/* ---------------------------------------------------------------- reading */

static void a_request_fills_its_struct_and_keeps_the_rest(void **state)
{
	struct wish wish = {.user = SAMPLE_PERSON, .position = 9, .bio = TEXT("old")};

	assert_int_equal(read_wish(" {\"title\":\"\\u00e9\\ud83d\\ude00\",\"theme\":\"dark\",\"seats\":3,\"scene\":{"
	                           "\"b\":[0.1, 2],"
	                           "\"a\":null},\"entries\":[{\"channel\":\"light\",\"on\":true}]} ",
	                           &wish),
	                 STATUS_OK);
	assert_text(wish.title, "é😀");
	assert_int_equal(wish.theme, 3);
	assert_int_equal(wish.seats, 3);
	assert_true(wish.has_seats);
	assert_text(wish.scene, "{\"b\":[0.1,2],\"a\":null}");
	assert_int_equal(wish.entries.count, 1);
	assert_int_equal(wish.entries.items[0].channel, 2);
	assert_true(wish.entries.items[0].on);
	assert_true(id_equal(wish.user, SAMPLE_PERSON));
	assert_int_equal(wish.position, 9);
	assert_null(wish.bio.data);
}

static void what_is_no_json_object_is_malformed(void **state)
{
	static const char *const bad[] = {"",
	                                  " ",
	                                  "[]",
	                                  "1",
	                                  "\"x\"",
	                                  "null",
	                                  "{",
	                                  "{\"title\":}",
	                                  "{}x",
	                                  "{'a':1}",
	                                  "{\"title\":\"\xff\"}",
	                                  "{\"title\":\"a\nb\"}",
	                                  "{\"\\u0000\":1}",
	                                  "nul"};

	for (size_t i = 0; i < array_count(bad); i++) {
		struct wish wish = {.position = 7};

		assert_int_equal(read_wish(bad[i], &wish), STATUS_MALFORMED);
		assert_int_equal(complaints.count, 1);
		assert_text(complaints.items[0].pointer, "");
		assert_int_equal(wish.position, 7);
	}
}

static void the_place_of_a_mistake_is_told_and_not_the_text(void **state)
{
	struct wish wish = {0};

	assert_int_equal(read_wish("{\"title\":\n\"secret word\"?}", &wish), STATUS_MALFORMED);
	assert_text(complaints.items[0].sentence, "is not well-formed JSON (line 2, column 14)");
}

static void an_empty_body_serves_when_nothing_is_required(void **state)
{
	struct leaf        leaf = {.has_weight = true};
	const struct shape weights = {.name = "w",
	                              .fields = &sample_shape.fields[13].record->fields[2].record->fields[1],
	                              .count = 1,
	                              .size = sizeof(leaf)};

	assert_int_equal(json_decode_shape(&weights, BYTES("", 0), 0, &arena, &leaf, &complaints), STATUS_OK);
	assert_false(leaf.has_weight);
}

static void nesting_has_an_end(void **state)
{
	struct wish wish = {0};
	char        deep[3000] = "{\"title\":\"a\",\"scene\":";

	memset(deep + strlen(deep), '[', JSON_DEPTH_MAX);
	assert_int_equal(read_wish(deep, &wish), STATUS_MALFORMED);
	assert_text(complaints.items[0].sentence, "is nested more than 16 levels deep");
	assert_int_equal(
		read_wish("{\"title\":\"[[[[[\",\"bio\":\"[[[[[[[[[\",\"scene\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}",
	                  &wish),
		STATUS_OK);
	assert_text(wish.scene, "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]");
	assert_int_equal(read_wish("{\"title\":\"a\\\"[\",\"bio\":\"\\\\\"}", &wish), STATUS_OK);
}

static void each_fault_has_its_sentence(void **state)
{
	refuses("{}", "/title", "is required");
	refuses("{\"title\":null}", "/title", "must not be null");
	refuses("{\"title\":7}", "/title", "must be a text");
	refuses("{\"title\":\"\"}", "/title", "must not be empty");
	refuses("{\"title\":\"éééééé\"}", "/title", "is longer than 5 characters");
	refuses("{\"title\":\"a\\u0000\"}", "/title", "must not hold the character U+0000");
	refuses("{\"title\":\"a\\nb\"}", "/title", "must be one line without control characters");
	refuses("{\"title\":\"\\u0001x\"}", "/title", "must be one line without control characters");
	refuses("{\"title\":\"a\",\"theme\":\"pink\"}", "/theme", "must be one of: system, light, dark");
	refuses("{\"title\":\"a\",\"theme\":1}", "/theme", "must be one of: system, light, dark");
	refuses("{\"title\":\"a\",\"seats\":0}", "/seats", "must not be less than 1");
	refuses("{\"title\":\"a\",\"seats\":201}", "/seats", "must not be more than 200");
	refuses("{\"title\":\"a\",\"seats\":-1}", "/seats", "must not be less than 0");
	refuses("{\"title\":\"a\",\"seats\":4294967297}", "/seats", "is too large");
	refuses("{\"title\":\"a\",\"seats\":1.5}", "/seats", "must be a whole number");
	refuses("{\"title\":\"a\",\"seats\":\"1\"}", "/seats", "must be a whole number");
	refuses("{\"title\":\"a\",\"scene\":\"0123456789012345678901234567890123456789\"}", "/scene",
	        "is longer than 40 bytes");
	refuses("{\"title\":\"a\",\"scene\":[\"\\u0001\"]}", "/scene", "must not hold the characters U+0000 or U+0001");
	refuses("{\"title\":\"a\",\"scene\":{\"a\\u0001\":1}}", "/scene",
	        "must not hold the characters U+0000 or U+0001");
	refuses("{\"title\":\"a\",\"scene\":\"\\u0000\"}", "/scene", "must not hold the characters U+0000 or U+0001");
	refuses("{\"title\":\"a\",\"entries\":{}}", "/entries", "must be a list");
	refuses("{\"title\":\"a\",\"entries\":[1,2,3]}", "/entries", "is longer than 2 items");
	refuses("{\"title\":\"a\",\"entries\":[7]}", "/entries/0", "must be an object");
	refuses("{\"title\":\"a\",\"entries\":[{\"channel\":\"dark\"}]}", "/entries/0/on", "is required");
	refuses("{\"title\":\"a\",\"entries\":[{\"channel\":\"dark\",\"on\":1}]}", "/entries/0/on",
	        "must be true or false");
}

static void members_that_nobody_asked_for_are_refused(void **state)
{
	refuses("{\"title\":\"a\",\"a/b~c\":1}", "/a~1b~0c", "is not a member of this request");
	refuses("{\"title\":\"a\",\"secret\":\"x\"}", "/secret", "is not a member of this request");
	refuses("{\"title\":\"a\",\"user\":null}", "/user", "is not a member of this request");
	refuses("{\"title\":\"a\",\"\":1}", "/", "is not a member of this request");
	refuses("{\"title\":\"a\",\"entries\":[{\"channel\":\"dark\",\"on\":true,\"off\":1}]}", "/entries/0/off",
	        "is not a member of this request");
}

static void a_member_given_twice_is_refused(void **state)
{
	struct wish wish = {0};

	assert_int_equal(read_wish("{\"title\":\"a\",\"title\":\"b\"}", &wish), STATUS_INVALID);
	assert_int_equal(complaints.count, 1);
	assert_true(text_starts_with(complaints.items[0].sentence, TEXT("has a member twice")));
}

static void a_number_beyond_all_kinds_is_refused(void **state)
{
	struct wish wish = {0};

	assert_int_equal(read_wish("{\"title\":\"a\",\"seats\":99999999999999999999}", &wish), STATUS_INVALID);
	assert_true(text_starts_with(complaints.items[0].sentence, TEXT("has a number that is too large")));
	assert_int_equal(read_wish("{\"title\":\"a\",\"scene\":1e999}", &wish), STATUS_INVALID);
}

static void null_clears_a_text_and_is_absent_elsewhere(void **state)
{
	struct wish wish = {0};

	assert_int_equal(
		read_wish(
			"{\"title\":\"a\",\"bio\":null,\"theme\":null,\"seats\":null,\"scene\":null,\"entries\":null}",
			&wish),
		STATUS_OK);
	assert_non_null(wish.bio.data);
	assert_int_equal(wish.bio.size, 0);
	assert_int_equal(wish.theme, 0);
	assert_false(wish.has_seats);
	assert_null(wish.scene.data);
	assert_null(wish.entries.items);
}

static void an_empty_list_is_not_an_absent_one(void **state)
{
	struct wish wish = {0};

	assert_int_equal(read_wish("{\"title\":\"a\",\"entries\":[]}", &wish), STATUS_OK);
	assert_non_null(wish.entries.items);
	assert_int_equal(wish.entries.count, 0);
}

static void complaints_are_counted_up_to_their_maximum(void **state)
{
	struct wish   wish = {0};
	struct buffer many = {0};

	buffer_format(&many, "{\"title\":1");
	for (int i = 0; i < 40; i++)
		buffer_format(&many, ",\"m%d\":1", i);
	buffer_format(&many, "}");
	assert_int_equal(read_sized(buffer_bytes(&many), &wish), STATUS_INVALID);
	assert_int_equal(complaints.count, COMPLAINTS_MAX);
	assert_text(complaints.items[0].pointer, "/title");
	assert_text(complaints.items[15].pointer, "/m14");
	buffer_finish(&many);
}

/* ---------------------------------------------------------------- words */

static enum status take(const char *name, const char *word, struct sample *sample)
{
	complaints.count = 0;
	return field_from_text(shape_field(&sample_shape, text_from(name)), text_from(word), &arena, sample,
	                       &complaints);
}

static void words_fill_fields_of_every_scalar_kind(void **state)
{
	struct sample sample = {0};

	assert_int_equal(take("id", "01020304-0506-0708-090A-0B0C0D0E0F10", &sample), STATUS_OK);
	assert_int_equal(take("text", "dé", &sample), STATUS_OK);
	assert_int_equal(take("other_colour", "blue", &sample), STATUS_OK);
	assert_int_equal(take("other_flag", "false", &sample), STATUS_OK);
	assert_int_equal(take("other_u32", "200", &sample), STATUS_OK);
	assert_int_equal(take("u64", "9223372036854775808", &sample), STATUS_OK);
	assert_int_equal(take("i64", "-9223372036854775808", &sample), STATUS_OK);
	assert_int_equal(take("f64", "-2.5e3", &sample), STATUS_OK);
	assert_int_equal(take("time", "1970-01-01T00:00:01Z", &sample), STATUS_OK);
	assert_int_equal(take("bytes", "__4", &sample), STATUS_OK);
	assert_int_equal(take("hash", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", &sample), STATUS_OK);
	assert_true(id_equal(sample.id, SAMPLE_PERSON));
	assert_text(sample.text, "dé");
	assert_int_equal(sample.other_colour, 3);
	assert_true(sample.has_other_flag && !sample.other_flag && sample.has_other_u32);
	assert_int_equal(sample.other_u32, 200);
	assert_true(sample.u64 == 9223372036854775808u && sample.i64 == INT64_MIN && sample.f64 == -2500.0);
	assert_int_equal(sample.time, 1000000);
	assert_true(bytes_equal(sample.bytes, BYTES("\xff\xfe", 2)));
	assert_memory_equal(sample.hash.bytes, "0123456789abcdef0123456789abcdef", 32);
}

static void words_that_do_not_fit_are_refused_with_the_same_sentences(void **state)
{
	static const char *const cases[][3] = {
		{"other_u32", "201", "must not be more than 200"},
		{"other_u32", "", "must be a whole number"},
		{"other_u32", "-1", "must be a whole number"},
		{"other_u32", "4294967296", "must be a whole number"},
		{"i64", "9223372036854775808", "must be a whole number"},
		{"i64", "-", "must be a whole number"},
		{"f64", "nan", "must be a number"},
		{"f64", "0x10", "must be a number"},
		{"f64", "1e999", "must be a number"},
		{"f64", " 1", "must be a number"},
		{"f64", "", "must be a number"},
		{"flag", "yes", "must be true or false"},
		{"colour", "pink", "must be one of: red, green, blue"},
		{"text", "", "must not be empty"},
		{"text", "\xff", "is not well-formed UTF-8"},
		{"id", "00000000-0000-0000-0000-000000000000", "is not an id (a UUID)"},
		{"time", "yesterday", "is not a time such as 2026-01-02T03:04:05Z"},
		{"time", "1970-01-01T00:00:00+01:00", "is not a time such as 2026-01-02T03:04:05Z"},
		{"hash", "abc", "must be 43 characters of base64url"},
		{"bytes", "a=", "must be a text in base64url"},
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		struct sample sample = {.u32 = 5}, before = sample;

		assert_int_equal(take(cases[i][0], cases[i][1], &sample), STATUS_INVALID);
		assert_int_equal(complaints.count, 1);
		assert_text(complaints.items[0].sentence, cases[i][2]);
		assert_int_equal(complaints.items[0].pointer.data[0], '/');
		assert_memory_equal(&sample, &before, sizeof(sample));
	}
}

static void strings_are_escaped(void **state)
{
	json_append_string(&printed, TEXT("\b\f\n\r\t\v\x1f\"\\/\x7f😀"));
	json_append_string(&printed, (struct text){.data = "\0", .size = 1});
	json_append_string(&printed, TEXT(""));
	assert_printed("\"\\b\\f\\n\\r\\t\\u000b\\u001f\\\"\\\\/\x7f😀\"\"\\u0000\"\"\"");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_object_comes_back_as_it_was),
		TEST(flipped_bits_never_break_the_reader),
		TEST(kinds_are_written_as_the_contract_says),
		TEST(forgotten_is_null_and_absent_is_left_out),
		TEST(skipped_marks_are_left_out),
		TEST(numbers_take_the_digits_that_bring_them_back),
		TEST(a_time_beyond_the_calendar_is_written_as_its_end),
		TEST(a_request_fills_its_struct_and_keeps_the_rest),
		TEST(what_is_no_json_object_is_malformed),
		TEST(the_place_of_a_mistake_is_told_and_not_the_text),
		TEST(an_empty_body_serves_when_nothing_is_required),
		TEST(nesting_has_an_end),
		TEST(each_fault_has_its_sentence),
		TEST(members_that_nobody_asked_for_are_refused),
		TEST(a_member_given_twice_is_refused),
		TEST(a_number_beyond_all_kinds_is_refused),
		TEST(null_clears_a_text_and_is_absent_elsewhere),
		TEST(an_empty_list_is_not_an_absent_one),
		TEST(complaints_are_counted_up_to_their_maximum),
		TEST(words_fill_fields_of_every_scalar_kind),
		TEST(words_that_do_not_fit_are_refused_with_the_same_sentences),
		TEST(strings_are_escaped),
	};

	return cmocka_run_group_tests_name("codec_json", tests, NULL, NULL);
}
