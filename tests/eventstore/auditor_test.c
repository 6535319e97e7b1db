#include "eventstore/log/auditor.h"

#include "eventstore/base/clock.h"
#include "tests/eventstore/ground.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { EVENTS = 500, PATIENCE_US = 20 * 1000000 };

static struct verify_result what_is_there(void)
{
	struct reader       *reader;
	struct verify_result result = {.size = EVENTS};

	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	struct merkle_source tree = reader_tree(reader);

	assert_int_equal(merkle_root(&tree, EVENTS, &result.root), STATUS_OK);
	reader_close(reader);
	return result;
}

static uint64_t remembered(void)
{
	struct reader *reader;
	uint64_t       size;

	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	size = auditor_remembered(ground_folder(), reader);
	reader_close(reader);
	return size;
}

static void what_was_verified_is_remembered_for_the_same_log_alone(void **state)
{
	struct verify_result result = what_is_there();

	assert_int_equal(remembered(), 0);
	assert_int_equal(auditor_remember(ground_folder(), &result), STATUS_OK);
	assert_int_equal(remembered(), EVENTS);
	result.root.bytes[3] ^= 1;
	assert_int_equal(auditor_remember(ground_folder(), &result), STATUS_OK);
	assert_int_equal(remembered(), 0);
	result.size++;
	assert_int_equal(auditor_remember(ground_folder(), &result), STATUS_OK);
	assert_int_equal(remembered(), 0);
}

static void an_auditor_reads_the_log_soon_after_the_start_and_remembers(void **state)
{
	struct auditor *auditor = auditor_start(ground_folder());
	int64_t         until_us = clock_monotonic_us() + PATIENCE_US;

	while (remembered() != EVENTS && clock_monotonic_us() < until_us)
		sched_yield();
	assert_int_equal(remembered(), EVENTS);
	assert_int_equal(auditor_progress(auditor).findings, 0);
	auditor_stop(auditor);
}

static void an_auditor_tells_of_damage_and_does_not_remember(void **state)
{
	const char     *file = ground_path("log/data.mdb");
	struct id       command = ground_id(1000 + 77);
	struct auditor *auditor;
	int64_t         until_us = clock_monotonic_us() + PATIENCE_US;

	ground_flip_at(file, ground_find_in_file(file, BYTES(command.bytes, sizeof(command.bytes))));
	auditor = auditor_start(ground_folder());
	while (auditor_progress(auditor).findings == 0 && clock_monotonic_us() < until_us)
		sched_yield();
	assert_int_equal(auditor_progress(auditor).findings, 1);
	auditor_stop(auditor);
	assert_int_equal(remembered(), 0);
}

static int write_log(void **state)
{
	struct store *store;

	ground_fresh();
	store = ground_open();
	for (uint32_t i = 1; i <= EVENTS; i++) {
		struct record record = ground_record(ground_id(1));

		record.command = ground_id(1000 + i);
		ground_append(store, &record);
	}
	ground_commit(store);
	store_close(store);
	return 0;
}

static int clear_ground(void **state)
{
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_verified_is_remembered_for_the_same_log_alone, write_log),
		cmocka_unit_test_setup(an_auditor_reads_the_log_soon_after_the_start_and_remembers, write_log),
		cmocka_unit_test_setup(an_auditor_tells_of_damage_and_does_not_remember, write_log),
	};

	return cmocka_run_group_tests_name("auditor", tests, NULL, clear_ground);
}
