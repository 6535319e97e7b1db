#include "eventstore/base/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

static char known[PASSWORD_HASH_SIZE];

static int hash_once(void **state)
{
	return password_start() == STATUS_OK && password_hash(TEXT("correct horse"), known) == STATUS_OK ? 0 : -1;
}

static void a_hash_is_argon2id_with_the_interactive_limits(void **state)
{
	assert_true(text_starts_with(text_from(known), TEXT("$argon2id$v=19$m=65536,t=2,p=1$")));
}

static void the_password_fits_its_hash_and_no_other_does(void **state)
{
	assert_int_equal(password_verify(text_from(known), TEXT("correct horse")), STATUS_OK);
	assert_int_equal(password_verify(text_from(known), TEXT("correct horsf")), STATUS_DENIED);
	assert_int_equal(password_verify(text_from(known), TEXT("")), STATUS_DENIED);
}

static void the_same_password_is_hashed_differently_each_time(void **state)
{
	char again[PASSWORD_HASH_SIZE];

	assert_int_equal(password_hash(TEXT("correct horse"), again), STATUS_OK);
	assert_string_not_equal(known, again);
}

static void a_nul_in_a_password_counts(void **state)
{
	assert_int_equal(password_verify(text_from(known), TEXT("correct horse\0x")), STATUS_DENIED);
}

static void nobody_is_always_denied(void **state)
{
	assert_int_equal(password_verify(TEXT_NONE, TEXT("correct horse")), STATUS_DENIED);
	assert_int_equal(password_verify(TEXT_FORGOTTEN, TEXT("correct horse")), STATUS_DENIED);
}

/* Processor time of this thread, so that a busy machine does not matter; a factor of two tells hashing from not. */
static int64_t cost_us(struct text hash)
{
	struct timespec from, to;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	assert_int_equal(password_verify(hash, TEXT("wrong")), STATUS_DENIED);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) * 1000000LL + (to.tv_nsec - from.tv_nsec) / 1000;
}

static void nobody_costs_as_much_as_somebody(void **state)
{
	int64_t somebody_us = cost_us(text_from(known));
	int64_t nobody_us = cost_us(TEXT_NONE);

	assert_true(nobody_us > somebody_us / 2 && nobody_us < somebody_us * 2);
}

static void a_hash_that_is_none_is_corrupt(void **state)
{
	char cut[PASSWORD_HASH_SIZE];

	memcpy(cut, known, sizeof(cut));
	cut[40] = '\0';
	assert_int_equal(password_verify(text_from(cut), TEXT("correct horse")), STATUS_CORRUPT);
	assert_int_equal(password_verify(TEXT("$2b$10$abcdefghijklmnopqrstuv"), TEXT("x")), STATUS_CORRUPT);
	assert_int_equal(password_verify(TEXT("plain"), TEXT("plain")), STATUS_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_is_argon2id_with_the_interactive_limits),
		cmocka_unit_test(the_password_fits_its_hash_and_no_other_does),
		cmocka_unit_test(the_same_password_is_hashed_differently_each_time),
		cmocka_unit_test(a_nul_in_a_password_counts),
		cmocka_unit_test(nobody_is_always_denied),
		cmocka_unit_test(nobody_costs_as_much_as_somebody),
		cmocka_unit_test(a_hash_that_is_none_is_corrupt),
	};

	return cmocka_run_group_tests(tests, hash_once, NULL);
}
