/* How answers leave: headers that every answer bears, problems, documents and lists. */
#ifndef ORRERY_REPLY_H
#define ORRERY_REPLY_H

#include "api/exchange.h"
#include "api/standing.h"

/* Each does nothing when the request is gone. */
void reply_problem(struct exchange *exchange, const struct problem *problem);
void reply_json(struct exchange *exchange, int http, struct bytes json, struct text etag);

/* With 200, and a header that says that nothing was kept. */
void reply_dry_run(struct exchange *exchange, struct bytes json);

/* The head of an answer that leaves piece by piece, by http_stream_write. */
void reply_begin(struct exchange *exchange, struct text type, void (*on_room)(void *owner));

/* exchange->out as it is, to be kept by caches as `caching` says. */
void reply_content(struct exchange *exchange, struct text type, struct text caching);

/* What a body that the caller sends is. */
struct reply_kind {
	struct text type, caching, policy; /* Content-Type, Cache-Control, Content-Security-Policy */
};

/* The head of such an answer: what stands in every one, and `more`, of which those without a value are left out. It
 * lives as long as the exchange. */
void reply_head(struct exchange *exchange, int http, const struct reply_kind *kind, const struct http_header *more,
                size_t count, struct http_head *out);

/* If-None-Match names it, or anything. */
bool reply_client_has(const struct exchange *exchange, struct text etag);

/* A command's answer, with X-Position and, when an event came of it, the ETag of its subject. */
void reply_command(struct exchange *exchange, int http, struct bytes json);

/* The document of exchange->rows, with ETag; 304 when the client has it. */
enum pace reply_row(struct exchange *exchange);

/* A document that a route made itself, personal texts opened. */
enum pace reply_opened(struct exchange *exchange, struct text document);

/* exchange->rows as {"data": […], "next": cursor or null}. */
enum pace reply_rows(struct exchange *exchange);

/* The first `count` rows behind exchange->out, as JSON lines. */
void reply_append_lines(struct exchange *exchange, uint32_t count);

/* OPTIONS: Allow, and the answer to a browser's preflight. */
enum pace reply_options(struct exchange *exchange);

/* The headers for answers that are no exchange's (pages, metrics): at most REPLY_PLAIN_HEADERS. */
enum { REPLY_PLAIN_HEADERS = 1 + STANDING_HEADERS_MAX };
size_t reply_plain_headers(struct http_header *headers, struct text content_type, bool tls);

#endif
