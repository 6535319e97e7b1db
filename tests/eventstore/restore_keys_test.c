/* Backups of the vault: what they bring back, and whom they never bring back. */
#include "eventstore/backup/restore.h"
#include "eventstore/disk/folder.h"
#include "schema/events.h"
#include "tests/eventstore/ground.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { ADA = 1, BOB = 2, CLEO = 3, PERSONS = 3 };

static const char *const names[] = {"", "Ada Lovelace", "Bob Bemer", "Cleo Clark"};

static char data[PATH_MAX], elsewhere[PATH_MAX];

static const char *in(const char *folder, const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static struct store *open_store(const char *folder)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = folder, .master_path = master, .index_every_ms = 1};
	struct store         *store;

	snprintf(master, sizeof(master), "%s", ground_path("master.key"));
	assert_int_equal(store_open(&settings, &store), STATUS_OK);
	return store;
}

static void meet(uint32_t number)
{
	struct store *store = open_store(data);

	GROUND_EVENT(store, ground_id(number), profile_changed, .user = ground_id(number),
	             .name = text_from(names[number]));
	ground_commit(store);
	store_close(store);
}

static void erase(uint32_t number)
{
	struct store *store = open_store(data);

	GROUND_EVENT(store, ground_id(number), user_erased, .user = ground_id(number));
	store_forget(store, ground_id(number));
	ground_commit(store);
	store_close(store);
}

struct look {
	struct store *store;
	struct id     person;
	bool          forgotten, known;
};

static bool look_at(void *owner, const struct record *record)
{
	struct look             *look = owner;
	struct arena             arena = {0};
	const struct event_type *type;
	const void              *event;

	if (record->number == EVENT_profile_changed) {
		assert_int_equal(record_event(record, keys_opener(store_keys(look->store)), &arena, &type, &event),
		                 STATUS_OK);
		look->forgotten = text_is_forgotten(((const struct profile_changed *)event)->name);
		look->known = true;
	}
	arena_finish(&arena);
	return true;
}

/* In the data folder, by whoever opens its log and its vault. */
static bool is_forgotten(const char *folder, uint32_t number)
{
	struct look look = {.store = open_store(folder), .person = ground_id(number)};

	assert_int_equal(store_stream_each(look.store, look.person, 1, look_at, &look), STATUS_OK);
	store_close(look.store);
	assert_true(look.known);
	return look.forgotten;
}

static void back_up(enum status (*make)(const struct backup_plan *, struct backup_outcome *), const char *name)
{
	struct backup_plan    plan = {.data = data, .log_keys = ground_path("log-keys"), .to = ground_path(name)};
	struct backup_outcome outcome;

	assert_int_equal(make(&plan, &outcome), STATUS_OK);
}

static void bring_back_log(const char *name)
{
	struct restore_plan    plan = {.from = ground_path(name), .to = elsewhere, .at = UINT64_MAX};
	struct restore_outcome outcome;

	assert_int_equal(restore_log(&plan, &outcome), STATUS_OK);
}

static struct restore_keys_outcome outcome;

static enum status bring_back_keys(const char *to, const char *living, bool force)
{
	struct restore_keys_plan plan = {
		.from = ground_path("keys-backup"), .to = to, .living = living, .force = force};

	return restore_keys(&plan, &outcome);
}

static void yesterdays_log_shows_nobody_whom_todays_vault_has_forgotten(void **state)
{
	back_up(backup_log, "log-backup");
	erase(ADA);
	bring_back_log("log-backup");
	assert_int_equal(rename(in(data, "keys"), ground_path("elsewhere/keys")), 0);
	assert_true(is_forgotten(elsewhere, ADA));
	assert_false(is_forgotten(elsewhere, BOB));
}

static void yesterdays_keys_over_todays_bring_back_nobody(void **state)
{
	back_up(backup_keys, "keys-backup");
	erase(ADA);
	assert_int_equal(bring_back_keys(data, NULL, false), STATUS_OK);
	assert_true(outcome.replaced);
	assert_int_equal(outcome.forgotten, 1);
	assert_int_equal(outcome.persons, PERSONS - 1);
	assert_true(is_forgotten(data, ADA));
	assert_false(is_forgotten(data, BOB));
	/* A second time what the first one put aside would be lost. */
	assert_int_equal(bring_back_keys(data, NULL, false), STATUS_CONFLICT);
	assert_non_null(strstr(outcome.fault, "keys.replaced"));
}

/* The vault is gone; the log of the same folder says who was erased. */
static void a_lost_vault_comes_back_without_those_whom_the_log_erased(void **state)
{
	back_up(backup_keys, "keys-backup");
	erase(BOB);
	ground_remove(in(data, "keys"));
	assert_int_equal(bring_back_keys(data, NULL, false), STATUS_OK);
	assert_false(outcome.replaced);
	assert_true(is_forgotten(data, BOB));
	assert_false(is_forgotten(data, ADA));
}

/* Not one byte of the key is in the new vault, wrapped or not: it was never written there. */
static void the_key_of_an_erased_person_is_not_even_written(void **state)
{
	uint8_t wrapped[3][128];
	FILE   *file;

	back_up(backup_keys, "keys-backup");
	file = fopen(ground_path("keys-backup/keys/wrapped"), "r");
	assert_non_null(file);
	assert_int_equal(fread(wrapped, sizeof(wrapped[0]), PERSONS, file), PERSONS);
	fclose(file);
	erase(ADA);
	ground_remove(in(data, "keys"));
	assert_int_equal(bring_back_keys(data, NULL, false), STATUS_OK);
	/* The persons' ids are in the order of their slots. */
	assert_int_equal(ground_count_in_file(in(data, "keys/wrapped"), BYTES(wrapped[ADA - 1], 72)), 0);
	assert_int_equal(ground_count_in_file(in(data, "keys/data.mdb"), BYTES(wrapped[ADA - 1], 72)), 0);
	assert_int_equal(ground_count_in_file(in(data, "keys/wrapped"), BYTES(wrapped[BOB - 1], 72)), 1);
}

/* Yesterday's log and keys, with today's folder still there: it is asked. */
static void the_living_folder_is_asked_who_was_erased_since(void **state)
{
	back_up(backup_log, "log-backup");
	back_up(backup_keys, "keys-backup");
	erase(CLEO);
	bring_back_log("log-backup");
	assert_int_equal(bring_back_keys(elsewhere, data, false), STATUS_OK);
	assert_true(is_forgotten(elsewhere, CLEO));
	assert_false(is_forgotten(elsewhere, ADA));
}

/* All is lost but the backups: that somebody was erased after them cannot be known. */
static void without_anybody_who_knows_the_erasures_it_is_refused(void **state)
{
	back_up(backup_log, "log-backup");
	erase(ADA);
	back_up(backup_keys, "keys-backup");
	erase(CLEO);
	bring_back_log("log-backup");
	assert_int_equal(bring_back_keys(elsewhere, NULL, false), STATUS_INVALID);
	assert_non_null(strstr(outcome.fault, "say --force"));
	assert_int_not_equal(access(ground_path("elsewhere/keys"), F_OK), 0);
	assert_int_equal(bring_back_keys(elsewhere, NULL, true), STATUS_OK);
	assert_true(is_forgotten(elsewhere, ADA)); /* the backup itself knew */
	assert_false(is_forgotten(elsewhere, CLEO));
}

static void keys_of_another_log_are_refused(void **state)
{
	back_up(backup_keys, "keys-backup");
	strcpy(data, elsewhere);
	meet(ADA);
	assert_int_equal(bring_back_keys(elsewhere, NULL, true), STATUS_INVALID);
	assert_non_null(strstr(outcome.fault, "another log"));
}

static void no_keys_are_brought_back_under_a_running_writer(void **state)
{
	struct store *store;

	back_up(backup_keys, "keys-backup");
	store = open_store(data);
	assert_int_equal(bring_back_keys(data, NULL, false), STATUS_BUSY);
	store_close(store);
	assert_false(is_forgotten(data, ADA));
}

static void a_changed_byte_is_named_by_its_file(void **state)
{
	static const char *const files[] = {"keys/data.mdb", "keys/wrapped", "manifest"};
	char                     path[64];

	back_up(backup_keys, "keys-backup");
	for (size_t i = 0; i < array_count(files); i++) {
		snprintf(path, sizeof(path), "keys-backup/%s", files[i]);
		ground_flip_at(ground_path(path), 100);
		assert_int_equal(bring_back_keys(data, NULL, false), STATUS_CORRUPT);
		assert_non_null(strstr(outcome.fault, files[i]));
		ground_flip_at(ground_path(path), 100);
	}
	assert_int_equal(bring_back_keys(data, NULL, false), STATUS_OK);
}

static int three_persons(void **state)
{
	ground_fresh();
	snprintf(data, sizeof(data), "%s", ground_path("data"));
	snprintf(elsewhere, sizeof(elsewhere), "%s", ground_path("elsewhere"));
	for (uint32_t i = ADA; i <= PERSONS; i++)
		meet(i);
	return 0;
}

static int clear_ground(void **state)
{
	ground_clear();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(yesterdays_log_shows_nobody_whom_todays_vault_has_forgotten, three_persons),
		cmocka_unit_test_setup(yesterdays_keys_over_todays_bring_back_nobody, three_persons),
		cmocka_unit_test_setup(a_lost_vault_comes_back_without_those_whom_the_log_erased, three_persons),
		cmocka_unit_test_setup(the_key_of_an_erased_person_is_not_even_written, three_persons),
		cmocka_unit_test_setup(the_living_folder_is_asked_who_was_erased_since, three_persons),
		cmocka_unit_test_setup(without_anybody_who_knows_the_erasures_it_is_refused, three_persons),
		cmocka_unit_test_setup(keys_of_another_log_are_refused, three_persons),
		cmocka_unit_test_setup(no_keys_are_brought_back_under_a_running_writer, three_persons),
		cmocka_unit_test_setup(a_changed_byte_is_named_by_its_file, three_persons),
	};

	return cmocka_run_group_tests(tests, NULL, clear_ground);
}
