#include "api/service.h"

#include "api/exchange.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { LANE_TICK_MS = QUERIES_TICK_MS };

/* ---------------------------------------------------------------- the loop's watches, as projections/ wants them */

struct socket_watch {
	struct http_watch watch;
	void (*on_ready)(void *subject, bool readable, bool writable);
	void *subject;
};

static void on_socket_readable(struct http_watch *watch)
{
	struct socket_watch *socket = container_of(watch, struct socket_watch, watch);

	socket->on_ready(socket->subject, true, false);
}

static void on_socket_writable(struct http_watch *watch)
{
	struct socket_watch *socket = container_of(watch, struct socket_watch, watch);

	socket->on_ready(socket->subject, false, true);
}

static void *watch_socket(void *owner, int fd, void (*on_ready)(void *, bool, bool), void *subject)
{
	struct lane         *lane = owner;
	struct socket_watch *socket = calloc(1, sizeof(*socket));

	require(socket != NULL);
	*socket = (struct socket_watch){
		.watch = {.on_readable = on_socket_readable, .on_writable = on_socket_writable},
		.on_ready = on_ready,
		.subject = subject,
	};
	if (http_watch_start(&socket->watch, lane->loop, fd) == STATUS_OK)
		return socket;
	free(socket);
	return NULL;
}

static void want_write(void *owner, void *watch)
{
	(void)owner;
	http_watch_writable(&((struct socket_watch *)watch)->watch);
}

/* The watch may be the one whose callback runs, so its memory goes a turn later. */
struct socket_grave {
	struct http_message  message;
	struct socket_watch *socket;
};

static void bury_socket(struct http_message *message)
{
	struct socket_grave *grave = container_of(message, struct socket_grave, message);

	free(grave->socket);
	free(grave);
}

static void unwatch(void *owner, void *watch)
{
	struct lane         *lane = owner;
	struct socket_watch *socket = watch;
	struct socket_grave *grave;

	http_watch_stop(&socket->watch);
	if (lane->stopping) {
		free(socket);
		return;
	}
	grave = calloc(1, sizeof(*grave));
	require(grave != NULL);
	*grave = (struct socket_grave){.message = {.on_arrive = bury_socket}, .socket = socket};
	http_loop_post(lane->loop, &grave->message);
}

/* ---------------------------------------------------------------- what the writer rings */

static void on_progress(void *owner, struct text name, uint64_t position)
{
	struct lane *lane = owner;

	for (uint32_t i = 0; i < projection_count; i++)
		if (text_is(name, projections[i].name))
			lane->service->progress[i] = position;
	exchange_progress(lane);
}

bool lane_reached(const struct lane *lane, const struct projection *projection, uint64_t position)
{
	return lane->service->progress[projection - projections] >= position;
}

/* ---------------------------------------------------------------- its life */

static void note_ready(struct lane *lane)
{
	bool ready = hop_ready(lane->hop) && queries_ready(lane->queries);

	lane->service->head = hop_head(lane->hop);
	if (ready == lane->ready)
		return;
	lane->ready = ready;
	if (ready)
		lane->service->lanes_ready++;
	else
		lane->service->lanes_ready--;
}

static void on_tick(struct http_timer *timer)
{
	struct lane *lane = container_of(timer, struct lane, tick);

	queries_tick(lane->queries);
	note_ready(lane);
	/* Another lane may have heard of progress first. */
	exchange_progress(lane);
	http_timer_start(timer, lane->loop, LANE_TICK_MS);
}

struct reader *lane_reader(struct lane *lane)
{
	if (!lane->reader && reader_open(lane->service->data, &lane->reader) != STATUS_OK)
		return NULL;
	return lane->reader;
}

/* An old writer goes on in its epoch, not knowing that another one has taken over. Where no log is yet, whoever writes
 * it is right. */
static bool trusts(void *owner, const struct welcome *welcome)
{
	struct lane        *lane = owner;
	struct reader      *reader = lane_reader(lane);
	struct log_identity log;
	uint64_t            head;

	if (!reader || reader_head(reader, &head) != STATUS_OK)
		return true;
	log = reader_identity(reader);
	return id_equal(welcome->store, log.store) && welcome->epoch >= log.epoch;
}

struct lane *lane_create(struct service *service, struct http_loop *loop)
{
	struct lane        *lane = calloc(1, sizeof(*lane));
	struct hop_listener listener = {.owner = lane, .trusts = trusts, .on_progress = on_progress};
	struct query_loop   watches = {
		  .owner = lane, .watch = watch_socket, .want_write = want_write, .unwatch = unwatch};

	require(lane != NULL);
	lane->service = service;
	lane->loop = loop;
	list_init(&lane->waiting);
	pthread_mutex_init(&lane->work_lock, NULL);
	pthread_cond_init(&lane->work_ended, NULL);
	lane->tokens = token_cache_create(&service->rules);
	lane->hop = hop_create(loop, service->socket, &listener);
	lane->simulator = simulator_create(loop, service->simulator);
	lane->queries = queries_create(service->pg, &watches);
	lane->tick.on_due = on_tick;
	http_timer_start(&lane->tick, loop, LANE_TICK_MS);
	return lane;
}

/* Nobody takes deliveries any more: jobs under way end by themselves. */
static void stop_work(struct lane *lane)
{
	pthread_mutex_lock(&lane->work_lock);
	lane->stopping = true;
	while (lane->work_out > 0)
		pthread_cond_wait(&lane->work_ended, &lane->work_lock);
	pthread_mutex_unlock(&lane->work_lock);
}

void lane_destroy(struct lane *lane)
{
	if (!lane)
		return;
	stop_work(lane);
	http_timer_stop(&lane->tick);
	hop_destroy(lane->hop);
	simulator_destroy(lane->simulator);
	queries_destroy(lane->queries);
	reader_close(lane->reader);
	token_cache_destroy(lane->tokens);
	pthread_cond_destroy(&lane->work_ended);
	pthread_mutex_destroy(&lane->work_lock);
	free(lane);
}

void lane_flush(struct lane *lane)
{
	hop_flush(lane->hop);
	simulator_flush(lane->simulator);
	queries_flush(lane->queries);
}
