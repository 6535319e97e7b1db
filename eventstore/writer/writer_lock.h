/* One appender for each data folder: whoever may change its log holds the lock on the file writer.lock, from before it
 * looks at anything. The lock ends with the process. */
#ifndef ORRERY_WRITER_LOCK_H
#define ORRERY_WRITER_LOCK_H

#include "eventstore/base/status.h"

/* A writer that was killed while it tried whether the store opens (store_probe.h) leaves a child that ends a moment
 * later: so long the lock is waited for. */
enum { WRITER_LOCK_PATIENCE_MS = 500, WRITER_LOCK_RETRY_MS = 10 };

/* The folder exists. BUSY: another process has the lock, which is logged. */
enum status writer_lock_take(const char *directory, int *out) MUST_USE;

/* -1 is fine. */
void writer_lock_release(int lock);

#endif
