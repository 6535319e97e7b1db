/* The values of states, walked by the tables that the schema makes of them. */
#include "commands/decision.h"
#include "schema/states.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { SAID_SIZE = 2048 };

static char said[SAID_SIZE];

static void say(const char *words)
{
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s", words);
}

/* The path, and an i or an o: the value is there before, after. */
static void note(void *owner, const struct kept_leaf *leaf)
{
	say(leaf->path);
	say(leaf->before ? leaf->after ? " io;" : " i;" : " o;");
}

static const char *compare(const struct user *before, const struct user *after)
{
	*said = '\0';
	kept_compare(noun_type_by_name(TEXT("user"))->state, before, after, note, NULL);
	return said;
}

static void every_value_of_a_state_is_visited_in_the_order_of_the_schema(void **state)
{
	struct user user = {.wallets_count = 1};

	*said = '\0';
	kept_each(noun_type_by_name(TEXT("user"))->state, &user, note, NULL);
	assert_string_equal(said, "id o;exists o;verified o;suspended o;erased o;roles o;sessions_epoch o;"
	                          "verification.hash o;verification.expires_at o;verification.requested_at o;"
	                          "reset.hash o;reset.expires_at o;reset.requested_at o;"
	                          "email_change.hash o;email_change.expires_at o;email_change.requested_at o;"
	                          "email o;email_wanted o;wallets.0.address o;");
}

static void what_is_equal_is_not_told(void **state)
{
	struct user before = {.exists = true, .roles = 2}, after = before;

	text_keep(&before.email, TEXT("ada@example.org"));
	text_keep(&after.email, TEXT("ada@example.org"));
	assert_string_equal(compare(&before, &after), "");
}

static void each_kind_of_value_that_differs_is_told_by_its_path(void **state)
{
	struct user before = {.exists = true, .roles = 2}, after = {.exists = true, .roles = 6};

	after.sessions_epoch = 1;
	after.reset.expires_at = INT64_C(1) << 40;
	after.email_change.hash.bytes[31] = 1;
	after.id.bytes[15] = 1;
	text_keep(&after.email, TEXT("ada@example.org"));
	assert_string_equal(compare(&before, &after), "id io;roles io;sessions_epoch io;reset.expires_at io;"
	                                              "email_change.hash io;email io;");
}

static void items_of_a_list_that_grew_or_shrank_have_one_side_only(void **state)
{
	struct user one = {.wallets_count = 1}, three = {.wallets_count = 3};

	text_keep(&three.wallets[0].address, TEXT("other"));
	assert_string_equal(compare(&one, &three), "wallets.0.address io;wallets.1.address o;wallets.2.address o;");
	assert_string_equal(compare(&three, &one), "wallets.0.address io;wallets.1.address i;wallets.2.address i;");
}

static void a_noun_is_found_by_its_name_and_folds_what_it_remembers(void **state)
{
	const struct noun_type    *noun = noun_type_by_name(TEXT("login"));
	const struct login_failed  failed = {.failures = 3, .locked_until = 9};
	const struct email_changed other = {.email = TEXT("a@b.org")};
	struct login               login = {0};

	assert_null(noun_type_by_name(TEXT("planet")));
	noun_fold(noun, EVENT_login_failed, &login, &failed);
	noun_fold(noun, EVENT_email_changed, &login, &other);
	assert_int_equal(login.failures, 3);
	assert_int_equal(login.locked_until, 9);
}

static void a_noun_knows_whose_streams_it_is_folded_from(void **state)
{
	assert_true(noun_views(noun_type_by_name(TEXT("session")), "session"));
	assert_false(noun_views(noun_type_by_name(TEXT("session")), "user"));
	assert_true(noun_views(noun_type_by_name(TEXT("paper")), "content"));
	assert_false(noun_views(noun_type_by_name(TEXT("paper")), "paper"));
	for (uint32_t i = 0; i < noun_type_count; i++)
		assert_true(noun_types[i].view_count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_of_a_state_is_visited_in_the_order_of_the_schema),
		cmocka_unit_test(what_is_equal_is_not_told),
		cmocka_unit_test(each_kind_of_value_that_differs_is_told_by_its_path),
		cmocka_unit_test(items_of_a_list_that_grew_or_shrank_have_one_side_only),
		cmocka_unit_test(a_noun_is_found_by_its_name_and_folds_what_it_remembers),
		cmocka_unit_test(a_noun_knows_whose_streams_it_is_folded_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
