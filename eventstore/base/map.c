#include "eventstore/base/map.h"

#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <sodium.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

struct slot {
	uint64_t used;
	uint64_t value;
	uint8_t  key[];
};

static size_t slot_size(const struct map *map)
{
	return sizeof(struct slot) + ((map->key_size + 7) & ~(size_t)7);
}

static struct slot *slot_at(const struct map *map, size_t index)
{
	return (struct slot *)(void *)(map->slots + index * slot_size(map));
}

static size_t first_index(const struct map *map, const void *key)
{
	uint8_t  spread[crypto_shorthash_KEYBYTES] = {0};
	uint64_t hash;

	memcpy(spread, &map->seed, sizeof(map->seed));
	crypto_shorthash((uint8_t *)&hash, key, map->key_size, spread);
	return hash & (map->capacity - 1);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct slot *find(const struct map *map, const void *key)
{
	size_t index = first_index(map, key);

	for (;;) {
		struct slot *slot = slot_at(map, index);

		if (!slot->used || memcmp(slot->key, key, map->key_size) == 0)
			return slot;
		index = (index + 1) & (map->capacity - 1);
	}
}

void map_finish(struct map *map)
{
	free(map->slots);
	*map = (struct map){.key_size = map->key_size};
}

void map_clear(struct map *map)
{
	if (map->count > 0)
		memset(map->slots, 0, map->capacity * slot_size(map));
	map->count = 0;
}

uint64_t *map_get(const struct map *map, const void *key)
{
	struct slot *slot;

	if (map->count == 0)
		return NULL;
	slot = find(map, key);
	return slot->used ? &slot->value : NULL;
}

static void grow(struct map *map)
{
	struct map larger = {.key_size = map->key_size, .capacity = map->capacity ? map->capacity * 2 : CAPACITY_MIN};

	require(map->key_size > 0 && map->key_size <= MAP_KEY_SIZE_MAX);
	random_fill(&larger.seed, sizeof(larger.seed));
	larger.slots = calloc(larger.capacity, slot_size(&larger));
	require(larger.slots != NULL);
	for (size_t i = 0; i < map->capacity; i++) {
		struct slot *slot = slot_at(map, i);

		if (slot->used)
			*map_put(&larger, slot->key, NULL) = slot->value;
	}
	free(map->slots);
	*map = larger;
}

uint64_t *map_put(struct map *map, const void *key, bool *fresh)
{
	struct slot *slot;

	if (map->count * 10 >= map->capacity * 7)
		grow(map);
	slot = find(map, key);
	if (fresh)
		*fresh = !slot->used;
	if (!slot->used) {
		slot->used = 1;
		slot->value = 0;
		memcpy(slot->key, key, map->key_size);
		map->count++;
	}
	return &slot->value;
}

bool map_remove(struct map *map, const void *key)
{
	struct slot *hole;
	size_t       hole_index, index, mask = map->capacity - 1;

	if (!map_get(map, key))
		return false;
	hole = find(map, key);
	hole_index = index = (size_t)((uint8_t *)hole - map->slots) / slot_size(map);
	/* Later members of the run move up into the hole, unless their own place lies behind it. */
	for (;;) {
		struct slot *next;

		index = (index + 1) & mask;
		next = slot_at(map, index);
		if (!next->used)
			break;
		if (((index - first_index(map, next->key)) & mask) < ((index - hole_index) & mask))
			continue;
		hole->value = next->value;
		memcpy(hole->key, next->key, map->key_size);
		hole = next;
		hole_index = index;
	}
	hole->used = 0;
	map->count--;
	return true;
}

bool map_each(const struct map *map, size_t *at, const void **key, uint64_t **value)
{
	for (; *at < map->capacity; ++*at) {
		struct slot *slot = slot_at(map, *at);

		if (slot->used) {
			*key = slot->key;
			*value = &slot->value;
			++*at;
			return true;
		}
	}
	return false;
}
