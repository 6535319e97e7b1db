#include "api/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

/* What the body is cut into, each line between bars; "malformed" when it is refused. */
static const char *cut(const char *body, enum lines_form form)
{
	static char  all[256];
	struct lines lines;
	struct bytes line;
	uint32_t     count, cut = 0;
	size_t       used = 0;

	if (lines_open(BYTES(body, strlen(body)), form, &lines, &count) != STATUS_OK)
		return "malformed";
	all[0] = '\0';
	while (lines_next(&lines, &line)) {
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%.*s|", (int)line.size,
		                         line.size ? (const char *)line.data : "");
		cut++;
	}
	assert_int_equal(cut, count);
	assert_false(lines_next(&lines, &line));
	return all;
}

static void each_line_of_a_body_is_one(void **state)
{
	assert_string_equal(cut("{\"a\":1}\n{\"b\":[1,2]}\n", LINES_EACH), "{\"a\":1}|{\"b\":[1,2]}|");
	assert_string_equal(cut("1\n2", LINES_EACH), "1|2|");
	assert_string_equal(cut("1\r\n2\r\n", LINES_EACH), "1|2|");
}

static void empty_lines_are_passed_by(void **state)
{
	assert_string_equal(cut("\n\n 1 \n\t\n2\n\n", LINES_EACH), "1|2|");
	assert_string_equal(cut("", LINES_EACH), "");
	assert_string_equal(cut(" \n \n", LINES_EACH), "");
}

static void each_element_of_an_array_is_one(void **state)
{
	assert_string_equal(cut("[{\"a\":1},{\"b\":[1,2]}]", LINES_ARRAY), "{\"a\":1}|{\"b\":[1,2]}|");
	assert_string_equal(cut(" [ 1 ,\n 2 ] ", LINES_ARRAY), "1|2|");
	assert_string_equal(cut("[]", LINES_ARRAY), "");
	assert_string_equal(cut("[ ]", LINES_ARRAY), "");
}

static void strings_hide_commas_and_brackets(void **state)
{
	assert_string_equal(cut("[\"a,b\",\"]\",\"}\"]", LINES_ARRAY), "\"a,b\"|\"]\"|\"}\"|");
	assert_string_equal(cut("[\"a\\\",b\",\"\\\\\",1]", LINES_ARRAY), "\"a\\\",b\"|\"\\\\\"|1|");
}

static void a_bad_element_leaves_the_others_alone(void **state)
{
	assert_string_equal(cut("[1,,{bad},2]", LINES_ARRAY), "1||{bad}|2|");
	assert_string_equal(cut("[1,]", LINES_ARRAY), "1||");
}

static void what_is_no_array_is_malformed(void **state)
{
	static const char *const bodies[] = {"",    "   ", "{}",    "1",    "[",       "[1",        "[1,",
	                                     "[1}", "[{]", "[\"a]", "[1]2", "[1] [2]", "[\"a\\\"]", "[[1]"};

	for (size_t i = 0; i < array_count(bodies); i++)
		assert_string_equal(cut(bodies[i], LINES_ARRAY), "malformed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_of_a_body_is_one),
		cmocka_unit_test(empty_lines_are_passed_by),
		cmocka_unit_test(each_element_of_an_array_is_one),
		cmocka_unit_test(strings_hide_commas_and_brackets),
		cmocka_unit_test(a_bad_element_leaves_the_others_alone),
		cmocka_unit_test(what_is_no_array_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
