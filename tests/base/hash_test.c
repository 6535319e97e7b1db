#include "eventstore/base/hash.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_hash(struct hash hash, const char *hex)
{
	char text[65];

	for (size_t i = 0; i < sizeof(hash.bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", hash.bytes[i]);
	assert_string_equal(text, hex);
}

/* The examples that NIST published with FIPS 180-4. */
static void sha256_gives_the_published_digests(void **state)
{
	uint8_t *million = malloc(1000000);

	assert_non_null(million);
	memset(million, 'a', 1000000);
	assert_hash(hash_sha256(BYTES("", 0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash(hash_sha256(BYTES("abc", 3)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash(hash_sha256(BYTES("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56)),
	            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_hash(hash_sha256(BYTES(million, 1000000)),
	            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

/* RFC 6962 §2.1: a tree of no entries is SHA-256 of nothing; a leaf is hashed behind a zero byte, so that the two
 * cannot be confused. The leaves' digests are those of the reference implementation's tests. */
static void a_leaf_is_hashed_apart_from_a_tree(void **state)
{
	assert_hash(hash_sha256(BYTES(NULL, 0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash(hash_leaf(BYTES("", 0)), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	assert_hash(hash_leaf(BYTES("\0", 1)), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
}

/* Python's hashlib.blake2b(b"email\0Ada", digest_size=32), and of the label alone. */
static void labelled_hashes_are_blake2b_without_a_key(void **state)
{
	assert_hash(hash_labelled(TEXT("email"), BYTES("Ada", 3)),
	            "43dc27d5fae183c2a520b595f11e6d2e8ae3a2af92df52adc0bb47d929516915");
	assert_hash(hash_labelled(TEXT("email"), BYTES("", 0)),
	            "c7b09f57426bea795c0f4077e25ea5d89fdeb44a03d71f15784e5dc78ff8bb57");
}

static struct hash counting_key(void)
{
	struct hash key;

	for (size_t i = 0; i < sizeof(key.bytes); i++)
		key.bytes[i] = (uint8_t)i;
	return key;
}

/* Digests made with another implementation: Python's hashlib.blake2b(b"email\0…", key=bytes(range(32)),
 * digest_size=32). */
static void keyed_hashes_are_blake2b_over_label_and_value(void **state)
{
	struct hash key = counting_key();

	assert_hash(hash_keyed(&key, TEXT("email"), BYTES("ada@example.org", 15)),
	            "37524019244b22fa4fac7ac3d1289dbf9aa2cbc92be521ecf8f4a3ffa4e6e5ba");
	assert_hash(hash_keyed(&key, TEXT("email"), BYTES(NULL, 0)),
	            "4cb30614b05410c91c42df7003feadcab7996523a9adb9071e79555648a76666");
}

static void keyed_hashes_depend_on_key_label_and_value_alone(void **state)
{
	struct hash key = counting_key(), other = counting_key();
	struct hash first = hash_keyed(&key, TEXT("email"), BYTES("a", 1)),
		    second = hash_keyed(&other, TEXT("email"), BYTES("a", 1));

	assert_true(hash_equal(&first, &second));
	other.bytes[31] ^= 1;
	second = hash_keyed(&other, TEXT("email"), BYTES("a", 1));
	assert_false(hash_equal(&first, &second));
	second = hash_keyed(&key, TEXT("emai"), BYTES("la", 2));
	assert_false(hash_equal(&first, &second));
	second = hash_keyed(&key, TEXT("email"), BYTES("b", 1));
	assert_false(hash_equal(&first, &second));
}

static void secrets_compare_by_size_and_content(void **state)
{
	assert_true(secret_equal(BYTES("abc", 3), BYTES("abc", 3)));
	assert_false(secret_equal(BYTES("abc", 3), BYTES("abd", 3)));
	assert_false(secret_equal(BYTES("abc", 3), BYTES("abc", 2)));
	assert_true(secret_equal(BYTES(NULL, 0), BYTES("", 0)));
}

static void random_bytes_differ_and_wiped_bytes_are_zero(void **state)
{
	uint8_t first[32] = {0}, second[32] = {0}, zero[32] = {0};

	random_fill(first, sizeof(first));
	random_fill(second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
	secret_wipe(first, sizeof(first));
	assert_memory_equal(first, zero, sizeof(first));
}

static void *hash_many(void *memory)
{
	bool *same = memory;

	*same = true;
	for (int i = 0; i < 1000; i++) {
		struct hash hash = hash_sha256(BYTES("abc", 3));

		*same = *same && hash.bytes[0] == 0xba && hash.bytes[31] == 0xad;
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	bool      same[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_many, &same[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(same[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_digests),
		cmocka_unit_test(a_leaf_is_hashed_apart_from_a_tree),
		cmocka_unit_test(keyed_hashes_are_blake2b_over_label_and_value),
		cmocka_unit_test(labelled_hashes_are_blake2b_without_a_key),
		cmocka_unit_test(keyed_hashes_depend_on_key_label_and_value_alone),
		cmocka_unit_test(secrets_compare_by_size_and_content),
		cmocka_unit_test(random_bytes_differ_and_wiped_bytes_are_zero),
		cmocka_unit_test(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
