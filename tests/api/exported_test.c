/* What the log tells a person of themselves, over a real store. */
#include "api/exported.h"

#include "schema/events.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct store *store;
static struct buffer out;
static struct id     ada, bob, history;

static int open_store(void **state)
{
	ground_fresh();
	store = ground_open();
	ada = ground_id(1);
	bob = ground_id(2);
	history = id_derived("history", &ada, 1);
	return 0;
}

static int close_store(void **state)
{
	store_close(store);
	buffer_finish(&out);
	ground_clear();
	return 0;
}

static const char *exported_after(struct id person, uint64_t after, bool *has_more)
{
	struct exported_range range = {.person = person, .after = after};
	struct reader        *reader;

	ground_commit(store);
	out.size = 0;
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	assert_int_equal(exported_append(reader, range, keys_opener(store_keys(store)), &out, has_more), STATUS_OK);
	reader_close(reader);
	buffer_append(&out, BYTES("", 1));
	return (const char *)out.data;
}

static const char *exported_of(struct id person)
{
	bool        has_more;
	const char *told = exported_after(person, 0, &has_more);

	assert_false(has_more);
	return told;
}

static void assert_told(const char *told, const char *words, bool expected)
{
	if ((strstr(told, words) != NULL) != expected)
		fail_msg("%s stands %sin %s", words, expected ? "not " : "", told);
}

/* How many events are told. */
static uint32_t events_in(const char *told)
{
	uint32_t count = 0;

	while ((told = strstr(told, "{\"position\":"))) {
		told++;
		count++;
	}
	return count;
}

static void withdraw(struct id learner)
{
	GROUND_EVENT(store, id_derived("history", &learner, 1), learner_withdrawn, .enrolment = ground_id(7),
	             .course = ground_id(8), .history = id_derived("history", &learner, 1), .learner = learner,
	             .reason = TEXT("too hard"));
}

static void account_and_history_are_told_in_order(void **state)
{
	const char *told, *second, *third;

	withdraw(ada);
	GROUND_EVENT(store, ada, profile_changed, .user = ada, .bio = TEXT("Wrote the first program."));
	withdraw(bob);
	withdraw(ada);
	told = exported_of(ada);
	assert_int_equal(events_in(told), 3);
	assert_told(told, "too hard", true);
	assert_told(told, "first program", true);
	assert_ptr_equal(strstr(told, "{\"position\":1,"), told);
	second = strstr(told, ",{\"position\":2,");
	third = strstr(told, ",{\"position\":4,");
	assert_true(second && third && second < third);
	assert_int_equal(events_in(exported_of(bob)), 1);
	assert_int_equal(events_in(exported_of(ground_id(3))), 0);
}

static void an_event_of_both_is_told_once(void **state)
{
	struct record record = ground_record(ada);

	record.stream_count = 2;
	record.streams[1].id = history;
	record.number = EVENT_email_verified;
	record.payload = BYTES("\x81\xa4user\xc4\x10"
	                       "0123456789abcdef",
	                       24);
	ground_append(store, &record);
	assert_int_equal(events_in(exported_of(ada)), 1);
}

static void what_names_others_stays_closed(void **state)
{
	GROUND_EVENT(store, history, personal_data_viewed, .user = bob, .operator= ground_id(9), .verb = AUDIT_VERB_log,
	             .reason = TEXT("Bob asked for it"));
	GROUND_EVENT(store, history, personal_data_viewed, .user = ada, .operator= ground_id(9), .verb = AUDIT_VERB_log,
	             .reason = TEXT("Ada asked for it"));
	assert_told(exported_of(ada), "Ada asked for it", true);
	assert_told(exported_of(ada), "Bob asked for it", false);
	assert_told(exported_of(ada), "\"reason\":null", true);
}

static void secrets_are_left_out(void **state)
{
	GROUND_EVENT(store, ada, password_changed, .user = ada, .password_hash = TEXT("$argon2id$"),
	             .reason = PASSWORD_CHANGE_changed);
	assert_int_equal(events_in(exported_of(ada)), 1);
	assert_told(exported_of(ada), "argon2id", false);
}

static void what_is_too_much_for_once_is_asked_for_again(void **state)
{
	bool has_more;

	for (uint32_t i = 0; i <= EXPORTED_EVENTS_MAX; i++)
		withdraw(ada);
	withdraw(bob);
	assert_int_equal(events_in(exported_after(ada, 0, &has_more)), EXPORTED_EVENTS_MAX);
	assert_true(has_more);
	assert_int_equal(events_in(exported_after(ada, EXPORTED_EVENTS_MAX, &has_more)), 1);
	assert_false(has_more);
	assert_int_equal(events_in(exported_after(ada, EXPORTED_EVENTS_MAX + 1, &has_more)), 0);
	assert_int_equal(events_in(exported_after(ada, 1, &has_more)), EXPORTED_EVENTS_MAX);
	assert_false(has_more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(account_and_history_are_told_in_order, open_store, close_store),
		cmocka_unit_test_setup_teardown(an_event_of_both_is_told_once, open_store, close_store),
		cmocka_unit_test_setup_teardown(what_names_others_stays_closed, open_store, close_store),
		cmocka_unit_test_setup_teardown(secrets_are_left_out, open_store, close_store),
		cmocka_unit_test_setup_teardown(what_is_too_much_for_once_is_asked_for_again, open_store, close_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
