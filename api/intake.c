#include "api/intake.h"

#include "api/reply.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec_msgpack.h"
#include "schema/events.h"

#include <stdio.h>

enum { PAGE_DEFAULT = 50, REQUEST_ID_SIZE_MAX = 64, QUERY_PARAMETERS_MAX = 32, CURSOR_SIZE_MAX = 200 };

static struct text header(const struct exchange *exchange, const char *name)
{
	return http_request_header(exchange->request, text_from(name));
}

static enum pace problem(struct exchange *exchange, int http, const char *name, struct text title)
{
	struct problem answer = {.http = http, .name = name, .title = title};

	return exchange_problem(exchange, &answer);
}

/* ---------------------------------------------------------------- route */

static bool all_of(struct text text, const char *allowed)
{
	for (size_t i = 0; i < text.size; i++)
		if (!strchr(allowed, text.data[i]) || text.data[i] == '\0')
			return false;
	return text.size > 0;
}

#define VISIBLE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:"

static void name_request(struct exchange *exchange)
{
	struct text given = header(exchange, "x-request-id");
	char        fresh[ID_TEXT_SIZE + 1];

	if (given.data && given.size <= REQUEST_ID_SIZE_MAX && all_of(given, VISIBLE)) {
		exchange->request_id = arena_text(&exchange->arena, given);
		return;
	}
	id_format(id_fresh(), fresh);
	exchange->request_id = arena_text(&exchange->arena, text_from(fresh));
}

/* W3C Trace Context: 00-<trace id, 32 hex>-<parent, 16 hex>-<flags, 2 hex>. Anything else starts a trace of our own. */
static void take_trace(struct exchange *exchange)
{
	struct text given = header(exchange, "traceparent");
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
	struct text           given = header(exchange, "origin");

	for (uint32_t i = 0; i < service->cors_count && given.data; i++)
		if (text_equal(given, service->cors[i]))
			exchange->origin = service->cors[i];
}

enum pace intake_route(struct exchange *exchange)
{
	struct route_match *match = &exchange->match;

	name_request(exchange);
	take_trace(exchange);
	take_origin(exchange);
	router_match(exchange->request->method, arena_text(&exchange->arena, exchange->request->path), match);
	exchange->route = match->route;
	if (match->route)
		return GO_ON;
	if (!match->allow[0])
		return problem(exchange, 404, "no_such_path", TEXT("There is nothing at this path."));
	if (text_is(exchange->request->method, "OPTIONS"))
		return reply_options(exchange);
	return problem(exchange, 405, "method_not_allowed", TEXT("This path does not know the method; see Allow."));
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
	return take_from(exchange, exchange->lane->by_address, limiter_key_address(exchange->request->peer));
}

/* ---------------------------------------------------------------- identify */

static enum pace unauthorized(struct exchange *exchange, const char *name, struct text title)
{
	exchange->lane->counters.unauthorized++;
	return problem(exchange, 401, name, title);
}

enum pace intake_identify(struct exchange *exchange)
{
	struct text        given = header(exchange, "authorization");
	enum token_verdict verdict;

	if (!given.data)
		return GO_ON;
	if (!text_starts_with(given, TEXT("Bearer ")))
		return unauthorized(exchange, "unknown_scheme",
		                    TEXT("Authorization must be Bearer and an access token."));
	given = (struct text){.data = given.data + 7, .size = given.size - 7};
	verdict = token_cache_verify(exchange->lane->tokens, given, clock_wall_us(), &exchange->claims);
	if (verdict != TOKEN_VALID)
		return unauthorized(exchange, "token_refused", text_from(token_verdict_sentence(verdict)));
	if (!revocation_allows(exchange->lane->service->revocation, &exchange->claims))
		return unauthorized(exchange, "token_revoked", TEXT("The session behind this token is over."));
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
		return problem(exchange, 403, "not_permitted", TEXT("Your roles do not permit this."));
	}
	if (!exchange->authenticated)
		return GO_ON;
	return take_from(exchange, exchange->lane->by_account, limiter_key_id(exchange->claims.user));
}

/* ---------------------------------------------------------------- read: headers */

static enum pace read_idempotency_key(struct exchange *exchange)
{
	struct text   key = header(exchange, "idempotency-key");
	struct buffer scoped = {0};
	struct hash   hash;

	exchange->command_id = id_fresh();
	if (!key.data)
		return GO_ON;
	if (key.size < IDEMPOTENCY_KEY_SIZE_MIN || key.size > IDEMPOTENCY_KEY_SIZE_MAX
	    || !all_of(key, VISIBLE "\"'+/=~"))
		return problem(exchange, 400, "idempotency_key_malformed",
		               TEXT("Idempotency-Key must be 8 to 128 characters: letters, digits and -_.:+/=~"));
	/* Keys are the caller's own: another caller's same key is another command. */
	buffer_append(&scoped, BYTES(exchange->claims.user.bytes, 16));
	buffer_append_text(&scoped, key);
	hash = hash_keyed(&exchange->lane->service->command_secret, TEXT("command"), buffer_bytes(&scoped));
	buffer_finish(&scoped);
	memcpy(exchange->command_id.bytes, hash.bytes, sizeof(exchange->command_id.bytes));
	return GO_ON;
}

static enum pace read_min_position(struct exchange *exchange)
{
	struct text given = header(exchange, "x-min-position");

	if (given.data && !text_parse_u64(given, &exchange->min_position))
		return problem(exchange, 400, "position_malformed",
		               TEXT("X-Min-Position must be a position: decimal digits."));
	return GO_ON;
}

/* "12", with the quotes; a list or a weak tag never equals the one version there is. */
static bool parse_etag(struct text given, uint64_t *version)
{
	return given.size >= 3 && given.data[0] == '"' && given.data[given.size - 1] == '"'
	       && text_parse_u64((struct text){.data = given.data + 1, .size = given.size - 2}, version);
}

static enum pace read_if_match(struct exchange *exchange)
{
	struct text given = header(exchange, "if-match");
	uint64_t    version;

	if (given.data && !text_is(given, "*") && !parse_etag(given, &version))
		return problem(exchange, 412, "precondition_failed",
		               TEXT("If-Match names another version than the current one."));
	return GO_ON;
}

void intake_expected(const struct exchange *exchange, struct submission *submission)
{
	struct text given = exchange->request ? header(exchange, "if-match") : TEXT_NONE;

	submission->has_expected = given.data && parse_etag(given, &submission->expected);
}

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

static bool is_json_type(struct text type)
{
	const char *end = type.data ? memchr(type.data, ';', type.size) : NULL;
	size_t      size = end ? (size_t)(end - type.data) : type.size;

	while (size > 0 && type.data[size - 1] == ' ')
		size--;
	type.size = size;
	return text_is(type, "application/json") || text_is(type, "application/merge-patch+json");
}

/* ---------------------------------------------------------------- read: fields */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding (RFC 3986 §2.1), and '+' as a blank where it is a form's. False: malformed. */
static bool percent_decode(struct arena *arena, struct text coded, bool form, struct text *out)
{
	char  *clear = arena_alloc(arena, coded.size + 1);
	size_t size = 0;

	for (size_t i = 0; i < coded.size; i++) {
		char c = coded.data[i];

		if (c == '%') {
			int high = i + 2 < coded.size ? hex_digit(coded.data[i + 1]) : -1;
			int low = i + 2 < coded.size ? hex_digit(coded.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		clear[size++] = c;
	}
	*out = (struct text){.data = clear, .size = size};
	return true;
}

static void complain(struct exchange *exchange, struct complaints *complaints, struct text name, struct text sentence)
{
	if (complaints->count == COMPLAINTS_MAX)
		return;
	complaints->items[complaints->count++] = (struct complaint){
		.pointer = arena_format(&exchange->arena, "/%.*s", TEXT_ARG(name)), .sentence = sentence};
}

static void set_field(struct exchange *exchange, const struct field *field, struct text coded, bool form,
                      struct complaints *complaints)
{
	struct text clear;

	if (!percent_decode(&exchange->arena, coded, form, &clear))
		complain(exchange, complaints, text_from(field->name), TEXT("is not well percent-encoded"));
	else if (field_from_text(field, clear, &exchange->arena, exchange->input, complaints) != STATUS_OK)
		return; /* the complaint was noted */
}

static const struct shape *input_shape(const struct exchange *exchange)
{
	return exchange->route->command ? exchange->route->command->shape : exchange->route->query->shape;
}

static void read_path(struct exchange *exchange, struct complaints *complaints)
{
	for (uint32_t i = 0; i < exchange->match.count; i++) {
		const struct field *field = shape_field(input_shape(exchange), exchange->match.names[i]);

		require(field != NULL);
		set_field(exchange, field, exchange->match.values[i], false, complaints);
	}
}

/* One name=value; a parameter that the query does not have, or has twice, is refused. */
static void read_parameter(struct exchange *exchange, struct text part, uint64_t *seen, struct complaints *complaints)
{
	const struct shape *shape = input_shape(exchange);
	const char         *equals = memchr(part.data, '=', part.size);
	struct text         name = {.data = part.data, .size = equals ? (size_t)(equals - part.data) : part.size};
	struct text         value = {.data = part.data + part.size, .size = 0};
	const struct field *field = exchange->route->query ? shape_field(shape, name) : NULL;

	if (equals)
		value = (struct text){.data = equals + 1, .size = part.size - name.size - 1};
	name = arena_text(&exchange->arena, name);
	if (!field || (field->marks & (FIELD_PATH | FIELD_CALLER | FIELD_SERVER)))
		complain(exchange, complaints, name, TEXT("is not a parameter of this request"));
	else if (*seen & 1ull << (field - shape->fields))
		complain(exchange, complaints, name, TEXT("is given twice"));
	else {
		*seen |= 1ull << (field - shape->fields);
		set_field(exchange, field, value, true, complaints);
	}
}

static void read_query(struct exchange *exchange, struct complaints *complaints)
{
	struct text rest = exchange->request->query;
	uint64_t    seen = 0;

	for (int i = 0; rest.size > 0 && i < QUERY_PARAMETERS_MAX; i++) {
		const char *and = memchr(rest.data, '&', rest.size);
		struct text part = {.data = rest.data, .size = and? (size_t)(and-rest.data) : rest.size};

		if (part.size > 0)
			read_parameter(exchange, part, &seen, complaints);
		rest.data += part.size + (and != NULL);
		rest.size -= part.size + (and != NULL);
	}
}

static bool has_body_fields(const struct shape *shape)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (!(shape->fields[i].marks & (FIELD_PATH | FIELD_CALLER | FIELD_SERVER)))
			return true;
	return false;
}

static bool method_has_body(const struct exchange *exchange)
{
	const char *method = exchange->route->method;

	return strcmp(method, "GET") != 0 && strcmp(method, "DELETE") != 0;
}

static enum pace read_body(struct exchange *exchange, struct complaints *complaints)
{
	struct bytes        body = exchange->request->body;
	const struct shape *shape = input_shape(exchange);
	enum status         status;

	if (body.size > 0 && !is_json_type(header(exchange, "content-type")))
		return problem(exchange, 415, "not_json", TEXT("The body must be application/json."));
	if (!method_has_body(exchange) || !has_body_fields(shape))
		return body.size == 0 || !method_has_body(exchange) || bytes_equal(body, BYTES("{}", 2))
		               ? GO_ON
		               : problem(exchange, 400, "no_body_expected", TEXT("This request takes no body."));
	status = json_decode_shape(shape, body, FIELD_PATH | FIELD_CALLER | FIELD_SERVER, &exchange->arena,
	                           exchange->input, complaints);
	if (status == STATUS_MALFORMED)
		return problem(exchange, 400, "malformed_json",
		               complaints->count > 0 ? complaints->items[0].sentence
		                                     : TEXT("The body is not a JSON object."));
	return GO_ON;
}

static void set_caller(struct exchange *exchange)
{
	const struct shape *shape = input_shape(exchange);

	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_CALLER)
			*(struct id *)field_in(&shape->fields[i], exchange->input) = exchange->claims.user;
}

static bool missing(const struct exchange *exchange, const struct field *field)
{
	bool in_query = exchange->route->query && !method_has_body(exchange);

	return in_query && !(field->marks & (FIELD_OPTIONAL | FIELD_PATH | FIELD_CALLER | FIELD_SERVER))
	       && !field_present(field, exchange->input);
}

static enum pace invalid(struct exchange *exchange, const struct complaints *complaints)
{
	struct problem answer = {.http = 422,
	                         .name = "invalid",
	                         .title = TEXT("Some of what was sent is not allowed."),
	                         .complaints = complaints};

	/* What does not exist cannot be named by a path. */
	if (exchange->match.count > 0 && complaints->count == 1 && exchange->request->body.size == 0
	    && exchange->request->query.size == 0)
		answer = (struct problem){.http = 404,
		                          .name = "no_such_path",
		                          .title = TEXT("There is nothing at this path."),
		                          .complaints = complaints};
	return exchange_problem(exchange, &answer);
}

static enum pace read_fields(struct exchange *exchange)
{
	struct complaints  *complaints = arena_new(&exchange->arena, struct complaints);
	const struct shape *shape = input_shape(exchange);

	exchange->command = exchange->route->command;
	exchange->input = arena_alloc(&exchange->arena, shape->size);
	set_caller(exchange);
	read_path(exchange, complaints);
	read_query(exchange, complaints);
	if (read_body(exchange, complaints) == DONE)
		return DONE;
	for (uint16_t i = 0; i < shape->count; i++)
		if (missing(exchange, &shape->fields[i]))
			complain(exchange, complaints, text_from(shape->fields[i].name), TEXT("is required"));
	return complaints->count > 0 ? invalid(exchange, complaints) : GO_ON;
}

enum pace intake_read(struct exchange *exchange)
{
	static exchange_step *const readers[] = {read_idempotency_key, read_min_position, read_if_match, read_fields};

	if (!accepts_json(header(exchange, "accept")))
		return problem(exchange, 406, "only_json", TEXT("Answers are application/json."));
	for (size_t i = 0; i < array_count(readers); i++)
		if (readers[i](exchange) == DONE)
			return DONE;
	return GO_ON;
}

/* ---------------------------------------------------------------- what is sent on */

static bool is_strong_secret(const struct field *field)
{
	return field->kind == KIND_TEXT && field->format == FORMAT_TOKEN;
}

void intake_digest(const struct exchange *exchange, struct digest *digest)
{
	const struct shape *shape = exchange->command->shape;
	struct buffer       bytes = {0};
	struct hash         hash;

	buffer_append_text(&bytes, text_from(exchange->route->method));
	buffer_append_text(&bytes, text_from(exchange->route->path));
	buffer_append(&bytes, BYTES(exchange->claims.user.bytes, 16));
	/* Without passwords: a fast hash of one must not lie in the log for ever. Tokens are long enough to bear it. */
	require(msgpack_encode_shape(shape, exchange->input, FIELD_SERVER | FIELD_SECRET, NULL, &bytes) == STATUS_OK);
	for (uint16_t i = 0; i < shape->count; i++)
		if ((shape->fields[i].marks & FIELD_INPUT) && is_strong_secret(&shape->fields[i]))
			buffer_append_text(&bytes, *(const struct text *)field_at(&shape->fields[i], exchange->input));
	hash = hash_keyed(&exchange->lane->service->command_secret, TEXT("digest"), buffer_bytes(&bytes));
	buffer_finish(&bytes);
	memcpy(digest->bytes, hash.bytes, sizeof(digest->bytes));
}

static void open_cursor(struct exchange *exchange, struct text *cursor)
{
	uint8_t *clear;
	size_t   size;

	if (!cursor->data || cursor->size > CURSOR_SIZE_MAX)
		return;
	clear = arena_alloc(&exchange->arena, cursor->size + 1);
	if (base64_decode(*cursor, clear, &size))
		*cursor = (struct text){.data = (const char *)clear, .size = size};
}

void intake_page(struct exchange *exchange)
{
	const struct shape *shape = exchange->route->query->shape;
	const struct field *limit = shape_field(shape, TEXT("limit"));
	const struct field *cursor = shape_field(shape, TEXT("cursor"));

	if (!exchange->route->query->list || !limit)
		return;
	exchange->page = field_present(limit, exchange->input) ? *(const uint32_t *)field_at(limit, exchange->input)
	                                                       : PAGE_DEFAULT;
	*(uint32_t *)field_in(limit, exchange->input) = exchange->page + 1;
	*((bool *)exchange->input + limit->has_offset) = true;
	if (cursor)
		open_cursor(exchange, field_in(cursor, exchange->input));
}
