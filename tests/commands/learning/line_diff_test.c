#include "commands/learning/line_diff.h"
#include "commands/learning/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "eventstore/base/buffer.h"
#include "eventstore/base/clock.h"

/* As "diff" would say it, without numbers: each line behind a space, - or +. */
static struct text spelt(const char *before, const char *after, struct arena *arena)
{
	struct line_diff diff;
	struct buffer    out = {0};
	struct text      text;

	assert_int_equal(line_diff(text_from(before), text_from(after), arena, &diff), STATUS_OK);
	assert_true(diff.searched);
	for (uint32_t i = 0; i < diff.count; i++)
		buffer_format(&out, "%c%u,%u:%.*s", " -+"[diff.hunks[i].kind], diff.hunks[i].before,
		              diff.hunks[i].after, TEXT_ARG(diff.hunks[i].lines));
	text = out.size > 0 ? arena_text(arena, (struct text){(const char *)out.data, out.size}) : TEXT("");
	buffer_finish(&out);
	return text;
}

static void is(const char *before, const char *after, const char *expected)
{
	struct arena arena = {0};
	struct text  text = spelt(before, after, &arena);

	if (!text_is(text, expected))
		fail_msg("%.*s", TEXT_ARG(text));
	arena_finish(&arena);
}

static void hunks_say_what_was_kept_removed_and_added(void **state)
{
	is("", "", "");
	is("a\n", "a\n", " 1,1:a\n");
	is("", "a\nb\n", "+1,1:a\nb\n");
	is("a\nb\n", "", "-1,1:a\nb\n");
	is("a\nb\nc\n", "a\nx\nc\n", " 1,1:a\n-2,2:b\n+3,2:x\n 3,3:c\n");
	is("a\nb\nc\nd\n", "b\nc\ne\nd\n", "-1,1:a\n 2,1:b\nc\n+4,3:e\n 4,4:d\n");
	is("a", "a\n", "-1,1:a+2,1:a\n");
	is("x\ny\n", "a\nb\n", "-1,1:x\ny\n+3,1:a\nb\n");
}

/* The example of Myers' paper: ABCABBA and CBABAC are five edits apart. */
static void the_example_of_the_paper_has_five_edits(void **state)
{
	struct arena     arena = {0};
	struct line_diff diff;

	assert_int_equal(line_diff(TEXT("A\nB\nC\nA\nB\nB\nA\n"), TEXT("C\nB\nA\nB\nA\nC\n"), &arena, &diff),
	                 STATUS_OK);
	assert_int_equal(diff.removed, 3);
	assert_int_equal(diff.added, 2);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- against another way */

enum { LINES_MAX = 40 };

static uint32_t made_up(struct random *random, char *letters)
{
	uint32_t count = (uint32_t)random_below(random, LINES_MAX + 1);

	for (uint32_t i = 0; i < count; i++)
		letters[i] = (char)('a' + random_below(random, 4));
	return count;
}

static struct text as_lines(const char *letters, uint32_t count, char *out)
{
	for (uint32_t i = 0; i < count; i++) {
		out[2 * i] = letters[i];
		out[2 * i + 1] = '\n';
	}
	return (struct text){.data = out, .size = 2 * (size_t)count};
}

/* By the table of longest common subsequences. */
static uint32_t fewest_edits(const char *a, uint32_t a_count, const char *b, uint32_t b_count)
{
	uint32_t longest[LINES_MAX + 1][LINES_MAX + 1] = {0};

	for (uint32_t i = 1; i <= a_count; i++)
		for (uint32_t j = 1; j <= b_count; j++) {
			uint32_t skipped =
				longest[i - 1][j] > longest[i][j - 1] ? longest[i - 1][j] : longest[i][j - 1];

			longest[i][j] = a[i - 1] == b[j - 1] ? longest[i - 1][j - 1] + 1 : skipped;
		}
	return a_count + b_count - 2 * longest[a_count][b_count];
}

/* What is kept and removed is the text before, what is kept and added the text after. */
static void tells_both_texts(const struct line_diff *diff, struct text before, struct text after)
{
	for (uint32_t i = 0; i < diff->count; i++) {
		if (diff->hunks[i].kind != LINE_ADDED)
			assert_true(text_take(&before, diff->hunks[i].lines));
		if (diff->hunks[i].kind != LINE_REMOVED)
			assert_true(text_take(&after, diff->hunks[i].lines));
	}
	assert_int_equal(before.size + after.size, 0);
}

static void a_diff_tells_both_texts_with_the_fewest_edits(void **state)
{
	const char   *given = getenv("DIFF_SEED");
	uint64_t      seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_wall_us();
	struct random random;

	printf("# DIFF_SEED=%llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	for (int i = 0; i < 2000; i++) {
		char             a[LINES_MAX], b[LINES_MAX], a_lines[2 * LINES_MAX], b_lines[2 * LINES_MAX];
		uint32_t         a_count = made_up(&random, a), b_count = made_up(&random, b);
		struct text      before = as_lines(a, a_count, a_lines), after = as_lines(b, b_count, b_lines);
		struct arena     arena = {0};
		struct line_diff diff;

		assert_int_equal(line_diff(before, after, &arena, &diff), STATUS_OK);
		tells_both_texts(&diff, before, after);
		assert_int_equal(diff.removed + diff.added, fewest_edits(a, a_count, b, b_count));
		arena_finish(&arena);
	}
}

static void what_differs_too_much_is_replaced(void **state)
{
	struct buffer    before = {0}, after = {0};
	struct arena     arena = {0};
	struct line_diff diff;
	struct text      one, two;

	buffer_append_text(&before, TEXT("same\n"));
	buffer_append_text(&after, TEXT("same\n"));
	for (int i = 0; i < LINE_DIFF_EDITS_MAX / 2 + 1; i++) {
		buffer_format(&before, "b%d\n", i);
		buffer_format(&after, "a%d\n", i);
	}
	buffer_append_text(&before, TEXT("end\n"));
	buffer_append_text(&after, TEXT("end\n"));
	one = (struct text){(const char *)before.data, before.size};
	two = (struct text){(const char *)after.data, after.size};
	assert_int_equal(line_diff(one, two, &arena, &diff), STATUS_OK);
	assert_false(diff.searched);
	assert_int_equal(diff.count, 4);
	assert_int_equal(diff.removed, LINE_DIFF_EDITS_MAX / 2 + 1);
	tells_both_texts(&diff, one, two);
	arena_finish(&arena);
	buffer_finish(&before);
	buffer_finish(&after);
}

static void texts_have_a_limit(void **state)
{
	char            *large = calloc(1, LINE_DIFF_TEXT_SIZE_MAX + 1);
	struct arena     arena = {0};
	struct line_diff diff;

	memset(large, '\n', LINE_DIFF_TEXT_SIZE_MAX);
	assert_int_equal(line_diff((struct text){large, LINE_DIFF_TEXT_SIZE_MAX}, TEXT(""), &arena, &diff), STATUS_OK);
	assert_int_equal(diff.removed, LINE_DIFF_TEXT_SIZE_MAX);
	assert_int_equal(line_diff(TEXT(""), (struct text){large, LINE_DIFF_TEXT_SIZE_MAX + 1}, &arena, &diff),
	                 STATUS_TOO_LARGE);
	arena_finish(&arena);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hunks_say_what_was_kept_removed_and_added),
		cmocka_unit_test(the_example_of_the_paper_has_five_edits),
		cmocka_unit_test(a_diff_tells_both_texts_with_the_fewest_edits),
		cmocka_unit_test(what_differs_too_much_is_replaced),
		cmocka_unit_test(texts_have_a_limit),
	};

	return cmocka_run_group_tests_name("line_diff", tests, NULL, NULL);
}
