#include "api/token_cache.h"

#include "tests/identity/key_directory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND_US 1000000LL
#define NOW_S 1700000000LL
#define NOW_US (NOW_S * SECOND_US)
#define OVERLAP_US (1000 * SECOND_US)

static const char *const   words[] = {"learner"};
static const struct choice roles = {.name = "role", .words = words, .count = 1};

static char                path[KEY_DIRECTORY_PATH_SIZE];
static struct token_rules  rules;
static struct arena        arena;
static struct token_cache *cache;

static int open_cache(void **state)
{
	key_directory_choose(path);
	rules = (struct token_rules){.issuer = TEXT("issuer"), .audience = TEXT("audience"), .roles = &roles};
	if (signing_open(path, OVERLAP_US, NOW_US - SECOND_US, &rules.signing) != STATUS_OK)
		return -1;
	cache = token_cache_create(&rules);
	return 0;
}

static int close_cache(void **state)
{
	token_cache_destroy(cache);
	signing_close(rules.signing);
	key_directory_remove(path);
	arena_finish(&arena);
	return 0;
}

static struct text token_number(uint64_t position, int64_t lifetime_s)
{
	struct token_claims claims = {
		.user = {.bytes = {1}}, .position = position, .issued_s = NOW_S, .expires_s = NOW_S + lifetime_s};

	return token_sign(&rules, &claims, &arena);
}

static uint64_t hits(void)
{
	uint64_t found, verified;

	token_cache_counts(cache, &found, &verified);
	return found;
}

static void a_token_seen_before_gives_the_same_claims_without_a_check(void **state)
{
	struct text         token = token_number(7, 900);
	struct token_claims first, second;

	memset(&first, 0, sizeof(first));
	memset(&second, 0xff, sizeof(second));
	assert_int_equal(token_cache_verify(cache, token, NOW_US, &first), TOKEN_VALID);
	assert_int_equal(hits(), 0);
	assert_int_equal(token_cache_verify(cache, token, NOW_US + SECOND_US, &second), TOKEN_VALID);
	assert_int_equal(hits(), 1);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_equal(second.position, 7);
}

static void an_entry_lasts_a_minute(void **state)
{
	struct text         token = token_number(7, 900);
	struct token_claims claims;

	assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_VALID);
	assert_int_equal(token_cache_verify(cache, token, NOW_US + 60 * SECOND_US - 1, &claims), TOKEN_VALID);
	assert_int_equal(hits(), 1);
	assert_int_equal(token_cache_verify(cache, token, NOW_US + 60 * SECOND_US, &claims), TOKEN_VALID);
	assert_int_equal(hits(), 1);
}

static void an_entry_never_outlives_its_token(void **state)
{
	struct text         token = token_number(7, 30);
	struct token_claims claims;

	assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_VALID);
	assert_int_equal(token_cache_verify(cache, token, NOW_US + 30 * SECOND_US - 1, &claims), TOKEN_VALID);
	assert_int_equal(token_cache_verify(cache, token, NOW_US + 30 * SECOND_US, &claims), TOKEN_EXPIRED);
}

static void a_clock_that_stepped_back_makes_the_cache_check_again(void **state)
{
	struct text         token = token_number(7, 900);
	struct token_claims claims;

	assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_VALID);
	assert_int_equal(token_cache_verify(cache, token, NOW_US - 100 * SECOND_US, &claims), TOKEN_NOT_YET);
}

/* Another letter of the alphabet, so that the token stays well formed. */
static void change_signature(struct text token)
{
	char *letter = (char *)token.data + token.size - 10;

	*letter = *letter == 'A' ? 'B' : 'A';
}

static void a_refused_token_is_never_kept(void **state)
{
	struct text         token = token_number(7, 900);
	struct token_claims claims;

	change_signature(token);
	for (int i = 0; i < 3; i++)
		assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_WRONG_SIGNATURE);
	assert_int_equal(hits(), 0);
}

static void a_changed_token_does_not_find_the_entry_of_the_honest_one(void **state)
{
	struct text         token = token_number(7, 900);
	struct token_claims claims;

	assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_VALID);
	change_signature(token);
	assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_WRONG_SIGNATURE);
}

static void what_is_too_large_is_not_hashed(void **state)
{
	char                bytes[TOKEN_SIZE_MAX + 1] = {0};
	struct token_claims claims;
	uint64_t            found, verified;

	assert_int_equal(
		token_cache_verify(cache, (struct text){.data = bytes, .size = sizeof(bytes)}, NOW_US, &claims),
		TOKEN_TOO_LARGE);
	token_cache_counts(cache, &found, &verified);
	assert_int_equal(found + verified, 0);
}

static void keys_that_changed_empty_the_cache(void **state)
{
	struct text         token = token_number(7, 900);
	struct token_claims claims;

	assert_int_equal(token_cache_verify(cache, token, NOW_US, &claims), TOKEN_VALID);
	assert_int_equal(signing_rotate(path, 1, NOW_US), STATUS_OK);
	assert_int_equal(signing_rotate(path, 1, NOW_US + (SIGNING_LEAD_S + 1) * SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(rules.signing), STATUS_OK);
	assert_int_equal(token_cache_verify(cache, token, NOW_US + (SIGNING_LEAD_S + 2) * SECOND_US, &claims),
	                 TOKEN_UNKNOWN_KEY);
	assert_int_equal(hits(), 0);
}

/* More tokens than one row holds share the cache: each of the latest few is found again with its own claims. */
static void many_tokens_do_not_mix(void **state)
{
	struct text         tokens[64];
	struct token_claims claims;

	for (uint64_t i = 0; i < array_count(tokens); i++) {
		tokens[i] = token_number(i, 900);
		assert_int_equal(token_cache_verify(cache, tokens[i], NOW_US, &claims), TOKEN_VALID);
	}
	for (uint64_t i = 0; i < array_count(tokens); i++) {
		assert_int_equal(token_cache_verify(cache, tokens[i], NOW_US, &claims), TOKEN_VALID);
		assert_int_equal(claims.position, i);
	}
	assert_true(hits() >= 60);
}

#define with_cache(test) cmocka_unit_test_setup_teardown(test, open_cache, close_cache)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_cache(a_token_seen_before_gives_the_same_claims_without_a_check),
		with_cache(an_entry_lasts_a_minute),
		with_cache(an_entry_never_outlives_its_token),
		with_cache(a_clock_that_stepped_back_makes_the_cache_check_again),
		with_cache(a_refused_token_is_never_kept),
		with_cache(a_changed_token_does_not_find_the_entry_of_the_honest_one),
		with_cache(what_is_too_large_is_not_hashed),
		with_cache(keys_that_changed_empty_the_cache),
		with_cache(many_tokens_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
