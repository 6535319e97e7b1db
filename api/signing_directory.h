/* The files behind signing.h: reading them all, adding one, deleting those that are past. One process at a time changes
 * the directory, under flock(2) on the directory itself; a file appears whole or not at all. */
#ifndef ORRERY_SIGNING_DIRECTORY_H
#define ORRERY_SIGNING_DIRECTORY_H

#include "api/signing.h"

struct signing_key {
	int64_t       created_us;
	struct signer signer;
};

/* The newest first; holds secrets, so whoever has one wipes it. */
struct signing_set {
	uint32_t           count;
	struct signing_key keys[SIGNING_KEYS_MAX];
};

/* Makes the directory and the first key if need be, then reads. Statuses as signing_open's. */
enum status signing_directory_open(const char *directory, int64_t now_us, struct signing_set *out) MUST_USE;

/* At least one key, or NOT_FOUND. */
enum status signing_directory_read(const char *directory, struct signing_set *out) MUST_USE;

/* When the key's lead is over, in µs. */
int64_t signing_signs_from(const struct signing_key *key);

/* May key `index` verify at `now_us`? It is superseded when the next newer one begins to sign. */
bool signing_set_verifies(const struct signing_set *set, uint32_t index, int64_t overlap_us, int64_t now_us);

#endif
