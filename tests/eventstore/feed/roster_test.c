#include "eventstore/feed/roster.h"

#include "eventstore/base/hash.h"
#include "eventstore/disk/whole_file.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[4096];

/* The text of a fresh key; valid until the next call. */
static struct text fresh_key(struct noise_public *out)
{
	static char      text[IDENTITY_KEY_TEXT_SIZE + 1];
	struct noise_key key;

	noise_key_fresh(&key);
	identity_key_format(&key.public, text);
	if (out)
		*out = key.public;
	return text_from(text);
}

static struct roster roster_there(void)
{
	struct roster roster;

	assert_int_equal(roster_read(folder, &roster), STATUS_OK);
	return roster;
}

static enum status add(const char *name)
{
	return roster_add(folder, text_from(name), fresh_key(NULL), false);
}

static void who_was_added_is_found_by_the_key_until_removed(void **state)
{
	struct noise_public key;
	struct roster       roster = roster_there();

	assert_int_equal(roster.count, 0);
	assert_int_equal(add("first"), STATUS_OK);
	assert_int_equal(roster_add(folder, TEXT("stand-by_2.example"), fresh_key(&key), true), STATUS_OK);
	assert_int_equal(add("third"), STATUS_OK);
	roster = roster_there();
	assert_int_equal(roster.count, 3);
	assert_string_equal(roster_find(&roster, &key)->name, "stand-by_2.example");
	assert_true(roster_find(&roster, &key)->keys);
	assert_false(roster.entries[0].keys || roster.entries[2].keys);
	assert_int_equal(roster_remove(folder, TEXT("stand-by_2.example")), STATUS_OK);
	assert_int_equal(roster_remove(folder, TEXT("stand-by_2.example")), STATUS_NOT_FOUND);
	roster = roster_there();
	assert_int_equal(roster.count, 2);
	assert_null(roster_find(&roster, &key));
}

static void a_name_and_a_key_are_there_once(void **state)
{
	struct noise_public key;
	char                text[IDENTITY_KEY_TEXT_SIZE + 1];

	fresh_key(&key);
	identity_key_format(&key, text);
	assert_int_equal(roster_add(folder, TEXT("one"), text_from(text), false), STATUS_OK);
	assert_int_equal(roster_add(folder, TEXT("two"), text_from(text), false), STATUS_CONFLICT);
	assert_int_equal(add("one"), STATUS_CONFLICT);
}

static void what_cannot_be_a_name_or_a_key_is_invalid(void **state)
{
	char long_name[ROSTER_NAME_SIZE_MAX + 2];

	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(add(""), STATUS_INVALID);
	assert_int_equal(add("two words"), STATUS_INVALID);
	assert_int_equal(add("line\nfeed"), STATUS_INVALID);
	assert_int_equal(add(long_name), STATUS_INVALID);
	assert_int_equal(add(long_name + 1), STATUS_OK);
	assert_int_equal(roster_add(folder, TEXT("a"), TEXT("short"), false), STATUS_INVALID);
	assert_int_equal(roster_add(folder, TEXT("a"), TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), false),
	                 STATUS_INVALID); /* 33 bytes */
}

static void there_are_no_more_than_the_maximum(void **state)
{
	char name[16];

	for (int i = 0; i < ROSTER_MAX; i++) {
		snprintf(name, sizeof(name), "follower-%d", i);
		assert_int_equal(add(name), STATUS_OK);
	}
	assert_int_equal(add("one-more"), STATUS_FULL);
	assert_int_equal(roster_there().count, ROSTER_MAX);
}

static void a_damaged_file_lets_nobody_in(void **state)
{
	static const char *const damaged[] = {"name\n", "name key\n", "name", "name keys\n", " AAAA\n", "\n"};
	struct roster            roster;
	char                     path[4096 + 16];

	assert_int_equal(add("somebody"), STATUS_OK);
	snprintf(path, sizeof(path), "%s/followers", folder);
	for (size_t i = 0; i < array_count(damaged); i++) {
		assert_int_equal(whole_file_write(path, text_bytes(text_from(damaged[i])), 0600), STATUS_OK);
		assert_int_equal(roster_read(folder, &roster), STATUS_CORRUPT);
	}
}

static void the_own_key_is_made_once_and_for_its_owner_alone(void **state)
{
	struct noise_key first, again;
	struct stat      about;
	char             path[4096 + 16];

	assert_int_equal(roster_own_key(folder, &first), STATUS_OK);
	assert_int_equal(roster_own_key(folder, &again), STATUS_OK);
	assert_memory_equal(&first, &again, sizeof(first));
	snprintf(path, sizeof(path), "%s/feed.key", folder);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(roster_own_key(folder, &again), STATUS_DENIED);
	assert_int_equal(whole_file_write(path, BYTES("no key\n", 7), 0600), STATUS_OK);
	assert_int_equal(roster_own_key(folder, &again), STATUS_CORRUPT);
}

static int fresh_ground(void **state)
{
	ground_fresh();
	snprintf(folder, sizeof(folder), "%s", ground_path("feed"));
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
		cmocka_unit_test_setup(who_was_added_is_found_by_the_key_until_removed, fresh_ground),
		cmocka_unit_test_setup(a_name_and_a_key_are_there_once, fresh_ground),
		cmocka_unit_test_setup(what_cannot_be_a_name_or_a_key_is_invalid, fresh_ground),
		cmocka_unit_test_setup(there_are_no_more_than_the_maximum, fresh_ground),
		cmocka_unit_test_setup(a_damaged_file_lets_nobody_in, fresh_ground),
		cmocka_unit_test_setup(the_own_key_is_made_once_and_for_its_owner_alone, fresh_ground),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, clear_ground);
}
