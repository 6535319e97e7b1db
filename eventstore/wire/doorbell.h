/* The writer's socket as a doorbell: it rings when there is more, and carries how far each projection has come.
 * Blocking, for threads that follow the log; one doorbell per thread. It reconnects by itself and, while the writer is
 * away, falls back to its timeout, so a waiting reader never hangs. */
#ifndef ORRERY_DOORBELL_H
#define ORRERY_DOORBELL_H

#include "eventstore/base/status.h"

#include <stdint.h>

struct doorbell;

/* `socket_path` is copied. Never fails: the writer may come later. */
struct doorbell *doorbell_create(const char *socket_path, const char *who);
void             doorbell_destroy(struct doorbell *doorbell);

/* Returns once the head is beyond `position`, the time is up, or doorbell_interrupt was called. */
void doorbell_wait(struct doorbell *doorbell, uint64_t position, int timeout_ms);

/* Tells the writer, which tells everybody who watches, that projection `name` shows everything up to `position`.
 * Best effort; told again by itself when the writer comes back. */
void doorbell_progress(struct doorbell *doorbell, const char *name, uint64_t position);

/* From another thread or a signal handler: ends the wait under way and every later one at once. */
void doorbell_interrupt(struct doorbell *doorbell);

#endif
