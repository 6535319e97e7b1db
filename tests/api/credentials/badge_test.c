#include "api/credentials/badge.h"

#include "api/credentials/data_integrity.h"
#include "api/credentials/did.h"
#include "api/credentials/status_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TYPE "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
#define BADGES "<https://purl.imsglobal.org/spec/vc/ob/vocab.html#"
#define VC "<https://www.w3.org/2018/credentials#"
#define SCHEMA "<https://schema.org/"
#define SCHOOL "<did:web:learn.example>"
#define MECHANICS "<https://learn.example/achievements/mechanics>"
#define CRITERIA "<https://learn.example/achievements/mechanics#criteria>"
#define LEARNER "<urn:uuid:0192f3c4-7f4e-7b7a-a0c8-8d2f7f6d9a10>"
#define AWARD "<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33>"

/* What @digitalbazaar/eddsa-rdfc-2022-cryptosuite 1.3.0 makes of the badge below and the seed of thirty-two sevens. */
static const char expected_quads[] = SCHOOL
	" " TYPE " " BADGES "Profile> .\n" SCHOOL " " SCHEMA "name> \"Example \\\"School\\\"\" .\n" SCHOOL " " SCHEMA
	"url> \"https://learn.example\"^^<https://www.w3.org/2001/XMLSchema#anyURI> .\n" CRITERIA " " BADGES
	"narrative> \"All lessons.\\nAnd a test.\" .\n" MECHANICS " " TYPE " " BADGES "Achievement> .\n" MECHANICS
	" " BADGES "Criteria> " CRITERIA " .\n" MECHANICS " " BADGES "achievementType> \"Course\" .\n" MECHANICS
	" " SCHEMA "description> \"Forces\\tand motion.\\u007F\" .\n" MECHANICS " " SCHEMA
	"name> \"Mechanics\" .\n" LEARNER " " TYPE " " BADGES "AchievementSubject> .\n" LEARNER " " BADGES
	"achievement> " MECHANICS " .\n" AWARD " " TYPE " " BADGES "OpenBadgeCredential> .\n" AWARD " " TYPE " " VC
	"VerifiableCredential> .\n" AWARD " " SCHEMA "name> \"Mechanics\" .\n" AWARD " " VC
	"credentialSubject> " LEARNER " .\n" AWARD " " VC "issuer> " SCHOOL " .\n" AWARD " " VC
	"validFrom> \"2026-01-02T03:04:05Z\"^^<http://www.w3.org/2001/XMLSchema#dateTime> .\n";
static const char expected_key[] = "z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z";
static const char expected_proof[] =
	"z2PAFXDPLeT3JXu9A9QJfYBfAdMhCPEewhnGTfki4AeRjNGz4jKKYNfca1tJWXsJcHYarimER7HDkYYprQ2XHUAmH";

static struct badge mechanics;

static int fill_in(void **state)
{
	mechanics = (struct badge){
		.id = TEXT("urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33"),
		.issuer = {TEXT("did:web:learn.example"), TEXT("Example \"School\""), TEXT("https://learn.example")},
		.achievement =
			{
				.id = TEXT("https://learn.example/achievements/mechanics"),
				.type = ACHIEVEMENT_TYPE_COURSE,
				.name = TEXT("Mechanics"),
				.description = TEXT("Forces\tand motion.\x7f"),
				.criteria = TEXT("All lessons.\nAnd a test."),
			},
		.subject = {.id = TEXT("urn:uuid:0192f3c4-7f4e-7b7a-a0c8-8d2f7f6d9a10")},
		.issued_us = 1767323045678901, /* 2026-01-02T03:04:05.678901Z */
	};
	return 0;
}

static void sevens(struct sign_key *key)
{
	uint8_t seed[SIGN_SEED_SIZE];

	memset(seed, 7, sizeof(seed));
	sign_key_from_seed(seed, key);
}

static struct buffer canonical_of(const struct badge *badge)
{
	struct arena  arena = {0};
	struct linked linked = {0};
	struct buffer out = {0};

	badge_describe(badge, &arena, &linked);
	linked_canonical(&linked, &out);
	linked_finish(&linked);
	arena_finish(&arena);
	return out;
}

static struct buffer issue(const struct badge *badge)
{
	struct arena    arena = {0};
	struct buffer   out = {0};
	struct sign_key key;

	sevens(&key);
	badge_issue(badge, &key, did_method(badge->issuer.did, &key.public, &arena), &out);
	arena_finish(&arena);
	return out;
}

static bool holds(const struct buffer *buffer, const char *what)
{
	return memmem(buffer->data, buffer->size, what, strlen(what)) != NULL;
}

static void the_canonical_form_is_the_other_librarys(void **state)
{
	struct buffer quads = canonical_of(&mechanics);

	assert_int_equal(quads.size, sizeof(expected_quads) - 1);
	assert_memory_equal(quads.data, expected_quads, quads.size);
	buffer_finish(&quads);
}

static void the_proof_is_the_other_librarys(void **state)
{
	struct buffer credential = issue(&mechanics);

	assert_true(holds(&credential, expected_key));
	assert_true(holds(&credential, expected_proof));
	buffer_finish(&credential);
}

static void the_same_award_has_the_same_bytes(void **state)
{
	struct buffer one = issue(&mechanics), other = issue(&mechanics);

	assert_true(bytes_equal(buffer_bytes(&one), buffer_bytes(&other)));
	buffer_finish(&one);
	buffer_finish(&other);
}

static struct integrity expected(void)
{
	struct integrity proof = {
		.created_us = mechanics.issued_us,
		.method = TEXT("did:web:learn.example#z6MkvDqGT54cXesYGvABpF1UapVNwjCqRcafi4Px6Thv5T3Z"),
	};

	assert_true(proof_value_parse(text_from(expected_proof), &proof.signature));
	return proof;
}

static void verifying_accepts_the_proof_and_nothing_near_it(void **state)
{
	struct bytes     document = BYTES(expected_quads, sizeof(expected_quads) - 1);
	struct integrity good = expected(), bad = good;
	struct sign_key  key, other;

	sevens(&key);
	sign_key_fresh(&other);
	assert_true(integrity_verify(&good, document, &key.public));
	assert_false(integrity_verify(&good, document, &other.public));
	assert_false(integrity_verify(&good, BYTES(document.data, document.size - 1), &key.public));
	bad.created_us += 1000000;
	assert_false(integrity_verify(&bad, document, &key.public));
	bad = good;
	bad.method.size--;
	assert_false(integrity_verify(&bad, document, &key.public));
	for (size_t i = 0; i < SIGN_SIZE; i++) {
		bad = good;
		bad.signature.bytes[i] ^= 1;
		assert_false(integrity_verify(&bad, document, &key.public));
	}
}

static void a_proof_value_is_read_strictly(void **state)
{
	struct signature signature;
	char             value[PROOF_VALUE_SIZE_MAX];
	struct integrity proof = expected();

	assert_int_equal(proof_value_format(&proof.signature, value), sizeof(expected_proof) - 1);
	assert_memory_equal(value, expected_proof, sizeof(expected_proof) - 1);
	assert_false(proof_value_parse(TEXT(""), &signature));
	assert_false(proof_value_parse(TEXT("z"), &signature));
	assert_false(proof_value_parse(text_from(expected_proof + 1), &signature));
	assert_false(proof_value_parse((struct text){expected_proof, sizeof(expected_proof) - 3}, &signature));
}

/* ---- what is told when it is there ---- */

static void optional_parts_are_told(void **state)
{
	struct badge_evidence evidence[] = {{TEXT("https://learn.example/e/1"), TEXT("Pendulum"), TEXT_NONE},
	                                    {TEXT("https://learn.example/e/2"), TEXT("Spring"), TEXT("Two masses.")}};
	struct badge_score    score = {TEXT("Score"), SCORE_TYPE_PERCENT, TEXT("93"), TEXT("0"), TEXT("100")};
	struct badge_status   status = {TEXT("https://learn.example/status/1"), STATUS_LIST_SIZE - 1};
	struct badge          badge = mechanics;
	struct buffer         out;

	badge.expires_us = badge.issued_us + 1000000;
	badge.achievement.language = TEXT("en");
	badge.achievement.image_url = TEXT("https://learn.example/mechanics.png");
	badge.evidence = evidence;
	badge.evidence_count = 2;
	badge.score = &score;
	badge.status = &status;
	out = issue(&badge);
	assert_true(holds(&out, "\"validUntil\":\"2026-01-02T03:04:06Z\""));
	assert_true(holds(&out, "\"inLanguage\":\"en\""));
	assert_true(holds(&out, "\"image\":{\"id\":\"https://learn.example/mechanics.png\",\"type\":\"Image\""));
	assert_true(holds(&out, "\"evidence\":[{\"id\":\"https://learn.example/e/1\",\"type\":[\"Evidence\"],"
	                        "\"name\":\"Pendulum\"},{"));
	assert_true(holds(&out, "\"narrative\":\"Two masses.\"}]"));
	assert_true(holds(&out, "\"resultType\":\"Percent\",\"valueMin\":\"0\",\"valueMax\":\"100\""));
	assert_true(holds(&out, "\"id\":\"https://learn.example/status/1#131071\""));
	buffer_finish(&out);
}

static void an_absent_part_leaves_no_trace(void **state)
{
	static const char *const words[] = {"validUntil", "inLanguage",       "image",      "evidence",
	                                    "result",     "credentialStatus", "identifier", "null"};
	struct buffer            out = issue(&mechanics);

	for (size_t i = 0; i < array_count(words); i++)
		assert_false(holds(&out, words[i]));
	buffer_finish(&out);
}

static void an_identity_is_hashed_with_its_salt(void **state)
{
	char          hash[BADGE_IDENTITY_HASH_SIZE + 1], other[BADGE_IDENTITY_HASH_SIZE + 1];
	struct badge  badge = mechanics;
	struct buffer out;

	/* printf 'ada@example.edua pinch' | sha256sum */
	badge_identity_hash(TEXT("ada@example.edu"), TEXT("a pinch"), hash);
	assert_string_equal(hash, "sha256$cd82352ac1a4be25da9b02fee863b3c5f6a0de097b100608c1a9a2dd982b003c");
	badge_identity_hash(TEXT("ada@example.edu"), TEXT("another"), other);
	assert_string_not_equal(hash, other);
	badge.subject.identity_hash = text_from(hash);
	badge.subject.identity_salt = TEXT("a pinch");
	out = issue(&badge);
	assert_true(holds(&out, hash));
	assert_false(holds(&out, "ada@"));
	buffer_finish(&out);
	out = canonical_of(&badge);
	assert_true(holds(&out, "_:c14n0 <https://purl.imsglobal.org/spec/vc/ob/vocab.html#salt> \"a pinch\" .\n"));
	buffer_finish(&out);
}

/* ---- complaints ---- */

static void complains(const struct badge *badge, const char *about)
{
	const char *complaint = badge_complaint(badge);

	if (!complaint || !strstr(complaint, about))
		fail_msg("\"%s\" where something about \"%s\" was due", complaint ? complaint : "nothing", about);
}

static void a_good_badge_has_no_complaint(void **state)
{
	assert_null(badge_complaint(&mechanics));
}

/* Each text of a badge in turn is made wrong. */
static void a_wrong_text_is_complained_of(void **state)
{
	const struct {
		size_t      at;
		struct text bad;
		const char *about;
	} wrong[] = {
		{offsetof(struct badge, id), TEXT("58172aac"), "credential's id"},
		{offsetof(struct badge, id), TEXT("urn:uuid:1#fragment"), "credential's id"},
		{offsetof(struct badge, issuer.did), TEXT("did:"), "issuer's id"},
		{offsetof(struct badge, issuer.did), TEXT("did:web:a b"), "issuer's id"},
		{offsetof(struct badge, issuer.name), TEXT_NONE, "issuer's name"},
		{offsetof(struct badge, issuer.url), TEXT("ftp://learn.example"), "issuer's URL"},
		{offsetof(struct badge, achievement.id), TEXT("javascript:alert(1)"), "achievement's id"},
		{offsetof(struct badge, achievement.id), TEXT("https://a.example/#a"), "achievement's id"},
		{offsetof(struct badge, achievement.name), TEXT(""), "achievement's name"},
		{offsetof(struct badge, achievement.name), TEXT("\xff"), "achievement's name"},
		{offsetof(struct badge, achievement.name), TEXT("\xed\xa0\x80"), "achievement's name"},
		{offsetof(struct badge, achievement.description), TEXT_NONE, "description"},
		{offsetof(struct badge, achievement.criteria), TEXT("\xc0\x80"), "criteria"},
		{offsetof(struct badge, achievement.language), TEXT(""), "language"},
		{offsetof(struct badge, achievement.language), TEXT("e n"), "language"},
		{offsetof(struct badge, achievement.image_url), TEXT("https://a.example/\"x"), "image"},
		{offsetof(struct badge, achievement.image_url), TEXT("https://a.example/\xc3\xa9"), "image"},
		{offsetof(struct badge, subject.id), TEXT("mailto:ada@example.edu"), "subject's id"},
		{offsetof(struct badge, subject.identity_hash), TEXT("sha256$12"), "identity hash"},
	};

	for (size_t i = 0; i < array_count(wrong); i++) {
		struct badge badge = mechanics;

		memcpy((char *)&badge + wrong[i].at, &wrong[i].bad, sizeof(wrong[i].bad));
		complains(&badge, wrong[i].about);
	}
}

static void texts_may_be_as_long_as_their_limit(void **state)
{
	static char  letters[BADGE_NARRATIVE_SIZE_MAX + 1];
	struct badge badge = mechanics;

	memset(letters, 'a', sizeof(letters));
	badge.achievement.name = (struct text){letters, BADGE_NAME_SIZE_MAX};
	badge.achievement.criteria = (struct text){letters, BADGE_NARRATIVE_SIZE_MAX};
	assert_null(badge_complaint(&badge));
	badge.achievement.name.size++;
	complains(&badge, "achievement's name");
	badge.achievement.name.size--;
	badge.achievement.criteria.size++;
	complains(&badge, "criteria");
}

static void times_that_cannot_be_told_are_complained_of(void **state)
{
	struct badge badge = mechanics;

	badge.issued_us = -1;
	complains(&badge, "no time that can be told");
	badge.issued_us = INT64_MAX;
	complains(&badge, "no time that can be told");
	badge = mechanics;
	badge.expires_us = badge.issued_us;
	complains(&badge, "before it is issued");
}

static void parts_with_one_id_are_complained_of(void **state)
{
	struct badge_evidence evidence[BADGE_EVIDENCE_MAX + 1] = {
		{TEXT("https://learn.example/e"), TEXT("E"), TEXT_NONE},
		{TEXT("https://learn.example/e"), TEXT("F"), TEXT_NONE}};
	struct badge badge = mechanics;

	badge.evidence = evidence;
	badge.evidence_count = 2;
	complains(&badge, "same id");
	evidence[1].id = badge.subject.id;
	complains(&badge, "same id");
	evidence[1].id = TEXT("https://learn.example/achievements/mechanics#criteria");
	complains(&badge, "made for another one");
	evidence[1].id = TEXT("https://learn.example/f");
	assert_null(badge_complaint(&badge));
	badge.evidence_count = BADGE_EVIDENCE_MAX + 1;
	complains(&badge, "too much evidence");
}

static void wrong_parts_are_complained_of(void **state)
{
	struct badge_evidence evidence = {TEXT("https://learn.example/e"), TEXT(""), TEXT_NONE};
	struct badge_score    score = {TEXT("Score"), SCORE_TYPE_COUNT, TEXT("1"), TEXT_NONE, TEXT_NONE};
	struct badge_status   status = {TEXT("https://learn.example/status/1"), STATUS_LIST_SIZE};
	struct badge          badge = mechanics;

	badge.status = &status;
	complains(&badge, "no such index");
	status = (struct badge_status){TEXT("https://learn.example/status#1"), 0};
	complains(&badge, "status list's URL");
	badge.status = NULL;
	badge.score = &score;
	complains(&badge, "score is of no known type");
	score.type = SCORE_TYPE_RAW;
	score.max = TEXT("");
	complains(&badge, "maximum");
	badge.score = NULL;
	badge.evidence = &evidence;
	badge.evidence_count = 1;
	complains(&badge, "evidence's name");
	badge.evidence_count = 0;
	badge.achievement.type = ACHIEVEMENT_TYPE_COUNT;
	complains(&badge, "achievement is of no known type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_canonical_form_is_the_other_librarys),
		cmocka_unit_test(the_proof_is_the_other_librarys),
		cmocka_unit_test(the_same_award_has_the_same_bytes),
		cmocka_unit_test(verifying_accepts_the_proof_and_nothing_near_it),
		cmocka_unit_test(a_proof_value_is_read_strictly),
		cmocka_unit_test(optional_parts_are_told),
		cmocka_unit_test(an_absent_part_leaves_no_trace),
		cmocka_unit_test(an_identity_is_hashed_with_its_salt),
		cmocka_unit_test(a_good_badge_has_no_complaint),
		cmocka_unit_test(a_wrong_text_is_complained_of),
		cmocka_unit_test(texts_may_be_as_long_as_their_limit),
		cmocka_unit_test(times_that_cannot_be_told_are_complained_of),
		cmocka_unit_test(parts_with_one_id_are_complained_of),
		cmocka_unit_test(wrong_parts_are_complained_of),
	};

	return cmocka_run_group_tests_name("badge", tests, fill_in, NULL);
}
