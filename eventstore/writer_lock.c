#include "eventstore/writer_lock.h"

#include "eventstore/base/diag.h"
#include "eventstore/folder.h"

#include <unistd.h>

enum status writer_lock_take(const char *directory, int *out)
{
	enum status status = folder_lock(directory, "writer.lock", out);

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
