/* The read models: given these events, what is shown. */
#include "tests/projections/stage.h"

#include "schema/commands.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ADA stage_id(1)
#define BERT stage_id(2)
#define SESSION stage_id(100)
#define LOGIN stage_id(200)

static void registered(struct stage *stage, struct id user, const char *email, const char *name)
{
	HAPPEN(stage, user_registered, .user = user, .email = text_from(email), .password_hash = TEXT("$argon2id$x"),
	       .name = text_from(name), .locale = TEXT("de-AT"), .region = TEXT("AT"),
	       .token = TEXT("0123456789012345678901234567890123456789012"), .token_hash = {{1}}, .expires_at = 1);
}

static void logged_in(struct stage *stage, struct id session, struct id user, struct id login)
{
	HAPPEN(stage, session_started, .session = session, .user = user, .login = login,
	       .method = LOGIN_METHOD_password, .device = TEXT("Firefox \"on\" Linux"), .epoch = 1);
}

static const char *account_of(struct stage *stage, struct id user)
{
	return stage_ask(stage, "account", &(struct account){.user = user}, 0, 0);
}

static const char *found(struct stage *stage, const char *search, uint32_t row)
{
	return stage_ask(stage, "search_users",
	                 &(struct search_users){.search = text_from(search), .limit = 9, .has_limit = true}, row, 1);
}

#define ADA_ID "01900000-0000-7000-8000-000000000001"
#define BERT_ID "01900000-0000-7000-8000-000000000002"

static void account_shows_what_was_registered(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada \"the\" L\xc3\xb6w");
	stage_fold(stage);
	assert_string_equal(account_of(stage, ADA),
	                    "{\"user\":\"" ADA_ID
	                    "\",\"version\":1,\"email\":\"ada@example.org\",\"email_verified\":false,"
	                    "\"name\":\"Ada \\\"the\\\" "
	                    "L\xc3\xb6w\",\"locale\":\"de-AT\",\"region\":\"AT\",\"audience\":\"members\","
	                    "\"roles\":[\"learner\"],\"suspended\":false,\"preferences\":{\"theme\":\"system\","
	                    "\"language\":\"de-AT\","
	                    "\"reduced_motion\":false,\"captions\":false,\"notifications\":[]},\"wallets\":[],"
	                    "\"registered_at\":\"2023-11-14T22:13:21.000000Z\"}");
	assert_string_equal(stage_ask(stage, "account", &(struct account){.user = ADA}, 0, 1), "1");
	assert_null(account_of(stage, BERT));
}

static void version_counts_every_event_of_the_stream(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, registration_repeated, .user = ADA);
	logged_in(stage, SESSION, ADA, LOGIN);
	HAPPEN(stage, session_refreshed, .session = SESSION, .user = ADA, .generation = 1); /* not one of hers */
	HAPPEN(stage, session_revoked, .session = SESSION, .user = ADA, .ending = SESSION_ENDING_logout);
	stage_fold(stage);
	assert_string_equal(stage_ask(stage, "account", &(struct account){.user = ADA}, 0, 1), "4");
	assert_shows(account_of(stage, ADA), "\"version\":4,");
}

static void profile_change_keeps_what_it_does_not_name(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, profile_changed, .user = ADA, .bio = TEXT("one\ntwo"), .pronouns = TEXT("she"),
	       .time_zone = TEXT("Europe/Vienna"));
	HAPPEN(stage, profile_changed, .user = ADA, .name = TEXT("Countess"), .time_zone = TEXT(""),
	       .region = TEXT("GB"));
	stage_fold(stage);
	assert_shows(account_of(stage, ADA),
	             "\"name\":\"Countess\",\"bio\":\"one\\ntwo\",\"pronouns\":\"she\",\"locale\":\"de-AT\","
	             "\"region\":\"GB\"");
}

static void preferences_change_keeps_what_it_does_not_name(void **state)
{
	struct stage                    *stage = *state;
	const struct notification_choice choices[] = {
		{.kind = NOTIFICATION_KIND_course, .channel = CHANNEL_mail, .on = true},
		{.kind = NOTIFICATION_KIND_project, .channel = CHANNEL_push, .on = false},
	};

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, preferences_changed, .user = ADA, .notifications = {.items = choices, .count = 2},
	       .captions = true, .has_captions = true);
	HAPPEN(stage, preferences_changed, .user = ADA, .theme = THEME_dark);
	stage_fold(stage);
	assert_shows(
		account_of(stage, ADA),
		"\"preferences\":{\"theme\":\"dark\",\"language\":\"de-AT\",\"reduced_motion\":false,\"captions\":true,"
		"\"notifications\":[{\"kind\":\"course\",\"channel\":\"mail\",\"on\":true},"
		"{\"kind\":\"project\",\"channel\":\"push\",\"on\":false}]}");
}

static void roles_come_once_and_go(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, role_granted, .user = ADA, .role = ROLE_admin);
	HAPPEN(stage, role_granted, .user = ADA, .role = ROLE_admin);
	HAPPEN(stage, role_granted, .user = ADA, .role = ROLE_instructor);
	HAPPEN(stage, role_revoked, .user = ADA, .role = ROLE_admin);
	stage_fold(stage);
	assert_shows(account_of(stage, ADA), "\"roles\":[\"learner\",\"instructor\"]");
	assert_string_equal(stage_lookup(stage, "credential_by_user", ADA_ID),
	                    ADA_ID "|$argon2id$x|false|false|learner instructor|0");
}

static void wallets_are_shown_in_the_order_of_linking(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, wallet_linked, .user = ADA, .address = TEXT("WALLETone"), .nonce = TEXT("nonce-number-1"));
	HAPPEN(stage, wallet_linked, .user = ADA, .address = TEXT("WALLETtwo"), .nonce = TEXT("nonce-number-2"));
	stage_fold(stage);
	assert_shows(account_of(stage, ADA),
	             "\"wallets\":[{\"address\":\"WALLETone\",\"linked_at\":\"2023-11-14T22:13:22.000000Z\"},"
	             "{\"address\":\"WALLETtwo\",\"linked_at\":\"2023-11-14T22:13:23.000000Z\"}]");
}

static void unlinked_wallet_opens_no_door(void **state)
{
	struct stage *stage = *state;
	const char   *claim = stage_claim(stage, CLAIM_wallet, TEXT("WALLETone")).data;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, wallet_linked, .user = ADA, .address = TEXT("WALLETone"), .nonce = TEXT("nonce-number-1"));
	HAPPEN(stage, wallet_linked, .user = ADA, .address = TEXT("WALLETtwo"), .nonce = TEXT("nonce-number-2"));
	stage_fold(stage);
	assert_string_equal(stage_lookup(stage, "credential_by_wallet", claim),
	                    ADA_ID "|$argon2id$x|false|false|learner|0");
	stage_append_releasing(stage, EVENT_wallet_unlinked,
	                       &(struct wallet_unlinked){.user = ADA, .address = TEXT("WALLETone")}, CLAIM_wallet,
	                       TEXT("WALLETone"));
	stage_fold(stage);
	assert_null(stage_lookup(stage, "credential_by_wallet", claim));
	assert_shows(account_of(stage, ADA), "\"wallets\":[{\"address\":\"WALLETtwo\"");
}

static void profile_waits_for_a_verified_mailbox(void **state)
{
	struct stage  *stage = *state;
	struct profile who = {.user = ADA};

	registered(stage, ADA, "ada@example.org", "Ada");
	stage_fold(stage);
	assert_null(stage_ask(stage, "profile", &who, 0, 0));
	HAPPEN(stage, email_verified, .user = ADA);
	HAPPEN(stage, privacy_changed, .user = ADA, .audience = AUDIENCE_nobody);
	stage_fold(stage);
	assert_string_equal(stage_ask(stage, "profile", &who, 0, 0),
	                    "{\"user\":\"" ADA_ID "\",\"name\":\"Ada\",\"roles\":[\"learner\"]}");
	assert_string_equal(stage_ask(stage, "profile", &who, 0, 1), "3");
	assert_string_equal(stage_ask(stage, "profile", &who, 0, 2), "nobody");
}

static void people_are_found_by_the_beginning_of_a_word(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada Maria L\xc3\x96we-Stein");
	registered(stage, BERT, "bert@example.org", "Bert Maribor");
	stage_fold(stage);
	assert_string_equal(found(stage, "mari", 0), BERT_ID);
	assert_string_equal(found(stage, "mari", 1), ADA_ID);
	assert_null(found(stage, "mari", 2));
	assert_string_equal(found(stage, "MARIA l\xc3\xb6w", 0), ADA_ID);
	assert_string_equal(found(stage, "ste", 0), ADA_ID);
	assert_null(found(stage, "tein", 0));
	assert_null(found(stage, "%", 0));
	assert_null(found(stage, "'; DROP TABLE account; --", 0));
	HAPPEN(stage, profile_changed, .user = ADA, .name = TEXT("Eve"));
	stage_fold(stage);
	assert_null(found(stage, "maria", 0));
	assert_string_equal(found(stage, "e", 0), ADA_ID);
}

static void people_are_found_by_role(void **state)
{
	struct stage       *stage = *state;
	struct search_users who = {.role = ROLE_admin};

	registered(stage, ADA, "ada@example.org", "Ada");
	registered(stage, BERT, "bert@example.org", "Bert");
	HAPPEN(stage, role_granted, .user = ADA, .role = ROLE_admin);
	stage_fold(stage);
	assert_string_equal(stage_ask(stage, "search_users", &who, 0, 0),
	                    "{\"user\":\"" ADA_ID
	                    "\",\"name\":\"Ada\",\"email\":\"ada@example.org\",\"email_verified\":false,"
	                    "\"roles\":[\"learner\",\"admin\"],\"suspended\":false,\"registered_at\":\"2023-11-14T22:"
	                    "13:21.000000Z\"}");
	assert_null(stage_ask(stage, "search_users", &who, 1, 0));
}

static void pages_neither_repeat_nor_hide_while_people_come(void **state)
{
	struct stage       *stage = *state;
	struct search_users page = {.limit = 2, .has_limit = true};
	const char         *last;

	for (uint32_t i = 10; i < 14; i++)
		registered(stage, stage_id(i), arena_format(&stage->arena, "%u@example.org", i).data, "Ada");
	stage_fold(stage);
	last = stage_ask(stage, "search_users", &page, 1, 1);
	assert_string_equal(last, "01900000-0000-7000-8000-00000000000c");
	registered(stage, stage_id(14), "y@example.org", "Ada");
	HAPPEN(stage, user_erased, .user = stage_id(12)); /* the very row that the cursor names */
	stage_fold(stage);
	page.cursor = text_from(last);
	assert_string_equal(stage_ask(stage, "search_users", &page, 0, 1), "01900000-0000-7000-8000-00000000000b");
	assert_string_equal(stage_ask(stage, "search_users", &page, 1, 1), "01900000-0000-7000-8000-00000000000a");
}

static void suspension_shows_until_restored(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, user_suspended, .user = ADA, .reason = TEXT("spam"));
	stage_fold(stage);
	assert_shows(account_of(stage, ADA), "\"suspended\":true");
	assert_string_equal(stage_lookup(stage, "credential_by_user", ADA_ID),
	                    ADA_ID "|$argon2id$x|false|true|learner|0");
	HAPPEN(stage, user_restored, .user = ADA);
	stage_fold(stage);
	assert_shows(account_of(stage, ADA), "\"suspended\":false");
}

static void old_mailbox_opens_no_door_after_the_change(void **state)
{
	struct stage *stage = *state;
	const char   *before = stage_claim(stage, CLAIM_email, TEXT("ada@example.org")).data;
	const char   *after = stage_claim(stage, CLAIM_email, TEXT("countess@example.org")).data;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, email_verified, .user = ADA);
	stage_fold(stage);
	assert_string_equal(stage_lookup(stage, "credential_by_email", before),
	                    ADA_ID "|$argon2id$x|true|false|learner|0");
	HAPPEN(stage, email_changed, .user = ADA, .email = TEXT("countess@example.org"));
	HAPPEN(stage, password_changed, .user = ADA, .password_hash = TEXT("$argon2id$y"),
	       .reason = PASSWORD_CHANGE_changed);
	registered(stage, BERT, "ada@example.org", "Bert"); /* the address is free again */
	stage_fold(stage);
	assert_string_equal(stage_lookup(stage, "credential_by_email", before),
	                    BERT_ID "|$argon2id$x|false|false|learner|0");
	assert_string_equal(stage_lookup(stage, "credential_by_email", after),
	                    ADA_ID "|$argon2id$y|true|false|learner|0");
	assert_shows(account_of(stage, ADA), "\"email\":\"countess@example.org\"");
}

static void wrong_passwords_lock_until_a_right_one(void **state)
{
	struct stage *stage = *state;
	const char   *login = "01900000-0000-7000-8000-0000000000c8";

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, login_failed, .login = LOGIN, .failures = 2, .locked_until = 1700000000000000);
	HAPPEN(stage, login_failed, .login = LOGIN, .failures = 3, .locked_until = 1700000060000000);
	stage_fold(stage);
	assert_string_equal(stage_lookup(stage, "login_lock", login), "3|2023-11-14T22:14:20.000000Z");
	logged_in(stage, SESSION, ADA, LOGIN);
	stage_fold(stage);
	assert_null(stage_lookup(stage, "login_lock", login));
}

#define SESSION_ID "01900000-0000-7000-8000-000000000064"

static void session_is_listed_until_it_is_revoked(void **state)
{
	struct stage   *stage = *state;
	struct sessions mine = {.user = ADA};

	registered(stage, ADA, "ada@example.org", "Ada");
	logged_in(stage, SESSION, ADA, ID_NONE);
	HAPPEN(stage, session_refreshed, .session = SESSION, .user = ADA, .generation = 7);
	stage_fold(stage);
	assert_string_equal(
		stage_ask(stage, "sessions", &mine, 0, 0),
		"{\"session\":\"" SESSION_ID "\",\"method\":\"password\",\"device\":\"Firefox \\\"on\\\" Linux\","
		"\"started_at\":\"2023-11-14T22:13:22.000000Z\",\"last_used_at\":\"2023-11-14T22:13:23.000000Z\"}");
	assert_string_equal(stage_lookup(stage, "session_of", SESSION_ID), ADA_ID "|false|7");
	HAPPEN(stage, session_revoked, .session = SESSION, .user = ADA, .ending = SESSION_ENDING_revoked);
	stage_fold(stage);
	assert_null(stage_ask(stage, "sessions", &mine, 0, 0));
	assert_string_equal(stage_lookup(stage, "session_of", SESSION_ID), ADA_ID "|true|7");
}

static void revoking_all_spares_what_begins_later(void **state)
{
	struct stage   *stage = *state;
	struct sessions mine = {.user = ADA, .limit = 5, .has_limit = true};

	registered(stage, ADA, "ada@example.org", "Ada");
	logged_in(stage, SESSION, ADA, ID_NONE);
	logged_in(stage, stage_id(101), ADA, ID_NONE);
	HAPPEN(stage, sessions_revoked, .user = ADA, .epoch = 2);
	logged_in(stage, stage_id(102), ADA, ID_NONE);
	logged_in(stage, stage_id(103), BERT, ID_NONE);
	stage_fold(stage);
	assert_string_equal(stage_ask(stage, "sessions", &mine, 0, 1), "01900000-0000-7000-8000-000000000066");
	assert_null(stage_ask(stage, "sessions", &mine, 1, 1));
	assert_string_equal(stage_lookup(stage, "session_of", SESSION_ID), ADA_ID "|true|0");
	assert_shows(stage_lookup(stage, "credential_by_user", ADA_ID), "|2");
}

static void erased_person_leaves_no_row(void **state)
{
	struct stage *stage = *state;

	registered(stage, ADA, "ada@example.org", "Ada");
	HAPPEN(stage, email_verified, .user = ADA);
	HAPPEN(stage, wallet_linked, .user = ADA, .address = TEXT("WALLETone"), .nonce = TEXT("nonce-number-1"));
	logged_in(stage, SESSION, ADA, ID_NONE);
	HAPPEN(stage, user_erased, .user = ADA);
	stage_forget(stage, ADA);
	stage_fold(stage);
	assert_string_equal(stage_rows(stage, "account"), "");
	assert_string_equal(stage_rows(stage, "session"), "");
	assert_string_equal(stage_rows(stage, "credential"), "");
}

static void tables_are_told_apart_by_name_alone(void **state)
{
	struct stage *stage = *state;

	stage_fold(stage);
	assert_string_equal(
		stage_sql(stage,
	                  "SELECT count(*) FROM (SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
	                  "relnamespace WHERE nspname !~ '^(pg_|information)' GROUP BY 1 HAVING count(*) > 1) x"),
		"0");
	assert_string_equal(
		stage_sql(stage,
	                  "SELECT count(*) FROM (SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = "
	                  "pronamespace WHERE nspname !~ '^(pg_|information)' GROUP BY 1 HAVING count(*) > 1) x"),
		"0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(account_shows_what_was_registered),
		TEST(version_counts_every_event_of_the_stream),
		TEST(profile_change_keeps_what_it_does_not_name),
		TEST(preferences_change_keeps_what_it_does_not_name),
		TEST(roles_come_once_and_go),
		TEST(wallets_are_shown_in_the_order_of_linking),
		TEST(unlinked_wallet_opens_no_door),
		TEST(profile_waits_for_a_verified_mailbox),
		TEST(people_are_found_by_the_beginning_of_a_word),
		TEST(people_are_found_by_role),
		TEST(pages_neither_repeat_nor_hide_while_people_come),
		TEST(suspension_shows_until_restored),
		TEST(old_mailbox_opens_no_door_after_the_change),
		TEST(wrong_passwords_lock_until_a_right_one),
		TEST(session_is_listed_until_it_is_revoked),
		TEST(revoking_all_spares_what_begins_later),
		TEST(erased_person_leaves_no_row),
		TEST(tables_are_told_apart_by_name_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
