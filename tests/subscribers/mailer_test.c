/* The mail subscriber on a real log and vault, its mails being files. */
#include "eventstore/subscription/subscription_world.h"
#include "schema/events.h"
#include "subscribers/subscriber.h"
#include "tests/eventstore/ground.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct config              config;
static struct store              *store;
static struct subscription_state *state;
static struct real_world         *real;
static struct subscription_world  world;
static struct subscription       *subscription;
static struct subscriber_ground   ground;
static void                      *owner;
static int64_t                    now_us;
static atomic_bool                stopping;

static int64_t told_time(void *unused)
{
	return now_us;
}

static enum status accept_command(void *unused, const char *command, struct id id, const void *fields)
{
	return STATUS_OK;
}

static void run(void)
{
	enum subscription_turn turn;

	do
		turn = subscription_turn(subscription);
	while (turn == SUBSCRIPTION_AGAIN);
	assert_int_equal(turn, SUBSCRIPTION_IDLE);
}

static uint64_t register_person(struct id person)
{
	uint64_t position =
		GROUND_EVENT(store, person, user_registered, .user = person, .email = TEXT("ada@example.org"),
	                     .password_hash = TEXT("hash"), .name = TEXT("Ada"), .locale = TEXT("en"),
	                     .region = TEXT("GB"), .token = TEXT("0123456789012345678901234567890123456789012"));

	ground_commit(store);
	return position;
}

static const char *mail_path(uint64_t position, struct id person)
{
	static char path[512];
	char        id[ID_TEXT_SIZE + 1];

	id_format(person, id);
	snprintf(path, sizeof(path), "%s/mail/%012" PRIu64 "-%s.eml", ground_folder(), position, id);
	return path;
}

static bool is_mailed(uint64_t position, struct id person)
{
	struct stat stat_of;

	return stat(mail_path(position, person), &stat_of) == 0 && S_ISREG(stat_of.st_mode);
}

static uint32_t held(void)
{
	struct subscription_standing standing;

	assert_int_equal(subscription_state_standing(state, subscription_id(TEXT("mail")), &standing), STATUS_OK);
	return standing.counts[HELD_RETRYING] + standing.counts[HELD_WAITING] + standing.counts[HELD_PARKED];
}

static void a_registration_is_mailed_and_stands_in_the_ledger(void **unused)
{
	uint64_t      position = register_person(ground_id(1));
	struct effect effect;

	run();
	assert_true(is_mailed(position, ground_id(1)));
	assert_int_equal(
		subscription_state_effect(state, subscription_id(TEXT("mail")), position, TEXT("mail"), &effect),
		STATUS_OK);
	assert_int_equal(effect.outcome, EFFECT_DONE);
}

static void a_mail_that_cannot_be_written_stops_no_other(void **unused)
{
	uint64_t blocked = register_person(ground_id(1)), free_one;

	assert_int_equal(mkdir(mail_path(blocked, ground_id(1)), 0700), 0);
	free_one = register_person(ground_id(2));
	run();
	assert_true(is_mailed(free_one, ground_id(2)));
	assert_int_equal(held(), 1);
	assert_int_equal(rmdir(mail_path(blocked, ground_id(1))), 0);
	now_us = subscription_due_us(subscription);
	run();
	assert_true(is_mailed(blocked, ground_id(1)));
	assert_int_equal(held(), 0);
}

static void without_a_folder_for_mails_all_of_them_wait_and_none_is_parked(void **unused)
{
	uint64_t position = register_person(ground_id(1));

	assert_int_equal(rmdir(ground_path("mail")), 0);
	for (int i = 0; i < 20; i++) {
		run();
		now_us = subscription_due_us(subscription);
	}
	assert_int_equal(held(), 1);
	assert_int_equal(mkdir(ground_path("mail"), 0700), 0);
	run();
	assert_true(is_mailed(position, ground_id(1)));
}

static void erase(struct id person)
{
	GROUND_EVENT(store, person, user_erased, .user = person);
	store_forget(store, person);
	ground_commit(store);
}

static void an_erased_person_has_no_mails_and_gets_none(void **unused)
{
	uint64_t mailed = register_person(ground_id(1)), other = register_person(ground_id(2)), late;

	run();
	late = register_person(ground_id(1));
	erase(ground_id(1));
	run();
	assert_false(is_mailed(mailed, ground_id(1)));
	assert_false(is_mailed(late, ground_id(1)));
	assert_true(is_mailed(other, ground_id(2)));
}

static void an_erasure_waits_for_no_mail_of_the_person(void **unused)
{
	uint64_t mailed = register_person(ground_id(1)), blocked;

	run();
	blocked = register_person(ground_id(1));
	assert_int_equal(mkdir(mail_path(blocked, ground_id(1)), 0700), 0);
	run();
	assert_int_equal(held(), 1);
	assert_int_equal(rmdir(mail_path(blocked, ground_id(1))), 0);
	erase(ground_id(1));
	run();
	assert_false(is_mailed(mailed, ground_id(1)));
	now_us = subscription_due_us(subscription);
	run();
	assert_false(is_mailed(blocked, ground_id(1)));
	assert_int_equal(held(), 0);
}

static int set_up(void **unused)
{
	ground_fresh();
	setenv("ORRERY_DATA", ground_folder(), 1);
	store = ground_open();
	now_us = INT64_C(1767323045678901);
	ground = (struct subscriber_ground){.config = &config, .opener = keys_opener(store_keys(store))};
	if (config_load(&config) || subscription_state_open(ground_folder(), KV_WRITE, &state)
	    || mailer.open(&ground, &owner)
	    || real_world_create(ground_folder(), ground_path("writer.sock"), "test", &real))
		return -1;
	world = *real_world_of(real);
	world.now_us = told_time;
	world.submit = accept_command;
	subscription = subscription_create(&(struct subscription_settings){
		.name = mailer.name,
		.filter = mailer.filter(owner),
		.handler = &mailer.handler,
		.owner = owner,
		.world = &world,
		.state = state,
		.stopping = &stopping,
	});
	return 0;
}

static int tear_down(void **unused)
{
	subscription_destroy(subscription);
	real_world_destroy(real);
	mailer.close(owner);
	subscription_state_close(state);
	config_finish(&config);
	store_close(store);
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_registration_is_mailed_and_stands_in_the_ledger),
		claim(a_mail_that_cannot_be_written_stops_no_other),
		claim(without_a_folder_for_mails_all_of_them_wait_and_none_is_parked),
		claim(an_erased_person_has_no_mails_and_gets_none),
		claim(an_erasure_waits_for_no_mail_of_the_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
