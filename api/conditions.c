#include "api/conditions.h"

#include "api/list_lines.h"

#include <strings.h>

enum pace conditions_idempotency_key(struct exchange *exchange)
{
	struct text   key = exchange_header(exchange, "idempotency-key");
	struct buffer scoped = {0};
	struct hash   hash;

	exchange->command_id = id_fresh();
	if (!key.data)
		return GO_ON;
	if (key.size >= 2 && key.data[0] == '"' && key.data[key.size - 1] == '"') /* the draft's quoted form */
		key = (struct text){.data = key.data + 1, .size = key.size - 2};
	if (key.size < IDEMPOTENCY_KEY_SIZE_MIN || key.size > IDEMPOTENCY_KEY_SIZE_MAX || !exchange_word(key))
		return exchange_say(exchange, 400, "idempotency_key_malformed",
		                    TEXT("Idempotency-Key must be 8 to 128 characters: letters, digits and -_.:"));
	/* Keys are the caller's own: another caller's same key is another command. */
	buffer_append(&scoped, BYTES(exchange->claims.user.bytes, 16));
	buffer_append_text(&scoped, key);
	hash = hash_keyed(&exchange->lane->service->command_secret, TEXT("command"), buffer_bytes(&scoped));
	buffer_finish(&scoped);
	exchange->keyed = true;
	memcpy(exchange->command_id.bytes, hash.bytes, sizeof(exchange->command_id.bytes));
	return GO_ON;
}

enum pace conditions_min_position(struct exchange *exchange)
{
	struct text given = exchange_header(exchange, "x-min-position");

	if (given.data && !text_parse_u64(given, &exchange->min_position))
		return exchange_say(exchange, 400, "position_malformed",
		                    TEXT("X-Min-Position must be a position: decimal digits."));
	return GO_ON;
}

/* "12", with the quotes; a list or a weak tag never equals the one version there is. */
static bool parse_etag(struct text given, uint64_t *version)
{
	return given.size >= 3 && given.data[0] == '"' && given.data[given.size - 1] == '"'
	       && text_parse_u64((struct text){.data = given.data + 1, .size = given.size - 2}, version);
}

enum pace conditions_if_match(struct exchange *exchange)
{
	struct text given = exchange_header(exchange, "if-match");
	uint64_t    version;

	if (given.data && !text_is(given, "*") && !parse_etag(given, &version))
		return exchange_say(exchange, 412, "precondition_failed",
		                    TEXT("If-Match names another version than the current one."));
	return GO_ON;
}

void conditions_expected(const struct exchange *exchange, struct submission *submission)
{
	struct text given = exchange->asker ? exchange_header(exchange, "if-match") : TEXT_NONE;

	submission->has_expected = given.data && parse_etag(given, &submission->expected);
}

/* ---------------------------------------------------------------- Prefer */

/* What stands before the separator, without blanks around it; *rest goes behind it. */
static struct text cut(struct text *rest, char separator)
{
	const char *found = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
	struct text part = {.data = rest->data, .size = found ? (size_t)(found - rest->data) : rest->size};

	*rest = found ? (struct text){.data = found + 1, .size = rest->size - part.size - 1} : TEXT_NONE;
	while (part.size > 0 && (part.data[0] == ' ' || part.data[0] == '\t')) {
		part.data++;
		part.size--;
	}
	while (part.size > 0 && (part.data[part.size - 1] == ' ' || part.data[part.size - 1] == '\t'))
		part.size--;
	return part;
}

static enum pace prefer_dry_run(struct exchange *exchange, struct text value)
{
	/* Whoever writes dry-run=true shall not learn by the effect that it meant nothing. */
	if (value.size > 0 && !text_is(value, "\"\""))
		return exchange_say(exchange, 400, "preference_malformed",
		                    TEXT("The preference dry-run takes no value."));
	exchange->dry = true;
	if (exchange->route->preparation->decides_alone)
		return GO_ON;
	return exchange_say(exchange, 400, "no_dry_run",
	                    TEXT("This does more than decide, so it cannot be tried out by a dry run."));
}

/* A list of NAME[=VALUE] *(;PARAMETER); what is not known here counts for nothing. */
enum pace conditions_prefer(struct exchange *exchange)
{
	bool        heard = exchange->route->command || exchange->route->preparation->decides_alone;
	struct text rest = heard ? exchange_header(exchange, "prefer") : TEXT_NONE;

	while (rest.data) {
		struct text preference = cut(&rest, ',');
		struct text value = cut(&preference, ';');
		struct text name = cut(&value, '=');

		if (name.size == strlen("dry-run") && strncasecmp(name.data, "dry-run", name.size) == 0)
			return prefer_dry_run(exchange, cut(&value, ';'));
	}
	return GO_ON;
}

/* ---------------------------------------------------------------- Accept */

static bool accepts_json(struct text accept)
{
	static const char *const fitting[] = {"*/*", "application/json", "application/*", "application/problem+json"};

	if (!accept.data)
		return true;
	for (size_t i = 0; i < array_count(fitting); i++)
		if (memmem(accept.data, accept.size, fitting[i], strlen(fitting[i])))
			return true;
	return false;
}

bool conditions_accepts(const struct exchange *exchange, const char *type)
{
	struct text accept = exchange_header(exchange, "accept");

	return accept.data && memmem(accept.data, accept.size, type, strlen(type));
}

enum pace conditions_accept(struct exchange *exchange)
{
	const char *other = exchange->route->preparation->also_answers;

	if (exchange->route->preparation->gives_bytes || accepts_json(exchange_header(exchange, "accept"))
	    || (other && conditions_accepts(exchange, other)) || list_lines_wanted(exchange))
		return GO_ON;
	return exchange_say(exchange, 406, "only_json", TEXT("Answers are application/json."));
}
