#include "commands/merging/json_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "eventstore/codec/json_pointer.h"

static void reads_as(const char *json, const char *expected)
{
	struct arena            arena = {0};
	const struct json_node *node;
	struct text             mistake, text;

	if (json_tree_read(text_from(json), &arena, &node, &mistake) != STATUS_OK)
		fail_msg("%s: %.*s", json, TEXT_ARG(mistake));
	text = json_tree_text(node, &arena);
	if (!text_is(text, expected))
		fail_msg("%s became %.*s", json, TEXT_ARG(text));
	arena_finish(&arena);
}

static void is_refused(struct text json)
{
	struct arena            arena = {0};
	const struct json_node *node;
	struct text             mistake = {0};

	if (json_tree_read(json, &arena, &node, &mistake) == STATUS_OK)
		fail_msg("%.*s was not refused", TEXT_ARG(json));
	assert_int_equal(mistake.data[mistake.size - 1], '.');
	arena_finish(&arena);
}

static void what_was_read_is_written_without_blanks_and_with_the_fewest_digits(void **state)
{
	reads_as(" { \"b\" : [ 1.50 , -0 , 1e3 ] , \"a\" : null } ", "{\"b\":[1.5,-0.0,1000],\"a\":null}");
	reads_as("[]", "[]");
	reads_as("{}", "{}");
	reads_as("\"\\u00e9\\n\\ud83d\\ude00\\/\"", "\"é\\n😀/\"");
	reads_as("[true,false,[{}]]", "[true,false,[{}]]");
}

static void what_is_no_json_is_refused_with_a_sentence(void **state)
{
	static const char *const wrong[] = {
		"",
		"{",
		"[1,]",
		"{\"a\"}",
		"{\"a\":1,}",
		"01",
		"1.",
		"-",
		"+1",
		"1e",
		"nul",
		"[1 2]",
		"\"a",
		"\"\\x\"",
		"\"\\ud800\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"",
		"\"a\tb\"",
		"1 2",
		"1e999",
		"{\"a\":1,\"a\":2}",
		"\"\xff\"",
		"'a'",
		"\"\\u00g0\"",
		"\"\\",
	};

	for (size_t i = 0; i < array_count(wrong); i++)
		is_refused(text_from(wrong[i]));
}

static void depth_size_and_numbers_of_values_have_an_end(void **state)
{
	struct buffer out = {0};

	reads_as("[[[[[[[[[[[[1]]]]]]]]]]]]", "[[[[[[[[[[[[1]]]]]]]]]]]]");
	is_refused(TEXT("[[[[[[[[[[[[[1]]]]]]]]]]]]]"));
	buffer_append_text(&out, TEXT("[1"));
	for (int i = 1; i < JSON_TREE_NODES_MAX; i++)
		buffer_append_text(&out, TEXT(",1"));
	buffer_append_text(&out, TEXT("]"));
	is_refused((struct text){(const char *)out.data, out.size});
	buffer_reserve(&out, JSON_TREE_BYTES_MAX);
	out.size = JSON_TREE_BYTES_MAX + 1;
	is_refused((struct text){(const char *)out.data, out.size});
	buffer_finish(&out);
}

static const struct json_node *read(const char *json, struct arena *arena)
{
	const struct json_node *node;
	struct text             mistake;

	assert_int_equal(json_tree_read(text_from(json), arena, &node, &mistake), STATUS_OK);
	return node;
}

static void numbers_are_equal_by_value_and_objects_whatever_their_order(void **state)
{
	static const struct {
		const char *a, *b;
		bool        equal;
	} pairs[] = {
		{"1", "1.0", true},
		{"100", "1e2", true},
		{"0", "-0", true},
		{"1", "\"1\"", false},
		{"[1,2]", "[2,1]", false},
		{"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
		{"{\"a\":1}", "{\"b\":1}", false},
		{"{}", "[]", false},
		{"null", "false", false},
		{"[1]", "[1,1]", false},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < array_count(pairs); i++)
		if (json_tree_equal(read(pairs[i].a, &arena), read(pairs[i].b, &arena)) != pairs[i].equal)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	assert_false(json_tree_equal(NULL, read("null", &arena)));
	arena_finish(&arena);
}

/* The document and the pointers of RFC 6901, 5. */
static void the_pointers_of_the_rfc_lead_to_their_values(void **state)
{
	static const struct {
		const char *pointer, *value;
	} cases[] = {
		{"/foo", "[\"bar\",\"baz\"]"},
		{"/foo/0", "\"bar\""},
		{"/", "0"},
		{"/a~1b", "1"},
		{"/c%d", "2"},
		{"/e^f", "3"},
		{"/g|h", "4"},
		{"/i\\j", "5"},
		{"/k\"l", "6"},
		{"/ ", "7"},
		{"/m~0n", "8"},
	};
	struct arena            arena = {0};
	const struct json_node *document =
		read("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
	             "\"k\\\"l\":6,\" \":7,\"m~n\":8}",
	             &arena);
	struct json_pointer pointer;

	assert_int_equal(json_pointer_read(TEXT(""), &arena, &pointer), STATUS_OK);
	assert_ptr_equal(json_tree_find(document, &pointer), document);
	for (size_t i = 0; i < array_count(cases); i++) {
		const struct json_node *found;

		assert_int_equal(json_pointer_read(text_from(cases[i].pointer), &arena, &pointer), STATUS_OK);
		found = json_tree_find(document, &pointer);
		assert_non_null(found);
		assert_true(text_is(json_tree_text(found, &arena), cases[i].value));
	}
	arena_finish(&arena);
}

static void a_pointer_that_is_none_is_refused(void **state)
{
	struct arena        arena = {0};
	struct json_pointer pointer;

	assert_int_equal(json_pointer_read(TEXT("foo"), &arena, &pointer), STATUS_MALFORMED);
	assert_int_equal(json_pointer_read(TEXT("/~"), &arena, &pointer), STATUS_MALFORMED);
	assert_int_equal(json_pointer_read(TEXT("/~2"), &arena, &pointer), STATUS_MALFORMED);
	assert_int_equal(json_pointer_read(TEXT("/1/2/3/4/5/6/7/8/9/a/b/c/d"), &arena, &pointer), STATUS_TOO_LARGE);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_written_without_blanks_and_with_the_fewest_digits),
		cmocka_unit_test(what_is_no_json_is_refused_with_a_sentence),
		cmocka_unit_test(depth_size_and_numbers_of_values_have_an_end),
		cmocka_unit_test(numbers_are_equal_by_value_and_objects_whatever_their_order),
		cmocka_unit_test(the_pointers_of_the_rfc_lead_to_their_values),
		cmocka_unit_test(a_pointer_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
