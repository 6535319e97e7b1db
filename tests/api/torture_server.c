/* A small server on api/http.h that tests/api/torture.py attacks.
 *
 *   torture_server [--certificate PEM --key PEM] [--http2] [--loops N] [--NAME N]...    NAME: a limit of struct
 * http_limits
 *
 * Prints "listening PORT" and serves until SIGTERM. Its paths:
 *   /hello           a constant reply            /echo        the body back
 *   /defer           replies 30 ms later         /later       600 ms
 *   /never           does not reply              /quiet       a stream of one piece that does not end
 *   /thread          by way of another thread    /watch       by way of a socket pair
 *   /big             8 MiB kept in place         /headers     reply headers, one of them with CR LF
 *   /peer            the client's address        /status/204  and /status/304: replies without a body
 *   /stream          100 pieces, then the end    /ticks       a piece each 100 ms, for ever
 *   /flood           writes until refused        /broken      three pieces, then breaks off
 *   /reload          reads the certificate again: 200, or 500 when it is no good
 *   /counters        what the engine counted, and the requests that reached "work" at the end of a turn
 */
#include "api/http.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEFER_MS = 30, LATER_MS = 600, TICK_MS = 100, PIECES = 100, BIG_BYTES = 8 * 1024 * 1024, PIECE_BYTES = 1000 };

static struct http_server *server;
static _Atomic uint64_t    worked;   /* requests that were still wanted when their turn ended */
static _Atomic uint64_t    gone;     /* on_gone calls */
static _Atomic uint64_t    released; /* bodies given back */
static uint8_t             big[BIG_BYTES];

/* What a deferred reply needs; dies in on_gone, or after its errand if that comes later. */
struct errand {
	struct http_request *request; /* NULL once it is gone */
	struct http_loop    *loop;
	struct http_timer    timer;
	struct http_message  message;
	struct http_watch    watch;
	pthread_t            thread;
	int                  pair[2];
	int                  pieces;
	bool                 out; /* another thread holds it */
};

static void reply_text(struct http_request *request, int status, struct text text)
{
	const struct http_header header = {TEXT("content-type"), TEXT("text/plain")};

	http_reply(request, &(struct http_head){.status = status, .headers = &header, .header_count = 1},
	           HTTP_COPY(text_bytes(text)));
}

static void errand_finish(struct errand *errand)
{
	http_timer_stop(&errand->timer);
	if (errand->watch.engine) {
		http_watch_stop(&errand->watch);
		close(errand->pair[0]);
		close(errand->pair[1]);
	}
	free(errand);
}

static void errand_on_gone(void *owner)
{
	struct errand *errand = owner;

	gone++;
	errand->request = NULL;
	if (!errand->out)
		errand_finish(errand);
}

static struct errand *errand_start(struct http_request *request)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	require(errand != NULL);
	errand->request = request;
	request->owner = errand;
	request->on_gone = errand_on_gone;
	return errand;
}

/* ---- Deferred replies ---- */

static void defer_on_due(struct http_timer *timer)
{
	reply_text(container_of(timer, struct errand, timer)->request, 200, TEXT("deferred"));
}

static void defer(struct http_request *request)
{
	struct errand *errand = errand_start(request);

	errand->timer.on_due = defer_on_due;
	http_timer_start(&errand->timer, request->loop, text_is(request->path, "/later") ? LATER_MS : DEFER_MS);
}

static void never(struct http_request *request)
{
	errand_start(request);
}

static void thread_on_arrive(struct http_message *message)
{
	struct errand *errand = container_of(message, struct errand, message);

	pthread_join(errand->thread, NULL);
	errand->out = false;
	if (errand->request)
		reply_text(errand->request, 200, TEXT("threaded"));
	else
		errand_finish(errand);
}

static void *thread_main(void *argument)
{
	struct errand *errand = argument;

	http_loop_post(errand->loop, &errand->message);
	return NULL;
}

static void thread(struct http_request *request)
{
	struct errand *errand = errand_start(request);

	errand->out = true;
	errand->loop = request->loop;
	errand->message.on_arrive = thread_on_arrive;
	require(pthread_create(&errand->thread, NULL, thread_main, errand) == 0);
}

static void pair_on_writable(struct http_watch *watch)
{
	struct errand *errand = container_of(watch, struct errand, watch);

	require(write(errand->pair[1], "x", 1) == 1);
}

static void pair_on_readable(struct http_watch *watch)
{
	struct errand *errand = container_of(watch, struct errand, watch);
	char           byte;

	require(read(errand->pair[0], &byte, 1) == 1);
	reply_text(errand->request, 200, TEXT("watched"));
}

static void watch(struct http_request *request)
{
	struct errand *errand = errand_start(request);

	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, errand->pair) == 0);
	errand->watch = (struct http_watch){.on_readable = pair_on_readable, .on_writable = pair_on_writable};
	require(http_watch_start(&errand->watch, request->loop, errand->pair[0]) == STATUS_OK);
	http_watch_writable(&errand->watch);
	http_watch_writable(&errand->watch);
}

/* ---- Streams ---- */

static const struct http_header stream_header = {{"content-type", 12}, {"text/event-stream", 17}};
static const struct http_head   stream_head = {.status = 200, .headers = &stream_header, .header_count = 1};

static enum status write_piece(struct errand *errand)
{
	char piece[PIECE_BYTES];

	memset(piece, 'a' + errand->pieces % 26, sizeof(piece));
	errand->pieces++;
	return http_stream_write(errand->request, BYTES(piece, sizeof(piece)));
}

static void stream_on_room(void *owner)
{
	struct errand *errand = owner;

	if (errand->pieces == PIECES)
		http_stream_end(errand->request);
	else
		require(write_piece(errand) == STATUS_OK);
}

static void stream(struct http_request *request)
{
	struct errand *errand = errand_start(request);

	http_stream_begin(request, &stream_head, stream_on_room);
	require(write_piece(errand) == STATUS_OK);
}

static void quiet(struct http_request *request)
{
	errand_start(request);
	http_stream_begin(request, &stream_head, NULL);
	require(http_stream_write(request, text_bytes(TEXT(": quiet\n\n"))) == STATUS_OK);
}

static void tick_on_due(struct http_timer *timer)
{
	struct errand *errand = container_of(timer, struct errand, timer);

	http_timer_start(timer, errand->request->loop, TICK_MS);
	if (http_stream_write(errand->request, text_bytes(TEXT(": tick\n\n"))) != STATUS_OK)
		http_stream_abort(errand->request);
}

static void ticks(struct http_request *request)
{
	struct errand *errand = errand_start(request);

	errand->timer.on_due = tick_on_due;
	http_stream_begin(request, &stream_head, NULL);
	http_timer_start(&errand->timer, request->loop, 0);
}

static void flood(struct http_request *request)
{
	struct errand *errand = errand_start(request);
	int            written = 0;

	http_stream_begin(request, &stream_head, NULL);
	while (write_piece(errand) == STATUS_OK)
		written++;
	require(written > 0);
	http_stream_end(request);
}

static void broken(struct http_request *request)
{
	struct errand *errand = errand_start(request);

	http_stream_begin(request, &stream_head, NULL);
	for (int i = 0; i < 3; i++)
		require(write_piece(errand) == STATUS_OK);
	http_stream_abort(request);
}

/* ---- Plain replies ---- */

static void hello(struct http_request *request)
{
	reply_text(request, 200, TEXT("hello"));
}

static void echo(struct http_request *request)
{
	http_reply(request, &(struct http_head){.status = 200}, HTTP_KEEP(request->body));
}

static void big_on_release(void *owner)
{
	released++;
}

static void reply_big(struct http_request *request)
{
	http_reply(request, &(struct http_head){.status = 200},
	           (struct http_body){.bytes = BYTES(big, sizeof(big)), .release = big_on_release});
}

static void reply_headers(struct http_request *request)
{
	const struct http_header headers[] = {
		{TEXT("x-good"), TEXT("yes")},
		{TEXT("x-split"), TEXT("no\r\nset-cookie: stolen=1")},
		{TEXT("x-host"), http_request_header(request, TEXT("host"))},
		{TEXT("x-agent"), http_request_header(request, TEXT("user-agent"))},
		{TEXT("x-query"), request->query},
	};

	http_reply(request,
	           &(struct http_head){.status = 200, .headers = headers, .header_count = array_count(headers)},
	           HTTP_COPY(text_bytes(TEXT("headers"))));
}

static void peer(struct http_request *request)
{
	struct text text = arena_format(&request->arena, "%u.%u.%u.%u %d %d", request->peer[12], request->peer[13],
	                                request->peer[14], request->peer[15], request->tls, request->http2);

	http_reply(request, &(struct http_head){.status = 200}, HTTP_KEEP(text_bytes(text)));
}

static void no_content(struct http_request *request)
{
	reply_text(request, 204, TEXT(""));
}

static void not_modified(struct http_request *request)
{
	reply_text(request, 304, TEXT("never sent"));
}

static void counters(struct http_request *request)
{
	struct http_counters counted;
	struct buffer        json = {0};

	http_server_counters(server, &counted);
	buffer_format(&json, "{\"worked\":%lu,\"gone\":%lu,\"released\":%lu", worked, gone, released);
#define COUNTER(name, sentence) buffer_format(&json, ",\"%s\":%lu", #name, counted.name);
	HTTP_COUNTERS(COUNTER)
#undef COUNTER
	buffer_append_text(&json, TEXT("}"));
	http_reply(request, &(struct http_head){.status = 200}, HTTP_COPY(buffer_bytes(&json)));
	buffer_finish(&json);
}

/* ---- The server ---- */

struct route {
	const char *path;
	void (*answer)(struct http_request *request);
};

static void reload(struct http_request *request)
{
	bool done = http_server_reload_certificate(server) == STATUS_OK;

	reply_text(request, done ? 200 : 500, TEXT("reload"));
}

static const struct route routes[] = {
	{"/reload", reload},
	{"/hello", hello},
	{"/echo", echo},
	{"/defer", defer},
	{"/later", defer},
	{"/quiet", quiet},
	{"/never", never},
	{"/thread", thread},
	{"/watch", watch},
	{"/big", reply_big},
	{"/headers", reply_headers},
	{"/peer", peer},
	{"/stream", stream},
	{"/ticks", ticks},
	{"/flood", flood},
	{"/broken", broken},
	{"/counters", counters},
	{"/status/204", no_content},
	{"/status/304", not_modified},
	{"/.well-known/hello", hello},
};

/* One for each loop: requests of this turn that still wait for their "work". */
struct desk {
	uint64_t handed_over;
};

static void on_request(struct http_request *request, void *user)
{
	struct desk *desk = user;

	desk->handed_over++;
	for (size_t i = 0; i < array_count(routes); i++) {
		if (text_is(request->path, routes[i].path)) {
			routes[i].answer(request);
			return;
		}
	}
	reply_text(request, 404, TEXT("no such path"));
}

static void on_turn_end(struct http_loop *loop, void *user)
{
	struct desk *desk = user;

	worked += desk->handed_over;
	desk->handed_over = 0;
}

static void *on_loop_start(struct http_loop *loop, void *owner)
{
	return calloc(1, sizeof(struct desk));
}

static void on_loop_stop(struct http_loop *loop, void *user)
{
	free(user);
}

static void on_signal(int number)
{
	http_server_drain(server);
}

struct limit {
	const char *name;
	size_t      offset;
};

#define LIMIT(name)                                                                                                    \
	{                                                                                                              \
		"--" #name, offsetof(struct http_limits, name)                                                         \
	}

static const struct limit limits[] = {
	LIMIT(target_bytes_max),   LIMIT(header_bytes_max), LIMIT(header_count_max), LIMIT(body_bytes_max),
	LIMIT(incoming_bytes_max), LIMIT(stream_bytes_max), LIMIT(connections_max),  LIMIT(connections_per_address_max),
	LIMIT(request_timeout_ms), LIMIT(stall_timeout_ms), LIMIT(drain_timeout_ms),
};

static bool read_limit(struct http_settings *settings, const char *name, const char *value)
{
	for (size_t i = 0; i < array_count(limits); i++) {
		if (strcmp(name, limits[i].name) == 0) {
			*(uint32_t *)((char *)&settings->limits + limits[i].offset) =
				(uint32_t)strtoul(value, NULL, 10);
			return true;
		}
	}
	return false;
}

/* True when the value was used. */
static bool read_option(struct http_settings *settings, const char *name, const char *value)
{
	if (strcmp(name, "--http2") == 0) {
		settings->http2 = true;
		return false;
	}
	require(value != NULL);
	if (strcmp(name, "--certificate") == 0)
		settings->tls_certificate_path = value;
	else if (strcmp(name, "--key") == 0)
		settings->tls_key_path = value;
	else if (strcmp(name, "--loops") == 0)
		settings->loops = (uint16_t)strtoul(value, NULL, 10);
	else
		require(read_limit(settings, name, value));
	return true;
}

int main(int argc, char **argv)
{
	struct http_settings settings = {
		.on_loop_start = on_loop_start,
		.on_loop_stop = on_loop_stop,
		.on_request = on_request,
		.on_turn_end = on_turn_end,
	};
	enum status status;

	for (int i = 1; i < argc; i++)
		if (read_option(&settings, argv[i], argv[i + 1]))
			i++;
	if (http_server_create(&settings, &server) != STATUS_OK)
		return 2;
	signal(SIGTERM, on_signal);
	printf("listening %u\n", http_server_port(server));
	fflush(stdout);
	status = http_server_run(server);
	http_server_destroy(server);
	return status == STATUS_OK ? 0 : 1;
}
