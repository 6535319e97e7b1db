#include "eventstore/writer/epoch.h"

#include "eventstore/base/require.h"
#include "eventstore/log/index.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void write_log(uint32_t count)
{
	struct store *store = ground_open();

	for (uint32_t i = 0; i < count; i++)
		ground_happen(store, ground_id(1));
	ground_commit(store);
	store_close(store);
}

static struct log_identity raise_epoch(uint64_t least)
{
	struct log_identity identity;

	assert_int_equal(epoch_raise(ground_folder(), least, &identity), STATUS_OK);
	return identity;
}

static void a_raised_log_keeps_its_events_and_goes_on_behind_them(void **state)
{
	struct log_identity identity;
	struct store       *store;

	write_log(5);
	identity = raise_epoch(0);
	assert_int_equal(identity.epoch, 2);
	assert_int_equal(identity_began(&identity), 6);
	store = ground_open();
	assert_int_equal(store_identity(store).epoch, 2);
	assert_true(id_equal(store_identity(store).store, identity.store));
	assert_int_equal(store_head(store), 5);
	assert_int_equal(ground_happen(store, ground_id(1)), 6);
	ground_commit(store);
	store_close(store);
	assert_int_equal(raise_epoch(9).epoch, 9);
}

static void the_index_stays_good(void **state)
{
	struct log_identity identity;
	struct index       *index;
	struct kv_txn      *snapshot;
	uint64_t            indexed;

	write_log(5);
	write_log(0); /* an opened store has indexed all */
	identity = raise_epoch(0);
	assert_int_equal(index_open(ground_path("index"), KV_READ, identity, &index), STATUS_OK);
	snapshot = kv_snapshot_create(index_kv(index));
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(index_position(index, snapshot, &indexed), STATUS_OK);
	assert_int_equal(indexed, 5);
	kv_snapshot_destroy(snapshot);
	index_close(index);
}

/* Another process, since nobody may open twice what is to be written; it begins before this one has the log open. */
static pid_t raise_when_told(int told)
{
	struct log_identity identity;
	char                byte;
	pid_t               pid = fork();

	if (pid != 0)
		return pid;
	_exit(read(told, &byte, 1) == 1 ? (int)epoch_raise(ground_folder(), 0, &identity) : -1);
}

static void an_open_reader_sees_the_new_epoch(void **state)
{
	struct reader *reader;
	uint64_t       head;
	int            told[2], result;
	pid_t          pid;

	write_log(3);
	assert_int_equal(pipe(told), 0);
	pid = raise_when_told(told[0]);
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	assert_int_equal(reader_identity(reader).epoch, 1);
	assert_int_equal(write(told[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &result, 0), pid);
	assert_int_equal(result, 0);
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	assert_int_equal(reader_identity(reader).epoch, 2);
	reader_close(reader);
}

static void no_epoch_begins_while_a_writer_runs_or_where_no_log_is(void **state)
{
	struct log_identity identity;
	struct store       *store;

	assert_int_equal(epoch_raise(ground_folder(), 0, &identity), STATUS_NOT_FOUND);
	assert_int_not_equal(access(ground_path("log"), F_OK), 0);
	store = ground_open();
	assert_int_equal(epoch_raise(ground_folder(), 0, &identity), STATUS_BUSY);
	store_close(store);
	assert_int_equal(raise_epoch(0).epoch, 2);
}

static enum status append_one(struct log *log, uint64_t position)
{
	struct record record = ground_record(ground_id(1));
	struct buffer bytes = {0};
	struct bytes  view;
	enum status   status;

	record.position = record.streams[0].version = position;
	record_encode(&record, &bytes);
	view = buffer_bytes(&bytes);
	status = log_append(log, &view, 1);
	buffer_finish(&bytes);
	return status;
}

/* Opens the log as a writer that has lost its lock would have it open, and appends before and after it is told to go
 * on. */
static int append_around(int told, int tells)
{
	struct log *log;
	char        byte = 0;

	require(log_open(ground_path("log"), KV_WRITE, &log) == STATUS_OK);
	require(append_one(log, 4) == STATUS_OK);
	require(write(tells, &byte, 1) == 1 && read(told, &byte, 1) == 1);
	return append_one(log, 5);
}

static void a_writer_of_the_epoch_before_appends_nothing_more(void **state)
{
	int           there[2], back[2], result;
	char          byte;
	struct store *store;
	pid_t         pid;

	write_log(3);
	assert_int_equal(pipe(there), 0);
	assert_int_equal(pipe(back), 0);
	pid = fork();
	if (pid == 0)
		_exit(append_around(there[0], back[1]));
	assert_int_equal(read(back[0], &byte, 1), 1);
	raise_epoch(0);
	assert_int_equal(write(there[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &result, 0), pid);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), STATUS_CONFLICT);
	store = ground_open();
	assert_int_equal(store_head(store), 4);
	store_close(store);
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
		cmocka_unit_test_setup(a_raised_log_keeps_its_events_and_goes_on_behind_them, fresh_ground),
		cmocka_unit_test_setup(the_index_stays_good, fresh_ground),
		cmocka_unit_test_setup(an_open_reader_sees_the_new_epoch, fresh_ground),
		cmocka_unit_test_setup(no_epoch_begins_while_a_writer_runs_or_where_no_log_is, fresh_ground),
		cmocka_unit_test_setup(a_writer_of_the_epoch_before_appends_nothing_more, fresh_ground),
	};

	return cmocka_run_group_tests(tests, NULL, clear_ground);
}
