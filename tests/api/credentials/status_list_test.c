#include "api/credentials/status_list.h"

#include "eventstore/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct status_list fresh(void)
{
	return (struct status_list){.url = TEXT("https://learn.example/status/1"),
	                            .issuer = TEXT("did:web:learn.example"),
	                            .changed_us = 1767323045000000};
}

static struct buffer issue(const struct status_list *list)
{
	struct buffer   out = {0};
	uint8_t         seed[SIGN_SEED_SIZE] = {1};
	struct sign_key key;

	sign_key_from_seed(seed, &key);
	status_list_issue(list, &key, TEXT("did:web:learn.example#key"), &out);
	return out;
}

static void the_first_index_is_the_first_bytes_highest_bit(void **state)
{
	struct status_list list = fresh();

	status_list_revoke(&list, 0);
	status_list_revoke(&list, 9);
	status_list_revoke(&list, STATUS_LIST_SIZE - 1);
	assert_int_equal(list.bits[0], 0x80);
	assert_int_equal(list.bits[1], 0x40);
	assert_int_equal(list.bits[STATUS_LIST_BYTES - 1], 0x01);
	for (uint32_t i = 0; i < STATUS_LIST_SIZE; i++)
		assert_int_equal(status_list_revoked(&list, i), i == 0 || i == 9 || i == STATUS_LIST_SIZE - 1);
}

static void the_encoded_list_is_gzip_in_multibase(void **state)
{
	static const uint8_t head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	struct status_list   list = fresh();
	struct buffer        out = {0};
	uint8_t             *packed;
	size_t               size;

	status_list_encode(&list, &out);
	assert_int_equal(out.data[0], 'u');
	packed = malloc(out.size);
	assert_true(base64_decode((struct text){.data = (char *)out.data + 1, .size = out.size - 1}, packed, &size));
	assert_memory_equal(packed, head, sizeof(head));
	/* RFC 1952: the last four bytes are the size of what was packed. */
	assert_memory_equal(packed + size - 4, "\x00\x40\x00\x00", 4);
	free(packed);
	buffer_finish(&out);
}

static void the_same_list_has_the_same_bytes_and_another_has_others(void **state)
{
	struct status_list list = fresh();
	struct buffer      one = issue(&list), same = issue(&list), other;

	status_list_revoke(&list, 4711);
	other = issue(&list);
	assert_true(bytes_equal(buffer_bytes(&one), buffer_bytes(&same)));
	assert_false(bytes_equal(buffer_bytes(&one), buffer_bytes(&other)));
	buffer_finish(&one);
	buffer_finish(&same);
	buffer_finish(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_index_is_the_first_bytes_highest_bit),
		cmocka_unit_test(the_encoded_list_is_gzip_in_multibase),
		cmocka_unit_test(the_same_list_has_the_same_bytes_and_another_has_others),
	};

	return cmocka_run_group_tests_name("status_list", tests, NULL, NULL);
}
