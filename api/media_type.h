/* Which kinds of files the media store takes, how large each may be, and how one is told from its bytes.
 *
 * A table of our own instead of libmagic: that knows hundreds of formats by a program of rules, which took 20 ms to
 * load and has had its own holes; we take some, and each has a signature that stands in its specification. What a file
 * is served as follows from its bytes alone, never from what an uploader said: so nothing about types needs to be kept,
 * and a page that calls itself an image is none. */
#ifndef ORRERY_MEDIA_TYPE_H
#define ORRERY_MEDIA_TYPE_H

#include "eventstore/base/bytes.h"

enum { MEDIA_HEAD_BYTES = 4096 /* of a file, which say what it is */ };

struct media_type {
	const char *name;   /* as in Content-Type, without parameters */
	const char *served; /* the Content-Type of its bytes; texts of all kinds but two cannot be told apart */
	const char *ending; /* of a file name */
	uint32_t    bytes_max;
	bool        shown; /* by browsers within a page; else they offer to save it */
	bool (*fits)(struct bytes head);
};

/* The type of that name, whatever parameters and capitals it has; NULL: none that we take. */
const struct media_type *media_type_named(struct text content_type);

/* May the bytes be of this type? Looks at all of them for texts, at the first for others. */
bool media_type_fits(const struct media_type *type, struct bytes bytes);

/* What bytes are served as; never NULL for those that fit one of our types. `head`: the first MEDIA_HEAD_BYTES, or all
 * there are. */
const struct media_type *media_type_of(struct bytes head);

/* All names, for sentences; ends with NULL. */
const struct media_type *media_types(void);

#endif
