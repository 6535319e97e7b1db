#include "api/engine_private.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

/* A request's way:
 *   take_request     libh2o has received all of it: make our struct, ask the guard, refuse or go on
 *   hand_over        the application gets it; HTTP/2 requests wait for the end of the turn, so that one that is reset
 * in the same read costs nothing http_reply       or a stream, now or later request_dispose  libh2o clears the
 * request's pool: sent, or the client is gone */

struct reason {
	int         status;
	const char *phrase;
};

static const struct reason reasons[] = {
	{101, "Switching Protocols"},
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{409, "Conflict"},
	{410, "Gone"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
	{507, "Insufficient Storage"},
};

const char *status_phrase(int status)
{
	for (size_t i = 0; i < array_count(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	return "Unnamed";
}

static struct text text_of(h2o_iovec_t vector)
{
	return (struct text){vector.base, vector.len};
}

struct connection *connection_of(h2o_req_t *raw)
{
	return raw->conn->callbacks->get_socket(raw->conn)->on_close.data;
}

static struct request *request_of(const struct http_request *view)
{
	return (struct request *)view;
}

/* ---- Reading ---- */

struct text http_request_header(const struct http_request *view, struct text name)
{
	const h2o_req_t *raw = request_of(view)->raw;

	if (text_is(name, "host"))
		return text_of(raw->input.authority);
	for (size_t i = 0; i < raw->headers.size; i++)
		if (text_equal(text_of(*raw->headers.entries[i].name), name))
			return text_of(raw->headers.entries[i].value);
	return TEXT_NONE;
}

bool request_is_head(const struct request *request)
{
	return text_is(request->view.method, "HEAD");
}

/* ---- Replying ---- */

void http_release_nothing(void *release_owner)
{
}

void request_mark_sending(struct request *request, bool sending)
{
	if (request->sending == sending)
		return;
	request->sending = sending;
	if (sending) {
		/* The wait for us was no fault of the client's: its time to read begins now. */
		if (request->connection->sending++ == 0)
			connection_note_progress(request->connection);
	} else {
		request->connection->sending--;
	}
}

static enum counter counter_of(int status)
{
	if (status >= 500)
		return COUNT_replies_5xx;
	if (status >= 400)
		return COUNT_replies_4xx;
	return status >= 300 ? COUNT_replies_3xx : COUNT_replies_1xx_2xx;
}

void count_reply(struct http_loop *loop, int status)
{
	count_one(loop, counter_of(status));
}

static bool may_stand_in_a_header(struct text value)
{
	for (size_t i = 0; i < value.size; i++)
		if (((uint8_t)value.data[i] < 0x20 && value.data[i] != '\t') || value.data[i] == 0x7f)
			return false;
	return true;
}

static bool is_ours_alone(struct text name)
{
	static const char *const names[] = {"server", "date", "connection", "content-length", "transfer-encoding"};

	for (size_t i = 0; i < array_count(names); i++)
		if (text_is(name, names[i]))
			return true;
	return false;
}

static void add_header(struct request *request, const struct http_header *header)
{
	h2o_mem_pool_t *pool = &request->raw->pool;
	h2o_iovec_t     name, value;

	require(header->name.size > 0 && may_stand_in_a_header(header->name) && !is_ours_alone(header->name));
	if (!may_stand_in_a_header(header->value)) {
		count_one(request->view.loop, COUNT_reply_headers_dropped);
		diag(DIAG_WARN, "reply_header_dropped", "%.*s", TEXT_ARG(header->name));
		return;
	}
	name = h2o_strdup(pool, header->name.data, header->name.size);
	value = h2o_strdup(pool, header->value.size ? header->value.data : "", header->value.size);
	h2o_add_header_by_str(pool, &request->raw->res.headers, name.base, name.len, 1, NULL, value.base, value.len);
}

void request_set_head(struct request *request, const struct http_head *head)
{
	require(head->status == 101 || (head->status >= 200 && head->status <= 599));
	if (request->view.loop->draining)
		request->raw->http1_is_persistent = 0;
	request->raw->res.status = head->status;
	request->raw->res.reason = status_phrase(head->status);
	for (size_t i = 0; i < head->header_count; i++)
		add_header(request, &head->headers[i]);
	count_reply(request->view.loop, head->status);
}

/* A prefilter that adds nothing, and thereby keeps libh2o from asking its filters: a reply of known length needs
 * neither chunks nor our problem filter, and a 204 must not be given chunks. */
static void add_no_filters(h2o_req_prefilter_t *self, h2o_req_t *raw, h2o_ostream_t **slot)
{
}

void request_announce_size(struct request *request, uint64_t size)
{
	request->raw->res.content_length = size;
	h2o_add_prefilter(request->raw, sizeof(h2o_req_prefilter_t))->on_setup_ostream = add_no_filters;
}

static void send_whole(struct request *request, struct bytes body)
{
	static h2o_generator_t generator;
	h2o_req_t             *raw = request->raw;
	h2o_iovec_t            vector = h2o_iovec_init(body.data, body.size);
	bool                   silent = request_is_head(request) || raw->res.status == 204 || raw->res.status == 304;

	raw->res.content_length = raw->res.status == 204 || raw->res.status == 304 ? SIZE_MAX : body.size;
	h2o_add_prefilter(raw, sizeof(h2o_req_prefilter_t))->on_setup_ostream = add_no_filters;
	request_mark_sending(request, true);
	h2o_start_response(raw, &generator);
	h2o_send(raw, &vector, silent || body.size == 0 ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void release_body(struct request *request)
{
	void (*release)(void *) = request->release;

	request->release = NULL;
	if (release)
		release(request->release_owner);
}

void request_answer(struct request *request, const struct http_head *head, struct http_body body)
{
	require(!request->replied);
	request->replied = true;
	request->release = body.release;
	request->release_owner = body.release_owner;
	if (!body.release && body.bytes.size > 0) {
		h2o_iovec_t copy = h2o_strdup(&request->raw->pool, (const char *)body.bytes.data, body.bytes.size);

		body.bytes = BYTES(copy.base, copy.len);
	}
	request_set_head(request, head);
	send_whole(request, body.bytes);
}

void http_reply(struct http_request *view, const struct http_head *head, struct http_body body)
{
	struct request *request = request_of(view);

	if (request->forced) {
		if (body.release)
			body.release(body.release_owner);
		return;
	}
	loop_note_work(view->loop);
	request_answer(request, head, body);
}

void request_force_answer(struct request *request)
{
	request->forced = true;
	if (request->stream.begun)
		stream_break_off(request);
	else if (!request->replied)
		problem_answer(request, 503, "The service is shutting down; try again.");
}

/* ---- Taking requests ---- */

static void return_arena(struct http_loop *loop, struct arena *arena)
{
	if (loop->spare_arena_count == SPARE_ARENAS_MAX || !arena->block || arena->used > SPARE_ARENA_BYTES_MAX) {
		arena_finish(arena);
		return;
	}
	arena_reset(arena);
	loop->spare_arenas[loop->spare_arena_count++] = *arena;
}

static void request_dispose(void *memory)
{
	struct request    *request = memory;
	struct connection *connection = request->connection;

	if (h2o_linklist_is_linked(&request->fresh))
		h2o_linklist_unlink(&request->fresh);
	h2o_linklist_unlink(&request->open);
	if (!request->replied)
		connection_note_abort(connection);
	request_mark_sending(request, false);
	if (connection->stream == request)
		connection->stream = NULL;
	connection->open_requests--;
	connection_note_progress(connection);
	loop_note_work(connection->loop);
	if (request->handed_over && request->view.on_gone)
		request->view.on_gone(request->view.owner);
	release_body(request);
	stream_finish(&request->stream);
	ahead_end(connection);
	return_arena(connection->loop, &request->view.arena);
}

static void describe(struct request *request)
{
	struct http_request *view = &request->view;
	h2o_req_t           *raw = request->raw;
	struct http_loop    *loop = request->connection->loop;
	struct text          target = text_of(raw->input.path);

	view->loop = loop;
	view->method = text_of(raw->input.method);
	view->path = target;
	if (raw->query_at != SIZE_MAX) {
		view->path.size = raw->query_at;
		view->query = (struct text){target.data + raw->query_at + 1, target.size - raw->query_at - 1};
	}
	view->body = BYTES(raw->entity.base, raw->entity.len);
	view->tls = request->connection->socket->ssl != NULL;
	view->http2 = request->connection->http2 = raw->version >= 0x200;
	memcpy(view->peer, request->connection->peer, HTTP_ADDRESS_SIZE);
	if (loop->spare_arena_count > 0)
		view->arena = loop->spare_arenas[--loop->spare_arena_count];
}

static struct request *request_make(struct connection *connection, h2o_req_t *raw)
{
	struct request *request = h2o_mem_alloc_shared(&raw->pool, sizeof(*request), request_dispose);

	*request = (struct request){.raw = raw, .connection = connection};
	connection->open_requests++;
	h2o_linklist_insert(&connection->loop->open, &request->open);
	describe(request);
	return request;
}

static size_t header_bytes(const h2o_req_t *raw)
{
	size_t bytes = 0;

	for (size_t i = 0; i < raw->headers.size; i++)
		bytes += raw->headers.entries[i].name->len + raw->headers.entries[i].value.len;
	return bytes;
}

/* An HTTP/1 head is still whole at the start of the socket's input: libh2o takes a request off it only when the reply
 * has been sent, decodes chunks behind the head, and has done no more to the head than to write the field names in
 * lower case. */
static void examine(struct request *request, struct guard_verdict *verdict)
{
	const struct guard_limits *limits = &request->view.loop->server->guard_limits;
	h2o_req_t                 *raw = request->raw;
	h2o_buffer_t              *input = request->connection->socket->input;
	struct guard_fields        fields = {.method = request->view.method, .target = text_of(raw->input.path)};

	if (!request->view.http2) {
		guard_check_head(BYTES(input->bytes, input->size), limits, verdict);
		return;
	}
	fields.authority = text_of(raw->input.authority);
	fields.header_count = raw->headers.size;
	fields.header_bytes = header_bytes(raw);
	guard_check_fields(&fields, limits, verdict);
}

/* libh2o matches paths by their normalised form. Ours are canonical, so the two must be the same bytes. */
static bool was_normalised(const struct request *request)
{
	return request->raw->norm_indexes != NULL
	       && !text_equal(text_of(request->raw->path_normalized), request->view.path);
}

static void refuse(struct request *request, const struct guard_verdict *verdict)
{
	enum counter counter = COUNT_refused_malformed;

	if (verdict->status == 431)
		counter = COUNT_refused_headers;
	else if (verdict->status == 414)
		counter = COUNT_refused_target;
	else if (verdict->status == 413)
		counter = COUNT_refused_body;
	count_one(request->view.loop, counter);
	problem_answer(request, verdict->status, verdict->sentence);
	if (verdict->status == 431 && request->view.http2)
		connection_ban(request->connection);
}

static void hand_over(struct request *request)
{
	struct http_loop *loop = request->view.loop;

	request->handed_over = true;
	count_one(loop, COUNT_requests);
	loop_note_work(loop);
	loop->server->settings.on_request(&request->view, loop->user);
}

void requests_hand_over(struct http_loop *loop)
{
	while (!h2o_linklist_is_empty(&loop->fresh)) {
		struct request *request = container_of(loop->fresh.next, struct request, fresh);

		h2o_linklist_unlink(&request->fresh);
		hand_over(request);
	}
}

static int take_request(h2o_handler_t *self, h2o_req_t *raw)
{
	struct connection   *connection = connection_of(raw);
	struct request      *request = request_make(connection, raw);
	struct guard_verdict verdict = {0};

	if (connection->banned) {
		problem_answer(request, 503, "This connection asked for too much.");
		return 0;
	}
	examine(request, &verdict);
	if (verdict.status == 0 && was_normalised(request))
		verdict = (struct guard_verdict){400, "The path is not written in its canonical form."};
	if (verdict.status == 0 && raw->entity.len > connection->loop->server->settings.limits.body_bytes_max)
		verdict = (struct guard_verdict){413, "The body is larger than is ever accepted here."};
	if (verdict.status != 0) {
		refuse(request, &verdict);
	} else if (request->view.http2) {
		h2o_linklist_insert(&connection->loop->fresh, &request->fresh);
		loop_note_work(connection->loop);
	} else {
		ahead_begin(connection, raw);
		hand_over(request);
	}
	return 0;
}

void request_handlers_register(h2o_hostconf_t *host)
{
	h2o_pathconf_t *all = h2o_config_register_path(host, "/", 0);

	h2o_create_handler(all, sizeof(h2o_handler_t))->on_req = take_request;
	problem_filter_register(all);
	problem_filter_register(&host->fallback_path);
}
