#include "eventstore/vault/slots.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct slots *slots;

static void write_word(uint64_t number, const char *word)
{
	assert_int_equal(slots_write(slots, number, text_bytes(text_from(word))), STATUS_OK);
}

static void assert_reads(uint64_t number, const char *word)
{
	char found[SLOT_SIZE];

	assert_int_equal(slots_read(slots, number, found, sizeof(found)), STATUS_OK);
	assert_string_equal(found, word);
}

static void a_slot_reads_as_it_was_written_and_its_neighbours_stay(void **state)
{
	write_word(0, "zero");
	write_word(2, "two");
	write_word(1, "one");
	assert_int_equal(slots_sync(slots), STATUS_OK);
	slots_close(slots);
	assert_int_equal(slots_open(ground_path("slots"), false, &slots), STATUS_OK);
	assert_reads(0, "zero");
	assert_reads(1, "one");
	assert_reads(2, "two");
}

static void a_slot_that_nobody_wrote_reads_as_zeroes(void **state)
{
	write_word(3, "three");
	assert_reads(1, "");
	assert_reads(100000, "");
}

static void an_erased_slot_leaves_nothing_in_the_file(void **state)
{
	write_word(0, "a neighbour");
	write_word(1, "a secret secret");
	assert_int_equal(ground_count_in_file(ground_path("slots"), BYTES("secret", 6)), 2);
	assert_int_equal(slots_erase(slots, 1), STATUS_OK);
	assert_reads(1, "");
	assert_reads(0, "a neighbour");
	assert_int_equal(ground_count_in_file(ground_path("slots"), BYTES("secret", 6)), 0);
}

static void a_reader_sees_at_once_what_is_written_and_erased(void **state)
{
	struct slots *writing = slots;

	write_word(0, "zero");
	assert_int_equal(slots_open(ground_path("slots"), false, &slots), STATUS_OK);
	assert_reads(0, "zero");
	assert_reads(5000, "");
	assert_int_equal(slots_write(writing, 5000, BYTES("far", 3)), STATUS_OK);
	assert_reads(5000, "far");
	assert_int_equal(slots_erase(writing, 0), STATUS_OK);
	assert_reads(0, "");
	slots_close(slots);
	slots = writing;
}

static void slots_that_nobody_made_are_not_found(void **state)
{
	struct slots *missing;

	assert_int_equal(slots_open(ground_path("elsewhere"), false, &missing), STATUS_NOT_FOUND);
}

static int open_slots(void **state)
{
	ground_fresh();
	assert_int_equal(slots_open(ground_path("slots"), true, &slots), STATUS_OK);
	return 0;
}

static int close_slots(void **state)
{
	slots_close(slots);
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_slot_reads_as_it_was_written_and_its_neighbours_stay, open_slots,
	                                        close_slots),
		cmocka_unit_test_setup_teardown(a_slot_that_nobody_wrote_reads_as_zeroes, open_slots, close_slots),
		cmocka_unit_test_setup_teardown(an_erased_slot_leaves_nothing_in_the_file, open_slots, close_slots),
		cmocka_unit_test_setup_teardown(a_reader_sees_at_once_what_is_written_and_erased, open_slots,
	                                        close_slots),
		cmocka_unit_test_setup_teardown(slots_that_nobody_made_are_not_found, open_slots, close_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
