/* The ranking of next best steps: the table's order, then urgency, and nothing twice. */
#include "commands/learning/next_step.h"

#include "commands/learning/random.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ROUNDS = 5000, OPTIONS_MAX = 60, WANTED_MAX = 20 };

static struct id numbered(uint64_t number)
{
	return number == 0 ? ID_NONE : (struct id){.bytes = {[0] = 1, [15] = (uint8_t)number}};
}

static void order_is_that_of_the_table_then_urgency(void **state)
{
	const struct next_step_option options[] = {
		{.kind = NEXT_STEP_next_item, .course = numbered(1), .urgency = 1},
		{.kind = NEXT_STEP_deadline, .course = numbered(1), .urgency = 9},
		{.kind = NEXT_STEP_deadline, .course = numbered(2), .urgency = 8},
		{.kind = NEXT_STEP_finish_attempt, .course = numbered(2), .urgency = 100},
	};
	uint32_t places[4];

	assert_int_equal(next_step_rank(options, 4, 4, places), 4);
	assert_int_equal(places[0], 3);
	assert_int_equal(places[1], 2);
	assert_int_equal(places[2], 1);
	assert_int_equal(places[3], 0);
	assert_int_equal(next_step_rank(options, 4, 2, places), 2);
	assert_int_equal(next_step_rank(options, 0, 2, places), 0);
}

static void an_item_is_told_once_for_its_most_urgent_reason(void **state)
{
	const struct next_step_option options[] = {
		{.kind = NEXT_STEP_next_item, .course = numbered(1), .item = numbered(7)},
		{.kind = NEXT_STEP_next_item, .course = numbered(1), .item = numbered(8)},
		{.kind = NEXT_STEP_deadline, .course = numbered(1), .item = numbered(7)},
	};
	uint32_t places[3];

	assert_int_equal(next_step_rank(options, 3, 3, places), 2);
	assert_int_equal(places[0], 2);
	assert_int_equal(places[1], 1);
}

static void so_many_of_a_course_are_told_as_the_table_says(void **state)
{
	const struct next_step_option options[] = {
		{.kind = NEXT_STEP_weak_objective, .course = numbered(1), .urgency = 3},
		{.kind = NEXT_STEP_weak_objective, .course = numbered(1), .urgency = 2},
		{.kind = NEXT_STEP_weak_objective, .course = numbered(1), .urgency = 1},
		{.kind = NEXT_STEP_weak_objective, .course = numbered(2), .urgency = 4},
	};
	uint32_t places[4];

	assert_int_equal(next_step_rank(options, 4, 4, places), 3);
	assert_int_equal(places[0], 2);
	assert_int_equal(places[1], 1);
	assert_int_equal(places[2], 3);
}

static void every_ranking_is_in_order_and_tells_no_item_twice(void **state)
{
	struct random random;

	random_seed(&random, 20261129);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct next_step_option options[OPTIONS_MAX];
		uint32_t                places[WANTED_MAX];
		uint32_t                count = (uint32_t)random_below(&random, OPTIONS_MAX + 1), told;

		for (uint32_t i = 0; i < count; i++)
			options[i] = (struct next_step_option){
				.kind = (enum next_step)random_below(&random, NEXT_STEP_COUNT),
				.course = numbered(1 + random_below(&random, 3)),
				.item = numbered(random_below(&random, 20)),
				.urgency = (int64_t)random_below(&random, 9),
			};
		told = next_step_rank(options, count, WANTED_MAX, places);
		assert_true(told <= count);
		for (uint32_t i = 1; i < told; i++) {
			const struct next_step_option *a = &options[places[i - 1]], *b = &options[places[i]];

			assert_true(a->kind < b->kind || (a->kind == b->kind && a->urgency <= b->urgency));
			for (uint32_t j = 0; id_present(b->item) && j < i; j++)
				assert_false(id_equal(options[places[j]].item, b->item));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_that_of_the_table_then_urgency),
		cmocka_unit_test(an_item_is_told_once_for_its_most_urgent_reason),
		cmocka_unit_test(so_many_of_a_course_are_told_as_the_table_says),
		cmocka_unit_test(every_ranking_is_in_order_and_tells_no_item_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
