#include "eventstore/vault/slots.h"

#include "eventstore/base/require.h"
#include "eventstore/disk/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* So many slots are read through a map of the file, which costs address space and spares a system call for each; those
 * behind are read by one. */
enum { SECTOR_SIZE = 512, MAPPED_SLOTS = 1 << 26 };
_Static_assert(SECTOR_SIZE % SLOT_SIZE == 0, "a slot lies within one sector");

struct slots {
	int              fd;
	const uint8_t   *map;    /* NULL when there was no room for it */
	_Atomic uint64_t within; /* as many slots the file was seen to hold; it never shrinks */
};

static const size_t map_size = (size_t)MAPPED_SLOTS * SLOT_SIZE;

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
	slots->map = mmap(NULL, map_size, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (slots->map == MAP_FAILED)
		slots->map = NULL;
	*out = slots;
	return STATUS_OK;
}

void slots_close(struct slots *slots)
{
	if (!slots)
		return;
	if (slots->map)
		munmap((void *)slots->map, map_size);
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

/* Behind the file's end the map must not be touched. */
static bool is_mapped(struct slots *slots, uint64_t number)
{
	struct stat file;

	if (!slots->map || number >= MAPPED_SLOTS)
		return false;
	if (number < atomic_load_explicit(&slots->within, memory_order_relaxed))
		return true;
	if (fstat(slots->fd, &file) != 0)
		return false;
	atomic_store_explicit(&slots->within, (uint64_t)file.st_size / SLOT_SIZE, memory_order_relaxed);
	return number < (uint64_t)file.st_size / SLOT_SIZE;
}

enum status slots_read(struct slots *slots, uint64_t number, void *out, size_t size)
{
	uint8_t slot[SLOT_SIZE] = {0};

	require(size <= sizeof(slot));
	if (is_mapped(slots, number)) {
		memcpy(out, slots->map + number * SLOT_SIZE, size);
		return STATUS_OK;
	}
	/* Behind the end of the file nothing was written yet. */
	if (pread(slots->fd, slot, sizeof(slot), (off_t)(number * SLOT_SIZE)) < 0)
		return STATUS_IO;
	memcpy(out, slot, size);
	return STATUS_OK;
}
