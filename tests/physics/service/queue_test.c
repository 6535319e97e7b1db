/* Who is next. */
#include "physics/service/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SECOND = 1000 * 1000, PLACES = QUEUE_WAITING_MAX + 16 };

static struct queue      *queue;
static struct queue_place places[PLACES];
static uint8_t            whose[PLACES];
static uint32_t           used;
static uint32_t           retry_after_s;

static struct id person(uint8_t number)
{
	return (struct id){.bytes = {number}};
}

static enum queue_verdict enter(uint8_t who, enum run_budget budget, uint64_t cost_us)
{
	places[used] = (struct queue_place){.budget = budget, .cost_us = cost_us};
	whose[used] = who;
	return queue_enter(queue, person(who), &places[used++], 0, &retry_after_s);
}

/* The number of the person who is served. */
static int served(void)
{
	struct queue_place *place = queue_take(queue, 0);

	return place ? whose[place - places] : 0;
}

static int begin(void **state)
{
	used = 0;
	queue = queue_create(10 * SECOND);
	return 0;
}

static int end(void **state)
{
	for (uint32_t i = 0; i < used; i++)
		queue_leave(queue, &places[i], 0, 0);
	queue_destroy(queue);
	return 0;
}

static void one_run_does_not_wait_behind_somebodys_many(void **state)
{
	int order[6];

	for (int i = 0; i < 6; i++)
		assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	assert_int_equal(served(), 1);
	assert_int_equal(enter(2, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	for (int i = 0; i < 2; i++)
		order[i] = served();
	assert_true(order[0] == 2 || order[1] == 2);
}

static void nobody_runs_more_than_two_at_once(void **state)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	assert_int_equal(served(), 1);
	assert_int_equal(served(), 1);
	assert_int_equal(served(), 0);
	queue_leave(queue, &places[0], 0, 0);
	assert_int_equal(served(), 1);
}

static void the_ninth_that_waits_is_refused(void **state)
{
	for (int i = 0; i < QUEUE_WAITING_PER_PERSON_MAX; i++)
		assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TOO_MANY);
	assert_int_equal(enter(2, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	assert_int_equal(enter(0, RUN_NORMAL, SECOND), QUEUE_TAKEN);
}

static void the_queue_has_an_end(void **state)
{
	for (int i = 0; i < QUEUE_WAITING_MAX; i++)
		assert_int_equal(enter(0, RUN_BATCH, SECOND), QUEUE_TAKEN);
	assert_int_equal(enter(1, RUN_INTERACTIVE, SECOND), QUEUE_FULL);
	assert_true(retry_after_s > 0);
}

static void what_somebody_looks_at_goes_before_their_other_runs(void **state)
{
	struct queue_place *place;

	assert_int_equal(enter(1, RUN_BATCH, SECOND), QUEUE_TAKEN);
	assert_int_equal(enter(1, RUN_INTERACTIVE, SECOND), QUEUE_TAKEN);
	place = queue_take(queue, 0);
	assert_ptr_equal(place, &places[1]);
}

static void a_run_that_more_want_moves_forward_and_may_cost_more(void **state)
{
	assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	queue_raise(&places[1], RUN_INTERACTIVE);
	assert_int_equal(places[1].budget, RUN_NORMAL);
	queue_raise(&places[0], RUN_BATCH);
	assert_int_equal(places[0].budget, RUN_BATCH);
	assert_ptr_equal(queue_take(queue, 0), &places[1]);
}

static void the_allowance_is_spent_and_comes_back(void **state)
{
	int64_t hour = 3600LL * SECOND;

	assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_TAKEN);
	assert_int_equal(served(), 1);
	queue_leave(queue, &places[0], 11 * SECOND, 0);
	assert_int_equal(enter(1, RUN_NORMAL, SECOND), QUEUE_SPENT);
	assert_in_range(retry_after_s, 300, 1000);
	assert_int_equal(queue_enter(queue, person(1), &places[--used], hour, &retry_after_s), QUEUE_TAKEN);
	used++;
}

static void what_was_dearer_than_guessed_counts(void **state)
{
	assert_int_equal(enter(1, RUN_NORMAL, 1), QUEUE_TAKEN);
	assert_int_equal(enter(1, RUN_NORMAL, 1), QUEUE_TAKEN);
	assert_int_equal(enter(2, RUN_NORMAL, 1), QUEUE_TAKEN);
	assert_int_equal(enter(2, RUN_NORMAL, 1), QUEUE_TAKEN);
	assert_int_equal(served(), 1);
	queue_leave(queue, &places[0], 5 * SECOND, 0);
	assert_int_equal(served(), 2);
	assert_int_equal(served(), 2);
	assert_int_equal(served(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_run_does_not_wait_behind_somebodys_many, begin, end),
		cmocka_unit_test_setup_teardown(nobody_runs_more_than_two_at_once, begin, end),
		cmocka_unit_test_setup_teardown(the_ninth_that_waits_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(the_queue_has_an_end, begin, end),
		cmocka_unit_test_setup_teardown(what_somebody_looks_at_goes_before_their_other_runs, begin, end),
		cmocka_unit_test_setup_teardown(a_run_that_more_want_moves_forward_and_may_cost_more, begin, end),
		cmocka_unit_test_setup_teardown(the_allowance_is_spent_and_comes_back, begin, end),
		cmocka_unit_test_setup_teardown(what_was_dearer_than_guessed_counts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
