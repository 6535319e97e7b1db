/* Access tokens: JWT (RFC 7519) in JWS compact form (RFC 7515), signed with Ed25519 (RFC 8037).
 *   header   {"alg":"EdDSA","typ":"JWT","kid":…}
 *   payload  {"iss":…,"aud":…,"sub":user,"sid":session,"jti":…,"roles":[word…],"pos":…,"iat":…,"exp":…}
 * We accept what we ourselves would have written, and nothing else: these members, in this order, without spaces. So
 * there is no JSON parser between a stranger and the signature check, and no second spelling of a token. */
#ifndef ORRERY_TOKEN_H
#define ORRERY_TOKEN_H

#include "api/signing.h"
#include "eventstore/base/arena.h"
#include "eventstore/base/id.h"
#include "eventstore/base/shape.h"

enum {
	TOKEN_SIZE_MAX = 2048,
	TOKEN_NAME_SIZE_MAX = 200, /* of issuer and audience, bytes */
	TOKEN_ROLES_MAX = 31,
	TOKEN_SKEW_S = 5, /* how far ahead the clock of another API process may run */
};

/* The bit of an enum role. */
#define TOKEN_ROLE(role) (1u << (role))

struct token_claims {
	struct id user;
	struct id session;
	struct id id;       /* jti */
	uint32_t  roles;    /* TOKEN_ROLE bits */
	uint64_t  position; /* of the event that issued it; what was revoked later than that kills it */
	int64_t   issued_s; /* seconds since 1970, as the next */
	int64_t   expires_s;
};

/* What all tokens of a deployment have in common; outlives everything that uses it. */
struct token_rules {
	struct signing      *signing;
	struct text          issuer;
	struct text          audience;
	const struct choice *roles; /* the words, at most TOKEN_ROLES_MAX */
};

/* Why a token is refused, for the reply and for counters: VERDICT(NAME, name, sentence). */
#define TOKEN_VERDICTS(VERDICT)                                                                                        \
	VERDICT(VALID, valid, "The token is valid.")                                                                   \
	VERDICT(TOO_LARGE, too_large, "The token is larger than any of ours.")                                         \
	VERDICT(MALFORMED, malformed, "The token is not one of ours.")                                                 \
	VERDICT(WRONG_ALGORITHM, wrong_algorithm, "The token is not signed with EdDSA.")                               \
	VERDICT(UNKNOWN_KEY, unknown_key, "The token's key is not known, or is too old.")                              \
	VERDICT(WRONG_SIGNATURE, wrong_signature, "The token's signature is wrong.")                                   \
	VERDICT(EXPIRED, expired, "The token has expired.")                                                            \
	VERDICT(NOT_YET, not_yet, "The token is from the future.")                                                     \
	VERDICT(WRONG_ISSUER, wrong_issuer, "The token was issued by somebody else.")                                  \
	VERDICT(WRONG_AUDIENCE, wrong_audience, "The token is for somebody else.")

enum token_verdict {
#define VERDICT(NAME, name, sentence) TOKEN_##NAME,
	TOKEN_VERDICTS(VERDICT)
#undef VERDICT
		TOKEN_VERDICT_COUNT
};

/* snake_case, for counters. */
const char *token_verdict_name(enum token_verdict verdict);
const char *token_verdict_sentence(enum token_verdict verdict);

/* INVALID: issuer or audience is empty, longer than TOKEN_NAME_SIZE_MAX or holds other than printable ASCII without
 * quotes and backslashes; or there are more than TOKEN_ROLES_MAX roles. To be asked once, at start. */
enum status token_rules_check(const struct token_rules *rules) MUST_USE;

/* The token, signed with the newest key, in the arena. Rules that were not checked, and role bits without a word, are
 * bugs. */
struct text token_sign(const struct token_rules *rules, const struct token_claims *claims, struct arena *arena);

/* Checks in this order: size, form, algorithm, key, signature, times, issuer, audience. `out` is filled in only when
 * VALID. About 45 µs, nearly all of it the signature. */
enum token_verdict token_verify(const struct token_rules *rules, struct text token, int64_t now_us,
                                struct token_claims *out) MUST_USE;

#endif
