#include "eventstore/writer.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/list.h"
#include "eventstore/base/require.h"
#include "eventstore/committer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

/* Somebody on the other side of the socket. Freed when the handle is closed and no round owes an answer any more. */
struct client {
	struct list_link link;
	struct writer   *writer;
	uv_pipe_t        pipe;
	uv_write_t       write;
	struct buffer    in;
	struct buffer    out;     /* waits while a write is under way */
	struct buffer    writing; /* belongs to the write under way */
	char             who[WHO_SIZE_MAX + 1];
	uint32_t         owed; /* answers in rounds */
	bool             greeted, watching, closing, closed, write_active, head_due;
	bool             leaving; /* to be closed once it was sent what waits for it */
};

/* An answer that waits for its batch. */
struct owed_answer {
	struct client *client;
	size_t         end; /* in the round's answers */
};

/* One group commit with everybody it concerns. */
struct round {
	struct batch       *batch;
	struct buffer       answers; /* whole frames */
	struct owed_answer *owed;
	uint32_t            owed_count, owed_capacity;
};

struct projection_progress {
	char     name[WHO_SIZE_MAX + 1];
	uint64_t position;
};

struct writer {
	uv_loop_t                     loop;
	uv_pipe_t                     listener;
	uv_check_t                    turn_end;
	uv_async_t                    committed;
	uv_signal_t                   terminate, interrupt;
	uv_timer_t                    drain_end;
	struct store                 *store;
	const struct writer_decider  *decider;
	const struct writer_settings *settings;
	struct committer             *committer;
	struct list_link              clients;
	uint32_t                      client_count;
	struct round                  rounds[2]; /* one gathers, one commits */
	struct round                 *gathering, *committing;
	struct arena                  arena; /* of the frame at hand */
	bool                          draining;
	struct projection_progress    projections[WRITER_PROJECTIONS_MAX];
	uint32_t                      projection_count;
	uint64_t                      submitted, refused, repeated, busy;
};

static void on_write_done(uv_write_t *write, int error);
static void on_client_closed(uv_handle_t *handle);

/* ---------------------------------------------------------------- clients */

static void client_free_if_done(struct client *client)
{
	if (!client->closed || client->owed > 0)
		return;
	buffer_finish(&client->in);
	buffer_finish(&client->out);
	buffer_finish(&client->writing);
	free(client);
}

static void client_close(struct client *client, const char *why)
{
	if (client->closing)
		return;
	if (why)
		diag(DIAG_WARN, "client_dropped", "%s: %s", client->who, why);
	client->closing = true;
	list_remove(&client->link);
	client->writer->client_count--;
	uv_close((uv_handle_t *)&client->pipe, on_client_closed);
}

/* Sends what waits, unless a write is under way. Whoever lets too much wait does not read, and is dropped. */
static void client_flush(struct client *client)
{
	struct buffer swap = client->writing;
	uv_buf_t      piece;

	if (client->closing)
		return;
	if (client->out.size > WRITER_CLIENT_OUT_MAX) {
		client_close(client, "does not read what it is sent");
		return;
	}
	if (client->write_active || client->out.size == 0)
		return;
	client->writing = client->out;
	client->out = swap;
	client->out.size = 0;
	piece = uv_buf_init((char *)client->writing.data, (unsigned)client->writing.size);
	client->write_active = true;
	if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &piece, 1, on_write_done) != 0) {
		client->write_active = false;
		client_close(client, "cannot be written to");
	}
}

static void client_send_head(struct client *client)
{
	struct head head = {.position = store_durable(client->writer->store)};

	client->head_due = false;
	message_append(&client->out, FRAME_HEAD, 0, &head_shape, &head);
	client_flush(client);
}

static void ring(struct writer *writer)
{
	struct client *client, *next;

	list_each_safe (client, next, &writer->clients, link) {
		if (!client->watching)
			continue;
		/* A watcher that has not taken the last ring gets one for all that came meanwhile. */
		if (client->write_active)
			client->head_due = true;
		else
			client_send_head(client);
	}
}

/* ---------------------------------------------------------------- rounds */

static uint32_t waiting(const struct writer *writer)
{
	return writer->gathering->owed_count + (writer->committing ? writer->committing->owed_count : 0);
}

static void round_owe(struct round *round, struct client *client)
{
	if (round->owed_count == round->owed_capacity) {
		round->owed_capacity = round->owed_capacity ? round->owed_capacity * 2 : 64;
		round->owed = realloc(round->owed, round->owed_capacity * sizeof(*round->owed));
		require(round->owed != NULL);
	}
	round->owed[round->owed_count++] = (struct owed_answer){.client = client, .end = round->answers.size};
	client->owed++;
}

/* Everybody in the round learns what came of it. */
static void round_answer(struct round *round)
{
	size_t begin = 0;

	for (uint32_t i = 0; i < round->owed_count; i++) {
		struct client *client = round->owed[i].client;

		if (!client->closing)
			buffer_append(&client->out, BYTES(round->answers.data + begin, round->owed[i].end - begin));
		begin = round->owed[i].end;
	}
	for (uint32_t i = 0; i < round->owed_count; i++) {
		struct client *client = round->owed[i].client;

		client->owed--;
		client_flush(client);
		client_free_if_done(client);
	}
	round->owed_count = 0;
	round->answers.size = 0;
}

static void round_finish(struct writer *writer, struct round *round, enum status result, bool had_events)
{
	if (result != STATUS_OK) {
		diag(DIAG_ERROR, "commit_failed", "%s Stopping: what is on disk shows after a restart.",
		     status_sentence(result));
		_exit(EXIT_FAILURE);
	}
	store_release_batch(writer->store, round->batch);
	round->batch = NULL;
	round_answer(round);
	if (had_events)
		ring(writer);
}

static void commit_inline(struct writer *writer, struct round *round, bool had_events)
{
	round_finish(writer, round, store_commit(writer->store, round->batch), had_events);
}

/* Closes the gathering round when the one before it is done. */
static void start_commit(struct writer *writer)
{
	struct round *round = writer->gathering;
	bool          had_events = store_open_count(writer->store) > 0;

	if (writer->committing || round->owed_count == 0)
		return;
	round->batch = store_close_batch(writer->store);
	if (!had_events || round->owed_count <= WRITER_INLINE_MAX) {
		commit_inline(writer, round, had_events);
		return;
	}
	writer->committing = round;
	writer->gathering = round == &writer->rounds[0] ? &writer->rounds[1] : &writer->rounds[0];
	committer_submit(writer->committer, round->batch);
}

static void stop_if_drained(struct writer *writer)
{
	struct client *client, *next;

	if (!writer->draining || waiting(writer) > 0)
		return;
	list_each_safe (client, next, &writer->clients, link)
		if (!client->write_active && client->out.size == 0)
			client_close(client, NULL);
	if (writer->client_count > 0)
		return;
	uv_close((uv_handle_t *)&writer->turn_end, NULL);
	uv_close((uv_handle_t *)&writer->committed, NULL);
	uv_close((uv_handle_t *)&writer->terminate, NULL);
	uv_close((uv_handle_t *)&writer->interrupt, NULL);
	uv_close((uv_handle_t *)&writer->drain_end, NULL);
	writer->draining = false;
}

/* ---------------------------------------------------------------- frames */

static void take_hello(struct client *client, const struct frame *frame)
{
	struct store  *store = client->writer->store;
	struct hello   hello = {0};
	struct welcome welcome = {.protocol = PROTOCOL_VERSION, .version = text_from(ORRERY_VERSION), .accepted = true};

	if (message_decode(&hello_shape, frame->body, &client->writer->arena, &hello) != STATUS_OK) {
		client_close(client, "sent a malformed hello");
		return;
	}
	snprintf(client->who, sizeof(client->who), "%.*s",
	         (int)(hello.who.size < WHO_SIZE_MAX ? hello.who.size : WHO_SIZE_MAX), hello.who.data);
	if (hello.protocol != PROTOCOL_VERSION) {
		welcome.accepted = false;
		welcome.sentence = arena_format(&client->writer->arena, "This writer speaks protocol %d, not %u.",
		                                PROTOCOL_VERSION, hello.protocol);
	}
	welcome.store = store_identity(store).store;
	welcome.epoch = store_identity(store).epoch;
	welcome.head = store_durable(store);
	client->greeted = welcome.accepted;
	client->leaving = !welcome.accepted;
	message_append(&client->out, FRAME_HELLO | FRAME_ANSWER, frame->request, &welcome_shape, &welcome);
}

static void answer_now(struct client *client, const struct frame *frame, enum status status)
{
	struct answer answer = {.status = text_from(status_name(status)),
	                        .sentence = text_from(status_sentence(status))};

	message_append(&client->out, FRAME_SUBMIT | FRAME_ANSWER, frame->request, &answer_shape, &answer);
}

static void take_submission(struct client *client, const struct frame *frame)
{
	struct writer    *writer = client->writer;
	struct submission submission = {0};
	struct answer     answer = {0};

	if (message_decode(&submission_shape, frame->body, &writer->arena, &submission) != STATUS_OK) {
		answer_now(client, frame, STATUS_MALFORMED);
		return;
	}
	if (waiting(writer) >= writer->settings->queue_max || store_busy(writer->store)) {
		writer->busy++;
		answer_now(client, frame, STATUS_BUSY);
		return;
	}
	writer->decider->decide(writer->decider->owner, &submission, &writer->arena, &answer);
	writer->submitted++;
	writer->refused += answer.refusal.data != NULL;
	writer->repeated += answer.repeated;
	message_append(&writer->gathering->answers, FRAME_SUBMIT | FRAME_ANSWER, frame->request, &answer_shape,
	               &answer);
	round_owe(writer->gathering, client);
}

static struct projection_progress *find_progress(struct writer *writer, struct text name)
{
	struct projection_progress *progress;

	for (uint32_t i = 0; i < writer->projection_count; i++)
		if (text_is(name, writer->projections[i].name))
			return &writer->projections[i];
	if (writer->projection_count == WRITER_PROJECTIONS_MAX || name.size > WHO_SIZE_MAX)
		return NULL;
	progress = &writer->projections[writer->projection_count++];
	memcpy(progress->name, name.data, name.size);
	return progress;
}

static void take_progress(struct client *client, const struct frame *frame)
{
	struct writer              *writer = client->writer;
	struct projection_progress *known;
	struct progress             progress = {0};
	struct client              *watcher, *next;

	if (message_decode(&progress_shape, frame->body, &writer->arena, &progress) != STATUS_OK)
		return;
	known = find_progress(writer, progress.name);
	if (!known)
		return;
	known->position = progress.position;
	list_each_safe (watcher, next, &writer->clients, link) {
		if (!watcher->watching || watcher == client)
			continue;
		message_append(&watcher->out, FRAME_PROGRESS, 0, &progress_shape, &progress);
		client_flush(watcher);
	}
}

/* A new watcher learns the head and how far each projection is, then hears of every change. */
static void take_watch(struct client *client, const struct frame *frame)
{
	struct writer *writer = client->writer;
	struct head    head = {.position = store_durable(writer->store)};

	client->watching = true;
	message_append(&client->out, FRAME_WATCH | FRAME_ANSWER, frame->request, &head_shape, &head);
	for (uint32_t i = 0; i < writer->projection_count; i++) {
		struct progress progress = {.name = text_from(writer->projections[i].name),
		                            .position = writer->projections[i].position};

		message_append(&client->out, FRAME_PROGRESS, 0, &progress_shape, &progress);
	}
}

static void take_stats(struct client *client, const struct frame *frame)
{
	struct writer        *writer = client->writer;
	struct store_counters counters;
	struct progress       list[WRITER_PROJECTIONS_MAX];
	struct stats          stats;

	store_counters(writer->store, &counters);
	for (uint32_t i = 0; i < writer->projection_count; i++)
		list[i] = (struct progress){.name = text_from(writer->projections[i].name),
		                            .position = writer->projections[i].position};
	stats = (struct stats){
		.head = store_durable(writer->store),
		.commits = counters.commits,
		.commit_us_last = counters.commit_us_last,
		.commit_us_max = counters.commit_us_max,
		.index_lag = counters.index_lag,
		.log_used = counters.log_used,
		.log_mapped = counters.log_mapped,
		.submitted = writer->submitted,
		.refused = writer->refused,
		.repeated = writer->repeated,
		.busy = writer->busy,
		.waiting = waiting(writer),
		.clients = writer->client_count,
		.version = text_from(ORRERY_VERSION),
		.projections = {.items = list, .count = writer->projection_count},
	};
	message_append(&client->out, FRAME_STATS | FRAME_ANSWER, frame->request, &stats_shape, &stats);
}

static void take_frame(struct client *client, const struct frame *frame)
{
	static void (*const takers[])(struct client *, const struct frame *) = {
		[FRAME_HELLO] = take_hello,       [FRAME_SUBMIT] = take_submission, [FRAME_WATCH] = take_watch,
		[FRAME_PROGRESS] = take_progress, [FRAME_STATS] = take_stats,
	};

	if (frame->op >= array_count(takers) || !takers[frame->op])
		client_close(client, "sent an unknown frame");
	else if (!client->greeted && frame->op != FRAME_HELLO)
		client_close(client, "did not say hello first");
	else
		takers[frame->op](client, frame);
	arena_reset(&client->writer->arena);
}

static void take_frames(struct client *client)
{
	size_t       taken = 0, size;
	struct frame frame;
	enum status  status = STATUS_OK;

	while (!client->closing && !client->leaving) {
		status = frame_parse(BYTES(client->in.data + taken, client->in.size - taken), &frame, &size);
		if (status != STATUS_OK)
			break;
		take_frame(client, &frame);
		taken += size;
	}
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		client_close(client, "sent a malformed frame");
	buffer_consume(&client->in, taken);
	client_flush(client);
}

/* ---------------------------------------------------------------- callbacks */

static void on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;

	client->closed = true;
	stop_if_drained(client->writer);
	client_free_if_done(client);
}

static void on_write_done(uv_write_t *write, int error)
{
	struct client *client = container_of(write, struct client, write);

	client->write_active = false;
	client->writing.size = 0;
	if (client->closing)
		return;
	if (error)
		client_close(client, NULL);
	else if (client->head_due)
		client_send_head(client);
	else if (client->leaving && client->out.size == 0)
		client_close(client, NULL);
	else
		client_flush(client);
	stop_if_drained(client->writer);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece)
{
	struct client *client = handle->data;

	*piece = uv_buf_init((char *)buffer_reserve(&client->in, suggested), (unsigned)suggested);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece)
{
	struct client *client = stream->data;

	if (size < 0) {
		client_close(client, size == UV_EOF ? NULL : uv_strerror((int)size));
		return;
	}
	client->in.size += (size_t)size;
	take_frames(client);
}

static void on_connection(uv_stream_t *listener, int error)
{
	struct writer *writer = listener->data;
	struct client *client;

	if (error)
		return;
	client = calloc(1, sizeof(*client));
	require(client != NULL && uv_pipe_init(&writer->loop, &client->pipe, 0) == 0);
	client->writer = writer;
	client->pipe.data = client;
	strcpy(client->who, "?");
	list_append(&writer->clients, &client->link);
	writer->client_count++;
	if (uv_accept(listener, (uv_stream_t *)&client->pipe) != 0 || writer->client_count > WRITER_CLIENTS_MAX)
		client_close(client, "is one too many");
	else
		uv_read_start((uv_stream_t *)&client->pipe, on_allocate, on_read);
}

static void on_turn_end(uv_check_t *check)
{
	start_commit(check->data);
}

static void on_committed(uv_async_t *async)
{
	struct writer *writer = async->data;
	struct round  *round = writer->committing;

	writer->committing = NULL;
	round_finish(writer, round, committer_take(writer->committer), true);
	start_commit(writer);
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
	struct client *client, *next;

	list_each_safe (client, next, &writer->clients, link)
		if (client->owed == 0)
			client_close(client, "did not take its last answers");
	uv_timer_start(timer, on_drain_end, WRITER_DRAIN_MS, 0);
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
	struct writer *writer = signal->data;
	struct client *client, *next;

	if (writer->draining || uv_is_closing((uv_handle_t *)&writer->listener))
		return;
	diag(DIAG_INFO, "draining", "signal %d, %u waiting", number, waiting(writer));
	writer->draining = true;
	uv_close((uv_handle_t *)&writer->listener, NULL);
	list_each_safe (client, next, &writer->clients, link)
		uv_read_stop((uv_stream_t *)&client->pipe);
	uv_timer_start(&writer->drain_end, on_drain_end, WRITER_DRAIN_MS, 0);
	start_commit(writer);
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
