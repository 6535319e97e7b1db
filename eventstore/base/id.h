/* 128-bit ids. Ours are UUIDv7 (RFC 9562 §5.7): time-ordered, so that indexes stay compact; and UUIDv8 (§5.8) where an
 * id follows from others. All zeroes mean "absent". */
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

/* The id of what the bytes say: the first 16 bytes of their SHA-256, stamped as a UUIDv8 (RFC 9562 §5.8). */
struct id id_hashed(struct bytes bytes);

enum { ID_PARTS_MAX = 4, ID_NOUN_SIZE_MAX = 64 };

/* The id of what is there once for each combination of others, so that whoever knows them knows it and nobody can make
 * two: id_hashed of the noun, a 0x00 and the parts. No key is in it. It is as hard to guess as its parts are, and ours
 * have 74 bits of chance in them. The order of the parts matters. */
struct id id_derived(const char *noun, const struct id *parts, size_t count);

/* 8-4-4-4-12 lower-case hex; out holds ID_TEXT_SIZE + 1 and is terminated. */
void id_format(struct id id, char out[ID_TEXT_SIZE + 1]);

/* Accepts the 36-character form, either case; false leaves *out untouched. */
bool id_parse(struct text text, struct id *out);

#endif
