#include "api/simulator.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64 << 10 };

struct simulator {
	struct http_loop       *loop;
	struct sockaddr_un      address;
	int                     fd; /* -1: away */
	bool                    greeted, complained, refused;
	struct http_watch       watch;
	struct http_timer       reconnect, pulse;
	uint32_t                pulses_missed;
	struct simulator_call   status_call;
	struct simulator_status status; /* without texts */
	struct buffer           in, out;
	struct map              calls; /* number -> struct simulator_call * */
	uint64_t                next_number;
	struct arena            arena; /* of the frame at hand */
};

/* ---------------------------------------------------------------- the connection */

/* One by one: whoever is told may leave others, and nobody can ask anew until there is a connection again. */
static void fail_calls(struct simulator *simulator)
{
	while (simulator->calls.count > 0) {
		struct simulator_call *call;
		size_t                 at = 0;
		const void            *key;
		uint64_t              *value;

		require(!simulator->greeted && map_each(&simulator->calls, &at, &key, &value));
		call = (struct simulator_call *)(uintptr_t)*value;
		map_remove(&simulator->calls, &call->number);
		call->number = 0;
		call->on_word(call, STATUS_UNREACHABLE, NULL);
	}
}

static void hang_up(struct simulator *simulator)
{
	if (simulator->fd < 0)
		return;
	http_watch_stop(&simulator->watch);
	http_timer_stop(&simulator->pulse);
	close(simulator->fd);
	simulator->fd = -1;
	if (simulator->greeted)
		diag(DIAG_WARN, "simulator_lost", NULL);
	simulator->greeted = false;
	simulator->status = (struct simulator_status){0};
	simulator->in.size = simulator->out.size = 0;
	http_timer_start(&simulator->reconnect, simulator->loop, SIMULATOR_RECONNECT_MS);
	fail_calls(simulator);
}

static void send_out(struct simulator *simulator)
{
	while (simulator->out.size > 0) {
		ssize_t sent =
			send(simulator->fd, simulator->out.data, simulator->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN) {
			http_watch_writable(&simulator->watch);
			return;
		}
		if (sent < 0) {
			hang_up(simulator);
			return;
		}
		buffer_consume(&simulator->out, (size_t)sent);
	}
}

static void ask_status(struct simulator *simulator)
{
	http_timer_start(&simulator->pulse, simulator->loop, SIMULATOR_PULSE_MS);
	if (simulator->status_call.number == 0
	    && simulator_ask(simulator, SIMULATOR_STATUS, NULL, NULL, &simulator->status_call) == STATUS_OK)
		send_out(simulator);
}

static void take_welcome(struct simulator *simulator, const struct frame *frame)
{
	struct simulator_welcome welcome = {0};

	if (message_decode(&simulator_welcome_shape, frame->body, &simulator->arena, &welcome) != STATUS_OK)
		return;
	simulator->greeted = welcome.accepted;
	if (welcome.accepted)
		diag(DIAG_INFO, "simulator_found", NULL);
	else if (!simulator->complained)
		diag(DIAG_ERROR, "simulator_refused_hello", "%.*s", TEXT_ARG(welcome.sentence));
	simulator->complained = !welcome.accepted;
	simulator->refused = !welcome.accepted;
	if (welcome.accepted)
		ask_status(simulator);
}

static bool is_last(const struct frame *frame)
{
	return frame->op == SIMULATOR_DONE || frame->op == SIMULATOR_FAILED || frame->op == SIMULATOR_FRAMES
	       || frame->op == SIMULATOR_STATUS;
}

static void take_word(struct simulator *simulator, const struct frame *frame)
{
	uint64_t              *value = map_get(&simulator->calls, &frame->request);
	struct simulator_call *call = value ? (struct simulator_call *)(uintptr_t)*value : NULL;

	if (!call)
		return;
	if (is_last(frame)) {
		map_remove(&simulator->calls, &frame->request);
		call->number = 0;
	}
	call->on_word(call, STATUS_OK, frame);
}

/* Whoever hears a word may have the connection go; then what came with it is gone too. */
static void take_frames(struct simulator *simulator)
{
	size_t       taken = 0, size;
	struct frame frame;
	enum status  status = STATUS_OK;

	while (simulator->fd >= 0 && !simulator->refused) {
		status = frame_parse(BYTES(simulator->in.data + taken, simulator->in.size - taken), &frame, &size);
		if (status != STATUS_OK)
			break;
		taken += size;
		if (frame.op == SIMULATOR_WELCOME)
			take_welcome(simulator, &frame);
		else
			take_word(simulator, &frame);
		arena_reset(&simulator->arena);
	}
	if (simulator->fd < 0)
		return;
	buffer_consume(&simulator->in, taken);
	if (simulator->refused || status != STATUS_NOT_FOUND)
		hang_up(simulator);
}

/* ---------------------------------------------------------------- callbacks */

static void on_readable(struct http_watch *watch)
{
	struct simulator *simulator = container_of(watch, struct simulator, watch);
	ssize_t size = recv(simulator->fd, buffer_reserve(&simulator->in, READ_AT_ONCE), READ_AT_ONCE, MSG_DONTWAIT);

	if (size < 0 && errno == EAGAIN)
		return;
	if (size <= 0) {
		hang_up(simulator);
		return;
	}
	simulator->in.size += (size_t)size;
	take_frames(simulator);
}

static void on_writable(struct http_watch *watch)
{
	send_out(container_of(watch, struct simulator, watch));
}

/* Connecting to a Unix socket ends at once: it is there and has room, or not. */
static void connect_to_it(struct simulator *simulator)
{
	struct hello hello = {.protocol = SIMULATOR_PROTOCOL, .who = TEXT("orrery-api")};

	simulator->refused = false;
	simulator->pulses_missed = 0;
	simulator->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (simulator->fd >= 0
	    && connect(simulator->fd, (struct sockaddr *)&simulator->address, sizeof(simulator->address)) == 0
	    && http_watch_start(&simulator->watch, simulator->loop, simulator->fd) == STATUS_OK) {
		message_append(&simulator->out, SIMULATOR_HELLO, 0, &hello_shape, &hello);
		send_out(simulator);
		return;
	}
	if (simulator->fd >= 0)
		close(simulator->fd);
	simulator->fd = -1;
	http_timer_start(&simulator->reconnect, simulator->loop, SIMULATOR_RECONNECT_MS);
}

static void on_status(struct simulator_call *call, enum status status, const struct frame *frame)
{
	struct simulator *simulator = container_of(call, struct simulator, status_call);

	simulator->pulses_missed = 0;
	if (status == STATUS_OK
	    && message_decode(&simulator_status_shape, frame->body, &simulator->arena, &simulator->status) == STATUS_OK)
		simulator->status.version = TEXT_NONE;
}

static void on_pulse(struct http_timer *timer)
{
	struct simulator *simulator = container_of(timer, struct simulator, pulse);

	simulator->pulses_missed = simulator->status_call.number != 0 ? simulator->pulses_missed + 1 : 0;
	if (simulator->pulses_missed <= SIMULATOR_PULSES_MISSED_MAX) {
		ask_status(simulator);
		return;
	}
	diag(DIAG_WARN, "simulator_hangs", NULL);
	hang_up(simulator);
}

static void on_reconnect_due(struct http_timer *timer)
{
	connect_to_it(container_of(timer, struct simulator, reconnect));
}

/* ---------------------------------------------------------------- outside */

struct simulator *simulator_create(struct http_loop *loop, const char *socket_path)
{
	struct simulator *simulator = calloc(1, sizeof(*simulator));

	require(simulator != NULL && strlen(socket_path) < sizeof(simulator->address.sun_path));
	simulator->loop = loop;
	simulator->address.sun_family = AF_UNIX;
	strcpy(simulator->address.sun_path, socket_path);
	simulator->watch = (struct http_watch){.on_readable = on_readable, .on_writable = on_writable};
	simulator->reconnect.on_due = on_reconnect_due;
	simulator->pulse.on_due = on_pulse;
	simulator->status_call.on_word = on_status;
	simulator->calls.key_size = sizeof(uint64_t);
	connect_to_it(simulator);
	return simulator;
}

void simulator_destroy(struct simulator *simulator)
{
	if (!simulator)
		return;
	hang_up(simulator);
	http_timer_stop(&simulator->reconnect);
	map_finish(&simulator->calls);
	buffer_finish(&simulator->in);
	buffer_finish(&simulator->out);
	arena_finish(&simulator->arena);
	free(simulator);
}

bool simulator_ready(const struct simulator *simulator)
{
	return simulator->greeted;
}

const struct simulator_status *simulator_last_status(const struct simulator *simulator)
{
	return &simulator->status;
}

enum status simulator_ask(struct simulator *simulator, enum simulator_word word, const struct shape *shape,
                          const void *message, struct simulator_call *call)
{
	if (!simulator->greeted)
		return STATUS_UNREACHABLE;
	if (simulator->calls.count >= SIMULATOR_CALLS_MAX)
		return STATUS_BUSY;
	call->number = ++simulator->next_number;
	*map_put(&simulator->calls, &call->number, NULL) = (uint64_t)(uintptr_t)call;
	if (shape)
		message_append(&simulator->out, (uint8_t)word, call->number, shape, message);
	else
		frame_end(&simulator->out, frame_begin(&simulator->out, (uint8_t)word, call->number));
	return STATUS_OK;
}

void simulator_leave(struct simulator *simulator, struct simulator_call *call)
{
	if (call->number == 0)
		return;
	map_remove(&simulator->calls, &call->number);
	if (simulator->greeted)
		frame_end(&simulator->out, frame_begin(&simulator->out, SIMULATOR_CANCEL, call->number));
	call->number = 0;
}

void simulator_flush(struct simulator *simulator)
{
	if (simulator->fd >= 0)
		send_out(simulator);
}
