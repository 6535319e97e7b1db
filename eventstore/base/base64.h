/* base64url without padding (RFC 4648 §5). */
#ifndef ORRERY_BASE64_H
#define ORRERY_BASE64_H

#include "eventstore/base/arena.h"

#define BASE64_SIZE(bytes) (((bytes)*4 + 2) / 3)

/* Writes BASE64_SIZE(bytes.size) characters, not terminated; returns how many. */
size_t base64_encode(struct bytes bytes, char *out);

/* Strict: no padding, no spaces, no stray bits. Writes at most text.size * 3 / 4 bytes; false when malformed. */
bool base64_decode(struct text text, uint8_t *out, size_t *size);

struct text arena_base64(struct arena *arena, struct bytes bytes);

#endif
