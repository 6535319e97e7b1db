/* What the engine_* files share; nobody else includes this. See api/http.h for what the engine does.
 *
 *   engine_h2o.c        the server: settings, threads, drain
 *   engine_connection.c accept, caps, sweep
 *   engine_loop.c       one loop's turn, timers, watches, messages
 *   engine_ahead.c      what comes while a request is being answered
 *   engine_request.c    from libh2o's request to ours, the guard, plain replies, problem bodies
 *   engine_problem.c    problems the engine reports itself
 *   engine_stream.c     streamed replies
 *   engine_channel.c    WebSocket
 *   engine_tls.c        certificates and ALPN
 *   engine_admission.c  connection counts (no libh2o)
 */
#ifndef ORRERY_ENGINE_PRIVATE_H
#define ORRERY_ENGINE_PRIVATE_H

#include "api/engine_admission.h"
#include "api/guard.h"
#include "api/http.h"
#include "api/standing.h"
#include "eventstore/base/buffer.h"

#include <h2o.h>
#include <pthread.h>
#include <stdatomic.h>

_Static_assert(H2O_USE_LIBUV == 0, "libh2o's own event loop must be chosen: its structs differ from the libuv flavour");

enum {
	SPARE_ARENAS_MAX = 64,
	SPARE_ARENA_BYTES_MAX = 64 * 1024, /* a larger arena is freed rather than kept */
};

enum counter {
#define COUNTER(name, sentence) COUNT_##name,
	HTTP_COUNTERS(COUNTER)
#undef COUNTER
		COUNTERS
};

struct http_loop {
	struct http_server *server;
	uint32_t            index;
	pthread_t           thread;
	void               *user;
	bool                failed; /* on_loop_start could not */

	h2o_evloop_t    *events;
	h2o_context_t    context;
	h2o_accept_ctx_t acceptance;
	int              listen_descriptor;
	h2o_socket_t    *listener;
	bool             accept_paused; /* no descriptors were left; the sweep tries again */

	h2o_timeout_entry_t turn;        /* linked while the end of this turn has work */
	h2o_linklist_t      fresh;       /* HTTP/2 requests to hand over at the end of the turn */
	h2o_linklist_t      open;        /* every request the application has not answered to the end */
	h2o_linklist_t      connections; /* struct connection */
	size_t              connection_count;

	struct http_timer **timers; /* a binary heap by due_us */
	size_t              timer_count;
	size_t              timer_capacity;

	pthread_mutex_t      mail_lock;
	struct http_message *mail_first;
	struct http_message *mail_last;
	int                  mail_descriptor; /* eventfd */
	struct http_watch    mail_watch;

	struct http_timer sweep;
	struct http_timer drain_limit;
	bool              draining;
	bool              abandoned; /* something would not end: leave libh2o's memory to the end of the process */
	int64_t           drain_began_ms;

	struct arena spare_arenas[SPARE_ARENAS_MAX];
	size_t       spare_arena_count;

	_Atomic uint64_t counters[COUNTERS]; /* written by this loop's thread alone */
};

struct http_server {
	struct http_settings settings;
	struct guard_limits  guard_limits;
	h2o_globalconf_t     config;
	struct tls          *tls; /* NULL: none */
	struct admissions   *admissions;
	uint16_t             port;
	_Atomic bool         draining;
	uint32_t             loop_count;
	struct http_loop    *loops;
};

/* One client connection, from accept until libh2o has closed its socket. */
struct connection {
	h2o_linklist_t       link; /* in loop->connections */
	struct http_loop    *loop;
	h2o_socket_t        *socket;
	h2o_buffer_t        *aside; /* the bytes of the request under way, while the socket reads ahead; else NULL */
	uint8_t              peer[HTTP_ADDRESS_SIZE];
	uint32_t             open_requests; /* seen by our handler, not yet disposed */
	uint32_t             sending;       /* of these, with bytes on their way to the client */
	struct request      *stream;        /* the streamed reply of an HTTP/1.1 connection */
	struct http_channel *channel;       /* it speaks WebSocket from now on */
	int64_t              progress_ms;   /* when it last got something done */
	uint64_t             acknowledged;  /* bytes the client had acknowledged then */
	int64_t              abort_second;
	uint32_t             aborts; /* in that second */
	bool                 banned;
	bool                 head_refused; /* it was told so while its head was still coming in */
	bool                 http2;        /* known from its first request on */
};

struct stream {
	h2o_generator_t generator;
	struct buffer   leaving; /* libh2o holds these bytes until it calls proceed */
	struct buffer   waiting;
	void (*on_room)(void *owner);
	bool begun, busy, ended, aborted, over;
};

/* The engine's side of a request; lives in libh2o's request pool. */
struct request {
	struct http_request view; /* first: the application's pointer is ours */
	h2o_req_t          *raw;
	struct connection  *connection;
	h2o_linklist_t      fresh;
	h2o_linklist_t      open;
	bool                handed_over; /* the application knows it */
	bool                replied;
	bool                forced; /* the engine answered in the application's place */
	bool                sending;
	struct stream       stream;
	void (*release)(void *release_owner);
	void *release_owner;
};

static inline void count_one(struct http_loop *loop, enum counter counter)
{
	_Atomic uint64_t *cell = &loop->counters[counter];

	atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + 1, memory_order_relaxed);
}

/* engine_loop.c */

/* Both on the loop's thread; the context must be initialised in between by engine_h2o.c. */
void loop_open(struct http_loop *loop);
void loop_close(struct http_loop *loop);
/* Makes on_turn_end (and the delivery of fresh requests) happen at the end of this turn. */
void loop_note_work(struct http_loop *loop);
/* One turn: wait, run what is ready. */
void loop_turn(struct http_loop *loop);
/* Wakes the loop; from any thread and from signal handlers. */
void    loop_wake(struct http_loop *loop);
int64_t loop_now_ms(void);

/* engine_ahead.c */

/* The request was taken and not answered yet. Its bytes stay where they are until ahead_end. */
void ahead_begin(struct connection *connection, const h2o_req_t *raw);
/* libh2o has no more use for the request. */
void ahead_end(struct connection *connection);

/* engine_request.c */

void request_handlers_register(h2o_hostconf_t *host);
/* Hands every fresh request to the application. */
void requests_hand_over(struct http_loop *loop);
/* Answers in the application's place, at the end of a drain. */
void request_force_answer(struct request *request);
/* Copies the head into libh2o's response. */
void request_set_head(struct request *request, const struct http_head *head);
/* The body's size stands in the head, and no chunks are made. */
void request_announce_size(struct request *request, uint64_t size);
void request_mark_sending(struct request *request, bool sending);
/* Answers; once. */
void               request_answer(struct request *request, const struct http_head *head, struct http_body body);
void               count_reply(struct http_loop *loop, int status);
const char        *status_phrase(int status);
struct connection *connection_of(h2o_req_t *raw);
bool               request_is_head(const struct request *request);

/* engine_problem.c */

enum { PROBLEM_HEADERS_MAX = 4 + STANDING_HEADERS_MAX, PROBLEM_REPLY_BYTES_MAX = 1024 };

/* Whoever gets this has lost our trust in where his next request begins: the connection ends with the reply. */
void problem_answer(struct request *request, int status, const char *sentence);
/* The whole reply as bytes, for a connection that libh2o does not know. Returns its size. */
size_t problem_write(char out[PROBLEM_REPLY_BYTES_MAX], int status, const char *sentence);
void   problem_filter_register(h2o_pathconf_t *path);

/* engine_stream.c */

/* Whether a reply that passes a filter is one of our streams. */
bool stream_is_ours(const h2o_req_t *raw);
void stream_break_off(struct request *request);
void stream_finish(struct stream *stream);

/* engine_channel.c */

/* The connection's socket is closed. NULL is fine. */
void channel_end(struct http_channel *channel);
void channel_go_away(struct http_channel *channel);

/* engine_h2o.c */

/* Begins to drain if the server is told to and this loop has not; inside a turn. */
void loop_begin_drain(struct http_loop *loop);

/* engine_connection.c */

/* Accepts from the loop's bound socket, and starts the sweep. */
void listening_start(struct http_loop *loop);
void listening_stop(struct http_loop *loop);
/* Closes it at once, whatever it is doing. */
void connection_kill(struct connection *connection);
/* An HTTP/2 client that only makes work. */
void connection_ban(struct connection *connection);
/* A request ended before it was answered. */
void connection_note_abort(struct connection *connection);
void connection_note_progress(struct connection *connection);

/* engine_tls.c */

/* A certificate, its key, and what is said with them. NULL after writing the reason to the diagnostics. */
struct tls *tls_create(const char *certificate_path, const char *key_path, bool http2);
void        tls_destroy(struct tls *tls); /* NULL is fine */
/* The present one, for one connection: SSL_CTX_free when it is accepted. From any thread. */
SSL_CTX *tls_take(struct tls *tls);

#endif
