#include "eventstore/log/verify.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* More than one chunk of 65,536 and a ragged rest. */
enum { EVENTS = 140000, AT_ONCE = 5000, FOUND_MAX = 64 };

static struct verify_finding found[FOUND_MAX];
static uint32_t              found_count;
static _Atomic uint64_t      checked;

static void note(void *owner, const struct verify_finding *finding)
{
	if (found_count < FOUND_MAX)
		found[found_count] = *finding;
	found_count++;
}

static struct verify_result verify_from(uint64_t trusted)
{
	struct verify_settings settings = {.data = ground_folder(),
	                                   .threads = 3,
	                                   .index = true,
	                                   .trusted = trusted,
	                                   .on_finding = note,
	                                   .checked = &checked};
	struct verify_result   result = {0};

	found_count = 0;
	checked = 0;
	assert_int_equal(verify_log(&settings, &result), STATUS_OK);
	assert_int_equal(result.findings, found_count);
	return result;
}

static struct hash stored_root(uint64_t size)
{
	struct reader *reader;
	struct hash    root;

	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	struct merkle_source tree = reader_tree(reader);

	assert_int_equal(merkle_root(&tree, size, &root), STATUS_OK);
	reader_close(reader);
	return root;
}

static void an_intact_log_is_read_whole_and_has_no_finding(void **state)
{
	struct verify_result result = verify_from(0);
	struct hash          root = stored_root(EVENTS);

	assert_int_equal(result.size, EVENTS);
	assert_int_equal(result.findings, 0);
	assert_int_equal(checked, EVENTS);
	assert_true(hash_equal(&result.root, &root));
}

static void what_was_verified_before_is_not_read_again(void **state)
{
	struct verify_result result = verify_from(100000);
	struct hash          root = stored_root(EVENTS);

	assert_int_equal(checked, EVENTS - 65536);
	assert_int_equal(result.findings, 0);
	assert_true(hash_equal(&result.root, &root));
	result = verify_from(EVENTS + 1000000);
	assert_int_equal(checked, EVENTS - 131072);
	assert_true(hash_equal(&result.root, &root));
}

/* Where the record of a position lies in the file: its command's id is its own. */
static size_t record_offset(const char *file, uint32_t position)
{
	struct id command = ground_id(1000000 + position);

	return ground_find_in_file(file, BYTES(command.bytes, sizeof(command.bytes))) - 40;
}

static void a_damaged_record_is_named(void **state)
{
	const char *file = ground_path("log/data.mdb");
	size_t      at = record_offset(file, 70001) + 20; /* its time */

	ground_flip_at(file, at);
	verify_from(0);
	assert_int_equal(found_count, 1);
	assert_int_equal(found[0].position, 70001);
	assert_int_equal(found[0].part, VERIFY_LEAF);
	assert_true(id_present(found[0].stream));
	ground_flip_at(file, at);
	assert_int_equal(verify_from(0).findings, 0);
}

static void what_is_no_record_any_more_is_named_and_the_rest_still_read(void **state)
{
	const char *file = ground_path("log/data.mdb");
	size_t      at = record_offset(file, 70003); /* its format */

	ground_flip_at(file, at);
	verify_from(0);
	assert_int_equal(found_count, 1);
	assert_int_equal(found[0].position, 70003);
	assert_int_equal(found[0].part, VERIFY_RECORD);
	assert_int_equal(checked, EVENTS - 1);
	ground_flip_at(file, at);
}

/* Position 70004 completes the subtrees of 2 and 4 leaves. A damaged leaf hash fits neither its record nor the nodes
 * above; a damaged node fits neither the nodes below nor, as the tree is grown from below, anything else. */
static void a_damaged_hash_is_told_from_a_damaged_record(void **state)
{
	const char *file = ground_path("log/data.mdb");
	size_t      record = record_offset(file, 70004);

	ground_flip_at(file, record - sizeof(struct hash) + 5); /* the node over four */
	verify_from(0);
	assert_int_equal(found_count, 1);
	assert_int_equal(found[0].position, 70004);
	assert_int_equal(found[0].part, VERIFY_NODE);
	assert_int_equal(found[0].level, 2);
	ground_flip_at(file, record - sizeof(struct hash) + 5);
	ground_flip_at(file, record - 3 * sizeof(struct hash)); /* the leaf */
	verify_from(0);
	assert_true(found_count > 2);
	assert_int_equal(found[0].part, VERIFY_LEAF);
	assert_int_equal(found[1].part, VERIFY_NODE);
	ground_flip_at(file, record - 3 * sizeof(struct hash));
}

static void an_index_that_names_another_record_is_found_out(void **state)
{
	const char *file = ground_path("index/data.mdb");
	struct id   command = ground_id(1000000 + 90000);
	size_t      at = ground_find_in_file(file, BYTES(command.bytes, sizeof(command.bytes)));

	ground_flip_at(file, at + 15);
	verify_from(0);
	assert_true(found_count >= 1);
	assert_int_equal(found[0].part, VERIFY_INDEX);
	ground_flip_at(file, at + 15);
}

static int write_log(void **state)
{
	struct store *store;

	ground_fresh();
	store = ground_open();
	for (uint32_t i = 1; i <= EVENTS; i++) {
		struct record record = ground_record(ground_id(1 + i % 7));

		record.command = ground_id(1000000 + i);
		ground_append(store, &record);
		if (i % AT_ONCE == 0)
			ground_commit(store);
	}
	store_close(store);
	ground_remove(ground_path("index")); /* made in one go, so that each key lies in the file once */
	store_close(ground_open());
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
		cmocka_unit_test(an_intact_log_is_read_whole_and_has_no_finding),
		cmocka_unit_test(what_was_verified_before_is_not_read_again),
		cmocka_unit_test(a_damaged_record_is_named),
		cmocka_unit_test(what_is_no_record_any_more_is_named_and_the_rest_still_read),
		cmocka_unit_test(a_damaged_hash_is_told_from_a_damaged_record),
		cmocka_unit_test(an_index_that_names_another_record_is_found_out),
	};

	return cmocka_run_group_tests_name("verify", tests, write_log, clear_ground);
}
