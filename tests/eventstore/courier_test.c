/* The courier against a writer that comes and goes. */
#include "eventstore/wire/courier.h"

#include "schema/commands.h"
#include "tests/eventstore/ground.h"
#include "tests/eventstore/obedient.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

enum { QUEUE_MAX = 64 };

static struct courier *courier;
static struct arena    arena;

static enum status carry(struct answer *answer)
{
	struct begin_subscription fields = {.subscription = ground_id(1), .name = TEXT("test"), .epoch = 1};

	*answer = (struct answer){0};
	return courier_command(courier, "begin_subscription", id_fresh(), &fields, &arena, answer);
}

/* The writer of the ground obeys other words: that it does not know this one is an answer too. */
static void assert_answered(void)
{
	struct answer answer;

	assert_int_equal(carry(&answer), STATUS_OK);
	assert_true(text_is(answer.status, status_name(STATUS_UNSUPPORTED)));
}

static void what_nobody_takes_is_told_as_such(void **state)
{
	struct answer answer;

	assert_int_equal(carry(&answer), STATUS_UNREACHABLE);
}

static void a_writer_that_came_later_is_found(void **state)
{
	struct answer answer;
	pid_t         writer;

	assert_int_equal(carry(&answer), STATUS_UNREACHABLE);
	writer = obedient_start(QUEUE_MAX);
	assert_answered();
	assert_answered();
	assert_int_equal(obedient_stop(writer, SIGTERM), 0);
}

static void another_writer_in_between_is_not_noticed(void **state)
{
	pid_t         writer = obedient_start(QUEUE_MAX);
	struct answer answer;

	assert_answered();
	assert_int_equal(obedient_stop(writer, SIGKILL), -SIGKILL);
	writer = obedient_start(QUEUE_MAX);
	assert_answered();
	assert_int_equal(obedient_stop(writer, SIGTERM), 0);
	assert_int_equal(carry(&answer), STATUS_UNREACHABLE);
}

static int set_up(void **state)
{
	ground_fresh();
	courier = courier_create(obedient_socket(), "test");
	return 0;
}

static int tear_down(void **state)
{
	courier_destroy(courier);
	arena_finish(&arena);
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_nobody_takes_is_told_as_such, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_writer_that_came_later_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_writer_in_between_is_not_noticed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
