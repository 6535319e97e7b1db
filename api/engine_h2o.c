#include "api/engine_private.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* The server's life: create (settings, certificate, listening sockets), run (a thread a loop), drain, destroy. */

enum {
	LISTEN_BACKLOG = 4096,
	DESCRIPTORS_KEPT_FREE = 256,
	HTTP2_FAREWELL_MS = 1300, /* libh2o says goodbye twice, a second apart, and must not be taken down between */
	ABANDON_MS = 3000,        /* after the drain's limit */
	TRIM_THRESHOLD_BYTES = 64 * 1024 * 1024,
	TOP_PAD_BYTES = 16 * 1024 * 1024,
};

/* ---- Draining ---- */

/* Who is connected but has asked nothing. */
static void close_idle_connections(struct http_loop *loop)
{
	h2o_linklist_t *node;

	for (node = loop->connections.next; node != &loop->connections; node = node->next) {
		struct connection *connection = container_of(node, struct connection, link);

		if (connection->channel)
			channel_go_away(connection->channel);
		else if (connection->open_requests == 0 && connection->socket->input->size == 0 && !connection->http2)
			shutdown(h2o_socket_get_fd(connection->socket), SHUT_RD);
	}
}

static void drain_limit_on_due(struct http_timer *timer)
{
	struct http_loop *loop = container_of(timer, struct http_loop, drain_limit);
	h2o_linklist_t   *node, *next;

	diag(DIAG_WARN, "drain_limit", "%zu connections are still open", loop->connection_count);
	for (node = loop->open.next; node != &loop->open; node = next) {
		next = node->next;
		request_force_answer(container_of(node, struct request, open));
	}
	for (node = loop->connections.next; node != &loop->connections; node = node->next)
		connection_kill(container_of(node, struct connection, link));
}

void loop_begin_drain(struct http_loop *loop)
{
	if (loop->draining || !atomic_load(&loop->server->draining))
		return;
	loop->draining = true;
	loop->drain_began_ms = loop_now_ms();
	listening_stop(loop);
	if (loop->server->settings.http2)
		h2o_context_request_shutdown(&loop->context);
	else
		loop->context.shutdown_requested = 1;
	if (loop->server->settings.on_drain && loop->user)
		loop->server->settings.on_drain(loop, loop->user);
	close_idle_connections(loop);
	loop->drain_limit.on_due = drain_limit_on_due;
	http_timer_start(&loop->drain_limit, loop, loop->server->settings.limits.drain_timeout_ms);
}

static bool is_drained(struct http_loop *loop)
{
	int64_t passed_ms = loop_now_ms() - loop->drain_began_ms;

	if (!loop->draining)
		return false;
	if (passed_ms > (int64_t)loop->server->settings.limits.drain_timeout_ms + ABANDON_MS) {
		loop->abandoned = loop->connection_count > 0;
		return true;
	}
	return loop->connection_count == 0 && (!loop->server->settings.http2 || passed_ms > HTTP2_FAREWELL_MS);
}

void http_server_drain(struct http_server *server)
{
	atomic_store(&server->draining, true);
	for (uint32_t i = 0; i < server->loop_count; i++)
		loop_wake(&server->loops[i]);
}

/* ---- A loop's thread ---- */

static void loop_begin(struct http_loop *loop)
{
	struct http_server *server = loop->server;

	loop->events = h2o_evloop_create();
	h2o_context_init(&loop->context, loop->events, &server->config);
	loop->acceptance = (h2o_accept_ctx_t){.ctx = &loop->context, .hosts = server->config.hosts};
	loop_open(loop);
	loop->user = server->settings.on_loop_start(loop, server->settings.owner);
	loop->failed = loop->user == NULL;
	listening_start(loop);
	if (loop->failed)
		http_server_drain(server);
}

static void loop_end(struct http_loop *loop)
{
	if (loop->user && loop->server->settings.on_loop_stop)
		loop->server->settings.on_loop_stop(loop, loop->user);
	http_timer_stop(&loop->sweep);
	http_timer_stop(&loop->drain_limit);
	loop_close(loop);
	if (loop->abandoned)
		return;
	h2o_context_dispose(&loop->context);
	h2o_evloop_destroy(loop->events);
}

static void *loop_main(void *argument)
{
	struct http_loop *loop = argument;

	loop_begin(loop);
	while (!is_drained(loop))
		loop_turn(loop);
	loop_end(loop);
	return NULL;
}

/* Signals are for the thread that runs the server. */
static void start_thread(struct http_loop *loop)
{
	sigset_t all, before;

	sigfillset(&all);
	require(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	require(pthread_create(&loop->thread, NULL, loop_main, loop) == 0);
	require(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

enum status http_server_run(struct http_server *server)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < server->loop_count; i++)
		start_thread(&server->loops[i]);
	for (uint32_t i = 0; i < server->loop_count; i++) {
		pthread_join(server->loops[i].thread, NULL);
		if (server->loops[i].failed)
			status = STATUS_UNREACHABLE;
	}
	return status;
}

/* ---- Creation ---- */

static void default_to(uint32_t *limit, uint32_t value)
{
	if (*limit == 0)
		*limit = value;
}

static void fill_in_limits(struct http_limits *limits)
{
	default_to(&limits->target_bytes_max, 8192);
	default_to(&limits->header_bytes_max, 16384);
	default_to(&limits->header_count_max, 64);
	default_to(&limits->body_bytes_max, 1024 * 1024);
	default_to(&limits->incoming_bytes_max, 256 * 1024 * 1024);
	default_to(&limits->stream_bytes_max, 256 * 1024);
	default_to(&limits->connections_max, 10000);
	default_to(&limits->connections_per_address_max, 64);
	default_to(&limits->request_timeout_ms, 10000);
	default_to(&limits->stall_timeout_ms, 30000);
	default_to(&limits->drain_timeout_ms, 10000);
}

/* As many connections as there are descriptors for, with some left for databases and files. */
static void fit_to_descriptors(struct http_limits *limits)
{
	struct rlimit files;

	require(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
		diag(DIAG_WARN, "descriptors_not_raised", "%s", strerror(errno));
	if (files.rlim_cur >= (rlim_t)limits->connections_max + DESCRIPTORS_KEPT_FREE)
		return;
	limits->connections_max = files.rlim_cur > 2 * DESCRIPTORS_KEPT_FREE
	                                  ? (uint32_t)(files.rlim_cur - DESCRIPTORS_KEPT_FREE)
	                                  : DESCRIPTORS_KEPT_FREE;
	diag(DIAG_WARN, "connections_capped", "to %u by the descriptor limit", limits->connections_max);
}

/* libh2o takes in twice the body limit, so that a body somewhat too large gets a clean 413 from us. */
static void configure(struct http_server *server)
{
	struct http_limits *limits = &server->settings.limits;
	h2o_hostconf_t     *host;

	server->guard_limits = (struct guard_limits){
		.target_bytes_max = limits->target_bytes_max,
		.header_bytes_max = limits->header_bytes_max,
		.header_count_max = limits->header_count_max,
	};
	h2o_config_init(&server->config);
	server->config.server_name = h2o_iovec_init(H2O_STRLIT("orrery"));
	server->config.max_request_entity_size = (size_t)limits->body_bytes_max * 2;
	server->config.handshake_timeout = limits->request_timeout_ms;
	server->config.http1.req_timeout = limits->request_timeout_ms;
	server->config.http1.upgrade_to_http2 = 0;
	server->config.http2.idle_timeout = limits->request_timeout_ms;
	host = h2o_config_register_host(&server->config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	host->http2.push_preload = 0;
	request_handlers_register(host);
}

static enum status parse_address(const struct http_settings *settings, uint16_t port, struct sockaddr_storage *out)
{
	const char          *address = settings->address ? settings->address : "127.0.0.1";
	struct sockaddr_in  *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return STATUS_OK;
	}
	if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		return STATUS_OK;
	}
	diag(DIAG_ERROR, "listen_address", "%s is neither an IPv4 nor an IPv6 address", address);
	return STATUS_INVALID;
}

/* Each loop has its own socket; the kernel spreads connections over all that share the port. */
/* The loops share their port by SO_REUSEPORT, and so would another process, unnoticed. A socket without it is refused
 * while anybody listens. */
static bool port_taken(const struct sockaddr_storage *address)
{
	int  on = 1, descriptor = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool taken;

	if (descriptor < 0)
		return false;
	setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	taken = bind(descriptor, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == EADDRINUSE;
	close(descriptor);
	return taken;
}

static enum status bind_loop(struct http_server *server, struct http_loop *loop)
{
	struct sockaddr_storage address;
	socklen_t               size = sizeof(address);
	int                     on = 1;
	enum status             status = parse_address(&server->settings, server->port, &address);

	if (status != STATUS_OK)
		return status;
	loop->listen_descriptor = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (loop->listen_descriptor < 0
	    || setsockopt(loop->listen_descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
	    || setsockopt(loop->listen_descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0
	    || bind(loop->listen_descriptor, (struct sockaddr *)&address, size) != 0
	    || listen(loop->listen_descriptor, LISTEN_BACKLOG) != 0
	    || getsockname(loop->listen_descriptor, (struct sockaddr *)&address, &size) != 0) {
		diag(DIAG_ERROR, "listen", "port %u: %s", server->port, strerror(errno));
		return STATUS_IO;
	}
	server->port = ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
	                                                   : ((struct sockaddr_in *)&address)->sin_port);
	return STATUS_OK;
}

static enum status bind_loops(struct http_server *server)
{
	struct sockaddr_storage address;
	enum status             status = parse_address(&server->settings, server->port, &address);

	if (status == STATUS_OK && server->port != 0 && port_taken(&address)) {
		diag(DIAG_ERROR, "listen", "port %u: somebody listens there already", server->port);
		return STATUS_IO;
	}
	for (uint32_t i = 0; i < server->loop_count && status == STATUS_OK; i++)
		status = bind_loop(server, &server->loops[i]);
	return status;
}

static enum status create_loops(struct http_server *server)
{
	server->loops = calloc(server->loop_count, sizeof(*server->loops));
	require(server->loops != NULL);
	for (uint32_t i = 0; i < server->loop_count; i++) {
		struct http_loop *loop = &server->loops[i];

		loop->server = server;
		loop->index = i;
		loop->listen_descriptor = -1;
		loop->mail_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		require(loop->mail_descriptor >= 0);
		pthread_mutex_init(&loop->mail_lock, NULL);
		h2o_linklist_init_anchor(&loop->fresh);
		h2o_linklist_init_anchor(&loop->open);
		h2o_linklist_init_anchor(&loop->connections);
	}
	return bind_loops(server);
}

static enum status check_settings(const struct http_settings *settings)
{
	require(settings->on_request != NULL && settings->on_loop_start != NULL);
	if (settings->loops > HTTP_LOOPS_MAX || settings->limits.body_bytes_max > HTTP_BODY_BYTES_CEILING
	    || (settings->tls_certificate_path == NULL) != (settings->tls_key_path == NULL)) {
		diag(DIAG_ERROR, "http_settings", "loops, body limit or a certificate without its key");
		return STATUS_INVALID;
	}
	return STATUS_OK;
}

static enum status prepare(struct http_server *server)
{
	struct http_settings *settings = &server->settings;

	fill_in_limits(&settings->limits);
	fit_to_descriptors(&settings->limits);
	server->admissions =
		admissions_create(settings->limits.connections_max, settings->limits.connections_per_address_max);
	configure(server);
	settings->http2 = settings->http2 && settings->tls_certificate_path;
	if (settings->tls_certificate_path) {
		server->tls = tls_create(settings->tls_certificate_path, settings->tls_key_path, settings->http2);
		if (!server->tls)
			return STATUS_INVALID;
	}
	return create_loops(server);
}

enum status http_server_create(const struct http_settings *settings, struct http_server **out)
{
	struct http_server *server;
	enum status         status = check_settings(settings);

	if (status != STATUS_OK)
		return status;
	/* Without this glibc gives the top of the heap back after each burst of requests and faults it in again. */
	mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
	mallopt(M_TOP_PAD, TOP_PAD_BYTES);
	signal(SIGPIPE, SIG_IGN);
	server = calloc(1, sizeof(*server));
	require(server != NULL);
	server->settings = *settings;
	server->port = settings->port;
	server->loop_count = settings->loops ? settings->loops : 1;
	status = prepare(server);
	if (status != STATUS_OK) {
		http_server_destroy(server);
		return status;
	}
	*out = server;
	return STATUS_OK;
}

void http_server_destroy(struct http_server *server)
{
	if (!server)
		return;
	for (uint32_t i = 0; server->loops && i < server->loop_count; i++) {
		if (server->loops[i].listen_descriptor >= 0)
			close(server->loops[i].listen_descriptor);
		close(server->loops[i].mail_descriptor);
		pthread_mutex_destroy(&server->loops[i].mail_lock);
	}
	free(server->loops);
	h2o_config_dispose(&server->config);
	tls_destroy(server->tls);
	admissions_destroy(server->admissions);
	free(server);
}

uint16_t http_server_port(const struct http_server *server)
{
	return server->port;
}

void http_server_counters(const struct http_server *server, struct http_counters *out)
{
	uint64_t sums[COUNTERS] = {0};

	_Static_assert(sizeof(*out) == sizeof(sums), "one member a counter, in the same order");
	for (uint32_t i = 0; i < server->loop_count; i++)
		for (int counter = 0; counter < COUNTERS; counter++)
			sums[counter] +=
				atomic_load_explicit(&server->loops[i].counters[counter], memory_order_relaxed);
	memcpy(out, sums, sizeof(sums));
}
