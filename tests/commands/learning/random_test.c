#include "commands/learning/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What the reference code (prng.di.unimi.it/xoshiro256starstar.c) prints from the state 1, 2, 3, 4; the Rust crate
 * rand_xoshiro keeps the same vector. */
static void the_reference_vector_of_xoshiro_holds(void **state)
{
	static const uint64_t expected[] = {
		11520u,
		0u,
		1509978240u,
		1215971899390074240u,
		1216172134540287360u,
		607988272756665600u,
		16172922978634559625u,
		8476171486693032832u,
		10595114339597558777u,
		2904607092377533576u,
	};
	struct random random = {.state = {1, 2, 3, 4}};

	for (size_t i = 0; i < array_count(expected); i++)
		assert_true(random_next(&random) == expected[i]);
}

/* SplitMix64 from 1477776061723855037, as rand_xoshiro keeps it from the reference code. */
static void the_reference_vector_of_splitmix_holds(void **state)
{
	struct random random;

	random_seed(&random, 1477776061723855037u);
	assert_true(random.state[0] == 1985237415132408290u);
	assert_true(random.state[1] == 2979275885539914483u);
	assert_true(random.state[2] == 13511426838097143398u);
	assert_true(random.state[3] == 8488337342461049707u);
}

static uint64_t first_of(uint64_t seed, const char *purpose, uint64_t index)
{
	struct random random;

	random_open(&random, seed, text_from(purpose), index);
	return random_next(&random);
}

/* Kept draws must come again: computed apart, with Python's hashlib and integers. */
static void a_stream_is_the_same_for_good(void **state)
{
	assert_true(first_of(42, "shuffle", 7) == 7199019190370616u);
	assert_true(first_of(UINT64_MAX, "", 0) == 16010632718799316048u);
}

static void streams_differ_by_seed_purpose_and_index(void **state)
{
	uint64_t first = first_of(1, "shuffle", 1);

	assert_true(first == first_of(1, "shuffle", 1));
	assert_true(first != first_of(2, "shuffle", 1));
	assert_true(first != first_of(1, "draw", 1));
	assert_true(first != first_of(1, "shuffle", 2));
}

/* Chi-square with 9 degrees of freedom: 33.7 is passed over by chance once in 10,000, and the seed is fixed. */
static void every_number_below_the_limit_is_as_likely(void **state)
{
	enum { LIMIT = 10, DRAWS = 100000 };
	uint32_t      counts[LIMIT] = {0};
	struct random random;
	double        sum = 0;

	random_seed(&random, 2026);
	for (int i = 0; i < DRAWS; i++) {
		uint64_t number = random_below(&random, LIMIT);

		assert_true(number < LIMIT);
		counts[number]++;
	}
	for (int i = 0; i < LIMIT; i++) {
		double apart = counts[i] - (double)DRAWS / LIMIT;

		sum += apart * apart / ((double)DRAWS / LIMIT);
	}
	assert_true(sum < 33.7);
}

/* With 3/4 of 2^64 as the limit, a product alone would give a third of the numbers twice as often as the others. */
static void a_limit_near_the_largest_number_is_not_biased(void **state)
{
	enum { DRAWS = 30000 };
	const uint64_t limit = UINT64_C(3) << 62;
	struct random  random;
	int            thirds[3] = {0};

	random_seed(&random, 2026);
	for (int i = 0; i < DRAWS; i++)
		thirds[random_below(&random, limit) % 3]++;
	for (int i = 0; i < 3; i++)
		assert_in_range(thirds[i], DRAWS / 3 - 400, DRAWS / 3 + 400);
	assert_int_equal(random_below(&random, 1), 0);
}

static void every_order_is_as_likely(void **state)
{
	enum { DRAWS = 60000 };
	uint32_t      counts[3][3][3] = {0};
	struct random random;

	random_seed(&random, 2026);
	for (int i = 0; i < DRAWS; i++) {
		uint32_t items[] = {0, 1, 2};

		random_shuffle(&random, items, 3);
		counts[items[0]][items[1]][items[2]]++;
	}
	for (int first = 0; first < 3; first++)
		for (int second = 0; second < 3; second++)
			if (first != second)
				assert_in_range(counts[first][second][3 - first - second], DRAWS / 6 - 400,
				                DRAWS / 6 + 400);
}

static void a_draw_takes_different_items(void **state)
{
	struct random random;
	uint32_t      items[100], seen[100] = {0};

	random_seed(&random, 1);
	for (uint32_t i = 0; i < 100; i++)
		items[i] = i;
	random_draw(&random, items, 100, 30);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(seen[items[i]]++, 0);
	random_draw(&random, items, 0, 0);
}

static void a_unit_stays_below_one(void **state)
{
	struct random random;
	double        least = 1, most = 0;

	random_seed(&random, 5);
	for (int i = 0; i < 100000; i++) {
		double unit = random_unit(&random);

		least = unit < least ? unit : least;
		most = unit > most ? unit : most;
	}
	assert_true(least >= 0 && least < 0.001);
	assert_true(most < 1 && most > 0.999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_vector_of_xoshiro_holds),
		cmocka_unit_test(the_reference_vector_of_splitmix_holds),
		cmocka_unit_test(a_stream_is_the_same_for_good),
		cmocka_unit_test(streams_differ_by_seed_purpose_and_index),
		cmocka_unit_test(every_number_below_the_limit_is_as_likely),
		cmocka_unit_test(a_limit_near_the_largest_number_is_not_biased),
		cmocka_unit_test(every_order_is_as_likely),
		cmocka_unit_test(a_draw_takes_different_items),
		cmocka_unit_test(a_unit_stays_below_one),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
