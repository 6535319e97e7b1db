#include "eventstore/writer/writer_lock.h"

#include "eventstore/base/diag.h"
#include "eventstore/disk/folder.h"

#include <poll.h>
#include <unistd.h>

enum status writer_lock_take(const char *directory, int *out)
{
	enum status status = folder_lock(directory, "writer.lock", out);

	for (int waited_ms = 0; status == STATUS_BUSY && waited_ms < WRITER_LOCK_PATIENCE_MS;
	     waited_ms += WRITER_LOCK_RETRY_MS) {
		poll(NULL, 0, WRITER_LOCK_RETRY_MS);
		status = folder_lock(directory, "writer.lock", out);
	}
	if (status == STATUS_BUSY)
		diag(DIAG_ERROR, "another_writer", "%s/writer.lock is locked: another writer runs on this log",
		     directory);
	return status;
}

void writer_lock_release(int lock)
{
	if (lock >= 0)
		close(lock);
}
