#include "eventstore/vault/keys.h"

#include "eventstore/base/arena.h"
#include "eventstore/disk/kv.h"
#include "eventstore/vault/slots.h"
#include "tests/eventstore/ground.h"
#include "tests/eventstore/sample.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { WRAPPED_SIZE = SEAL_KEY_SIZE + SEAL_OVERHEAD, PERSONS = 200, WINDOW = 8, FORGET_ROUNDS = 300 };

static struct keys *keys;
static struct arena arena;
static struct id    ada, bob;

static enum status try_open(enum keys_mode mode)
{
	return keys_open(ground_path("keys"), ground_path("master.key"), mode, &keys);
}

static void reopen(void)
{
	keys_close(keys);
	keys = NULL;
	assert_int_equal(try_open(KEYS_WRITE), STATUS_OK);
}

static enum status seal_for(struct id person, const char *clear, struct bytes *sealed)
{
	const struct sealer *sealer = keys_sealer(keys);

	return sealer->seal(sealer->owner, person, TEXT("name"), text_from(clear), &arena, sealed);
}

static struct bytes sealed_for(struct id person, const char *clear)
{
	struct bytes sealed = {0};

	assert_int_equal(seal_for(person, clear, &sealed), STATUS_OK);
	return sealed;
}

static enum status open_for(struct id person, const char *label, struct bytes sealed, struct text *clear)
{
	const struct opener *opener = keys_opener(keys);

	return opener->open(opener->owner, person, text_from(label), sealed, &arena, clear);
}

static bool opens_as(struct id person, struct bytes sealed, const char *expected)
{
	struct text clear = {0};

	return open_for(person, "name", sealed, &clear) == STATUS_OK && text_is(clear, expected);
}

static bool is_forgotten(struct id person, struct bytes sealed)
{
	struct text clear = {0};

	return open_for(person, "name", sealed, &clear) == STATUS_FORGOTTEN;
}

/* ---------------------------------------------------------------- what lies on disk */

/* The slot that the vault's table names, or -1 when it names none. */
static int64_t slot_of(struct id person)
{
	struct kv_table tables[] = {{.name = "person"}, {.name = "meta"}};
	struct kv_txn  *snapshot;
	struct kv      *kv;
	struct bytes    value;
	int64_t         slot = -1;

	assert_int_equal(kv_open(ground_path("keys"), KV_READ, tables, 2, &kv), STATUS_OK);
	snapshot = kv_snapshot_create(kv);
	assert_int_equal(kv_snapshot_renew(snapshot), STATUS_OK);
	if (kv_get(snapshot, &tables[0], BYTES(person.bytes, 16), &value) == STATUS_OK && value.size == sizeof(slot))
		memcpy(&slot, value.data, sizeof(slot));
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
	return slot;
}

static void read_wrapped(struct id person, uint8_t wrapped[WRAPPED_SIZE])
{
	struct slots *slots;
	int64_t       slot = slot_of(person);

	assert_true(slot >= 0);
	assert_int_equal(slots_open(ground_path("keys/wrapped"), false, &slots), STATUS_OK);
	assert_int_equal(slots_read(slots, (uint64_t)slot, wrapped, WRAPPED_SIZE), STATUS_OK);
	slots_close(slots);
}

/* All files of the vault, one after the other. */
static struct buffer vault_bytes(void)
{
	static const char *const files[] = {"keys/data.mdb", "keys/lock.mdb", "keys/wrapped"};
	struct buffer            bytes = {0};

	for (size_t i = 0; i < array_count(files); i++) {
		FILE  *file = fopen(ground_path(files[i]), "r");
		size_t size;

		assert_non_null(file);
		while ((size = fread(buffer_reserve(&bytes, 65536), 1, 65536, file)) > 0)
			bytes.size += size;
		fclose(file);
	}
	return bytes;
}

/* Are there eight bytes in a row of these? */
static bool holds_a_piece_of(const struct buffer *vault, const uint8_t wrapped[WRAPPED_SIZE])
{
	for (size_t at = 0; at + WINDOW <= WRAPPED_SIZE; at++)
		if (memmem(vault->data, vault->size, wrapped + at, WINDOW))
			return true;
	return false;
}

static int files_in_vault(void)
{
	DIR *directory = opendir(ground_path("keys"));
	int  count = 0;

	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

/* ---------------------------------------------------------------- claims */

static void what_was_sealed_opens_again_after_a_restart(void **state)
{
	struct bytes sealed = sealed_for(ada, "Ada"), other = sealed_for(bob, "Bob");

	assert_true(opens_as(ada, sealed, "Ada")); /* not on disk yet */
	assert_int_equal(keys_commit(keys), STATUS_OK);
	assert_true(opens_as(ada, sealed, "Ada"));
	reopen();
	assert_true(opens_as(ada, sealed, "Ada"));
	assert_true(opens_as(bob, other, "Bob"));
	/* The same key goes on being used. */
	assert_true(opens_as(ada, sealed_for(ada, "Ada King"), "Ada King"));
}

static void a_key_that_was_not_committed_is_lost(void **state)
{
	struct bytes sealed = sealed_for(ada, "Ada");

	reopen();
	assert_true(is_forgotten(ada, sealed));
}

static void a_value_moved_to_another_person_or_field_does_not_open(void **state)
{
	struct bytes sealed = sealed_for(ada, "Ada");
	struct text  clear;

	sealed_for(bob, "Bob");
	assert_int_equal(open_for(bob, "name", sealed, &clear), STATUS_FORGOTTEN);
	assert_int_equal(open_for(ada, "bio", sealed, &clear), STATUS_FORGOTTEN);
	assert_int_equal(open_for(ada, "name", BYTES(sealed.data, 10), &clear), STATUS_FORGOTTEN);
	assert_int_equal(open_for(ada, "name", sealed, &clear), STATUS_OK);
}

static void keys_are_wrapped_at_rest(void **state)
{
	uint8_t         master[SEAL_KEY_SIZE], wrapped[WRAPPED_SIZE], context[32] = "orrery person 1";
	struct seal_key master_key, key;
	FILE           *file = fopen(ground_path("master.key"), "r");

	assert_non_null(file);
	assert_int_equal(fread(master, 1, sizeof(master), file), sizeof(master));
	fclose(file);
	sealed_for(ada, "Ada");
	assert_int_equal(keys_commit(keys), STATUS_OK);
	read_wrapped(ada, wrapped);
	memcpy(master_key.bytes, master, sizeof(master));
	memcpy(context + 16, ada.bytes, 16);
	assert_true(
		seal_open(&master_key, BYTES(context, sizeof(context)), BYTES(wrapped, sizeof(wrapped)), key.bytes));
	for (size_t at = 0; at + WINDOW <= sizeof(key); at++)
		assert_int_equal(ground_count_in_file(ground_path("keys/wrapped"), BYTES(key.bytes + at, WINDOW)), 0);
	assert_int_equal(ground_count_in_file(ground_path("keys/data.mdb"), BYTES(key.bytes, WINDOW)), 0);
	assert_int_equal(ground_count_in_file(ground_path("keys/data.mdb"), BYTES(master, WINDOW)), 0);
}

static void the_master_key_is_made_for_its_owner_alone(void **state)
{
	struct stat stats;

	assert_int_equal(stat(ground_path("master.key"), &stats), 0);
	assert_int_equal(stats.st_mode & 0777, 0600);
	assert_int_equal(stats.st_size, SEAL_KEY_SIZE);
}

static void a_master_key_that_others_may_read_is_refused(void **state)
{
	keys_close(keys);
	keys = NULL;
	assert_int_equal(chmod(ground_path("master.key"), 0640), 0);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_DENIED);
	assert_int_equal(try_open(KEYS_READ), STATUS_DENIED);
	assert_int_equal(chmod(ground_path("master.key"), 0600), 0);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_OK);
}

static void a_wrong_master_key_is_refused(void **state)
{
	keys_close(keys);
	keys = NULL;
	ground_flip_at(ground_path("master.key"), 3);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_DENIED);
	assert_int_equal(try_open(KEYS_READ), STATUS_DENIED);
	ground_flip_at(ground_path("master.key"), 3);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_OK);
}

static void a_lost_master_key_is_not_made_anew(void **state)
{
	keys_close(keys);
	keys = NULL;
	assert_int_equal(rename(ground_path("master.key"), ground_path("elsewhere")), 0);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_DENIED);
	assert_int_equal(access(ground_path("master.key"), F_OK), -1);
}

static void a_master_key_cut_short_is_corrupt(void **state)
{
	keys_close(keys);
	keys = NULL;
	assert_int_equal(truncate(ground_path("master.key"), 20), 0);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_CORRUPT);
}

static void the_variable_goes_before_the_file(void **state)
{
	static const char *const malformed[] = {"ab",
	                                        "0x00000000000000000000000000000000000000000000000000000000000000",
	                                        "+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1"};

	keys_close(keys);
	keys = NULL;
	for (size_t i = 0; i < array_count(malformed); i++) {
		setenv("ORRERY_MASTER_KEY", malformed[i], 1);
		assert_int_equal(try_open(KEYS_WRITE), STATUS_MALFORMED);
	}
	setenv("ORRERY_MASTER_KEY", "000102030405060708090A0B0C0D0E0f101112131415161718191a1b1c1d1e1f", 1);
	assert_int_equal(try_open(KEYS_WRITE), STATUS_DENIED); /* it is not this vault's */
	unsetenv("ORRERY_MASTER_KEY");
}

static void a_vault_that_nobody_made_is_not_found(void **state)
{
	struct keys *missing;

	assert_int_equal(keys_open(ground_path("nowhere"), ground_path("master.key"), KEYS_READ, &missing),
	                 STATUS_NOT_FOUND);
}

static void secrets_differ_by_label_and_stay(void **state)
{
	struct hash one = keys_secret(keys, TEXT("one")), two = keys_secret(keys, TEXT("two")), again;

	assert_false(hash_equal(&one, &two));
	reopen();
	again = keys_secret(keys, TEXT("one"));
	assert_true(hash_equal(&one, &again));
}

static void a_claim_knows_no_case_but_its_name(void **state)
{
	struct hash lower = keys_claim_hash(keys, TEXT("email"), TEXT("ada@example.org"));
	struct hash upper = keys_claim_hash(keys, TEXT("email"), TEXT("Ada@Example.ORG"));
	struct hash other = keys_claim_hash(keys, TEXT("wallet"), TEXT("ada@example.org"));
	struct hash nearly = keys_claim_hash(keys, TEXT("email"), TEXT("ada@example.or"));

	assert_true(hash_equal(&lower, &upper));
	assert_false(hash_equal(&lower, &other));
	assert_false(hash_equal(&lower, &nearly));
}

/* ---------------------------------------------------------------- forgetting */

static void who_is_forgotten_stays_forgotten(void **state)
{
	struct bytes sealed = sealed_for(ada, "Ada"), other = sealed_for(bob, "Bob"), again;

	assert_int_equal(keys_forget(keys, ada), STATUS_OK);
	assert_true(is_forgotten(ada, sealed));
	assert_int_equal(seal_for(ada, "Ada", &again), STATUS_FORGOTTEN);
	assert_int_equal(keys_commit(keys), STATUS_OK);
	assert_int_equal(keys_forget(keys, ada), STATUS_OK); /* once more */
	reopen();
	assert_true(is_forgotten(ada, sealed));
	assert_int_equal(seal_for(ada, "Ada", &again), STATUS_FORGOTTEN);
	assert_true(opens_as(bob, other, "Bob"));
}

static void who_never_had_a_key_can_be_forgotten_too(void **state)
{
	struct bytes sealed;

	assert_int_equal(keys_forget(keys, ada), STATUS_OK);
	assert_int_equal(seal_for(ada, "Ada", &sealed), STATUS_FORGOTTEN);
	reopen();
	assert_int_equal(seal_for(ada, "Ada", &sealed), STATUS_FORGOTTEN);
}

/* Persons come and go, and after each one no file of the vault holds a piece of the key any more; nor does it later,
 * when pages have been written many times. */
static void no_byte_of_a_forgotten_key_is_left_in_any_file(void **state)
{
	uint8_t       wrapped[PERSONS][WRAPPED_SIZE];
	struct bytes  sealed[PERSONS];
	struct buffer vault;

	for (uint32_t i = 0; i < PERSONS; i++) {
		sealed[i] = sealed_for(ground_id(i), "somebody");
		if (i % 7 == 0)
			assert_int_equal(keys_commit(keys), STATUS_OK);
	}
	assert_int_equal(keys_commit(keys), STATUS_OK);
	for (uint32_t i = 0; i < PERSONS; i++)
		read_wrapped(ground_id(i), wrapped[i]);
	vault = vault_bytes();
	assert_true(holds_a_piece_of(&vault, wrapped[4]));
	buffer_finish(&vault);
	for (uint32_t i = 0; i < PERSONS; i += 2) {
		assert_int_equal(keys_forget(keys, ground_id(i)), STATUS_OK);
		sealed_for(ground_id(PERSONS + i), "somebody else");
		assert_int_equal(keys_commit(keys), STATUS_OK);
	}
	vault = vault_bytes();
	for (uint32_t i = 0; i < PERSONS; i++) {
		assert_int_equal(holds_a_piece_of(&vault, wrapped[i]), i % 2);
		assert_true(i % 2 ? opens_as(ground_id(i), sealed[i], "somebody")
		                  : is_forgotten(ground_id(i), sealed[i]));
	}
	buffer_finish(&vault);
	assert_int_equal(files_in_vault(), 3); /* no file was overlooked */
}

/* As a crash leaves it: the slot is erased, the table still names it. */
static void a_crash_between_erasing_and_the_tombstone_leaves_the_person_forgotten(void **state)
{
	struct bytes  sealed = sealed_for(ada, "Ada"), again;
	struct slots *slots;
	int64_t       slot;

	assert_int_equal(keys_commit(keys), STATUS_OK);
	slot = slot_of(ada);
	assert_int_equal(slots_open(ground_path("keys/wrapped"), true, &slots), STATUS_OK);
	assert_int_equal(slots_erase(slots, (uint64_t)slot), STATUS_OK);
	slots_close(slots);
	reopen();
	assert_true(is_forgotten(ada, sealed));
	assert_int_equal(seal_for(ada, "Ada", &again), STATUS_FORGOTTEN);
	assert_int_equal(keys_forget(keys, ada), STATUS_OK);
	assert_int_equal(slot_of(ada), -1);
	assert_true(is_forgotten(ada, sealed));
}

/* As a crash leaves it: a slot was written, and the table does not name it. */
static void a_crash_between_a_slot_and_the_table_loses_only_that_key(void **state)
{
	struct bytes  sealed = sealed_for(ada, "Ada"), other;
	struct slots *slots;

	assert_int_equal(keys_commit(keys), STATUS_OK);
	assert_int_equal(slots_open(ground_path("keys/wrapped"), true, &slots), STATUS_OK);
	assert_int_equal(slots_write(slots, (uint64_t)slot_of(ada) + 1, BYTES("an orphan", 9)), STATUS_OK);
	slots_close(slots);
	reopen();
	other = sealed_for(bob, "Bob");
	assert_int_equal(keys_commit(keys), STATUS_OK);
	assert_true(opens_as(ada, sealed, "Ada"));
	assert_true(opens_as(bob, other, "Bob"));
}

static void a_damaged_key_is_corrupt_not_forgotten(void **state)
{
	struct bytes sealed = sealed_for(ada, "Ada");
	struct text  clear;

	assert_int_equal(keys_commit(keys), STATUS_OK);
	ground_flip_at(ground_path("keys/wrapped"), (size_t)slot_of(ada) * SLOT_SIZE + 40);
	assert_int_equal(open_for(ada, "name", sealed, &clear), STATUS_CORRUPT);
}

/* The loop's thread seals while the committer's thread forgets the same person: whoever comes first, the person ends up
 * forgotten. */
struct forgetting {
	struct id         person;
	pthread_barrier_t together;
	enum status       status;
};

static void *forget_now(void *owner)
{
	struct forgetting *forgetting = owner;

	pthread_barrier_wait(&forgetting->together);
	forgetting->status = keys_forget(keys, forgetting->person);
	return NULL;
}

static void sealing_beside_forgetting_does_not_bring_anybody_back(void **state)
{
	for (uint32_t i = 0; i < FORGET_ROUNDS; i++) {
		struct forgetting forgetting = {.person = ground_id(i)};
		struct bytes      sealed = {0};
		pthread_t         thread;
		enum status       status;

		pthread_barrier_init(&forgetting.together, NULL, 2);
		assert_int_equal(pthread_create(&thread, NULL, forget_now, &forgetting), 0);
		pthread_barrier_wait(&forgetting.together);
		status = seal_for(forgetting.person, "somebody", &sealed);
		pthread_join(thread, NULL);
		pthread_barrier_destroy(&forgetting.together);
		assert_int_equal(forgetting.status, STATUS_OK);
		assert_true(status == STATUS_OK || status == STATUS_FORGOTTEN);
		assert_int_equal(keys_commit(keys), STATUS_OK);
		assert_int_equal(seal_for(forgetting.person, "somebody", &sealed), STATUS_FORGOTTEN);
	}
}

static int open_keys(void **state)
{
	ground_fresh();
	unsetenv("ORRERY_MASTER_KEY");
	ada = ground_id(100001);
	bob = ground_id(100002);
	return try_open(KEYS_WRITE);
}

static int close_keys(void **state)
{
	keys_close(keys);
	keys = NULL;
	arena_finish(&arena);
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, open_keys, close_keys)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(what_was_sealed_opens_again_after_a_restart),
		claim(a_key_that_was_not_committed_is_lost),
		claim(a_value_moved_to_another_person_or_field_does_not_open),
		claim(keys_are_wrapped_at_rest),
		claim(the_master_key_is_made_for_its_owner_alone),
		claim(a_master_key_that_others_may_read_is_refused),
		claim(a_wrong_master_key_is_refused),
		claim(a_lost_master_key_is_not_made_anew),
		claim(a_master_key_cut_short_is_corrupt),
		claim(the_variable_goes_before_the_file),
		claim(a_vault_that_nobody_made_is_not_found),
		claim(secrets_differ_by_label_and_stay),
		claim(a_claim_knows_no_case_but_its_name),
		claim(who_is_forgotten_stays_forgotten),
		claim(who_never_had_a_key_can_be_forgotten_too),
		claim(no_byte_of_a_forgotten_key_is_left_in_any_file),
		claim(a_crash_between_erasing_and_the_tombstone_leaves_the_person_forgotten),
		claim(a_crash_between_a_slot_and_the_table_loses_only_that_key),
		claim(a_damaged_key_is_corrupt_not_forgotten),
		claim(sealing_beside_forgetting_does_not_bring_anybody_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
