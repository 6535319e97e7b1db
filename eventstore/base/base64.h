/* Base64 (RFC 4648): by default base64url without padding (§5), as tokens have it; "standard" is the alphabet with
 * + and /, padded (§4), as signed notes have it. Decoding is strict in both: no spaces, no stray bits. */
#ifndef ORRERY_BASE64_H
#define ORRERY_BASE64_H

#include "eventstore/base/arena.h"

#define BASE64_SIZE(bytes) (((bytes)*4 + 2) / 3)

/* Writes BASE64_SIZE(bytes.size) characters, not terminated; returns how many. */
size_t base64_encode(struct bytes bytes, char *out);

/* Writes at most text.size * 3 / 4 bytes; false when malformed. */
bool base64_decode(struct text text, uint8_t *out, size_t *size);

#define BASE64_STANDARD_SIZE(bytes) (((bytes) + 2) / 3 * 4)

/* Writes BASE64_STANDARD_SIZE(bytes.size) characters, not terminated; returns how many. */
size_t base64_standard_encode(struct bytes bytes, char *out);

bool base64_standard_decode(struct text text, uint8_t *out, size_t *size);

struct text arena_base64(struct arena *arena, struct bytes bytes);

#endif
