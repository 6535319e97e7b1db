#include "eventstore/base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena arena;

static int finish(void **state)
{
	arena_finish(&arena);
	return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	for (size_t size = 0; size < 300; size++) {
		uint8_t *memory = arena_alloc(&arena, size);

		assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		if (size > 0)
			memset(memory, 0xff, size);
	}
}

static void allocations_do_not_overlap(void **state)
{
	uint8_t *memory[200];

	for (int i = 0; i < 200; i++)
		memset(memory[i] = arena_alloc(&arena, 100), i, 100);
	for (int i = 0; i < 200; i++)
		for (int j = 0; j < 100; j++)
			assert_int_equal(memory[i][j], i);
}

static void memory_is_zeroed_again_after_a_reset(void **state)
{
	memset(arena_alloc(&arena, 1000), 0xff, 1000);
	arena_reset(&arena);
	assert_int_equal(arena.used, 0);
	assert_int_equal(((uint8_t *)arena_alloc(&arena, 1000))[999], 0);
}

static void what_is_larger_than_a_block_gets_one_of_its_own(void **state)
{
	uint8_t *large = arena_alloc(&arena, 1 << 20);

	large[(1 << 20) - 1] = 1;
	assert_true(arena.used >= 1 << 20);
	assert_non_null(arena_alloc(&arena, 1));
}

static void an_empty_arena_can_be_reset_and_finished(void **state)
{
	arena_reset(&arena);
	arena_finish(&arena);
	arena_finish(&arena);
	assert_non_null(arena_alloc(&arena, 0));
}

static void copies_end_with_a_nul_that_is_not_counted(void **state)
{
	struct text  text = arena_text(&arena, (struct text){.data = "abcdef", .size = 3});
	struct bytes bytes = arena_bytes(&arena, BYTES("\0\x01", 2));

	assert_int_equal(text.size, 3);
	assert_string_equal(text.data, "abc");
	assert_memory_equal(bytes.data, "\0\x01\0", 3);
}

static void absent_and_empty_texts_stay_what_they_are(void **state)
{
	assert_null(arena_text(&arena, TEXT_NONE).data);
	assert_non_null(arena_text(&arena, TEXT("")).data);
	assert_false(text_is_forgotten(arena_text(&arena, TEXT(""))));
}

static void formatted_texts_have_their_size(void **state)
{
	struct text text = arena_format(&arena, "%d %s", 42, "x");

	assert_true(text_is(text, "42 x"));
	assert_int_equal(text.data[text.size], '\0');
	assert_int_equal(arena_format(&arena, "%5000d", 1).size, 5000);
}

#define TEST(name) cmocka_unit_test_teardown(name, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_zeroed_and_aligned),
		TEST(allocations_do_not_overlap),
		TEST(memory_is_zeroed_again_after_a_reset),
		TEST(what_is_larger_than_a_block_gets_one_of_its_own),
		TEST(an_empty_arena_can_be_reset_and_finished),
		TEST(copies_end_with_a_nul_that_is_not_counted),
		TEST(absent_and_empty_texts_stay_what_they_are),
		TEST(formatted_texts_have_their_size),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
