#include "eventstore/log/identity.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void what_is_kept_is_what_was_raised(void **state)
{
	struct log_identity identity = identity_fresh(), back;
	struct buffer       kept = {0};

	identity_raise(&identity, 0, 101);
	identity_raise(&identity, 7, 151);
	assert_int_equal(identity.epoch, 7);
	assert_int_equal(identity_began(&identity), 151);
	identity_format(&identity, &kept);
	assert_int_equal(identity_parse(buffer_bytes(&kept), &back), STATUS_OK);
	assert_memory_equal(&back, &identity, sizeof(back));
	buffer_finish(&kept);
}

static void a_log_made_by_the_format_before_is_in_its_first_epoch(void **state)
{
	struct log_identity identity;
	uint8_t             kept[40] = "orrerylg\2\0\0\0\0\0\0\0a store of then\0\1";

	assert_int_equal(identity_parse(BYTES(kept, sizeof(kept)), &identity), STATUS_OK);
	assert_memory_equal(identity.store.bytes, "a store of then", 16);
	assert_int_equal(identity.epoch, 1);
	assert_int_equal(identity_began(&identity), 1);
	identity_raise(&identity, 0, 5);
	assert_true(identity_holds(&identity, identity.store, 1, 4));
}

static void what_is_no_identity_is_told_from_another_format(void **state)
{
	struct log_identity identity = identity_fresh();
	struct buffer       kept = {0};

	identity_format(&identity, &kept);
	for (size_t size = 0; size < kept.size; size++)
		assert_int_equal(identity_parse(BYTES(kept.data, size), &identity),
		                 size == 40 ? STATUS_UNSUPPORTED : STATUS_CORRUPT);
	kept.data[8]++;
	assert_int_equal(identity_parse(buffer_bytes(&kept), &identity), STATUS_UNSUPPORTED);
	kept.data[8]--;
	kept.data[12] = LOG_EPOCHS_MAX + 1;
	assert_int_equal(identity_parse(buffer_bytes(&kept), &identity), STATUS_CORRUPT);
	kept.data[0]++;
	assert_int_equal(identity_parse(buffer_bytes(&kept), &identity), STATUS_CORRUPT);
	buffer_finish(&kept);
}

/* Epoch 2 began at 101, epoch 3 at 51: the log was cut back to 50. */
static void a_place_lies_on_the_log_if_no_later_epoch_began_before_it(void **state)
{
	struct log_identity identity = identity_fresh();
	struct id           store = identity.store;

	identity_raise(&identity, 0, 101);
	assert_true(identity_holds(&identity, store, 1, 100));
	assert_false(identity_holds(&identity, store, 1, 101));
	assert_true(identity_holds(&identity, store, 2, 500));
	assert_false(identity_holds(&identity, store, 3, 1));
	assert_false(identity_holds(&identity, ground_id(1), 2, 1));
	identity_raise(&identity, 0, 51);
	assert_false(identity_holds(&identity, store, 1, 100));
	assert_false(identity_holds(&identity, store, 2, 51));
	assert_true(identity_holds(&identity, store, 1, 50));
	assert_true(identity_holds(&identity, store, 2, 50));
	/* Others rely on it that beginnings never fall. */
	for (uint32_t i = 1; i < identity.epoch_count; i++)
		assert_true(identity.epochs[i].first >= identity.epochs[i - 1].first);
}

/* An epoch that was passed over is nobody's. */
static void an_epoch_that_the_log_never_had_holds_nothing(void **state)
{
	struct log_identity identity = identity_fresh();

	identity_raise(&identity, 5, 10);
	assert_false(identity_holds(&identity, identity.store, 3, 1));
	assert_true(identity_holds(&identity, identity.store, 1, 1));
}

static void the_oldest_epochs_are_forgotten(void **state)
{
	struct log_identity identity = identity_fresh();

	for (uint64_t i = 1; i <= LOG_EPOCHS_MAX; i++)
		identity_raise(&identity, 0, 10 * i);
	assert_int_equal(identity.epoch, LOG_EPOCHS_MAX + 1);
	assert_int_equal(identity.epoch_count, LOG_EPOCHS_MAX);
	assert_false(identity_holds(&identity, identity.store, 1, 1));
	assert_true(identity_holds(&identity, identity.store, 2, 19));
	assert_false(identity_holds(&identity, identity.store, 2, 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_what_was_raised),
		cmocka_unit_test(a_log_made_by_the_format_before_is_in_its_first_epoch),
		cmocka_unit_test(what_is_no_identity_is_told_from_another_format),
		cmocka_unit_test(a_place_lies_on_the_log_if_no_later_epoch_began_before_it),
		cmocka_unit_test(an_epoch_that_the_log_never_had_holds_nothing),
		cmocka_unit_test(the_oldest_epochs_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
