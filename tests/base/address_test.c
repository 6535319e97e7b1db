#include "eventstore/base/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_split(const char *text, const char *host, const char *port)
{
	struct address address;

	assert_true(address_split(text, &address));
	assert_string_equal(address.host, host);
	assert_string_equal(address.port, port);
}

static void the_last_colon_parts_host_and_port(void **state)
{
	assert_split("127.0.0.1:8080", "127.0.0.1", "8080");
	assert_split("school.example:http", "school.example", "http");
	assert_split("::1:80", "::1", "80");
	assert_split(":80", "", "80");
	assert_split("a:", "a", "");
}

static void brackets_around_the_host_are_taken_off(void **state)
{
	assert_split("[::1]:80", "::1", "80");
	assert_split("[]:80", "", "80");
	assert_split("[::1:80", "[::1", "80");
	assert_split("[:80", "[", "80");
}

static void what_is_no_address_is_refused(void **state)
{
	static char    long_one[ADDRESS_SIZE_MAX + 1];
	struct address address;

	assert_false(address_split("", &address));
	assert_false(address_split("school.example", &address));
	memset(long_one, ':', ADDRESS_SIZE_MAX);
	assert_false(address_split(long_one, &address));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_colon_parts_host_and_port),
		cmocka_unit_test(brackets_around_the_host_are_taken_off),
		cmocka_unit_test(what_is_no_address_is_refused),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
