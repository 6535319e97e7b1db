#include "eventstore/disk/room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* Of a disk whose free bytes others may change a little meanwhile. */
static struct room looked_at(void)
{
	struct room room = {.folder = "/"};

	assert_false(room_look(&room));
	assert_true(room.free > 0);
	return room;
}

static void room_is_short_below_its_reserve(void **state)
{
	struct room room = looked_at();

	room.reserve = room.free / 2;
	assert_false(room_look(&room));
	room.reserve = room.free * 2;
	assert_false(room_is_short(&room)); /* as of the last look */
	assert_true(room_look(&room));
	assert_true(room_is_short(&room));
}

static void room_that_was_short_needs_a_quarter_more(void **state)
{
	struct room room = looked_at();
	uint64_t    free = room.free;

	room.reserve = free * 2;
	assert_true(room_look(&room));
	room.reserve = free / 10 * 9;
	assert_true(room_look(&room));
	room.reserve = free / 2;
	assert_false(room_look(&room));
	room.reserve = free / 10 * 9;
	assert_false(room_look(&room));
}

static void room_without_a_reserve_is_never_short(void **state)
{
	struct room room = {.folder = "/proc"}; /* which has none */

	assert_false(room_look(&room));
	room.reserve = 1;
	assert_true(room_look(&room));
	assert_false(room_is_short(NULL));
}

static void a_disk_that_cannot_be_asked_changes_nothing(void **state)
{
	struct room room = {.folder = "/nowhere/at/all", .reserve = 1};

	assert_false(room_look(&room));
	room.is_short = true;
	assert_true(room_look(&room));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_is_short_below_its_reserve),
		cmocka_unit_test(room_that_was_short_needs_a_quarter_more),
		cmocka_unit_test(room_without_a_reserve_is_never_short),
		cmocka_unit_test(a_disk_that_cannot_be_asked_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
