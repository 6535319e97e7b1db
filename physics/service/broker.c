#include "physics/service/broker.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "physics/service/broker_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TICK_MS = 50, BACKLOG = 511 };

/* ---------------------------------------------------------------- clients */

void client_say(struct client *client, enum simulator_word word, uint64_t number, const struct shape *shape,
                const void *message)
{
	if (client->line.closing)
		return;
	message_append(&client->line.out, (uint8_t)word, number, shape, message);
	line_flush(&client->line);
}

void client_fail(struct client *client, uint64_t number, const struct run_failed *failure)
{
	client_say(client, SIMULATOR_FAILED, number, &run_failed_shape, failure);
}

static void take_hello(struct client *client, const struct frame *frame)
{
	struct simulator_welcome welcome = {
		.protocol = SIMULATOR_PROTOCOL,
		.version = TEXT(ORRERY_VERSION),
		.workers = client->broker->worker_count,
	};
	struct hello hello = {0};

	if (message_decode(&hello_shape, frame->body, &client->broker->arena, &hello) != STATUS_OK) {
		line_close(&client->line);
		return;
	}
	snprintf(client->who, sizeof(client->who), "%.*s", TEXT_ARG(hello.who));
	client->greeted = welcome.accepted = hello.protocol == SIMULATOR_PROTOCOL;
	if (!welcome.accepted)
		welcome.sentence = arena_format(&client->broker->arena, "This simulator speaks protocol %d, not %u.",
		                                SIMULATOR_PROTOCOL, hello.protocol);
	client_say(client, SIMULATOR_WELCOME, frame->request, &simulator_welcome_shape, &welcome);
}

static void say_status(struct client *client, uint64_t number)
{
	struct broker          *broker = client->broker;
	struct simulator_status status = broker->counts;

	status.version = TEXT(ORRERY_VERSION);
	status.workers = broker->worker_count;
	status.workers_fit = pool_fit(broker);
	status.running = queue_running(broker->queue);
	status.queued = queue_waiting(broker->queue);
	status.memory_used = broker->kept_bytes;
	status.memory_max = broker->settings->memory_bytes_max;
	status.kept_memory = broker->kept_count;
	status.disk_used = shelf_used(broker->shelf);
	status.disk_max = shelf_bytes_max(broker->shelf);
	status.kept_disk = shelf_count(broker->shelf);
	client_say(client, SIMULATOR_STATUS, number, &simulator_status_shape, &status);
}

static enum status take_wish(struct client *client, const struct frame *frame)
{
	struct run_wish wish = {0};
	enum status     status = message_decode(&run_wish_shape, frame->body, &client->broker->arena, &wish);

	if (status == STATUS_OK)
		runs_wish(client, frame->request, &wish);
	return status;
}

static enum status take_watch(struct client *client, const struct frame *frame)
{
	struct run_watch watch = {0};
	enum status      status = message_decode(&run_watch_shape, frame->body, &client->broker->arena, &watch);

	if (status == STATUS_OK)
		runs_watch(client, frame->request, &watch);
	return status;
}

static enum status take_fetch(struct client *client, const struct frame *frame)
{
	struct run_fetch fetch = {0};
	enum status      status = message_decode(&run_fetch_shape, frame->body, &client->broker->arena, &fetch);

	if (status == STATUS_OK && (fetch.part < RUN_FRAMES || fetch.part > RUN_SCENE))
		status = STATUS_INVALID;
	if (status == STATUS_OK)
		runs_fetch(client, frame->request, &fetch);
	return status;
}

static enum status take_word(struct client *client, const struct frame *frame)
{
	bool crowded = client->wish_count >= BROKER_WISHES_PER_CLIENT_MAX;

	switch (frame->op) {
	case SIMULATOR_RUN:
		return crowded ? STATUS_BUSY : take_wish(client, frame);
	case SIMULATOR_WATCH:
		return crowded ? STATUS_BUSY : take_watch(client, frame);
	case SIMULATOR_FETCH:
		return take_fetch(client, frame);
	case SIMULATOR_CANCEL:
		runs_cancel(client, frame->request);
		return STATUS_OK;
	case SIMULATOR_STATUS:
		say_status(client, frame->request);
		return STATUS_OK;
	default:
		return STATUS_UNSUPPORTED;
	}
}

static void drop(struct client *client, const char *why)
{
	if (client->dropped)
		return;
	client->dropped = true;
	if (why)
		diag(DIAG_WARN, "client_dropped", "%s: %s", client->who, why);
	list_remove(&client->link);
	client->broker->counts.clients--;
	runs_leave(client);
}

static void on_frame(struct line *line, const struct frame *frame)
{
	struct client *client = container_of(line, struct client, line);
	enum status    status = STATUS_OK;

	if (frame->op == SIMULATOR_HELLO)
		take_hello(client, frame);
	else
		status = client->greeted ? take_word(client, frame) : STATUS_DENIED;
	arena_reset(&client->broker->arena);
	if (status != STATUS_OK && !line->closing) {
		line_close(line);
		drop(client, status_sentence(status));
	}
}

static void on_gone(struct line *line, const char *why)
{
	drop(container_of(line, struct client, line), why);
}

static void on_closed(struct line *line)
{
	free(container_of(line, struct client, line));
}

static void on_connection(uv_stream_t *listener, int error)
{
	struct broker *broker = listener->data;
	struct client *client;

	if (error)
		return;
	client = calloc(1, sizeof(*client));
	require(client != NULL);
	client->broker = broker;
	client->line = (struct line){.on_frame = on_frame, .on_gone = on_gone, .on_closed = on_closed};
	list_init(&client->wishes);
	strcpy(client->who, "?");
	line_open(&client->line, &broker->loop);
	list_append(&broker->clients, &client->link);
	broker->counts.clients++;
	if (uv_accept(listener, (uv_stream_t *)&client->line.pipe) != 0
	    || broker->counts.clients > BROKER_CLIENTS_MAX) {
		line_close(&client->line);
		drop(client, "is one too many");
		return;
	}
	line_start(&client->line);
}

/* ---------------------------------------------------------------- the process */

static void on_tick(uv_timer_t *timer)
{
	struct broker *broker = timer->data;

	pool_tick(broker);
	runs_serve(broker);
}

static void stop(struct broker *broker)
{
	struct client *client, *next;

	if (broker->stopping)
		return;
	broker->stopping = true;
	pool_end(broker);
	runs_stop_all(broker);
	list_each_safe (client, next, &broker->clients, link) {
		line_close(&client->line);
		drop(client, NULL);
	}
	uv_close((uv_handle_t *)&broker->listener, NULL);
	uv_close((uv_handle_t *)&broker->terminate, NULL);
	uv_close((uv_handle_t *)&broker->interrupt, NULL);
	uv_close((uv_handle_t *)&broker->tick, NULL);
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
	diag(DIAG_INFO, "stopping", "signal %d", number);
	stop(signal->data);
}

static enum status listen_at(struct broker *broker, const char *path)
{
	int error = uv_pipe_init(&broker->loop, &broker->listener, 0);

	broker->listener.data = broker;
	unlink(path);
	if (!error)
		error = uv_pipe_bind(&broker->listener, path);
	/* Nobody can connect before it listens, so nobody slips in before the mode is right. */
	if (!error && chmod(path, 0660) != 0)
		error = -errno;
	if (!error)
		error = uv_listen((uv_stream_t *)&broker->listener, BACKLOG, on_connection);
	if (error)
		diag(DIAG_ERROR, "listen_failed", "%s: %s", path, uv_strerror(error));
	return error ? STATUS_IO : STATUS_OK;
}

static void start_handles(struct broker *broker)
{
	uv_signal_init(&broker->loop, &broker->terminate);
	uv_signal_init(&broker->loop, &broker->interrupt);
	uv_timer_init(&broker->loop, &broker->tick);
	broker->terminate.data = broker->interrupt.data = broker->tick.data = broker;
	uv_signal_start(&broker->terminate, on_stop_signal, SIGTERM);
	uv_signal_start(&broker->interrupt, on_stop_signal, SIGINT);
	uv_timer_start(&broker->tick, on_tick, TICK_MS, TICK_MS);
}

static void finish(struct broker *broker)
{
	keep_free_all(broker);
	queue_destroy(broker->queue);
	shelf_close(broker->shelf);
	map_finish(&broker->runs);
	arena_finish(&broker->arena);
	require(uv_loop_close(&broker->loop) == 0);
	free(broker);
}

enum status broker_run(const struct broker_settings *settings)
{
	struct broker *broker = calloc(1, sizeof(*broker));
	enum status    status;

	require(broker != NULL && uv_loop_init(&broker->loop) == 0);
	signal(SIGPIPE, SIG_IGN);
	broker->settings = settings;
	broker->runs.key_size = sizeof(struct hash);
	list_init(&broker->clients);
	list_init(&broker->under_way);
	list_init(&broker->kept);
	broker->queue = queue_create(settings->hourly_cpu_us);
	start_handles(broker);
	status = shelf_open(settings->folder, settings->disk_bytes_max, &broker->shelf);
	if (status != STATUS_OK)
		diag(DIAG_ERROR, "shelf_not_opened", "%s: %s", settings->folder, status_sentence(status));
	if (status == STATUS_OK)
		status = listen_at(broker, settings->socket_path);
	else
		uv_pipe_init(&broker->loop, &broker->listener, 0);
	if (status == STATUS_OK) {
		pool_start(broker);
		diag(DIAG_INFO, "simulator_ready", "%u workers, %u runs kept", broker->worker_count,
		     shelf_count(broker->shelf));
	} else {
		stop(broker);
	}
	uv_run(&broker->loop, UV_RUN_DEFAULT);
	finish(broker);
	return status;
}
