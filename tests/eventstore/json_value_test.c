/* Foreign JSON as a tree. */
#include "eventstore/codec/json_value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct json_bounds bounds = {.size_max = 200, .depth_max = 4};

static struct json_value *read_value(struct arena *arena, const char *json)
{
	struct complaints  complaints = {0};
	struct json_value *value = NULL;

	assert_int_equal(json_value_read(text_bytes(text_from(json)), &bounds, arena, &value, &complaints), STATUS_OK);
	return value;
}

static void members_and_items_keep_their_order_and_kinds(void **state)
{
	struct arena       arena = {0};
	struct json_value *value = read_value(&arena, "{\"z\":[true,null,\"\\u00e9\\u0000\"],\"a\":{},\"b\":-1.5}");

	assert_int_equal(value->kind, JSON_VALUE_OBJECT);
	assert_int_equal(value->count, 3);
	assert_true(text_is(value->names[0], "z") && text_is(value->names[2], "b"));
	assert_true(value->items[0].items[0].boolean && value->items[0].items[1].kind == JSON_VALUE_NULL);
	assert_true(text_equal(value->items[0].items[2].text, TEXT("é\0")));
	assert_int_equal(value->items[1].count, 0);
	assert_true(json_value_member(value, TEXT("b"))->number == -1.5);
	assert_null(json_value_member(value, TEXT("c")));
	assert_null(json_value_member(&value->items[0], TEXT("b")));
	arena_finish(&arena);
}

/* A whole number beyond 64 bits is what JavaScript prints for 1.3e20. */
static void whole_numbers_of_any_size_are_doubles(void **state)
{
	struct arena       arena = {0};
	struct json_value *value = read_value(&arena, "[132712440018000000000, 9007199254740993, -0, -0.0, 1e-320]");

	assert_true(value->items[0].number == 1.32712440018e20);
	assert_true(value->items[1].number == 9007199254740992);
	assert_true(value->items[2].number == 0 && signbit(value->items[3].number));
	assert_true(value->items[4].number == 1e-320);
	arena_finish(&arena);
}

static struct json_value *at(struct json_value *root, const char *pointer, struct arena *arena)
{
	struct json_pointer read;

	return json_pointer_read(text_from(pointer), arena, &read) == STATUS_OK ? json_value_at(root, &read) : NULL;
}

static void pointers_are_those_of_rfc_6901(void **state)
{
	struct arena       arena = {0};
	struct json_value *root = read_value(&arena, "{\"a/b\":1,\"m~n\":2,\"\":3,\"l\":[10,[11]],\"01\":4,\"~1\":5}");
	static const struct {
		const char *pointer;
		double      number;
	} found[] = {{"/a~1b", 1}, {"/m~0n", 2}, {"/", 3}, {"/l/0", 10}, {"/l/1/0", 11}, {"/01", 4}, {"/~01", 5}};
	static const char *const missing[] = {"a",        "/x",   "/l/2", "/l/00", "/l/-",
	                                      "/l/1/0/0", "/m~n", "/m~",  "/l/",   "/a/b"};

	for (size_t i = 0; i < array_count(found); i++)
		assert_true(at(root, found[i].pointer, &arena)->number == found[i].number);
	for (size_t i = 0; i < array_count(missing); i++)
		assert_null(at(root, missing[i], &arena));
	assert_ptr_equal(at(root, "", &arena), root);
	arena_finish(&arena);
}

static void what_is_refused_says_why(void **state)
{
	static const struct {
		const char *json, *fragment;
		enum status status;
	} cases[] = {
		{"", "not well-formed", STATUS_MALFORMED},
		{"[1,]", "not well-formed", STATUS_MALFORMED},
		{"[[[[[]]]]]", "more than 4 levels", STATUS_MALFORMED},
		{"{\"a\":1,\"a\":2}", "a member twice", STATUS_INVALID},
		{"[1e999]", "too large (line 1", STATUS_INVALID},
		{"[\"\xff\"]", "not well-formed", STATUS_MALFORMED},
	};

	for (size_t i = 0; i < array_count(cases); i++) {
		struct arena       arena = {0};
		struct complaints  complaints = {0};
		struct json_value *value = NULL;

		assert_int_equal(
			json_value_read(text_bytes(text_from(cases[i].json)), &bounds, &arena, &value, &complaints),
			cases[i].status);
		assert_null(value);
		assert_int_equal(complaints.count, 1);
		assert_non_null(strstr(complaints.items[0].sentence.data, cases[i].fragment));
		arena_finish(&arena);
	}
}

static void more_bytes_than_allowed_are_not_looked_at(void **state)
{
	struct arena       arena = {0};
	struct complaints  complaints = {0};
	struct json_value *value = NULL;
	char               spaces[201];

	memset(spaces, ' ', sizeof(spaces));
	assert_int_equal(json_value_read(BYTES(spaces, 201), &bounds, &arena, &value, &complaints), STATUS_TOO_LARGE);
	assert_int_equal(complaints.count, 1);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_and_items_keep_their_order_and_kinds),
		cmocka_unit_test(whole_numbers_of_any_size_are_doubles),
		cmocka_unit_test(pointers_are_those_of_rfc_6901),
		cmocka_unit_test(what_is_refused_says_why),
		cmocka_unit_test(more_bytes_than_allowed_are_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
