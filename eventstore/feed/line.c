#include "eventstore/feed/line.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/feed/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---------------------------------------------------------------- opening and closing */

static void take_socket(struct line *line, int fd)
{
	int at_once = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
	*line = (struct line){.fd = fd, .open = true, .heard_us = clock_monotonic_us()};
	line->said_us = line->heard_us;
}

void line_answer(struct line *line, int fd, const struct noise_key *own, channel_knows knows, void *owner)
{
	take_socket(line, fd);
	channel_respond(&line->channel, own, knows, owner);
}

enum status line_call(struct line *line, const char *address, int timeout_ms, const struct noise_key *own,
                      const struct noise_public *peer)
{
	int         fd;
	enum status status = tcp_connect(address, timeout_ms, &fd);

	if (status != STATUS_OK)
		return status;
	take_socket(line, fd);
	status = channel_initiate(&line->channel, own, peer, &line->wire);
	if (status != STATUS_OK)
		line_close(line);
	return status;
}

void line_close(struct line *line)
{
	if (!line->open)
		return;
	close(line->fd);
	channel_finish(&line->channel);
	buffer_finish(&line->came);
	buffer_finish(&line->heard);
	buffer_finish(&line->wire);
	*line = (struct line){0};
}

/* ---------------------------------------------------------------- hearing */

static enum status take_in(struct line *line, size_t size)
{
	line->came.size = size;
	line->heard_us = clock_monotonic_us();
	buffer_consume(&line->heard, line->taken);
	line->taken = 0;
	return channel_take(&line->channel, buffer_bytes(&line->came), &line->heard, &line->wire);
}

enum status line_receive(struct line *line)
{
	size_t  most = channel_ready(&line->channel) ? LINE_TAKEN_AT_ONCE : LINE_TAKEN_OF_STRANGERS;
	ssize_t size;

	line->came.size = 0;
	size = recv(line->fd, buffer_reserve(&line->came, most), most, MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return STATUS_NOT_FOUND;
	return size > 0 ? take_in(line, (size_t)size) : STATUS_UNREACHABLE;
}

enum status line_next(struct line *line, struct frame *frame)
{
	size_t      size;
	enum status status =
		frame_parse(BYTES(line->heard.data + line->taken, line->heard.size - line->taken), frame, &size);

	if (status == STATUS_OK)
		line->taken += size;
	return status;
}

/* ---------------------------------------------------------------- saying */

void line_say(struct line *line, struct bytes frames)
{
	line->said_us = clock_monotonic_us();
	channel_send(&line->channel, frames, &line->wire);
}

void line_say_word(struct line *line, enum feed_word word, uint64_t number, struct bytes body)
{
	struct buffer frame = {0};

	feed_append(&frame, word, number, body);
	line_say(line, buffer_bytes(&frame));
	buffer_finish(&frame);
}

enum status line_flush(struct line *line)
{
	size_t sent = 0;

	while (sent < line->wire.size) {
		ssize_t size =
			send(line->fd, line->wire.data + sent, line->wire.size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			return STATUS_UNREACHABLE;
		if (size < 0)
			break;
		sent += (size_t)size;
	}
	buffer_consume(&line->wire, sent);
	return STATUS_OK;
}

size_t line_unsent(const struct line *line)
{
	return line->wire.size;
}

/* ---------------------------------------------------------------- waiting */

void line_wait(const struct line *line, int bell, int timeout_ms)
{
	struct pollfd waiters[2] = {
		{.fd = line->fd, .events = (short)(POLLIN | (line->wire.size > 0 ? POLLOUT : 0))},
		{.fd = bell, .events = POLLIN},
	};

	/* Whatever woke us, or nothing: the owner looks at everything again. */
	if (poll(waiters, 2, timeout_ms > 0 ? timeout_ms : 0) < 0)
		require(errno == EINTR);
}

int64_t line_silent_ms(const struct line *line)
{
	return (clock_monotonic_us() - line->heard_us) / 1000;
}

int64_t line_mute_ms(const struct line *line)
{
	return (clock_monotonic_us() - line->said_us) / 1000;
}
