#include "api/engine_private.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A turn is one call of h2o_evloop_run. Everything of ours runs inside libh2o's callbacks, never after h2o_evloop_run:
 * a reply sent outside would stay where it is until the next event. Work for the end of the turn therefore hangs on
 * libh2o's zero timeout, which runs after the sockets. */

enum { WAIT_MS_MAX = 1000, TIMERS_AT_FIRST = 64 };

int64_t loop_now_ms(void)
{
	return clock_monotonic_us() / 1000;
}

void *http_loop_user(const struct http_loop *loop)
{
	return loop->user;
}

uint32_t http_loop_index(const struct http_loop *loop)
{
	return loop->index;
}

/* ---- Timers: a binary heap; place is the index in it plus one, 0 when stopped ---- */

static void heap_put(struct http_loop *loop, struct http_timer *timer, size_t at)
{
	loop->timers[at] = timer;
	timer->place = at + 1;
}

static void heap_rise(struct http_loop *loop, struct http_timer *timer, size_t at)
{
	while (at > 0 && loop->timers[(at - 1) / 2]->due_us > timer->due_us) {
		heap_put(loop, loop->timers[(at - 1) / 2], at);
		at = (at - 1) / 2;
	}
	heap_put(loop, timer, at);
}

static void heap_sink(struct http_loop *loop, struct http_timer *timer, size_t at)
{
	for (;;) {
		size_t child = at * 2 + 1;

		if (child >= loop->timer_count)
			break;
		if (child + 1 < loop->timer_count && loop->timers[child + 1]->due_us < loop->timers[child]->due_us)
			child++;
		if (loop->timers[child]->due_us >= timer->due_us)
			break;
		heap_put(loop, loop->timers[child], at);
		at = child;
	}
	heap_put(loop, timer, at);
}

static void heap_grow(struct http_loop *loop)
{
	if (loop->timer_count < loop->timer_capacity)
		return;
	loop->timer_capacity = loop->timer_capacity ? loop->timer_capacity * 2 : TIMERS_AT_FIRST;
	loop->timers = realloc(loop->timers, loop->timer_capacity * sizeof(struct http_timer *));
	require(loop->timers != NULL);
}

void http_timer_start(struct http_timer *timer, struct http_loop *loop, uint32_t delay_ms)
{
	require(timer->on_due != NULL);
	http_timer_stop(timer);
	heap_grow(loop);
	timer->loop = loop;
	timer->due_us = clock_monotonic_us() + (int64_t)delay_ms * 1000;
	heap_rise(loop, timer, loop->timer_count++);
}

void http_timer_stop(struct http_timer *timer)
{
	struct http_loop  *loop = timer->loop;
	struct http_timer *last;
	size_t             at;

	if (timer->place == 0)
		return;
	at = timer->place - 1;
	timer->place = 0;
	last = loop->timers[--loop->timer_count];
	if (last == timer)
		return;
	if (at > 0 && loop->timers[(at - 1) / 2]->due_us > last->due_us)
		heap_rise(loop, last, at);
	else
		heap_sink(loop, last, at);
}

static void run_due_timers(struct http_loop *loop)
{
	int64_t now_us = clock_monotonic_us();

	while (loop->timer_count > 0 && loop->timers[0]->due_us <= now_us) {
		struct http_timer *timer = loop->timers[0];

		http_timer_stop(timer);
		timer->on_due(timer);
	}
}

/* 0 when a timer is due. Rounded up: waking a moment early would only mean waiting again. */
static int32_t wait_ms(const struct http_loop *loop)
{
	int64_t left_us;

	if (loop->timer_count == 0)
		return WAIT_MS_MAX;
	left_us = loop->timers[0]->due_us - clock_monotonic_us();
	if (left_us <= 0)
		return 0;
	return left_us > WAIT_MS_MAX * 1000 ? WAIT_MS_MAX : (int32_t)((left_us + 999) / 1000);
}

/* ---- Watches ---- */

static void watch_on_readable(h2o_socket_t *socket, const char *error)
{
	struct http_watch *watch = socket->data;

	loop_note_work(watch->loop);
	watch->on_readable(watch);
}

static void watch_on_writable(h2o_socket_t *socket, const char *error)
{
	struct http_watch *watch = socket->data;

	loop_note_work(watch->loop);
	watch->on_writable(watch);
}

enum status http_watch_start(struct http_watch *watch, struct http_loop *loop, int descriptor)
{
	h2o_socket_t *socket;
	int           own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);

	require(watch->on_readable != NULL && watch->on_writable != NULL && watch->engine == NULL);
	if (own < 0)
		return STATUS_IO;
	socket = h2o_evloop_socket_create(loop->events, own, H2O_SOCKET_FLAG_DONT_READ);
	socket->data = watch;
	watch->engine = socket;
	watch->loop = loop;
	h2o_socket_read_start(socket, watch_on_readable);
	return STATUS_OK;
}

void http_watch_writable(struct http_watch *watch)
{
	h2o_socket_t *socket = watch->engine;

	require(socket != NULL);
	if (!h2o_socket_is_writing(socket))
		h2o_socket_notify_write(socket, watch_on_writable);
}

void http_watch_stop(struct http_watch *watch)
{
	h2o_socket_t *socket = watch->engine;

	if (!socket)
		return;
	watch->engine = NULL;
	h2o_socket_read_stop(socket);
	h2o_socket_close(socket);
}

/* ---- Messages ---- */

void loop_wake(struct http_loop *loop)
{
	uint64_t one = 1;
	ssize_t  written;

	do {
		written = write(loop->mail_descriptor, &one, sizeof(one));
	} while (written < 0 && errno == EINTR);
}

void http_loop_post(struct http_loop *loop, struct http_message *message)
{
	bool first;

	message->next = NULL;
	pthread_mutex_lock(&loop->mail_lock);
	first = loop->mail_first == NULL;
	if (first)
		loop->mail_first = message;
	else
		loop->mail_last->next = message;
	loop->mail_last = message;
	pthread_mutex_unlock(&loop->mail_lock);
	if (first)
		loop_wake(loop);
}

static struct http_message *take_mail(struct http_loop *loop)
{
	struct http_message *first;

	pthread_mutex_lock(&loop->mail_lock);
	first = loop->mail_first;
	loop->mail_first = NULL;
	loop->mail_last = NULL;
	pthread_mutex_unlock(&loop->mail_lock);
	return first;
}

static void deliver_mail(struct http_loop *loop)
{
	struct http_message *message = take_mail(loop);

	while (message) {
		struct http_message *next = message->next; /* on_arrive may free it */

		message->on_arrive(message);
		message = next;
	}
}

static void mail_on_readable(struct http_watch *watch)
{
	uint64_t count;

	if (read(watch->loop->mail_descriptor, &count, sizeof(count)) == (ssize_t)sizeof(count))
		deliver_mail(watch->loop);
}

static void mail_on_writable(struct http_watch *watch)
{
	require(!"nobody asks for this");
}

/* ---- The turn ---- */

void loop_note_work(struct http_loop *loop)
{
	if (h2o_timeout_is_linked(&loop->turn))
		return;
	h2o_timeout_link(loop->events, &loop->context.zero_timeout, &loop->turn);
	loop->turn.registered_at = 0; /* due even if the wall clock, which libh2o goes by, has stepped back */
}

static void turn_on_end(h2o_timeout_entry_t *entry)
{
	struct http_loop *loop = container_of(entry, struct http_loop, turn);

	loop_begin_drain(loop);
	run_due_timers(loop);
	requests_hand_over(loop);
	if (loop->server->settings.on_turn_end && loop->user)
		loop->server->settings.on_turn_end(loop, loop->user);
}

void loop_turn(struct http_loop *loop)
{
	int32_t wait = wait_ms(loop);

	if (wait == 0)
		loop_note_work(loop);
	if (h2o_evloop_run(loop->events, wait) != 0)
		require(errno == EINTR);
}

void loop_open(struct http_loop *loop)
{
	loop->turn.cb = turn_on_end;
	loop->mail_watch = (struct http_watch){.on_readable = mail_on_readable, .on_writable = mail_on_writable};
	require(http_watch_start(&loop->mail_watch, loop, loop->mail_descriptor) == STATUS_OK);
}

void loop_close(struct http_loop *loop)
{
	deliver_mail(loop);
	http_watch_stop(&loop->mail_watch);
	h2o_timeout_unlink(&loop->turn);
	for (size_t i = 0; i < loop->spare_arena_count; i++)
		arena_finish(&loop->spare_arenas[i]);
	free(loop->timers);
	loop->timers = NULL;
	loop->timer_count = loop->timer_capacity = 0;
}
