#include "api/credentials/issuer.h"

#include "api/credentials/did.h"
#include "eventstore/base/hash.h"
#include "tests/identity/key_directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND_US 1000000LL
#define START_US (1700000000 * SECOND_US)
#define YEAR_US (365 * 86400 * SECOND_US)

static char path[KEY_DIRECTORY_PATH_SIZE];

static int choose(void **state)
{
	key_directory_choose(path);
	return 0;
}

static int remove_all(void **state)
{
	key_directory_remove(path);
	return 0;
}

static struct issuer *open_at(const char *origin)
{
	struct issuer *issuer;

	assert_int_equal(issuer_open(path, text_from(origin), START_US, &issuer), STATUS_OK);
	return issuer;
}

/* The method under which something issued at that time is signed. */
static void method_at(struct issuer *issuer, int64_t issued_us, char out[256])
{
	struct arena    arena = {0};
	struct sign_key key;
	struct text     method;

	issuer_key(issuer, issued_us, &arena, &key, &method);
	snprintf(out, 256, "%.*s", TEXT_ARG(method));
	assert_true(text_starts_with(method, issuer_did(issuer)));
	assert_string_equal(out + issuer_did(issuer).size + 1, did_multikey(&key.public, &arena).data);
	secret_wipe(&key, sizeof(key));
	arena_finish(&arena);
}

static size_t times_in_document(struct issuer *issuer, const char *what)
{
	struct buffer out = {0};
	size_t        count = 0;

	issuer_document(issuer, &out);
	buffer_append_text(&out, TEXT("\0"));
	for (const char *at = (char *)out.data; (at = strstr(at, what)); at++)
		count++;
	buffer_finish(&out);
	return count;
}

static void what_was_issued_under_a_key_stays_under_it(void **state)
{
	struct issuer *issuer = open_at("https://learn.example");
	char           before[256], after[256], again[256];

	method_at(issuer, START_US + SECOND_US, before);
	assert_int_equal(signing_rotate(path, INT64_MAX / 2, START_US + YEAR_US), STATUS_OK);
	assert_int_equal(issuer_reload(issuer), STATUS_OK);
	method_at(issuer, START_US + SECOND_US, again);
	assert_string_equal(before, again);
	method_at(issuer, START_US + 30 * YEAR_US, after);
	assert_string_not_equal(before, after);
	assert_string_equal(issuer_did(issuer).data, "did:web:learn.example");
	assert_int_equal(times_in_document(issuer, before), 2); /* as a method, and as one that asserts */
	assert_int_equal(times_in_document(issuer, after), 2);
	issuer_close(issuer);
}

static void a_key_is_the_same_after_opening_again(void **state)
{
	struct issuer *issuer = open_at("https://learn.example");
	char           before[256], after[256];

	method_at(issuer, START_US, before);
	issuer_close(issuer);
	issuer = open_at("https://learn.example");
	method_at(issuer, START_US + YEAR_US, after);
	assert_string_equal(before, after);
	issuer_close(issuer);
}

static void where_did_web_is_not_to_be_had_the_oldest_key_is_the_issuer(void **state)
{
	struct issuer *issuer = open_at("http://127.0.0.1:8080");
	char           before[256], after[256];

	method_at(issuer, START_US, before);
	assert_int_equal(signing_rotate(path, INT64_MAX / 2, START_US + YEAR_US), STATUS_OK);
	assert_int_equal(issuer_reload(issuer), STATUS_OK);
	method_at(issuer, START_US + 30 * YEAR_US, after);
	assert_string_equal(before, after);
	assert_memory_equal(before, "did:key:z6Mk", strlen("did:key:z6Mk"));
	assert_int_equal(times_in_document(issuer, "\"Multikey\""), 1);
	issuer_close(issuer);
}

static void a_key_that_is_added_deletes_none(void **state)
{
	struct issuer *issuer = open_at("https://learn.example");

	for (int64_t year = 1; year <= 3; year++)
		assert_int_equal(issuer_rotate(path, START_US + year * YEAR_US), STATUS_OK);
	assert_int_equal(issuer_reload(issuer), STATUS_OK);
	assert_int_equal(times_in_document(issuer, "publicKeyMultibase"), 4);
	issuer_close(issuer);
}

static void only_an_https_origin_has_more_than_one_key(void **state)
{
	assert_true(issuer_rotates(TEXT("https://learn.example")));
	assert_false(issuer_rotates(TEXT("http://learn.example")));
	assert_false(issuer_rotates(TEXT("https://127.0.0.1")));
}

static void an_origin_that_is_none_is_refused(void **state)
{
	struct issuer *issuer;

	assert_int_equal(issuer_open(path, TEXT("learn.example"), START_US, &issuer), STATUS_MALFORMED);
	issuer_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_issued_under_a_key_stays_under_it, choose, remove_all),
		cmocka_unit_test_setup_teardown(a_key_is_the_same_after_opening_again, choose, remove_all),
		cmocka_unit_test_setup_teardown(where_did_web_is_not_to_be_had_the_oldest_key_is_the_issuer, choose,
	                                        remove_all),
		cmocka_unit_test_setup_teardown(a_key_that_is_added_deletes_none, choose, remove_all),
		cmocka_unit_test_setup_teardown(only_an_https_origin_has_more_than_one_key, choose, remove_all),
		cmocka_unit_test_setup_teardown(an_origin_that_is_none_is_refused, choose, remove_all),
	};

	return cmocka_run_group_tests_name("issuer", tests, NULL, NULL);
}
