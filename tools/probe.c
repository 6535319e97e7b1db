#include "tools/probe.h"

#include "eventstore/base/address.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST_SIZE_MAX = 512 };

static const char           status_line[] = "HTTP/1.1 200";
static const struct timeval patience = {.tv_sec = 1};

const size_t socket_path_size_max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;

bool probe_unix_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int                file;
	bool               there;

	if (strlen(path) > socket_path_size_max)
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (file < 0)
		return false;
	there = connect(file, (const struct sockaddr *)&address, sizeof(address)) == 0;
	close(file);
	return there;
}

/* A connected socket with short timeouts, or a negative number. */
static int connect_to(const struct addrinfo *address)
{
	int file = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);

	if (file < 0)
		return -1;
	setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(file, address->ai_addr, address->ai_addrlen) == 0)
		return file;
	close(file);
	return -1;
}

static int open_address(const char *text)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo      *found;
	struct address        address;
	int                   file = -1;

	if (!address_split(text, &address) || getaddrinfo(address.host, address.port, &hints, &found) != 0)
		return -1;
	for (const struct addrinfo *each = found; each && file < 0; each = each->ai_next)
		file = connect_to(each);
	freeaddrinfo(found);
	return file;
}

bool probe_address(const char *address)
{
	int file = open_address(address);

	if (file >= 0)
		close(file);
	return file >= 0;
}

bool probe_http(const char *address, const char *target)
{
	char    request[REQUEST_SIZE_MAX], reply[sizeof(status_line)] = "";
	int     size = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
	                        target, address);
	int     file = open_address(address);
	ssize_t got = -1;

	if (file < 0)
		return false;
	if (size < (int)sizeof(request) && send(file, request, (size_t)size, MSG_NOSIGNAL) == size)
		got = recv(file, reply, sizeof(reply) - 1, MSG_WAITALL);
	close(file);
	return got == sizeof(reply) - 1 && strcmp(reply, status_line) == 0;
}
