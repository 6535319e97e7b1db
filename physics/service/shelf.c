#include "physics/service/shelf.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/list.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "eventstore/disk/folder.h"
#include "physics/service/shelf_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHELF_PATH_SIZE = 4096, DISK_BLOCK = 4096 };

/* In the order in which they go. */
enum rank { RANK_QUICK, RANK_SLOW, RANK_BARE, RANKS };

struct entry {
	struct list_link link; /* in its rank's list, what was used last at the end */
	struct hash      hash;
	uint64_t         bytes; /* as the disk counts */
	enum rank        rank;
};

struct shelf {
	char             folder[SHELF_PATH_SIZE - HASH_HEX_SIZE - 8];
	uint64_t         used, bytes_max;
	struct map       by_hash;
	struct list_link ranks[RANKS];
};

/* ---------------------------------------------------------------- entries */

static uint64_t on_disk(uint64_t bytes)
{
	return (bytes + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
}

static struct entry *find(const struct shelf *shelf, const struct hash *hash)
{
	const uint64_t *value = map_get(&shelf->by_hash, hash);

	return value ? (struct entry *)(uintptr_t)*value : NULL;
}

static void forget(struct shelf *shelf, struct entry *entry)
{
	shelf->used -= entry->bytes;
	list_remove(&entry->link);
	map_remove(&shelf->by_hash, &entry->hash);
	free(entry);
}

static void touch(struct shelf *shelf, struct entry *entry)
{
	list_remove(&entry->link);
	list_append(&shelf->ranks[entry->rank], &entry->link);
}

static void remember(struct shelf *shelf, const struct hash *hash, uint64_t bytes, enum rank rank)
{
	struct entry *entry = find(shelf, hash);

	if (entry)
		forget(shelf, entry);
	entry = calloc(1, sizeof(*entry));
	require(entry != NULL);
	*entry = (struct entry){.hash = *hash, .bytes = on_disk(bytes), .rank = rank};
	*map_put(&shelf->by_hash, hash, NULL) = (uint64_t)(uintptr_t)entry;
	list_append(&shelf->ranks[rank], &entry->link);
	shelf->used += entry->bytes;
}

/* ---------------------------------------------------------------- files */

static void path_of(const struct shelf *shelf, const struct hash *hash, char out[SHELF_PATH_SIZE])
{
	char name[HASH_HEX_SIZE];

	hash_hex(hash, name);
	snprintf(out, SHELF_PATH_SIZE, "%s/%s", shelf->folder, name);
}

static enum status read_at(const char *path, uint64_t offset, size_t size, struct buffer *out)
{
	int     file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (file < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	got = pread(file, buffer_reserve(out, size), size, (off_t)offset);
	close(file);
	if (got != (ssize_t)size)
		return STATUS_CORRUPT;
	out->size += size;
	return STATUS_OK;
}

static enum status read_head(const char *path, struct shelf_run *run)
{
	struct shelf_start start;
	enum status        status = read_at(path, 0, SHELF_START_SIZE, &run->head);

	if (status == STATUS_OK)
		status = shelf_start_read(buffer_bytes(&run->head), &start);
	if (status == STATUS_OK)
		status = read_at(path, SHELF_START_SIZE, start.head_size + SHELF_SUM_SIZE, &run->head);
	return status == STATUS_OK ? shelf_head_read(run) : status;
}

void shelf_drop(struct shelf *shelf, const struct hash *hash)
{
	struct entry *entry = find(shelf, hash);
	char          path[SHELF_PATH_SIZE];

	path_of(shelf, hash, path);
	if (unlink(path) != 0 && errno != ENOENT)
		diag(DIAG_WARN, "run_not_removed", "%s", strerror(errno));
	if (entry)
		forget(shelf, entry);
}

enum status shelf_load(struct shelf *shelf, const struct hash *hash, struct shelf_run *out)
{
	struct entry    *entry = find(shelf, hash);
	struct shelf_run run = {.hash = *hash};
	char             path[SHELF_PATH_SIZE];
	enum status      status;

	if (!entry)
		return STATUS_NOT_FOUND;
	path_of(shelf, hash, path);
	status = read_head(path, &run);
	if (status != STATUS_OK) {
		char name[HASH_HEX_SIZE];

		hash_hex(hash, name);
		diag(DIAG_WARN, "kept_run_damaged", "%s: %s It is computed again.", name, status_sentence(status));
		shelf_run_finish(&run);
		shelf_drop(shelf, hash);
		return STATUS_NOT_FOUND;
	}
	touch(shelf, entry);
	*out = run;
	return STATUS_OK;
}

enum status shelf_block(struct shelf *shelf, const struct hash *hash, const struct track_block *block,
                        struct buffer *packed)
{
	char path[SHELF_PATH_SIZE];

	path_of(shelf, hash, path);
	return read_at(path, block->offset, block->packed_size, packed);
}

/* ---------------------------------------------------------------- room */

/* The result stays, the frames go. */
static void strip(struct shelf *shelf, struct entry *entry)
{
	struct hash      hash = entry->hash;
	struct shelf_run run = {.hash = hash};
	struct buffer    file = {0};
	char             path[SHELF_PATH_SIZE];
	enum status      status;

	path_of(shelf, &hash, path);
	status = read_head(path, &run);
	if (status == STATUS_OK) {
		shelf_compose(&run, false, &file);
		status = shelf_replace(path, buffer_bytes(&file));
	}
	if (status == STATUS_OK)
		remember(shelf, &hash, file.size, RANK_BARE);
	else
		shelf_drop(shelf, &hash);
	buffer_finish(&file);
	shelf_run_finish(&run);
}

static struct entry *first_to_go(const struct shelf *shelf)
{
	for (int rank = 0; rank < RANKS; rank++)
		if (!list_empty(&shelf->ranks[rank]))
			return container_of(shelf->ranks[rank].next, struct entry, link);
	return NULL;
}

static void make_room(struct shelf *shelf)
{
	struct entry *entry;

	while ((shelf->used > shelf->bytes_max || shelf->by_hash.count > SHELF_FILES_MAX)
	       && (entry = first_to_go(shelf)) != NULL) {
		if (entry->rank == RANK_BARE)
			shelf_drop(shelf, &entry->hash);
		else
			strip(shelf, entry);
	}
}

void shelf_note(struct shelf *shelf, const struct hash *hash, uint64_t bytes, uint32_t cpu_ms)
{
	remember(shelf, hash, bytes, cpu_ms < SHELF_QUICK_CPU_MS ? RANK_QUICK : RANK_SLOW);
	make_room(shelf);
}

/* ---------------------------------------------------------------- opening */

static void take_in(struct shelf *shelf, const char *path, const struct hash *hash)
{
	struct shelf_start start;
	struct buffer      bytes = {0};
	struct stat        file;
	bool               bare;

	if (stat(path, &file) != 0 || read_at(path, 0, SHELF_START_SIZE, &bytes) != STATUS_OK
	    || shelf_start_read(buffer_bytes(&bytes), &start) != STATUS_OK) {
		unlink(path);
	} else {
		bare = (uint64_t)file.st_size <= SHELF_START_SIZE + start.head_size + SHELF_SUM_SIZE;
		if (bare)
			remember(shelf, hash, (uint64_t)file.st_size, RANK_BARE);
		else
			remember(shelf, hash, (uint64_t)file.st_size,
			         start.cpu_ms < SHELF_QUICK_CPU_MS ? RANK_QUICK : RANK_SLOW);
	}
	buffer_finish(&bytes);
}

/* What is there; drafts of a process that died go. */
static enum status scan(struct shelf *shelf)
{
	DIR           *folder = opendir(shelf->folder);
	struct dirent *name;

	if (!folder)
		return STATUS_IO;
	while ((name = readdir(folder)) != NULL) {
		char        path[SHELF_PATH_SIZE];
		struct hash hash;

		if (name->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", shelf->folder, name->d_name) >= sizeof(path))
			continue;
		if (hash_from_hex(name->d_name, &hash))
			take_in(shelf, path, &hash);
		else
			unlink(path);
	}
	closedir(folder);
	return STATUS_OK;
}

enum status shelf_open(const char *folder, uint64_t bytes_max, struct shelf **out)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));
	enum status   status = STATUS_TOO_LARGE;

	require(shelf != NULL);
	shelf->bytes_max = bytes_max;
	shelf->by_hash.key_size = sizeof(struct hash);
	for (int rank = 0; rank < RANKS; rank++)
		list_init(&shelf->ranks[rank]);
	if ((size_t)snprintf(shelf->folder, sizeof(shelf->folder), "%s", folder) < sizeof(shelf->folder))
		status = folder_make(folder);
	if (status == STATUS_OK)
		status = scan(shelf);
	if (status != STATUS_OK) {
		shelf_close(shelf);
		return status;
	}
	make_room(shelf);
	*out = shelf;
	return STATUS_OK;
}

void shelf_close(struct shelf *shelf)
{
	if (!shelf)
		return;
	for (int rank = 0; rank < RANKS; rank++)
		while (!list_empty(&shelf->ranks[rank]))
			forget(shelf, container_of(shelf->ranks[rank].next, struct entry, link));
	map_finish(&shelf->by_hash);
	free(shelf);
}

bool shelf_has(const struct shelf *shelf, const struct hash *hash)
{
	return find(shelf, hash) != NULL;
}

uint64_t shelf_used(const struct shelf *shelf)
{
	return shelf->used;
}

uint64_t shelf_bytes_max(const struct shelf *shelf)
{
	return shelf->bytes_max;
}

uint32_t shelf_count(const struct shelf *shelf)
{
	return (uint32_t)shelf->by_hash.count;
}
