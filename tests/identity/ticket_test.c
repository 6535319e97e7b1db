#include "api/ticket.h"

#include "eventstore/base/base58.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/mail_token.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NOW_S 1700000000LL

static const struct hash secret = {.bytes = "a secret of thirty-two bytes...."};
static const struct hash other_secret = {.bytes = "another secret of the same size."};

static const struct refresh_ticket ticket = {
	.session = {.bytes = {1, 2, 3}}, .user = {.bytes = {4, 5, 6}}, .generation = 0x01020304};

static const struct challenge linking = {
	.purpose = CHALLENGE_LINK,
	.user = {.bytes = {4, 5, 6}},
	.address = {.data = "AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnNa", .size = 44},
	.domain = {.data = "orrery.example", .size = 14},
};

/* ---- receipts ---- */

static const struct receipt_ticket erasure = {.position = 0x0102030405060708, .user = {.bytes = {4, 5, 6}}};

static void a_receipt_token_brings_back_its_ticket(void **state)
{
	char                  token[RECEIPT_TOKEN_SIZE + 1];
	struct receipt_ticket out;

	receipt_token_make(&secret, &erasure, token);
	assert_true(receipt_token_open(&secret, text_from(token), &out));
	assert_int_equal(out.position, erasure.position);
	assert_true(id_equal(out.user, erasure.user));
}

static void a_receipt_token_that_was_changed_anywhere_is_nobodys(void **state)
{
	char                  token[RECEIPT_TOKEN_SIZE + 1];
	struct receipt_ticket out;

	receipt_token_make(&other_secret, &erasure, token);
	assert_false(receipt_token_open(&secret, text_from(token), &out));
	receipt_token_make(&secret, &erasure, token);
	assert_false(receipt_token_open(&secret, (struct text){.data = token, .size = RECEIPT_TOKEN_SIZE - 1}, &out));
	for (int at = 0; at < RECEIPT_TOKEN_SIZE; at++) {
		char kept = token[at];

		token[at] = kept == 'A' ? 'B' : 'A';
		assert_false(receipt_token_open(&secret, text_from(token), &out));
		token[at] = kept;
	}
}

/* ---- refresh tokens ---- */

static struct text refresh_token(const struct refresh_ticket *of, char room[REFRESH_TOKEN_SIZE + 1])
{
	refresh_token_make(&secret, of, room);
	return text_from(room);
}

static void a_refresh_token_brings_back_its_ticket(void **state)
{
	char                  room[REFRESH_TOKEN_SIZE + 1];
	struct refresh_ticket out;

	assert_true(refresh_token_open(&secret, refresh_token(&ticket, room), &out));
	assert_true(id_equal(out.session, ticket.session) && id_equal(out.user, ticket.user));
	assert_int_equal(out.generation, ticket.generation);
}

static void a_refresh_token_has_the_documented_layout(void **state)
{
	char    room[REFRESH_TOKEN_SIZE + 1];
	uint8_t bytes[52];
	size_t  size;

	assert_true(base64_decode(refresh_token(&ticket, room), bytes, &size));
	assert_int_equal(size, 52);
	assert_memory_equal(bytes, ticket.session.bytes, 16);
	assert_memory_equal(bytes + 16, ticket.user.bytes, 16);
	assert_memory_equal(bytes + 32, "\x04\x03\x02\x01", 4);
}

static void the_same_ticket_gives_the_same_refresh_token(void **state)
{
	char                  first[REFRESH_TOKEN_SIZE + 1], second[REFRESH_TOKEN_SIZE + 1];
	struct refresh_ticket next = ticket;

	next.generation++;
	assert_true(text_equal(refresh_token(&ticket, first), refresh_token(&ticket, second)));
	assert_false(text_equal(refresh_token(&ticket, first), refresh_token(&next, second)));
}

static void no_character_of_a_refresh_token_may_change(void **state)
{
	char                  room[REFRESH_TOKEN_SIZE + 1];
	struct text           token = refresh_token(&ticket, room);
	struct refresh_ticket out;

	for (size_t i = 0; i < token.size; i++) {
		char kept = room[i];

		room[i] = kept == 'A' ? 'B' : 'A';
		assert_false(refresh_token_open(&secret, token, &out));
		room[i] = kept;
	}
	assert_true(refresh_token_open(&secret, token, &out));
	token.size--;
	assert_false(refresh_token_open(&secret, token, &out));
	assert_false(refresh_token_open(&secret, TEXT_NONE, &out));
}

static void a_refresh_token_of_another_deployment_is_refused(void **state)
{
	char                  room[REFRESH_TOKEN_SIZE + 1];
	struct refresh_ticket out;

	assert_false(refresh_token_open(&other_secret, refresh_token(&ticket, room), &out));
}

/* ---- mailed tokens ---- */

static void the_same_command_makes_the_same_mail_token(void **state)
{
	struct id   command = {.bytes = {9}}, another = {.bytes = {8}};
	struct hash first = mail_secret(&secret, command), second = mail_secret(&secret, another);
	struct hash third = mail_secret(&other_secret, command), again = mail_secret(&secret, command);
	char        a[MAIL_TOKEN_SIZE + 1], b[MAIL_TOKEN_SIZE + 1], c[MAIL_TOKEN_SIZE + 1], d[MAIL_TOKEN_SIZE + 1];

	mail_token_make(ticket.user, &first, a);
	mail_token_make(ticket.user, &second, b);
	mail_token_make(ticket.user, &third, c);
	mail_token_make(ticket.user, &again, d);
	assert_string_equal(a, d);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
}

static void a_mail_token_names_its_user(void **state)
{
	struct hash mail = mail_secret(&secret, (struct id){.bytes = {9}});
	char        token[MAIL_TOKEN_SIZE + 1];
	struct id   user;

	mail_token_make(ticket.user, &mail, token);
	assert_int_equal(strlen(token), MAIL_TOKEN_SIZE);
	assert_true(mail_token_user(text_from(token), &user));
	assert_true(id_equal(user, ticket.user));
}

static void what_has_not_the_form_of_a_mail_token_is_refused(void **state)
{
	struct id user;

	assert_false(mail_token_user(TEXT_NONE, &user));
	assert_false(mail_token_user(TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &user));
	assert_true(mail_token_user(TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &user));
	assert_false(mail_token_user(TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"), &user));
	assert_false(mail_token_user(TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), &user));
	assert_false(mail_token_user(TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &user));
}

static void a_mail_tokens_hash_is_that_of_its_text(void **state)
{
	struct text token = TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	struct hash wanted = hash_sha256(text_bytes(token)), found = mail_token_hash(token);

	assert_memory_equal(wanted.bytes, found.bytes, sizeof(wanted.bytes));
}

/* ---- wallet challenges ---- */

static bool accepts(struct challenge challenge, const char *nonce, int64_t now_s)
{
	int64_t issued_s = -1;
	bool    accepted = challenge_accepts(&secret, &challenge, text_from(nonce), now_s, &issued_s);

	assert_int_equal(issued_s, accepted ? NOW_S : -1);
	return accepted;
}

static void a_nonce_is_letters_and_digits_within_its_size(void **state)
{
	for (int i = 0; i < 100; i++) {
		char nonce[CHALLENGE_NONCE_SIZE_MAX + 1];

		challenge_nonce(&secret, &linking, NOW_S, nonce);
		assert_true(strlen(nonce) >= 60 && strlen(nonce) <= CHALLENGE_NONCE_SIZE_MAX);
		assert_int_equal(strspn(nonce, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
		                 strlen(nonce));
	}
}

static void a_nonce_is_accepted_for_ten_minutes(void **state)
{
	char nonce[CHALLENGE_NONCE_SIZE_MAX + 1];

	challenge_nonce(&secret, &linking, NOW_S, nonce);
	assert_true(accepts(linking, nonce, NOW_S));
	assert_true(accepts(linking, nonce, NOW_S + 600));
	assert_false(accepts(linking, nonce, NOW_S + 601));
}

static void two_challenges_never_share_a_nonce(void **state)
{
	char first[CHALLENGE_NONCE_SIZE_MAX + 1], second[CHALLENGE_NONCE_SIZE_MAX + 1];

	challenge_nonce(&secret, &linking, NOW_S, first);
	challenge_nonce(&secret, &linking, NOW_S, second);
	assert_string_not_equal(first, second);
}

static void a_nonce_is_for_one_purpose_user_wallet_and_domain(void **state)
{
	char             nonce[CHALLENGE_NONCE_SIZE_MAX + 1];
	struct challenge purpose = linking, user = linking, address = linking, domain = linking, moved = linking;

	challenge_nonce(&secret, &linking, NOW_S, nonce);
	purpose.purpose = CHALLENGE_LOGIN;
	user.user.bytes[15] = 1;
	address.address = TEXT("GmaDrppBC7P5ARKV8g3djiwP89vz1jLK23V2GBjuAEGB");
	domain.domain = TEXT("evil.example");
	moved.address = TEXT("AKkzLhjhyFtM9j7WAhbaqYpFe49cXeJBg2kzLRC2PnN");
	moved.domain = TEXT("aorrery.example");
	assert_false(accepts(purpose, nonce, NOW_S));
	assert_false(accepts(user, nonce, NOW_S));
	assert_false(accepts(address, nonce, NOW_S));
	assert_false(accepts(domain, nonce, NOW_S));
	assert_false(accepts(moved, nonce, NOW_S));
	assert_true(accepts(linking, nonce, NOW_S));
}

static void no_character_of_a_nonce_may_change(void **state)
{
	char nonce[CHALLENGE_NONCE_SIZE_MAX + 1];

	challenge_nonce(&secret, &linking, NOW_S, nonce);
	for (size_t i = 0; i < strlen(nonce); i++) {
		char kept = nonce[i];

		nonce[i] = kept == '2' ? '3' : '2';
		assert_false(accepts(linking, nonce, NOW_S));
		nonce[i] = kept;
	}
	assert_false(accepts(linking, "", NOW_S));
	assert_false(accepts(linking, "8f3c1e7a5b904d2e", NOW_S));
	assert_true(accepts(linking, nonce, NOW_S));
}

/* The holder of a nonce knows its layout, so the purpose inside is what an attacker would turn. */
static void a_login_nonce_cannot_be_turned_into_one_for_linking(void **state)
{
	struct challenge login = linking;
	char             nonce[CHALLENGE_NONCE_SIZE_MAX + 1];
	uint8_t          bytes[49];

	login.purpose = CHALLENGE_LOGIN;
	challenge_nonce(&secret, &login, NOW_S, nonce);
	assert_true(base58_decode(text_from(nonce), bytes, sizeof(bytes)));
	assert_int_equal(bytes[0], CHALLENGE_LOGIN);
	bytes[0] = CHALLENGE_LINK;
	nonce[base58_encode(BYTES(bytes, sizeof(bytes)), nonce)] = '\0';
	assert_false(accepts(linking, nonce, NOW_S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receipt_token_brings_back_its_ticket),
		cmocka_unit_test(a_receipt_token_that_was_changed_anywhere_is_nobodys),
		cmocka_unit_test(a_refresh_token_brings_back_its_ticket),
		cmocka_unit_test(a_refresh_token_has_the_documented_layout),
		cmocka_unit_test(the_same_ticket_gives_the_same_refresh_token),
		cmocka_unit_test(no_character_of_a_refresh_token_may_change),
		cmocka_unit_test(a_refresh_token_of_another_deployment_is_refused),
		cmocka_unit_test(the_same_command_makes_the_same_mail_token),
		cmocka_unit_test(a_mail_token_names_its_user),
		cmocka_unit_test(what_has_not_the_form_of_a_mail_token_is_refused),
		cmocka_unit_test(a_mail_tokens_hash_is_that_of_its_text),
		cmocka_unit_test(a_nonce_is_letters_and_digits_within_its_size),
		cmocka_unit_test(a_nonce_is_accepted_for_ten_minutes),
		cmocka_unit_test(two_challenges_never_share_a_nonce),
		cmocka_unit_test(a_nonce_is_for_one_purpose_user_wallet_and_domain),
		cmocka_unit_test(no_character_of_a_nonce_may_change),
		cmocka_unit_test(a_login_nonce_cannot_be_turned_into_one_for_linking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
