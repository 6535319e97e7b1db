#include "eventstore/writer_lock.h"

#include "eventstore/base/diag.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum status writer_lock_take(const char *directory, int *out)
{
	char path[PATH_MAX];
	int  lock;

	snprintf(path, sizeof(path), "%s/writer.lock", directory);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (lock < 0)
		return STATUS_IO;
	if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
		diag(DIAG_ERROR, "another_writer", "%s is locked: another writer runs on this log", path);
		close(lock);
		return STATUS_BUSY;
	}
	*out = lock;
	return STATUS_OK;
}

void writer_lock_release(int lock)
{
	if (lock >= 0)
		close(lock);
}
