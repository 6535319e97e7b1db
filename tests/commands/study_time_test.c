/* Counting moments once, against a model that has a mark for each second. */
#include "commands/study_time.h"

#include "commands/progress.h"
#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
/* Midday, so that some hours lie on one day. */
#define START_US (20000 * DAY_US + DAY_US / 2)

enum { SECONDS = 3600, CLAIM_MAX = 60, ROUNDS = 200, CLAIMS = 300 };

static struct enrolment enrolment;

/* What is counted of it, in seconds. */
static uint32_t claim(int64_t began_us, int64_t ended_us)
{
	uint32_t spent_ms = study_time_uncounted_ms(&enrolment, began_us, ended_us);

	if (spent_ms > 0)
		study_time_count(&enrolment, began_us, ended_us, spent_ms);
	return spent_ms / 1000;
}

static uint32_t claim_seconds(int64_t began, int64_t ended)
{
	return claim(START_US + began * SECOND_US, START_US + ended * SECOND_US);
}

static int set_up(void **state)
{
	memset(&enrolment, 0, sizeof(enrolment));
	return 0;
}

static void a_span_counts_once(void **state)
{
	assert_int_equal(claim_seconds(10, 40), 30);
	assert_int_equal(claim_seconds(10, 40), 0);
	assert_int_equal(claim_seconds(20, 30), 0);
	assert_int_equal(claim_seconds(0, 60), 30);
	assert_int_equal(enrolment.spans_count, 1);
}

static void an_empty_span_counts_nothing(void **state)
{
	assert_int_equal(claim_seconds(10, 10), 0);
	assert_int_equal(claim_seconds(20, 10), 0);
}

static void spans_that_touch_are_one(void **state)
{
	assert_int_equal(claim_seconds(0, 10), 10);
	assert_int_equal(claim_seconds(20, 30), 10);
	assert_int_equal(enrolment.spans_count, 2);
	assert_int_equal(claim_seconds(10, 20), 10);
	assert_int_equal(enrolment.spans_count, 1);
}

static void beats_of_a_clock_that_trembles_lose_nothing(void **state)
{
	uint32_t total_ms = 0;

	for (int64_t i = 1; i <= 100; i++) {
		int64_t  ended_us = START_US + i * 30 * SECOND_US + (i % 2 ? 40000 : -40000);
		int64_t  began_us = ended_us - 31 * SECOND_US;
		uint32_t spent_ms = study_time_uncounted_ms(&enrolment, began_us, ended_us);

		study_time_count(&enrolment, began_us, ended_us, spent_ms);
		total_ms += spent_ms;
	}
	assert_int_equal(enrolment.spans_count, 1);
	assert_true(total_ms >= 100 * 30 * 1000 && total_ms <= 100 * 30 * 1000 + 1100);
}

static void a_day_has_so_many_hours(void **state)
{
	const int64_t day = START_US - DAY_US / 2;
	uint64_t      total = 0;

	for (int64_t minute = 1; minute < 24 * 60; minute++)
		total += claim(day + (minute - 1) * 60 * SECOND_US, day + minute * 60 * SECOND_US);
	assert_int_equal(total, STUDY_TIME_DAY_MS_MAX / 1000);
	assert_int_equal(claim(day + DAY_US, day + DAY_US + 60 * SECOND_US), 60);
}

static void every_day_that_may_be_told_of_has_its_hours(void **state)
{
	const int64_t days = PROGRESS_OFFLINE_MAX_US / DAY_US;

	for (int round = 0; round < 2; round++)
		for (int64_t i = 0; i <= days; i++)
			for (int64_t minute = 0; minute < 13 * 60; minute++)
				claim(START_US + i * DAY_US + (minute - 300) * 60 * SECOND_US,
				      START_US + i * DAY_US + (minute - 299) * 60 * SECOND_US);
	assert_int_equal(enrolment.days_count, days + 1);
	for (uint32_t i = 0; i < enrolment.days_count; i++)
		assert_int_equal(enrolment.days[i].spent_ms, STUDY_TIME_DAY_MS_MAX);
}

/* ---------------------------------------------------------------- random claims */

static void assert_apart_and_in_order(void)
{
	for (uint32_t i = 0; i < enrolment.spans_count; i++) {
		assert_true(enrolment.spans[i].began_at < enrolment.spans[i].ended_at);
		assert_true(i == 0 || enrolment.spans[i - 1].ended_at < enrolment.spans[i].began_at);
	}
}

/* How many seconds of the span nobody claimed before; then they are claimed. */
static uint32_t model_claim(bool marks[SECONDS], uint32_t began, uint32_t ended)
{
	uint32_t fresh = 0;

	for (uint32_t i = began; i < ended; i++) {
		fresh += !marks[i];
		marks[i] = true;
	}
	return fresh;
}

static void no_moment_counts_twice_whatever_is_claimed(void **state)
{
	uint64_t chance = sample_seed();

	for (int round = 0; round < ROUNDS; round++) {
		bool     marks[SECONDS] = {0};
		uint64_t counted = 0, claimed = 0;

		set_up(NULL);
		for (int i = 0; i < CLAIMS; i++) {
			uint32_t began = (uint32_t)(sample_next(&chance) % (SECONDS - CLAIM_MAX));
			uint32_t ended = began + 1 + (uint32_t)(sample_next(&chance) % CLAIM_MAX);
			uint32_t got = claim_seconds(began, ended), fresh = model_claim(marks, began, ended);

			assert_true(got <= fresh);
			assert_apart_and_in_order();
			counted += got;
			claimed += fresh;
		}
		/* What is lost where spans became one is little. */
		assert_true(counted <= claimed && counted * 10 >= claimed * 8);
	}
}

static void what_is_told_in_order_is_counted_to_the_second(void **state)
{
	uint64_t chance = sample_seed();
	bool     marks[SECONDS] = {0};
	uint32_t ended = 0;

	while (ended + CLAIM_MAX < SECONDS) {
		uint32_t length = 1 + (uint32_t)(sample_next(&chance) % CLAIM_MAX);
		uint32_t began;

		ended += (uint32_t)(sample_next(&chance) % CLAIM_MAX);
		began = ended > length ? ended - length : 0;
		assert_int_equal(claim_seconds(began, ended), model_claim(marks, began, ended));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_span_counts_once, set_up),
		cmocka_unit_test_setup(an_empty_span_counts_nothing, set_up),
		cmocka_unit_test_setup(spans_that_touch_are_one, set_up),
		cmocka_unit_test_setup(beats_of_a_clock_that_trembles_lose_nothing, set_up),
		cmocka_unit_test_setup(a_day_has_so_many_hours, set_up),
		cmocka_unit_test_setup(every_day_that_may_be_told_of_has_its_hours, set_up),
		cmocka_unit_test_setup(no_moment_counts_twice_whatever_is_claimed, set_up),
		cmocka_unit_test_setup(what_is_told_in_order_is_counted_to_the_second, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
