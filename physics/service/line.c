#include "physics/service/line.h"

#include "eventstore/base/require.h"

static void on_write_done(uv_write_t *write, int error);
static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece);
static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece);

void line_open(struct line *line, uv_loop_t *loop)
{
	require(uv_pipe_init(loop, &line->pipe, 0) == 0);
	line->pipe.data = line;
}

static void lose(struct line *line, const char *why)
{
	if (line->closing)
		return;
	line->lost = true;
	line->why = why;
	line_close(line);
}

void line_flush(struct line *line)
{
	struct buffer swap = line->writing;
	uv_buf_t      piece;

	if (line->closing)
		return;
	if (line->out.size > LINE_UNSENT_MAX) {
		lose(line, "does not read what it is sent");
		return;
	}
	if (line->writing_now || line->out.size == 0)
		return;
	line->writing = line->out;
	line->out = swap;
	line->out.size = 0;
	piece = uv_buf_init((char *)line->writing.data, (unsigned)line->writing.size);
	line->writing_now = true;
	if (uv_write(&line->write, (uv_stream_t *)&line->pipe, &piece, 1, on_write_done) != 0) {
		line->writing_now = false;
		lose(line, "cannot be written to");
	}
}

/* Who asks for much at once is answered as fast as it reads, and not cut off for it. */
static bool crowded(const struct line *line)
{
	return line->out.size + line->writing.size > LINE_CROWDED;
}

static void take_frames(struct line *line)
{
	size_t       taken = 0, size;
	struct frame frame;
	enum status  status = STATUS_OK;

	while (!line->closing && !crowded(line)) {
		status = frame_parse(BYTES(line->in.data + taken, line->in.size - taken), &frame, &size);
		if (status != STATUS_OK)
			break;
		line->on_frame(line, &frame);
		taken += size;
	}
	if (line->closing)
		return;
	buffer_consume(&line->in, taken);
	line->waits = crowded(line);
	if (line->waits)
		uv_read_stop((uv_stream_t *)&line->pipe);
	else if (status != STATUS_NOT_FOUND)
		lose(line, "sent what is no frame");
	line_flush(line);
}

static void go_on(struct line *line)
{
	line->waits = false;
	line_start(line);
	take_frames(line);
}

/* ---------------------------------------------------------------- callbacks */

static void on_write_done(uv_write_t *write, int error)
{
	struct line *line = container_of(write, struct line, write);

	line->writing_now = false;
	line->writing.size = 0;
	if (error)
		lose(line, NULL);
	else
		line_flush(line);
	if (line->waits && !line->closing && !crowded(line))
		go_on(line);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *piece)
{
	struct line *line = handle->data;

	*piece = uv_buf_init((char *)buffer_reserve(&line->in, suggested), (unsigned)suggested);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *piece)
{
	struct line *line = stream->data;

	if (size < 0) {
		lose(line, size == UV_EOF ? NULL : uv_strerror((int)size));
		return;
	}
	line->in.size += (size_t)size;
	take_frames(line);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct line *line = handle->data;

	buffer_finish(&line->in);
	buffer_finish(&line->out);
	buffer_finish(&line->writing);
	if (line->lost)
		line->on_gone(line, line->why);
	line->on_closed(line);
}

void line_start(struct line *line)
{
	if (uv_read_start((uv_stream_t *)&line->pipe, on_allocate, on_read) != 0)
		lose(line, "cannot be read from");
}

void line_close(struct line *line)
{
	if (line->closing)
		return;
	line->closing = true;
	uv_close((uv_handle_t *)&line->pipe, on_handle_closed);
}
