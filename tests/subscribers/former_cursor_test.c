/* The place that mails had before they were a subscription's. */
#include "subscribers/former_cursor.h"

#include "eventstore/disk/whole_file.h"
#include "tests/eventstore/ground.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS = 5 };

static struct store              *store;
static struct reader             *reader;
static struct subscription_state *state;

static void write_cursor(struct id log, uint64_t epoch, uint64_t position)
{
	char          id[ID_TEXT_SIZE + 1];
	struct buffer line = {0};

	id_format(log, id);
	buffer_format(&line, "%s %" PRIu64 " %" PRIu64 "\n", id, epoch, position);
	assert_int_equal(whole_file_write(ground_path("mail.cursor"), buffer_bytes(&line), 0640), STATUS_OK);
	buffer_finish(&line);
}

static enum status take_over(void)
{
	return former_cursor_take_over(ground_folder(), reader, state, "mail");
}

static bool is_there(void)
{
	return access(ground_path("mail.cursor"), F_OK) == 0;
}

static void a_cursor_is_taken_over_and_goes(void **unused)
{
	struct subscription_place place;
	struct hash               leaf;

	write_cursor(store_identity(store).store, 1, 3);
	assert_int_equal(take_over(), STATUS_OK);
	assert_false(is_there());
	assert_int_equal(subscription_state_place(state, subscription_id(TEXT("mail")), &place), STATUS_OK);
	assert_int_equal(reader_leaf(reader, 3, &leaf), STATUS_OK);
	assert_int_equal(place.position, 3);
	assert_int_equal(place.epoch, 1);
	assert_true(hash_equal(&place.leaf, &leaf));
	assert_string_equal(place.name, "mail");
}

static void without_a_cursor_nothing_is_taken_over(void **unused)
{
	struct subscription_place place;

	assert_int_equal(take_over(), STATUS_OK);
	assert_int_equal(subscription_state_place(state, subscription_id(TEXT("mail")), &place), STATUS_NOT_FOUND);
}

static void a_subscription_that_ran_keeps_its_place(void **unused)
{
	struct subscription_place place;

	write_cursor(store_identity(store).store, 1, 3);
	assert_int_equal(take_over(), STATUS_OK);
	write_cursor(store_identity(store).store, 1, 5);
	assert_int_equal(take_over(), STATUS_OK);
	assert_false(is_there());
	assert_int_equal(subscription_state_place(state, subscription_id(TEXT("mail")), &place), STATUS_OK);
	assert_int_equal(place.position, 3);
}

static void a_cursor_of_another_log_is_refused_and_stays(void **unused)
{
	write_cursor(ground_id(1), 1, 3);
	assert_int_equal(take_over(), STATUS_CONFLICT);
	assert_true(is_there());
}

static void what_is_no_cursor_is_refused_and_stays(void **unused)
{
	assert_int_equal(whole_file_write(ground_path("mail.cursor"), BYTES("3\n", 2), 0640), STATUS_OK);
	assert_int_equal(take_over(), STATUS_CORRUPT);
	assert_true(is_there());
}

static int set_up(void **unused)
{
	ground_fresh();
	store = ground_open();
	for (uint32_t i = 0; i < EVENTS; i++)
		ground_happen(store, ground_id(i));
	ground_commit(store);
	return reader_open(ground_folder(), &reader) || subscription_state_open(ground_folder(), KV_WRITE, &state);
}

static int tear_down(void **unused)
{
	subscription_state_close(state);
	reader_close(reader);
	store_close(store);
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_cursor_is_taken_over_and_goes),         claim(without_a_cursor_nothing_is_taken_over),
		claim(a_subscription_that_ran_keeps_its_place), claim(a_cursor_of_another_log_is_refused_and_stays),
		claim(what_is_no_cursor_is_refused_and_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
