/* One award as an Open Badges 3.0 credential (1EdTech ob v3p0, on W3C VC Data Model 2.0): a JSON-LD document of a fixed
 * form, from plain texts. The same award gives the same bytes each time.
 * Every node but the recipient's identity has an IRI, given or derived: the criteria are ACHIEVEMENT#criteria, the
 * score's description is ACHIEVEMENT#score, the result is CREDENTIAL#result. That keeps the canonical form simple
 * (linked.h); the standard allows ids there.
 * All texts are borrowed, until what is made of them is done. */
#ifndef ORRERY_BADGE_H
#define ORRERY_BADGE_H

#include "api/credentials/linked.h"
#include "eventstore/base/arena.h"
#include "eventstore/base/sign.h"

enum {
	BADGE_NAME_SIZE_MAX = 1000,
	BADGE_NARRATIVE_SIZE_MAX = 1 << 16,
	BADGE_EVIDENCE_MAX = 32,
	BADGE_IDENTITY_HASH_SIZE = sizeof("sha256$") - 1 + 64,
};

/* From the vocabulary of achievement types (ob v3p0, AchievementType): enum name, word. */
#define ACHIEVEMENT_TYPES(TYPE)                                                                                        \
	TYPE(ACHIEVEMENT, "Achievement")                                                                               \
	TYPE(ASSESSMENT, "Assessment")                                                                                 \
	TYPE(AWARD, "Award")                                                                                           \
	TYPE(BADGE, "Badge")                                                                                           \
	TYPE(CERTIFICATE, "Certificate")                                                                               \
	TYPE(COURSE_COMPLETION, "CertificateOfCompletion")                                                             \
	TYPE(COMPETENCY, "Competency")                                                                                 \
	TYPE(COURSE, "Course")

/* From ob v3p0, ResultType. */
#define SCORE_TYPES(TYPE)                                                                                              \
	TYPE(RAW, "RawScore")                                                                                          \
	TYPE(PERCENT, "Percent")                                                                                       \
	TYPE(GRADE_POINT_AVERAGE, "GradePointAverage")                                                                 \
	TYPE(LETTER_GRADE, "LetterGrade")

#define BADGE_TYPE(name, word) ACHIEVEMENT_TYPE_##name,
enum achievement_type { ACHIEVEMENT_TYPES(BADGE_TYPE) ACHIEVEMENT_TYPE_COUNT };
#undef BADGE_TYPE
#define BADGE_TYPE(name, word) SCORE_TYPE_##name,
enum score_type { SCORE_TYPES(BADGE_TYPE) SCORE_TYPE_COUNT };
#undef BADGE_TYPE

/* Who awards. */
struct badge_issuer {
	struct text did;
	struct text name;
	struct text url;
};

/* What is awarded. */
struct badge_achievement {
	struct text           id; /* an IRI without a fragment */
	enum achievement_type type;
	struct text           name;
	struct text           description;
	struct text           criteria;  /* Markdown */
	struct text           language;  /* BCP 47 tag; absent: not told */
	struct text           image_url; /* absent: none */
};

/* Whom it is awarded to. */
struct badge_subject {
	struct text id;            /* a did, or urn:uuid:… */
	struct text identity_hash; /* absent: none; else of the e-mail address, from badge_identity_hash */
	struct text identity_salt;
};

struct badge_evidence {
	struct text id;
	struct text name;
	struct text narrative; /* Markdown; absent: none */
};

struct badge_score {
	struct text     name;
	enum score_type type;
	struct text     value;
	struct text     min; /* absent: not told; the same with max */
	struct text     max;
};

/* Where revocation is told (status_list.h). */
struct badge_status {
	struct text list_url; /* without a fragment */
	uint32_t    index;
};

struct badge {
	struct text                  id; /* without a fragment */
	struct badge_issuer          issuer;
	struct badge_achievement     achievement;
	struct badge_subject         subject;
	int64_t                      issued_us;
	int64_t                      expires_us; /* 0: never */
	const struct badge_evidence *evidence;
	size_t                       evidence_count;
	const struct badge_score    *score;  /* NULL: none */
	const struct badge_status   *status; /* NULL: cannot be revoked */
};

/* What keeps this from being a badge, as a sentence; NULL when nothing does. */
const char *badge_complaint(const struct badge *badge);

/* The document without a proof. The badge must be free of complaints. `linked` holds zeroes; linked_finish frees
 * it. What is derived lives in the arena, which must outlive the document. */
void badge_describe(const struct badge *badge, struct arena *arena, struct linked *linked);

/* Appends the signed credential as JSON: created when the badge was issued, by the key that `method` (did.h) names. */
void badge_issue(const struct badge *badge, const struct sign_key *key, struct text method, struct buffer *out);

/* IdentityHash (ob v3p0): "sha256$" and SHA-256 of the text and the salt behind it, in hex; terminated. */
void badge_identity_hash(struct text identity, struct text salt, char out[BADGE_IDENTITY_HASH_SIZE + 1]);

#endif
