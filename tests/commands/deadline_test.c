/* Deadlines against what they mean: second by second, is an answer taken by the policy in force? */
#include "commands/learning/deadline.h"

#include "commands/learning/random.h"
#include "schema/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SECOND_US = 1000000, HORIZON_S = 400, ROUNDS = 20000, POLICIES_MAX = 5 };

static int64_t seconds(uint64_t count)
{
	return (int64_t)count * SECOND_US;
}

static struct assessment random_assessment(struct random *random)
{
	struct assessment assessment = {.exists = true};
	int64_t           since = 0;

	assessment.policies_count = (uint32_t)random_below(random, POLICIES_MAX + 1);
	for (uint32_t i = 0; i < assessment.policies_count; i++) {
		since += seconds(random_below(random, 90));
		assessment.policies[i] = (struct policy){
			.since = since,
			.time_limit_s = random_below(random, 3) ? (uint32_t)random_below(random, 200) + 10 : 0,
			.closes_at = random_below(random, 2) ? seconds(random_below(random, 350) + 1) : 0,
		};
	}
	return assessment;
}

/* The first second at which no answer is taken. */
static int64_t end_as_meant(const struct assessment *assessment, const struct accommodation *accommodation,
                            int64_t started_at)
{
	for (int64_t now = started_at; now < seconds(HORIZON_S); now += SECOND_US) {
		struct policy policy = deadline_policy(assessment, now);

		if (now >= deadline_limit(&policy, accommodation, started_at))
			return now;
	}
	return DEADLINE_NEVER_US;
}

static void an_attempt_ends_when_the_policy_in_force_takes_no_answer(void **state)
{
	struct random random;
	uint64_t      seed = 20260101;

	random_seed(&random, seed);
	for (int i = 0; i < ROUNDS; i++) {
		struct assessment    assessment = random_assessment(&random);
		struct accommodation accommodation = {.extra_time = random_below(&random, 2) ? 100 : 0};
		int64_t              started_at = seconds(random_below(&random, 200));
		int64_t              meant, end;

		if (random_below(&random, 3) == 0)
			accommodation.due_at = seconds(random_below(&random, HORIZON_S));
		meant = end_as_meant(&assessment, &accommodation, started_at);
		end = deadline_end(&assessment, &accommodation, started_at);
		if (end >= seconds(HORIZON_S))
			end = DEADLINE_NEVER_US;
		if (end < started_at)
			end = started_at; /* it was closed already: no attempt begins then */
		if (meant != end)
			fail_msg("round %d of seed %llu: %lld, meant %lld", i, (unsigned long long)seed, (long long)end,
			         (long long)meant);
	}
}

static void without_a_policy_nothing_ends(void **state)
{
	struct assessment    assessment = {.exists = true};
	struct accommodation none = {0};
	struct policy        policy = deadline_policy(&assessment, seconds(1));

	assert_true(deadline_end(&assessment, &none, 0) == DEADLINE_NEVER_US);
	assert_int_equal(policy.feedback, FEEDBACK_TIME_submitted);
	assert_int_equal(policy.keeps, ATTEMPT_KEEPING_best);
	assert_int_equal(policy.graders, 1);
}

static void more_time_moves_both_dates_and_only_later(void **state)
{
	struct policy        policy = {.due_at = seconds(100), .closes_at = seconds(200)};
	struct accommodation later = {.due_at = seconds(300)}, earlier = {.due_at = seconds(50)};

	assert_int_equal(deadline_due_at(&policy, &later), seconds(300));
	assert_int_equal(deadline_closes_at(&policy, &later), seconds(300));
	assert_int_equal(deadline_due_at(&policy, &earlier), seconds(100));
	assert_int_equal(deadline_closes_at(&policy, &earlier), seconds(200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attempt_ends_when_the_policy_in_force_takes_no_answer),
		cmocka_unit_test(without_a_policy_nothing_ends),
		cmocka_unit_test(more_time_moves_both_dates_and_only_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
