#include "api/token.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/hash.h"
#include "tests/identity/key_directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SECOND_US 1000000LL
#define NOW_S 1700000000LL
#define NOW_US (NOW_S * SECOND_US)
#define OVERLAP_US (1000 * SECOND_US)

enum { LEARNER = 1, INSTRUCTOR, ADMIN };

static const char *const   words[] = {"learner", "instructor", "admin"};
static const struct choice roles = {.name = "role", .words = words, .count = 3};

static char               path[KEY_DIRECTORY_PATH_SIZE];
static struct token_rules rules;
static struct arena       arena;

static int open_keys(void **state)
{
	key_directory_choose(path);
	rules = (struct token_rules){
		.issuer = TEXT("https://orrery.example"),
		.audience = TEXT("orrery-api"),
		.roles = &roles,
	};
	return signing_open(path, OVERLAP_US, NOW_US - 100 * SECOND_US, &rules.signing) == STATUS_OK ? 0 : -1;
}

static int close_keys(void **state)
{
	signing_close(rules.signing);
	key_directory_remove(path);
	arena_finish(&arena);
	return 0;
}

static struct token_claims some_claims(void)
{
	return (struct token_claims){
		.user = {.bytes = {1, 2, 3}},
		.session = {.bytes = {4, 5, 6}},
		.id = {.bytes = {7, 8, 9}},
		.roles = TOKEN_ROLE(LEARNER) | TOKEN_ROLE(ADMIN),
		.position = UINT64_MAX - 1,
		.issued_s = NOW_S,
		.expires_s = NOW_S + 900,
	};
}

static struct text some_token(void)
{
	struct token_claims claims = some_claims();

	return token_sign(&rules, &claims, &arena);
}

static enum token_verdict verdict_at(struct text token, int64_t now_us)
{
	struct token_claims claims, untouched;
	enum token_verdict  verdict;

	memset(&untouched, 0x5a, sizeof(untouched));
	claims = untouched;
	verdict = token_verify(&rules, token, now_us, &claims);
	if (verdict != TOKEN_VALID)
		assert_memory_equal(&claims, &untouched, sizeof(claims));
	return verdict;
}

static enum token_verdict verdict_of(struct text token)
{
	return verdict_at(token, NOW_US);
}

/* A token of any header and payload, signed with our newest key: what an attacker cannot do, but a bug of ours could.
 */
static struct text forge(const char *header, const char *payload)
{
	struct text      h = arena_base64(&arena, text_bytes(text_from(header)));
	struct text      p = arena_base64(&arena, text_bytes(text_from(payload)));
	struct text      both = arena_format(&arena, "%.*s.%.*s", TEXT_ARG(h), TEXT_ARG(p)), s;
	struct signer    signer;
	struct signature signature;

	signing_current(rules.signing, NOW_US, &signer);
	sign_message(&signer.key, text_bytes(both), &signature);
	s = arena_base64(&arena, BYTES(signature.bytes, sizeof(signature.bytes)));
	return arena_format(&arena, "%.*s.%.*s", TEXT_ARG(both), TEXT_ARG(s));
}

static const char *our_header(void)
{
	struct signer signer;

	signing_current(rules.signing, NOW_US, &signer);
	return arena_format(&arena, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}", signer.kid).data;
}

#define NAMES "\"iss\":\"https://orrery.example\",\"aud\":\"orrery-api\""
#define IDS                                                                                                            \
	"\"sub\":\"01020300-0000-0000-0000-000000000000\",\"sid\":\"04050600-0000-0000-0000-000000000000\","           \
	"\"jti\":\"07080900-0000-0000-0000-000000000000\""
#define NUMBERS "\"pos\":18446744073709551614,\"iat\":1700000000,\"exp\":1700000900"

static void a_token_brings_back_its_claims(void **state)
{
	struct token_claims in = some_claims(), out;

	memset(&out, 0, sizeof(out));
	assert_int_equal(token_verify(&rules, some_token(), NOW_US, &out), TOKEN_VALID);
	assert_true(id_equal(in.user, out.user) && id_equal(in.session, out.session) && id_equal(in.id, out.id));
	assert_int_equal(in.roles, out.roles);
	assert_true(in.position == out.position && in.issued_s == out.issued_s && in.expires_s == out.expires_s);
}

static void every_set_of_roles_survives(void **state)
{
	for (uint32_t bits = 0; bits < 16; bits += 2) {
		struct token_claims in = some_claims(), out;

		in.roles = bits;
		assert_int_equal(token_verify(&rules, token_sign(&rules, &in, &arena), NOW_US, &out), TOKEN_VALID);
		assert_int_equal(out.roles, bits);
	}
}

static void a_token_is_written_as_documented(void **state)
{
	struct text forged = forge(our_header(), "{" NAMES "," IDS ",\"roles\":[\"learner\",\"admin\"]," NUMBERS "}");

	assert_true(text_equal(some_token(), forged));
}

static void no_algorithm_is_refused(void **state)
{
	assert_int_equal(verdict_of(forge("{\"alg\":\"none\"}", "{}")), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verdict_of(forge("{\"alg\":\"none\",\"typ\":\"JWT\"}", "{}")), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verdict_of(forge("{\"alg\":\"None\",\"typ\":\"JWT\"}", "{}")), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verdict_of(forge("{\"alg\":\"\",\"typ\":\"JWT\"}", "{}")), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verdict_of(TEXT("eyJhbGciOiJub25lIn0.e30.")), TOKEN_WRONG_ALGORITHM);
}

/* The known confusion: a verifier that takes the algorithm from the token uses the public key as an HMAC secret. */
static void an_hmac_under_the_public_key_is_refused(void **state)
{
	struct signer signer;
	struct text   header;

	signing_current(rules.signing, NOW_US, &signer);
	header = arena_format(&arena, "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", signer.kid);
	assert_int_equal(verdict_of(forge(header.data, "{}")), TOKEN_WRONG_ALGORITHM);
}

static void an_unknown_key_is_refused(void **state)
{
	struct sign_key  stranger;
	struct signature signature;
	char             kid[SIGNING_KID_SIZE + 1];
	struct text      header, token;

	sign_key_fresh(&stranger);
	signing_thumbprint(&stranger.public, kid);
	header = arena_format(&arena, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
	token = forge(header.data, "{}");
	assert_int_equal(verdict_of(token), TOKEN_UNKNOWN_KEY);
	token = forge(our_header(), "{" NAMES "," IDS ",\"roles\":[]," NUMBERS "}");
	token.size -= BASE64_SIZE(SIGN_SIZE) + 1;
	sign_message(&stranger, text_bytes(token), &signature);
	header = arena_base64(&arena, BYTES(signature.bytes, SIGN_SIZE));
	assert_int_equal(verdict_of(arena_format(&arena, "%.*s.%.*s", TEXT_ARG(token), TEXT_ARG(header))),
	                 TOKEN_WRONG_SIGNATURE);
}

static void a_token_expires_to_the_second(void **state)
{
	assert_int_equal(verdict_at(some_token(), (NOW_S + 900) * SECOND_US - 1), TOKEN_VALID);
	assert_int_equal(verdict_at(some_token(), (NOW_S + 900) * SECOND_US), TOKEN_EXPIRED);
}

static void a_token_from_the_future_is_refused_but_for_a_small_skew(void **state)
{
	assert_int_equal(verdict_at(some_token(), (NOW_S - TOKEN_SKEW_S) * SECOND_US), TOKEN_VALID);
	assert_int_equal(verdict_at(some_token(), (NOW_S - TOKEN_SKEW_S) * SECOND_US - 1), TOKEN_NOT_YET);
}

static void another_issuer_or_audience_is_refused(void **state)
{
	struct text token = some_token();

	rules.issuer = TEXT("https://other.example");
	assert_int_equal(verdict_of(token), TOKEN_WRONG_ISSUER);
	rules.issuer = TEXT("https://orrery.example");
	rules.audience = TEXT("orrery-apj");
	assert_int_equal(verdict_of(token), TOKEN_WRONG_AUDIENCE);
}

static void no_character_of_a_token_may_change(void **state)
{
	struct text token = some_token();
	char       *changed = (char *)token.data;

	for (size_t i = 0; i < token.size; i++) {
		char kept = changed[i];

		changed[i] = kept == 'A' ? 'B' : 'A';
		assert_int_not_equal(verdict_of(token), TOKEN_VALID);
		changed[i] = kept;
	}
	assert_int_equal(verdict_of(token), TOKEN_VALID);
}

static void a_tampered_payload_has_a_wrong_signature(void **state)
{
	struct text honest = some_token();
	struct text other =
		forge(our_header(), "{" NAMES "," IDS ",\"roles\":[\"learner\",\"instructor\",\"admin\"]," NUMBERS "}");
	size_t      size = BASE64_SIZE(SIGN_SIZE);
	struct text mixed = arena_format(&arena, "%.*s%.*s", (int)(other.size - size), other.data, (int)size,
	                                 honest.data + honest.size - size);

	assert_int_equal(verdict_of(other), TOKEN_VALID);
	assert_int_equal(verdict_of(mixed), TOKEN_WRONG_SIGNATURE);
}

static void nothing_may_follow_or_precede_a_token(void **state)
{
	struct text token = some_token();

	assert_int_equal(verdict_of(arena_format(&arena, "%.*s ", TEXT_ARG(token))), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(arena_format(&arena, "%.*s.", TEXT_ARG(token))), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(arena_format(&arena, "%.*sA", TEXT_ARG(token))), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(arena_format(&arena, "%.*s==", TEXT_ARG(token))), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(arena_format(&arena, "%.*s\n", TEXT_ARG(token))), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(arena_format(&arena, " %.*s", TEXT_ARG(token))), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(arena_format(&arena, ".%.*s", TEXT_ARG(token))), TOKEN_MALFORMED);
}

/* A signature of 64 bytes leaves four bits over in its last character; they must be zero. */
static void a_token_has_one_spelling(void **state)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	struct text       token = some_token();
	char             *last = (char *)token.data + token.size - 1;
	size_t            index = (size_t)(strchr(digits, *last) - digits);

	for (size_t stray = 1; stray < 16; stray++) {
		*last = digits[index + stray];
		assert_int_equal(verdict_of(token), TOKEN_MALFORMED);
	}
}

static void what_is_cut_short_is_refused(void **state)
{
	struct text token = some_token();

	for (size_t size = 0; size < token.size; size++)
		assert_int_not_equal(verdict_of((struct text){.data = token.data, .size = size}), TOKEN_VALID);
	assert_int_equal(verdict_of(TEXT_NONE), TOKEN_MALFORMED);
	assert_int_equal(verdict_of(TEXT("..")), TOKEN_MALFORMED);
}

static void what_is_too_large_is_not_looked_at(void **state)
{
	char        bytes[TOKEN_SIZE_MAX + 1];
	struct text text = {.data = bytes, .size = sizeof(bytes)};

	memset(bytes, 'A', sizeof(bytes));
	assert_int_equal(verdict_of(text), TOKEN_TOO_LARGE);
	text.size--;
	assert_int_equal(verdict_of(text), TOKEN_MALFORMED);
	bytes[700] = bytes[1400] = '.';
	assert_int_equal(verdict_of(text), TOKEN_MALFORMED);
}

static void headers_that_we_would_not_write_are_refused(void **state)
{
	static const char *const forms[] = {
		"{\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
		"{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"typ\":\"JWT\",\"alg\":\"EdDSA\",\"kid\":\"%s\"}",
		"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"crit\":[\"b64\"]}",
		"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jku\":\"https://evil.example\"}",
		"{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"} ",
		"{ \"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
	};
	struct signer signer;

	signing_current(rules.signing, NOW_US, &signer);
	for (size_t i = 0; i < array_count(forms); i++) {
		char        header[256];
		const char *at = strstr(forms[i], "%s");

		snprintf(header, sizeof(header), "%.*s%s%s", (int)(at - forms[i]), forms[i], signer.kid, at + 2);
		assert_int_equal(verdict_of(forge(header, "{" NAMES "," IDS ",\"roles\":[]," NUMBERS "}")),
		                 TOKEN_MALFORMED);
	}
}

static void payloads_that_we_would_not_write_are_refused_even_when_signed(void **state)
{
	static const char *const payloads[] = {
		"",
		"{}",
		"[]",
		"{" NAMES "," IDS ",\"roles\":[]," NUMBERS "",
		"{" NAMES "," IDS ",\"roles\":[]," NUMBERS "} ",
		"{" NAMES "," IDS ",\"roles\":[]," NUMBERS ",\"x\":1}",
		"{" IDS "," NAMES ",\"roles\":[]," NUMBERS "}",
		"{" NAMES "," IDS "," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":[\"root\"]," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":[\"admin\",\"learner\"]," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":[\"admin\",\"admin\"]," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":[\"admin\",]," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":[,\"admin\"]," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":\"admin\"," NUMBERS "}",
		"{" NAMES "," IDS ",\"roles\":[],\"pos\":01,\"iat\":1700000000,\"exp\":1700000900}",
		"{" NAMES "," IDS ",\"roles\":[],\"pos\":-1,\"iat\":1700000000,\"exp\":1700000900}",
		"{" NAMES "," IDS ",\"roles\":[],\"pos\":,\"iat\":1700000000,\"exp\":1700000900}",
		"{" NAMES "," IDS ",\"roles\":[],\"pos\":1e3,\"iat\":1700000000,\"exp\":1700000900}",
		"{" NAMES "," IDS ",\"roles\":[],\"pos\":18446744073709551616,\"iat\":1700000000,\"exp\":1700000900}",
		"{" NAMES "," IDS ",\"roles\":[],\"pos\":1,\"iat\":1700000000,\"exp\":9223372036854775807}",
	};

	for (size_t i = 0; i < array_count(payloads); i++)
		assert_int_equal(verdict_of(forge(our_header(), payloads[i])), TOKEN_MALFORMED);
}

static void a_token_outlives_one_rotation_but_not_the_overlap(void **state)
{
	struct text token = some_token();

	assert_int_equal(signing_rotate(path, OVERLAP_US, NOW_US - 200 * SECOND_US), STATUS_OK);
	assert_int_equal(signing_reload(rules.signing), STATUS_OK);
	assert_int_equal(verdict_of(token), TOKEN_VALID);
	assert_int_equal(verdict_of(some_token()), TOKEN_VALID);
	assert_int_equal(verdict_at(token, NOW_US + OVERLAP_US), TOKEN_UNKNOWN_KEY);
}

static void names_that_would_break_the_json_are_refused_at_start(void **state)
{
	static const char *const names[] = {"", "a\"b", "a\\b", "a\nb", "\xc3\xa4"};
	char                     long_name[TOKEN_NAME_SIZE_MAX + 1];

	assert_int_equal(token_rules_check(&rules), STATUS_OK);
	memset(long_name, 'x', sizeof(long_name));
	for (size_t i = 0; i < array_count(names); i++) {
		struct token_rules issuer = rules, audience = rules;

		issuer.issuer = audience.audience = text_from(names[i]);
		assert_int_equal(token_rules_check(&issuer), STATUS_INVALID);
		assert_int_equal(token_rules_check(&audience), STATUS_INVALID);
	}
	rules.issuer = (struct text){.data = long_name, .size = sizeof(long_name)};
	assert_int_equal(token_rules_check(&rules), STATUS_INVALID);
	rules.issuer.size--;
	assert_int_equal(token_rules_check(&rules), STATUS_OK);
}

static void every_verdict_has_a_name_and_a_sentence(void **state)
{
	assert_string_equal(token_verdict_name(TOKEN_EXPIRED), "expired");
	for (int i = 0; i < TOKEN_VERDICT_COUNT; i++) {
		const char *sentence = token_verdict_sentence((enum token_verdict)i);

		assert_true(strlen(token_verdict_name((enum token_verdict)i)) > 0);
		assert_int_equal(sentence[strlen(sentence) - 1], '.');
	}
}

#define with_keys(test) cmocka_unit_test_setup_teardown(test, open_keys, close_keys)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_keys(a_token_brings_back_its_claims),
		with_keys(every_set_of_roles_survives),
		with_keys(a_token_is_written_as_documented),
		with_keys(no_algorithm_is_refused),
		with_keys(an_hmac_under_the_public_key_is_refused),
		with_keys(an_unknown_key_is_refused),
		with_keys(a_token_expires_to_the_second),
		with_keys(a_token_from_the_future_is_refused_but_for_a_small_skew),
		with_keys(another_issuer_or_audience_is_refused),
		with_keys(no_character_of_a_token_may_change),
		with_keys(a_tampered_payload_has_a_wrong_signature),
		with_keys(nothing_may_follow_or_precede_a_token),
		with_keys(a_token_has_one_spelling),
		with_keys(what_is_cut_short_is_refused),
		with_keys(what_is_too_large_is_not_looked_at),
		with_keys(headers_that_we_would_not_write_are_refused),
		with_keys(payloads_that_we_would_not_write_are_refused_even_when_signed),
		with_keys(a_token_outlives_one_rotation_but_not_the_overlap),
		with_keys(names_that_would_break_the_json_are_refused_at_start),
		cmocka_unit_test(every_verdict_has_a_name_and_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
