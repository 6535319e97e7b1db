#include "api/reply.h"

#include "eventstore/base/base64.h"
#include "eventstore/codec/personal.h"

#include <inttypes.h>

enum { HEADERS_MAX = 24 };

struct reply {
	struct exchange   *exchange;
	struct http_header headers[HEADERS_MAX];
	size_t             count;
};

#define EXPOSED                                                                                                        \
	"X-Position, X-Request-Id, ETag, Content-Range, Preference-Applied, Retry-After, RateLimit, "                  \
	"RateLimit-Policy, "                                                                                           \
	"X-Frames, X-Frame-Quantum, X-Frame-Bodies, X-Frames-Per-Second"

static void add(struct reply *reply, const char *name, struct text value)
{
	if (value.data && reply->count < HEADERS_MAX)
		reply->headers[reply->count++] = (struct http_header){.name = text_from(name), .value = value};
}

static void add_cors(struct reply *reply)
{
	struct exchange *exchange = reply->exchange;

	if (exchange->lane->service->cors_count > 0)
		add(reply, "vary", TEXT("Origin"));
	if (!exchange->origin.data)
		return;
	add(reply, "access-control-allow-origin", exchange->origin);
	add(reply, "access-control-expose-headers", TEXT(EXPOSED));
}

/* draft-ietf-httpapi-ratelimit-headers-09 */
static void add_limit(struct reply *reply)
{
	struct exchange              *exchange = reply->exchange;
	const struct limiter_verdict *limit = &exchange->limit;

	if (!exchange->limited)
		return;
	add(reply, "ratelimit-policy",
	    arena_format(&exchange->arena, "\"default\";q=%u;w=%u", limit->limit, limit->window_s));
	add(reply, "ratelimit",
	    arena_format(&exchange->arena, "\"default\";r=%u;t=%u", limit->remaining, limit->reset_s));
}

static void begin_as(struct reply *reply, struct exchange *exchange, const struct reply_kind *kind)
{
	*reply = (struct reply){.exchange = exchange};
	add(reply, "content-type", kind->type);
	add(reply, "cache-control", kind->caching);
	add(reply, "x-request-id", exchange->request_id);
	reply->count += standing_headers(&reply->headers[reply->count], kind->policy, exchange->asker->tls);
	add_cors(reply);
	add_limit(reply);
}

static void begin_cached(struct reply *reply, struct exchange *exchange, struct text content_type, struct text caching)
{
	begin_as(reply, exchange,
	         &(struct reply_kind){.type = content_type, .caching = caching, .policy = TEXT(STANDING_POLICY)});
}

static void begin(struct reply *reply, struct exchange *exchange, struct text content_type)
{
	begin_cached(reply, exchange, content_type, TEXT("no-store"));
}

static void finish(struct reply *reply, int http, struct bytes body)
{
	struct http_head head = {.status = http, .headers = reply->headers, .header_count = reply->count};

	reply->exchange->asker->hear(reply->exchange, &head, body);
}

size_t reply_plain_headers(struct http_header *headers, struct text content_type, bool tls)
{
	headers[0] = (struct http_header){TEXT("content-type"), content_type};
	return 1
	       + standing_headers(&headers[1],
	                          TEXT("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"), tls);
}

/* ---------------------------------------------------------------- problems */

void reply_problem(struct exchange *exchange, const struct problem *problem)
{
	struct buffer body = {0};
	struct reply  reply;

	if (!exchange->asker)
		return;
	begin(&reply, exchange, TEXT("application/problem+json"));
	if (problem->http == 405)
		add(&reply, "allow", text_from(exchange->match.allow));
	if (problem->http == 401)
		add(&reply, "www-authenticate", TEXT("Bearer realm=\"orrery\""));
	if (problem->retry_after_s > 0)
		add(&reply, "retry-after", arena_format(&exchange->arena, "%u", problem->retry_after_s));
	add(&reply, "content-range", problem->content_range);
	problem_append(&body, problem, exchange->request_id);
	finish(&reply, problem->http, buffer_bytes(&body));
	buffer_finish(&body);
}

/* ---------------------------------------------------------------- documents */

void reply_json(struct exchange *exchange, int http, struct bytes json, struct text etag)
{
	struct reply reply;

	if (!exchange->asker)
		return;
	begin(&reply, exchange, TEXT("application/json"));
	add(&reply, "etag", etag);
	finish(&reply, http, json);
}

void reply_dry_run(struct exchange *exchange, struct bytes json)
{
	struct reply reply;

	if (!exchange->asker)
		return;
	begin(&reply, exchange, TEXT("application/json"));
	add(&reply, "preference-applied", TEXT("dry-run"));
	finish(&reply, 200, json);
}

void reply_begin(struct exchange *exchange, struct text type, void (*on_room)(void *owner))
{
	struct http_head head = {.status = 200};
	struct reply     reply;

	begin(&reply, exchange, type);
	head.headers = reply.headers;
	head.header_count = reply.count;
	http_stream_begin(exchange->request, &head, on_room);
}

void reply_content(struct exchange *exchange, struct text type, struct text caching)
{
	struct reply reply;

	if (!exchange->asker)
		return;
	begin_cached(&reply, exchange, type, caching);
	finish(&reply, 200, buffer_bytes(&exchange->out));
}

void reply_head(struct exchange *exchange, int http, const struct reply_kind *kind, const struct http_header *more,
                size_t count, struct http_head *out)
{
	struct reply *reply = arena_new(&exchange->arena, struct reply);

	begin_as(reply, exchange, kind);
	for (size_t i = 0; i < count; i++)
		if (more[i].value.data && reply->count < HEADERS_MAX)
			reply->headers[reply->count++] = more[i];
	*out = (struct http_head){.status = http, .headers = reply->headers, .header_count = reply->count};
}

void reply_command(struct exchange *exchange, int http, struct bytes json)
{
	struct reply reply;

	if (!exchange->asker)
		return;
	begin(&reply, exchange, TEXT("application/json"));
	if (exchange->answer.position > 0)
		add(&reply, "x-position", arena_format(&exchange->arena, "%" PRIu64, exchange->answer.position));
	if (exchange->authenticated && exchange->answer.version > 0
	    && id_equal(exchange->answer.subject, exchange->claims.user))
		add(&reply, "etag", arena_format(&exchange->arena, "\"%" PRIu64 "\"", exchange->answer.version));
	finish(&reply, http, json);
}

/* A document as the client may read it: personal texts opened on the way out. */
static struct bytes opened(struct exchange *exchange, struct text document, struct buffer *out)
{
	struct key_hold hold;
	bool            found;

	key_hold_init(&hold, exchange->lane->service->keys);
	found = personal_open_json(text_bytes(document), &hold.opener, out);
	key_hold_finish(&hold);
	return found ? buffer_bytes(out) : text_bytes(document);
}

enum pace reply_opened(struct exchange *exchange, struct text document)
{
	reply_json(exchange, exchange->route->http, opened(exchange, document, &exchange->out), TEXT_NONE);
	return DONE;
}

bool reply_client_has(const struct exchange *exchange, struct text etag)
{
	struct text given = exchange_header(exchange, "if-none-match");

	return given.data && (text_is(given, "*") || memmem(given.data, given.size, etag.data, etag.size));
}

enum pace reply_row(struct exchange *exchange)
{
	struct text  version = pg_answer_columns(exchange->rows) > 1 ? pg_answer_text(exchange->rows, 0, 1) : TEXT_NONE;
	struct text  etag = version.data ? arena_format(&exchange->arena, "\"%.*s\"", TEXT_ARG(version)) : TEXT_NONE;
	struct bytes body;

	if (!exchange->asker)
		return DONE;
	if (etag.data && reply_client_has(exchange, etag)) {
		reply_json(exchange, 304, BYTES("", 0), etag);
		return DONE;
	}
	body = opened(exchange, pg_answer_text(exchange->rows, 0, 0), &exchange->out);
	reply_json(exchange, exchange->route->http, body, etag);
	return DONE;
}

static void append_row(struct exchange *exchange, struct buffer *out, uint32_t row)
{
	if (exchange->route->preparation->append_row)
		exchange->route->preparation->append_row(exchange, row, out);
	else
		buffer_append_text(out, pg_answer_text(exchange->rows, row, 0));
}

void reply_append_lines(struct exchange *exchange, uint32_t count)
{
	struct buffer list = {0};
	struct text   lines;

	for (uint32_t i = 0; i < count; i++) {
		append_row(exchange, &list, i);
		buffer_append_text(&list, TEXT("\n"));
	}
	lines = (struct text){.data = (const char *)list.data, .size = list.size};
	if (count > 0 && opened(exchange, lines, &exchange->out).data == list.data)
		buffer_append_text(&exchange->out, lines);
	buffer_finish(&list);
}

enum pace reply_rows(struct exchange *exchange)
{
	uint32_t      rows = pg_answer_rows(exchange->rows);
	uint32_t      count = rows > exchange->page && exchange->page > 0 ? exchange->page : rows;
	struct buffer list = {0};

	buffer_append_text(&list, TEXT("{\"data\":["));
	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buffer_append_text(&list, TEXT(","));
		append_row(exchange, &list, i);
	}
	if (count < rows)
		buffer_format(
			&list, "],\"next\":\"%s\"}",
			arena_base64(&exchange->arena, text_bytes(pg_answer_text(exchange->rows, count - 1, 1))).data);
	else
		buffer_append_text(&list, TEXT("],\"next\":null}"));
	reply_json(exchange, exchange->route->http,
	           opened(exchange, (struct text){.data = (const char *)list.data, .size = list.size}, &exchange->out),
	           TEXT_NONE);
	buffer_finish(&list);
	return DONE;
}

/* ---------------------------------------------------------------- OPTIONS */

enum pace reply_options(struct exchange *exchange)
{
	struct reply reply;

	begin(&reply, exchange, TEXT_NONE);
	add(&reply, "allow", text_from(exchange->match.allow));
	if (exchange->origin.data) {
		add(&reply, "access-control-allow-methods", text_from(exchange->match.allow));
		add(&reply, "access-control-allow-headers",
		    TEXT("Authorization, Client-Time, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, "
		         "Range, Slug, X-Min-Position, X-Request-Id, traceparent"));
		add(&reply, "access-control-max-age", TEXT("600"));
	}
	finish(&reply, 204, BYTES("", 0));
	return DONE;
}
