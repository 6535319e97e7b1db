#include "commands/merging/line_merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "commands/learning/random.h"
#include "eventstore/base/clock.h"

static void merges(const char *base, const char *ours, const char *theirs, const char *expected)
{
	struct arena      arena = {0};
	struct line_merge merge;

	assert_int_equal(line_merge(text_from(base), text_from(ours), text_from(theirs), &arena, &merge), STATUS_OK);
	assert_int_equal(merge.count, 0);
	if (!text_is(merge.merged, expected))
		fail_msg("%.*s", TEXT_ARG(merge.merged));
	arena_finish(&arena);
}

static void lines_that_lie_apart_are_brought_together(void **state)
{
	merges("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n");
	merges("a\nb\nc\nd\n", "a\nc\nd\n", "a\nb\nc\nx\nd\n", "a\nc\nx\nd\n");
	merges("a\nb\n", "n\na\nb\n", "a\nb\nm\n", "n\na\nb\nm\n");
	merges("", "", "a\n", "a\n");
}

static void doing_the_same_twice_is_doing_it_once(void **state)
{
	merges("a\nb\n", "a\nx\nb\n", "a\nx\nb\n", "a\nx\nb\n");
	merges("a\nb\nc\nd\n", "a\nc\nD\n", "a\nc\nd\n", "a\nc\nD\n");
}

static void the_end_of_the_last_line_is_merged_apart(void **state)
{
	merges("a\nb", "a\nb", "a\nb\n", "a\nb\n");
	merges("a\nb\nc", "A\nb\nc", "a\nb\nc\nd", "A\nb\nc\nd");
	merges("a\nb\nc\n", "A\nb\nc", "a\nb\nc\n", "A\nb\nc");
	merges("a", "", "a", "");
}

static void lines_that_both_changed_are_told_with_all_three_sides(void **state)
{
	struct arena      arena = {0};
	struct line_merge merge;
	struct buffer     out = {0};

	assert_int_equal(line_merge(TEXT("a\nb\nc\nd\ne\n"), TEXT("n\na\nB1\nc\nd\ne\n"), TEXT("a\nB2\nc\nd\nE\n"),
	                            &arena, &merge),
	                 STATUS_OK);
	assert_true(text_is(merge.merged, "n\na\nB1\nc\nd\nE\n"));
	line_merge_append_conflicts(&merge, &out);
	buffer_append(&out, BYTES("", 1));
	assert_string_equal((const char *)out.data,
	                    ",\"line_conflicts\":[{\"base\":{\"line\":2,\"count\":1,\"text\":\"b\\n\"},"
	                    "\"ours\":{\"line\":3,\"count\":1,\"text\":\"B1\\n\"},"
	                    "\"theirs\":{\"line\":2,\"count\":1,\"text\":\"B2\\n\"}}]");
	buffer_finish(&out);
	arena_finish(&arena);
}

/* Who removes a line does not know what another put beside it. */
static void lines_that_touch_are_a_conflict(void **state)
{
	struct arena      arena = {0};
	struct line_merge merge;

	assert_int_equal(line_merge(TEXT("a\nb\nc\n"), TEXT("a\nc\n"), TEXT("a\nb\nx\nc\n"), &arena, &merge),
	                 STATUS_OK);
	assert_int_equal(merge.count, 1);
	assert_int_equal(line_merge(TEXT("a\n"), TEXT("a\nx\n"), TEXT("a\ny\n"), &arena, &merge), STATUS_OK);
	assert_int_equal(merge.count, 1);
	assert_true(text_is(merge.conflicts[0].theirs.text, "y\n"));
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- laws */

enum { ROUNDS = 4000, LINES_MAX = 14 };

static struct text drawn(struct random *random, struct arena *arena)
{
	uint32_t count = (uint32_t)random_below(random, LINES_MAX + 1);
	char    *lines = arena_alloc(arena, 2 * LINES_MAX + 1);

	for (uint32_t i = 0; i < count; i++) {
		lines[2 * i] = (char)('a' + random_below(random, 4));
		lines[2 * i + 1] = '\n';
	}
	return (struct text){.data = lines, .size = count && random_below(random, 4) == 0 ? 2 * count - 1 : 2 * count};
}

/* Most lines as they are. */
static struct text edited(struct text base, struct random *random, struct arena *arena)
{
	char  *lines = arena_alloc(arena, 3 * base.size + 4);
	size_t size = 0;

	for (size_t i = 0; i < base.size; i += 2) {
		uint64_t what = random_below(random, 10);

		if (what < 2) {
			lines[size++] = (char)('p' + random_below(random, 3));
			lines[size++] = '\n';
		}
		if (what > 0) {
			lines[size++] = base.data[i];
			lines[size++] = '\n';
		}
	}
	return (struct text){.data = lines, .size = size && random_below(random, 6) == 0 ? size - 1 : size};
}

static void is_taken_whole(struct text base, struct text ours, struct text theirs, struct text expected)
{
	static struct line_merge merge;
	struct arena             arena = {0};

	assert_int_equal(line_merge(base, ours, theirs, &arena, &merge), STATUS_OK);
	assert_int_equal(merge.count, 0);
	assert_true(text_equal(merge.merged, expected));
	arena_finish(&arena);
}

static void conflicts_are_the_same_from_both_sides(struct text base, struct text x, struct text y)
{
	static struct line_merge merge, turned;
	struct arena             arena = {0};

	assert_int_equal(line_merge(base, x, y, &arena, &merge), STATUS_OK);
	assert_int_equal(line_merge(base, y, x, &arena, &turned), STATUS_OK);
	assert_int_equal(merge.count, turned.count);
	for (uint32_t i = 0; i < merge.count; i++) {
		assert_true(text_equal(merge.conflicts[i].ours.text, turned.conflicts[i].theirs.text));
		assert_true(text_equal(merge.conflicts[i].theirs.text, turned.conflicts[i].ours.text));
		assert_true(text_equal(merge.conflicts[i].base.text, turned.conflicts[i].base.text));
	}
	if (merge.count == 0)
		assert_true(text_equal(merge.merged, turned.merged));
	arena_finish(&arena);
}

static void one_side_alone_is_taken_whole_and_sides_may_be_changed(void **state)
{
	const char   *given = getenv("MERGE_SEED");
	uint64_t      seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_wall_us();
	struct random random;

	printf("# MERGE_SEED=%llu\n", (unsigned long long)seed);
	random_seed(&random, seed);
	for (int round = 0; round < ROUNDS; round++) {
		struct arena arena = {0};
		struct text  base = drawn(&random, &arena);
		struct text  x = edited(base, &random, &arena), y = edited(base, &random, &arena);
		struct text  other = drawn(&random, &arena);

		is_taken_whole(base, x, base, x);
		is_taken_whole(base, base, other, other);
		is_taken_whole(base, x, x, x);
		conflicts_are_the_same_from_both_sides(base, x, y);
		conflicts_are_the_same_from_both_sides(base, x, other);
		arena_finish(&arena);
	}
}

static void texts_that_differ_everywhere_are_one_conflict(void **state)
{
	struct arena             arena = {0};
	static struct line_merge merge;
	struct buffer            x = {0}, y = {0};

	for (int i = 0; i < 600; i++) {
		buffer_format(&x, "x%d\n", i);
		buffer_format(&y, "y%d\n", i);
	}
	assert_int_equal(line_merge(TEXT("base\n"), (struct text){(const char *)x.data, x.size},
	                            (struct text){(const char *)y.data, y.size}, &arena, &merge),
	                 STATUS_OK);
	assert_int_equal(merge.count, 1);
	assert_int_equal(merge.conflicts[0].theirs.count, 600);
	buffer_finish(&x);
	buffer_finish(&y);
	arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_lie_apart_are_brought_together),
		cmocka_unit_test(doing_the_same_twice_is_doing_it_once),
		cmocka_unit_test(the_end_of_the_last_line_is_merged_apart),
		cmocka_unit_test(lines_that_both_changed_are_told_with_all_three_sides),
		cmocka_unit_test(lines_that_touch_are_a_conflict),
		cmocka_unit_test(one_side_alone_is_taken_whole_and_sides_may_be_changed),
		cmocka_unit_test(texts_that_differ_everywhere_are_one_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
