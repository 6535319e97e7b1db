#include "eventstore/feed/copy.h"

#include "eventstore/log/reader.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { EVENTS = 300 };

/* The records of a log in the ground's folder, whose copy lies beside it. */
static struct bytes        records[EVENTS];
static struct log_identity source;
static char                folder[4096];

static bool keep(void *owner, const struct record *record)
{
	uint8_t *copy = malloc(record->encoded.size);

	assert_non_null(copy);
	memcpy(copy, record->encoded.data, record->encoded.size);
	records[record->position - 1] = BYTES(copy, record->encoded.size);
	return true;
}

static int make_source(void **state)
{
	struct store  *store;
	struct reader *reader;

	ground_fresh();
	store = ground_open();
	for (uint32_t i = 0; i < EVENTS; i++)
		ground_happen(store, ground_id(1 + i % 7));
	ground_commit(store);
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	assert_int_equal(reader_each(reader, 1, EVENTS, keep, NULL), STATUS_OK);
	source = reader_identity(reader);
	reader_close(reader);
	store_close(store);
	snprintf(folder, sizeof(folder), "%s", ground_path("copy"));
	return 0;
}

static int clear(void **state)
{
	for (int i = 0; i < EVENTS; i++)
		free((void *)records[i].data);
	ground_clear();
	return 0;
}

static struct copy *open_copy(void)
{
	struct copy *copy;

	assert_int_equal(copy_open(folder, false, &copy), STATUS_OK);
	return copy;
}

static void take(struct copy *copy, uint64_t first, uint64_t last)
{
	for (uint64_t position = first; position <= last; position++)
		assert_int_equal(copy_take(copy, records[position - 1]), STATUS_OK);
	assert_int_equal(copy_commit(copy), STATUS_OK);
	assert_int_equal(copy_head(copy), last);
}

static struct hash root_of(const char *data, uint64_t size)
{
	struct merkle_source tree;
	struct reader       *reader;
	struct hash          root;

	assert_int_equal(reader_open(data, &reader), STATUS_OK);
	tree = reader_tree(reader);
	assert_int_equal(merkle_root(&tree, size, &root), STATUS_OK);
	reader_close(reader);
	return root;
}

static bool count(void *owner, const struct record *record)
{
	(*(uint32_t *)owner)++;
	return true;
}

static void the_copy_has_the_same_tree_and_its_own_index(void **state)
{
	struct copy   *copy = open_copy();
	struct reader *reader;
	uint32_t       in_stream = 0;
	struct hash    theirs, ours;

	assert_int_equal(copy_adopt(copy, &source), STATUS_OK);
	take(copy, 1, 100);
	take(copy, 101, EVENTS);
	theirs = root_of(ground_folder(), EVENTS);
	assert_int_equal(copy_root(copy, EVENTS, &ours), STATUS_OK);
	assert_true(hash_equal(&theirs, &ours));
	assert_int_equal(copy_root(copy, EVENTS + 1, &ours), STATUS_NOT_FOUND);
	copy_close(copy);
	assert_int_equal(reader_open(folder, &reader), STATUS_OK);
	assert_true(id_equal(reader_identity(reader).store, source.store));
	assert_int_equal(reader_stream(reader, ground_id(1), 1, UINT32_MAX, count, &in_stream), STATUS_OK);
	assert_int_equal(in_stream, (EVENTS + 6) / 7);
	reader_close(reader);
}

static void the_copy_goes_on_where_it_was(void **state)
{
	struct copy *copy = open_copy();

	assert_int_equal(copy_adopt(copy, &source), STATUS_OK);
	take(copy, 1, 50);
	/* Not committed, so not there. */
	assert_int_equal(copy_take(copy, records[50]), STATUS_OK);
	copy_close(copy);
	copy = open_copy();
	assert_int_equal(copy_head(copy), 50);
	assert_int_equal(copy_adopt(copy, &source), STATUS_OK);
	take(copy, 51, 60);
	copy_close(copy);
}

static void what_is_not_the_next_record_is_refused(void **state)
{
	struct copy *copy = open_copy();
	uint8_t      changed[4096];

	assert_int_equal(copy_adopt(copy, &source), STATUS_OK);
	assert_int_equal(copy_take(copy, records[1]), STATUS_CORRUPT);
	assert_int_equal(copy_take(copy, BYTES("", 0)), STATUS_CORRUPT);
	take(copy, 1, 3);
	assert_int_equal(copy_take(copy, records[2]), STATUS_CORRUPT);
	assert_int_equal(copy_take(copy, records[4]), STATUS_CORRUPT);
	memcpy(changed, records[3].data, records[3].size);
	assert_int_equal(copy_take(copy, BYTES(changed, records[3].size / 2)), STATUS_CORRUPT);
	take(copy, 4, 5);
	copy_close(copy);
}

static void nobody_else_writes_there_meanwhile(void **state)
{
	struct copy *copy = open_copy(), *other;

	assert_int_equal(copy_open(folder, false, &other), STATUS_BUSY);
	copy_close(copy);
	copy_close(open_copy());
}

static void a_copy_keeps_its_store_and_never_goes_back_to_an_earlier_epoch(void **state)
{
	struct log_identity later = source, other = identity_fresh();
	struct copy        *copy = open_copy();

	assert_int_equal(copy_adopt(copy, &other), STATUS_OK);
	/* While it is empty it may become any log's, but the index in the folder is already somebody's. */
	assert_int_equal(copy_adopt(copy, &source), STATUS_CONFLICT);
	copy_close(copy);
	ground_remove(folder);
	copy = open_copy();
	assert_int_equal(copy_adopt(copy, &source), STATUS_OK);
	take(copy, 1, 10);
	assert_int_equal(copy_adopt(copy, &other), STATUS_CONFLICT);
	identity_raise(&later, 5, 11);
	assert_int_equal(copy_adopt(copy, &later), STATUS_OK);
	assert_int_equal(copy_identity(copy).epoch, 5);
	take(copy, 11, 12);
	assert_int_equal(copy_adopt(copy, &source), STATUS_CONFLICT);
	copy_close(copy);
	copy = open_copy();
	later = copy_identity(copy);
	assert_int_equal(later.epoch, 5);
	assert_int_equal(identity_began(&later), 11);
	copy_close(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_copy_has_the_same_tree_and_its_own_index, make_source, clear),
		cmocka_unit_test_setup_teardown(the_copy_goes_on_where_it_was, make_source, clear),
		cmocka_unit_test_setup_teardown(what_is_not_the_next_record_is_refused, make_source, clear),
		cmocka_unit_test_setup_teardown(nobody_else_writes_there_meanwhile, make_source, clear),
		cmocka_unit_test_setup_teardown(a_copy_keeps_its_store_and_never_goes_back_to_an_earlier_epoch,
	                                        make_source, clear),
	};

	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
