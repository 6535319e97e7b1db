#include "api/credentials/did.h"

#include "eventstore/base/base58.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* As @digitalbazaar/ed25519-multikey 1.3.1 tells the key of the seed of thirty-two sevens. */
static const char expected[] = "z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z";

static struct sign_public sevens(void)
{
	uint8_t         seed[SIGN_SEED_SIZE];
	struct sign_key key;

	memset(seed, 7, sizeof(seed));
	sign_key_from_seed(seed, &key);
	return key.public;
}

static void a_key_is_told_as_the_other_library_tells_it(void **state)
{
	struct arena arena = {0};
	struct sign_public public = sevens(), back = {0};

	assert_string_equal(did_multikey(&public, &arena).data, expected);
	assert_string_equal(did_key(&public, &arena).data + strlen("did:key:"), expected);
	assert_true(did_multikey_parse(text_from(expected), &back));
	assert_memory_equal(back.bytes, public.bytes, SIGN_PUBLIC_SIZE);
	arena_finish(&arena);
}

static void what_is_no_ed25519_key_is_refused(void **state)
{
	uint8_t            bytes[2 + SIGN_PUBLIC_SIZE] = {0xec, 0x01}; /* an X25519 key */
	char               text[1 + BASE58_SIZE_MAX(sizeof(bytes))] = "z";
	struct sign_public out;
	size_t             size = 1 + base58_encode(BYTES(bytes, sizeof(bytes)), text + 1);

	assert_false(did_multikey_parse((struct text){.data = text, .size = size}, &out));
	assert_false(did_multikey_parse(TEXT(""), &out));
	assert_false(did_multikey_parse(TEXT("z"), &out));
	assert_false(did_multikey_parse(text_from(expected + 1), &out));
	assert_false(did_multikey_parse((struct text){.data = expected, .size = sizeof(expected) - 2}, &out));
	bytes[0] = 0xed;
	size = 1 + base58_encode(BYTES(bytes, sizeof(bytes)), text + 1);
	assert_true(did_multikey_parse((struct text){.data = text, .size = size}, &out));
}

static void an_origin_has_its_did(void **state)
{
	static const char *const pairs[][2] = {
		{"https://learn.example", "did:web:learn.example"},
		{"https://Learn.Example/", "did:web:learn.example"},
		{"https://learn.example:8443", "did:web:learn.example%3A8443"},
		{"https://learn.example:3000/user/alice", "did:web:learn.example%3A3000:user:alice"},
		{"https://xn--r8jz45g.example/a~b/", "did:web:xn--r8jz45g.example:a%7Eb"},
		{"https://127.0.0.1.example", "did:web:127.0.0.1.example"},
	};
	struct arena arena = {0};

	for (size_t i = 0; i < array_count(pairs); i++) {
		struct text did;

		assert_int_equal(did_web(text_from(pairs[i][0]), &arena, &did), STATUS_OK);
		assert_string_equal(did.data, pairs[i][1]);
	}
	arena_finish(&arena);
}

static void what_did_web_cannot_name_is_refused(void **state)
{
	static const struct {
		const char *origin;
		enum status status;
	} refused[] = {
		{"http://learn.example", STATUS_UNSUPPORTED},
		{"https://127.0.0.1", STATUS_UNSUPPORTED},
		{"https://127.0.0.1:8080", STATUS_UNSUPPORTED},
		{"https://[::1]", STATUS_UNSUPPORTED},
		{"https://", STATUS_UNSUPPORTED},
		{"https://a_b.example", STATUS_UNSUPPORTED},
		{"", STATUS_MALFORMED},
		{"learn.example", STATUS_MALFORMED},
		{"https://learn.example:", STATUS_MALFORMED},
		{"https://learn.example:0", STATUS_MALFORMED},
		{"https://learn.example:65536", STATUS_MALFORMED},
		{"https://learn.example:80a", STATUS_MALFORMED},
		{"https://learn.example//a", STATUS_MALFORMED},
		{"https://learn.example/?a", STATUS_MALFORMED},
		{"https://learn.example/a#b", STATUS_MALFORMED},
	};
	struct arena arena = {0};
	struct text  did;

	for (size_t i = 0; i < array_count(refused); i++)
		if (did_web(text_from(refused[i].origin), &arena, &did) != refused[i].status)
			fail_msg("\"%s\" is answered otherwise", refused[i].origin);
	arena_finish(&arena);
}

static void a_document_lists_every_key_as_one_that_asserts(void **state)
{
	struct sign_public keys[2] = {sevens(), {{0}}};
	struct buffer      out = {0};

	keys[1].bytes[0] = 9;
	did_document(TEXT("did:web:a.example"), keys, 1, &out);
	buffer_append_text(&out, TEXT("\0"));
	assert_string_equal(
		(char *)out.data,
		"{\"@context\":[\"https://www.w3.org/ns/did/v1\",\"https://w3id.org/security/multikey/v1\"],"
		"\"id\":\"did:web:a.example\",\"verificationMethod\":[{\"id\":\"did:web:a.example#"
		"z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z\",\"type\":\"Multikey\","
		"\"controller\":\"did:web:a.example\",\"publicKeyMultibase\":"
		"\"z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z\"}],\"assertionMethod\":["
		"\"did:web:a.example#z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z\"]}");
	out.size = 0;
	did_document(TEXT("did:web:a.example"), keys, 2, &out);
	buffer_append_text(&out, TEXT("\0"));
	assert_non_null(strstr((char *)out.data, "\"},{\"id\":\"did:web:a.example#z6Mk"));
	assert_non_null(strstr((char *)out.data, "T3Z\",\"did:web:a.example#z6Mk"));
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_told_as_the_other_library_tells_it),
		cmocka_unit_test(what_is_no_ed25519_key_is_refused),
		cmocka_unit_test(an_origin_has_its_did),
		cmocka_unit_test(what_did_web_cannot_name_is_refused),
		cmocka_unit_test(a_document_lists_every_key_as_one_that_asserts),
	};

	return cmocka_run_group_tests_name("did", tests, NULL, NULL);
}
