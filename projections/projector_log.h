/* The log, as projectors and rebuilds see it: the mapped log with its doorbell, or a test's array. */
#ifndef ORRERY_PROJECTOR_LOG_H
#define ORRERY_PROJECTOR_LOG_H

#include "eventstore/log/reader.h"

/* Where the events come from, and who is told how far the rows have come. Used by one thread at a time. The first four
 * are as in reader.h, the last two as in doorbell.h; `wait` with UINT64_MAX waits for the time or the interruption
 * alone. */
struct projector_log {
	void *owner;
	struct log_identity (*identity)(void *owner);
	enum status (*head)(void *owner, uint64_t *head);
	enum status (*each)(void *owner, uint64_t from, uint32_t limit, reader_visit visit, void *visitor);
	enum status (*leaf)(void *owner, uint64_t position, struct hash *leaf);
	void (*wait)(void *owner, uint64_t position, int timeout_ms);
	void (*progress)(void *owner, const char *name, uint64_t position);
};

/* The real one: a reader of `data`, and a doorbell at `socket`. Without a socket nobody rings and nobody is told, and a
 * wait takes all its time. NOT_FOUND as in reader_open. The caller closes it. */
enum status projector_log_open(const char *data, const char *socket, struct projector_log **out) MUST_USE;
void        projector_log_close(struct projector_log *log); /* NULL is borne */

/* From another thread: ends the wait under way and every later one. */
void projector_log_interrupt(struct projector_log *log);

#endif
