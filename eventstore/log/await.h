/* Log and vault are made by the writer, which may start at the same moment as those who read them. */
#ifndef ORRERY_AWAIT_H
#define ORRERY_AWAIT_H

#include "eventstore/base/status.h"

enum { AWAIT_SECONDS_MAX = 60, AWAIT_RETRY_MS = 100 };

/* Calls `try_open` until it says other than NOT_FOUND, and returns that; UNREACHABLE after AWAIT_SECONDS_MAX. For the
 * start of a process: the thread sleeps in between. */
enum status await_store(enum status (*try_open)(void *owner), void *owner) MUST_USE;

#endif
