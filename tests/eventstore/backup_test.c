/* Backups of the log, and bringing them back. */
#include "eventstore/backup/restore.h"
#include "eventstore/base/checkpoint.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/whole_file.h"
#include "eventstore/log/notary.h"
#include "tests/eventstore/ground.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { EVENTS = 300, LATER = 20 };

/* Kept apart from ground_path, whose texts a fresh ground ends. */
static char backup[PATH_MAX], restored[PATH_MAX], log_keys[PATH_MAX];

static void name_folders(void)
{
	snprintf(backup, sizeof(backup), "%s", ground_path("backup"));
	snprintf(restored, sizeof(restored), "%s", ground_path("restored"));
	snprintf(log_keys, sizeof(log_keys), "%s", ground_path("log-keys"));
}

static void write_events(uint32_t count)
{
	struct store *store = ground_open();

	for (uint32_t i = 0; i < count; i++)
		ground_happen(store, ground_id(1 + i % 3));
	ground_commit(store);
	store_close(store);
}

static void sign(void)
{
	char                   keys[PATH_MAX + 8], file[PATH_MAX];
	struct notary_settings settings = {
		.data = ground_folder(), .keys = keys, .name = TEXT("school.example/log"), .file = file};
	struct notary *notary;

	assert_int_equal(folder_make(log_keys), STATUS_OK);
	snprintf(keys, sizeof(keys), "%s/1", log_keys);
	snprintf(file, sizeof(file), "%s", ground_path(NOTARY_FILE));
	assert_int_equal(notary_start(&settings, &notary), STATUS_OK);
	notary_stop(notary);
}

static struct note_verifier public_key(void)
{
	struct log_keys      keys;
	struct note_verifier verifier;
	char                 folder[PATH_MAX + 8];

	snprintf(folder, sizeof(folder), "%s/1", log_keys);
	assert_int_equal(log_keys_read(folder, &keys), STATUS_OK);
	verifier = note_signer_verifier(&keys.signers[0]);
	secret_wipe(&keys, sizeof(keys));
	return verifier;
}

static enum status try_back_up(struct backup_outcome *outcome)
{
	struct backup_plan plan = {.data = ground_folder(), .log_keys = log_keys, .to = backup};

	return backup_log(&plan, outcome);
}

static struct backup_outcome back_up(void)
{
	struct backup_outcome outcome;

	assert_int_equal(try_back_up(&outcome), STATUS_OK);
	return outcome;
}

static struct restore_plan plan_of(const char *to)
{
	return (struct restore_plan){.from = backup, .to = to, .at = UINT64_MAX};
}

static struct restore_outcome restore(struct restore_plan plan)
{
	struct restore_outcome outcome;

	assert_int_equal(restore_log(&plan, &outcome), STATUS_OK);
	return outcome;
}

/* With the sentence that is expected somewhere in what is said, and nothing left behind. */
static void refuse(struct restore_plan plan, enum status expected, const char *sentence)
{
	struct restore_outcome outcome;

	assert_int_equal(restore_log(&plan, &outcome), expected);
	assert_non_null(strstr(outcome.fault, sentence));
	assert_true(folder_vacant(restored));
	assert_int_not_equal(access(ground_path("restored.part"), F_OK), 0);
}

static bool leaf_into(void *owner, const struct record *record)
{
	struct hash *leaves = owner;

	leaves[record->position] = record->leaf;
	return true;
}

static uint64_t read_leaves(const char *data, struct hash leaves[EVENTS + LATER + 1])
{
	struct reader *reader;
	uint64_t       head;

	memset(leaves, 0, sizeof(struct hash) * (EVENTS + LATER + 1));
	assert_int_equal(reader_open(data, &reader), STATUS_OK);
	assert_int_equal(reader_each(reader, 1, UINT32_MAX, leaf_into, leaves), STATUS_OK);
	assert_int_equal(reader_head(reader, &head), STATUS_OK);
	reader_close(reader);
	return head;
}

static void a_restored_log_holds_what_was_backed_up_in_a_new_epoch(void **state)
{
	static struct hash     before[EVENTS + LATER + 1], after[EVENTS + LATER + 1];
	struct restore_outcome outcome;

	assert_int_equal(read_leaves(ground_folder(), before), EVENTS);
	assert_int_equal(back_up().manifest.head, EVENTS);
	write_events(LATER);
	outcome = restore(plan_of(restored));
	assert_int_equal(read_leaves(restored, after), EVENTS);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(outcome.identity.epoch, 2);
	assert_int_equal(identity_began(&outcome.identity), EVENTS + 1);
	assert_true(identity_holds(&outcome.identity, outcome.manifest.store, 1, EVENTS));
	assert_false(identity_holds(&outcome.identity, outcome.manifest.store, 1, EVENTS + 1));
}

static void a_store_opens_on_it_and_goes_on(void **state)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = restored, .master_path = master};
	struct store         *store;

	back_up();
	restore(plan_of(restored));
	snprintf(master, sizeof(master), "%s", ground_path("master.key"));
	/* Without the vault no writer begins. */
	assert_int_equal(store_open(&settings, &store), STATUS_DENIED);
	assert_int_equal(rename(ground_path("keys"), ground_path("restored/keys")), 0);
	assert_int_equal(store_open(&settings, &store), STATUS_OK);
	assert_int_equal(store_head(store), EVENTS);
	assert_int_equal(ground_happen(store, ground_id(1)), EVENTS + 1);
	ground_commit(store);
	store_close(store);
}

static void a_log_is_restored_up_to_any_position(void **state)
{
	static struct hash  before[EVENTS + LATER + 1], after[EVENTS + LATER + 1];
	struct restore_plan plan = plan_of(restored);

	read_leaves(ground_folder(), before);
	back_up();
	plan.at = 77;
	plan.epoch = 9;
	assert_int_equal(restore(plan).identity.epoch, 9);
	assert_int_equal(read_leaves(restored, after), 77);
	assert_memory_equal(before, after, 78 * sizeof(before[0]));
	ground_remove(restored);
	plan.at = EVENTS + 1;
	refuse(plan, STATUS_INVALID, "It ends at position 300.");
}

/* The checkpoint is of fewer events than the backup, since the writer signs after it has answered. */
static void its_checkpoint_tells_whose_log_it_is(void **state)
{
	struct restore_plan  plan = plan_of(restored);
	struct note_verifier ours, others;
	struct note_signer   signer = {.name = "school.example/log"};

	sign();
	write_events(LATER);
	assert_int_equal(back_up().checkpoint_size, EVENTS);
	sign_key_fresh(&signer.key);
	others = note_signer_verifier(&signer);
	plan.log_key = &others;
	refuse(plan, STATUS_DENIED, "not signed by the key school.example/log");
	ours = public_key();
	plan.log_key = &ours;
	assert_int_equal(restore(plan).trust, TRUST_LOG_KEY);
	plan.to = NULL;
	plan.log_key = NULL;
	assert_int_equal(restore(plan).trust, TRUST_OWN_KEY);
}

static void a_key_that_nothing_is_signed_by_is_not_passed_over(void **state)
{
	struct restore_plan  plan = plan_of(restored);
	struct note_signer   signer = {.name = "school.example/log"};
	struct note_verifier others;

	back_up();
	assert_int_equal(restore(plan_of(NULL)).trust, TRUST_NONE);
	sign_key_fresh(&signer.key);
	others = note_signer_verifier(&signer);
	plan.log_key = &others;
	refuse(plan, STATUS_DENIED, "no checkpoint");
}

/* Somebody who can write the backup and knows no key. */
static void a_backup_that_contradicts_its_checkpoint_is_refused(void **state)
{
	struct manifest manifest;
	struct buffer   note = {0};

	sign();
	back_up();
	assert_int_equal(whole_file_read(ground_path("backup/checkpoint"), NOTE_SIZE_MAX, &note), STATUS_OK);
	ground_remove(ground_path("log"));
	ground_remove(ground_path("index"));
	ground_remove(ground_path("checkpoint"));
	ground_remove(backup);
	write_events(EVENTS);
	back_up();
	assert_int_equal(whole_file_write(ground_path("backup/checkpoint"), buffer_bytes(&note), 0600), STATUS_OK);
	assert_int_equal(manifest_read(backup, &manifest), STATUS_OK);
	assert_int_equal(manifest_add_file(&manifest, backup, "checkpoint"), STATUS_OK);
	assert_int_equal(manifest_write(&manifest, backup), STATUS_OK);
	refuse(plan_of(restored), STATUS_CORRUPT, "contradicts its signed checkpoint");
	buffer_finish(&note);
}

/* Any byte: one in some hundreds of the large file, every one of the small ones. */
static void a_changed_byte_anywhere_is_named_by_its_file(void **state)
{
	static const struct {
		const char *path, *name;
		size_t      stride;
	} files[] = {{"backup/log/data.mdb", "log/data.mdb", 577},
	             {"backup/checkpoint", "checkpoint", 1},
	             {"backup/manifest", "manifest", 1}};
	struct stat about;

	sign();
	back_up();
	for (size_t i = 0; i < array_count(files); i++) {
		assert_int_equal(stat(ground_path(files[i].path), &about), 0);
		for (size_t at = 0; at < (size_t)about.st_size; at += files[i].stride) {
			ground_flip_at(ground_path(files[i].path), at);
			refuse(plan_of(restored), STATUS_CORRUPT, files[i].name);
			ground_flip_at(ground_path(files[i].path), at);
		}
	}
	restore(plan_of(restored));
}

static void a_missing_or_shortened_file_is_named(void **state)
{
	back_up();
	assert_int_equal(truncate(ground_path("backup/log/data.mdb"), 8192), 0);
	refuse(plan_of(restored), STATUS_CORRUPT, "log/data.mdb");
	assert_int_equal(unlink(ground_path("backup/log/data.mdb")), 0);
	refuse(plan_of(restored), STATUS_CORRUPT, "log/data.mdb");
	assert_int_equal(unlink(ground_path("backup/manifest")), 0);
	refuse(plan_of(restored), STATUS_NOT_FOUND, "no manifest");
}

static void a_damaged_log_is_not_backed_up(void **state)
{
	struct backup_outcome outcome;
	struct record         record = ground_record(ground_id(1));
	struct store         *store = ground_open();
	const char           *file = ground_path("log/data.mdb");
	struct bytes          mark = BYTES("to be found here", 16);

	record.payload = mark;
	ground_append(store, &record);
	ground_commit(store);
	store_close(store);
	write_events(LATER);
	/* Pages that LMDB does not use any more hold it too. */
	for (size_t left = ground_count_in_file(file, mark); left > 0; left--)
		ground_flip_at(file, ground_find_in_file(file, mark));
	assert_int_equal(try_back_up(&outcome), STATUS_CORRUPT);
	assert_int_equal(outcome.damaged, EVENTS + 1);
	assert_true(folder_vacant(backup));
	assert_int_not_equal(access(ground_path("backup.part"), F_OK), 0);
}

static void what_is_there_is_not_written_over(void **state)
{
	struct backup_outcome  outcome;
	struct restore_outcome restoring;
	struct restore_plan    plan = plan_of(ground_folder());

	back_up();
	assert_int_equal(try_back_up(&outcome), STATUS_CONFLICT);
	assert_int_equal(restore_log(&plan, &restoring), STATUS_CONFLICT);
	assert_non_null(strstr(restoring.fault, "is not empty"));
	assert_int_equal(mkdir(restored, 0700), 0);
	restore(plan_of(restored)); /* an empty folder is in nobody's way */
}

/* What a crash left behind is gone, what another process is making is not touched. */
static void a_half_made_restore_is_begun_anew_unless_somebody_is_making_it(void **state)
{
	struct restore_outcome outcome;
	struct restore_plan    plan = plan_of(restored);
	int                    held;

	back_up();
	assert_int_equal(mkdir(ground_path("restored.part"), 0700), 0);
	assert_int_equal(mkdir(ground_path("restored.part/unfinished"), 0700), 0);
	held = open(ground_path("restored.part"), O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(held, LOCK_EX), 0);
	assert_int_equal(restore_log(&plan, &outcome), STATUS_BUSY);
	assert_int_equal(access(ground_path("restored.part/unfinished"), F_OK), 0);
	close(held);
	restore(plan);
	assert_int_not_equal(access(ground_path("restored.part"), F_OK), 0);
	assert_int_not_equal(access(ground_path("restored/unfinished"), F_OK), 0);
}

static int fresh_log(void **state)
{
	ground_fresh();
	name_folders();
	write_events(EVENTS);
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
		cmocka_unit_test_setup(a_restored_log_holds_what_was_backed_up_in_a_new_epoch, fresh_log),
		cmocka_unit_test_setup(a_store_opens_on_it_and_goes_on, fresh_log),
		cmocka_unit_test_setup(a_log_is_restored_up_to_any_position, fresh_log),
		cmocka_unit_test_setup(its_checkpoint_tells_whose_log_it_is, fresh_log),
		cmocka_unit_test_setup(a_key_that_nothing_is_signed_by_is_not_passed_over, fresh_log),
		cmocka_unit_test_setup(a_backup_that_contradicts_its_checkpoint_is_refused, fresh_log),
		cmocka_unit_test_setup(a_changed_byte_anywhere_is_named_by_its_file, fresh_log),
		cmocka_unit_test_setup(a_missing_or_shortened_file_is_named, fresh_log),
		cmocka_unit_test_setup(a_damaged_log_is_not_backed_up, fresh_log),
		cmocka_unit_test_setup(what_is_there_is_not_written_over, fresh_log),
		cmocka_unit_test_setup(a_half_made_restore_is_begun_anew_unless_somebody_is_making_it, fresh_log),
	};

	return cmocka_run_group_tests(tests, NULL, clear_ground);
}
