/* Is a server there yet? Each probe answers within a second or so. */
#ifndef ORRERY_PROBE_H
#define ORRERY_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest path a Unix socket can have. */
extern const size_t socket_path_size_max;

/* Whether somebody accepts connections at the Unix socket. */
bool probe_unix_socket(const char *path);

/* Whether somebody accepts connections at HOST:PORT. */
bool probe_address(const char *address);

/* Whether GET of the target at HOST:PORT, in plain HTTP/1.1, is answered with 200. */
bool probe_http(const char *address, const char *target);

#endif
