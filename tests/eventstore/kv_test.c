#include "eventstore/disk/kv.h"

#include "tests/eventstore/ground.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { GROWING_TURNS = 40, MAP_ROOM_FIRST = 16 << 20 };
#define MAP_ROOM_LAST ((size_t)64 << 30)
enum { VALUE_SIZE = 2000, LARGE_VALUES = 40000, SNAPSHOTS_MAX = 600, LOOKS = 2 * 1000 * 1000, SPACE_LEFT = 32 << 20 };

static struct kv_table things = {.integer_keys = true};

static int fresh_ground(void **state)
{
	ground_fresh();
	return 0;
}

static struct kv *open_kv(enum kv_mode mode)
{
	struct kv *kv = NULL;

	assert_int_equal(kv_open(ground_path("kv"), mode, &things, 1, &kv), STATUS_OK);
	return kv;
}

static void put_in(struct kv_txn *txn, uint64_t key, const char *word)
{
	assert_int_equal(kv_put(txn, &things, BYTES(&key, sizeof(key)), text_bytes(text_from(word))), STATUS_OK);
}

static void put(struct kv *kv, uint64_t key, const char *word)
{
	struct kv_txn *txn;

	assert_int_equal(kv_begin(kv, strlen(word) + sizeof(key), &txn), STATUS_OK);
	put_in(txn, key, word);
	assert_int_equal(kv_commit(txn), STATUS_OK);
}

static enum status get(struct kv_txn *snapshot, uint64_t key, struct bytes *value)
{
	return kv_get(snapshot, &things, BYTES(&key, sizeof(key)), value);
}

static void assert_holds(struct kv_txn *snapshot, uint64_t key, const char *word)
{
	struct bytes value;

	assert_int_equal(get(snapshot, key, &value), STATUS_OK);
	assert_true(bytes_equal(value, text_bytes(text_from(word))));
}

/* Far more than the first map, in one transaction. */
static void put_large(struct kv *kv)
{
	static uint8_t value[VALUE_SIZE];
	struct kv_txn *txn;
	void          *place;

	memset(value, 'x', sizeof(value));
	assert_int_equal(kv_begin(kv, LARGE_VALUES * (sizeof(value) + sizeof(uint64_t)), &txn), STATUS_OK);
	for (uint64_t key = 1000; key < 1000 + LARGE_VALUES; key++) {
		assert_int_equal(kv_append(txn, &things, BYTES(&key, sizeof(key)), sizeof(value), &place), STATUS_OK);
		memcpy(place, value, sizeof(value));
	}
	assert_int_equal(kv_commit(txn), STATUS_OK);
}

static void what_was_committed_is_found_after_opening_again(void **state)
{
	struct kv     *kv = open_kv(KV_WRITE);
	struct kv_txn *snapshot;

	put(kv, 7, "seven");
	kv_close(kv);
	kv = open_kv(KV_WRITE);
	snapshot = kv_snapshot_create(kv);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_holds(snapshot, 7, "seven");
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
}

static void what_was_aborted_is_not_there(void **state)
{
	struct kv     *kv = open_kv(KV_WRITE);
	struct kv_txn *txn, *snapshot = kv_snapshot_create(kv);
	struct bytes   value;

	assert_int_equal(kv_begin(kv, 64, &txn), STATUS_OK);
	put_in(txn, 1, "one");
	kv_abort(txn);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(get(snapshot, 1, &value), STATUS_NOT_FOUND);
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
}

static void a_snapshot_shows_the_moment_it_was_renewed_at(void **state)
{
	struct kv     *kv = open_kv(KV_WRITE);
	struct kv_txn *snapshot = kv_snapshot_create(kv);
	struct bytes   value;

	put(kv, 1, "before");
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	put(kv, 1, "after");
	put(kv, 2, "new");
	assert_holds(snapshot, 1, "before");
	assert_int_equal(get(snapshot, 2, &value), STATUS_NOT_FOUND);
	kv_snapshot_rest(snapshot);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_holds(snapshot, 1, "after");
	assert_holds(snapshot, 2, "new");
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
}

static void one_process_shares_one_environment(void **state)
{
	struct kv     *writer = open_kv(KV_WRITE), *reader = open_kv(KV_READ), *second = open_kv(KV_READ), *refused;
	struct kv_txn *snapshot;

	assert_ptr_equal(writer, reader);
	assert_ptr_equal(writer, second);
	assert_int_equal(kv_open(ground_path("kv"), KV_WRITE, &things, 1, &refused), STATUS_BUSY);
	put(writer, 1, "one");
	kv_close(writer);
	kv_close(second);
	snapshot = kv_snapshot_create(reader);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_holds(snapshot, 1, "one");
	kv_snapshot_destroy(snapshot);
	kv_close(reader);
	/* Nobody holds it any more, so it may be opened for writing. */
	kv_close(open_kv(KV_WRITE));
}

static void a_reader_does_not_become_a_writer(void **state)
{
	struct kv *reader, *refused;

	kv_close(open_kv(KV_WRITE));
	reader = open_kv(KV_READ);
	assert_int_equal(kv_open(ground_path("kv"), KV_WRITE, &things, 1, &refused), STATUS_BUSY);
	kv_close(reader);
}

static void reading_what_nobody_made_is_not_found(void **state)
{
	struct kv *kv;
	FILE      *file;

	assert_int_equal(kv_open(ground_path("kv"), KV_READ, &things, 1, &kv), STATUS_NOT_FOUND);
	assert_int_equal(mkdir(ground_path("kv"), 0755), 0);
	assert_int_equal(kv_open(ground_path("kv"), KV_READ, &things, 1, &kv), STATUS_NOT_FOUND);
	/* As a writer's file is for a moment. */
	file = fopen(ground_path("kv/data.mdb"), "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(kv_open(ground_path("kv"), KV_READ, &things, 1, &kv), STATUS_NOT_FOUND);
}

static void a_file_of_something_else_is_corrupt(void **state)
{
	struct kv *kv;
	FILE      *file;

	assert_int_equal(mkdir(ground_path("kv"), 0755), 0);
	file = fopen(ground_path("kv/data.mdb"), "w");
	assert_non_null(file);
	for (int i = 0; i < 8192; i++)
		fputc('?', file);
	fclose(file);
	assert_int_equal(kv_open(ground_path("kv"), KV_READ, &things, 1, &kv), STATUS_CORRUPT);
	assert_int_equal(kv_open(ground_path("kv"), KV_WRITE, &things, 1, &kv), STATUS_CORRUPT);
}

static void a_key_that_does_not_grow_is_refused(void **state)
{
	struct kv     *kv = open_kv(KV_WRITE);
	struct kv_txn *txn;
	uint64_t       key = 7;
	void          *place;

	put(kv, 7, "seven");
	assert_int_equal(kv_begin(kv, 64, &txn), STATUS_OK);
	assert_int_equal(kv_append(txn, &things, BYTES(&key, sizeof(key)), 1, &place), STATUS_CONFLICT);
	kv_abort(txn);
	kv_close(kv);
}

static void a_cursor_walks_in_the_order_of_keys(void **state)
{
	struct kv        *kv = open_kv(KV_WRITE);
	struct kv_txn    *snapshot = kv_snapshot_create(kv);
	struct kv_cursor *cursor;
	struct bytes      key, value;
	uint64_t          wanted = 4;

	put(kv, 9, "nine");
	put(kv, 3, "three");
	put(kv, 5, "five");
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	cursor = kv_cursor_open(snapshot, &things);
	assert_int_equal(kv_seek(cursor, BYTES(&wanted, sizeof(wanted)), &key, &value), STATUS_OK);
	assert_memory_equal(value.data, "five", 4);
	assert_int_equal(kv_step(cursor, KV_PREVIOUS, &key, &value), STATUS_OK);
	assert_memory_equal(value.data, "three", 5);
	assert_int_equal(kv_step(cursor, KV_PREVIOUS, &key, &value), STATUS_NOT_FOUND);
	assert_int_equal(kv_step(cursor, KV_LAST, &key, &value), STATUS_OK);
	assert_memory_equal(value.data, "nine", 4);
	assert_int_equal(kv_step(cursor, KV_NEXT, &key, &value), STATUS_NOT_FOUND);
	wanted = 10;
	assert_int_equal(kv_seek(cursor, BYTES(&wanted, sizeof(wanted)), &key, &value), STATUS_NOT_FOUND);
	kv_cursor_close(cursor);
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
}

/* ---------------------------------------------------------------- growing */

struct slow_reader {
	struct kv        *kv;
	pthread_barrier_t renewed;
	bool              intact;
};

/* Holds a view while the writer wants to grow the map, and looks at it all the time. */
static void *read_slowly(void *owner)
{
	struct slow_reader *reader = owner;
	struct kv_txn      *snapshot = kv_snapshot_create(reader->kv);
	struct bytes        value;

	if (kv_snapshot_renew(snapshot) == STATUS_OK && get(snapshot, 1, &value) == STATUS_OK) {
		pthread_barrier_wait(&reader->renewed);
		reader->intact = true;
		for (int i = 0; i < LOOKS; i++)
			reader->intact = reader->intact && bytes_equal(value, BYTES("one", 3));
	}
	kv_snapshot_destroy(snapshot);
	return NULL;
}

static void the_map_grows_only_after_readers_have_rested(void **state)
{
	struct slow_reader reader = {.kv = open_kv(KV_WRITE)};
	size_t             used, before, after;
	pthread_t          thread;

	put(reader.kv, 1, "one");
	kv_sizes(reader.kv, &used, &before);
	pthread_barrier_init(&reader.renewed, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
	pthread_barrier_wait(&reader.renewed);
	put_large(reader.kv);
	pthread_join(thread, NULL);
	assert_true(reader.intact);
	kv_sizes(reader.kv, &used, &after);
	assert_true(after > before);
	assert_true(used > LARGE_VALUES * VALUE_SIZE);
	pthread_barrier_destroy(&reader.renewed);
	kv_close(reader.kv);
}

/* ---------------------------------------------------------------- several that write */

enum { WRITING_THREADS = 4, WRITTEN_EACH = 4, WRITTEN_SIZE = 30000, WRITING_ROUNDS = 25 };

struct writing {
	struct kv         *kv;
	pthread_barrier_t *start;
	uint64_t           first; /* key */
	pthread_t          thread;
	bool               done;
};

static void *write_much(void *owner)
{
	uint8_t         value[WRITTEN_SIZE];
	struct writing *writing = owner;
	struct kv_txn  *txn;

	memset(value, 'v', sizeof(value));
	pthread_barrier_wait(writing->start);
	for (uint64_t key = writing->first; key < writing->first + WRITTEN_EACH; key++)
		if (kv_begin(writing->kv, sizeof(value) + sizeof(key), &txn) != STATUS_OK
		    || kv_put(txn, &things, BYTES(&key, sizeof(key)), BYTES(value, sizeof(value))) != STATUS_OK
		    || kv_commit(txn) != STATUS_OK)
			return NULL;
	writing->done = true;
	return NULL;
}

static bool is_whole(struct bytes value)
{
	for (size_t i = 0; i < value.size; i++)
		if (value.data[i] != 'v')
			return false;
	return value.size == WRITTEN_SIZE;
}

static void write_from_all(struct kv *kv)
{
	struct writing    writings[WRITING_THREADS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, WRITING_THREADS);
	for (int i = 0; i < WRITING_THREADS; i++) {
		writings[i] = (struct writing){.kv = kv, .start = &start, .first = 1 + (uint64_t)i * WRITTEN_EACH};
		assert_int_equal(pthread_create(&writings[i].thread, NULL, write_much, &writings[i]), 0);
	}
	for (int i = 0; i < WRITING_THREADS; i++) {
		pthread_join(writings[i].thread, NULL);
		assert_true(writings[i].done);
	}
	pthread_barrier_destroy(&start);
}

/* What one of them makes a new file longer by must not lie on what another has just written. */
static void threads_that_write_at_once_take_turns(void **state)
{
	for (int round = 0; round < WRITING_ROUNDS; round++) {
		struct kv     *kv;
		struct kv_txn *snapshot;
		struct bytes   value;

		ground_fresh();
		kv = open_kv(KV_WRITE);
		write_from_all(kv);
		snapshot = kv_snapshot_create(kv);
		assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
		for (uint64_t key = 1; key <= WRITING_THREADS * WRITTEN_EACH; key++) {
			assert_int_equal(get(snapshot, key, &value), STATUS_OK);
			assert_true(is_whole(value));
		}
		kv_snapshot_destroy(snapshot);
		kv_close(kv);
	}
}

/* As a thread of the writer's does that starts while the first batch is committed. */
static void *open_again_and_again(void *owner)
{
	atomic_bool *grown = owner;
	size_t       used, mapped;

	while (!*grown) {
		struct kv *shared = open_kv(KV_READ);

		kv_sizes(shared, &used, &mapped);
		kv_close(shared);
	}
	return NULL;
}

static void the_map_grows_under_nobody_who_opens_it_or_asks_its_size(void **state)
{
	for (int turn = 0; turn < GROWING_TURNS; turn++) {
		atomic_bool    grown = false;
		pthread_t      thread;
		struct kv     *kv;
		struct kv_txn *txn;

		fresh_ground(state);
		kv = open_kv(KV_WRITE);
		kv_leave_unfilled(kv);
		put(kv, 1, "one");
		assert_int_equal(pthread_create(&thread, NULL, open_again_and_again, &grown), 0);
		for (size_t room = MAP_ROOM_FIRST; room < MAP_ROOM_LAST; room *= 2) {
			assert_int_equal(kv_begin(kv, room, &txn), STATUS_OK);
			kv_abort(txn);
		}
		grown = true;
		pthread_join(thread, NULL);
		kv_close(kv);
	}
}

static void one_transaction_may_be_larger_than_the_map(void **state)
{
	struct kv     *kv = open_kv(KV_WRITE);
	struct kv_txn *snapshot = kv_snapshot_create(kv);
	struct bytes   value;

	put_large(kv);
	kv_close(kv);
	kv_snapshot_destroy(snapshot);
	/* It opens again although the first map would not hold it. */
	kv = open_kv(KV_WRITE);
	put(kv, 1, "one");
	snapshot = kv_snapshot_create(kv);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_int_equal(get(snapshot, 1000 + LARGE_VALUES - 1, &value), STATUS_OK);
	assert_int_equal(value.size, VALUE_SIZE);
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
}

/* Another process and two ways to talk to it. */
struct child {
	pid_t pid;
	int   to, from;
};

static void await_word(int fd)
{
	char word;

	if (read(fd, &word, 1) != 1)
		_exit(99);
}

static struct child start_child(int (*life)(int from_parent, int to_parent))
{
	int          down[2], up[2];
	struct child child;

	assert_int_equal(pipe(down), 0);
	assert_int_equal(pipe(up), 0);
	child.pid = fork();
	if (child.pid == 0) {
		close(down[1]);
		close(up[0]);
		_exit(life(down[0], up[1]));
	}
	close(down[0]);
	close(up[1]);
	child.to = down[1];
	child.from = up[0];
	return child;
}

static void say(int fd)
{
	if (write(fd, "!", 1) != 1)
		_exit(98);
}

static int child_ends(struct child *child)
{
	int status;

	close(child->to);
	close(child->from);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int follow_growth(int from_parent, int to_parent)
{
	struct kv     *kv;
	struct kv_txn *snapshot;
	struct bytes   value;

	await_word(from_parent);
	if (kv_open(ground_path("kv"), KV_READ, &things, 1, &kv) != STATUS_OK)
		return 1;
	snapshot = kv_snapshot_create(kv);
	if (kv_snapshot_renew(snapshot) != STATUS_OK || get(snapshot, 1, &value) != STATUS_OK)
		return 2;
	kv_snapshot_rest(snapshot);
	say(to_parent);
	await_word(from_parent);
	if (kv_snapshot_renew(snapshot) != STATUS_OK)
		return 3;
	if (get(snapshot, 1000 + LARGE_VALUES - 1, &value) != STATUS_OK || value.size != VALUE_SIZE
	    || value.data[VALUE_SIZE - 1] != 'x')
		return 4;
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
	return 0;
}

static void another_process_follows_the_grown_map(void **state)
{
	struct child child = start_child(follow_growth);
	struct kv   *kv = open_kv(KV_WRITE);

	put(kv, 1, "one");
	say(child.to);
	await_word(child.from);
	put_large(kv);
	say(child.to);
	assert_int_equal(child_ends(&child), 0);
	kv_close(kv);
}

/* As a visit does that asks a second reader. */
static int hold_one_and_renew_another(int from_parent, int to_parent)
{
	struct kv     *kv;
	struct kv_txn *held, *other;
	struct bytes   value;

	await_word(from_parent);
	if (kv_open(ground_path("kv"), KV_READ, &things, 1, &kv) != STATUS_OK)
		return 1;
	held = kv_snapshot_create(kv);
	other = kv_snapshot_create(kv);
	if (kv_snapshot_renew(held) != STATUS_OK)
		return 2;
	say(to_parent);
	await_word(from_parent);
	if (kv_snapshot_renew(other) != STATUS_BUSY)
		return 3;
	if (get(held, 1, &value) != STATUS_OK || !bytes_equal(value, BYTES("one", 3)))
		return 4;
	kv_snapshot_rest(held);
	if (kv_snapshot_renew(other) != STATUS_OK || get(other, 1000, &value) != STATUS_OK)
		return 5;
	kv_snapshot_destroy(held);
	kv_snapshot_destroy(other);
	kv_close(kv);
	return 0;
}

static void a_thread_that_holds_a_snapshot_is_told_to_come_again_not_locked_up(void **state)
{
	struct child child = start_child(hold_one_and_renew_another);
	struct kv   *kv = open_kv(KV_WRITE);

	put(kv, 1, "one");
	say(child.to);
	await_word(child.from);
	put_large(kv);
	say(child.to);
	assert_int_equal(child_ends(&child), 0);
	kv_close(kv);
}

/* A snapshot that rests has its slot all the same. */
static bool take_slot(struct kv *kv)
{
	struct kv_txn *snapshot = kv_snapshot_create(kv);
	bool           taken = kv_snapshot_renew(snapshot) == STATUS_OK;

	kv_snapshot_rest(snapshot);
	return taken;
}

/* Takes every slot there is, then waits to be killed. */
static int take_all_slots(int from_parent, int to_parent)
{
	struct kv *kv;
	int        taken = 0;

	await_word(from_parent);
	if (kv_open(ground_path("kv"), KV_READ, &things, 1, &kv) != STATUS_OK)
		return 1;
	while (taken < SNAPSHOTS_MAX && take_slot(kv))
		taken++;
	if (taken != KV_READERS_MAX)
		return 2;
	say(to_parent);
	pause();
	return 3;
}

static void slots_of_the_dead_are_taken_over(void **state)
{
	struct child   child = start_child(take_all_slots);
	struct kv     *kv = open_kv(KV_WRITE);
	struct kv_txn *snapshot = kv_snapshot_create(kv);

	put(kv, 1, "one");
	say(child.to);
	await_word(child.from);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_BUSY);
	assert_int_equal(kill(child.pid, SIGKILL), 0);
	assert_int_equal(child_ends(&child), -SIGKILL);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	assert_holds(snapshot, 1, "one");
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
}

static int clear_ground(void **state)
{
	ground_clear();
	return 0;
}

/* What a power cut leaves of the first pages of a new file is none that LMDB opens. */
static void an_environment_whose_making_was_cut_short_is_made_anew(void **state)
{
	struct kv *kv;
	FILE      *half;

	assert_int_equal(mkdir(ground_path("kv"), 0700), 0);
	assert_int_equal(mkdir(ground_path("kv/new"), 0700), 0);
	half = fopen(ground_path("kv/new/data.mdb"), "we");
	assert_non_null(half);
	fputs("half a page", half);
	fclose(half);
	assert_int_equal(kv_open(ground_path("kv"), KV_READ, &things, 1, &kv), STATUS_NOT_FOUND);
	kv = open_kv(KV_WRITE);
	put(kv, 1, "one");
	kv_close(kv);
	kv_close(open_kv(KV_READ));
	assert_int_equal(access(ground_path("kv/new"), F_OK), -1);
}

#ifndef __SANITIZE_ADDRESS__ /* whose own maps are larger than any limit */
/* In bytes. */
static size_t address_space_now(void)
{
	FILE  *file = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu", &pages), 1);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* 0 when the map could not grow, nothing was begun, and what there is can still be read and written. */
static int fill_address_space(int from_parent, int to_parent)
{
	struct kv     *kv = open_kv(KV_WRITE);
	struct rlimit  limit = {.rlim_cur = address_space_now() + SPACE_LEFT, .rlim_max = RLIM_INFINITY};
	struct kv_txn *snapshot = kv_snapshot_create(kv), *txn;
	struct bytes   value;

	put(kv, 1, "one");
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return 1;
	if (kv_begin(kv, 4 * SPACE_LEFT, &txn) != STATUS_FULL)
		return 2;
	put(kv, 2, "two");
	if (kv_snapshot_renew(snapshot) != STATUS_OK || get(snapshot, 1, &value) != STATUS_OK
	    || get(snapshot, 2, &value) != STATUS_OK)
		return 3;
	return 0;
}

static void without_address_space_a_transaction_does_not_begin_and_the_map_stays(void **state)
{
	struct child child = start_child(fill_address_space);

	assert_int_equal(child_ends(&child), 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_committed_is_found_after_opening_again, fresh_ground),
		cmocka_unit_test_setup(what_was_aborted_is_not_there, fresh_ground),
		cmocka_unit_test_setup(an_environment_whose_making_was_cut_short_is_made_anew, fresh_ground),
		cmocka_unit_test_setup(a_snapshot_shows_the_moment_it_was_renewed_at, fresh_ground),
		cmocka_unit_test_setup(one_process_shares_one_environment, fresh_ground),
		cmocka_unit_test_setup(a_reader_does_not_become_a_writer, fresh_ground),
		cmocka_unit_test_setup(reading_what_nobody_made_is_not_found, fresh_ground),
		cmocka_unit_test_setup(a_file_of_something_else_is_corrupt, fresh_ground),
		cmocka_unit_test_setup(a_key_that_does_not_grow_is_refused, fresh_ground),
		cmocka_unit_test_setup(a_cursor_walks_in_the_order_of_keys, fresh_ground),
		cmocka_unit_test_setup(the_map_grows_only_after_readers_have_rested, fresh_ground),
		cmocka_unit_test_setup(the_map_grows_under_nobody_who_opens_it_or_asks_its_size, fresh_ground),
		cmocka_unit_test_setup(threads_that_write_at_once_take_turns, fresh_ground),
		cmocka_unit_test_setup(one_transaction_may_be_larger_than_the_map, fresh_ground),
		cmocka_unit_test_setup(another_process_follows_the_grown_map, fresh_ground),
		cmocka_unit_test_setup(a_thread_that_holds_a_snapshot_is_told_to_come_again_not_locked_up,
	                               fresh_ground),
		cmocka_unit_test_setup(slots_of_the_dead_are_taken_over, fresh_ground),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test_setup(without_address_space_a_transaction_does_not_begin_and_the_map_stays,
	                               fresh_ground),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, clear_ground);
}
