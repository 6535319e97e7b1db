/* Gzip (RFC 1952) by zlib. Members may follow one another, and tools read them as one file. */
#ifndef ORRERY_GZIP_H
#define ORRERY_GZIP_H

#include "eventstore/base/buffer.h"

/* Appends one whole member with these bytes in it: always the same for the same bytes, for it has no time in it. */
void gzip_append(struct bytes bytes, struct buffer *out);

#endif
