#include "eventstore/wire/doorbell.h"

#include "eventstore/base/clock.h"
#include "tests/eventstore/ground.h"
#include "tests/eventstore/obedient.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LONG_MS = 20000, SHORT_MS = 60, QUEUE_MAX = 100 };

static struct doorbell *doorbell;
static pid_t            writer;
static struct arena     arena;

static void keep_one(void)
{
	struct submission submission = obedient_submission("keep", ground_id(1));
	struct client    *client = obedient_client("test");
	struct answer     answer;

	assert_int_equal(client_submit(client, &submission, LONG_MS, &arena, &answer), STATUS_OK);
	client_close(client);
}

static int64_t ms_since(int64_t began_us)
{
	return (clock_monotonic_us() - began_us) / 1000;
}

static void *keep_one_beside(void *owner)
{
	keep_one();
	return NULL;
}

static void *interrupt_beside(void *owner)
{
	doorbell_interrupt(doorbell);
	return NULL;
}

static void it_rings_when_there_is_more(void **state)
{
	int64_t   began_us = clock_monotonic_us();
	pthread_t thread;

	writer = obedient_start(QUEUE_MAX);
	assert_int_equal(pthread_create(&thread, NULL, keep_one_beside, NULL), 0);
	doorbell_wait(doorbell, 0, LONG_MS);
	assert_true(ms_since(began_us) < LONG_MS);
	pthread_join(thread, NULL);
	/* What it has heard of it need not wait for. */
	doorbell_wait(doorbell, 0, LONG_MS);
	assert_true(ms_since(began_us) < LONG_MS);
}

static void it_waits_its_time_when_nothing_comes(void **state)
{
	int64_t began_us;

	writer = obedient_start(QUEUE_MAX);
	keep_one();
	began_us = clock_monotonic_us();
	doorbell_wait(doorbell, 1, SHORT_MS);
	assert_true(ms_since(began_us) >= SHORT_MS && ms_since(began_us) < LONG_MS);
}

static void it_waits_its_time_when_there_is_no_writer(void **state)
{
	int64_t began_us = clock_monotonic_us();

	doorbell_wait(doorbell, 0, SHORT_MS);
	assert_true(ms_since(began_us) >= SHORT_MS && ms_since(began_us) < LONG_MS);
}

static void it_finds_a_writer_that_comes_later(void **state)
{
	int64_t began_us = clock_monotonic_us();

	doorbell_wait(doorbell, 0, SHORT_MS);
	writer = obedient_start(QUEUE_MAX);
	keep_one();
	doorbell_wait(doorbell, 0, LONG_MS);
	assert_true(ms_since(began_us) < LONG_MS);
}

static void it_does_not_hang_on_a_writer_that_does_not_answer(void **state)
{
	int64_t began_us;

	writer = obedient_start(QUEUE_MAX);
	kill(writer, SIGSTOP);
	began_us = clock_monotonic_us();
	doorbell_wait(doorbell, 0, SHORT_MS);
	kill(writer, SIGCONT);
	assert_true(ms_since(began_us) < 2000);
}

static void an_interrupt_ends_the_wait_under_way_and_every_later_one(void **state)
{
	int64_t   began_us = clock_monotonic_us();
	pthread_t thread;

	writer = obedient_start(QUEUE_MAX);
	assert_int_equal(pthread_create(&thread, NULL, interrupt_beside, NULL), 0);
	doorbell_wait(doorbell, 0, LONG_MS);
	doorbell_wait(doorbell, 0, LONG_MS);
	assert_true(ms_since(began_us) < LONG_MS);
	pthread_join(thread, NULL);
}

/* What the writer knows of a projection: its position, or 0. */
static uint64_t writer_knows(const char *name)
{
	struct client *client = obedient_client("test");
	struct stats   stats = {0};
	uint64_t       position = 0;

	assert_int_equal(client_ask(client, FRAME_STATS, &stats_shape, &arena, &stats), STATUS_OK);
	for (uint32_t i = 0; i < stats.projections.count; i++)
		if (text_is(stats.projections.items[i].name, name))
			position = stats.projections.items[i].position;
	client_close(client);
	return position;
}

static void await_progress(const char *name, uint64_t position)
{
	int64_t began_us = clock_monotonic_us();

	while (writer_knows(name) != position)
		assert_true(ms_since(began_us) < LONG_MS);
}

static void progress_is_told_and_told_again_to_a_writer_that_starts_anew(void **state)
{
	writer = obedient_start(QUEUE_MAX);
	doorbell_progress(doorbell, "account", 6);
	doorbell_progress(doorbell, "account", 7);
	await_progress("account", 7);
	assert_int_equal(obedient_stop(writer, SIGKILL), -SIGKILL);
	writer = obedient_start(QUEUE_MAX);
	assert_int_equal(writer_knows("account"), 0);
	/* One wait notices that the writer went, and comes back to it. */
	doorbell_wait(doorbell, 0, SHORT_MS);
	await_progress("account", 7);
}

static void progress_told_while_the_writer_is_away_is_not_lost(void **state)
{
	doorbell_progress(doorbell, "account", 9);
	writer = obedient_start(QUEUE_MAX);
	doorbell_wait(doorbell, 0, SHORT_MS);
	await_progress("account", 9);
}

static int hang_bell(void **state)
{
	ground_fresh();
	writer = 0;
	doorbell = doorbell_create(obedient_socket(), "test");
	return 0;
}

static int take_bell_down(void **state)
{
	doorbell_destroy(doorbell);
	arena_finish(&arena);
	if (writer > 0 && obedient_stop(writer, SIGTERM) != 0)
		return -1;
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, hang_bell, take_bell_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(it_rings_when_there_is_more),
		claim(it_waits_its_time_when_nothing_comes),
		claim(it_waits_its_time_when_there_is_no_writer),
		claim(it_finds_a_writer_that_comes_later),
		claim(it_does_not_hang_on_a_writer_that_does_not_answer),
		claim(an_interrupt_ends_the_wait_under_way_and_every_later_one),
		claim(progress_is_told_and_told_again_to_a_writer_that_starts_anew),
		claim(progress_told_while_the_writer_is_away_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
