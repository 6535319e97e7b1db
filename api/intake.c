#include "api/intake.h"

#include "api/log_files.h"
#include "api/plain.h"
#include "api/reply.h"
#include "eventstore/base/clock.h"
#include "schema/events.h"

#include <stdio.h>

enum { REQUEST_ID_SIZE_MAX = 64 };

#define CHANNEL_TOKEN_PREFIX "orrery.token."

/* ---------------------------------------------------------------- route */

static void name_request(struct exchange *exchange)
{
	struct text given = exchange_header(exchange, "x-request-id");
	char        fresh[ID_TEXT_SIZE + 1];

	if (given.data && given.size <= REQUEST_ID_SIZE_MAX && exchange_word(given)) {
		exchange->request_id = arena_text(&exchange->arena, given);
		return;
	}
	id_format(id_fresh(), fresh);
	exchange->request_id = arena_text(&exchange->arena, text_from(fresh));
}

/* W3C Trace Context: 00-<trace id, 32 hex>-<parent, 16 hex>-<flags, 2 hex>. Anything else starts a trace of our own. */
static void take_trace(struct exchange *exchange)
{
	struct text given = exchange_header(exchange, "traceparent");
	char        dashed[ID_TEXT_SIZE + 1];
	const char *hex;
	struct id   parsed;

	exchange->trace = id_fresh();
	if (!given.data || given.size != 55 || memcmp(given.data, "00-", 3) != 0 || given.data[35] != '-')
		return;
	hex = given.data + 3;
	snprintf(dashed, sizeof(dashed), "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	if (id_parse(text_from(dashed), &parsed) && id_present(parsed))
		exchange->trace = parsed;
}

static void take_origin(struct exchange *exchange)
{
	const struct service *service = exchange->lane->service;
	struct text           given = exchange_header(exchange, "origin");

	for (uint32_t i = 0; i < service->cors_count && given.data; i++)
		if (text_equal(given, service->cors[i]))
			exchange->origin = service->cors[i];
}

static bool reads(const struct exchange *exchange)
{
	return text_is(exchange->asker->method, "GET") || text_is(exchange->asker->method, "HEAD");
}

static enum pace admit_body(struct exchange *exchange)
{
	uint32_t       own = exchange->route->preparation->body_bytes_max;
	uint32_t       most = own > 0 ? own : BODY_BYTES_MAX;
	struct problem problem = {.http = 413, .name = "body_too_large", .title = TEXT("The body is too large.")};

	if (exchange->asker->body.size <= most)
		return GO_ON;
	problem.detail = arena_format(&exchange->arena, "This request takes at most %u bytes.", most);
	return exchange_problem(exchange, &problem);
}

enum pace intake_route(struct exchange *exchange)
{
	struct route_match *match = &exchange->match;

	name_request(exchange);
	take_origin(exchange);
	router_match(exchange->asker->method, arena_text(&exchange->arena, exchange->asker->path), match);
	exchange->route = match->route;
	if (match->route && match->route->command)
		take_trace(exchange);
	if (match->route)
		return admit_body(exchange);
	if (log_files_know(exchange->asker->path) && reads(exchange)) {
		exchange->steps = log_files_steps;
		return GO_ON;
	}
	if (log_files_know(exchange->asker->path) || plain_knows(exchange->asker->path))
		snprintf(match->allow, sizeof(match->allow), "GET, HEAD, OPTIONS");
	if (!match->allow[0])
		return exchange_say(exchange, 404, "no_such_path", TEXT("There is nothing at this path."));
	if (text_is(exchange->asker->method, "OPTIONS"))
		return reply_options(exchange);
	return exchange_say(exchange, 405, "method_not_allowed",
	                    TEXT("This path does not know the method; see Allow."));
}

/* ---------------------------------------------------------------- admit */

static enum pace limited(struct exchange *exchange, const struct limiter_verdict *verdict)
{
	struct problem answer = {
		.http = 429,
		.name = "too_many_requests",
		.title = TEXT("More requests than allowed; wait before the next one."),
		.retry_after_s = verdict->retry_after_s,
	};

	exchange->lane->counters.limited++;
	return exchange_problem(exchange, &answer);
}

static enum pace take_from(struct exchange *exchange, struct limiter *limiter, struct limiter_key key)
{
	if (!limiter)
		return GO_ON;
	limiter_take(limiter, &key, 1, clock_monotonic_us(), &exchange->limit);
	exchange->limited = true;
	return exchange->limit.allowed ? GO_ON : limited(exchange, &exchange->limit);
}

enum pace intake_admit(struct exchange *exchange)
{
	return take_from(exchange, exchange->lane->service->by_address, limiter_key_address(exchange->asker->peer));
}

/* ---------------------------------------------------------------- identify */

static enum pace unauthorized(struct exchange *exchange, const char *name, struct text title)
{
	exchange->lane->counters.unauthorized++;
	return exchange_say(exchange, 401, name, title);
}

enum pace intake_revoked(struct exchange *exchange)
{
	return unauthorized(exchange, "token_revoked", TEXT("The session behind this token is over."));
}

/* Routes that anyone may use have no need of the token: nothing of theirs ends a session they could not go on without.
 */
static bool may_ask_again(const struct exchange *exchange)
{
	return exchange->route->command && exchange->route->access != ACCESS_ANYONE
	       && exchange_header(exchange, "idempotency-key").data;
}

/* The one among the protocols offered that is a token. */
static struct text token_of_channel(const struct exchange *exchange)
{
	struct text list = exchange_header(exchange, "sec-websocket-protocol"), prefix = TEXT(CHANNEL_TOKEN_PREFIX);
	const char *found = list.data ? memmem(list.data, list.size, prefix.data, prefix.size) : NULL;
	struct text token = TEXT_NONE;

	if (!found || !exchange->route || !exchange->route->preparation->opens_channel)
		return token;
	token.data = found + prefix.size;
	while (token.data + token.size < list.data + list.size && token.data[token.size] != ','
	       && token.data[token.size] != ' ')
		token.size++;
	return token;
}

/* The token in Authorization, or where a page had to put it. DONE: it is of another scheme. */
static enum pace find_token(struct exchange *exchange, struct text *token)
{
	struct text given = exchange_header(exchange, "authorization");

	*token = given.data ? given : token_of_channel(exchange);
	if (given.data && !text_take(token, TEXT("Bearer ")))
		return unauthorized(exchange, "unknown_scheme",
		                    TEXT("Authorization must be Bearer and an access token."));
	return GO_ON;
}

enum pace intake_identify(struct exchange *exchange)
{
	struct text        given;
	enum token_verdict verdict;

	if (find_token(exchange, &given) == DONE)
		return DONE;
	if (!given.data)
		return GO_ON;
	verdict = token_cache_verify(exchange->lane->tokens, given, clock_wall_us(), &exchange->claims);
	if (verdict != TOKEN_VALID)
		return unauthorized(exchange, "token_refused", text_from(token_verdict_sentence(verdict)));
	exchange->revoked = !revocation_allows(exchange->lane->service->revocation, &exchange->claims);
	if (exchange->revoked && !may_ask_again(exchange))
		return intake_revoked(exchange);
	exchange->authenticated = true;
	return GO_ON;
}

/* ---------------------------------------------------------------- permit */

static bool may(const struct exchange *exchange)
{
	uint32_t roles = exchange->claims.roles;

	switch (exchange->route->access) {
	case ACCESS_ANYONE:
		return true;
	case ACCESS_MEMBER:
		return exchange->authenticated;
	case ACCESS_INSTRUCTOR:
		return exchange->authenticated && (roles & (TOKEN_ROLE(ROLE_instructor) | TOKEN_ROLE(ROLE_admin)));
	case ACCESS_ADMIN:
		return exchange->authenticated && (roles & TOKEN_ROLE(ROLE_admin));
	}
	return false;
}

enum pace intake_permit(struct exchange *exchange)
{
	if (!may(exchange)) {
		if (!exchange->authenticated)
			return unauthorized(exchange, "not_authenticated",
			                    TEXT("Log in first: this needs an access token."));
		return exchange_say(exchange, 403, "not_permitted", TEXT("Your roles do not permit this."));
	}
	if (!exchange->authenticated || exchange->inside)
		return GO_ON;
	return take_from(exchange, exchange->lane->service->by_account, limiter_key_id(exchange->claims.user));
}
