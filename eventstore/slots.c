#include "eventstore/slots.h"

#include "eventstore/base/require.h"
#include "eventstore/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SECTOR_SIZE = 512 };
_Static_assert(SECTOR_SIZE % SLOT_SIZE == 0, "a slot lies within one sector");

struct slots {
	int fd;
};

enum status slots_open(const char *path, bool writing, struct slots **out)
{
	int           fd = open(path, O_CLOEXEC | (writing ? O_RDWR | O_CREAT : O_RDONLY), 0640);
	struct slots *slots;

	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : errno == EACCES ? STATUS_DENIED : STATUS_IO;
	if (writing && folder_sync_around(path) != STATUS_OK) {
		close(fd);
		return STATUS_IO;
	}
	slots = calloc(1, sizeof(*slots));
	require(slots != NULL);
	slots->fd = fd;
	*out = slots;
	return STATUS_OK;
}

void slots_close(struct slots *slots)
{
	if (!slots)
		return;
	close(slots->fd);
	free(slots);
}

enum status slots_write(struct slots *slots, uint64_t number, struct bytes bytes)
{
	uint8_t slot[SLOT_SIZE] = {0};

	require(bytes.size <= sizeof(slot));
	if (bytes.size > 0)
		memcpy(slot, bytes.data, bytes.size);
	if (pwrite(slots->fd, slot, sizeof(slot), (off_t)(number * SLOT_SIZE)) == (ssize_t)sizeof(slot))
		return STATUS_OK;
	return errno == ENOSPC ? STATUS_FULL : STATUS_IO;
}

enum status slots_sync(struct slots *slots)
{
	return fdatasync(slots->fd) == 0 ? STATUS_OK : STATUS_IO;
}

enum status slots_erase(struct slots *slots, uint64_t number)
{
	enum status status = slots_write(slots, number, BYTES(NULL, 0));

	return status == STATUS_OK ? slots_sync(slots) : status;
}

enum status slots_read(struct slots *slots, uint64_t number, void *out, size_t size)
{
	uint8_t slot[SLOT_SIZE] = {0};

	require(size <= sizeof(slot));
	/* Behind the end of the file nothing was written yet. */
	if (pread(slots->fd, slot, sizeof(slot), (off_t)(number * SLOT_SIZE)) < 0)
		return STATUS_IO;
	memcpy(out, slot, size);
	return STATUS_OK;
}
