#include "eventstore/base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct buffer buffer;

static int finish(void **state)
{
	buffer_finish(&buffer);
	return 0;
}

static void assert_holds(const char *text)
{
	assert_true(bytes_equal(buffer_bytes(&buffer), text_bytes(text_from(text))));
}

static void what_is_appended_stands_at_the_end(void **state)
{
	buffer_append_text(&buffer, TEXT("ab"));
	buffer_append(&buffer, BYTES(NULL, 0));
	buffer_append(&buffer, BYTES("cd", 2));
	buffer_format(&buffer, "%d%s", 7, "x");
	assert_holds("abcd7x");
}

static void content_survives_growth(void **state)
{
	for (int i = 0; i < 100000; i++)
		buffer_append(&buffer, BYTES(&(uint8_t){(uint8_t)(i % 251)}, 1));
	assert_int_equal(buffer.size, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buffer.data[i], i % 251);
}

static void reserved_room_is_not_counted_until_used(void **state)
{
	uint8_t *room = buffer_reserve(&buffer, 1000);

	memset(room, 'x', 1000);
	assert_int_equal(buffer.size, 0);
	assert_true(buffer.capacity >= 1000);
	buffer.size += 2;
	assert_holds("xx");
}

static void consuming_moves_the_rest_to_the_front(void **state)
{
	buffer_append_text(&buffer, TEXT("abcdef"));
	buffer_consume(&buffer, 0);
	assert_holds("abcdef");
	buffer_consume(&buffer, 4);
	assert_holds("ef");
	buffer_consume(&buffer, 2);
	assert_holds("");
	buffer_append_text(&buffer, TEXT("gh"));
	assert_holds("gh");
}

static void a_finished_buffer_may_be_used_again(void **state)
{
	buffer_append_text(&buffer, TEXT("abc"));
	buffer_finish(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.size, 0);
	buffer_finish(&buffer);
	buffer_append_text(&buffer, TEXT("d"));
	assert_holds("d");
}

#define TEST(name) cmocka_unit_test_teardown(name, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_appended_stands_at_the_end),      TEST(content_survives_growth),
		TEST(reserved_room_is_not_counted_until_used), TEST(consuming_moves_the_rest_to_the_front),
		TEST(a_finished_buffer_may_be_used_again),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
