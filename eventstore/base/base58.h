/* Base58 in Bitcoin's alphabet, as Solana writes addresses and signatures: no checksum, a leading '1' for each leading
 * zero byte (draft-msporny-base58). Quadratic in the length, hence the limit. */
#ifndef ORRERY_BASE58_H
#define ORRERY_BASE58_H

#include "eventstore/base/bytes.h"

enum { BASE58_BYTES_MAX = 128 };

/* Characters that always suffice: log(256) / log(58) is below 1.37. */
#define BASE58_SIZE_MAX(bytes) ((bytes)*137 / 100 + 1)

/* At most BASE58_BYTES_MAX bytes. Writes at most BASE58_SIZE_MAX(bytes.size) characters, not terminated; returns how
 * many. */
size_t base58_encode(struct bytes bytes, char *out);

/* Strict: no other character, no spaces, and exactly `size` bytes, which is at most BASE58_BYTES_MAX. Each value has
 * one spelling. False leaves out untouched. */
bool base58_decode(struct text text, uint8_t *out, size_t size);

#endif
