#include "eventstore/base/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* The check value that CRC-32's catalogue gives, and what PNG files end with. */
static void the_check_sum_is_the_published_one(void **state)
{
	assert_int_equal(crc32_add(0, BYTES("123456789", 9)), 0xcbf43926);
	assert_int_equal(crc32_add(0, BYTES("IEND", 4)), 0xae426082);
	assert_int_equal(crc32_add(0, BYTES(NULL, 0)), 0);
}

static void a_check_sum_goes_on_over_pieces(void **state)
{
	uint32_t sum = crc32_add(0, BYTES("1234", 4));

	sum = crc32_add(sum, BYTES(NULL, 0));
	assert_int_equal(crc32_add(sum, BYTES("56789", 5)), 0xcbf43926);
}

static void a_gzip_member_tells_neither_time_nor_system(void **state)
{
	static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	struct buffer        out = {0};

	gzip_append(BYTES("123456789", 9), &out);
	assert_memory_equal(out.data, head, sizeof(head));
	assert_memory_equal(out.data + out.size - 8, "\x26\x39\xf4\xcb\x09\x00\x00\x00", 8);
	buffer_finish(&out);
}

static void zlibs_own_frame_says_so(void **state)
{
	struct buffer out = {0};

	zlib_append(BYTES("abc", 3), &out);
	assert_int_equal(out.data[0], 0x78);
	assert_int_equal((out.data[0] << 8 | out.data[1]) % 31, 0);
	assert_memory_equal(out.data + out.size - 4, "\x02\x4d\x01\x27", 4); /* RFC 1950: Adler-32 */
	buffer_finish(&out);
}

static struct bytes packed_zeroes(size_t size, struct buffer *out)
{
	static const uint8_t zeroes[4096];

	zlib_append(BYTES(zeroes, size), out);
	return buffer_bytes(out);
}

static void what_was_packed_is_opened_up_to_the_most_that_is_wanted(void **state)
{
	struct buffer packed = {0}, out = {0};

	packed_zeroes(4096, &packed);
	buffer_append_text(&out, TEXT("ab"));
	assert_int_equal(zlib_open(buffer_bytes(&packed), 4095, &out), STATUS_TOO_LARGE);
	assert_int_equal(out.size, 2);
	assert_int_equal(zlib_open(buffer_bytes(&packed), 4096, &out), STATUS_OK);
	assert_int_equal(out.size, 2 + 4096);
	assert_memory_equal(out.data, "ab\0\0", 4);
	buffer_finish(&packed);
	buffer_finish(&out);
}

static void what_is_torn_or_followed_by_more_is_not_opened(void **state)
{
	struct buffer packed = {0}, out = {0};
	struct bytes  whole = packed_zeroes(100, &packed);

	assert_int_equal(zlib_open(BYTES(whole.data, whole.size - 1), 4096, &out), STATUS_MALFORMED);
	assert_int_equal(zlib_open(BYTES("no such frame", 13), 4096, &out), STATUS_MALFORMED);
	assert_int_equal(zlib_open(BYTES(NULL, 0), 4096, &out), STATUS_MALFORMED);
	buffer_append_text(&packed, TEXT("x"));
	assert_int_equal(zlib_open(buffer_bytes(&packed), 4096, &out), STATUS_MALFORMED);
	assert_int_equal(out.size, 0);
	buffer_finish(&packed);
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_sum_is_the_published_one),
		cmocka_unit_test(a_check_sum_goes_on_over_pieces),
		cmocka_unit_test(a_gzip_member_tells_neither_time_nor_system),
		cmocka_unit_test(zlibs_own_frame_says_so),
		cmocka_unit_test(what_was_packed_is_opened_up_to_the_most_that_is_wanted),
		cmocka_unit_test(what_is_torn_or_followed_by_more_is_not_opened),
	};

	return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
