#include "api/engine_private.h"

#include "api/websocket.h"
#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"

#include <h2o/http1.h>
#include <openssl/sha.h>

/* A WebSocket connection's way: http_channel_open -> libh2o writes 101 and lets go of its request and its connection,
 * not of the socket -> on_upgraded -> messages -> a close frame each way, or a time limit -> the socket is closed, and
 * connection_on_close ends the channel.
 *
 * libh2o's own WebSocket has its messages freed under it when a connection is closed out of a callback, so only the
 * upgrade is its own; frames are api/websocket.h's. */

enum {
	PING_MS = 10 * 1000, /* of silence; stall_timeout_ms is longer */
	CLOSE_MS = 3 * 1000, /* for the other side's close frame, and for ours to leave */
	READ_BACKLOG_BYTES = 1 << 20,
};

struct http_channel {
	struct http_channel_listener listener;
	struct connection           *connection;
	h2o_socket_t                *socket; /* NULL until it is upgraded */
	struct websocket             websocket;
	struct buffer                in;
	struct buffer                leaving; /* libh2o holds these bytes until it calls back */
	struct buffer                waiting;
	struct http_timer            alive;
	bool                         busy, said_close, heard_close, closing, wants_room;
};

/* ---------------------------------------------------------------- sending */

static void on_written(h2o_socket_t *socket, const char *error);

static void send_waiting(struct http_channel *channel)
{
	struct buffer empty = channel->leaving;
	h2o_iovec_t   piece;

	if (channel->busy || channel->waiting.size == 0 || !channel->socket || channel->closing)
		return;
	empty.size = 0;
	channel->leaving = channel->waiting;
	channel->waiting = empty;
	channel->busy = true;
	piece = h2o_iovec_init(channel->leaving.data, channel->leaving.size);
	h2o_socket_write(channel->socket, &piece, 1, on_written);
}

static void close_socket(struct http_channel *channel)
{
	if (channel->closing || !channel->socket)
		return;
	channel->closing = true;
	h2o_socket_read_stop(channel->socket);
	h2o_socket_close(channel->socket); /* connection_on_close goes on */
}

static void say_close(struct http_channel *channel, uint16_t code, struct text reason)
{
	if (channel->said_close)
		return;
	channel->said_close = true;
	websocket_close(&channel->waiting, code, reason);
	http_timer_start(&channel->alive, channel->connection->loop, CLOSE_MS);
	send_waiting(channel);
}

static void on_written(h2o_socket_t *socket, const char *error)
{
	struct http_channel *channel = socket->data;

	channel->busy = false;
	channel->leaving.size = 0;
	connection_note_progress(channel->connection);
	if (error || (channel->said_close && channel->heard_close && channel->waiting.size == 0)) {
		close_socket(channel);
		return;
	}
	send_waiting(channel);
	if (!channel->busy && channel->wants_room && !channel->said_close) {
		channel->wants_room = false;
		loop_note_work(channel->connection->loop);
		channel->listener.on_room(channel->listener.owner);
	}
}

/* ---------------------------------------------------------------- hearing */

static void take_close(struct http_channel *channel, const struct websocket_came *came)
{
	channel->heard_close = true;
	say_close(channel, came->code, TEXT_NONE);
	if (!channel->busy)
		close_socket(channel);
}

static void take(struct http_channel *channel, const struct websocket_came *came)
{
	switch (came->event) {
	case WEBSOCKET_TEXT:
	case WEBSOCKET_BINARY:
		channel->listener.on_message(channel->listener.owner, came->event == WEBSOCKET_TEXT, came->bytes);
		break;
	case WEBSOCKET_PING:
		websocket_pong(&channel->waiting, came->bytes);
		break;
	case WEBSOCKET_CLOSE:
		take_close(channel, came);
		break;
	case WEBSOCKET_BROKEN:
		channel->heard_close = true; /* what follows is not listened to */
		say_close(channel, came->code, TEXT_NONE);
		break;
	case WEBSOCKET_MORE:
	case WEBSOCKET_PONG:
		break;
	}
}

static void take_all(struct http_channel *channel)
{
	size_t                at = 0;
	struct websocket_came came = {.event = WEBSOCKET_PONG};

	while (came.event != WEBSOCKET_MORE && !channel->said_close) {
		websocket_take(&channel->websocket, &channel->in, at, &came);
		at += came.taken;
		take(channel, &came);
		if (channel->closing)
			return;
		/* Who sends pings and reads nothing would have us keep the pongs. */
		if (channel->waiting.size > READ_BACKLOG_BYTES)
			say_close(channel, WEBSOCKET_POLICY, TEXT("What is sent is not read."));
	}
	/* After our close frame only the other side's counts, and whoever sends more is not waited for. */
	while (channel->said_close && !channel->heard_close && came.event != WEBSOCKET_MORE) {
		websocket_take(&channel->websocket, &channel->in, at, &came);
		at += came.taken;
		channel->heard_close = came.event == WEBSOCKET_CLOSE || came.event == WEBSOCKET_BROKEN;
	}
	buffer_consume(&channel->in, at);
}

static void on_readable(h2o_socket_t *socket, const char *error)
{
	struct http_channel *channel = socket->data;

	loop_note_work(channel->connection->loop);
	if (error) {
		close_socket(channel);
		return;
	}
	connection_note_progress(channel->connection);
	buffer_append(&channel->in, BYTES(socket->input->bytes, socket->input->size));
	h2o_buffer_consume(&socket->input, socket->input->size);
	take_all(channel);
	if (channel->closing)
		return;
	send_waiting(channel);
	if (channel->said_close && channel->heard_close && !channel->busy)
		close_socket(channel);
	else if (!channel->said_close)
		http_timer_start(&channel->alive, channel->connection->loop, PING_MS);
}

/* Nothing was heard for a while, or the close frame was not answered. */
static void on_silence(struct http_timer *timer)
{
	struct http_channel *channel = container_of(timer, struct http_channel, alive);

	if (channel->said_close) {
		close_socket(channel);
		return;
	}
	websocket_ping(&channel->waiting);
	send_waiting(channel);
	http_timer_start(timer, channel->connection->loop, PING_MS);
}

/* ---------------------------------------------------------------- its life */

void channel_end(struct http_channel *channel)
{
	if (!channel)
		return;
	http_timer_stop(&channel->alive);
	loop_note_work(channel->connection->loop);
	channel->listener.on_gone(channel->listener.owner);
	websocket_finish(&channel->websocket);
	buffer_finish(&channel->in);
	buffer_finish(&channel->leaving);
	buffer_finish(&channel->waiting);
	free(channel);
}

void channel_go_away(struct http_channel *channel)
{
	say_close(channel, WEBSOCKET_GOING_AWAY, TEXT("The service is shutting down."));
}

/* libh2o has let go of the request, and of its connection, but not of ours. */
static void on_upgraded(void *owner, h2o_socket_t *socket, size_t request_size)
{
	struct http_channel *channel = owner;

	if (!socket)
		return; /* connection_on_close was told */
	channel->socket = socket;
	socket->data = channel;
	h2o_buffer_consume(&socket->input, request_size);
	h2o_socket_read_start(socket, on_readable);
	http_timer_start(&channel->alive, channel->connection->loop, PING_MS);
	on_readable(socket, NULL);
}

static struct text header_of(const struct http_request *request, const char *name)
{
	return http_request_header(request, text_from(name));
}

/* RFC 9110 §5.6.1: names between commas. Case does not matter. */
static bool lists(struct text list, const char *wanted)
{
	size_t size = strlen(wanted), at = 0;

	while (at < list.size) {
		size_t end = at;

		while (at < list.size && (list.data[at] == ' ' || list.data[at] == '\t'))
			at++;
		for (end = at; end < list.size && list.data[end] != ',' && list.data[end] != ' '; end++)
			;
		if (end - at == size && strncasecmp(list.data + at, wanted, size) == 0)
			return true;
		while (end < list.size && list.data[end] != ',')
			end++;
		at = end + 1;
	}
	return false;
}

/* libh2o keeps Upgrade elsewhere, and Connection not at all; but the head is still whole at the front of what was read,
 * with its field names in lower case. */
static struct text connection_field(const struct request *request)
{
	static const char   name[] = "\r\nconnection:";
	const h2o_buffer_t *head =
		request->connection->aside ? request->connection->aside : request->connection->socket->input;
	const char *found = memmem(head->bytes, head->size, name, sizeof(name) - 1);
	struct text value = TEXT_NONE;

	if (!found)
		return value;
	value.data = found + sizeof(name) - 1;
	while (value.data + value.size < head->bytes + head->size && value.data[value.size] != '\r')
		value.size++;
	return value;
}

enum http_channel_verdict http_channel_check(const struct http_request *request)
{
	const h2o_req_t *raw = ((const struct request *)request)->raw;
	struct text      upgrade = {raw->upgrade.base, raw->upgrade.len};

	if (request->http2)
		return HTTP_CHANNEL_NOT_HERE;
	if (!text_is(request->method, "GET") || !lists(upgrade, "websocket")
	    || !lists(connection_field((const struct request *)request), "upgrade"))
		return HTTP_CHANNEL_NOT_ASKED;
	if (!text_is(header_of(request, "sec-websocket-version"), "13"))
		return HTTP_CHANNEL_OTHER_VERSION;
	if (header_of(request, "sec-websocket-key").size != WEBSOCKET_KEY_SIZE || request->body.size > 0)
		return HTTP_CHANNEL_MALFORMED;
	return HTTP_CHANNEL_FINE;
}

bool http_channel_offers(const struct http_request *request, const char *protocol)
{
	return lists(header_of(request, "sec-websocket-protocol"), protocol);
}

/* RFC 6455 §4.2.2. */
static void accept_key(struct text key, char out[WEBSOCKET_ACCEPT_SIZE + 1])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t           digest[SHA_DIGEST_LENGTH];
	char              both[WEBSOCKET_KEY_SIZE + sizeof(guid) - 1];

	memcpy(both, key.data, WEBSOCKET_KEY_SIZE);
	memcpy(both + WEBSOCKET_KEY_SIZE, guid, sizeof(guid) - 1);
	SHA1((const unsigned char *)both, sizeof(both), digest);
	h2o_base64_encode(out, digest, sizeof(digest), 0);
	out[WEBSOCKET_ACCEPT_SIZE] = '\0';
}

struct http_channel *http_channel_open(struct http_request *view, const struct http_head *head,
                                       const struct http_channel_listener *listener)
{
	struct request      *request = (struct request *)view;
	struct connection   *connection = request->connection;
	h2o_req_t           *raw = request->raw;
	struct http_channel *channel;
	char                 accept[WEBSOCKET_ACCEPT_SIZE + 1];

	if (request->forced)
		return NULL;
	require(!request->replied && http_channel_check(view) == HTTP_CHANNEL_FINE && !connection->channel);
	channel = calloc(1, sizeof(*channel));
	require(channel != NULL);
	channel->listener = *listener;
	channel->connection = connection;
	channel->alive.on_due = on_silence;
	channel->websocket.message_bytes_max = HTTP_CHANNEL_MESSAGE_BYTES_MAX;
	connection->channel = channel;
	accept_key(header_of(view, "sec-websocket-key"), accept);
	request->replied = true;
	request_set_head(request, head);
	raw->res.status = 101;
	raw->res.reason = "Switching Protocols";
	raw->res.content_length = SIZE_MAX;
	h2o_add_header(&raw->pool, &raw->res.headers, H2O_TOKEN_UPGRADE, NULL, H2O_STRLIT("websocket"));
	h2o_add_header_by_str(&raw->pool, &raw->res.headers, H2O_STRLIT("sec-websocket-accept"), 0, NULL,
	                      h2o_strdup(&raw->pool, accept, WEBSOCKET_ACCEPT_SIZE).base, WEBSOCKET_ACCEPT_SIZE);
	loop_note_work(view->loop);
	h2o_http1_upgrade(raw, NULL, 0, on_upgraded, channel);
	return channel;
}

enum status http_channel_send(struct http_channel *channel, bool text, struct bytes message)
{
	size_t most = channel->connection->loop->server->settings.limits.stream_bytes_max;

	if (channel->said_close || channel->closing)
		return STATUS_OK;
	if (channel->leaving.size + channel->waiting.size > most) {
		channel->wants_room = true;
		return STATUS_FULL;
	}
	loop_note_work(channel->connection->loop);
	websocket_message(&channel->waiting, text, message);
	send_waiting(channel);
	return STATUS_OK;
}

void http_channel_close(struct http_channel *channel, uint16_t code, struct text reason)
{
	loop_note_work(channel->connection->loop);
	say_close(channel, code, reason);
}
