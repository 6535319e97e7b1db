/* The mail subscriber on a real log and vault, its mails being files. */
#include "schema/events.h"
#include "tests/subscribers/scene.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

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

static void a_registration_is_mailed_and_stands_in_the_ledger(void **unused)
{
	uint64_t      position = scene_register(ground_id(1));
	struct effect effect;

	scene_run();
	assert_true(is_mailed(position, ground_id(1)));
	assert_int_equal(
		subscription_state_effect(scene.state, subscription_id(TEXT("mail")), position, TEXT("mail"), &effect),
		STATUS_OK);
	assert_int_equal(effect.outcome, EFFECT_DONE);
}

static void a_mail_that_cannot_be_written_stops_no_other(void **unused)
{
	uint64_t blocked = scene_register(ground_id(1)), free_one;

	assert_int_equal(mkdir(mail_path(blocked, ground_id(1)), 0700), 0);
	free_one = scene_register(ground_id(2));
	scene_run();
	assert_true(is_mailed(free_one, ground_id(2)));
	assert_int_equal(scene_held(), 1);
	assert_int_equal(rmdir(mail_path(blocked, ground_id(1))), 0);
	scene.now_us = subscription_due_us(scene.subscription);
	scene_run();
	assert_true(is_mailed(blocked, ground_id(1)));
	assert_int_equal(scene_held(), 0);
}

static void without_a_folder_for_mails_all_of_them_wait_and_none_is_parked(void **unused)
{
	uint64_t position = scene_register(ground_id(1));

	assert_int_equal(rmdir(ground_path("mail")), 0);
	for (int i = 0; i < 20; i++) {
		scene_run();
		scene.now_us = subscription_due_us(scene.subscription);
	}
	assert_int_equal(scene_held(), 1);
	assert_int_equal(mkdir(ground_path("mail"), 0700), 0);
	scene_run();
	assert_true(is_mailed(position, ground_id(1)));
}

static void erase(struct id person)
{
	GROUND_EVENT(scene.store, person, user_erased, .user = person);
	store_forget(scene.store, person);
	ground_commit(scene.store);
}

static void an_erased_person_has_no_mails_and_gets_none(void **unused)
{
	uint64_t mailed = scene_register(ground_id(1)), other = scene_register(ground_id(2)), late;

	scene_run();
	late = scene_register(ground_id(1));
	erase(ground_id(1));
	scene_run();
	assert_false(is_mailed(mailed, ground_id(1)));
	assert_false(is_mailed(late, ground_id(1)));
	assert_true(is_mailed(other, ground_id(2)));
}

static void an_erasure_waits_for_no_mail_of_the_person(void **unused)
{
	uint64_t mailed = scene_register(ground_id(1)), blocked;

	scene_run();
	blocked = scene_register(ground_id(1));
	assert_int_equal(mkdir(mail_path(blocked, ground_id(1)), 0700), 0);
	scene_run();
	assert_int_equal(scene_held(), 1);
	assert_int_equal(rmdir(mail_path(blocked, ground_id(1))), 0);
	erase(ground_id(1));
	scene_run();
	assert_false(is_mailed(mailed, ground_id(1)));
	scene.now_us = subscription_due_us(scene.subscription);
	scene_run();
	assert_false(is_mailed(blocked, ground_id(1)));
	assert_int_equal(scene_held(), 0);
}

static uint64_t invite(struct id person)
{
	uint64_t position = GROUND_EVENT(scene.store, person, project_invited, .project = ground_id(9),
	                                 .member = person, .role = PROJECT_ROLE_editor);

	ground_commit(scene.store);
	return position;
}

static void choose(struct id person, enum notification_kind kind, bool on)
{
	const struct notification_choice choice = {.kind = kind, .channel = CHANNEL_mail, .on = on};

	GROUND_EVENT(scene.store, person, preferences_changed, .user = person,
	             .notifications = {.items = &choice, .count = 1});
	ground_commit(scene.store);
}

/* What holds is what was chosen last before the event, of this kind alone. */
static void letters_of_a_kind_go_to_whom_they_are_about_unless_unwanted(void **unused)
{
	struct id ada = ground_id(1);
	uint64_t  asked, after_other, unwanted, wanted;

	scene_register(ada);
	asked = invite(ada);
	choose(ada, NOTIFICATION_KIND_course, false);
	after_other = invite(ada);
	choose(ada, NOTIFICATION_KIND_project, false);
	unwanted = invite(ada);
	choose(ada, NOTIFICATION_KIND_project, true);
	wanted = invite(ada);
	scene_run();
	assert_true(is_mailed(asked, ada));
	assert_true(is_mailed(after_other, ada));
	assert_false(is_mailed(unwanted, ada));
	assert_true(is_mailed(wanted, ada));
}

static int set_up(void **unused)
{
	scene_set_up(NULL);
	scene_start(&mailer, mailer.open);
	return 0;
}

static int tear_down(void **unused)
{
	scene_stop();
	scene_tear_down();
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
		claim(letters_of_a_kind_go_to_whom_they_are_about_unless_unwanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
