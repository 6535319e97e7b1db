#include "eventstore/feed/protocol.h"

#include "eventstore/base/arena.h"
#include "eventstore/wire/message.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct feed_welcome welcome_of(const struct log_identity *log)
{
	return (struct feed_welcome){.protocol = FEED_PROTOCOL,
	                             .store = log->store,
	                             .epochs = {.items = log->epochs, .count = log->epoch_count},
	                             .head = 7};
}

static void a_log_is_told_with_all_its_epochs(void **state)
{
	struct log_identity log = identity_fresh(), heard;
	struct feed_welcome welcome, back = {0};
	struct arena        arena = {0};
	struct buffer       out = {0};
	struct frame        frame;
	size_t              size;

	for (uint64_t number = 2; number <= LOG_EPOCHS_MAX + 3; number++)
		identity_raise(&log, number, 10 * number);
	welcome = welcome_of(&log);
	message_append(&out, FEED_WELCOME, 0, &feed_welcome_shape, &welcome);
	assert_int_equal(frame_parse(buffer_bytes(&out), &frame, &size), STATUS_OK);
	assert_int_equal(message_decode(&feed_welcome_shape, frame.body, &arena, &back), STATUS_OK);
	assert_int_equal(feed_identity(&back, &heard), STATUS_OK);
	assert_memory_equal(&heard, &log, sizeof(log));
	arena_finish(&arena);
	buffer_finish(&out);
}

static void epochs_that_do_not_follow_each_other_are_invalid(void **state)
{
	struct log_identity log = identity_fresh(), heard;
	struct feed_welcome welcome = welcome_of(&log);
	struct log_epoch    wrong[][2] = {{{2, 1}, {2, 5}}, {{2, 1}, {1, 5}}, {{1, 9}, {2, 5}}};

	assert_int_equal(feed_identity(&welcome, &heard), STATUS_OK);
	welcome.epochs.count = 0;
	assert_int_equal(feed_identity(&welcome, &heard), STATUS_INVALID);
	for (size_t i = 0; i < array_count(wrong); i++) {
		welcome.epochs = (struct feed_epochs){wrong[i], 2};
		assert_int_equal(feed_identity(&welcome, &heard), STATUS_INVALID);
	}
	welcome = welcome_of(&log);
	welcome.epochs.count = LOG_EPOCHS_MAX + 1;
	assert_int_equal(feed_identity(&welcome, &heard), STATUS_INVALID);
	welcome = welcome_of(&log);
	welcome.store = ID_NONE;
	assert_int_equal(feed_identity(&welcome, &heard), STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_told_with_all_its_epochs),
		cmocka_unit_test(epochs_that_do_not_follow_each_other_are_invalid),
	};

	return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
