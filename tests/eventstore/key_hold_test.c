#include "eventstore/vault/keys.h"

#include "eventstore/base/buffer.h"
#include "tests/eventstore/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct id ada = {.bytes = {1, 1}}, bob = {.bytes = {2, 2}};

static struct arena arena;
static struct keys *keys;

static struct text sealed_form(struct id person, const char *clear)
{
	const struct sealer *sealer = keys_sealer(keys);
	struct bytes         sealed;

	assert_int_equal(sealer->seal(sealer->owner, person, TEXT("name"), text_from(clear), &arena, &sealed),
	                 STATUS_OK);
	assert_int_equal(keys_commit(keys), STATUS_OK);
	return personal_form(&arena, person, TEXT("name"), sealed);
}

static bool opens_as(const struct key_hold *hold, struct text form, const char *expected)
{
	struct text clear = personal_open(form, &hold->opener, &arena);

	return expected ? text_is(clear, expected) : text_is_forgotten(clear);
}

static void a_hold_opens_each_person_s_texts_in_any_order(void **state)
{
	struct text     of_ada = sealed_form(ada, "Ada"), of_bob = sealed_form(bob, "Bob");
	struct key_hold hold;

	key_hold_init(&hold, keys);
	assert_true(opens_as(&hold, of_ada, "Ada"));
	assert_true(opens_as(&hold, of_ada, "Ada"));
	assert_true(opens_as(&hold, of_bob, "Bob"));
	assert_true(opens_as(&hold, of_ada, "Ada"));
	key_hold_finish(&hold);
}

static void the_next_hold_knows_nobody_who_was_erased(void **state)
{
	struct text     of_ada = sealed_form(ada, "Ada"), of_bob = sealed_form(bob, "Bob");
	struct key_hold hold;

	key_hold_init(&hold, keys);
	assert_true(opens_as(&hold, of_ada, "Ada"));
	key_hold_finish(&hold);
	assert_int_equal(keys_forget(keys, ada), STATUS_OK);
	key_hold_init(&hold, keys);
	assert_true(opens_as(&hold, of_ada, NULL));
	assert_true(opens_as(&hold, of_bob, "Bob"));
	assert_true(opens_as(&hold, of_ada, NULL));
	key_hold_finish(&hold);
}

static void a_finished_hold_has_no_key(void **state)
{
	struct text           of_ada = sealed_form(ada, "Ada");
	const struct key_hold nothing = {0};
	struct key_hold       hold;

	memset(&hold, 0, sizeof(hold));
	key_hold_init(&hold, keys);
	assert_true(opens_as(&hold, of_ada, "Ada"));
	assert_memory_not_equal(&hold.key, &nothing.key, sizeof(hold.key));
	key_hold_finish(&hold);
	assert_memory_equal(&hold.key, &nothing.key, sizeof(hold.key));
}

static int open_keys(void **state)
{
	ground_fresh();
	assert_int_equal(keys_open(ground_path("keys"), ground_path("master.key"), KEYS_WRITE, &keys), STATUS_OK);
	return 0;
}

static int close_keys(void **state)
{
	keys_close(keys);
	arena_finish(&arena);
	ground_clear();
	return 0;
}

#define claim(test) cmocka_unit_test_setup_teardown(test, open_keys, close_keys)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(a_hold_opens_each_person_s_texts_in_any_order),
		claim(the_next_hold_knows_nobody_who_was_erased),
		claim(a_finished_hold_has_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
