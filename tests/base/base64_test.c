#include "eventstore/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void both_ways(struct bytes bytes, const char *text)
{
	char    encoded[64];
	uint8_t decoded[64];
	size_t  size = base64_encode(bytes, encoded);

	assert_true(text_is((struct text){.data = encoded, .size = size}, text));
	assert_int_equal(size, BASE64_SIZE(bytes.size));
	assert_true(base64_decode(text_from(text), decoded, &size));
	assert_true(bytes_equal(BYTES(decoded, size), bytes));
}

/* RFC 4648 §10, without the padding. */
static void the_vectors_of_rfc_4648_hold(void **state)
{
	both_ways(BYTES("", 0), "");
	both_ways(BYTES("f", 1), "Zg");
	both_ways(BYTES("fo", 2), "Zm8");
	both_ways(BYTES("foo", 3), "Zm9v");
	both_ways(BYTES("foob", 4), "Zm9vYg");
	both_ways(BYTES("fooba", 5), "Zm9vYmE");
	both_ways(BYTES("foobar", 6), "Zm9vYmFy");
}

static void the_alphabet_is_the_one_for_urls(void **state)
{
	both_ways(BYTES("\xfb\xff\xfe", 3), "-__-");
	both_ways(BYTES("\x00\x10\x83\x10\x51\x87\x20\x92\x8b", 9), "ABCDEFGHIJKL");
}

static void refuses(const char *text)
{
	uint8_t decoded[64];
	size_t  size;

	if (base64_decode(text_from(text), decoded, &size))
		fail_msg("\"%s\" is decoded", text);
}

static void padding_spaces_and_other_alphabets_are_refused(void **state)
{
	refuses("Zg==");
	refuses("Zm8=");
	refuses("Zm9v\n");
	refuses(" Zm9v");
	refuses("Zm 9v");
	refuses("+/+/");
	refuses("Zm9\xc3");
}

static void stray_bits_and_impossible_lengths_are_refused(void **state)
{
	refuses("Zh");
	refuses("Zm9");
	refuses("Z");
	refuses("Zm9vY");
}

static void every_byte_goes_there_and_back(void **state)
{
	uint8_t      all[256], decoded[BASE64_SIZE(sizeof(all))];
	struct arena arena = {0};
	struct text  text;
	size_t       size;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (size_t length = 0; length <= sizeof(all); length++) {
		text = arena_base64(&arena, BYTES(all, length));
		assert_true(base64_decode(text, decoded, &size));
		assert_true(bytes_equal(BYTES(decoded, size), BYTES(all, length)));
	}
	arena_finish(&arena);
}

static void both_standard_ways(struct bytes bytes, const char *text)
{
	char    encoded[64];
	uint8_t decoded[64];
	size_t  size = base64_standard_encode(bytes, encoded);

	assert_true(text_is((struct text){.data = encoded, .size = size}, text));
	assert_int_equal(size, BASE64_STANDARD_SIZE(bytes.size));
	assert_true(base64_standard_decode(text_from(text), decoded, &size));
	assert_true(bytes_equal(BYTES(decoded, size), bytes));
}

/* RFC 4648 §10. */
static void the_standard_form_is_padded_and_has_plus_and_slash(void **state)
{
	both_standard_ways(BYTES("", 0), "");
	both_standard_ways(BYTES("f", 1), "Zg==");
	both_standard_ways(BYTES("fo", 2), "Zm8=");
	both_standard_ways(BYTES("foo", 3), "Zm9v");
	both_standard_ways(BYTES("fooba", 5), "Zm9vYmE=");
	both_standard_ways(BYTES("\xfb\xff\xfe", 3), "+//+");
}

static void the_standard_form_is_read_strictly(void **state)
{
	static const char *const bad[] = {"Zg", "Zg=", "Zh==", "Zg===", "====", "Zm9=", "-__-", "Zg==Zg==", "Zm8\n"};
	uint8_t                  decoded[64];
	size_t                   size;

	for (size_t i = 0; i < array_count(bad); i++)
		if (base64_standard_decode(text_from(bad[i]), decoded, &size))
			fail_msg("\"%s\" is decoded", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_4648_hold),
		cmocka_unit_test(the_alphabet_is_the_one_for_urls),
		cmocka_unit_test(padding_spaces_and_other_alphabets_are_refused),
		cmocka_unit_test(stray_bits_and_impossible_lengths_are_refused),
		cmocka_unit_test(every_byte_goes_there_and_back),
		cmocka_unit_test(the_standard_form_is_padded_and_has_plus_and_slash),
		cmocka_unit_test(the_standard_form_is_read_strictly),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
