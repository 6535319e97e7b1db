/* Texts that nobody may look at. */
#include "commands/unreadable.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 17 };

struct wish {
	struct bytes seen;
	struct bytes handed_on;
	bool         done, same;
};

static void hand_on(void *owner)
{
	struct wish *wish = owner;

	wish->handed_on = wish->seen;
	wish->done = wish->seen.size == SIZE;
}

static void look(void *owner)
{
	struct wish *wish = owner;

	wish->same = memcmp(wish->seen.data, "a text that is it", SIZE) == 0;
	wish->done = true;
}

static void look_at_the_last_byte(void *owner)
{
	struct wish *wish = owner;

	wish->same = wish->seen.data[wish->seen.size - 1] == 'x';
	wish->done = true;
}

static void who_hands_it_on_never_notices(void **state)
{
	struct wish wish = {.seen = unreadable_bytes(3, SIZE)};

	assert_int_equal(unreadable_guard(hand_on, &wish), UNREADABLE_NONE);
	assert_true(wish.done && wish.handed_on.data == wish.seen.data);
	assert_int_equal(unreadable_place(wish.handed_on.data), 3);
}

static void who_looks_is_caught_with_the_place(void **state)
{
	struct wish wish = {0};

	for (int place = 0; place < SHAPE_FIELDS_MAX; place++) {
		wish.seen = unreadable_bytes(place, SIZE);
		assert_int_equal(unreadable_guard(look, &wish), place);
		assert_false(wish.done);
	}
}

static void all_of_it_is_unreadable_up_to_the_largest(void **state)
{
	struct wish wish = {.seen = unreadable_bytes(SHAPE_FIELDS_MAX - 1, UNREADABLE_SIZE_MAX)};

	assert_int_equal(unreadable_guard(look_at_the_last_byte, &wish), SHAPE_FIELDS_MAX - 1);
	assert_false(wish.done);
}

static void other_memory_has_no_place(void **state)
{
	struct bytes first = unreadable_bytes(0, 1);

	assert_int_equal(unreadable_place("text"), UNREADABLE_NONE);
	assert_int_equal(unreadable_place(NULL), UNREADABLE_NONE);
	assert_int_equal(unreadable_place(first.data - 1), UNREADABLE_NONE);
	assert_int_equal(unreadable_place(first.data), 0);
}

static void what_caught_faults_before_does_so_afterwards(void **state)
{
	struct sigaction before, after;
	struct wish      wish = {.seen = unreadable_bytes(1, SIZE)};

	assert_int_equal(sigaction(SIGSEGV, NULL, &before), 0);
	assert_int_equal(unreadable_guard(look, &wish), 1);
	assert_int_equal(sigaction(SIGSEGV, NULL, &after), 0);
	assert_ptr_equal(before.sa_sigaction, after.sa_sigaction);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_hands_it_on_never_notices),
		cmocka_unit_test(who_looks_is_caught_with_the_place),
		cmocka_unit_test(all_of_it_is_unreadable_up_to_the_largest),
		cmocka_unit_test(other_memory_has_no_place),
		cmocka_unit_test(what_caught_faults_before_does_so_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
