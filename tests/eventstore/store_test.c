#include "eventstore/writer/store.h"

#include "eventstore/log/reader.h"
#include "schema/events.h"
#include "tests/eventstore/ground.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct store *store;
static struct id     ada, bob;

/* ---------------------------------------------------------------- looking */

static bool note_position(void *owner, const struct record *record)
{
	*(uint64_t *)owner = record->position;
	return true;
}

static uint64_t read_position(uint64_t position)
{
	uint64_t seen = 0;

	return store_read(store, position, note_position, &seen) == STATUS_OK ? seen : 0;
}

static uint64_t reader_sees(void)
{
	struct reader *reader;
	uint64_t       head = UINT64_MAX;

	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	reader_close(reader);
	return head;
}

struct name {
	struct arena arena;
	struct text  text;
};

static bool note_name(void *owner, const struct record *record)
{
	struct name             *name = owner;
	const struct event_type *type;
	const void              *event;

	if (record->number != EVENT_profile_changed)
		return true;
	assert_int_equal(record_event(record, keys_opener(store_keys(store)), &name->arena, &type, &event), STATUS_OK);
	name->text = ((const struct profile_changed *)event)->name;
	return true;
}

/* Is this what the person's last profile_changed says? NULL: that it is forgotten. */
static bool name_is(struct id person, const char *expected)
{
	struct name name = {0};
	bool        as_expected;

	assert_int_equal(store_stream_each(store, person, 1, note_name, &name), STATUS_OK);
	assert_non_null(name.text.data);
	as_expected = expected ? text_is(name.text, expected) : text_is_forgotten(name.text);
	arena_finish(&name.arena);
	return as_expected;
}

static void reopen(void)
{
	store_close(store);
	store = ground_open();
}

/* ---------------------------------------------------------------- claims */

static void an_event_is_durable_only_after_the_commit(void **state)
{
	struct batch *batch;

	assert_int_equal(ground_happen(store, ada), 1);
	assert_int_equal(store_head(store), 1);
	assert_int_equal(store_durable(store), 0);
	assert_int_equal(reader_sees(), 0);
	batch = store_close_batch(store);
	assert_int_equal(reader_sees(), 0);
	assert_int_equal(store_commit(store, batch), STATUS_OK);
	assert_int_equal(store_durable(store), 1);
	assert_int_equal(reader_sees(), 1);
	store_release_batch(store, batch);
}

static void an_event_is_read_from_the_open_the_closed_and_the_committed_batch(void **state)
{
	struct batch *closed;

	ground_happen(store, ada);
	ground_commit(store);
	ground_happen(store, ada);
	ground_happen(store, bob);
	closed = store_close_batch(store);
	ground_happen(store, ada);
	for (uint64_t position = 1; position <= 4; position++)
		assert_int_equal(read_position(position), position);
	assert_int_equal(read_position(5), 0);
	assert_int_equal(store_commit(store, closed), STATUS_OK);
	for (uint64_t position = 1; position <= 4; position++)
		assert_int_equal(read_position(position), position);
	store_release_batch(store, closed);
	for (uint64_t position = 1; position <= 4; position++)
		assert_int_equal(read_position(position), position);
}

static void what_was_not_committed_is_gone_and_its_positions_are_given_again(void **state)
{
	uint64_t version;

	ground_happen(store, ada);
	ground_commit(store);
	ground_happen(store, ada);
	ground_happen(store, bob);
	reopen();
	assert_int_equal(store_head(store), 1);
	assert_int_equal(store_stream_version(store, ada, &version), STATUS_OK);
	assert_int_equal(version, 1);
	assert_int_equal(store_stream_version(store, bob, &version), STATUS_OK);
	assert_int_equal(version, 0);
	assert_int_equal(ground_happen(store, bob), 2);
}

struct visits {
	int count, limit;
};

static bool visit_some(void *owner, const struct record *record)
{
	struct visits *visits = owner;

	return ++visits->count < visits->limit;
}

static void a_walk_through_a_stream_ends_when_the_visit_says_so(void **state)
{
	struct visits visits = {.limit = 2};

	for (int i = 0; i < 5; i++)
		ground_happen(store, ada);
	assert_int_equal(store_stream_each(store, ada, 1, visit_some, &visits), STATUS_OK);
	assert_int_equal(visits.count, 2);
}

static void a_record_that_is_too_large_leaves_no_trace(void **state)
{
	struct record record = ground_record(ada);
	uint8_t      *payload = calloc(1, RECORD_SIZE_MAX);
	uint64_t      version;

	assert_non_null(payload);
	record.streams[0].version = 1;
	record.payload = BYTES(payload, RECORD_SIZE_MAX);
	assert_int_equal(store_append(store, &record), STATUS_TOO_LARGE);
	free(payload);
	assert_int_equal(store_head(store), 0);
	assert_int_equal(store_stream_version(store, ada, &version), STATUS_OK);
	assert_int_equal(version, 0);
	assert_int_equal(store_open_count(store), 0);
	assert_int_equal(ground_happen(store, ada), 1);
	ground_commit(store);
	assert_int_equal(read_position(1), 1);
}

static void a_second_writer_is_refused(void **state)
{
	struct store *second;
	pid_t         pid;
	int           status;

	assert_int_equal(ground_try_open(&second), STATUS_BUSY);
	pid = fork();
	if (pid == 0)
		_exit(ground_try_open(&second) == STATUS_BUSY ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The first one goes on undisturbed. */
	assert_int_equal(ground_happen(store, ada), 1);
	ground_commit(store);
}

static void a_damaged_tail_is_refused(void **state)
{
	struct record record = ground_record(ada);

	record.payload = BYTES("a payload to be found", 21);
	ground_append(store, &record);
	ground_commit(store);
	store_close(store);
	store = NULL;
	ground_flip_at(ground_path("log/data.mdb"),
	               ground_find_in_file(ground_path("log/data.mdb"), record.payload) + 4);
	assert_int_equal(ground_try_open(&store), STATUS_CORRUPT);
}

static void copy_folder(const char *from, const char *to)
{
	char command[PATH_MAX * 2 + 16];

	snprintf(command, sizeof(command), "cp -r %s %s", from, to);
	assert_int_equal(system(command), 0);
}

static void an_index_ahead_of_the_log_is_refused_and_made_anew_once_deleted(void **state)
{
	ground_happen(store, ada);
	ground_commit(store);
	store_close(store);
	copy_folder(ground_path("log"), ground_path("older"));
	store = ground_open();
	ground_happen(store, ada);
	ground_commit(store);
	store_close(store);
	store = NULL;
	/* The log is put back, the index is not. */
	ground_remove(ground_path("log"));
	copy_folder(ground_path("older"), ground_path("log"));
	assert_int_equal(ground_try_open(&store), STATUS_CONFLICT);
	ground_remove(ground_path("index"));
	store = ground_open();
	assert_int_equal(store_head(store), 1);
}

static void an_index_of_another_log_is_refused(void **state)
{
	store_close(store);
	copy_folder(ground_path("index"), "/tmp/orrery-foreign-index");
	store = NULL;
	ground_fresh();
	store = ground_open();
	store_close(store);
	store = NULL;
	ground_remove(ground_path("index"));
	copy_folder("/tmp/orrery-foreign-index", ground_path("index"));
	ground_remove("/tmp/orrery-foreign-index");
	assert_int_equal(ground_try_open(&store), STATUS_CONFLICT);
}

static void a_log_without_its_vault_is_refused(void **state)
{
	ground_happen(store, ada);
	ground_commit(store);
	store_close(store);
	store = NULL;
	assert_int_equal(rename(ground_path("keys"), ground_path("elsewhere")), 0);
	assert_int_equal(ground_try_open(&store), STATUS_DENIED);
	assert_int_equal(rename(ground_path("elsewhere"), ground_path("keys")), 0);
	store = ground_open();
}

static void a_log_without_its_master_key_is_refused(void **state)
{
	ground_happen(store, ada);
	ground_commit(store);
	store_close(store);
	store = NULL;
	assert_int_equal(rename(ground_path("master.key"), ground_path("elsewhere")), 0);
	assert_int_equal(ground_try_open(&store), STATUS_DENIED);
	assert_int_equal(access(ground_path("master.key"), F_OK), -1);
	assert_int_equal(rename(ground_path("elsewhere"), ground_path("master.key")), 0);
	store = ground_open();
}

static void an_erasure_destroys_the_key_with_the_commit(void **state)
{
	GROUND_EVENT(store, ada, profile_changed, .user = ada, .name = TEXT("Ada"));
	GROUND_EVENT(store, bob, profile_changed, .user = bob, .name = TEXT("Bob"));
	ground_commit(store);
	GROUND_EVENT(store, ada, user_erased, .user = ada);
	store_forget(store, ada);
	assert_true(name_is(ada, "Ada"));
	ground_commit(store);
	assert_true(name_is(ada, NULL));
	assert_true(name_is(bob, "Bob"));
	reopen();
	assert_true(name_is(ada, NULL));
	assert_true(name_is(bob, "Bob"));
}

static void a_person_registered_and_erased_in_one_batch_is_forgotten(void **state)
{
	GROUND_EVENT(store, ada, profile_changed, .user = ada, .name = TEXT("Ada"));
	GROUND_EVENT(store, ada, user_erased, .user = ada);
	store_forget(store, ada);
	ground_commit(store);
	assert_true(name_is(ada, NULL));
	reopen();
	assert_true(name_is(ada, NULL));
}

/* As if the process had died between the commit and the end of the key. */
static void an_erasure_cut_short_is_finished_at_the_next_start(void **state)
{
	GROUND_EVENT(store, ada, profile_changed, .user = ada, .name = TEXT("Ada"));
	GROUND_EVENT(store, bob, profile_changed, .user = bob, .name = TEXT("Bob"));
	GROUND_EVENT(store, ada, user_erased, .user = ada);
	ground_commit(store);
	assert_true(name_is(ada, "Ada"));
	reopen();
	assert_true(name_is(ada, NULL));
	assert_true(name_is(bob, "Bob"));
}

static void erasures_cut_short_behind_one_that_was_not_are_all_finished(void **state)
{
	const struct id eve = {.bytes = "eve"};

	GROUND_EVENT(store, ada, profile_changed, .user = ada, .name = TEXT("Ada"));
	GROUND_EVENT(store, bob, profile_changed, .user = bob, .name = TEXT("Bob"));
	GROUND_EVENT(store, eve, profile_changed, .user = eve, .name = TEXT("Eve"));
	GROUND_EVENT(store, eve, user_erased, .user = eve);
	store_forget(store, eve);
	ground_commit(store);
	GROUND_EVENT(store, ada, user_erased, .user = ada);
	GROUND_EVENT(store, bob, user_erased, .user = bob);
	ground_commit(store);
	reopen();
	assert_true(name_is(ada, NULL));
	assert_true(name_is(bob, NULL));
	assert_true(name_is(eve, NULL));
}

static void counters_tell_what_happened(void **state)
{
	struct store_counters counters;

	ground_happen(store, ada);
	ground_happen(store, ada);
	ground_commit(store);
	ground_commit(store); /* nothing to do */
	store_counters(store, &counters);
	assert_int_equal(counters.events, 2);
	assert_int_equal(counters.commits, 1);
	assert_true(counters.commit_us_max >= counters.commit_us_last && counters.commit_us_last > 0);
	assert_true(counters.log_used > 0 && counters.log_used < counters.log_mapped);
	assert_false(store_busy(store));
}

static size_t index_lag(void)
{
	struct store_counters counters;

	store_counters(store, &counters);
	return counters.index_lag;
}

static void an_index_by_hand_moves_step_by_step_and_never_past_what_is_durable(void **state)
{
	struct store_settings settings = {
		.directory = ground_folder(), .master_path = ground_path("master.key"), .index_by_hand = true};

	store_close(store);
	assert_int_equal(store_open(&settings, &store), STATUS_OK);
	ground_happen(store, ada);
	assert_int_equal(store_index_step(store), STATUS_OK); /* takes it */
	assert_int_equal(store_index_step(store), STATUS_OK); /* waits: it is not on disk */
	assert_int_equal(index_lag(), 1);
	ground_commit(store);
	ground_happen(store, ada);
	assert_int_equal(store_index_step(store), STATUS_OK);
	assert_int_equal(index_lag(), 1);
}

static void open_with_reserve(uint64_t reserve)
{
	struct store_settings settings = {.directory = ground_folder(),
	                                  .master_path = ground_path("master.key"),
	                                  .index_by_hand = true,
	                                  .room_reserve = reserve};

	store_close(store);
	assert_int_equal(store_open(&settings, &store), STATUS_OK);
}

/* The erasure is one that a crash cut short, behind what the index knows. */
static void without_room_everything_is_found_though_the_index_is_not_written(void **state)
{
	uint64_t version;

	GROUND_EVENT(store, ada, profile_changed, .user = ada, .name = TEXT("Ada"));
	GROUND_EVENT(store, bob, profile_changed, .user = bob, .name = TEXT("Bob"));
	GROUND_EVENT(store, bob, user_erased, .user = bob);
	ground_commit(store);
	store_close(store);
	ground_remove(ground_path("index"));
	store = NULL;
	open_with_reserve(INT64_MAX);
	assert_true(store_short_of_room(store));
	assert_int_equal(store_index_step(store), STATUS_OK);
	assert_int_equal(index_lag(), 3);
	assert_int_equal(store_stream_version(store, bob, &version), STATUS_OK);
	assert_int_equal(version, 2);
	assert_true(name_is(ada, "Ada") && name_is(bob, NULL));
	open_with_reserve(0);
	assert_false(store_short_of_room(store));
	assert_int_equal(index_lag(), 0);
}

static int open_store(void **state)
{
	ground_fresh();
	store = ground_open();
	ada = ground_id(1);
	bob = ground_id(2);
	return 0;
}

static int close_store(void **state)
{
	store_close(store);
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(an_event_is_durable_only_after_the_commit),
		claim(an_event_is_read_from_the_open_the_closed_and_the_committed_batch),
		claim(what_was_not_committed_is_gone_and_its_positions_are_given_again),
		claim(a_walk_through_a_stream_ends_when_the_visit_says_so),
		claim(a_record_that_is_too_large_leaves_no_trace),
		claim(a_second_writer_is_refused),
		claim(a_damaged_tail_is_refused),
		claim(an_index_ahead_of_the_log_is_refused_and_made_anew_once_deleted),
		claim(an_index_of_another_log_is_refused),
		claim(a_log_without_its_vault_is_refused),
		claim(a_log_without_its_master_key_is_refused),
		claim(an_erasure_destroys_the_key_with_the_commit),
		claim(a_person_registered_and_erased_in_one_batch_is_forgotten),
		claim(an_erasure_cut_short_is_finished_at_the_next_start),
		claim(erasures_cut_short_behind_one_that_was_not_are_all_finished),
		claim(counters_tell_what_happened),
		claim(without_room_everything_is_found_though_the_index_is_not_written),
		claim(an_index_by_hand_moves_step_by_step_and_never_past_what_is_durable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
