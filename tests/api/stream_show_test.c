/* Which frames a viewer is shown next. */
#include "api/stream/show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct show      show;
static struct show_wish wish;

static int begin(void **state)
{
	show = (struct show){0};
	return 0;
}

/* Sends what is wished for, as long as there is anything; how many frames that were. */
static uint32_t send_all(void)
{
	uint32_t sent = 0;

	for (show_wish(&show, &wish); wish.count > 0; show_wish(&show, &wish)) {
		show_sent(&show, &wish, wish.first, wish.count);
		sent += wish.count;
	}
	return sent;
}

static void no_more_than_the_window_is_owed(void **state)
{
	show.available = 1000;
	assert_int_equal(send_all(), VIEWER_FRAMES_UNACKED_MAX);
	show_ack(&show, 9);
	assert_int_equal(send_all(), 10);
	assert_int_equal(show.next, VIEWER_FRAMES_UNACKED_MAX + 10);
}

static void an_acknowledgement_from_the_future_grants_no_more_than_was_sent(void **state)
{
	show.available = 1000;
	send_all();
	show_ack(&show, UINT32_MAX);
	assert_int_equal(send_all(), VIEWER_FRAMES_UNACKED_MAX);
	show_ack(&show, 3);
	assert_int_equal(send_all(), 0);
}

static void who_wants_all_is_never_skipped(void **state)
{
	show.available = 1000;
	send_all();
	show.available = 5000;
	show_ack(&show, 0);
	show_wish(&show, &wish);
	assert_false(wish.keys);
	assert_int_equal(wish.first, VIEWER_FRAMES_UNACKED_MAX);
}

static void who_wants_the_newest_and_is_late_gets_key_frames_until_it_is_not(void **state)
{
	show.live = true;
	show.available = VIEWER_FRAMES_UNACKED_MAX;
	send_all();
	show.available = 1000;
	show_wish(&show, &wish);
	show_ack(&show, 0);
	show_wish(&show, &wish);
	assert_true(wish.keys);
	assert_int_equal(wish.first, 960);
	show_sent(&show, &wish, wish.first, wish.count);
	assert_int_equal(send_all(), 0);
	show_ack(&show, 960);
	show.available = 1030;
	show_wish(&show, &wish);
	assert_false(wish.keys);
	assert_int_equal(wish.first, 1020);
}

static void seeking_begins_at_the_key_frame_before(void **state)
{
	show.available = 1000;
	send_all();
	show_seek(&show, 130);
	show_wish(&show, &wish);
	assert_int_equal(wish.first, 120);
	assert_int_equal(send_all(), VIEWER_FRAMES_UNACKED_MAX);
}

static void who_pauses_sees_as_many_as_it_steps(void **state)
{
	show.available = 1000;
	show.paused = true;
	assert_int_equal(send_all(), 0);
	show.steps = 3;
	assert_int_equal(send_all(), 3);
	assert_int_equal(show.next, 3);
}

static void it_is_over_when_all_was_sent(void **state)
{
	show.available = 10;
	send_all();
	assert_false(show_over(&show));
	show.complete = true;
	assert_true(show_over(&show));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_more_than_the_window_is_owed, begin),
		cmocka_unit_test_setup(an_acknowledgement_from_the_future_grants_no_more_than_was_sent, begin),
		cmocka_unit_test_setup(who_wants_all_is_never_skipped, begin),
		cmocka_unit_test_setup(who_wants_the_newest_and_is_late_gets_key_frames_until_it_is_not, begin),
		cmocka_unit_test_setup(seeking_begins_at_the_key_frame_before, begin),
		cmocka_unit_test_setup(who_pauses_sees_as_many_as_it_steps, begin),
		cmocka_unit_test_setup(it_is_over_when_all_was_sent, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
