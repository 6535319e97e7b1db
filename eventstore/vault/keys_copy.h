/* Copies of the vault, made without opening a key: wrapped keys stay wrapped, so that the master key is not needed. */
#ifndef ORRERY_KEYS_COPY_H
#define ORRERY_KEYS_COPY_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"
#include "eventstore/base/map.h"
#include "eventstore/disk/kv.h"

struct keys_copy_count {
	uint64_t persons;   /* whose keys are in the copy */
	uint64_t forgotten; /* who are marked as forgotten in it */
};

/* The vault in the folder `from`, which may be written meanwhile, into the folder `to`, which has none. The mode is
 * KV_READ, or KV_STILL for one that lies in a backup. Whoever is in
 * `forgotten` (person -> anything; NULL: nobody) is forgotten in the copy, which never holds their keys. On disk when
 * it returns. NOT_FOUND: there is no vault. CONFLICT: there is one already. */
enum status keys_copy(const char *from, enum kv_mode mode, const char *to, const struct map *forgotten,
                      struct keys_copy_count *out) MUST_USE;

/* Adds the persons that the vault in the folder has forgotten, and tells vaults apart: `root` is a digest of its
 * wrapped root, by which a copy is known to be of the same vault. NOT_FOUND: there is no vault. */
enum status keys_gather_forgotten(const char *directory, enum kv_mode mode, struct map *forgotten,
                                  struct hash *root) MUST_USE;

#endif
