#include "eventstore/codec/personal.h"

#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena  arena;
static struct buffer opened;

static int forget_memory(void **state)
{
	arena_finish(&arena);
	buffer_finish(&opened);
	return 0;
}

static struct text form_of(struct id person, const char *label, const char *clear)
{
	struct bytes sealed;

	assert_int_equal(sample_sealer.seal(NULL, person, text_from(label), text_from(clear), &arena, &sealed),
	                 STATUS_OK);
	return personal_form(&arena, person, text_from(label), sealed);
}

static struct text open_form(struct text form)
{
	return personal_open(form, &sample_opener, &arena);
}

/* The form as it stands in JSON that PostgreSQL printed, without quotes. */
static const char *escaped(struct text form)
{
	return arena_format(&arena, "\\u0001%.*s", (int)form.size - 1, form.data + 1).data;
}

static void assert_opens_to(struct text json, const char *expected)
{
	opened.size = 0;
	buffer_append_text(&opened, TEXT("before"));
	assert_true(personal_open_json(text_bytes(json), &sample_opener, &opened));
	buffer_append(&opened, BYTES("", 1));
	assert_string_equal((const char *)opened.data, arena_format(&arena, "before%s", expected).data);
}

static void assert_untouched(struct text json)
{
	opened.size = 0;
	assert_false(personal_open_json(text_bytes(json), &sample_opener, &opened));
	assert_int_equal(opened.size, 0);
}

/* ---------------------------------------------------------------- forms */

static void the_form_has_its_layout(void **state)
{
	struct text form = personal_form(&arena, SAMPLE_PERSON, TEXT("name"), BYTES("\xff\xfe\xfd", 3));

	assert_true(text_is(form, "\x01"
	                          "AQIDBAUGBwgJCgsMDQ4PEA.name.__79"));
}

static void a_form_opens_to_its_clear_text(void **state)
{
	assert_true(text_is(open_form(form_of(SAMPLE_PERSON, "name", "Zoë \"O'Neill\"")), "Zoë \"O'Neill\""));
	assert_true(text_is(open_form(form_of(SAMPLE_PERSON, "name", "")), ""));
	assert_false(text_is_forgotten(open_form(form_of(SAMPLE_PERSON, "name", ""))));
}

static void other_texts_are_handed_back(void **state)
{
	struct text text = TEXT("Ada"), none = TEXT_NONE;

	assert_ptr_equal(open_form(text).data, text.data);
	assert_null(open_form(none).data);
	assert_true(text_is_forgotten(open_form(TEXT_FORGOTTEN)));
}

static void nothing_sealed_is_forgotten(void **state)
{
	assert_true(text_is_forgotten(personal_form(&arena, SAMPLE_PERSON, TEXT("name"), BYTES(NULL, 0))));
}

static void a_form_cannot_be_moved(void **state)
{
	struct text form = form_of(SAMPLE_PERSON, "name", "Ada");
	struct text label = arena_text(&arena, form), person = arena_text(&arena, form);

	memcpy((char *)label.data + 24, "mail", 4);
	((char *)person.data)[1] ^= 2;
	assert_true(text_is_forgotten(open_form(label)));
	assert_true(text_is_forgotten(open_form(person)));
}

static void malformed_forms_are_forgotten(void **state)
{
	static const char *const bad[] = {
		"\x01",
		"\x01.",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA.",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA.name",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA.name.",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA..__79",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA.name.__7",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PE=.name.__79",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEB.name.__79",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA.na me.__79",
		"\x01"
		"AQIDBAUGBwgJCgsMDQ4PEA.name.__79.__79",
	};

	for (size_t i = 0; i < array_count(bad); i++)
		assert_true(text_is_forgotten(open_form(text_from(bad[i]))));
}

static void every_prefix_of_a_form_is_forgotten(void **state)
{
	struct text form = form_of(SAMPLE_PERSON, "name", "Ada");

	for (size_t size = 1; size < form.size; size++)
		assert_true(text_is_forgotten(open_form((struct text){.data = form.data, .size = size})));
}

/* ---------------------------------------------------------------- JSON */

static void json_without_forms_is_left_to_the_caller(void **state)
{
	assert_untouched(TEXT(""));
	assert_untouched(TEXT("{\"name\":\"Ada\",\"x\":\"\\u0002\"}"));
	assert_untouched(TEXT("\"\\\\u0001\""));
	assert_untouched(TEXT("[\"a\\u0001b\"]"));
}

static void every_form_in_json_is_opened(void **state)
{
	struct text name = form_of(SAMPLE_PERSON, "name", "A\"d\\a\n"), mail = form_of(SAMPLE_PERSON, "mail", "a@b.io");
	struct text json = arena_format(&arena, "[{\"n\":\"%s\",\"m\": \"%.*s\"},\"x\",\"%s\",{\"n\":\"%s\"}]",
	                                escaped(name), TEXT_ARG(mail), escaped(mail), escaped(mail));

	assert_opens_to(json, "[{\"n\":\"A\\\"d\\\\a\\n\",\"m\": \"a@b.io\"},\"x\",\"a@b.io\",{\"n\":\"a@b.io\"}]");
	assert_opens_to(arena_format(&arena, "\"%s\"", escaped(mail)), "\"a@b.io\"");
}

static void what_is_forgotten_or_malformed_becomes_null(void **state)
{
	struct text form = form_of(SAMPLE_PERSON, "name", "Ada");
	struct text gone = personal_form(&arena, SAMPLE_ERASED, TEXT("name"),
	                                 BYTES("0123456789012345678901234567890123456789", 40));

	assert_opens_to(arena_format(&arena, "{\"a\":\"%s\",\"b\":\"%.*s\"}", escaped(gone), TEXT_ARG(gone)),
	                "{\"a\":null,\"b\":null}");
	assert_opens_to(arena_format(&arena, "[\"%s!\",1]", escaped(form)), "[null,1]");
	assert_opens_to(TEXT("[\"\\u0001\",\"\\u0001\\\",\\\"\",\"\\u0001\\\\\",2]"), "[null,null,null,2]");
	assert_opens_to(TEXT("[\"\x01\"]"), "[null]");
}

static void a_quote_inside_a_string_begins_nothing(void **state)
{
	struct text form = form_of(SAMPLE_PERSON, "name", "Ada");

	assert_untouched(arena_format(&arena, "[\"say \\\"%s\"]", escaped(form)));
	assert_opens_to(arena_format(&arena, "[\"\\\\\",\"%s\"]", escaped(form)), "[\"\\\\\",\"Ada\"]");
	assert_opens_to(arena_format(&arena, "[\"\\\"\\u0001\",\"%s\"]", escaped(form)), "[\"\\\"\\u0001\",\"Ada\"]");
}

static void member_names_stay(void **state)
{
	struct text form = form_of(SAMPLE_PERSON, "name", "Ada");

	assert_opens_to(arena_format(&arena, "{\"\\u0001\" : \"%s\"}", escaped(form)), "{\"\\u0001\" : \"Ada\"}");
	assert_untouched(TEXT("{\"\\u0001\":1}"));
}

static void json_that_breaks_off_is_left_alone(void **state)
{
	struct text form = form_of(SAMPLE_PERSON, "name", "Ada");

	assert_untouched(arena_format(&arena, "{\"a\":\"%s", escaped(form)));
	assert_untouched(TEXT("\"\\u0001\\"));
	assert_opens_to(arena_format(&arena, "[\"%s\",\"\\u0001", escaped(form)), "[\"Ada\",\"\\u0001");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_form_has_its_layout),
		TEST(a_form_opens_to_its_clear_text),
		TEST(other_texts_are_handed_back),
		TEST(nothing_sealed_is_forgotten),
		TEST(a_form_cannot_be_moved),
		TEST(malformed_forms_are_forgotten),
		TEST(every_prefix_of_a_form_is_forgotten),
		TEST(json_without_forms_is_left_to_the_caller),
		TEST(every_form_in_json_is_opened),
		TEST(what_is_forgotten_or_malformed_becomes_null),
		TEST(a_quote_inside_a_string_begins_nothing),
		TEST(member_names_stay),
		TEST(json_that_breaks_off_is_left_alone),
	};

	return cmocka_run_group_tests_name("personal", tests, NULL, NULL);
}
