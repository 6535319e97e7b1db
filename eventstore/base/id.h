/* 128-bit ids. Ours are UUIDv7 (RFC 9562 §5.7): time-ordered, so that indexes stay compact. All zeroes mean "absent".
 */
#ifndef ORRERY_ID_H
#define ORRERY_ID_H

#include "eventstore/base/bytes.h"

struct id {
	uint8_t bytes[16];
};

enum { ID_TEXT_SIZE = 36 };

#define ID_NONE ((struct id){0})

static inline bool id_equal(struct id a, struct id b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

static inline bool id_present(struct id id)
{
	return !id_equal(id, ID_NONE);
}

/* A fresh UUIDv7 from the wall clock and the system's random source. */
struct id id_fresh(void);

/* The id of a `noun` that follows from others: SHA-256 of the noun, a NUL and the parts, its first 16 bytes stamped as
 * UUIDv8 (RFC 9562 §5.8). The same parts give the same id, everywhere and for good; nobody guesses it who does not know
 * them, since ids hold chance. */
struct id id_derived(const char *noun, const struct id *parts, size_t count);

/* 8-4-4-4-12 lower-case hex; out holds ID_TEXT_SIZE + 1 and is terminated. */
void id_format(struct id id, char out[ID_TEXT_SIZE + 1]);

/* Accepts the 36-character form, either case; false leaves *out untouched. */
bool id_parse(struct text text, struct id *out);

#endif
