/* TCP sockets for an address (base/address.h). What is wrong is logged by whoever asked. */
#ifndef ORRERY_FEED_TCP_H
#define ORRERY_FEED_TCP_H

#include "eventstore/base/status.h"

/* A connected socket that never blocks. INVALID: it is no address. UNREACHABLE: nobody there within the time. */
enum status tcp_connect(const char *address, int timeout_ms, int *out) MUST_USE;

/* A listening socket that never blocks. INVALID: it is no address of this machine. BUSY: somebody listens there. */
enum status tcp_listen(const char *address, int *out) MUST_USE;

#endif
