/* HTTP, event loops and their timers: the one door between this program and the engine that speaks the protocol.
 *
 * A server runs a few loops, each on a thread of its own with its own listening socket. A request stays with the loop
 * that read it, and so does everything that is handed a `struct http_loop *`: unless a function says otherwise it may
 * only be called on that loop's thread. Threads talk by http_loop_post, never by shared memory.
 *
 * What the engine does by itself, before the application sees anything:
 *   - api/guard.h reads every request head again, strictly, and refuses what could be read in two ways;
 *   - caps on connections (in all, and from one address), header and body sizes, and the time a request may take to
 * arrive;
 *   - bounds what arriving requests hold together: whoever sends more than the others goes first;
 *   - kills connections that make no progress, and HTTP/2 connections that open requests only to reset them;
 *   - every error reply it makes is application/problem+json (RFC 9457) with an X-Request-Id and the headers of
 *     api/standing.h. One exception: a request line that is not HTTP
 *     at all is answered with a fixed text/plain 400;
 *   - Server, Date, Connection, Content-Length and Transfer-Encoding are its own business.
 */
#ifndef ORRERY_HTTP_H
#define ORRERY_HTTP_H

#include "eventstore/base/arena.h"
#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

struct http_server;
struct http_loop;
struct http_request;

enum {
	HTTP_LOOPS_MAX = 64,
	HTTP_BODY_BYTES_CEILING = 8 * 1024 * 1024, /* the most that limits.body_bytes_max may be */
	HTTP_ADDRESS_SIZE = 16,
};

/* ---- The server ---- */

/* Zero means the default in brackets, for every member. */
struct http_limits {
	uint32_t target_bytes_max;   /* [8192] path and query; more is 414 */
	uint32_t header_bytes_max;   /* [16384] all header lines together; more is 431 */
	uint32_t header_count_max;   /* [64] more is 431 */
	uint32_t body_bytes_max;     /* [1 MiB] more is 413; per route the application asks for less */
	uint32_t incoming_bytes_max; /* [256 MiB] what HTTP/1.1 requests that are still arriving may hold together */
	uint32_t stream_bytes_max;   /* [256 KiB] what one streamed reply may have waiting to be sent */
	uint32_t connections_max;    /* [10000] in this process; fewer when the system grants fewer descriptors */
	uint32_t connections_per_address_max; /* [64] from one IPv4 address or one IPv6 /64; UINT32_MAX: no cap */
	uint32_t request_timeout_ms; /* [10000] to receive a whole request; also how long an idle one is kept */
	uint32_t stall_timeout_ms;   /* [30000] a connection without progress is closed */
	uint32_t drain_timeout_ms;   /* [10000] after this a drain answers 503 for whoever still waits, and ends */
};

/* All strings must live until http_server_create returns. */
struct http_settings {
	const char *address;              /* numeric, IPv4 or IPv6; NULL means 127.0.0.1 */
	uint16_t    port;                 /* 0: any free one, see http_server_port */
	uint16_t    loops;                /* 1 to HTTP_LOOPS_MAX; 0 means 1 */
	const char *tls_certificate_path; /* PEM, the whole chain; NULL: no TLS */
	const char *tls_key_path;         /* PEM */
	bool        http2;                /* offer HTTP/2 to clients with TLS 1.3; without TLS it has no effect */

	struct http_limits limits;

	/* Called on the loop's thread. What on_loop_start returns is the `user` of all other callbacks of that loop; it
	 * may start watches and timers. NULL from on_loop_start means it could not: the process must not serve half of
	 * itself, so the whole server drains and http_server_run reports UNREACHABLE. */
	void *(*on_loop_start)(struct http_loop *loop, void *owner);
	/* No request is open any more. Stop watches and timers here; nothing may be posted to this loop after it
	 * returns. */
	void (*on_loop_stop)(struct http_loop *loop, void *user);
	/* Take a request; see struct http_request. */
	void (*on_request)(struct http_request *request, void *user);
	/* The end of a turn in which something of ours ran: flush what was gathered for databases and sockets. May be
	 * NULL. */
	void (*on_turn_end)(struct http_loop *loop, void *user);
	/* A drain began: end what would otherwise last for ever (streams). May be NULL. */
	void (*on_drain)(struct http_loop *loop, void *user);
	void *owner;
};

/* Tunes the allocator, ignores SIGPIPE, raises RLIMIT_NOFILE, loads the certificate and binds: call it early in main(),
 * before other threads exist. INVALID: a setting or the certificate; IO: the address could not be bound. The reason is
 * written to the diagnostics. Callbacks are not called before http_server_run. */
enum status http_server_create(const struct http_settings *settings, struct http_server **out) MUST_USE;

/* Runs the loops on threads of their own, which take no signals, and returns when all of them have drained. Once only.
 */
enum status http_server_run(struct http_server *server) MUST_USE;

/* Stops accepting, lets what runs finish within limits.drain_timeout_ms, then http_server_run returns. From any thread
 * and from a signal handler; more than once does no harm. */
void http_server_drain(struct http_server *server);

/* Reads the certificate and its key again, from the files of the settings: whoever connects from now on gets them, and
 * nobody who is connected notices. INVALID, with the reason in the diagnostics: what served until now goes on to. OK
 * when there is no TLS. From any thread while the server exists. */
enum status http_server_reload_certificate(struct http_server *server) MUST_USE;

/* The port that is listened on. */
uint16_t http_server_port(const struct http_server *server);

/* Not while it runs. NULL is fine. */
void http_server_destroy(struct http_server *server);

#define HTTP_COUNTERS(COUNTER)                                                                                         \
	COUNTER(connections_opened, "Connections accepted.")                                                           \
	COUNTER(connections_closed, "Connections ended; opened minus closed is what is open.")                         \
	COUNTER(crowded, "Connections refused because the process has enough.")                                        \
	COUNTER(crowded_address, "Connections refused because their address has enough.")                              \
	COUNTER(requests, "Requests handed to the application.")                                                       \
	COUNTER(requests_aborted, "Requests whose client went away before the answer.")                                \
	COUNTER(refused_malformed, "Requests the guard refused with 400 or 505.")                                      \
	COUNTER(refused_target, "Requests refused with 414.")                                                          \
	COUNTER(refused_headers, "Requests refused with 431.")                                                         \
	COUNTER(refused_body, "Requests refused with 413.")                                                            \
	COUNTER(closed_stalled, "Connections closed because they made no progress.")                                   \
	COUNTER(closed_greedy, "Connections closed because what was arriving held too much memory.")                   \
	COUNTER(closed_abusive, "HTTP/2 connections closed for resets or oversized headers.")                          \
	COUNTER(reply_headers_dropped, "Reply headers left out because of a control character.")                       \
	COUNTER(replies_1xx_2xx, "Replies with a status below 300.")                                                   \
	COUNTER(replies_3xx, "Replies with a status from 300 to 399.")                                                 \
	COUNTER(replies_4xx, "Replies with a status from 400 to 499.")                                                 \
	COUNTER(replies_5xx, "Replies with a status of 500 and more.")

struct http_counters {
#define COUNTER(name, sentence) uint64_t name;
	HTTP_COUNTERS(COUNTER)
#undef COUNTER
};

/* Sums over the loops since the start; from any thread. */
void http_server_counters(const struct http_server *server, struct http_counters *out);

/* ---- Requests and replies ---- */

/* One request, wholly received. Views and memory are valid until on_gone has returned. The application fills owner and
 * on_gone (or neither) before its on_request returns, and answers then or later, once, on the same loop.
 *
 * on_gone is called exactly once, in any case: after the reply has been sent, or when the client went away, be there a
 * reply or not. Whoever works for the request learns here to drop its pointer. An HTTP/1.1 client that goes away before
 * the reply is only noticed when the reply is written: bound the work, not the wait. */
struct http_request {
	struct http_loop *loop;
	struct text       method;
	struct text       path;  /* canonical, see api/guard.h: compare byte by byte */
	struct text       query; /* without '?', still percent-encoded; TEXT_NONE when there is none */
	struct bytes      body;
	uint8_t           peer[HTTP_ADDRESS_SIZE]; /* IPv6, or IPv4 as ::ffff:a.b.c.d */
	bool              tls;
	bool              http2;
	struct arena      arena; /* for the application */
	void             *owner;
	void (*on_gone)(void *owner);
};

/* The value of the first header field of this name (lower case, "host" included); TEXT_NONE when there is none. The
 * fields named in api/guard.h never stand twice in HTTP/1.1. */
struct text http_request_header(const struct http_request *request, struct text name);

/* Name in lower case. A value with a control character in it is dropped, and counted: it could split the reply. */
struct http_header {
	struct text name;
	struct text value;
};

/* The head of a reply, copied by the calls that take it. */
struct http_head {
	int                       status; /* 200 to 599 */
	const struct http_header *headers;
	size_t                    header_count;
	bool                      sized; /* streams: exactly `size` bytes follow, or the reply is broken off */
	uint64_t                  size;
};

/* What becomes of a body after http_reply. */
struct http_body {
	struct bytes bytes;
	/* NULL: the bytes are copied. Else they must stay until it is called, which happens exactly once. */
	void (*release)(void *release_owner);
	void *release_owner;
};

/* For bodies that live as long as the request (its arena, its own body) or for ever: no copy, nothing to free. */
void http_release_nothing(void *release_owner);

#define HTTP_COPY(b) ((struct http_body){.bytes = (b)})
#define HTTP_KEEP(b) ((struct http_body){.bytes = (b), .release = http_release_nothing})

/* Answers. HEAD gets the length but not the body; 204 and 304 get neither. A second answer is a bug, except after a
 * drain answered first: then this one is quietly let go. */
void http_reply(struct http_request *request, const struct http_head *head, struct http_body body);

/* Answers piece by piece, instead of http_reply. The head goes out with the first bytes. on_room(request->owner), if
 * given, is called when everything written so far has left for the client and more is welcome. A client that went away
 * is noticed within two seconds; on_gone tells. */
void http_stream_begin(struct http_request *request, const struct http_head *head, void (*on_room)(void *owner));

/* Copies the bytes. FULL: the client reads too slowly and limits.stream_bytes_max would be exceeded; nothing was taken.
 */
enum status http_stream_write(struct http_request *request, struct bytes bytes) MUST_USE;

/* The reply is complete; nothing may be written any more, what waits is still sent. */
void http_stream_end(struct http_request *request);

/* Breaks the reply off so that the client can tell. */
void http_stream_abort(struct http_request *request);

/* ---- WebSocket (RFC 6455) ---- */

/* A connection that a request was turned into; messages go both ways, whole. It is pinged when it is silent, and closed
 * when nothing comes back. Until on_gone it may be used, on its loop. */
struct http_channel;

enum { HTTP_CHANNEL_MESSAGE_BYTES_MAX = 320 * 1024 }; /* more is closed with 1009 */

struct http_channel_listener {
	/* Valid during the call; a text is UTF-8. May send and close. */
	void (*on_message)(void *owner, bool text, struct bytes message);
	/* After a FULL: what waited has left. */
	void (*on_room)(void *owner);
	/* Once, in any case: it is closed, and must not be used any more. */
	void (*on_gone)(void *owner);
	void *owner;
};

enum http_channel_verdict {
	HTTP_CHANNEL_FINE,
	HTTP_CHANNEL_NOT_HERE,      /* HTTP/2 */
	HTTP_CHANNEL_NOT_ASKED,     /* an ordinary request */
	HTTP_CHANNEL_OTHER_VERSION, /* than 13 */
	HTTP_CHANNEL_MALFORMED,
};

/* Can the request be turned into a channel? Origin and protocol are the application's to judge. */
enum http_channel_verdict http_channel_check(const struct http_request *request);

/* Is the protocol among those that the client offers? */
bool http_channel_offers(const struct http_request *request, const char *protocol);

/* Answers with 101, instead of http_reply, and with the head's fields, among them sec-websocket-protocol. The request
 * goes, and with it what its memory holds, some time after; the channel may be used at once. NULL: a drain answered
 * first. */
struct http_channel *http_channel_open(struct http_request *request, const struct http_head *head,
                                       const struct http_channel_listener *listener);

/* Copies the message. FULL: limits.stream_bytes_max are waiting; nothing was taken, and on_room will be called. */
enum status http_channel_send(struct http_channel *channel, bool text, struct bytes message) MUST_USE;

/* Says so to the client, and goes when it has answered, or does not. on_gone follows. */
void http_channel_close(struct http_channel *channel, uint16_t code, struct text reason);

/* ---- The loop ---- */

/* What on_loop_start returned. */
void *http_loop_user(const struct http_loop *loop);

/* 0 to loops - 1. */
uint32_t http_loop_index(const struct http_loop *loop);

/* Sent from any thread to a loop; embedded in the sender's heap object, which belongs to the loop from then on.
 * Messages from one thread arrive in order. */
struct http_message {
	void (*on_arrive)(struct http_message *message);
	struct http_message *next; /* the loop's */
};

void http_loop_post(struct http_loop *loop, struct http_message *message);

/* A one-shot timer, embedded in its owner. Zeroes are a stopped timer; on_due must be set before it is started. */
struct http_timer {
	void (*on_due)(struct http_timer *timer);
	/* The loop's. */
	struct http_loop *loop;
	int64_t           due_us;
	size_t            place;
};

/* Starts or restarts it. A step of the wall clock does not move it. */
void http_timer_start(struct http_timer *timer, struct http_loop *loop, uint32_t delay_ms);

/* A stopped timer may be stopped again; one that fired is stopped. */
void http_timer_stop(struct http_timer *timer);

/* Interest in somebody's file descriptor, embedded in its owner. Zeroes are a stopped watch. The descriptor is
 * duplicated: closing it stays its owner's duty, after http_watch_stop. Readiness is a hint: reading may still say
 * EAGAIN. */
struct http_watch {
	void (*on_readable)(
		struct http_watch *watch); /* again and again while there is something to read, or an error */
	void (*on_writable)(struct http_watch *watch); /* once for each http_watch_writable */
	void             *engine;                      /* the loop's */
	struct http_loop *loop;
};

/* Both callbacks must be set. IO: no descriptor is left. */
enum status http_watch_start(struct http_watch *watch, struct http_loop *loop, int descriptor) MUST_USE;

/* Asks for one on_writable; asking twice before it came is asking once. */
void http_watch_writable(struct http_watch *watch);

/* May be called from its own callbacks; a stopped watch may be stopped again. */
void http_watch_stop(struct http_watch *watch);

#endif
