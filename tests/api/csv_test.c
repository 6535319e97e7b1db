/* Cells as spreadsheets read them. */
#include "api/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void is(const char *text, const char *cell)
{
	struct buffer out = {0};

	csv_text(&out, text_from(text));
	buffer_append(&out, BYTES("", 1));
	assert_string_equal((const char *)out.data, cell);
	buffer_finish(&out);
}

static void words_stay_as_they_are(void **state)
{
	is("", "");
	is("Ada Lovelace", "Ada Lovelace");
	is("a=b", "a=b");
}

static void what_parts_cells_is_quoted(void **state)
{
	is("Lovelace, Ada", "\"Lovelace, Ada\"");
	is("the \"first\"", "\"the \"\"first\"\"\"");
	is("two\nlines", "\"two\nlines\"");
}

static void formulas_are_disarmed(void **state)
{
	is("=1+1", "'=1+1");
	is("+49", "'+49");
	is("-1", "'-1");
	is("@SUM(A1)", "'@SUM(A1)");
	is("\t=1", "'\t=1");
	is("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stay_as_they_are),
		cmocka_unit_test(what_parts_cells_is_quoted),
		cmocka_unit_test(formulas_are_disarmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
