#include "api/hop.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64 << 10 };

struct hop {
	struct http_loop   *loop;
	struct hop_listener listener;
	struct sockaddr_un  address;
	int                 fd; /* -1: away */
	bool                greeted;
	bool                distrusted; /* the connection is to end, whatever else it brought */
	bool                complained;
	struct http_watch   watch;
	struct http_timer   reconnect;
	struct http_timer   pulse;
	uint32_t            pulses_silent; /* since the last word */
	uint32_t            pulses_stuck;  /* since the last answer, while some are owed */
	struct buffer       in, out;
	struct map          pending; /* request -> struct hop_call * */
	uint64_t            next_request;
	uint64_t            head;
	bool                full;  /* the writer has no room for commands */
	struct arena        arena; /* of the frame at hand */
};

static void hop_connect(struct hop *hop);

/* ---------------------------------------------------------------- the connection */

static void fail_pending(struct hop *hop)
{
	struct map  failed = hop->pending;
	size_t      at = 0;
	const void *key;
	uint64_t   *value;

	/* Detached first: whoever is told may submit again. */
	hop->pending = (struct map){.key_size = sizeof(uint64_t)};
	while (map_each(&failed, &at, &key, &value)) {
		struct hop_call *call = (struct hop_call *)(uintptr_t)*value;

		call->request = 0;
		call->on_answer(call, STATUS_UNREACHABLE, NULL);
	}
	map_finish(&failed);
}

static void hang_up(struct hop *hop)
{
	if (hop->fd < 0)
		return;
	http_watch_stop(&hop->watch);
	http_timer_stop(&hop->pulse);
	close(hop->fd);
	hop->fd = -1;
	if (hop->greeted)
		diag(DIAG_WARN, "writer_lost", NULL);
	hop->greeted = false;
	hop->in.size = hop->out.size = 0;
	http_timer_start(&hop->reconnect, hop->loop, HOP_RECONNECT_MS);
	fail_pending(hop);
}

static void send_out(struct hop *hop)
{
	while (hop->out.size > 0) {
		ssize_t sent = send(hop->fd, hop->out.data, hop->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN) {
			http_watch_writable(&hop->watch);
			return;
		}
		if (sent < 0) {
			hang_up(hop);
			return;
		}
		buffer_consume(&hop->out, (size_t)sent);
	}
}

/* And how far the projections are, and to be told whenever that changes. */
static void ask_head(struct hop *hop)
{
	frame_end(&hop->out, frame_begin(&hop->out, FRAME_WATCH, 0));
	send_out(hop);
}

static void greet(struct hop *hop)
{
	struct hello hello = {.protocol = PROTOCOL_VERSION, .who = TEXT("orrery-api")};

	message_append(&hop->out, FRAME_HELLO, 0, &hello_shape, &hello);
	hop->pulses_silent = hop->pulses_stuck = 0;
	hop->distrusted = false;
	http_timer_start(&hop->pulse, hop->loop, HOP_PULSE_MS);
	ask_head(hop);
}

/* ---------------------------------------------------------------- frames */

/* Said once: it is tried again and again. */
static void distrust(struct hop *hop, uint64_t epoch)
{
	if (!hop->complained)
		diag(DIAG_ERROR, "writer_distrusted",
		     "it appends to a log of epoch %" PRIu64 ", which is not the log that is read here: another writer "
		     "has taken over, or the socket is another "
		     "log's",
		     epoch);
	hop->distrusted = hop->complained = true;
}

static void take_welcome(struct hop *hop, const struct frame *frame)
{
	struct welcome welcome = {0};

	if (message_decode(&welcome_shape, frame->body, &hop->arena, &welcome) != STATUS_OK)
		return;
	hop->greeted = welcome.accepted && hop->listener.trusts(hop->listener.owner, &welcome);
	if (!welcome.accepted)
		diag(DIAG_ERROR, "writer_refused_hello", "%.*s", TEXT_ARG(welcome.sentence));
	else if (hop->greeted)
		diag(DIAG_INFO, "writer_found", NULL);
	else
		distrust(hop, welcome.epoch);
	hop->complained = hop->complained && !hop->greeted;
}

static void take_answer(struct hop *hop, const struct frame *frame)
{
	struct answer    answer = {0};
	const uint64_t  *value = map_get(&hop->pending, &frame->request);
	struct hop_call *call = value ? (struct hop_call *)(uintptr_t)*value : NULL;
	enum status      status;

	map_remove(&hop->pending, &frame->request);
	hop->pulses_stuck = 0;
	if (!call)
		return;
	call->request = 0;
	status = message_decode(&answer_shape, frame->body, &hop->arena, &answer);
	call->on_answer(call, status, &answer);
}

static void take_head(struct hop *hop, const struct frame *frame)
{
	struct head head;

	if (message_decode(&head_shape, frame->body, &hop->arena, &head) != STATUS_OK)
		return;
	hop->head = head.position;
	hop->full = head.full;
}

static void take_progress(struct hop *hop, const struct frame *frame)
{
	struct progress progress = {0};

	if (message_decode(&progress_shape, frame->body, &hop->arena, &progress) == STATUS_OK)
		hop->listener.on_progress(hop->listener.owner, progress.name, progress.position);
}

static void take_frame(struct hop *hop, const struct frame *frame)
{
	if (frame->op == (FRAME_SUBMIT | FRAME_ANSWER))
		take_answer(hop, frame);
	else if (frame->op == FRAME_PROGRESS)
		take_progress(hop, frame);
	else if (frame->op == FRAME_HEAD || frame->op == (FRAME_WATCH | FRAME_ANSWER))
		take_head(hop, frame);
	else if (frame->op == (FRAME_HELLO | FRAME_ANSWER))
		take_welcome(hop, frame);
	arena_reset(&hop->arena);
}

static void take_frames(struct hop *hop)
{
	size_t       taken = 0, size;
	struct frame frame;
	enum status  status = STATUS_NOT_FOUND;

	while (!hop->distrusted
	       && (status = frame_parse(BYTES(hop->in.data + taken, hop->in.size - taken), &frame, &size))
	                  == STATUS_OK) {
		taken += size;
		take_frame(hop, &frame);
	}
	buffer_consume(&hop->in, taken);
	if (hop->distrusted || status != STATUS_NOT_FOUND)
		hang_up(hop);
}

/* ---------------------------------------------------------------- callbacks */

static void on_readable(struct http_watch *watch)
{
	struct hop *hop = container_of(watch, struct hop, watch);
	ssize_t     size = recv(hop->fd, buffer_reserve(&hop->in, READ_AT_ONCE), READ_AT_ONCE, MSG_DONTWAIT);

	if (size < 0 && errno == EAGAIN)
		return;
	if (size <= 0) {
		hang_up(hop);
		return;
	}
	hop->pulses_silent = 0;
	hop->in.size += (size_t)size;
	take_frames(hop);
}

static void on_writable(struct http_watch *watch)
{
	send_out(container_of(watch, struct hop, watch));
}

static void on_pulse(struct http_timer *timer)
{
	struct hop *hop = container_of(timer, struct hop, pulse);

	hop->pulses_silent++;
	hop->pulses_stuck = hop->pending.count > 0 ? hop->pulses_stuck + 1 : 0;
	if (hop->pulses_silent <= HOP_PULSES_MISSED_MAX && hop->pulses_stuck <= HOP_PULSES_MISSED_MAX) {
		http_timer_start(&hop->pulse, hop->loop, HOP_PULSE_MS);
		ask_head(hop);
		return;
	}
	diag(DIAG_WARN, "writer_hangs", NULL);
	hang_up(hop);
}

static void on_reconnect_due(struct http_timer *timer)
{
	hop_connect(container_of(timer, struct hop, reconnect));
}

/* ---------------------------------------------------------------- outside */

static void hop_connect(struct hop *hop)
{
	/* Connecting to a Unix socket ends at once: it is there and has room, or not. */
	hop->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (hop->fd >= 0 && connect(hop->fd, (struct sockaddr *)&hop->address, sizeof(hop->address)) == 0
	    && http_watch_start(&hop->watch, hop->loop, hop->fd) == STATUS_OK) {
		greet(hop);
		return;
	}
	if (hop->fd >= 0)
		close(hop->fd);
	hop->fd = -1;
	http_timer_start(&hop->reconnect, hop->loop, HOP_RECONNECT_MS);
}

struct hop *hop_create(struct http_loop *loop, const char *socket_path, const struct hop_listener *listener)
{
	struct hop *hop = calloc(1, sizeof(*hop));

	require(hop != NULL && strlen(socket_path) < sizeof(hop->address.sun_path));
	hop->loop = loop;
	hop->listener = *listener;
	hop->address.sun_family = AF_UNIX;
	strcpy(hop->address.sun_path, socket_path);
	hop->watch = (struct http_watch){.on_readable = on_readable, .on_writable = on_writable};
	hop->reconnect.on_due = on_reconnect_due;
	hop->pulse.on_due = on_pulse;
	hop->pending.key_size = sizeof(uint64_t);
	hop_connect(hop);
	return hop;
}

void hop_destroy(struct hop *hop)
{
	if (!hop)
		return;
	hang_up(hop);
	http_timer_stop(&hop->reconnect);
	map_finish(&hop->pending);
	buffer_finish(&hop->in);
	buffer_finish(&hop->out);
	arena_finish(&hop->arena);
	free(hop);
}

bool hop_ready(const struct hop *hop)
{
	return hop->greeted;
}

bool hop_full(const struct hop *hop)
{
	return hop->greeted && hop->full;
}

uint64_t hop_head(const struct hop *hop)
{
	return hop->head;
}

enum status hop_submit(struct hop *hop, const struct submission *submission, struct hop_call *call)
{
	if (!hop->greeted)
		return STATUS_UNREACHABLE;
	if (hop->pending.count >= HOP_PENDING_MAX)
		return STATUS_BUSY;
	call->request = ++hop->next_request;
	*map_put(&hop->pending, &call->request, NULL) = (uint64_t)(uintptr_t)call;
	message_append(&hop->out, FRAME_SUBMIT, call->request, &submission_shape, submission);
	return STATUS_OK;
}

void hop_flush(struct hop *hop)
{
	if (hop->fd >= 0)
		send_out(hop);
}
