#include "api/token.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <inttypes.h>

enum {
	SECOND_US = 1000000,
	SIGNATURE_SIZE = BASE64_SIZE(SIGN_SIZE),
	DECODED_SIZE_MAX = TOKEN_SIZE_MAX * 3 / 4,
};

/* ---- names ---- */

static const char *const verdict_names[] = {
#define VERDICT(NAME, name, sentence) #name,
	TOKEN_VERDICTS(VERDICT)
#undef VERDICT
};

static const char *const verdict_sentences[] = {
#define VERDICT(NAME, name, sentence) sentence,
	TOKEN_VERDICTS(VERDICT)
#undef VERDICT
};

const char *token_verdict_name(enum token_verdict verdict)
{
	require(verdict < TOKEN_VERDICT_COUNT);
	return verdict_names[verdict];
}

const char *token_verdict_sentence(enum token_verdict verdict)
{
	require(verdict < TOKEN_VERDICT_COUNT);
	return verdict_sentences[verdict];
}

/* ---- rules ---- */

/* Such names stand in JSON as they are. */
static bool is_plain_name(struct text name)
{
	if (name.size == 0 || name.size > TOKEN_NAME_SIZE_MAX)
		return false;
	for (size_t i = 0; i < name.size; i++)
		if (name.data[i] < ' ' || name.data[i] > '~' || name.data[i] == '"' || name.data[i] == '\\')
			return false;
	return true;
}

enum status token_rules_check(const struct token_rules *rules)
{
	if (!is_plain_name(rules->issuer) || !is_plain_name(rules->audience) || rules->roles->count > TOKEN_ROLES_MAX)
		return STATUS_INVALID;
	return STATUS_OK;
}

/* ---- signing ---- */

static void append_part(struct buffer *out, struct bytes bytes)
{
	char *at = (char *)buffer_reserve(out, BASE64_SIZE(bytes.size));

	out->size += base64_encode(bytes, at);
}

static void append_header(struct buffer *out, const char *kid)
{
	struct buffer json = {0};

	buffer_format(&json, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid);
	append_part(out, buffer_bytes(&json));
	buffer_finish(&json);
}

static void append_roles(struct buffer *json, const struct choice *roles, uint32_t bits)
{
	const char *separator = "";

	for (uint32_t role = 1; role <= roles->count; role++) {
		if (!(bits & TOKEN_ROLE(role)))
			continue;
		buffer_format(json, "%s\"%s\"", separator, roles->words[role - 1]);
		bits &= ~TOKEN_ROLE(role);
		separator = ",";
	}
	require(bits == 0);
}

static void append_payload(struct buffer *out, const struct token_rules *rules, const struct token_claims *claims)
{
	struct buffer json = {0};
	char          user[ID_TEXT_SIZE + 1], session[ID_TEXT_SIZE + 1], id[ID_TEXT_SIZE + 1];

	id_format(claims->user, user);
	id_format(claims->session, session);
	id_format(claims->id, id);
	buffer_format(&json,
	              "{\"iss\":\"%.*s\",\"aud\":\"%.*s\",\"sub\":\"%s\",\"sid\":\"%s\",\"jti\":\"%s\",\"roles\":[",
	              TEXT_ARG(rules->issuer), TEXT_ARG(rules->audience), user, session, id);
	append_roles(&json, rules->roles, claims->roles);
	buffer_format(&json, "],\"pos\":%" PRIu64 ",\"iat\":%" PRId64 ",\"exp\":%" PRId64 "}", claims->position,
	              claims->issued_s, claims->expires_s);
	append_part(out, buffer_bytes(&json));
	buffer_finish(&json);
}

struct text token_sign(const struct token_rules *rules, const struct token_claims *claims, struct arena *arena)
{
	struct buffer    token = {0};
	struct signer    signer;
	struct signature signature;
	struct text      out;

	require(claims->issued_s >= 0 && claims->expires_s > claims->issued_s);
	signing_current(rules->signing, claims->issued_s * 1000000, &signer);
	append_header(&token, signer.kid);
	buffer_append_text(&token, TEXT("."));
	append_payload(&token, rules, claims);
	sign_message(&signer.key, buffer_bytes(&token), &signature);
	secret_wipe(&signer, sizeof(signer));
	buffer_append_text(&token, TEXT("."));
	append_part(&token, BYTES(signature.bytes, sizeof(signature.bytes)));
	require(token.size <= TOKEN_SIZE_MAX);
	out = arena_text(arena, (struct text){.data = (const char *)token.data, .size = token.size});
	buffer_finish(&token);
	return out;
}

/* ---- reading ---- */

/* The inside of a string that needs no escapes, with its closing quote; the opening one was taken. */
static bool take_string(struct text *rest, struct text *out)
{
	const char *quote = rest->size > 0 ? memchr(rest->data, '"', rest->size) : NULL;

	if (!quote)
		return false;
	*out = (struct text){.data = rest->data, .size = (size_t)(quote - rest->data)};
	rest->data = quote + 1;
	rest->size -= out->size + 1;
	return true;
}

static bool take_id(struct text *rest, struct text name, struct id *out)
{
	struct text text;

	return text_take(rest, name) && take_string(rest, &text) && id_parse(text, out);
}

/* Digits up to whatever follows; no leading zeroes, so that a number has one spelling. */
static bool take_number(struct text *rest, struct text name, uint64_t max, uint64_t *out)
{
	struct text digits;

	if (!text_take(rest, name))
		return false;
	digits = (struct text){.data = rest->data, .size = 0};
	while (digits.size < rest->size && digits.data[digits.size] >= '0' && digits.data[digits.size] <= '9')
		digits.size++;
	if (!text_parse_u64(digits, out) || *out > max || (digits.size > 1 && *digits.data == '0'))
		return false;
	rest->data += digits.size;
	rest->size -= digits.size;
	return true;
}

static bool take_roles(struct text *rest, const struct choice *roles, uint32_t *out)
{
	uint32_t bits = 0;

	if (!text_take(rest, TEXT(",\"roles\":[")))
		return false;
	while (text_take(rest, bits ? TEXT(",\"") : TEXT("\""))) {
		struct text word;
		uint32_t    role = take_string(rest, &word) ? choice_number(roles, word) : 0;

		/* Ascending, as we write them; so none comes twice. */
		if (role == 0 || bits >= TOKEN_ROLE(role))
			return false;
		bits |= TOKEN_ROLE(role);
	}
	*out = bits;
	return text_take(rest, TEXT("]"));
}

struct payload {
	struct token_claims claims;
	struct text         issuer, audience;
};

static bool take_payload(struct text rest, const struct choice *roles, struct payload *out)
{
	struct token_claims *claims = &out->claims;
	uint64_t             issued_s, expires_s;

	if (!text_take(&rest, TEXT("{\"iss\":\"")) || !take_string(&rest, &out->issuer)
	    || !text_take(&rest, TEXT(",\"aud\":\"")) || !take_string(&rest, &out->audience)
	    || !take_id(&rest, TEXT(",\"sub\":\""), &claims->user)
	    || !take_id(&rest, TEXT(",\"sid\":\""), &claims->session)
	    || !take_id(&rest, TEXT(",\"jti\":\""), &claims->id) || !take_roles(&rest, roles, &claims->roles)
	    || !take_number(&rest, TEXT(",\"pos\":"), UINT64_MAX, &claims->position)
	    || !take_number(&rest, TEXT(",\"iat\":"), INT64_MAX / SECOND_US, &issued_s)
	    || !take_number(&rest, TEXT(",\"exp\":"), INT64_MAX / SECOND_US, &expires_s))
		return false;
	claims->issued_s = (int64_t)issued_s;
	claims->expires_s = (int64_t)expires_s;
	return text_is(rest, "}");
}

/* ---- verifying ---- */

/* Views of the token. */
struct parts {
	struct text header, payload, signature;
	struct text signed_part; /* header and payload with the dot between */
};

static bool split(struct text token, struct parts *out)
{
	const char *first = token.size > 0 ? memchr(token.data, '.', token.size) : NULL;
	const char *second = first ? memchr(first + 1, '.', (size_t)(token.data + token.size - first - 1)) : NULL;

	if (!second)
		return false;
	out->header = (struct text){.data = token.data, .size = (size_t)(first - token.data)};
	out->payload = (struct text){.data = first + 1, .size = (size_t)(second - first - 1)};
	out->signed_part = (struct text){.data = token.data, .size = (size_t)(second - token.data)};
	out->signature = (struct text){.data = second + 1, .size = token.size - out->signed_part.size - 1};
	return true;
}

/* Decodes base64url into `room`, of DECODED_SIZE_MAX. */
static bool decode(struct text part, uint8_t *room, struct text *out)
{
	size_t size;

	if (!base64_decode(part, room, &size))
		return false;
	*out = (struct text){.data = (const char *)room, .size = size};
	return true;
}

static enum token_verdict check_header(const struct token_rules *rules, struct text part, int64_t now_us,
                                       struct sign_public *public)
{
	uint8_t     room[DECODED_SIZE_MAX];
	struct text rest, algorithm, kid;

	if (!decode(part, room, &rest) || !text_take(&rest, TEXT("{\"alg\":\"")) || !take_string(&rest, &algorithm))
		return TOKEN_MALFORMED;
	if (!text_is(algorithm, "EdDSA"))
		return TOKEN_WRONG_ALGORITHM;
	if (!text_take(&rest, TEXT(",\"typ\":\"JWT\",\"kid\":\"")) || !take_string(&rest, &kid) || !text_is(rest, "}"))
		return TOKEN_MALFORMED;
	return signing_public(rules->signing, kid, now_us, public) ? TOKEN_VALID : TOKEN_UNKNOWN_KEY;
}

static enum token_verdict check_signature(const struct parts *parts, const struct sign_public *public)
{
	struct signature signature;
	size_t           size;

	if (parts->signature.size != SIGNATURE_SIZE || !base64_decode(parts->signature, signature.bytes, &size))
		return TOKEN_MALFORMED;
	require(size == sizeof(signature.bytes));
	return sign_verify(public, text_bytes(parts->signed_part), &signature) ? TOKEN_VALID : TOKEN_WRONG_SIGNATURE;
}

static enum token_verdict check_claims(const struct token_rules *rules, const struct payload *payload, int64_t now_us)
{
	if (payload->claims.expires_s * SECOND_US <= now_us)
		return TOKEN_EXPIRED;
	if ((payload->claims.issued_s - TOKEN_SKEW_S) * SECOND_US > now_us)
		return TOKEN_NOT_YET;
	if (!text_equal(payload->issuer, rules->issuer))
		return TOKEN_WRONG_ISSUER;
	return text_equal(payload->audience, rules->audience) ? TOKEN_VALID : TOKEN_WRONG_AUDIENCE;
}

enum token_verdict token_verify(const struct token_rules *rules, struct text token, int64_t now_us,
                                struct token_claims *out)
{
	uint8_t      room[DECODED_SIZE_MAX];
	struct parts parts;
	struct sign_public public;
	struct payload     payload;
	struct text        json;
	enum token_verdict verdict;

	if (token.size > TOKEN_SIZE_MAX)
		return TOKEN_TOO_LARGE;
	if (!split(token, &parts))
		return TOKEN_MALFORMED;
	verdict = check_header(rules, parts.header, now_us, &public);
	if (verdict == TOKEN_VALID)
		verdict = check_signature(&parts, &public);
	if (verdict != TOKEN_VALID)
		return verdict;
	if (!decode(parts.payload, room, &json) || !take_payload(json, rules->roles, &payload))
		return TOKEN_MALFORMED;
	verdict = check_claims(rules, &payload, now_us);
	if (verdict == TOKEN_VALID)
		*out = payload.claims;
	return verdict;
}
