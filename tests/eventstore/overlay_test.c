#include "eventstore/writer/overlay.h"

#include "tests/eventstore/ground.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RACE_EVENTS = 20000 };

static struct overlay *overlay;
static uint64_t        position;

static struct record next_event(uint32_t stream, uint64_t version)
{
	struct record record = ground_record(ground_id(stream));

	record.position = ++position;
	record.streams[0].version = version;
	return record;
}

static void happen(uint32_t stream, uint64_t version)
{
	struct record record = next_event(stream, version);

	overlay_add(overlay, &record);
}

static void claim(uint32_t stream, uint64_t version, const struct hash *value, bool taken)
{
	struct record record = next_event(stream, version);

	record.claims[record.claim_count++] = (struct record_claim){.claim = 1, .taken = taken, .value = *value};
	overlay_add(overlay, &record);
}

static uint64_t version_of(uint32_t stream)
{
	uint64_t version = 0;

	return overlay_stream_version(overlay, ground_id(stream), &version) == STATUS_OK ? version : 0;
}

static void it_answers_from_both_generations(void **state)
{
	uint64_t positions[4], first;
	uint32_t count;

	happen(1, 3);
	happen(1, 4);
	happen(2, 1);
	assert_int_equal(overlay_close_generation(overlay), 3);
	happen(1, 5);
	assert_int_equal(version_of(1), 5);
	assert_int_equal(version_of(2), 1);
	assert_int_equal(version_of(3), 0);
	assert_int_equal(overlay_stream_positions(overlay, ground_id(1), &first, positions, 4, &count), STATUS_OK);
	assert_true(count == 3 && first == 3);
	assert_true(positions[0] == 1 && positions[1] == 2 && positions[2] == 4);
	/* When there is no room for all, the newest. */
	assert_int_equal(overlay_stream_positions(overlay, ground_id(1), &first, positions, 2, &count), STATUS_OK);
	assert_true(count == 2 && first == 4 && positions[0] == 2 && positions[1] == 4);
	assert_int_equal(overlay_count(overlay), 4);
}

static void a_dropped_generation_is_no_longer_answered_from(void **state)
{
	happen(1, 1);
	assert_int_equal(overlay_close_generation(overlay), 1);
	happen(2, 1);
	overlay_drop(overlay);
	assert_int_equal(version_of(1), 0);
	assert_int_equal(version_of(2), 1);
	assert_int_equal(overlay_count(overlay), 1);
}

static void a_closed_generation_hands_out_its_records_in_order(void **state)
{
	struct record record;
	struct hash   value = {.bytes = "value"};

	happen(1, 1);
	claim(2, 1, &value, true);
	assert_int_equal(overlay_close_generation(overlay), 2);
	happen(3, 1);
	assert_true(overlay_next(overlay, &record));
	assert_true(record.position == 1 && id_equal(record.streams[0].id, ground_id(1)));
	assert_true(overlay_next(overlay, &record));
	assert_true(record.position == 2 && record.claim_count == 1 && record.claims[0].taken);
	assert_int_equal(record.payload.size, 0);
	assert_false(overlay_next(overlay, &record));
	overlay_drop(overlay);
	assert_int_equal(overlay_close_generation(overlay), 3);
	overlay_drop(overlay);
	assert_int_equal(overlay_close_generation(overlay), 0);
	assert_false(overlay_next(overlay, &record));
	overlay_drop(overlay);
}

static void a_command_is_known_from_its_first_event_on(void **state)
{
	struct record record = next_event(1, 1);
	uint64_t      found;

	record.command_count = 2;
	overlay_add(overlay, &record);
	record.position = ++position;
	record.command_index = 1;
	overlay_add(overlay, &record);
	overlay_close_generation(overlay);
	assert_int_equal(overlay_command(overlay, record.command, &found), STATUS_OK);
	assert_int_equal(found, 1);
	assert_int_equal(overlay_command(overlay, ground_id(1), &found), STATUS_NOT_FOUND);
}

static void a_released_claim_hides_an_older_owner(void **state)
{
	struct hash value = {.bytes = "value"}, never = {.bytes = "never"};
	struct id   owner;

	claim(1, 1, &value, true);
	overlay_close_generation(overlay);
	assert_int_equal(overlay_claim(overlay, &value, &owner), STATUS_OK);
	assert_true(id_equal(owner, ground_id(1)));
	claim(2, 1, &value, false);
	assert_int_equal(overlay_claim(overlay, &value, &owner), STATUS_OK);
	assert_false(id_present(owner));
	claim(3, 1, &value, true);
	assert_int_equal(overlay_claim(overlay, &value, &owner), STATUS_OK);
	assert_true(id_equal(owner, ground_id(3)));
	assert_int_equal(overlay_claim(overlay, &never, &owner), STATUS_NOT_FOUND);
}

/* ---------------------------------------------------------------- two threads */

struct mover {
	_Atomic bool stopping;
	uint64_t     taken; /* records handed out */
	bool         in_order;
};

/* What the index thread does, as fast as it can. */
static void *move(void *owner)
{
	struct mover *mover = owner;
	struct record record;

	mover->in_order = true;
	while (!mover->stopping) {
		overlay_close_generation(overlay);
		while (overlay_next(overlay, &record))
			mover->in_order = mover->in_order && record.position == ++mover->taken;
		overlay_drop(overlay);
	}
	return NULL;
}

static void generations_may_swap_while_events_come_in(void **state)
{
	struct mover mover = {0};
	pthread_t    thread;
	uint64_t     version;

	assert_int_equal(pthread_create(&thread, NULL, move, &mover), 0);
	for (uint64_t i = 1; i <= RACE_EVENTS; i++) {
		happen(1, i);
		/* Either it is here, or the generation was dropped: an older version is never seen. */
		version = version_of(1);
		assert_true(version == 0 || version == i);
	}
	mover.stopping = true;
	pthread_join(thread, NULL);
	assert_true(mover.in_order);
	mover.stopping = false;
	while (overlay_count(overlay) > 0) {
		struct record record;

		overlay_close_generation(overlay);
		while (overlay_next(overlay, &record))
			mover.taken++;
		overlay_drop(overlay);
	}
	assert_int_equal(mover.taken, RACE_EVENTS);
}

static int create(void **state)
{
	overlay = overlay_create();
	position = 0;
	return 0;
}

static int destroy(void **state)
{
	overlay_destroy(overlay);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_answers_from_both_generations, create, destroy),
		cmocka_unit_test_setup_teardown(a_dropped_generation_is_no_longer_answered_from, create, destroy),
		cmocka_unit_test_setup_teardown(a_closed_generation_hands_out_its_records_in_order, create, destroy),
		cmocka_unit_test_setup_teardown(a_command_is_known_from_its_first_event_on, create, destroy),
		cmocka_unit_test_setup_teardown(a_released_claim_hides_an_older_owner, create, destroy),
		cmocka_unit_test_setup_teardown(generations_may_swap_while_events_come_in, create, destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
