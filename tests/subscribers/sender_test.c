/* The sender, whose way to the writer is the test. */
#include "subscribers/sender.h"

#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct id     sent_id;
static const char   *sent_command;
static enum status   carrying;
static struct answer given;

static enum status carry(void *owner, const char *command, struct id command_id, const void *fields,
                         struct arena *arena, struct answer *answer)
{
	sent_id = command_id;
	sent_command = command;
	*answer = given;
	return carrying;
}

static const struct sender_way        way = {.carry = carry};
static const struct subscriber_ground test_ground = {.way = &way};
static struct sender                 *sender;

static struct delivery delivery_of(uint8_t leaf)
{
	struct delivery delivery = {.record = {.position = 7}, .attempt = 1};

	delivery.record.leaf.bytes[0] = leaf;
	return delivery;
}

static enum status send_one(struct sent *sent)
{
	struct delivery delivery = delivery_of(1);

	return sender_send(sender, &delivery, &(struct errand){.command = "admit"}, sent);
}

/* ---------------------------------------------------------------- answers */

static void what_was_kept_has_moved_something(void **state)
{
	struct sent sent;

	given = (struct answer){.status = TEXT("ok"), .event = TEXT("learner_enrolled"), .position = 12};
	assert_int_equal(send_one(&sent), STATUS_OK);
	assert_int_equal(sent.refusal, REFUSAL_none);
	assert_true(sent.moved);
	assert_int_equal(sent.position, 12);
	assert_string_equal(sent_command, "admit");
	given.repeated = true;
	assert_int_equal(send_one(&sent), STATUS_OK);
	assert_true(sent.moved);
}

static void where_things_are_as_wished_nothing_has_moved(void **state)
{
	struct sent sent = {.moved = true};

	given = (struct answer){.status = TEXT("ok"), .position = 12};
	assert_int_equal(send_one(&sent), STATUS_OK);
	assert_false(sent.moved);
}

static void a_refusal_is_an_answer(void **state)
{
	struct sent sent;

	given = (struct answer){.status = TEXT("ok"), .refusal = TEXT("user_unknown")};
	assert_int_equal(send_one(&sent), STATUS_OK);
	assert_int_equal(sent.refusal, REFUSAL_user_unknown);
	assert_false(sent.moved);
}

static void another_builds_refusal_is_this_events_failure(void **state)
{
	struct sent sent = {.position = 5};

	given = (struct answer){.status = TEXT("ok"), .refusal = TEXT("never_heard_of")};
	assert_int_equal(send_one(&sent), STATUS_UNSUPPORTED);
	assert_int_equal(sent.position, 5);
}

static void the_writers_failures_are_handed_on(void **state)
{
	static const enum status failures[] = {STATUS_BUSY, STATUS_FULL, STATUS_INVALID, STATUS_UNSUPPORTED};
	struct sent              sent;

	for (size_t i = 0; i < array_count(failures); i++) {
		given = (struct answer){.status = text_from(status_name(failures[i]))};
		assert_int_equal(send_one(&sent), failures[i]);
	}
}

static void without_an_answer_the_subscription_waits_and_the_event_has_not_failed(void **state)
{
	struct sent sent;

	carrying = STATUS_UNREACHABLE;
	assert_int_equal(send_one(&sent), STATUS_UNREACHABLE);
	carrying = STATUS_TIMED_OUT;
	assert_int_equal(send_one(&sent), STATUS_UNREACHABLE);
}

/* ---------------------------------------------------------------- ids */

static struct id id_of(const char *subscription, uint8_t leaf, const char *command, uint32_t number, uint32_t about)
{
	struct delivery delivery = delivery_of(leaf);
	struct errand   errand = {.command = command, .number = number};

	if (about)
		errand.about = ground_id(about);
	return sender_command_id(subscription, &delivery, &errand);
}

static void the_same_errand_has_the_same_id_in_every_attempt(void **state)
{
	struct sent     sent;
	struct delivery again = delivery_of(1);

	assert_int_equal(send_one(&sent), STATUS_OK);
	assert_true(id_equal(sent_id, id_of("registrar", 1, "admit", 0, 0)));
	again.attempt = 5;
	assert_int_equal(sender_send(sender, &again, &(struct errand){.command = "admit"}, &sent), STATUS_OK);
	assert_true(id_equal(sent_id, id_of("registrar", 1, "admit", 0, 0)));
}

static void whatever_differs_makes_another_id(void **state)
{
	const struct id ids[] = {
		id_of("registrar", 1, "admit", 0, 0), id_of("grader", 1, "admit", 0, 0),
		id_of("registrar", 2, "admit", 0, 0), id_of("registrar", 1, "admits", 0, 0),
		id_of("registrar", 1, "admit", 1, 0), id_of("registrar", 1, "admit", 256, 0),
		id_of("registrar", 1, "admit", 0, 1), id_of("registra", 1, "radmit", 0, 0),
	};

	for (size_t i = 0; i < array_count(ids); i++)
		for (size_t j = 0; j < i; j++)
			assert_false(id_equal(ids[i], ids[j]));
}

static int set_up(void **state)
{
	given = (struct answer){.status = TEXT("ok")};
	carrying = STATUS_OK;
	sender = sender_create(&test_ground, "registrar");
	return 0;
}

static int tear_down(void **state)
{
	sender_destroy(sender);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_kept_has_moved_something, set_up, tear_down),
		cmocka_unit_test_setup_teardown(where_things_are_as_wished_nothing_has_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refusal_is_an_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_builds_refusal_is_this_events_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_writers_failures_are_handed_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_an_answer_the_subscription_waits_and_the_event_has_not_failed,
	                                        set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_same_errand_has_the_same_id_in_every_attempt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(whatever_differs_makes_another_id, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
