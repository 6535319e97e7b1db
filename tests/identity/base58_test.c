#include "eventstore/base/base58.h"

#include "eventstore/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* draft-msporny-base58-03 §5, and Solana's system program and wrapped SOL addresses. */
static const struct {
	size_t      size;
	const char *bytes;
	const char *text;
} published[] = {
	{12, "Hello World!", "2NEpo7TZRRrLZSi2U"},
	{44, "The quick brown fox jumps over the lazy dog.",
         "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
	{6, "\x00\x00\x28\x7f\xb4\xcd", "11233QC4"},
	{0, "", ""},
	{1, "\x00", "1"},
	{32,
         "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
         "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
         "11111111111111111111111111111111"},
	{32,
         "\x06\x9b\x88\x57\xfe\xab\x81\x84\xfb\x68\x7f\x63\x46\x18\xc0\x35"
         "\xda\xc4\x39\xdc\x1a\xeb\x3b\x55\x98\xa0\xf0\x00\x00\x00\x00\x01",
         "So11111111111111111111111111111111111111112"},
};

static void encode_gives_the_published_texts(void **state)
{
	for (size_t i = 0; i < array_count(published); i++) {
		char   text[BASE58_SIZE_MAX(BASE58_BYTES_MAX)];
		size_t size = base58_encode(BYTES(published[i].bytes, published[i].size), text);

		assert_int_equal(size, strlen(published[i].text));
		assert_memory_equal(text, published[i].text, size);
	}
}

static void decode_gives_the_published_bytes(void **state)
{
	for (size_t i = 0; i < array_count(published); i++) {
		uint8_t bytes[BASE58_BYTES_MAX];

		assert_true(base58_decode(text_from(published[i].text), bytes, published[i].size));
		assert_memory_equal(bytes, published[i].bytes, published[i].size);
	}
}

static void decode_refuses_another_size(void **state)
{
	uint8_t bytes[BASE58_BYTES_MAX];

	assert_false(base58_decode(TEXT("2NEpo7TZRRrLZSi2U"), bytes, 11));
	assert_false(base58_decode(TEXT("2NEpo7TZRRrLZSi2U"), bytes, 13));
	assert_false(base58_decode(TEXT("12NEpo7TZRRrLZSi2U"), bytes, 12));
	assert_true(base58_decode(TEXT("12NEpo7TZRRrLZSi2U"), bytes, 13));
	assert_false(base58_decode(TEXT(""), bytes, 1));
	assert_false(base58_decode(TEXT("1"), bytes, 0));
}

static void decode_refuses_what_is_not_in_the_alphabet(void **state)
{
	static const char wrong[] = {'0', 'O', 'I', 'l', ' ', '\n', '+', '/', '=', '_', '\0', '\x80', '\xff'};

	for (size_t i = 0; i < sizeof(wrong); i++) {
		char    text[] = "2NEpo7TZRRrLZSi2U";
		uint8_t bytes[12];

		text[7] = wrong[i];
		assert_false(base58_decode((struct text){.data = text, .size = 17}, bytes, 12));
	}
}

static void decode_refuses_a_number_that_is_too_large(void **state)
{
	uint8_t bytes[32];

	/* 2^256 - 1, and the next number. */
	assert_true(base58_decode(TEXT("JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG"), bytes, 32));
	for (int i = 0; i < 32; i++)
		assert_int_equal(bytes[i], 0xff);
	assert_false(base58_decode(TEXT("JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"), bytes, 32));
	assert_false(base58_decode(TEXT("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), bytes, 32));
}

static void decode_leaves_its_output_untouched_on_failure(void **state)
{
	uint8_t bytes[12] = "untouched!!";

	assert_false(base58_decode(TEXT("2NEpo7TZRRrLZSi20"), bytes, 12));
	assert_string_equal((char *)bytes, "untouched!!");
}

static void every_size_survives_the_round_trip(void **state)
{
	uint8_t bytes[BASE58_BYTES_MAX], back[BASE58_BYTES_MAX];
	char    text[BASE58_SIZE_MAX(BASE58_BYTES_MAX)];

	for (size_t size = 0; size <= BASE58_BYTES_MAX; size++) {
		size_t spelt;

		random_fill(bytes, sizeof(bytes));
		memset(bytes, size % 5 == 0 ? 0xff : 0, size % 3);
		spelt = base58_encode(BYTES(bytes, size), text);
		assert_true(spelt <= BASE58_SIZE_MAX(size));
		assert_true(base58_decode((struct text){.data = text, .size = spelt}, back, size));
		assert_memory_equal(bytes, back, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encode_gives_the_published_texts),
		cmocka_unit_test(decode_gives_the_published_bytes),
		cmocka_unit_test(decode_refuses_another_size),
		cmocka_unit_test(decode_refuses_what_is_not_in_the_alphabet),
		cmocka_unit_test(decode_refuses_a_number_that_is_too_large),
		cmocka_unit_test(decode_leaves_its_output_untouched_on_failure),
		cmocka_unit_test(every_size_survives_the_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
