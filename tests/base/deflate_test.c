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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_sum_is_the_published_one),
		cmocka_unit_test(a_check_sum_goes_on_over_pieces),
		cmocka_unit_test(a_gzip_member_tells_neither_time_nor_system),
		cmocka_unit_test(zlibs_own_frame_says_so),
	};

	return cmocka_run_group_tests_name("deflate", tests, NULL, NULL);
}
