#include "eventstore/writer/overlay.h"

#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <pthread.h>
#include <stdlib.h>

/* An event's membership in a stream; `previous` leads to the stream's event before it in this generation. */
struct link {
	uint64_t position;
	uint64_t version;
	uint64_t previous; /* index + 1 into links, 0: none */
};

struct generation {
	struct map    streams;  /* id -> index + 1 of the newest link */
	struct map    commands; /* id -> position of the first event */
	struct map    claims;   /* keyed hash -> index + 1 into owners */
	struct link  *links;
	size_t        link_count, link_capacity;
	struct id    *owners;
	size_t        owner_count, owner_capacity;
	struct buffer records; /* encoded one after the other, without payloads, each after its size (uint32_t) */
	size_t        record_count;
	size_t        read; /* overlay_next: bytes of records handed out */
	uint64_t      last;
};

struct overlay {
	pthread_mutex_t    lock;
	struct generation *open;
	struct generation *closed; /* NULL, or being written to the index */
};

/* Makes room for one more item and hands out its place. */
#define grown(items, count, capacity)                                                                                  \
	(((count) == (capacity) ? (void)((items) = enlarge((items), &(capacity), sizeof(*(items)))) : (void)0),        \
	 &(items)[(count)++])

static void *enlarge(void *items, size_t *capacity, size_t size)
{
	*capacity = *capacity ? *capacity * 2 : 256;
	items = realloc(items, *capacity * size);
	require(items != NULL);
	return items;
}

static struct generation *generation_create(void)
{
	struct generation *generation = calloc(1, sizeof(*generation));

	require(generation != NULL);
	generation->streams.key_size = generation->commands.key_size = sizeof(struct id);
	generation->claims.key_size = sizeof(struct hash);
	return generation;
}

static void generation_destroy(struct generation *generation)
{
	if (!generation)
		return;
	map_finish(&generation->streams);
	map_finish(&generation->commands);
	map_finish(&generation->claims);
	free(generation->links);
	free(generation->owners);
	buffer_finish(&generation->records);
	free(generation);
}

struct overlay *overlay_create(void)
{
	struct overlay *overlay = calloc(1, sizeof(*overlay));

	require(overlay != NULL);
	pthread_mutex_init(&overlay->lock, NULL);
	overlay->open = generation_create();
	return overlay;
}

void overlay_destroy(struct overlay *overlay)
{
	if (!overlay)
		return;
	generation_destroy(overlay->open);
	generation_destroy(overlay->closed);
	pthread_mutex_destroy(&overlay->lock);
	free(overlay);
}

static void add_streams(struct generation *generation, const struct record *record)
{
	for (int i = 0; i < record->stream_count; i++) {
		uint64_t    *newest = map_put(&generation->streams, record->streams[i].id.bytes, NULL);
		struct link *link = grown(generation->links, generation->link_count, generation->link_capacity);

		*link = (struct link){
			.position = record->position, .version = record->streams[i].version, .previous = *newest};
		*newest = generation->link_count;
	}
}

static void add_claims(struct generation *generation, const struct record *record)
{
	for (int i = 0; i < record->claim_count; i++) {
		struct id *owner = grown(generation->owners, generation->owner_count, generation->owner_capacity);

		*owner = record->claims[i].taken ? record->streams[0].id : ID_NONE;
		*map_put(&generation->claims, record->claims[i].value.bytes, NULL) = generation->owner_count;
	}
}

static void keep_record(struct generation *generation, const struct record *record)
{
	struct record kept = *record;
	uint32_t      size = 0;
	size_t        at = generation->records.size;

	kept.payload = BYTES(NULL, 0);
	buffer_append(&generation->records, BYTES(&size, sizeof(size)));
	record_encode(&kept, &generation->records);
	size = (uint32_t)(generation->records.size - at - sizeof(size));
	memcpy(generation->records.data + at, &size, sizeof(size));
	generation->record_count++;
	generation->last = record->position;
}

void overlay_add(struct overlay *overlay, const struct record *record)
{
	struct generation *generation;

	pthread_mutex_lock(&overlay->lock);
	generation = overlay->open;
	keep_record(generation, record);
	add_streams(generation, record);
	add_claims(generation, record);
	if (record->command_index == 0)
		*map_put(&generation->commands, record->command.bytes, NULL) = record->position;
	pthread_mutex_unlock(&overlay->lock);
}

size_t overlay_count(struct overlay *overlay)
{
	size_t count;

	pthread_mutex_lock(&overlay->lock);
	count = overlay->open->record_count + (overlay->closed ? overlay->closed->record_count : 0);
	pthread_mutex_unlock(&overlay->lock);
	return count;
}

/* ---------------------------------------------------------------- answers */

static const struct link *newest_link(const struct generation *generation, struct id stream)
{
	const uint64_t *newest = generation ? map_get(&generation->streams, stream.bytes) : NULL;

	return newest ? &generation->links[*newest - 1] : NULL;
}

enum status overlay_stream_version(struct overlay *overlay, struct id stream, uint64_t *version)
{
	const struct link *link;
	enum status        status = STATUS_NOT_FOUND;

	pthread_mutex_lock(&overlay->lock);
	link = newest_link(overlay->open, stream);
	if (!link)
		link = newest_link(overlay->closed, stream);
	if (link) {
		*version = link->version;
		status = STATUS_OK;
	}
	pthread_mutex_unlock(&overlay->lock);
	return status;
}

/* Fills positions from the end backwards; returns how many. */
static uint32_t take_links(const struct generation *generation, struct id stream, uint64_t *end, uint32_t room,
                           uint64_t *first)
{
	const struct link *link = newest_link(generation, stream);
	uint32_t           taken = 0;

	while (link && taken < room) {
		*--end = link->position;
		*first = link->version;
		taken++;
		link = link->previous ? &generation->links[link->previous - 1] : NULL;
	}
	return taken;
}

enum status overlay_stream_positions(struct overlay *overlay, struct id stream, uint64_t *first, uint64_t *positions,
                                     uint32_t capacity, uint32_t *count)
{
	uint32_t taken;

	pthread_mutex_lock(&overlay->lock);
	taken = take_links(overlay->open, stream, positions + capacity, capacity, first);
	taken += take_links(overlay->closed, stream, positions + capacity - taken, capacity - taken, first);
	pthread_mutex_unlock(&overlay->lock);
	memmove(positions, positions + capacity - taken, taken * sizeof(*positions));
	*count = taken;
	return taken > 0 ? STATUS_OK : STATUS_NOT_FOUND;
}

enum status overlay_command(struct overlay *overlay, struct id command, uint64_t *position)
{
	const uint64_t *found;
	enum status     status = STATUS_NOT_FOUND;

	pthread_mutex_lock(&overlay->lock);
	found = map_get(&overlay->open->commands, command.bytes);
	if (!found && overlay->closed)
		found = map_get(&overlay->closed->commands, command.bytes);
	if (found) {
		*position = *found;
		status = STATUS_OK;
	}
	pthread_mutex_unlock(&overlay->lock);
	return status;
}

static const struct id *claim_owner(const struct generation *generation, const struct hash *value)
{
	const uint64_t *index = generation ? map_get(&generation->claims, value->bytes) : NULL;

	return index ? &generation->owners[*index - 1] : NULL;
}

enum status overlay_claim(struct overlay *overlay, const struct hash *value, struct id *owner)
{
	const struct id *found;
	enum status      status = STATUS_NOT_FOUND;

	pthread_mutex_lock(&overlay->lock);
	found = claim_owner(overlay->open, value);
	if (!found)
		found = claim_owner(overlay->closed, value);
	if (found) {
		*owner = *found;
		status = STATUS_OK;
	}
	pthread_mutex_unlock(&overlay->lock);
	return status;
}

/* ---------------------------------------------------------------- the index thread */

uint64_t overlay_close_generation(struct overlay *overlay)
{
	struct generation *fresh = generation_create();

	pthread_mutex_lock(&overlay->lock);
	require(!overlay->closed);
	overlay->closed = overlay->open;
	overlay->open = fresh;
	pthread_mutex_unlock(&overlay->lock);
	return overlay->closed->last;
}

bool overlay_next(void *owner, struct record *record)
{
	struct overlay    *overlay = owner;
	struct generation *closed = overlay->closed;
	uint32_t           size;

	if (closed->read == closed->records.size)
		return false;
	memcpy(&size, closed->records.data + closed->read, sizeof(size));
	require(record_decode(BYTES(closed->records.data + closed->read + sizeof(size), size), record) == STATUS_OK);
	closed->read += sizeof(size) + size;
	return true;
}

void overlay_drop(struct overlay *overlay)
{
	struct generation *done;

	pthread_mutex_lock(&overlay->lock);
	done = overlay->closed;
	overlay->closed = NULL;
	pthread_mutex_unlock(&overlay->lock);
	generation_destroy(done);
}
