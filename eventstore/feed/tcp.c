#include "eventstore/feed/tcp.h"

#include "eventstore/base/address.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static enum status look_up(const char *address, int flags, struct addrinfo **out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct address        split;

	if (!address_split(address, &split))
		return STATUS_INVALID;
	switch (getaddrinfo(split.host, split.port, &hints, out)) {
	case 0:
		return STATUS_OK;
	case EAI_AGAIN:
	case EAI_NONAME: /* a name server may be away */
		return STATUS_UNREACHABLE;
	default:
		return STATUS_INVALID;
	}
}

static int open_socket(const struct addrinfo *at)
{
	return socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol);
}

/* ---------------------------------------------------------------- calling */

static bool connects(int fd, const struct addrinfo *at, int timeout_ms)
{
	struct pollfd waiter = {.fd = fd, .events = POLLOUT};
	int           error = 0;
	socklen_t     size = sizeof(error);

	if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
		return true;
	return errno == EINPROGRESS && poll(&waiter, 1, timeout_ms) == 1
	       && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

enum status tcp_connect(const char *address, int timeout_ms, int *out)
{
	struct addrinfo *found;
	enum status      status = look_up(address, 0, &found);

	if (status != STATUS_OK)
		return status;
	status = STATUS_UNREACHABLE;
	for (const struct addrinfo *at = found; at && status != STATUS_OK; at = at->ai_next) {
		int fd = open_socket(at);

		if (fd >= 0 && connects(fd, at, timeout_ms)) {
			*out = fd;
			status = STATUS_OK;
		} else if (fd >= 0) {
			close(fd);
		}
	}
	freeaddrinfo(found);
	return status;
}

/* ---------------------------------------------------------------- listening */

static enum status listen_at(int fd, const struct addrinfo *at)
{
	int again = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again));
	if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return STATUS_OK;
	return errno == EADDRINUSE ? STATUS_BUSY : errno == EACCES ? STATUS_DENIED : STATUS_INVALID;
}

enum status tcp_listen(const char *address, int *out)
{
	struct addrinfo *found;
	enum status      status = look_up(address, AI_PASSIVE, &found);
	int              fd;

	if (status != STATUS_OK)
		return status;
	fd = open_socket(found);
	status = fd >= 0 ? listen_at(fd, found) : STATUS_IO;
	freeaddrinfo(found);
	if (status == STATUS_OK)
		*out = fd;
	else if (fd >= 0)
		close(fd);
	return status;
}
