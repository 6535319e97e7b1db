#include "eventstore/log/notary.h"

#include "eventstore/base/checkpoint.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/log_keys.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static enum status try_start(struct notary **notary)
{
	char                   keys[4096], file[4096];
	struct notary_settings settings = {
		.data = ground_folder(), .keys = keys, .name = TEXT("school.example/log"), .file = file};

	snprintf(keys, sizeof(keys), "%s", ground_path("log-keys"));
	snprintf(file, sizeof(file), "%s", ground_path(NOTARY_FILE));
	return notary_start(&settings, notary);
}

static void sign_once(void)
{
	struct notary *notary;

	assert_int_equal(try_start(&notary), STATUS_OK);
	notary_stop(notary);
}

static void happen(struct store *store, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		ground_happen(store, ground_id(1));
	ground_commit(store);
}

static void write_log(uint32_t count)
{
	struct store *store = ground_open();

	happen(store, count);
	store_close(store);
}

static struct log_keys keys_there(void)
{
	struct log_keys keys;

	assert_int_equal(log_keys_read(ground_path("log-keys"), &keys), STATUS_OK);
	return keys;
}

/* The checkpoint in the file, signed by key number `key`; the text lives until the next call. */
static struct checkpoint read_checkpoint(uint32_t key)
{
	static struct buffer note;
	struct log_keys      keys = keys_there();
	struct note_verifier verifier = note_signer_verifier(&keys.signers[key]);
	struct checkpoint    checkpoint;

	buffer_finish(&note);
	note = (struct buffer){0};
	assert_int_equal(whole_file_read(ground_path(NOTARY_FILE), NOTE_SIZE_MAX, &note), STATUS_OK);
	assert_int_equal(
		checkpoint_verify((struct text){.data = (char *)note.data, .size = note.size}, &verifier, &checkpoint),
		STATUS_OK);
	return checkpoint;
}

static void what_is_durable_is_signed(void **state)
{
	struct store     *store = ground_open();
	struct notary    *notary;
	struct reader    *reader;
	struct checkpoint checkpoint;
	struct hash       root;

	happen(store, 5);
	assert_int_equal(try_start(&notary), STATUS_OK);
	checkpoint = read_checkpoint(0);
	assert_int_equal(checkpoint.size, 5);
	assert_true(text_is(checkpoint.origin, "school.example/log"));
	happen(store, 300);
	notary_stop(notary);
	checkpoint = read_checkpoint(0);
	assert_int_equal(checkpoint.size, 305);
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
	struct merkle_source tree = reader_tree(reader);

	assert_int_equal(merkle_root(&tree, 305, &root), STATUS_OK);
	assert_true(hash_equal(&root, &checkpoint.root));
	reader_close(reader);
	store_close(store);
}

static void every_key_signs_and_a_new_one_needs_no_restart(void **state)
{
	struct store        *store = ground_open();
	struct notary       *notary;
	struct note_verifier added;

	assert_int_equal(try_start(&notary), STATUS_OK);
	assert_int_equal(log_keys_add(ground_path("log-keys"), TEXT("ignored"), &added), STATUS_OK);
	assert_string_equal(added.name, "school.example/log");
	happen(store, 1);
	notary_stop(notary);
	assert_int_equal(keys_there().count, 2);
	assert_int_equal(read_checkpoint(0).size, 1);
	assert_int_equal(read_checkpoint(1).size, 1);
	store_close(store);
}

static void a_log_that_lost_what_was_signed_is_refused(void **state)
{
	struct notary *notary;

	write_log(3);
	sign_once();
	ground_remove(ground_path("log"));
	ground_remove(ground_path("index"));
	write_log(2);
	assert_int_equal(try_start(&notary), STATUS_CORRUPT);
}

static void a_log_with_another_past_is_refused(void **state)
{
	struct notary *notary;

	write_log(3);
	sign_once();
	ground_remove(ground_path("log"));
	ground_remove(ground_path("index"));
	write_log(4);
	assert_int_equal(try_start(&notary), STATUS_CORRUPT);
}

static void a_damaged_checkpoint_is_signed_anew(void **state)
{
	write_log(3);
	sign_once();
	assert_int_equal(truncate(ground_path(NOTARY_FILE), 10), 0);
	sign_once();
	assert_int_equal(read_checkpoint(0).size, 3);
}

static void a_key_that_others_may_read_is_denied(void **state)
{
	struct notary  *notary;
	struct log_keys keys;
	char            path[4096];

	write_log(1);
	sign_once();
	keys = keys_there();
	snprintf(path, sizeof(path), "%s/%08x.key", ground_path("log-keys"), note_signer_verifier(&keys.signers[0]).id);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(try_start(&notary), STATUS_DENIED);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 20), 0);
	assert_int_equal(try_start(&notary), STATUS_CORRUPT);
}

static void keys_are_added_and_removed_but_never_the_last(void **state)
{
	const char          *folder = ground_path("log-keys");
	struct note_verifier first, second, more;

	assert_int_equal(log_keys_remove(folder, 1), STATUS_NOT_FOUND);
	assert_int_equal(log_keys_add(folder, TEXT("a name"), &first), STATUS_INVALID);
	assert_int_equal(log_keys_add(folder, TEXT("a/log"), &first), STATUS_OK);
	assert_int_equal(log_keys_remove(folder, first.id), STATUS_CONFLICT);
	assert_int_equal(log_keys_add(folder, TEXT("a/log"), &second), STATUS_OK);
	assert_int_equal(log_keys_remove(folder, first.id), STATUS_OK);
	assert_int_equal(log_keys_remove(folder, first.id), STATUS_NOT_FOUND);
	for (int i = 1; i < LOG_KEYS_MAX; i++)
		assert_int_equal(log_keys_add(folder, TEXT("a/log"), &more), STATUS_OK);
	assert_int_equal(log_keys_add(folder, TEXT("a/log"), &more), STATUS_FULL);
}

static int fresh_ground(void **state)
{
	ground_fresh();
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
		cmocka_unit_test_setup(what_is_durable_is_signed, fresh_ground),
		cmocka_unit_test_setup(every_key_signs_and_a_new_one_needs_no_restart, fresh_ground),
		cmocka_unit_test_setup(a_log_that_lost_what_was_signed_is_refused, fresh_ground),
		cmocka_unit_test_setup(a_log_with_another_past_is_refused, fresh_ground),
		cmocka_unit_test_setup(a_damaged_checkpoint_is_signed_anew, fresh_ground),
		cmocka_unit_test_setup(a_key_that_others_may_read_is_denied, fresh_ground),
		cmocka_unit_test_setup(keys_are_added_and_removed_but_never_the_last, fresh_ground),
	};

	return cmocka_run_group_tests_name("notary", tests, NULL, clear_ground);
}
