#include "eventstore/vault/keys_box.h"

#include "eventstore/vault/keys.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char vault_path[4096], copy_path[4096], master_path[4096];

static struct keys *open_keys(const char *path, enum keys_mode mode)
{
	struct keys *keys;

	assert_int_equal(keys_open(path, master_path, mode, &keys), STATUS_OK);
	return keys;
}

static struct bytes seal_name(struct keys *keys, struct arena *arena, struct id person)
{
	const struct sealer *sealer = keys_sealer(keys);
	struct bytes         sealed;

	assert_int_equal(sealer->seal(sealer->owner, person, TEXT("name"), TEXT("Ada Lovelace"), arena, &sealed),
	                 STATUS_OK);
	return sealed;
}

static enum status try_open(struct keys *keys, struct arena *arena, struct id person, struct bytes sealed)
{
	const struct opener *opener = keys_opener(keys);
	struct text          clear;
	enum status          status = opener->open(opener->owner, person, TEXT("name"), sealed, arena, &clear);

	if (status == STATUS_OK)
		assert_true(text_is(clear, "Ada Lovelace"));
	return status;
}

static struct keys_box *open_box(const char *path, enum kv_mode mode)
{
	struct keys_box *box;

	assert_int_equal(keys_box_open(path, mode, &box), STATUS_OK);
	return box;
}

static void carry(struct keys_box *from, struct keys_box *to, struct id person)
{
	struct wrapped_key key;

	assert_int_equal(keys_box_read(from, person, &key), STATUS_OK);
	assert_int_equal(keys_box_put(to, person, &key), STATUS_OK);
}

/* A vault with the keys of three persons, and another folder into which all of it was carried. */
struct two {
	struct arena     arena;
	struct bytes     sealed[3];
	struct keys     *keys;
	struct keys_box *from, *to;
};

static void make_two(struct two *two)
{
	*two = (struct two){.keys = open_keys(vault_path, KEYS_WRITE)};
	for (uint32_t i = 0; i < 3; i++)
		two->sealed[i] = seal_name(two->keys, &two->arena, ground_id(i + 1));
	assert_int_equal(keys_commit(two->keys), STATUS_OK);
	two->from = open_box(vault_path, KV_READ);
	two->to = open_box(copy_path, KV_WRITE);
	carry(two->from, two->to, ID_NONE);
	for (uint32_t i = 0; i < 3; i++)
		carry(two->from, two->to, ground_id(i + 1));
	assert_true(keys_box_waiting(two->to) > 0);
	assert_int_equal(keys_box_commit(two->to), STATUS_OK);
	assert_int_equal(keys_box_waiting(two->to), 0);
}

static void finish_two(struct two *two)
{
	keys_box_close(two->from);
	keys_box_close(two->to);
	keys_close(two->keys);
	arena_finish(&two->arena);
}

static void carried_keys_open_what_was_sealed_with_the_master_key_alone(void **state)
{
	struct two   two;
	struct keys *copy;
	struct hash  ours, theirs;

	make_two(&two);
	copy = open_keys(copy_path, KEYS_READ);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(try_open(copy, &two.arena, ground_id(i + 1), two.sealed[i]), STATUS_OK);
	ours = keys_secret(two.keys, TEXT("claim"));
	theirs = keys_secret(copy, TEXT("claim"));
	assert_true(hash_equal(&ours, &theirs));
	keys_close(copy);
	finish_two(&two);
}

static void who_is_forgotten_stays_so_and_leaves_no_byte(void **state)
{
	struct two         two;
	struct wrapped_key key, again;
	struct keys       *copy;
	char               wrapped[4096 + 16];

	make_two(&two);
	snprintf(wrapped, sizeof(wrapped), "%s/wrapped", copy_path);
	assert_int_equal(keys_box_read(two.to, ground_id(2), &key), STATUS_OK);
	assert_int_equal(ground_count_in_file(wrapped, BYTES(key.bytes, sizeof(key.bytes))), 1);
	assert_int_equal(keys_box_forget(two.to, ground_id(2)), STATUS_OK);
	assert_int_equal(keys_box_forget(two.to, ground_id(2)), STATUS_OK);
	assert_int_equal(ground_count_in_file(wrapped, BYTES(key.bytes, sizeof(key.bytes))), 0);
	assert_int_equal(keys_box_read(two.to, ground_id(2), &again), STATUS_FORGOTTEN);
	carry(two.from, two.to, ground_id(2));
	assert_int_equal(keys_box_commit(two.to), STATUS_OK);
	copy = open_keys(copy_path, KEYS_READ);
	assert_int_equal(try_open(copy, &two.arena, ground_id(1), two.sealed[0]), STATUS_OK);
	assert_int_equal(try_open(copy, &two.arena, ground_id(2), two.sealed[1]), STATUS_FORGOTTEN);
	keys_close(copy);
	finish_two(&two);
}

/* Forgotten before the key ever came. */
static void who_is_forgotten_beforehand_gets_no_key(void **state)
{
	struct two         two;
	struct wrapped_key key;

	make_two(&two);
	assert_int_equal(keys_box_forget(two.to, ground_id(9)), STATUS_OK);
	seal_name(two.keys, &two.arena, ground_id(9));
	assert_int_equal(keys_commit(two.keys), STATUS_OK);
	carry(two.from, two.to, ground_id(9));
	assert_int_equal(keys_box_waiting(two.to), 0);
	assert_int_equal(keys_box_read(two.to, ground_id(9), &key), STATUS_FORGOTTEN);
	finish_two(&two);
}

static void all_persons_are_walked_once(void **state)
{
	struct two two;
	struct id  person = ID_NONE;
	int        met = 0;

	make_two(&two);
	while (keys_box_next(two.from, &person) == STATUS_OK) {
		assert_true(id_equal(person, ground_id(1)) || id_equal(person, ground_id(2))
		            || id_equal(person, ground_id(3)));
		met++;
	}
	assert_int_equal(met, 3);
	finish_two(&two);
}

static void another_vaults_root_is_refused(void **state)
{
	struct two         two;
	struct wrapped_key root;

	make_two(&two);
	assert_int_equal(keys_box_read(two.from, ID_NONE, &root), STATUS_OK);
	assert_int_equal(keys_box_put(two.to, ID_NONE, &root), STATUS_OK);
	root.bytes[5] ^= 1;
	assert_int_equal(keys_box_put(two.to, ID_NONE, &root), STATUS_CONFLICT);
	finish_two(&two);
}

static void what_was_not_committed_is_not_there_and_the_state_is(void **state)
{
	struct two          two;
	struct wrapped_key  key;
	enum keys_box_state kept;

	make_two(&two);
	assert_int_equal(keys_box_state(two.from, &kept), STATUS_OK);
	assert_int_equal(kept, BOX_OWN);
	keys_box_set_state(two.to, BOX_PARTIAL);
	assert_int_equal(keys_box_commit(two.to), STATUS_OK);
	seal_name(two.keys, &two.arena, ground_id(4));
	assert_int_equal(keys_commit(two.keys), STATUS_OK);
	carry(two.from, two.to, ground_id(4));
	keys_box_close(two.to);
	two.to = open_box(copy_path, KV_WRITE);
	assert_int_equal(keys_box_read(two.to, ground_id(4), &key), STATUS_NOT_FOUND);
	assert_int_equal(keys_box_state(two.to, &kept), STATUS_OK);
	assert_int_equal(kept, BOX_PARTIAL);
	finish_two(&two);
}

static int fresh_ground(void **state)
{
	ground_fresh();
	snprintf(vault_path, sizeof(vault_path), "%s", ground_path("keys"));
	snprintf(copy_path, sizeof(copy_path), "%s", ground_path("copied"));
	snprintf(master_path, sizeof(master_path), "%s", ground_path("master.key"));
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
		cmocka_unit_test_setup(carried_keys_open_what_was_sealed_with_the_master_key_alone, fresh_ground),
		cmocka_unit_test_setup(who_is_forgotten_stays_so_and_leaves_no_byte, fresh_ground),
		cmocka_unit_test_setup(who_is_forgotten_beforehand_gets_no_key, fresh_ground),
		cmocka_unit_test_setup(all_persons_are_walked_once, fresh_ground),
		cmocka_unit_test_setup(another_vaults_root_is_refused, fresh_ground),
		cmocka_unit_test_setup(what_was_not_committed_is_not_there_and_the_state_is, fresh_ground),
	};

	return cmocka_run_group_tests_name("keys_box", tests, NULL, clear_ground);
}
