#include "api/engine_private.h"

#include "eventstore/base/require.h"

/* libh2o takes one piece at a time and calls proceed when it has gone. Meanwhile we gather in `waiting`; the two
 * buffers change places when the first has left. `over` means libh2o was told that the reply ends: nothing may follow.
 */

static struct request *stream_owner(struct stream *stream)
{
	return container_of(stream, struct request, stream);
}

static void finish_with(struct stream *stream, h2o_send_state_t state)
{
	struct request *request = stream_owner(stream);

	stream->over = true;
	request_mark_sending(request, true);
	h2o_send(request->raw, NULL, 0, state);
}

static void send_waiting(struct stream *stream)
{
	struct request *request = stream_owner(stream);
	struct buffer   empty = stream->leaving;
	h2o_iovec_t     piece;

	empty.size = 0;
	stream->leaving = stream->waiting;
	stream->waiting = empty;
	stream->busy = true;
	request_mark_sending(request, true);
	piece = h2o_iovec_init(stream->leaving.data, stream->leaving.size);
	h2o_send(request->raw, &piece, 1, H2O_SEND_STATE_IN_PROGRESS);
}

/* Does the next thing there is to do while libh2o is idle; true when there is none and more is welcome. Ending a reply
 * may end the request at once: after a false the stream must not be touched. */
static bool advance(struct stream *stream)
{
	if (stream->busy || stream->over)
		return false;
	if (stream->aborted)
		finish_with(stream, H2O_SEND_STATE_ERROR);
	else if (stream->waiting.size > 0)
		send_waiting(stream);
	else if (stream->ended)
		finish_with(stream, H2O_SEND_STATE_FINAL);
	else
		return true;
	return false;
}

static void stream_on_proceed(h2o_generator_t *generator, h2o_req_t *raw)
{
	struct stream  *stream = container_of(generator, struct stream, generator);
	struct request *request = stream_owner(stream);

	stream->busy = false;
	stream->leaving.size = 0;
	request_mark_sending(request, false);
	connection_note_progress(request->connection);
	if (advance(stream) && stream->on_room) {
		loop_note_work(request->view.loop);
		stream->on_room(request->view.owner);
	}
}

/* The client is gone; request_dispose follows and tells the application. */
static void stream_on_stop(h2o_generator_t *generator, h2o_req_t *raw)
{
	container_of(generator, struct stream, generator)->over = true;
}

bool stream_is_ours(const h2o_req_t *raw)
{
	return raw->_generator != NULL && raw->_generator->stop == stream_on_stop;
}

void stream_finish(struct stream *stream)
{
	buffer_finish(&stream->leaving);
	buffer_finish(&stream->waiting);
}

static void keep_nothing_alive(struct request *request)
{
	/* Without chunks, only the end of the connection ends the reply. */
	if (request->raw->version < 0x101)
		request->raw->http1_is_persistent = 0;
}

void http_stream_begin(struct http_request *view, const struct http_head *head, void (*on_room)(void *owner))
{
	struct request *request = (struct request *)view;
	struct stream  *stream = &request->stream;

	if (request->forced)
		return;
	require(!request->replied && head->status != 204 && head->status != 304);
	loop_note_work(view->loop);
	request->replied = true;
	stream->begun = true;
	stream->on_room = on_room;
	stream->generator = (h2o_generator_t){stream_on_proceed, stream_on_stop};
	request_set_head(request, head);
	if (head->sized)
		request_announce_size(request, head->size);
	else
		keep_nothing_alive(request);
	if (!view->http2)
		request->connection->stream = request;
	h2o_start_response(request->raw, &stream->generator);
	if (request_is_head(request))
		finish_with(stream, H2O_SEND_STATE_FINAL);
}

enum status http_stream_write(struct http_request *view, struct bytes bytes)
{
	struct request *request = (struct request *)view;
	struct stream  *stream = &request->stream;

	if (request->forced || stream->over || stream->aborted)
		return STATUS_OK;
	require(stream->begun && !stream->ended);
	if (stream->leaving.size + stream->waiting.size + bytes.size
	    > view->loop->server->settings.limits.stream_bytes_max)
		return STATUS_FULL;
	loop_note_work(view->loop);
	buffer_append(&stream->waiting, bytes);
	advance(stream);
	return STATUS_OK;
}

void http_stream_end(struct http_request *view)
{
	struct request *request = (struct request *)view;

	if (request->forced)
		return;
	require(request->stream.begun);
	request->stream.ended = true;
	loop_note_work(view->loop);
	advance(&request->stream);
}

void stream_break_off(struct request *request)
{
	struct stream *stream = &request->stream;

	stream->aborted = true;
	stream->on_room = NULL;
	advance(stream);
}

void http_stream_abort(struct http_request *view)
{
	struct request *request = (struct request *)view;

	if (request->forced)
		return;
	require(request->stream.begun);
	loop_note_work(view->loop);
	stream_break_off(request);
}
