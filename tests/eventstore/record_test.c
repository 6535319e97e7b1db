#include "eventstore/log/record.h"

#include "eventstore/codec/codec_msgpack.h"
#include "schema/events.h"
#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct arena  arena;
static struct buffer encoded;

static int forget_memory(void **state)
{
	arena_finish(&arena);
	buffer_finish(&encoded);
	return 0;
}

static struct record full_record(void)
{
	struct record record = {
		.number = 0x1234,
		.shape_version = 1,
		.command_index = 1,
		.command_count = 3,
		.stream_count = 2,
		.claim_count = 2,
		.position = 0x0102030405060708,
		.time_us = 1767323045678901,
		.actor = SAMPLE_PERSON,
		.command = SAMPLE_ERASED,
		.trace = {.bytes = "trace-trace-trac"},
		.digest = {.bytes = "digest-digest-di"},
		.streams = {{SAMPLE_PERSON, 7}, {SAMPLE_ERASED, 1}},
		.claims = {{1, true, {.bytes = "one"}}, {2, false, {.bytes = "two"}}},
		.payload = BYTES("\x80", 1),
	};

	return record;
}

static struct bytes encode(const struct record *record)
{
	encoded.size = 0;
	record_encode(record, &encoded);
	return buffer_bytes(&encoded);
}

static void a_record_comes_back_as_it_was(void **state)
{
	struct record record = full_record(), back;

	assert_int_equal(record_decode(encode(&record), &back), STATUS_OK);
	assert_int_equal(back.number, record.number);
	assert_int_equal(back.shape_version, 1);
	assert_int_equal(back.command_index, 1);
	assert_int_equal(back.command_count, 3);
	assert_true(back.position == record.position && back.time_us == record.time_us);
	assert_true(id_equal(back.actor, record.actor) && id_equal(back.command, record.command));
	assert_true(id_equal(back.trace, record.trace));
	assert_memory_equal(&back.digest, &record.digest, sizeof(back.digest));
	assert_int_equal(back.stream_count, 2);
	assert_int_equal(back.claim_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_true(id_equal(back.streams[i].id, record.streams[i].id));
		assert_true(back.streams[i].version == record.streams[i].version);
		assert_int_equal(back.claims[i].claim, record.claims[i].claim);
		assert_int_equal(back.claims[i].taken, record.claims[i].taken);
		assert_true(hash_equal(&back.claims[i].value, &record.claims[i].value));
	}
	assert_true(bytes_equal(back.payload, record.payload));
	assert_ptr_equal(back.payload.data, encoded.data + encoded.size - 1);
}

static void the_layout_is_the_one_in_the_header(void **state)
{
	struct record record = full_record();
	const uint8_t head[16] = {1, 2, 2, 1, 3, 1, 0x34, 0x12, 8, 7, 6, 5, 4, 3, 2, 1};
	struct bytes  bytes = encode(&record);

	assert_int_equal(bytes.size, 88 + 2 * 24 + 2 * 34 + 1);
	assert_memory_equal(bytes.data, head, sizeof(head));
	for (int i = 0; i < 8; i++)
		assert_int_equal(bytes.data[16 + i], (uint8_t)(UINT64_C(1767323045678901) >> (8 * i)));
	assert_memory_equal(bytes.data + 24, SAMPLE_PERSON.bytes, 16);
	assert_memory_equal(bytes.data + 40, SAMPLE_ERASED.bytes, 16);
	assert_memory_equal(bytes.data + 56, "trace-trace-trac", 16);
	assert_memory_equal(bytes.data + 72, "digest-digest-di", 16);
	assert_memory_equal(bytes.data + 88, SAMPLE_PERSON.bytes, 16);
	assert_memory_equal(bytes.data + 104, "\x07\0\0\0\0\0\0\0", 8);
	assert_memory_equal(bytes.data + 136, "\x01\x01one", 6);
	assert_memory_equal(bytes.data + 170, "\x02\x00two", 6);
	assert_int_equal(bytes.data[204], 0x80);
	assert_true(record_position(bytes) == record.position);
}

static void records_are_appended(void **state)
{
	struct record record = full_record(), back;
	size_t        first;

	record_encode(&record, &encoded);
	first = encoded.size;
	record.position++;
	record_encode(&record, &encoded);
	assert_int_equal(record_decode(BYTES(encoded.data + first, encoded.size - first), &back), STATUS_OK);
	assert_true(back.position == record.position);
}

static void a_record_without_streams_claims_and_payload_is_one(void **state)
{
	struct record record = {.number = 1, .shape_version = 1, .command_count = 1, .position = 1}, back;

	assert_int_equal(record_decode(encode(&record), &back), STATUS_OK);
	assert_int_equal(back.payload.size, 0);
	assert_false(id_present(back.actor));
}

static void whatever_is_cut_before_the_payload_is_corrupt(void **state)
{
	struct record record = full_record(), back = {.position = 99};

	encode(&record);
	for (size_t size = 0; size < encoded.size - 1; size++)
		assert_int_equal(record_decode(BYTES(encoded.data, size), &back), STATUS_CORRUPT);
	assert_int_equal(record_decode(BYTES(NULL, 0), &back), STATUS_CORRUPT);
	assert_int_equal(back.position, 99);
}

static void refuses_byte(size_t at, uint8_t value)
{
	struct record record = full_record(), back;

	encode(&record);
	encoded.data[at] = value;
	assert_int_equal(record_decode(buffer_bytes(&encoded), &back), STATUS_CORRUPT);
}

static void what_contradicts_the_layout_is_corrupt(void **state)
{
	refuses_byte(0, 0);
	refuses_byte(0, 2);
	refuses_byte(1, RECORD_STREAMS_MAX + 1);
	refuses_byte(1, 255);
	refuses_byte(2, RECORD_CLAIMS_MAX + 1);
	refuses_byte(2, 255);
	refuses_byte(3, 3);
	refuses_byte(4, 1);
	refuses_byte(5, 0);
	refuses_byte(5, 2);
	refuses_byte(128, 0);
	refuses_byte(136, 0);
	refuses_byte(137, 2);
}

static void position_and_number_begin_at_one(void **state)
{
	struct record record = full_record(), back;

	encode(&record);
	memset(encoded.data + 8, 0, 8);
	assert_int_equal(record_decode(buffer_bytes(&encoded), &back), STATUS_CORRUPT);
	encode(&record);
	memset(encoded.data + 6, 0, 2);
	assert_int_equal(record_decode(buffer_bytes(&encoded), &back), STATUS_CORRUPT);
}

static void a_record_larger_than_the_maximum_is_corrupt(void **state)
{
	struct record record = full_record(), back;

	record.payload = BYTES(arena_alloc(&arena, RECORD_SIZE_MAX), RECORD_SIZE_MAX - (88 + 2 * 24 + 2 * 34));
	assert_int_equal(record_decode(encode(&record), &back), STATUS_OK);
	record.payload.size++;
	assert_int_equal(record_decode(encode(&record), &back), STATUS_CORRUPT);
}

static void the_version_in_a_stream_is_told(void **state)
{
	struct record record = full_record();

	assert_int_equal(record_version_in(&record, SAMPLE_PERSON), 7);
	assert_int_equal(record_version_in(&record, SAMPLE_ERASED), 1);
	assert_int_equal(record_version_in(&record, ID_NONE), 0);
	record.stream_count = 1;
	assert_int_equal(record_version_in(&record, SAMPLE_ERASED), 0);
}

/* ---------------------------------------------------------------- the event inside */

static struct record suspension(const struct sealer *sealer, struct buffer *payload)
{
	struct user_suspended event = {.user = SAMPLE_PERSON, .reason = TEXT("spam")};
	struct record         record = full_record();

	record.number = EVENT_user_suspended;
	assert_int_equal(
		msgpack_encode_shape(event_type_by_number(EVENT_user_suspended)->shape, &event, 0, sealer, payload),
		STATUS_OK);
	record.payload = buffer_bytes(payload);
	return record;
}

static void the_event_inside_comes_out(void **state)
{
	struct buffer                payload = {0};
	struct record                record = suspension(&sample_sealer, &payload);
	const struct event_type     *type;
	const void                  *event;
	const struct user_suspended *suspended;

	assert_int_equal(record_event(&record, &sample_opener, &arena, &type, &event), STATUS_OK);
	suspended = event;
	assert_string_equal(type->name, "user_suspended");
	assert_true(id_equal(suspended->user, SAMPLE_PERSON));
	assert_true(text_is(suspended->reason, "spam"));
	assert_int_equal(record_event(&record, NULL, &arena, &type, &event), STATUS_OK);
	suspended = event;
	assert_int_equal(suspended->reason.data[0], PERSONAL_MARK);
	buffer_finish(&payload);
}

static void an_unknown_event_is_unsupported(void **state)
{
	struct record            record = full_record();
	const struct event_type *type = NULL;
	const void              *event = NULL;

	record.number = UINT16_MAX;
	assert_int_equal(record_event(&record, NULL, &arena, &type, &event), STATUS_UNSUPPORTED);
	assert_null(type);
	assert_null(event);
}

static void a_payload_of_another_shape_is_corrupt(void **state)
{
	struct buffer            payload = {0};
	struct record            record = suspension(NULL, &payload);
	const struct event_type *type = NULL;
	const void              *event = NULL;

	record.payload.size--;
	assert_int_equal(record_event(&record, NULL, &arena, &type, &event), STATUS_CORRUPT);
	record.payload = BYTES(NULL, 0);
	assert_int_equal(record_event(&record, NULL, &arena, &type, &event), STATUS_CORRUPT);
	assert_null(event);
	buffer_finish(&payload);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_record_comes_back_as_it_was),
		TEST(the_layout_is_the_one_in_the_header),
		TEST(records_are_appended),
		TEST(a_record_without_streams_claims_and_payload_is_one),
		TEST(whatever_is_cut_before_the_payload_is_corrupt),
		TEST(what_contradicts_the_layout_is_corrupt),
		TEST(position_and_number_begin_at_one),
		TEST(a_record_larger_than_the_maximum_is_corrupt),
		TEST(the_version_in_a_stream_is_told),
		TEST(the_event_inside_comes_out),
		TEST(an_unknown_event_is_unsupported),
		TEST(a_payload_of_another_shape_is_corrupt),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
