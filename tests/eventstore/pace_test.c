/* How long batches wait, on a clock of the test's own. */
#include "eventstore/writer/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TOOK_US = 600, NOW_US = 1000000, UNTIL_US = NOW_US + TOOK_US / 2 };

static void a_first_batch_does_not_wait(void **state)
{
	struct pace pace = {0};

	assert_int_equal(pace_wait_until(&pace, NOW_US, 1), 0);
}

static void who_is_alone_never_waits(void **state)
{
	struct pace pace = {0};

	pace_committed(&pace, NOW_US, TOOK_US, 1, 0);
	assert_int_equal(pace_wait_until(&pace, NOW_US + 1, 1), 0);
}

static void a_batch_waits_for_those_just_answered(void **state)
{
	struct pace pace = {0};

	pace_committed(&pace, NOW_US, TOOK_US, 8, 8);
	assert_int_equal(pace_wait_until(&pace, NOW_US, 8), UNTIL_US);
	assert_int_equal(pace_wait_until(&pace, NOW_US + 100, 15), UNTIL_US);
	assert_int_equal(pace_wait_until(&pace, NOW_US + 120, 16), 0);
}

static void no_wait_is_longer_than_half_the_commit(void **state)
{
	struct pace pace = {0};

	pace_committed(&pace, NOW_US, TOOK_US, 8, 8);
	assert_int_equal(pace_wait_until(&pace, UNTIL_US - 1, 9), UNTIL_US);
	assert_int_equal(pace_wait_until(&pace, UNTIL_US, 9), 0);
}

static void a_slow_disk_lengthens_no_wait_beyond_its_maximum(void **state)
{
	struct pace pace = {0};

	pace_committed(&pace, NOW_US, 1000 * PACE_WAIT_US_MAX, 8, 8);
	assert_int_equal(pace_wait_until(&pace, NOW_US, 8), NOW_US + PACE_WAIT_US_MAX);
}

static void who_comes_long_after_the_commit_does_not_wait(void **state)
{
	struct pace pace = {0};

	pace_committed(&pace, NOW_US, TOOK_US, 8, 0);
	assert_int_equal(pace_wait_until(&pace, UNTIL_US + 1, 1), 0);
	/* Nobody lost time over it, so it teaches nothing. */
	assert_int_equal(pace.skip, 0);
}

/* Of `commits`, each of 8 that do not come again, how many are followed by a wait. */
static int vain_waits(struct pace *pace, int commits)
{
	int waits = 0;

	for (int i = 0; i < commits; i++) {
		int64_t now_us = NOW_US + i * 10 * TOOK_US;

		pace_committed(pace, now_us, TOOK_US, 8, 0);
		waits += pace_wait_until(pace, now_us, 1) != 0;
		assert_int_equal(pace_wait_until(pace, now_us + TOOK_US, 1), 0);
	}
	return waits;
}

static void waits_in_vain_become_rare(void **state)
{
	struct pace pace = {0};

	assert_true(vain_waits(&pace, 1000) < 25);
}

static void a_wait_that_pays_brings_the_next_ones_back(void **state)
{
	struct pace pace = {0};

	vain_waits(&pace, 1000);
	while (pace.skip > 0)
		pace_committed(&pace, NOW_US, TOOK_US, 8, 8);
	for (int i = 0; i < 10; i++) {
		pace_committed(&pace, NOW_US, TOOK_US, 8, 8);
		assert_int_equal(pace_wait_until(&pace, NOW_US, 8), UNTIL_US);
		assert_int_equal(pace_wait_until(&pace, NOW_US + 1, 16), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_batch_does_not_wait),
		cmocka_unit_test(who_is_alone_never_waits),
		cmocka_unit_test(a_batch_waits_for_those_just_answered),
		cmocka_unit_test(no_wait_is_longer_than_half_the_commit),
		cmocka_unit_test(a_slow_disk_lengthens_no_wait_beyond_its_maximum),
		cmocka_unit_test(who_comes_long_after_the_commit_does_not_wait),
		cmocka_unit_test(waits_in_vain_become_rare),
		cmocka_unit_test(a_wait_that_pays_brings_the_next_ones_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
