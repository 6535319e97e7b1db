/* Files that are filled ahead, so that syncs find them no longer than before. */
#include "eventstore/disk/fill.h"

#include "eventstore/disk/kv.h"
#include "tests/eventstore/ground.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static off_t size_of(const char *path)
{
	struct stat file;

	assert_int_equal(stat(path, &file), 0);
	return file.st_size;
}

static void what_is_there_stays_and_zeroes_follow(void **state)
{
	const char *path = ground_path("file");
	char        found[6] = "??????";
	int         fd = open(path, O_RDWR | O_CREAT, 0600);

	assert_int_equal(write(fd, "kept", 4), 4);
	fill_ahead(fd, 2 * FILL_STEP);
	assert_int_equal(size_of(path), 4 + 3 * FILL_STEP);
	assert_int_equal(pread(fd, found, sizeof(found), 0), sizeof(found));
	assert_memory_equal(found, "kept\0\0", sizeof(found));
	close(fd);
}

static void a_file_that_is_long_enough_is_left_alone(void **state)
{
	const char *path = ground_path("file");
	int         fd = open(path, O_RDWR | O_CREAT, 0600);

	assert_int_equal(ftruncate(fd, 1000 + FILL_SLACK), 0);
	fill_ahead(fd, 1000);
	assert_int_equal(size_of(path), 1000 + FILL_SLACK);
	fill_ahead(fd, 1001);
	assert_int_equal(size_of(path), 1000 + FILL_SLACK + FILL_STEP);
	close(fd);
}

static void put(struct kv *kv, const struct kv_table *table, uint64_t key)
{
	static const uint8_t value[300];
	struct kv_txn       *txn;

	assert_int_equal(kv_begin(kv, sizeof(value), &txn), STATUS_OK);
	assert_int_equal(kv_put(txn, table, BYTES(&key, sizeof(key)), BYTES(value, sizeof(value))), STATUS_OK);
	assert_int_equal(kv_commit(txn), STATUS_OK);
}

static void commits_find_the_file_long_enough(void **state)
{
	struct kv_table table = {.integer_keys = true};
	struct kv      *kv;
	size_t          used_first, used_last, mapped;
	int             grown = 0;

	assert_int_equal(kv_open(ground_path("kv"), KV_WRITE, &table, 1, &kv), STATUS_OK);
	kv_sizes(kv, &used_first, &mapped);
	for (uint64_t key = 1; key <= 200; key++) {
		off_t size = size_of(ground_path("kv/data.mdb"));

		put(kv, &table, key);
		grown += size_of(ground_path("kv/data.mdb")) != size;
	}
	kv_sizes(kv, &used_last, &mapped);
	assert_true(used_last > used_first);
	assert_int_equal(grown, 1);
	kv_close(kv);
}

static int fresh_ground(void **state)
{
	ground_fresh();
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
		cmocka_unit_test_setup(what_is_there_stays_and_zeroes_follow, fresh_ground),
		cmocka_unit_test_setup(a_file_that_is_long_enough_is_left_alone, fresh_ground),
		cmocka_unit_test_setup(commits_find_the_file_long_enough, fresh_ground),
	};

	return cmocka_run_group_tests(tests, NULL, clear_ground);
}
