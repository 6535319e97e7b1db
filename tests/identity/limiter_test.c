#include "api/limiter.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND_US 1000000LL

static const struct limiter_key somebody = {.bytes = "somebody"};
static const struct limiter_key another = {.bytes = "another"};

static struct limiter_verdict take(struct limiter *limiter, struct limiter_key key, uint32_t cost, int64_t now_us)
{
	struct limiter_verdict verdict;

	limiter_take(limiter, &key, cost, now_us, &verdict);
	return verdict;
}

static void a_full_bucket_gives_its_limit_and_then_no_more(void **state)
{
	struct limiter        *limiter = limiter_create(64, 10, 60);
	struct limiter_verdict verdict;

	for (uint32_t i = 0; i < 10; i++) {
		verdict = take(limiter, somebody, 1, 1000 * SECOND_US);
		assert_true(verdict.allowed);
		assert_int_equal(verdict.remaining, 9 - i);
		assert_int_equal(verdict.reset_s, 6 * (i + 1));
		assert_int_equal(verdict.retry_after_s, 0);
	}
	verdict = take(limiter, somebody, 1, 1000 * SECOND_US);
	assert_false(verdict.allowed);
	assert_int_equal(verdict.remaining, 0);
	assert_int_equal(verdict.limit, 10);
	assert_int_equal(verdict.window_s, 60);
	assert_int_equal(verdict.reset_s, 60);
	assert_int_equal(verdict.retry_after_s, 6);
	limiter_destroy(limiter);
}

static void the_bucket_fills_as_time_passes(void **state)
{
	struct limiter *limiter = limiter_create(64, 10, 60);
	int64_t         now_us = 5 * SECOND_US;

	assert_true(take(limiter, somebody, 10, now_us).allowed);
	assert_false(take(limiter, somebody, 1, now_us + 6 * SECOND_US - 1).allowed);
	assert_true(take(limiter, somebody, 1, now_us + 6 * SECOND_US).allowed);
	assert_false(take(limiter, somebody, 1, now_us + 6 * SECOND_US).allowed);
	assert_int_equal(take(limiter, somebody, 0, now_us + 36 * SECOND_US).remaining, 5);
	limiter_destroy(limiter);
}

struct crowd {
	struct limiter *limiter;
	uint32_t        allowed;
};

static void *ask_for_everybody(void *argument)
{
	struct crowd *crowd = argument;

	for (int i = 0; i < 20000; i++) {
		crowd->allowed += take(crowd->limiter, somebody, 1, SECOND_US).allowed;
		take(crowd->limiter, (struct limiter_key){.bytes = {(uint8_t)i, 1}}, 1, SECOND_US);
	}
	return NULL;
}

static void threads_share_one_bucket(void **state)
{
	struct crowd crowds[4] = {0};
	pthread_t    threads[4];
	uint32_t     allowed = 0;

	crowds[0].limiter = limiter_create(1 << 12, 50000, 60);
	for (size_t i = 0; i < array_count(threads); i++) {
		crowds[i].limiter = crowds[0].limiter;
		assert_int_equal(pthread_create(&threads[i], NULL, ask_for_everybody, &crowds[i]), 0);
	}
	for (size_t i = 0; i < array_count(threads); i++) {
		pthread_join(threads[i], NULL);
		allowed += crowds[i].allowed;
	}
	assert_int_equal(allowed, 50000);
	limiter_destroy(crowds[0].limiter);
}

static void it_never_holds_more_than_its_limit(void **state)
{
	struct limiter *limiter = limiter_create(64, 10, 60);

	assert_true(take(limiter, somebody, 1, 0).allowed);
	assert_int_equal(take(limiter, somebody, 1, 100000 * SECOND_US).remaining, 9);
	limiter_destroy(limiter);
}

static void a_refusal_costs_nothing(void **state)
{
	struct limiter *limiter = limiter_create(64, 10, 60);

	assert_true(take(limiter, somebody, 8, 0).allowed);
	for (int i = 0; i < 100; i++)
		assert_false(take(limiter, somebody, 3, 0).allowed);
	assert_int_equal(take(limiter, somebody, 3, 0).retry_after_s, 6);
	assert_true(take(limiter, somebody, 2, 0).allowed);
	limiter_destroy(limiter);
}

static void a_cost_of_nothing_only_looks(void **state)
{
	struct limiter *limiter = limiter_create(64, 2, 60);

	for (int i = 0; i < 5; i++)
		assert_true(take(limiter, somebody, 0, 0).allowed);
	assert_true(take(limiter, somebody, 2, 0).allowed);
	assert_false(take(limiter, somebody, 0, 0).allowed);
	limiter_destroy(limiter);
}

static void a_cost_above_the_limit_means_a_full_bucket(void **state)
{
	struct limiter *limiter = limiter_create(64, 2, 60);

	assert_true(take(limiter, somebody, UINT32_MAX, 0).allowed);
	assert_false(take(limiter, somebody, UINT32_MAX, 59 * SECOND_US).allowed);
	assert_true(take(limiter, somebody, UINT32_MAX, 60 * SECOND_US).allowed);
	limiter_destroy(limiter);
}

static void keys_do_not_share_a_bucket(void **state)
{
	struct limiter *limiter = limiter_create(64, 1, 60);

	assert_true(take(limiter, somebody, 1, 0).allowed);
	assert_true(take(limiter, another, 1, 0).allowed);
	assert_false(take(limiter, somebody, 1, 0).allowed);
	limiter_destroy(limiter);
}

static void a_clock_that_steps_back_locks_nobody_out_for_long(void **state)
{
	struct limiter *limiter = limiter_create(64, 10, 60);

	assert_true(take(limiter, somebody, 10, 1000000 * SECOND_US).allowed);
	assert_true(take(limiter, somebody, 1, 0).retry_after_s <= 6);
	assert_true(take(limiter, somebody, 1, 6 * SECOND_US).allowed);
	limiter_destroy(limiter);
}

/* One row of eight: a flood of strangers displaces strangers, not the one who used up the most. */
static void a_flood_of_new_keys_does_not_free_who_is_over_the_limit(void **state)
{
	struct limiter *limiter = limiter_create(1, 5, 60);

	assert_true(take(limiter, somebody, 5, 0).allowed);
	for (uint32_t i = 1; i <= 1000; i++) {
		struct limiter_key stranger = {.bytes = {0xff}};

		memcpy(stranger.bytes + 1, &i, sizeof(i));
		assert_true(take(limiter, stranger, 1, i).allowed);
	}
	assert_false(take(limiter, somebody, 1, 1001).allowed);
	limiter_destroy(limiter);
}

static void an_ipv6_subscriber_counts_by_the_first_half_of_the_address(void **state)
{
	const uint8_t      first[16] = {0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8};
	const uint8_t      neighbour[16] = {0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 4, 9, 9, 9, 9};
	const uint8_t      stranger[16] = {0x20, 0x01, 0x0d, 0xb8, 1, 2, 3, 5, 5, 6, 7, 8};
	struct limiter_key key = limiter_key_address(first);
	struct limiter_key same = limiter_key_address(neighbour), other = limiter_key_address(stranger);

	assert_memory_equal(key.bytes, same.bytes, sizeof(key.bytes));
	assert_memory_not_equal(key.bytes, other.bytes, sizeof(key.bytes));
}

static void an_ipv4_address_counts_whole(void **state)
{
	const uint8_t      first[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
	const uint8_t      second[16] = {[10] = 0xff, 0xff, 192, 0, 2, 2};
	struct limiter_key key = limiter_key_address(first), other = limiter_key_address(second);

	assert_memory_not_equal(key.bytes, other.bytes, sizeof(key.bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_bucket_gives_its_limit_and_then_no_more),
		cmocka_unit_test(the_bucket_fills_as_time_passes),
		cmocka_unit_test(threads_share_one_bucket),
		cmocka_unit_test(it_never_holds_more_than_its_limit),
		cmocka_unit_test(a_refusal_costs_nothing),
		cmocka_unit_test(a_cost_of_nothing_only_looks),
		cmocka_unit_test(a_cost_above_the_limit_means_a_full_bucket),
		cmocka_unit_test(keys_do_not_share_a_bucket),
		cmocka_unit_test(a_clock_that_steps_back_locks_nobody_out_for_long),
		cmocka_unit_test(a_flood_of_new_keys_does_not_free_who_is_over_the_limit),
		cmocka_unit_test(an_ipv6_subscriber_counts_by_the_first_half_of_the_address),
		cmocka_unit_test(an_ipv4_address_counts_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
