/* The frames of WebSocket. */
#include "api/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MOST = 70000 };

static struct websocket      websocket;
static struct buffer         in;
static struct websocket_came came;

static int begin(void **state)
{
	websocket = (struct websocket){.message_bytes_max = MOST};
	return 0;
}

static int end(void **state)
{
	websocket_finish(&websocket);
	buffer_finish(&in);
	in = (struct buffer){0};
	return 0;
}

/* A client's frame, masked. `length` may lie. */
static void put_frame(uint8_t first, size_t length, const char *payload, size_t size)
{
	static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
	uint8_t              head[10] = {first};
	size_t               extended = length < 126 ? 0 : length < 65536 ? 2 : 8;

	head[1] = (uint8_t)(0x80 | (extended == 0 ? length : extended == 2 ? 126 : 127));
	for (size_t i = 0; i < extended; i++)
		head[2 + i] = (uint8_t)((uint64_t)length >> (8 * (extended - 1 - i)));
	buffer_append(&in, BYTES(head, 2 + extended));
	buffer_append(&in, BYTES(mask, sizeof(mask)));
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)payload[i] ^ mask[i % 4];

		buffer_append(&in, BYTES(&byte, 1));
	}
}

static void put(uint8_t first, const char *payload)
{
	put_frame(first, strlen(payload), payload, strlen(payload));
}

/* What comes next; what was taken is gone. */
static enum websocket_event next(void)
{
	static struct buffer kept;

	websocket_take(&websocket, &in, 0, &came);
	kept.size = 0;
	buffer_append(&kept, came.bytes);
	came.bytes = buffer_bytes(&kept);
	buffer_consume(&in, came.taken);
	return came.event;
}

static void is_broken(uint16_t code)
{
	assert_int_equal(next(), WEBSOCKET_BROKEN);
	assert_int_equal(came.code, code);
}

static void is_text(const char *wanted)
{
	assert_int_equal(next(), WEBSOCKET_TEXT);
	assert_int_equal(came.bytes.size, strlen(wanted));
	assert_memory_equal(came.bytes.data, wanted, came.bytes.size);
}

static void a_text_is_unmasked_as_the_rfc_shows(void **state)
{
	/* RFC 6455 §5.7: a single-frame masked text message. */
	static const uint8_t hello[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};

	buffer_append(&in, BYTES(hello, sizeof(hello)));
	is_text("Hello");
	assert_int_equal(next(), WEBSOCKET_MORE);
}

static void a_frame_may_come_byte_by_byte(void **state)
{
	struct buffer whole;

	put(0x81, "Hello");
	whole = in;
	in = (struct buffer){0};
	for (size_t i = 0; i + 1 < whole.size; i++) {
		buffer_append(&in, BYTES(whole.data + i, 1));
		assert_int_equal(next(), WEBSOCKET_MORE);
	}
	buffer_append(&in, BYTES(whole.data + whole.size - 1, 1));
	is_text("Hello");
	buffer_finish(&whole);
}

static void pieces_make_one_message_with_pings_between(void **state)
{
	put(0x01, "Hel");
	put(0x89, "still there?");
	put(0x00, "lo, ");
	put(0x80, "world");
	assert_int_equal(next(), WEBSOCKET_PING);
	assert_memory_equal(came.bytes.data, "still there?", came.bytes.size);
	is_text("Hello, world");
}

static void a_character_may_be_split_over_pieces(void **state)
{
	put(0x01, "\xe2\x82");
	put(0x80, "\xac");
	is_text("\xe2\x82\xac");
	put(0x81, "\xe2\x82");
	is_broken(WEBSOCKET_BAD_TEXT);
}

static void what_breaks_a_rule_is_named_so(void **state)
{
	static const struct {
		uint8_t     bytes[6];
		const char *what;
	} rows[] = {
		{{0x81, 0x05, 'H', 'e', 'l', 'l'}, "not masked"},  {{0xc1, 0x80, 0, 0, 0, 0}, "a reserved bit"},
		{{0x83, 0x80, 0, 0, 0, 0}, "a reserved kind"},     {{0x8b, 0x80, 0, 0, 0, 0}, "a reserved control"},
		{{0x09, 0x80, 0, 0, 0, 0}, "a control in pieces"}, {{0x80, 0x80, 0, 0, 0, 0}, "a piece of nothing"},
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		in.size = 0;
		buffer_append(&in, BYTES(rows[i].bytes, sizeof(rows[i].bytes)));
		assert_string_equal(next() == WEBSOCKET_BROKEN && came.code == WEBSOCKET_BROKEN_RULE ? rows[i].what
		                                                                                     : "",
		                    rows[i].what);
	}
}

static void a_message_does_not_begin_inside_another(void **state)
{
	put(0x01, "one");
	put(0x81, "two");
	is_broken(WEBSOCKET_BROKEN_RULE);
}

static void a_control_has_at_most_125_bytes(void **state)
{
	char payload[126];

	memset(payload, 'x', sizeof(payload));
	put_frame(0x89, sizeof(payload), payload, sizeof(payload));
	is_broken(WEBSOCKET_BROKEN_RULE);
}

static void a_length_has_the_fewest_bytes(void **state)
{
	static const uint8_t sixteen[] = {0x81, 0xfe, 0, 125, 0, 0, 0, 0},
			     much[] = {0x81, 0xff, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0};

	buffer_append(&in, BYTES(sixteen, sizeof(sixteen)));
	is_broken(WEBSOCKET_BROKEN_RULE);
	in.size = 0;
	buffer_append(&in, BYTES(much, sizeof(much)));
	is_broken(WEBSOCKET_BROKEN_RULE);
}

static void what_is_too_long_is_refused_by_its_head(void **state)
{
	put_frame(0x82, MOST + 1, "", 0);
	is_broken(WEBSOCKET_TOO_LARGE);
}

static void pieces_are_too_long_together(void **state)
{
	static char half[MOST / 2 + 1];

	put_frame(0x02, sizeof(half), half, sizeof(half));
	assert_int_equal(next(), WEBSOCKET_MORE);
	put_frame(0x80, sizeof(half), half, sizeof(half));
	is_broken(WEBSOCKET_TOO_LARGE);
}

static void a_close_tells_its_code_and_reason(void **state)
{
	put(0x88, "\x03\xe8"
	          "bye");
	assert_int_equal(next(), WEBSOCKET_CLOSE);
	assert_int_equal(came.code, WEBSOCKET_NORMAL);
	assert_memory_equal(came.bytes.data, "bye", 3);
	put_frame(0x88, 0, "", 0);
	assert_int_equal(next(), WEBSOCKET_CLOSE);
	assert_int_equal(came.code, WEBSOCKET_NO_CODE);
}

static void a_close_with_half_a_code_or_one_that_may_not_be_sent_is_broken(void **state)
{
	static const char codes[][3] = {"\x03", "\x03\xed", "\x03\xee", "\x03\xf7", "\x0b\xb7", "\x13\x88"};

	for (size_t i = 0; i < array_count(codes); i++) {
		put(0x88, codes[i]);
		is_broken(WEBSOCKET_BROKEN_RULE);
	}
}

static void what_is_said_is_framed_by_its_length(void **state)
{
	static char   long_text[65536];
	struct buffer out = {0};

	websocket_message(&out, true, BYTES("Hello", 5));
	assert_memory_equal(out.data, "\x81\x05Hello", 7);
	out.size = 0;
	websocket_message(&out, false, BYTES(long_text, 126));
	assert_memory_equal(out.data, "\x82\x7e\x00\x7e", 4);
	out.size = 0;
	websocket_message(&out, false, BYTES(long_text, sizeof(long_text)));
	assert_memory_equal(out.data, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
	out.size = 0;
	websocket_close(&out, WEBSOCKET_NORMAL, TEXT("bye"));
	assert_memory_equal(out.data,
	                    "\x88\x05\x03\xe8"
	                    "bye",
	                    7);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
		CLAIM(a_text_is_unmasked_as_the_rfc_shows),
		CLAIM(a_frame_may_come_byte_by_byte),
		CLAIM(pieces_make_one_message_with_pings_between),
		CLAIM(a_character_may_be_split_over_pieces),
		CLAIM(what_breaks_a_rule_is_named_so),
		CLAIM(a_message_does_not_begin_inside_another),
		CLAIM(a_control_has_at_most_125_bytes),
		CLAIM(a_length_has_the_fewest_bytes),
		CLAIM(what_is_too_long_is_refused_by_its_head),
		CLAIM(pieces_are_too_long_together),
		CLAIM(a_close_tells_its_code_and_reason),
		CLAIM(a_close_with_half_a_code_or_one_that_may_not_be_sent_is_broken),
		CLAIM(what_is_said_is_framed_by_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
