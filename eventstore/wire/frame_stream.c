#include "eventstore/wire/frame_stream.h"

#include "eventstore/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_AT_ONCE = 64 << 10 };

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int                fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum status frame_stream_open(const char *socket_path, struct frame_stream *out)
{
	*out = (struct frame_stream){.fd = connect_to(socket_path)};
	return out->fd < 0 ? STATUS_UNREACHABLE : STATUS_OK;
}

void frame_stream_close(struct frame_stream *stream)
{
	if (stream->fd >= 0)
		close(stream->fd);
	buffer_finish(&stream->in);
	stream->fd = -1;
}

enum status frame_stream_send(struct frame_stream *stream, struct bytes frames)
{
	size_t sent = 0;

	while (sent < frames.size) {
		ssize_t size = send(stream->fd, frames.data + sent, frames.size - sent, MSG_NOSIGNAL);

		if (size < 0 && errno != EINTR)
			return STATUS_UNREACHABLE;
		sent += size > 0 ? (size_t)size : 0;
	}
	return STATUS_OK;
}

/* Reads once, waiting for it until the deadline. NOT_FOUND: time is up. */
static enum status read_more(struct frame_stream *stream, int64_t deadline_us)
{
	struct pollfd waiter = {.fd = stream->fd, .events = POLLIN};
	int64_t       left_us = deadline_us - clock_monotonic_us();
	ssize_t       size;
	int           ready = poll(&waiter, 1, left_us > 0 ? (int)((left_us + 999) / 1000) : 0);

	if (ready < 0 && errno == EINTR)
		return STATUS_OK;
	if (ready == 0)
		return STATUS_NOT_FOUND;
	size = read(stream->fd, buffer_reserve(&stream->in, READ_AT_ONCE), READ_AT_ONCE);
	if (size < 0 && errno == EINTR)
		return STATUS_OK;
	if (size <= 0)
		return STATUS_UNREACHABLE;
	stream->in.size += (size_t)size;
	return STATUS_OK;
}

enum status frame_stream_receive(struct frame_stream *stream, int timeout_ms, struct frame *frame)
{
	int64_t     deadline_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
	enum status status, more = STATUS_OK;

	buffer_consume(&stream->in, stream->taken);
	stream->taken = 0;
	while ((status = frame_parse(buffer_bytes(&stream->in), frame, &stream->taken)) == STATUS_NOT_FOUND
	       && more == STATUS_OK)
		more = read_more(stream, deadline_us);
	return status == STATUS_NOT_FOUND ? more : status;
}
