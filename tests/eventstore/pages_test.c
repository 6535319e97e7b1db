#include "eventstore/disk/pages.h"

#include "eventstore/disk/kv.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGE = 4096, EVENTS = 400, AT_ONCE = 4, COMMAND_AT = 40, FOUND_MAX = 64 };

static struct pages_finding found[FOUND_MAX];
static uint32_t             found_count;

static void note(void *owner, const struct pages_finding *finding)
{
	if (found_count < FOUND_MAX)
		found[found_count++] = *finding;
}

static struct pages_result check(const char *name)
{
	struct pages_settings settings = {.path = ground_path(name), .on_finding = note};
	struct pages_result   result = {0};

	found_count = 0;
	assert_int_equal(pages_check(&settings, &result), STATUS_OK);
	assert_true(result.findings >= found_count);
	return result;
}

/* The page on which a record's command id lies, and where on it. */
static size_t command_offset(uint32_t number)
{
	struct id command = ground_id(1000000 + number);

	return ground_find_in_file(ground_path("log/data.mdb"), BYTES(command.bytes, sizeof(command.bytes)));
}

static bool names(uint64_t page, const char *sentence)
{
	for (uint32_t i = 0; i < found_count; i++)
		if (found[i].page == page && strcmp(found[i].sentence, sentence) == 0)
			return found[i].offset == page * PAGE;
	return false;
}

static void files_that_were_written_have_no_finding(void **state)
{
	assert_int_equal(check("log/data.mdb").findings, 0);
	assert_true(check("log/data.mdb").pages > EVENTS / 30);
	assert_true(check("log/data.mdb").free > 0);
	assert_int_equal(check("index/data.mdb").findings, 0);
	assert_int_equal(check("keys/data.mdb").findings, 0);
}

static void a_page_that_is_not_the_one_it_says_is_named(void **state)
{
	const char *file = ground_path("log/data.mdb");
	uint64_t    page = command_offset(100) / PAGE;

	ground_flip_at(file, page * PAGE); /* its number */
	check("log/data.mdb");
	assert_true(names(page, "it is not the page that belongs there"));
	ground_flip_at(file, page * PAGE);
	assert_int_equal(check("log/data.mdb").findings, 0);
}

static void keys_out_of_order_and_nodes_outside_their_page_are_named(void **state)
{
	const char *file = ground_path("log/data.mdb");
	size_t      command = command_offset(100);
	uint64_t    page = command / PAGE;
	size_t      number = command - COMMAND_AT + 8; /* the record's own position, 8 bytes in */

	ground_flip_at(file, number);
	assert_int_equal(check("log/data.mdb").findings, 0); /* what values mean is not looked at */
	ground_flip_at(file, number);
	ground_flip_at(file, page * PAGE + 17); /* the high byte of the first node's place */
	check("log/data.mdb");
	assert_true(found_count > 0 && found[0].page == page);
	ground_flip_at(file, page * PAGE + 17);
}

static void a_first_page_that_is_damaged_is_named_and_the_other_one_followed(void **state)
{
	const char *file = ground_path("log/data.mdb");

	for (uint64_t page = 0; page < 2; page++) {
		ground_flip_at(file, page * PAGE + 16); /* the magic number */
		check("log/data.mdb");
		assert_true(names(page, "it does not say where the trees are"));
		ground_flip_at(file, page * PAGE + 16);
	}
}

static void a_file_that_is_cut_off_is_named_at_its_end(void **state)
{
	const char *file = ground_path("log/data.mdb");
	uint64_t    pages = check("log/data.mdb").pages;
	struct stat before;

	assert_int_equal(stat(file, &before), 0);
	assert_int_equal(truncate(file, (off_t)((pages - 1) * PAGE)), 0);
	assert_true(check("log/data.mdb").findings > 0);
	assert_true(names(pages - 1, "the file ends before it"));
	assert_int_equal(truncate(file, before.st_size), 0);
	assert_int_equal(truncate(ground_path("keys/data.mdb"), 0), 0);
	check("keys/data.mdb");
	assert_true(names(0, "the file ends before it"));
}

static void put_keys(struct kv *kv, const struct kv_table *table, uint64_t count, bool kept)
{
	static const char large[4 * PAGE];
	struct kv_txn    *txn;

	assert_int_equal(kv_begin(kv, count * sizeof(large), &txn), STATUS_OK);
	for (uint64_t key = 1; key <= count; key++)
		assert_int_equal(kv_put(txn, table, BYTES(&key, sizeof(key)), BYTES(large, sizeof(large))), STATUS_OK);
	for (uint64_t key = 1; key <= count && !kept; key++)
		assert_int_equal(kv_delete(txn, table, BYTES(&key, sizeof(key))), STATUS_OK);
	assert_int_equal(kv_commit(txn), STATUS_OK);
}

/* The first transaction takes pages for large values and gives them back; those after it find room in front of them. */
static void make_file_that_ends_in_free_pages(const char *name)
{
	struct kv_table table = {.integer_keys = true};
	struct kv      *kv;

	assert_int_equal(kv_open(ground_path(name), KV_WRITE, &table, 1, &kv), STATUS_OK);
	put_keys(kv, &table, 32, false);
	for (int i = 0; i < 4; i++)
		put_keys(kv, &table, 1, true);
	kv_close(kv);
}

static void a_file_may_end_before_pages_that_are_free(void **state)
{
	uint64_t pages;

	make_file_that_ends_in_free_pages("given_back");
	pages = check("given_back/data.mdb").pages;
	assert_int_equal(check("given_back/data.mdb").findings, 0);
	assert_int_equal(truncate(ground_path("given_back/data.mdb"), (off_t)((pages - 1) * PAGE)), 0);
	assert_int_equal(check("given_back/data.mdb").findings, 0);
	assert_int_equal(truncate(ground_path("given_back/data.mdb"), 3 * PAGE), 0);
	check("given_back/data.mdb");
	assert_true(found_count > 0 && strcmp(found[0].sentence, "the file ends before it") == 0);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct pages_settings settings = {.path = ground_path("nothing"), .on_finding = note};
	struct pages_result   result;

	assert_int_equal(pages_check(&settings, &result), STATUS_NOT_FOUND);
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
		cmocka_unit_test(files_that_were_written_have_no_finding),
		cmocka_unit_test(a_page_that_is_not_the_one_it_says_is_named),
		cmocka_unit_test(keys_out_of_order_and_nodes_outside_their_page_are_named),
		cmocka_unit_test(a_first_page_that_is_damaged_is_named_and_the_other_one_followed),
		cmocka_unit_test(a_file_that_is_cut_off_is_named_at_its_end),
		cmocka_unit_test(a_file_may_end_before_pages_that_are_free),
		cmocka_unit_test(what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests_name("pages", tests, write_log, clear_ground);
}
