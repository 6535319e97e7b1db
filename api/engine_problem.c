#include "api/engine_private.h"

#include "eventstore/base/id.h"
#include "eventstore/base/require.h"

#include <stdio.h>

/* Problems (RFC 9457) that the engine reports itself, of requests that no application of ours has seen. Each has an id
 * of its own, since what the client may have called it has not been read with trust. */

enum { PROBLEM_BYTES_MAX = 512 };

static const char problem_type[] = "application/problem+json";

static const char unreadable[] = "The request could not be read.";

/* The sentences are our own and need no escaping. */
static size_t body_write(char out[PROBLEM_BYTES_MAX], int status, const char *sentence, const char *id)
{
	int size = snprintf(out, PROBLEM_BYTES_MAX,
	                    "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\","
	                    "\"instance\":\"%s\"}\n",
	                    status_phrase(status), status, sentence, id);

	require(size > 0 && size < PROBLEM_BYTES_MAX);
	return (size_t)size;
}

static size_t headers_write(struct http_header out[PROBLEM_HEADERS_MAX], const char *id, int status, bool tls)
{
	size_t count = 0;

	out[count++] = (struct http_header){TEXT("content-type"), {problem_type, sizeof(problem_type) - 1}};
	out[count++] = (struct http_header){TEXT("cache-control"), TEXT("no-store")};
	out[count++] = (struct http_header){TEXT("x-request-id"), text_from(id)};
	if (status == 503)
		out[count++] = (struct http_header){TEXT("retry-after"), TEXT("5")};
	return count + standing_headers(&out[count], TEXT(STANDING_POLICY), tls);
}

struct problem_reply {
	char               id[ID_TEXT_SIZE + 1];
	char               body[PROBLEM_BYTES_MAX];
	size_t             body_size;
	struct http_header headers[PROBLEM_HEADERS_MAX];
	size_t             header_count;
};

static void compose(struct problem_reply *reply, int status, const char *sentence, bool tls)
{
	id_format(id_fresh(), reply->id);
	reply->body_size = body_write(reply->body, status, sentence, reply->id);
	reply->header_count = headers_write(reply->headers, reply->id, status, tls);
}

void problem_answer(struct request *request, int status, const char *sentence)
{
	struct problem_reply *reply = h2o_mem_alloc_pool(&request->raw->pool, sizeof(*reply));
	struct http_head      head = {.status = status, .headers = reply->headers};

	compose(reply, status, sentence, request->view.tls);
	head.header_count = reply->header_count;
	request->raw->http1_is_persistent = 0;
	request_answer(request, &head, HTTP_KEEP(BYTES(reply->body, reply->body_size)));
}

size_t problem_write(char out[PROBLEM_REPLY_BYTES_MAX], int status, const char *sentence)
{
	struct problem_reply reply;
	size_t               size;

	compose(&reply, status, sentence, false);
	size = (size_t)snprintf(out, PROBLEM_REPLY_BYTES_MAX,
	                        "HTTP/1.1 %d %s\r\nserver: orrery\r\nconnection: close\r\ncontent-length: %zu\r\n",
	                        status, status_phrase(status), reply.body_size);
	for (size_t i = 0; i < reply.header_count; i++)
		size += (size_t)snprintf(out + size, PROBLEM_REPLY_BYTES_MAX - size, "%.*s: %.*s\r\n",
		                         TEXT_ARG(reply.headers[i].name), TEXT_ARG(reply.headers[i].value));
	size += (size_t)snprintf(out + size, PROBLEM_REPLY_BYTES_MAX - size, "\r\n%.*s", (int)reply.body_size,
	                         reply.body);
	require(size < PROBLEM_REPLY_BYTES_MAX);
	return size;
}

/* ---- On the way out ---- */

struct problem_stream {
	h2o_ostream_t         super; /* first: libh2o's pointer is ours */
	struct problem_reply *reply;
};

static void stream_send(h2o_ostream_t *self, h2o_req_t *raw, h2o_iovec_t *pieces, size_t count, h2o_send_state_t state)
{
	struct problem_reply *reply = ((struct problem_stream *)self)->reply;
	h2o_iovec_t           body = h2o_iovec_init(reply->body, reply->body_size);
	bool                  silent = h2o_memis(raw->input.method.base, raw->input.method.len, H2O_STRLIT("HEAD"));

	h2o_ostream_send_next(self, raw, &body, silent ? 0 : 1, state);
}

static void replace_headers(h2o_req_t *raw, const struct problem_reply *reply)
{
	raw->res.headers.size = 0;
	for (size_t i = 0; i < reply->header_count; i++)
		h2o_add_header_by_str(&raw->pool, &raw->res.headers, reply->headers[i].name.data,
		                      reply->headers[i].name.size, 1, NULL, reply->headers[i].value.data,
		                      reply->headers[i].value.size);
}

/* Replies that libh2o makes up (a body that is too large or ill-framed, an unknown expectation) never pass our handler;
 * they only pass here, on the way out. */
static void filter_on_setup(h2o_filter_t *self, h2o_req_t *raw, h2o_ostream_t **slot)
{
	struct problem_stream *stream;
	struct http_loop      *loop;

	if (stream_is_ours(raw) || raw->res.status < 400) {
		h2o_setup_next_ostream(raw, slot);
		return;
	}
	loop = connection_of(raw)->loop;
	stream = (struct problem_stream *)h2o_add_ostream(raw, sizeof(*stream), slot);
	stream->super.do_send = stream_send;
	stream->reply = h2o_mem_alloc_pool(&raw->pool, sizeof(*stream->reply));
	compose(stream->reply, raw->res.status, unreadable, loop->server->tls != NULL);
	replace_headers(raw, stream->reply);
	raw->http1_is_persistent = 0;
	raw->res.content_length = stream->reply->body_size;
	raw->res.reason = status_phrase(raw->res.status);
	count_one(loop, raw->res.status == 413 ? COUNT_refused_body : COUNT_refused_malformed);
	count_reply(loop, raw->res.status);
	h2o_setup_next_ostream(raw, &stream->super.next);
}

void problem_filter_register(h2o_pathconf_t *path)
{
	h2o_create_filter(path, sizeof(h2o_filter_t))->on_setup_ostream = filter_on_setup;
}
