#include "eventstore/log/log.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct log *open_log(enum kv_mode mode)
{
	struct log *log = NULL;

	assert_int_equal(log_open(ground_path("log"), mode, &log), STATUS_OK);
	return log;
}

static struct record record_at(uint64_t position, const char *payload)
{
	struct record record = ground_record(ground_id(1));

	record.position = record.streams[0].version = position;
	record.payload = text_bytes(text_from(payload));
	return record;
}

static enum status append(struct log *log, uint64_t position, const char *payload)
{
	struct record record = record_at(position, payload);
	struct buffer bytes = {0};
	struct bytes  view;
	enum status   status;

	record_encode(&record, &bytes);
	view = buffer_bytes(&bytes);
	status = log_append(log, &view, 1);
	buffer_finish(&bytes);
	return status;
}

/* In one transaction, so that each record lies in the file once. */
static void append_some(struct log *log, uint64_t first, uint64_t last)
{
	struct bytes *records = calloc(last - first + 1, sizeof(*records));
	struct buffer bytes = {0};
	struct record record;
	size_t        begin = 0;
	char          payload[64];

	buffer_reserve(&bytes, (last - first + 1) * 256);
	for (uint64_t position = first; position <= last; position++) {
		snprintf(payload, sizeof(payload), "payload number %d.", (int)position);
		record = record_at(position, payload);
		record_encode(&record, &bytes);
		records[position - first] = BYTES(bytes.data + begin, bytes.size - begin);
		begin = bytes.size;
	}
	assert_int_equal(log_append(log, records, last - first + 1), STATUS_OK);
	free(records);
	buffer_finish(&bytes);
}

static uint64_t head_of(struct log *log)
{
	struct kv_txn *snapshot = kv_snapshot_create(log_kv(log));
	uint64_t       head = UINT64_MAX;

	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(log_head(log, snapshot, &head), STATUS_OK);
	kv_snapshot_destroy(snapshot);
	return head;
}

static void a_fresh_log_has_no_events_but_an_identity(void **state)
{
	struct log         *log = open_log(KV_WRITE);
	struct log_identity identity = log_identity(log);

	assert_int_equal(head_of(log), 0);
	assert_true(id_present(identity.store));
	assert_int_equal(identity.epoch, 1);
	log_close(log);
	log = open_log(KV_READ);
	assert_true(id_equal(log_identity(log).store, identity.store));
	log_close(log);
}

static void what_was_appended_is_there_after_opening_again(void **state)
{
	struct log    *log = open_log(KV_WRITE);
	struct kv_txn *snapshot;
	struct record  record;

	append_some(log, 1, 3);
	log_close(log);
	log = open_log(KV_WRITE);
	assert_int_equal(head_of(log), 3);
	snapshot = kv_snapshot_create(log_kv(log));
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(log_read(log, snapshot, 2, &record), STATUS_OK);
	assert_int_equal(record.position, 2);
	assert_memory_equal(record.payload.data, "payload number 2.", record.payload.size);
	assert_int_equal(log_read(log, snapshot, 0, &record), STATUS_NOT_FOUND);
	assert_int_equal(log_read(log, snapshot, 4, &record), STATUS_NOT_FOUND);
	kv_snapshot_destroy(snapshot);
	append_some(log, 4, 4);
	assert_int_equal(head_of(log), 4);
	log_close(log);
}

static void a_record_bears_the_rfc_6962_leaf_hash_of_its_bytes(void **state)
{
	struct log    *log = open_log(KV_WRITE);
	struct kv_txn *snapshot = kv_snapshot_create(log_kv(log));
	struct record  record = record_at(1, "payload"), back;
	struct buffer  bytes = {0};
	struct bytes   view;
	struct hash    leaf;

	record_encode(&record, &bytes);
	view = buffer_bytes(&bytes);
	leaf = hash_leaf(view);
	assert_int_equal(log_append(log, &view, 1), STATUS_OK);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(log_read(log, snapshot, 1, &back), STATUS_OK);
	assert_true(hash_equal(&back.leaf, &leaf));
	kv_snapshot_destroy(snapshot);
	buffer_finish(&bytes);
	log_close(log);
}

struct tree_at {
	struct log    *log;
	struct kv_txn *snapshot;
};

static enum status stored_node(void *owner, unsigned level, uint64_t index, struct hash *out)
{
	struct tree_at *at = owner;

	return log_node(at->log, at->snapshot, level, index, out);
}

/* The root grown from the leaf hashes alone. */
static bool grow(void *owner, const struct record *record)
{
	struct hash completed[MERKLE_LEVELS_MAX];

	merkle_append(owner, &record->leaf, completed);
	return true;
}

/* In batches of 1, 2, 3 … and with the log closed in between, since neither may leave a trace in the tree. */
static void the_stored_tree_is_the_one_over_the_leaf_hashes(void **state)
{
	struct log            *log = open_log(KV_WRITE);
	struct tree_at         at = {0};
	struct merkle_source   stored = {stored_node, &at};
	struct merkle_frontier grown = {0};
	uint64_t               head = 0;
	struct hash            root, expected;

	for (uint64_t batch = 1; head < 300; head += batch++) {
		append_some(log, head + 1, head + batch);
		log_close(log);
		log = open_log(KV_WRITE);
	}
	at = (struct tree_at){log, kv_snapshot_create(log_kv(log))};
	assert_int_equal(kv_snapshot_renew(at.snapshot), STATUS_OK);
	assert_int_equal(log_each(log, at.snapshot, 1, UINT32_MAX, grow, &grown), STATUS_OK);
	assert_int_equal(grown.size, head);
	assert_int_equal(merkle_root(&stored, head, &root), STATUS_OK);
	expected = merkle_frontier_root(&grown);
	assert_true(hash_equal(&root, &expected));
	assert_int_equal(log_node(log, at.snapshot, 3, head >> 3, &root), STATUS_NOT_FOUND);
	kv_snapshot_destroy(at.snapshot);
	log_close(log);
}

struct gaps {
	uint64_t expected;
	int      gaps;
};

static bool look_for_gaps(void *owner, const struct record *record)
{
	struct gaps *gaps = owner;

	gaps->gaps += record->position != gaps->expected;
	gaps->expected = record->position + 1;
	return record->position < 90;
}

static void positions_follow_each_other_without_a_gap(void **state)
{
	struct log    *log = open_log(KV_WRITE);
	struct kv_txn *snapshot = kv_snapshot_create(log_kv(log));
	struct gaps    gaps = {.expected = 11};

	append_some(log, 1, 100);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(log_each(log, snapshot, 11, 50, look_for_gaps, &gaps), STATUS_OK);
	assert_int_equal(gaps.expected, 61); /* the limit */
	assert_int_equal(log_each(log, snapshot, 61, 1000, look_for_gaps, &gaps), STATUS_OK);
	assert_int_equal(gaps.expected, 91); /* the visit said so */
	assert_int_equal(log_each(log, snapshot, 101, 1000, look_for_gaps, &gaps), STATUS_OK);
	assert_int_equal(gaps.expected, 91); /* nothing there */
	assert_int_equal(gaps.gaps, 0);
	kv_snapshot_destroy(snapshot);
	log_close(log);
}

static void appending_with_a_gap_is_a_bug_and_ends_the_process(void **state)
{
	pid_t pid = fork();
	int   status;

	if (pid == 0) {
		struct log *log = open_log(KV_WRITE);

		append_some(log, 1, 2);
		if (append(log, 4, "four") == STATUS_OK)
			_exit(1);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	struct log *log = open_log(KV_WRITE);

	assert_int_equal(head_of(log), 2);
	log_close(log);
}

static void a_byte_changed_anywhere_in_the_tail_is_refused(void **state)
{
	struct log   *log = open_log(KV_WRITE);
	struct record record = record_at(2, "payload number 2.");
	struct buffer bytes = {0};
	const char   *file = ground_path("log/data.mdb");
	size_t        begin, nodes_size = merkle_completed(2) * sizeof(struct hash);

	append_some(log, 1, 3);
	log_close(log);
	begin = ground_find_in_file(file, BYTES("payload number 2.", 17));
	record_encode(&record, &bytes);
	begin = begin + 17 - bytes.size - nodes_size;
	for (size_t at = 0; at < nodes_size + bytes.size; at++) {
		ground_flip_at(file, begin + at);
		assert_int_equal(log_open(ground_path("log"), KV_WRITE, &log), STATUS_CORRUPT);
		ground_flip_at(file, begin + at);
	}
	log = open_log(KV_WRITE);
	assert_int_equal(head_of(log), 3);
	log_close(log);
	buffer_finish(&bytes);
}

static void damage_far_behind_the_tail_does_not_keep_the_writer_from_starting(void **state)
{
	struct log *log = open_log(KV_WRITE);
	const char *file = ground_path("log/data.mdb");

	append_some(log, 1, LOG_TAIL_CHECKED + 10);
	log_close(log);
	ground_flip_at(file, ground_find_in_file(file, BYTES("payload number 5.", 17)));
	log = open_log(KV_WRITE);
	assert_int_equal(head_of(log), LOG_TAIL_CHECKED + 10);
	log_close(log);
}

static void a_log_of_another_format_is_unsupported(void **state)
{
	struct log *log = open_log(KV_WRITE);
	const char *file = ground_path("log/data.mdb");

	log_close(log);
	ground_flip_at(file, ground_find_in_file(file, BYTES("orrerylg", 8)) + 8);
	assert_int_equal(log_open(ground_path("log"), KV_WRITE, &log), STATUS_UNSUPPORTED);
	assert_int_equal(log_open(ground_path("log"), KV_READ, &log), STATUS_UNSUPPORTED);
}

static void a_log_that_nobody_made_is_not_found(void **state)
{
	struct log *log;

	assert_int_equal(log_open(ground_path("log"), KV_READ, &log), STATUS_NOT_FOUND);
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
		cmocka_unit_test_setup(a_fresh_log_has_no_events_but_an_identity, fresh_ground),
		cmocka_unit_test_setup(what_was_appended_is_there_after_opening_again, fresh_ground),
		cmocka_unit_test_setup(a_record_bears_the_rfc_6962_leaf_hash_of_its_bytes, fresh_ground),
		cmocka_unit_test_setup(the_stored_tree_is_the_one_over_the_leaf_hashes, fresh_ground),
		cmocka_unit_test_setup(positions_follow_each_other_without_a_gap, fresh_ground),
		cmocka_unit_test_setup(appending_with_a_gap_is_a_bug_and_ends_the_process, fresh_ground),
		cmocka_unit_test_setup(a_byte_changed_anywhere_in_the_tail_is_refused, fresh_ground),
		cmocka_unit_test_setup(damage_far_behind_the_tail_does_not_keep_the_writer_from_starting, fresh_ground),
		cmocka_unit_test_setup(a_log_of_another_format_is_unsupported, fresh_ground),
		cmocka_unit_test_setup(a_log_that_nobody_made_is_not_found, fresh_ground),
	};

	return cmocka_run_group_tests(tests, NULL, clear_ground);
}
