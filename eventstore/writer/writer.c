#include "eventstore/writer/writer.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/writer/committer.h"
#include "eventstore/writer/writer_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void on_write_done(uv_write_t *write, int error);
static void on_peer_closed(uv_handle_t *handle);

/* ---------------------------------------------------------------- clients */

void peer_free_if_done(struct peer *peer)
{
	if (!peer->closed || peer->owed > 0)
		return;
	buffer_finish(&peer->in);
	buffer_finish(&peer->out);
	buffer_finish(&peer->writing);
	free(peer);
}

void peer_close(struct peer *peer, const char *why)
{
	if (peer->closing)
		return;
	if (why)
		diag(DIAG_WARN, "client_dropped", "%s: %s", peer->who, why);
	peer->closing = true;
	list_remove(&peer->link);
	peer->writer->client_count--;
	uv_close((uv_handle_t *)&peer->pipe, on_peer_closed);
}

void peer_flush(struct peer *peer)
{
	struct buffer swap = peer->writing;
	uv_buf_t      piece;

	if (peer->closing)
		return;
	if (peer->out.size > WRITER_CLIENT_OUT_MAX) {
		peer_close(peer, "does not read what it is sent");
		return;
	}
	if (peer->write_active || peer->out.size == 0)
		return;
	peer->writing = peer->out;
	peer->out = swap;
	peer->out.size = 0;
	piece = uv_buf_init((char *)peer->writing.data, (unsigned)peer->writing.size);
	peer->write_active = true;
	if (uv_write(&peer->write, (uv_stream_t *)&peer->pipe, &piece, 1, on_write_done) != 0) {
		peer->write_active = false;
		peer_close(peer, "cannot be written to");
	}
}

static void peer_send_head(struct peer *peer)
{
	struct head head = {.position = store_durable(peer->writer->store), .full = peer->writer->full};

	peer->head_due = false;
	message_append(&peer->out, FRAME_HEAD, 0, &head_shape, &head);
	peer_flush(peer);
}

void writer_ring(struct writer *writer)
{
	struct peer *peer, *next;

	list_each_safe (peer, next, &writer->clients, link) {
		if (!peer->watching)
			continue;
		/* A watcher that has not taken the last ring gets one for all that came meanwhile. */
		if (peer->write_active)
			peer->head_due = true;
		else
			peer_send_head(peer);
	}
}

void writer_look_for_room(struct writer *writer)
{
	bool full = store_short_of_room(writer->store);

	writer->looked_us = clock_monotonic_us();
	if (full == writer->full)
		return;
	writer->full = full;
	writer_ring(writer);
}

static void stop_if_drained(struct writer *writer)
{
	struct peer *peer, *next;

	if (!writer->draining || writer_waiting(writer) > 0)
		return;
	list_each_safe (peer, next, &writer->clients, link)
		if (!peer->write_active && peer->out.size == 0)
			peer_close(peer, NULL);
	if (writer->client_count > 0)
		return;
	uv_close((uv_handle_t *)&writer->turn_end, NULL);
	uv_close((uv_handle_t *)&writer->committed, NULL);
	uv_close((uv_handle_t *)&writer->alarm, NULL);
	uv_close((uv_handle_t *)&writer->terminate, NULL);
	uv_close((uv_handle_t *)&writer->interrupt, NULL);
	uv_close((uv_handle_t *)&writer->drain_end, NULL);
	writer->draining = false;
}

static void take_frames(struct peer *peer)
{
	size_t       taken = 0, size;
	struct frame frame;
	enum status  status = STATUS_OK;

	while (!peer->closing && !peer->leaving) {
		status = frame_parse(BYTES(peer->in.data + taken, peer->in.size - taken), &frame, &size);
		if (status != STATUS_OK)
			break;
		writer_take_frame(peer, &frame);
		taken += size;
	}
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		peer_close(peer, "sent a malformed frame");
	buffer_consume(&peer->in, taken);
	peer_flush(peer);
}

static void on_peer_closed(uv_handle_t *handle)
{
	struct peer *peer = handle->data;

	peer->closed = true;
	stop_if_drained(peer->writer);
	peer_free_if_done(peer);
}

static void on_write_done(uv_write_t *write, int error)
{
	struct peer *peer = container_of(write, struct peer, write);

	peer->write_active = false;
	peer->writing.size = 0;
	if (peer->closing)
		return;
	if (error)
		peer_close(peer, NULL);
	else if (peer->head_due)
		peer_send_head(peer);
	else if (peer->leaving && peer->out.size == 0)
		peer_close(peer, NULL);
	else
		peer_flush(peer);
	stop_if_drained(peer->writer);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece)
{
	struct peer *peer = handle->data;

	*piece = uv_buf_init((char *)buffer_reserve(&peer->in, suggested), (unsigned)suggested);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece)
{
	struct peer *peer = stream->data;

	if (size < 0) {
		peer_close(peer, size == UV_EOF ? NULL : uv_strerror((int)size));
		return;
	}
	peer->in.size += (size_t)size;
	take_frames(peer);
}

static void on_connection(uv_stream_t *listener, int error)
{
	struct writer *writer = listener->data;
	struct peer   *peer;

	if (error)
		return;
	peer = calloc(1, sizeof(*peer));
	require(peer != NULL && uv_pipe_init(&writer->loop, &peer->pipe, 0) == 0);
	peer->writer = writer;
	peer->pipe.data = peer;
	strcpy(peer->who, "?");
	list_append(&writer->clients, &peer->link);
	writer->client_count++;
	if (uv_accept(listener, (uv_stream_t *)&peer->pipe) != 0 || writer->client_count > WRITER_CLIENTS_MAX)
		peer_close(peer, "is one too many");
	else
		uv_read_start((uv_stream_t *)&peer->pipe, on_allocate, on_read);
}

static void on_turn_end(uv_check_t *check)
{
	writer_commit(check->data);
}

static void on_committed(uv_async_t *async)
{
	struct writer *writer = async->data;

	writer_finish_commit(writer);
	stop_if_drained(writer);
}

/* Called on the committer's thread. */
static void on_batch_done(void *owner)
{
	struct writer *writer = owner;

	uv_async_send(&writer->committed);
}

/* What is kept is kept; a client that does not take its answers cannot hold up the end. */
static void on_drain_end(uv_timer_t *timer)
{
	struct writer *writer = timer->data;
	struct peer   *peer, *next;

	list_each_safe (peer, next, &writer->clients, link)
		if (peer->owed == 0)
			peer_close(peer, "did not take its last answers");
	uv_timer_start(timer, on_drain_end, WRITER_DRAIN_MS, 0);
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
	struct writer *writer = signal->data;
	struct peer   *peer, *next;

	if (writer->draining || uv_is_closing((uv_handle_t *)&writer->listener))
		return;
	diag(DIAG_INFO, "draining", "signal %d, %u waiting", number, writer_waiting(writer));
	writer->draining = true;
	uv_close((uv_handle_t *)&writer->listener, NULL);
	list_each_safe (peer, next, &writer->clients, link)
		uv_read_stop((uv_stream_t *)&peer->pipe);
	uv_timer_start(&writer->drain_end, on_drain_end, WRITER_DRAIN_MS, 0);
	writer_commit(writer);
	stop_if_drained(writer);
}

/* ---------------------------------------------------------------- running */

static enum status listen_at(struct writer *writer, const char *path)
{
	int error = uv_pipe_init(&writer->loop, &writer->listener, 0);

	writer->listener.data = writer;
	unlink(path);
	if (!error)
		error = uv_pipe_bind(&writer->listener, path);
	/* Nobody can connect before it listens, so nobody slips in before the mode is right. */
	if (!error && chmod(path, 0660) != 0)
		error = -errno;
	if (!error)
		error = uv_listen((uv_stream_t *)&writer->listener, 511, on_connection);
	if (error)
		diag(DIAG_ERROR, "listen_failed", "%s: %s", path, uv_strerror(error));
	return error ? STATUS_IO : STATUS_OK;
}

static void start_handles(struct writer *writer)
{
	uv_check_init(&writer->loop, &writer->turn_end);
	uv_async_init(&writer->loop, &writer->committed, on_committed);
	writer_open_alarm(writer);
	uv_signal_init(&writer->loop, &writer->terminate);
	uv_signal_init(&writer->loop, &writer->interrupt);
	uv_timer_init(&writer->loop, &writer->drain_end);
	writer->turn_end.data = writer->committed.data = writer->drain_end.data = writer;
	writer->terminate.data = writer->interrupt.data = writer;
	uv_check_start(&writer->turn_end, on_turn_end);
	uv_signal_start(&writer->terminate, on_stop_signal, SIGTERM);
	uv_signal_start(&writer->interrupt, on_stop_signal, SIGINT);
}

static void finish(struct writer *writer)
{
	committer_destroy(writer->committer);
	close(writer->alarm_fd);
	for (size_t i = 0; i < array_count(writer->rounds); i++) {
		buffer_finish(&writer->rounds[i].answers);
		free(writer->rounds[i].owed);
	}
	arena_finish(&writer->arena);
	require(uv_loop_close(&writer->loop) == 0);
	free(writer);
}

enum status writer_run(struct store *store, const struct writer_decider *decider,
                       const struct writer_settings *settings)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	enum status    status;

	require(writer != NULL && uv_loop_init(&writer->loop) == 0);
	signal(SIGPIPE, SIG_IGN);
	writer->store = store;
	writer->decider = decider;
	writer->settings = settings;
	writer->gathering = &writer->rounds[0];
	list_init(&writer->clients);
	start_handles(writer);
	writer_look_for_room(writer);
	status = listen_at(writer, settings->socket_path);
	if (status == STATUS_OK) {
		writer->committer = committer_create(store, on_batch_done, writer);
		diag(DIAG_INFO, "writer_ready", "head %" PRIu64, store_durable(store));
	} else {
		on_stop_signal(&writer->terminate, 0);
	}
	uv_run(&writer->loop, UV_RUN_DEFAULT);
	finish(writer);
	return status;
}
