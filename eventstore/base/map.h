/* A hash map from keys of one fixed size (ids, hashes) to a number. Open addressing; keys are spread by a hash keyed
 * with a random seed, so that nobody outside can choose keys that collide. Running out of memory stops the process. */
#ifndef ORRERY_MAP_H
#define ORRERY_MAP_H

#include "eventstore/base/bytes.h"

enum { MAP_KEY_SIZE_MAX = 32 };

/* {.key_size = 16} is a valid, empty map. */
struct map {
	size_t   key_size;
	size_t   count;
	size_t   capacity; /* a power of two, or 0 */
	uint64_t seed;
	uint8_t *slots; /* capacity × (used 8 | value 8 | key) */
};

void map_finish(struct map *map);
void map_clear(struct map *map);

/* NULL when absent. The pointer is valid until the next put or remove. */
uint64_t *map_get(const struct map *map, const void *key);

/* The value's place; a new one is 0 and sets *fresh. `fresh` may be NULL. */
uint64_t *map_put(struct map *map, const void *key, bool *fresh);

/* false when it was absent. */
bool map_remove(struct map *map, const void *key);

/* Walks in no order: start with *at = 0, until it returns false. */
bool map_each(const struct map *map, size_t *at, const void **key, uint64_t **value);

#endif
