/* The reader over a log and an index that this test writes by itself, so that it decides how far the index reaches. */
#include "eventstore/log/reader.h"

#include "eventstore/log/index.h"
#include "eventstore/log/log.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS = 30, SEEN_MAX = 64, FAR_BEHIND = 140000 };

static struct log    *events;
static struct reader *reader;
static uint64_t       rare_every; /* 0: never; else events of type 9 in stream 1000 */
static struct hash    claimed = {.bytes = "claimed"};

struct seen {
	uint64_t positions[SEEN_MAX];
	uint32_t count, stop_after;
};

static bool note(void *owner, const struct record *record)
{
	struct seen *seen = owner;

	assert_true(seen->count < SEEN_MAX);
	seen->positions[seen->count++] = record->position;
	return seen->count != seen->stop_after;
}

/* Odd positions are in stream 1, every third one in stream 3, all in stream 9; types take turns. Position 4 takes a
 * claim for stream 9's owner, position 20 releases it. */
static struct record event_at(uint64_t position)
{
	struct record record = ground_record(ground_id(9));

	record.position = record.streams[0].version = position;
	record.command = ground_id((uint32_t)position);
	record.number = (uint16_t)(1 + position % 4);
	if (position % 2 == 1)
		record.streams[record.stream_count++] =
			(struct record_stream){.id = ground_id(1), .version = (position + 1) / 2};
	if (position % 3 == 0)
		record.streams[record.stream_count++] =
			(struct record_stream){.id = ground_id(3), .version = position / 3};
	if (position == 4 || position == 20)
		record.claims[record.claim_count++] =
			(struct record_claim){.claim = 1, .taken = position == 4, .value = claimed};
	if (rare_every > 0 && position % rare_every == 0) {
		record.number = 9;
		record.streams[record.stream_count++] =
			(struct record_stream){.id = ground_id(1000), .version = position / rare_every};
	}
	return record;
}

static void append_upto(uint64_t first, uint64_t last)
{
	struct bytes *records = calloc(last - first + 1, sizeof(*records));
	struct buffer bytes = {0};
	size_t        begin = 0;

	buffer_reserve(&bytes, (last - first + 1) * 300);
	for (uint64_t position = first; position <= last; position++) {
		struct record record = event_at(position);

		record_encode(&record, &bytes);
		records[position - first] = BYTES(bytes.data + begin, bytes.size - begin);
		begin = bytes.size;
	}
	assert_int_equal(log_append(events, records, last - first + 1), STATUS_OK);
	buffer_finish(&bytes);
	free(records);
}

static uint64_t source_at, source_last;

static bool next_event(void *owner, struct record *record)
{
	if (source_at > source_last)
		return false;
	*record = event_at(source_at++);
	return true;
}

static void index_upto(uint64_t last)
{
	struct index *idx;

	assert_int_equal(index_open(ground_path("index"), KV_WRITE, log_identity(events), &idx), STATUS_OK);
	source_at = 1;
	source_last = last;
	assert_int_equal(index_apply(idx, next_event, NULL), STATUS_OK);
	index_close(idx);
}

static void open_reader(void)
{
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
}

/* ---------------------------------------------------------------- what must hold wherever the index ends */

static void check_streams(void)
{
	for (uint64_t from = 1; from <= EVENTS / 3 + 2; from++) {
		struct seen seen = {0}, first = {0};

		assert_int_equal(reader_stream(reader, ground_id(3), from, UINT32_MAX, note, &seen), STATUS_OK);
		assert_int_equal(seen.count, from <= EVENTS / 3 ? EVENTS / 3 - from + 1 : 0);
		for (uint32_t i = 0; i < seen.count; i++)
			assert_int_equal(seen.positions[i], 3 * (from + i));
		assert_int_equal(reader_stream(reader, ground_id(3), from, 2, note, &first), STATUS_OK);
		assert_int_equal(first.count, seen.count < 2 ? seen.count : 2);
	}
}

static void check_types(void)
{
	for (uint16_t number = 1; number <= 5; number++) {
		struct seen seen = {0};
		uint64_t    expected = EVENTS, count = UINT64_MAX;

		assert_int_equal(reader_count_type(reader, number, &count), STATUS_OK);
		assert_int_equal(reader_type_backward(reader, number, UINT32_MAX, note, &seen), STATUS_OK);
		for (uint32_t i = 0; i < seen.count; i++, expected--) {
			while (1 + expected % 4 != number)
				expected--;
			assert_int_equal(seen.positions[i], expected);
		}
		assert_int_equal(count, seen.count);
		assert_true(seen.count == (number == 5 ? 0 : number == 1 || number == 4 ? EVENTS / 4 : EVENTS / 4 + 1));
	}
}

static void check_claim(void)
{
	struct id owner;

	assert_int_equal(reader_claim(reader, &claimed, &owner), STATUS_NOT_FOUND);
}

static bool is_wanted(const struct event_filter *filter, uint64_t position)
{
	uint64_t number = 1 + position % 4;
	bool     typed = filter->number_count == 0;

	for (uint32_t i = 0; i < filter->number_count; i++)
		typed |= filter->numbers[i] == number;
	return typed && (!id_present(filter->stream) || position % 3 == 0);
}

/* In pieces of `limit`, each going on where the one before ended. */
static void check_filter(const struct event_filter *filter, uint64_t from, uint32_t limit)
{
	struct seen          seen = {0};
	struct filtered_walk walk = {.reached = from - 1};
	uint32_t             i = 0;

	while (walk.reached < EVENTS)
		assert_int_equal(reader_filtered(reader, filter, walk.reached + 1, limit, note, &seen, &walk),
		                 STATUS_OK);
	for (uint64_t position = from; position <= EVENTS; position++)
		if (is_wanted(filter, position))
			assert_int_equal(seen.positions[i++], position);
	assert_int_equal(seen.count, i);
	assert_int_equal(walk.reached, EVENTS);
}

static void check_filters(void)
{
	static const uint16_t numbers[] = {4, 1, 5};
	struct event_filter   filters[] = {
		  {.number_count = 0},
		  {.numbers = numbers, .number_count = 1},
		  {.numbers = numbers, .number_count = 3},
		  {.stream = ground_id(3)},
		  {.stream = ground_id(3), .numbers = numbers, .number_count = 2},
        };

	for (size_t i = 0; i < array_count(filters); i++)
		for (uint64_t from = 1; from <= EVENTS + 1; from++)
			for (uint32_t limit = 1; limit <= 64; limit *= 4)
				check_filter(&filters[i], from, limit);
}

static void check_commands(void)
{
	uint64_t found;

	for (uint32_t position = 1; position <= EVENTS; position++) {
		assert_int_equal(reader_command(reader, ground_id(position), &found), STATUS_OK);
		assert_int_equal(found, position);
	}
	assert_int_equal(reader_command(reader, ground_id(EVENTS + 1), &found), STATUS_NOT_FOUND);
}

static void check_everything(void)
{
	check_commands();
	check_filters();
	check_streams();
	check_types();
	check_claim();
}

static void answers_do_not_depend_on_where_the_index_ends(void **state)
{
	static const uint64_t ends[] = {1, 2, 9, 10, 19, 20, 29, 30};

	append_upto(1, EVENTS);
	open_reader();
	check_everything(); /* no index at all */
	for (size_t i = 0; i < array_count(ends); i++) {
		reader_close(reader);
		ground_remove(ground_path("index"));
		index_upto(ends[i]);
		open_reader();
		check_everything();
	}
}

static void an_index_of_another_log_is_not_believed(void **state)
{
	struct log_identity other = {.store = {.bytes = "another log"}, .epoch = 1};
	struct index       *idx;

	append_upto(1, EVENTS);
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, other, &idx), STATUS_OK);
	index_close(idx);
	open_reader();
	check_everything();
}

static void a_visit_can_stop_before_and_behind_the_end_of_the_index(void **state)
{
	append_upto(1, EVENTS);
	index_upto(10);
	open_reader();
	for (uint32_t stop = 1; stop <= 6; stop++) {
		struct seen forward = {.stop_after = stop}, backward = {.stop_after = stop};

		assert_int_equal(reader_stream(reader, ground_id(3), 1, UINT32_MAX, note, &forward), STATUS_OK);
		assert_int_equal(forward.count, stop);
		assert_int_equal(reader_type_backward(reader, 2, UINT32_MAX, note, &backward), STATUS_OK);
		assert_int_equal(backward.count, stop);
	}
}

static void a_claim_is_known_until_it_is_released(void **state)
{
	struct id owner;

	append_upto(1, 19);
	index_upto(3);
	open_reader();
	assert_int_equal(reader_claim(reader, &claimed, &owner), STATUS_OK);
	assert_true(id_equal(owner, ground_id(9)));
	append_upto(20, 20);
	assert_int_equal(reader_claim(reader, &claimed, &owner), STATUS_NOT_FOUND);
}

/* One wanted event in a thousand: what lies between is not read, nor is the tail twice. */
static void what_a_filter_does_not_want_is_not_read(void **state)
{
	static const uint16_t wanted = 9;
	struct event_filter  by_type = {.numbers = &wanted, .number_count = 1}, by_stream = {.stream = ground_id(1000)};
	struct seen          typed = {0}, streamed = {0};
	struct filtered_walk walk;

	rare_every = 1000;
	append_upto(1, 20 * 1000 + 50);
	index_upto(20 * 1000);
	open_reader();
	assert_int_equal(reader_filtered(reader, &by_type, 1, UINT32_MAX, note, &typed, &walk), STATUS_OK);
	assert_int_equal(typed.count, 20);
	assert_int_equal(walk.reached, 20 * 1000 + 50);
	assert_int_equal(walk.read, 20 + 50);
	assert_int_equal(reader_filtered(reader, &by_stream, 5001, UINT32_MAX, note, &streamed, &walk), STATUS_OK);
	assert_int_equal(streamed.count, 15);
	assert_int_equal(streamed.positions[0], 6000);
	assert_int_equal(walk.read, 15 + 50);
}

static bool refuse_sixth(void *owner, const struct record *record)
{
	return record->position < 6;
}

static void a_record_that_a_visit_refused_is_met_again(void **state)
{
	static const uint64_t ends[] = {0, 3, 30};
	struct event_filter   filter = {.stream = ground_id(9)};
	struct filtered_walk  walk;

	append_upto(1, EVENTS);
	for (size_t i = 0; i < array_count(ends); i++) {
		if (ends[i] > 0)
			index_upto(ends[i]);
		open_reader();
		assert_int_equal(reader_filtered(reader, &filter, 1, UINT32_MAX, refuse_sixth, NULL, &walk), STATUS_OK);
		assert_int_equal(walk.reached, 5);
		reader_close(reader);
		reader = NULL;
		ground_remove(ground_path("index"));
	}
}

static bool next_lie(void *owner, struct record *record)
{
	bool more = next_event(owner, record);

	if (more && record->position == 4)
		record->streams[0].id = ground_id(77);
	return more;
}

/* A reader that has an old index open, as one has that ran while the index was deleted and made anew. The new one tells
 * a lie, by which the test sees that it was asked. */
static void an_index_made_anew_is_found(void **state)
{
	struct seen   seen = {0};
	struct index *idx;

	append_upto(1, FAR_BEHIND);
	index_upto(2);
	open_reader();
	assert_int_equal(reader_stream(reader, ground_id(77), 1, 1, note, &seen), STATUS_OK);
	assert_int_equal(seen.count, 0);
	ground_remove(ground_path("index"));
	assert_int_equal(index_open(ground_path("index"), KV_WRITE, log_identity(events), &idx), STATUS_OK);
	source_at = 1;
	source_last = FAR_BEHIND;
	assert_int_equal(index_apply(idx, next_lie, NULL), STATUS_OK);
	index_close(idx);
	assert_int_equal(reader_stream(reader, ground_id(77), 1, 5, note, &seen), STATUS_OK);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.positions[0], 4);
}

static void positions_are_walked_in_order_with_their_leaf_hashes(void **state)
{
	struct seen   seen = {0};
	struct record record = event_at(7);
	struct buffer bytes = {0};
	struct hash   leaf, expected;
	uint64_t      head;

	open_reader();
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	assert_int_equal(head, 0);
	append_upto(1, EVENTS);
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	assert_int_equal(head, EVENTS);
	assert_int_equal(reader_each(reader, 5, 4, note, &seen), STATUS_OK);
	assert_int_equal(seen.count, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(seen.positions[i], 5 + i);
	assert_int_equal(reader_leaf(reader, EVENTS + 1, &leaf), STATUS_NOT_FOUND);
	assert_int_equal(reader_leaf(reader, 7, &leaf), STATUS_OK);
	record_encode(&record, &bytes);
	expected = hash_leaf(buffer_bytes(&bytes));
	assert_true(hash_equal(&leaf, &expected));
	buffer_finish(&bytes);
}

static void a_log_that_nobody_made_is_not_found(void **state)
{
	struct reader *missing;

	assert_int_equal(reader_open("/tmp/orrery-there-is-no-such-folder", &missing), STATUS_NOT_FOUND);
}

static int open_log(void **state)
{
	ground_fresh();
	return log_open(ground_path("log"), KV_WRITE, &events);
}

static int close_log(void **state)
{
	reader_close(reader);
	reader = NULL;
	log_close(events);
	rare_every = 0;
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, open_log, close_log)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(answers_do_not_depend_on_where_the_index_ends),
		claim(an_index_of_another_log_is_not_believed),
		claim(a_visit_can_stop_before_and_behind_the_end_of_the_index),
		claim(a_claim_is_known_until_it_is_released),
		claim(an_index_made_anew_is_found),
		claim(what_a_filter_does_not_want_is_not_read),
		claim(a_record_that_a_visit_refused_is_met_again),
		claim(positions_are_walked_in_order_with_their_leaf_hashes),
		claim(a_log_that_nobody_made_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
