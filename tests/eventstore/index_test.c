#include "eventstore/log/index.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct log_identity here = {.store = {.bytes = "this log"}, .epoch = 1};

static struct index  *idx;
static struct kv_txn *snapshot;

static struct record *source_next, *source_end;

static bool next_record(void *owner, struct record *record)
{
	if (source_next == source_end)
		return false;
	*record = *source_next++;
	return true;
}

static enum status apply(struct record *records, size_t count)
{
	source_next = records;
	source_end = records + count;
	return index_apply(idx, next_record, NULL);
}

static void look(void)
{
	kv_snapshot_rest(snapshot);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
}

static struct record event(uint64_t position, uint16_t number, uint32_t stream, uint64_t version)
{
	struct record record = ground_record(ground_id(stream));

	record.position = position;
	record.number = number;
	record.streams[0].version = version;
	return record;
}

static void add_stream(struct record *record, uint32_t stream, uint64_t version)
{
	record->streams[record->stream_count++] = (struct record_stream){.id = ground_id(stream), .version = version};
}

static void add_claim(struct record *record, const char *value, bool taken)
{
	struct record_claim *claim = &record->claims[record->claim_count++];

	claim->claim = 1;
	claim->taken = taken;
	memcpy(claim->value.bytes, value, strlen(value));
}

static struct hash claimed(const char *value)
{
	struct hash hash = {0};

	memcpy(hash.bytes, value, strlen(value));
	return hash;
}

static uint64_t version_of(uint32_t stream)
{
	uint64_t version = UINT64_MAX;

	assert_int_equal(index_stream_version(idx, snapshot, ground_id(stream), &version), STATUS_OK);
	return version;
}

static void an_event_stands_in_each_stream_it_names(void **state)
{
	struct record records[] = {event(1, 5, 1, 1), event(2, 6, 2, 1), event(3, 5, 1, 2)};
	uint64_t      positions[8], indexed;
	uint32_t      count;

	add_stream(&records[2], 2, 2);
	assert_int_equal(apply(records, 3), STATUS_OK);
	look();
	assert_int_equal(index_position(idx, snapshot, &indexed), STATUS_OK);
	assert_int_equal(indexed, 3);
	assert_int_equal(version_of(1), 2);
	assert_int_equal(version_of(2), 2);
	assert_int_equal(version_of(3), 0);
	assert_int_equal(index_stream_positions(idx, snapshot, ground_id(2), 1, positions, 8, &count), STATUS_OK);
	assert_int_equal(count, 2);
	assert_true(positions[0] == 2 && positions[1] == 3);
	assert_int_equal(index_stream_positions(idx, snapshot, ground_id(1), 2, positions, 8, &count), STATUS_OK);
	assert_true(count == 1 && positions[0] == 3);
	assert_int_equal(index_stream_positions(idx, snapshot, ground_id(1), 1, positions, 1, &count), STATUS_OK);
	assert_true(count == 1 && positions[0] == 1);
	assert_int_equal(index_stream_positions(idx, snapshot, ground_id(3), 1, positions, 8, &count), STATUS_OK);
	assert_int_equal(count, 0);
}

static void a_type_is_walked_backward(void **state)
{
	struct record records[] = {event(1, 5, 1, 1), event(2, 6, 1, 2), event(3, 5, 1, 3), event(4, 5, 1, 4),
	                           event(5, 4, 1, 5)};
	uint64_t      positions[8];
	uint32_t      count;

	assert_int_equal(apply(records, 5), STATUS_OK);
	look();
	assert_int_equal(index_type_positions(idx, snapshot, 5, UINT64_MAX, positions, 2, &count), STATUS_OK);
	assert_true(count == 2 && positions[0] == 4 && positions[1] == 3);
	assert_int_equal(index_type_positions(idx, snapshot, 5, 3, positions, 2, &count), STATUS_OK);
	assert_true(count == 1 && positions[0] == 1);
	assert_int_equal(index_type_positions(idx, snapshot, 5, 1, positions, 2, &count), STATUS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(index_type_positions(idx, snapshot, 7, UINT64_MAX, positions, 2, &count), STATUS_OK);
	assert_int_equal(count, 0);
}

static void a_command_is_found_by_its_first_event(void **state)
{
	struct record records[] = {event(1, 5, 1, 1), event(2, 5, 1, 2)};
	struct id     other = ground_id(99);
	uint64_t      position;

	records[1].command = records[0].command;
	records[0].command_count = records[1].command_count = 2;
	records[1].command_index = 1;
	assert_int_equal(apply(records, 2), STATUS_OK);
	look();
	assert_int_equal(index_command(idx, snapshot, records[0].command, &position), STATUS_OK);
	assert_int_equal(position, 1);
	assert_int_equal(index_command(idx, snapshot, other, &position), STATUS_NOT_FOUND);
}

static void a_claim_belongs_to_who_took_it_last(void **state)
{
	struct record records[] = {event(1, 5, 1, 1), event(2, 5, 2, 1), event(3, 5, 3, 1)};
	struct hash   mail = claimed("mail"), freed = claimed("freed"), never = claimed("never");
	struct id     owner;

	/* Taken, released and taken again in one transaction. */
	add_claim(&records[0], "mail", true);
	add_claim(&records[0], "freed", true);
	add_claim(&records[1], "mail", false);
	add_claim(&records[1], "freed", false);
	add_claim(&records[2], "mail", true);
	assert_int_equal(apply(records, 3), STATUS_OK);
	look();
	assert_int_equal(index_claim(idx, snapshot, &mail, &owner), STATUS_OK);
	assert_true(id_equal(owner, ground_id(3)));
	assert_int_equal(index_claim(idx, snapshot, &freed, &owner), STATUS_NOT_FOUND);
	assert_int_equal(index_claim(idx, snapshot, &never, &owner), STATUS_NOT_FOUND);
}

static void what_does_not_follow_is_refused_and_changes_nothing(void **state)
{
	struct record records[] = {event(1, 5, 1, 1), event(2, 5, 1, 2)}, later = event(4, 5, 1, 3);
	uint64_t      indexed;

	assert_int_equal(apply(records, 2), STATUS_OK);
	assert_int_equal(apply(&later, 1), STATUS_CONFLICT);
	assert_int_equal(apply(records + 1, 1), STATUS_CONFLICT);
	look();
	assert_int_equal(index_position(idx, snapshot, &indexed), STATUS_OK);
	assert_int_equal(indexed, 2);
	assert_int_equal(version_of(1), 2);
}

static void an_index_of_another_log_is_refused(void **state)
{
	struct log_identity other = {.store = {.bytes = "other log"}, .epoch = 1}, restored = here;
	struct index       *refused;

	restored.epoch = 2;
	kv_snapshot_destroy(snapshot);
	snapshot = NULL;
	index_close(idx);
	idx = NULL;
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, other, &refused), STATUS_CONFLICT);
	assert_int_equal(index_open(ground_path("index"), KV_READ, other, &refused), STATUS_CONFLICT);
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, restored, &refused), STATUS_CONFLICT);
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, here, &idx), STATUS_OK);
}

/* What it has taken in ends with event 3. */
static void an_index_goes_on_in_an_epoch_that_began_behind_it(void **state)
{
	struct record       records[] = {event(1, 5, 1, 1), event(2, 5, 1, 2), event(3, 5, 1, 3)};
	struct log_identity raised = here;
	struct index       *refused;

	raised.epoch_count = 1;
	raised.epochs[0] = (struct log_epoch){1, 1};
	assert_int_equal(apply(records, 3), STATUS_OK);
	kv_snapshot_destroy(snapshot);
	snapshot = NULL;
	index_close(idx);
	idx = NULL;
	identity_raise(&raised, 0, 3); /* another third event was there */
	assert_int_equal(index_open(ground_path("index"), KV_READ, raised, &refused), STATUS_CONFLICT);
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, raised, &refused), STATUS_CONFLICT);
	raised.epochs[1].first = 4;
	assert_int_equal(index_open(ground_path("index"), KV_READ, raised, &idx), STATUS_OK);
	index_close(idx);
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, raised, &idx), STATUS_OK);
	index_close(idx);
	/* Bound anew: a reader that knows the old epoch alone is told no. */
	assert_int_equal(index_open(ground_path("index"), KV_READ, here, &refused), STATUS_CONFLICT);
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, raised, &idx), STATUS_OK);
}

static void an_index_that_nobody_made_is_not_found(void **state)
{
	struct index *refused;

	assert_int_equal(index_open(ground_path("elsewhere"), KV_READ, here, &refused), STATUS_NOT_FOUND);
}

static int open_index(void **state)
{
	ground_fresh();
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, here, &idx), STATUS_OK);
	snapshot = kv_snapshot_create(index_kv(idx));
	return 0;
}

static int close_index(void **state)
{
	kv_snapshot_destroy(snapshot);
	index_close(idx);
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_stands_in_each_stream_it_names, open_index, close_index),
		cmocka_unit_test_setup_teardown(a_type_is_walked_backward, open_index, close_index),
		cmocka_unit_test_setup_teardown(a_command_is_found_by_its_first_event, open_index, close_index),
		cmocka_unit_test_setup_teardown(a_claim_belongs_to_who_took_it_last, open_index, close_index),
		cmocka_unit_test_setup_teardown(what_does_not_follow_is_refused_and_changes_nothing, open_index,
	                                        close_index),
		cmocka_unit_test_setup_teardown(an_index_of_another_log_is_refused, open_index, close_index),
		cmocka_unit_test_setup_teardown(an_index_goes_on_in_an_epoch_that_began_behind_it, open_index,
	                                        close_index),
		cmocka_unit_test_setup_teardown(an_index_that_nobody_made_is_not_found, open_index, close_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
