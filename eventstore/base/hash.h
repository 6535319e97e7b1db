/* Hashes and randomness. SHA-256 is libcrypto's (SHA-NI), keyed hashes are BLAKE2b (libsodium). */
#ifndef ORRERY_HASH_H
#define ORRERY_HASH_H

#include "eventstore/base/bytes.h"

struct hash {
	uint8_t bytes[32];
};

static inline bool hash_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* SHA-256 (FIPS 180-4). */
struct hash hash_sha256(struct bytes bytes);

/* The same over bytes that come one after the other; hash_end frees it. */
struct hash_running;
struct hash_running *hash_begin(void);
void                 hash_add(struct hash_running *running, struct bytes bytes);
struct hash          hash_end(struct hash_running *running);

/* RFC 6962 §2.1 leaf hash: SHA-256(0x00 || record). */
struct hash hash_leaf(struct bytes record);

/* RFC 6962 §2.1 node hash: SHA-256(0x01 || left || right). */
struct hash hash_node(const struct hash *left, const struct hash *right);

/* BLAKE2b-256 (RFC 7693) under a 32-byte key, over a label, a 0x00 and the bytes: the label keeps uses apart. */
struct hash hash_keyed(const struct hash *key, struct text label, struct bytes bytes);

/* BLAKE2b-256 without a key, over a label, a 0x00 and the bytes: for what anybody may compute again. */
struct hash hash_labelled(struct text label, struct bytes bytes);

/* Constant time; sizes that differ are unequal. */
bool secret_equal(struct bytes a, struct bytes b);

/* From the system's random source. */
void random_fill(void *memory, size_t size);

/* Overwrites in a way no compiler removes. */
void secret_wipe(void *memory, size_t size);

#endif
