/* The files of lessons: DATA/media/ab/cdef…, named by the SHA-256 of their bytes in hexadecimal. A file appears whole
 * and on disk, is never changed, and is written before the event that tells of it; so an event's file is there, and
 * what a crash leaves is at worst a file of which no event tells, or a draft. Several processes may write at once. */
#ifndef ORRERY_MEDIA_STORE_H
#define ORRERY_MEDIA_STORE_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"
#include "eventstore/base/status.h"

#define MEDIA_FOLDER "media"

enum { MEDIA_BYTES_MAX = 8 * 1024 * 1024 /* of any file */ };

/* Keeps the bytes under their hash. OK also when they were there. FULL: no room. */
enum status media_store_keep(const char *data, const struct hash *hash, struct bytes bytes) MUST_USE;

/* An open file and its size; the caller closes it. NOT_FOUND: there is none. */
enum status media_store_open(const char *data, const struct hash *hash, int *file, uint64_t *size) MUST_USE;

/* Is it there? */
bool media_store_has(const char *data, const struct hash *hash);

/* The stream of a file's events. */
struct id media_store_id(const struct hash *hash);

/* The file below the folder of all, "ab/cdef…". */
enum { MEDIA_NAME_SIZE = 65 };
void media_store_name(const struct hash *hash, char out[MEDIA_NAME_SIZE + 1]);

/* One thing that lies in the store; `name` is below its folder. */
struct media_found {
	const char *name;
	struct hash hash;
	bool        named;  /* it has a name as files of the store have; else it is a draft, or nothing of ours */
	bool        intact; /* its bytes have the hash; only looked at when that was asked for */
	uint64_t    bytes;
};

/* Every file, in no order. `folder` is the media folder itself. Reads each one if `check`. IO: not all could be read.
 */
enum status media_store_each(const char *folder, bool                                           check,
                             void (*visit)(void *owner, const struct media_found *found), void *owner) MUST_USE;

struct media_copied {
	uint64_t copied, bytes; /* now */
	uint64_t there;         /* already */
	uint64_t damaged;       /* not copied: they are not what their names say */
};

/* Copies from one media folder into another, made if it is not there, what that has not yet. Each file is checked on
 * the way. */
enum status media_store_copy(const char *from, const char *to, struct media_copied *out) MUST_USE;

#endif
