#include "api/credentials/badge.h"

#include "api/credentials/data_integrity.h"
#include "api/credentials/status_list.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <stdio.h>

#define CONTEXTS                                                                                                       \
	"[\"https://www.w3.org/ns/credentials/v2\",\"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json\"]"

/* Nodes of a badge beside its evidence: credential, issuer, subject, achievement, image, status list. */
enum { NODES_MAX = 6 + BADGE_EVIDENCE_MAX, FRAGMENT_SIZE_MAX = 16, LANGUAGE_SIZE_MAX = 35 };

/* 9999-12-31T23:59:59Z, the last second that RFC 3339 can tell. */
#define TIME_MAX_US (253402300799 * 1000000LL)

static const char *const achievement_types[] = {
#define BADGE_TYPE(name, word) word,
	ACHIEVEMENT_TYPES(BADGE_TYPE)
#undef BADGE_TYPE
};

static const char *const score_types[] = {
#define BADGE_TYPE(name, word) word,
	SCORE_TYPES(BADGE_TYPE)
#undef BADGE_TYPE
};

/* ---- complaints ---- */

static bool is_name(struct text text)
{
	return text.size > 0 && linked_text_valid(text, BADGE_NAME_SIZE_MAX);
}

static bool is_narrative(struct text text)
{
	return text.size > 0 && linked_text_valid(text, BADGE_NARRATIVE_SIZE_MAX);
}

/* An IRI to which a fragment can be added. */
static bool is_whole_iri(struct text iri)
{
	return linked_iri_valid(iri) && iri.size <= LINKED_IRI_SIZE_MAX - FRAGMENT_SIZE_MAX
	       && !memchr(iri.data, '#', iri.size);
}

static bool is_absent_or(struct text text, bool (*what)(struct text text))
{
	return !text.data || what(text);
}

static const char *issuer_complaint(const struct badge_issuer *issuer)
{
	if (!linked_iri_valid(issuer->did))
		return "The issuer's id is no IRI.";
	if (!is_name(issuer->name))
		return "The issuer's name is missing, too long or not UTF-8.";
	if (!linked_iri_valid(issuer->url))
		return "The issuer's URL is no IRI.";
	return NULL;
}

static bool is_language(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] <= ' ' || text.data[i] > '~')
			return false;
	return text.size > 0 && text.size <= LANGUAGE_SIZE_MAX;
}

static const char *achievement_complaint(const struct badge_achievement *achievement)
{
	if (!is_whole_iri(achievement->id))
		return "The achievement's id is no IRI, or has a fragment.";
	if ((unsigned)achievement->type >= ACHIEVEMENT_TYPE_COUNT)
		return "The achievement is of no known type.";
	if (!is_name(achievement->name))
		return "The achievement's name is missing, too long or not UTF-8.";
	if (!is_narrative(achievement->description))
		return "The achievement's description is missing, too long or not UTF-8.";
	if (!is_narrative(achievement->criteria))
		return "The achievement's criteria are missing, too long or not UTF-8.";
	if (!is_absent_or(achievement->language, is_language))
		return "The achievement's language is no language tag.";
	if (!is_absent_or(achievement->image_url, linked_iri_valid))
		return "The achievement's image is no IRI.";
	return NULL;
}

static const char *subject_complaint(const struct badge_subject *subject)
{
	if (!linked_iri_valid(subject->id))
		return "The subject's id is no IRI.";
	if (!subject->identity_hash.data)
		return NULL;
	if (subject->identity_hash.size != BADGE_IDENTITY_HASH_SIZE || !is_name(subject->identity_hash))
		return "The subject's identity hash is none.";
	if (!is_name(subject->identity_salt))
		return "The subject's identity hash has no salt.";
	return NULL;
}

static const char *score_complaint(const struct badge_score *score)
{
	if (!is_name(score->name))
		return "The score's name is missing, too long or not UTF-8.";
	if ((unsigned)score->type >= SCORE_TYPE_COUNT)
		return "The score is of no known type.";
	if (!is_name(score->value) || !is_absent_or(score->min, is_name) || !is_absent_or(score->max, is_name))
		return "The score's value, minimum or maximum is missing, too long or not UTF-8.";
	return NULL;
}

static const char *evidence_complaint(const struct badge *badge)
{
	if (badge->evidence_count > BADGE_EVIDENCE_MAX)
		return "There is too much evidence.";
	for (size_t i = 0; i < badge->evidence_count; i++) {
		const struct badge_evidence *evidence = &badge->evidence[i];

		if (!linked_iri_valid(evidence->id))
			return "The evidence's id is no IRI.";
		if (!is_name(evidence->name))
			return "The evidence's name is missing, too long or not UTF-8.";
		if (!is_absent_or(evidence->narrative, is_narrative))
			return "The evidence's narrative is empty, too long or not UTF-8.";
	}
	return NULL;
}

static const char *status_complaint(const struct badge_status *status)
{
	if (!is_whole_iri(status->list_url))
		return "The status list's URL is no IRI, or has a fragment.";
	if (status->index >= STATUS_LIST_SIZE)
		return "The status list has no such index.";
	return NULL;
}

/* Does the IRI name something that the badge derives an IRI for? */
static bool takes_derived(const struct badge *badge, struct text iri)
{
	struct text fragment = iri;

	if (text_take(&fragment, badge->achievement.id)
	    && (text_is(fragment, "#criteria") || text_is(fragment, "#score")))
		return true;
	fragment = iri;
	if (text_take(&fragment, badge->id) && text_is(fragment, "#result"))
		return true;
	fragment = iri;
	return badge->status && text_take(&fragment, badge->status->list_url) && text_starts_with(fragment, TEXT("#"));
}

/* Nodes with one IRI would be one node, of which everything is said. */
static const char *identity_complaint(const struct badge *badge)
{
	struct text nodes[NODES_MAX] = {badge->id, badge->issuer.did, badge->subject.id, badge->achievement.id};
	size_t      count = 4;

	if (badge->achievement.image_url.data)
		nodes[count++] = badge->achievement.image_url;
	if (badge->status)
		nodes[count++] = badge->status->list_url;
	for (size_t i = 0; i < badge->evidence_count; i++)
		nodes[count++] = badge->evidence[i].id;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (text_equal(nodes[i], nodes[k]))
				return "Two parts of the badge have the same id.";
	for (size_t i = 0; i < count; i++)
		if (takes_derived(badge, nodes[i]))
			return "A part of the badge has an id that is made for another one.";
	return NULL;
}

const char *badge_complaint(const struct badge *badge)
{
	const char *complaint = NULL;

	if (!is_whole_iri(badge->id))
		complaint = "The credential's id is no IRI, or has a fragment.";
	if (!complaint && (badge->issued_us < 0 || badge->issued_us > TIME_MAX_US || badge->expires_us > TIME_MAX_US))
		complaint = "The credential is issued or expires at no time that can be told.";
	if (!complaint && badge->expires_us != 0 && badge->expires_us <= badge->issued_us)
		complaint = "The credential expires before it is issued.";
	if (!complaint)
		complaint = issuer_complaint(&badge->issuer);
	if (!complaint)
		complaint = achievement_complaint(&badge->achievement);
	if (!complaint)
		complaint = subject_complaint(&badge->subject);
	if (!complaint && badge->score)
		complaint = score_complaint(badge->score);
	if (!complaint)
		complaint = evidence_complaint(badge);
	if (!complaint && badge->status)
		complaint = status_complaint(badge->status);
	return complaint ? complaint : identity_complaint(badge);
}

/* ---- the document ---- */

static struct text derive(struct text iri, const char *fragment, struct arena *arena)
{
	return arena_format(arena, "%.*s#%s", TEXT_ARG(iri), fragment);
}

static void add_optional(struct linked *linked, enum term term, struct text text)
{
	if (text.data)
		linked_text(linked, term, text);
}

static void add_issuer(const struct badge_issuer *issuer, struct linked *linked)
{
	linked_open(linked, TERM_ISSUER, issuer->did);
	linked_types(linked, NODE_TYPE_PROFILE, NODE_TYPE_NONE);
	linked_text(linked, TERM_NAME, issuer->name);
	linked_text(linked, TERM_URL, issuer->url);
	linked_close(linked);
}

static void add_identity(const struct badge_subject *subject, struct linked *linked)
{
	linked_list(linked, TERM_IDENTIFIER);
	linked_open_element(linked, TERM_IDENTIFIER, TEXT_NONE);
	linked_type(linked, NODE_TYPE_IDENTITY_OBJECT);
	linked_true(linked, TERM_HASHED);
	linked_text(linked, TERM_IDENTITY_HASH, subject->identity_hash);
	linked_text(linked, TERM_IDENTITY_TYPE, TEXT("emailAddress"));
	linked_text(linked, TERM_SALT, subject->identity_salt);
	linked_close(linked);
	linked_list_end(linked);
}

static void add_image(const struct badge_achievement *achievement, struct linked *linked)
{
	linked_open(linked, TERM_IMAGE, achievement->image_url);
	linked_type(linked, NODE_TYPE_IMAGE);
	linked_text(linked, TERM_CAPTION, achievement->name);
	linked_close(linked);
}

static void add_score(const struct badge_score *score, struct text id, struct linked *linked)
{
	linked_list(linked, TERM_RESULT_DESCRIPTION);
	linked_open_element(linked, TERM_RESULT_DESCRIPTION, id);
	linked_types(linked, NODE_TYPE_RESULT_DESCRIPTION, NODE_TYPE_NONE);
	linked_text(linked, TERM_NAME, score->name);
	linked_text(linked, TERM_RESULT_TYPE, text_from(score_types[score->type]));
	add_optional(linked, TERM_VALUE_MIN, score->min);
	add_optional(linked, TERM_VALUE_MAX, score->max);
	linked_close(linked);
	linked_list_end(linked);
}

static void add_achievement(const struct badge *badge, struct text score_id, struct arena *arena, struct linked *linked)
{
	const struct badge_achievement *achievement = &badge->achievement;

	linked_open(linked, TERM_ACHIEVEMENT, achievement->id);
	linked_types(linked, NODE_TYPE_ACHIEVEMENT, NODE_TYPE_NONE);
	linked_text(linked, TERM_ACHIEVEMENT_TYPE, text_from(achievement_types[achievement->type]));
	linked_text(linked, TERM_NAME, achievement->name);
	linked_text(linked, TERM_DESCRIPTION, achievement->description);
	add_optional(linked, TERM_IN_LANGUAGE, achievement->language);
	linked_open(linked, TERM_CRITERIA, derive(achievement->id, "criteria", arena));
	linked_text(linked, TERM_NARRATIVE, achievement->criteria);
	linked_close(linked);
	if (achievement->image_url.data)
		add_image(achievement, linked);
	if (badge->score)
		add_score(badge->score, score_id, linked);
	linked_close(linked);
}

static void add_result(const struct badge *badge, struct text score_id, struct arena *arena, struct linked *linked)
{
	linked_list(linked, TERM_RESULT);
	linked_open_element(linked, TERM_RESULT, derive(badge->id, "result", arena));
	linked_types(linked, NODE_TYPE_RESULT, NODE_TYPE_NONE);
	linked_text(linked, TERM_RESULT_OF, score_id);
	linked_text(linked, TERM_VALUE, badge->score->value);
	linked_close(linked);
	linked_list_end(linked);
}

static void add_subject(const struct badge *badge, struct arena *arena, struct linked *linked)
{
	struct text score_id = derive(badge->achievement.id, "score", arena);

	linked_open(linked, TERM_CREDENTIAL_SUBJECT, badge->subject.id);
	linked_types(linked, NODE_TYPE_ACHIEVEMENT_SUBJECT, NODE_TYPE_NONE);
	if (badge->subject.identity_hash.data)
		add_identity(&badge->subject, linked);
	add_achievement(badge, score_id, arena, linked);
	if (badge->score)
		add_result(badge, score_id, arena, linked);
	linked_close(linked);
}

static void add_evidence(const struct badge *badge, struct linked *linked)
{
	linked_list(linked, TERM_EVIDENCE);
	for (size_t i = 0; i < badge->evidence_count; i++) {
		linked_open_element(linked, TERM_EVIDENCE, badge->evidence[i].id);
		linked_types(linked, NODE_TYPE_EVIDENCE, NODE_TYPE_NONE);
		linked_text(linked, TERM_NAME, badge->evidence[i].name);
		add_optional(linked, TERM_NARRATIVE, badge->evidence[i].narrative);
		linked_close(linked);
	}
	linked_list_end(linked);
}

static void add_status(const struct badge_status *status, struct arena *arena, struct linked *linked)
{
	struct text index = arena_format(arena, "%" PRIu32, status->index);

	linked_open(linked, TERM_CREDENTIAL_STATUS, derive(status->list_url, index.data, arena));
	linked_type(linked, NODE_TYPE_STATUS_LIST_ENTRY);
	linked_text(linked, TERM_STATUS_PURPOSE, TEXT("revocation"));
	linked_text(linked, TERM_STATUS_LIST_INDEX, index);
	linked_refer(linked, TERM_STATUS_LIST_CREDENTIAL, status->list_url);
	linked_close(linked);
}

void badge_describe(const struct badge *badge, struct arena *arena, struct linked *linked)
{
	require(!badge_complaint(badge));
	linked_begin(linked, TEXT(CONTEXTS), badge->id);
	linked_types(linked, NODE_TYPE_VERIFIABLE_CREDENTIAL, NODE_TYPE_OPEN_BADGE_CREDENTIAL);
	linked_text(linked, TERM_NAME, badge->achievement.name);
	add_issuer(&badge->issuer, linked);
	linked_time(linked, TERM_VALID_FROM, badge->issued_us);
	if (badge->expires_us != 0)
		linked_time(linked, TERM_VALID_UNTIL, badge->expires_us);
	add_subject(badge, arena, linked);
	if (badge->evidence_count > 0)
		add_evidence(badge, linked);
	if (badge->status)
		add_status(badge->status, arena, linked);
	linked_end(linked);
}

void badge_issue(const struct badge *badge, const struct sign_key *key, struct text method, struct buffer *out)
{
	struct arena  arena = {0};
	struct linked linked = {0};

	badge_describe(badge, &arena, &linked);
	integrity_append(&linked, key, method, badge->issued_us, out);
	linked_finish(&linked);
	arena_finish(&arena);
}

void badge_identity_hash(struct text identity, struct text salt, char out[BADGE_IDENTITY_HASH_SIZE + 1])
{
	struct hash_running *running = hash_begin();
	struct hash          hash;
	char                *at = out + sprintf(out, "sha256$");

	hash_add(running, text_bytes(identity));
	hash_add(running, text_bytes(salt));
	hash = hash_end(running);
	for (size_t i = 0; i < sizeof(hash.bytes); i++)
		at += sprintf(at, "%02x", hash.bytes[i]);
}
