#include "tests/eventstore/ground.h"

#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "schema/events.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATHS_MAX = 32, NAME_SIZE_MAX = 64, WALK_FDS_MAX = 16 };

/* Those asked for since the folder was made. */
struct path {
	char name[NAME_SIZE_MAX];
	char text[PATH_MAX];
};

static char        folder[PATH_MAX - NAME_SIZE_MAX];
static struct path paths[PATHS_MAX];

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
	return remove(path);
}

void ground_remove(const char *path)
{
	nftw(path, remove_entry, WALK_FDS_MAX, FTW_DEPTH | FTW_PHYS);
}

void ground_clear(void)
{
	if (folder[0])
		ground_remove(folder);
	folder[0] = 0;
	memset(paths, 0, sizeof(paths));
}

const char *ground_fresh(void)
{
	ground_clear();
	strcpy(folder, "/tmp/orrery-store-XXXXXX");
	require(mkdtemp(folder) != NULL);
	return folder;
}

const char *ground_folder(void)
{
	return folder;
}

const char *ground_path(const char *name)
{
	struct path *path = paths;

	while (path->name[0] && strcmp(path->name, name) != 0)
		path++;
	require(path < paths + PATHS_MAX - 1 && strlen(name) < sizeof(path->name));
	strcpy(path->name, name);
	require((size_t)snprintf(path->text, sizeof(path->text), "%s/%s", folder, name) < sizeof(path->text));
	return path->text;
}

enum status ground_try_open(struct store **store)
{
	/* Generations swap all the time, as they rarely do in earnest. */
	struct store_settings settings = {
		.directory = folder, .master_path = ground_path("master.key"), .index_every_ms = 1};

	return store_open(&settings, store);
}

struct store *ground_open(void)
{
	struct store *store = NULL;

	require(ground_try_open(&store) == STATUS_OK);
	return store;
}

struct record ground_record(struct id stream)
{
	return (struct record){
		.number = EVENT_privacy_changed,
		.shape_version = 1,
		.command_count = 1,
		.stream_count = 1,
		.time_us = 1767323045678901,
		.command = id_fresh(),
		.streams = {{.id = stream}},
		.payload = BYTES("\x80", 1),
	};
}

uint64_t ground_append(struct store *store, struct record *record)
{
	for (int i = 0; i < record->stream_count; i++) {
		require(store_stream_version(store, record->streams[i].id, &record->streams[i].version) == STATUS_OK);
		record->streams[i].version++;
	}
	require(store_append(store, record) == STATUS_OK);
	return record->position;
}

uint64_t ground_happen(struct store *store, struct id stream)
{
	struct record record = ground_record(stream);

	return ground_append(store, &record);
}

uint64_t ground_append_event(struct store *store, struct id person, uint16_t number, const void *event)
{
	struct record record = ground_record(person);
	struct buffer payload = {0};

	record.number = number;
	require(msgpack_encode_shape(event_type_by_number(number)->shape, event, 0, keys_sealer(store_keys(store)),
	                             &payload)
	        == STATUS_OK);
	record.payload = buffer_bytes(&payload);
	ground_append(store, &record);
	buffer_finish(&payload);
	return record.position;
}

void ground_commit(struct store *store)
{
	struct batch *batch = store_close_batch(store);

	require(store_commit(store, batch) == STATUS_OK);
	store_release_batch(store, batch);
}

struct id ground_id(uint32_t number)
{
	struct id id = {.bytes = "ground-"};

	id.bytes[12] = (uint8_t)(number >> 24);
	id.bytes[13] = (uint8_t)(number >> 16);
	id.bytes[14] = (uint8_t)(number >> 8);
	id.bytes[15] = (uint8_t)number;
	return id;
}

/* ---------------------------------------------------------------- what lies on disk */

static uint8_t *map_file(const char *path, size_t *size)
{
	struct stat stat;
	int         fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t    *file;

	require(fd >= 0 && fstat(fd, &stat) == 0);
	*size = (size_t)stat.st_size;
	file = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(file != MAP_FAILED);
	close(fd);
	return file;
}

size_t ground_count_in_file(const char *path, struct bytes wanted)
{
	size_t   size, count = 0;
	uint8_t *file = map_file(path, &size), *at = file;

	while ((at = memmem(at, (size_t)(file + size - at), wanted.data, wanted.size))) {
		count++;
		at++;
	}
	munmap(file, size);
	return count;
}

size_t ground_find_in_file(const char *path, struct bytes wanted)
{
	size_t   size, offset;
	uint8_t *file = map_file(path, &size), *place = memmem(file, size, wanted.data, wanted.size);

	require(place != NULL);
	offset = (size_t)(place - file);
	munmap(file, size);
	return offset;
}

void ground_flip_at(const char *path, size_t offset)
{
	size_t   size;
	uint8_t *file = map_file(path, &size);

	require(offset < size);
	file[offset] ^= 0x10;
	munmap(file, size);
}
