#include "eventstore/base/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct seal_key key = {.bytes = "a key of exactly thirty-two byte"};
static const struct bytes    clear = {(const uint8_t *)"Ada Lovelace", 12};
static const struct bytes    context = {(const uint8_t *)"person.name", 11};

static uint8_t sealed[12 + SEAL_OVERHEAD], opened[sizeof(sealed)];

static bool opens(const struct seal_key *with, struct bytes in)
{
	return seal_open(with, in, BYTES(sealed, sizeof(sealed)), opened);
}

/* draft-irtf-cfrg-xchacha-03 A.3.1, its nonce in front. */
static void the_published_vector_opens(void **state)
{
	static const char text[] =
		"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
		"sunscreen would be it.";
	static const uint8_t vector[] =
		"\x40\x41\x42\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e\x4f\x50\x51\x52\x53\x54\x55\x56\x57"
		"\xbd\x6d\x17\x9d\x3e\x83\xd4\x3b\x95\x76\x57\x94\x93\xc0\xe9\x39\x57\x2a\x17\x00\x25\x2b\xfa\xcc"
		"\xbe\xd2\x90\x2c\x21\x39\x6c\xbb\x73\x1c\x7f\x1b\x0b\x4a\xa6\x44\x0b\xf3\xa8\x2f\x4e\xda\x7e\x39"
		"\xae\x64\xc6\x70\x8c\x54\xc2\x16\xcb\x96\xb7\x2e\x12\x13\xb4\x52\x2f\x8c\x9b\xa4\x0d\xb5\xd9\x45"
		"\xb1\x1b\x69\xb9\x82\xc1\xbb\x9e\x3f\x3f\xac\x2b\xc3\x69\x48\x8f\x76\xb2\x38\x35\x65\xd3\xff\xf9"
		"\x21\xf9\x66\x4c\x97\x63\x7d\xa9\x76\x88\x12\xf6\x15\xc6\x8b\x13\xb5\x2e"
		"\xc0\x87\x59\x24\xc1\xc7\x98\x79\x47\xde\xaf\xd8\x78\x0a\xcf\x49";
	struct seal_key counting;
	uint8_t         out[sizeof(vector)];

	for (int i = 0; i < SEAL_KEY_SIZE; i++)
		counting.bytes[i] = (uint8_t)(0x80 + i);
	assert_int_equal(sizeof(vector) - 1, sizeof(text) - 1 + SEAL_OVERHEAD);
	assert_true(seal_open(&counting, BYTES("\x50\x51\x52\x53\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7", 12),
	                      BYTES(vector, sizeof(vector) - 1), out));
	assert_memory_equal(out, text, sizeof(text) - 1);
}

static void what_was_sealed_opens(void **state)
{
	seal(&key, context, clear, sealed);
	assert_true(opens(&key, context));
	assert_memory_equal(opened, clear.data, clear.size);
}

static void seal_refuses_another_label(void **state)
{
	seal(&key, context, clear, sealed);
	assert_false(opens(&key, BYTES("person.mail", 11)));
	assert_false(opens(&key, BYTES("person.nam", 10)));
	assert_false(opens(&key, BYTES(NULL, 0)));
}

static void seal_refuses_another_key(void **state)
{
	struct seal_key other = key;

	other.bytes[0] ^= 1;
	seal(&key, context, clear, sealed);
	assert_false(opens(&other, context));
}

static void seal_refuses_every_flipped_bit(void **state)
{
	seal(&key, context, clear, sealed);
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(opens(&key, context));
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(opens(&key, context));
}

static void seal_refuses_what_is_too_short(void **state)
{
	seal(&key, context, clear, sealed);
	for (size_t size = 0; size < sizeof(sealed); size++)
		assert_false(seal_open(&key, context, BYTES(sealed, size), opened));
}

static void the_same_text_is_sealed_differently_each_time(void **state)
{
	uint8_t again[sizeof(sealed)];

	seal(&key, context, clear, sealed);
	seal(&key, context, clear, again);
	assert_memory_not_equal(sealed, again, sizeof(sealed));
	assert_null(memmem(sealed, sizeof(sealed), clear.data, clear.size));
}

static void an_empty_text_can_be_sealed(void **state)
{
	seal(&key, context, BYTES("", 0), sealed);
	assert_true(seal_open(&key, context, BYTES(sealed, SEAL_OVERHEAD), opened));
}

static void fresh_keys_differ(void **state)
{
	struct seal_key first, second;

	seal_key_fresh(&first);
	seal_key_fresh(&second);
	assert_memory_not_equal(first.bytes, second.bytes, SEAL_KEY_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_vector_opens),
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(seal_refuses_another_label),
		cmocka_unit_test(seal_refuses_another_key),
		cmocka_unit_test(seal_refuses_every_flipped_bit),
		cmocka_unit_test(seal_refuses_what_is_too_short),
		cmocka_unit_test(the_same_text_is_sealed_differently_each_time),
		cmocka_unit_test(an_empty_text_can_be_sealed),
		cmocka_unit_test(fresh_keys_differ),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
