#include "api/engine_private.h"

#include "eventstore/base/require.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <unistd.h>

/* A connection's way: accept_one -> connection_open -> libh2o, which owns the socket -> connection_on_close.
 * The sweep visits all of them once a second. */

enum {
	ACCEPTS_PER_TURN_MAX = 16,
	ACCEPTS_AT_LAST_MAX = 4096,
	SWEEP_MS = 1000,
	STALL_BYTES_MIN = 4096, /* fewer acknowledged within stall_timeout_ms is no progress */
	ABORTS_PER_SECOND_MAX = 100,
	USER_TIMEOUT_MS = 20000, /* unacknowledged data for so long ends a connection in the kernel */
	HEAD_SLACK_BYTES = 1024,
	TCP_STATE_ESTABLISHED = 1, /* of the kernel's net/tcp_states.h */
};

/* ---- Connections ---- */

void connection_note_progress(struct connection *connection)
{
	connection->progress_ms = loop_now_ms();
}

void connection_kill(struct connection *connection)
{
	shutdown(h2o_socket_get_fd(connection->socket), SHUT_RDWR);
}

void connection_ban(struct connection *connection)
{
	if (connection->banned)
		return;
	connection->banned = true;
	count_one(connection->loop, COUNT_closed_abusive);
	connection_kill(connection);
}

void connection_note_abort(struct connection *connection)
{
	int64_t second = loop_now_ms() / 1000;

	count_one(connection->loop, COUNT_requests_aborted);
	if (second != connection->abort_second) {
		connection->abort_second = second;
		connection->aborts = 0;
	}
	/* HTTP/1.1 cannot reset a request without its connection. A closing connection takes all its requests with it,
	 * which may be many and is lawful; banning it then changes nothing. */
	if (++connection->aborts >= ABORTS_PER_SECOND_MAX)
		connection_ban(connection);
}

static void connection_on_close(void *data)
{
	struct connection *connection = data;
	struct http_loop  *loop = connection->loop;

	require(connection->open_requests == 0);
	channel_end(connection->channel);
	admissions_leave(loop->server->admissions, connection->peer);
	h2o_linklist_unlink(&connection->link);
	loop->connection_count--;
	count_one(loop, COUNT_connections_closed);
	free(connection);
}

static void peer_address(const struct sockaddr_storage *from, uint8_t out[HTTP_ADDRESS_SIZE])
{
	if (from->ss_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)from)->sin6_addr, HTTP_ADDRESS_SIZE);
		return;
	}
	memset(out, 0, HTTP_ADDRESS_SIZE);
	out[10] = out[11] = 0xff;
	memcpy(out + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
}

/* Told in plain HTTP when that is what the client speaks; best effort, it may be gone already. */
static void turn_away(struct http_loop *loop, int descriptor)
{
	char   reply[PROBLEM_REPLY_BYTES_MAX];
	size_t size;

	if (!loop->server->tls) {
		size = problem_write(reply, 503, "There are too many connections; retry.");
		if (send(descriptor, reply, size, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			shutdown(descriptor, SHUT_WR);
	}
	close(descriptor);
}

static void accept_with_present_certificate(struct http_loop *loop, h2o_socket_t *socket)
{
	SSL_CTX *present = loop->server->tls ? tls_take(loop->server->tls) : NULL;

	loop->acceptance.ssl_ctx = present;
	h2o_accept(&loop->acceptance, socket);
	loop->acceptance.ssl_ctx = NULL; /* the connection has its own hold on it */
	SSL_CTX_free(present);
}

static void connection_open(struct http_loop *loop, int descriptor, const uint8_t peer[HTTP_ADDRESS_SIZE])
{
	struct connection *connection = calloc(1, sizeof(*connection));
	int                on = 1, user_timeout_ms = USER_TIMEOUT_MS;

	require(connection != NULL);
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
	connection->loop = loop;
	memcpy(connection->peer, peer, HTTP_ADDRESS_SIZE);
	connection->socket = h2o_evloop_socket_create(loop->events, descriptor, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
	connection->socket->on_close.cb = connection_on_close;
	connection->socket->on_close.data = connection;
	connection_note_progress(connection);
	h2o_linklist_insert(&loop->connections, &connection->link);
	loop->connection_count++;
	count_one(loop, COUNT_connections_opened);
	accept_with_present_certificate(loop, connection->socket);
}

static void admit(struct http_loop *loop, int descriptor, const struct sockaddr_storage *from)
{
	uint8_t        peer[HTTP_ADDRESS_SIZE];
	enum admission admission;

	peer_address(from, peer);
	admission = admissions_enter(loop->server->admissions, peer);
	if (admission == ADMITTED) {
		connection_open(loop, descriptor, peer);
		return;
	}
	count_one(loop, admission == CROWDED ? COUNT_crowded : COUNT_crowded_address);
	turn_away(loop, descriptor);
}

/* False when nothing waits. */
static bool accept_one(struct http_loop *loop)
{
	struct sockaddr_storage from;
	socklen_t               size = sizeof(from);
	int                     descriptor =
		accept4(loop->listen_descriptor, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (descriptor >= 0) {
		admit(loop, descriptor, &from);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		/* The listener would stay readable and the loop would spin. */
		loop->accept_paused = true;
		if (loop->listener)
			h2o_socket_read_stop(loop->listener);
	}
	return false;
}

static void listener_on_readable(h2o_socket_t *listener, const char *error)
{
	struct http_loop *loop = listener->data;

	for (int i = 0; i < ACCEPTS_PER_TURN_MAX; i++)
		if (!accept_one(loop))
			return;
}

/* ---- The sweep ---- */

static bool kernel_view(const struct connection *connection, struct tcp_info *out)
{
	socklen_t size = sizeof(*out);

	memset(out, 0, sizeof(*out));
	return getsockopt(h2o_socket_get_fd(connection->socket), IPPROTO_TCP, TCP_INFO, out, &size) == 0;
}

/* libh2o would take in a head of 400 KB, a hundred of them per address. */
static bool head_too_large(const struct connection *connection)
{
	const struct http_limits *limits = &connection->loop->server->settings.limits;
	size_t head_bytes_max = (size_t)limits->header_bytes_max + limits->target_bytes_max + HEAD_SLACK_BYTES;
	const h2o_buffer_t *input = connection->socket->input;

	return connection->open_requests == 0 && !connection->channel && input->size > head_bytes_max
	       && memmem(input->bytes, head_bytes_max, "\r\n\r\n", 4) == NULL;
}

/* Bytes are on their way: progress is what the client acknowledges. A trickle is none. */
static void note_acknowledged(struct connection *connection)
{
	struct tcp_info info;

	if (!kernel_view(connection, &info))
		return;
	if (info.tcpi_bytes_acked >= connection->acknowledged + STALL_BYTES_MIN) {
		connection->acknowledged = info.tcpi_bytes_acked;
		connection_note_progress(connection);
	}
}

/* A loop that waits for nobody's answer and sends nothing must hear from the client; one that waits for the application
 * is the application's to bound. */
static bool is_stalled(const struct connection *connection)
{
	bool    ours = connection->sending == 0 && connection->open_requests > 0;
	int64_t idle_ms = loop_now_ms() - connection->progress_ms;

	return !ours && idle_ms > connection->loop->server->settings.limits.stall_timeout_ms;
}

/* While an HTTP/1.1 reply is under way libh2o does not read, and so does not notice a client that hung up. */
static void watch_stream(struct connection *connection)
{
	struct tcp_info info;

	if (!kernel_view(connection, &info))
		return;
	if (info.tcpi_state == TCP_STATE_ESTABLISHED)
		return;
	if (connection->sending > 0)
		connection_kill(connection);
	else
		stream_break_off(connection->stream);
}

/* Told in plain HTTP, and cut off with the next sweep: who is still sending would lose the reply to a reset if the
 * connection closed at once. */
static void refuse_head(struct connection *connection)
{
	char   reply[PROBLEM_REPLY_BYTES_MAX];
	size_t size;
	int    descriptor = h2o_socket_get_fd(connection->socket);

	if (connection->head_refused || connection->loop->server->tls) {
		connection_kill(connection);
		return;
	}
	connection->head_refused = true;
	size = problem_write(reply, 431, "The header fields are too large together.");
	if (send(descriptor, reply, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 || shutdown(descriptor, SHUT_WR) != 0)
		connection_kill(connection);
}

static void sweep_connection(struct connection *connection)
{
	if (connection->sending > 0)
		note_acknowledged(connection);
	if (head_too_large(connection)) {
		if (!connection->head_refused)
			count_one(connection->loop, COUNT_refused_headers);
		refuse_head(connection);
	} else if (is_stalled(connection)) {
		count_one(connection->loop, COUNT_closed_stalled);
		connection_note_progress(connection); /* count it once */
		connection_kill(connection);
	} else if (connection->stream) {
		watch_stream(connection);
	}
}

/* ---- What is arriving ---- */

static size_t arriving(const struct connection *connection)
{
	return connection->open_requests == 0 ? connection->socket->input->size : 0;
}

/* A body is taken in before anybody knows whose it is. When all of them hold too much, those go that hold more than the
 * rest do on average: it is they who make it much, and what is small goes on. */
static void relieve(struct http_loop *loop)
{
	const struct http_server *server = loop->server;
	size_t                    share = server->settings.limits.incoming_bytes_max / server->loop_count;
	size_t                    held = 0, count = 0;
	h2o_linklist_t           *node;

	for (node = loop->connections.next; node != &loop->connections; node = node->next) {
		size_t size = arriving(container_of(node, struct connection, link));

		held += size;
		count += size > 0;
	}
	if (held <= share)
		return;
	for (node = loop->connections.next; node != &loop->connections; node = node->next) {
		struct connection *connection = container_of(node, struct connection, link);

		if (arriving(connection) < held / count)
			continue;
		count_one(loop, COUNT_closed_greedy);
		connection_kill(connection);
	}
}

static void sweep_on_due(struct http_timer *timer)
{
	struct http_loop *loop = container_of(timer, struct http_loop, sweep);
	h2o_linklist_t   *node, *next;

	for (node = loop->connections.next; node != &loop->connections; node = next) {
		next = node->next; /* breaking a stream off may close its connection, and no other */
		sweep_connection(container_of(node, struct connection, link));
	}
	relieve(loop);
	if (loop->accept_paused && loop->listener) {
		loop->accept_paused = false;
		h2o_socket_read_start(loop->listener, listener_on_readable);
	}
	http_timer_start(timer, loop, SWEEP_MS);
}

/* ---- Listening ---- */

void listening_start(struct http_loop *loop)
{
	loop->listener = h2o_evloop_socket_create(loop->events, loop->listen_descriptor, H2O_SOCKET_FLAG_DONT_READ);
	loop->listener->data = loop;
	h2o_socket_read_start(loop->listener, listener_on_readable);
	loop->sweep.on_due = sweep_on_due;
	http_timer_start(&loop->sweep, loop, SWEEP_MS);
}

void listening_stop(struct http_loop *loop)
{
	for (int i = 0; i < ACCEPTS_AT_LAST_MAX; i++) /* whoever the kernel has already let in */
		if (!accept_one(loop))
			break;
	h2o_socket_read_stop(loop->listener);
	h2o_socket_close(loop->listener);
	loop->listener = NULL;
	loop->listen_descriptor = -1;
}
