/* What zlib does for us: DEFLATE (RFC 1951) in a frame, and the check sum that such frames and PNG files bear. One zlib
 * gives the same bytes for the same bytes; another version may pack otherwise. */
#ifndef ORRERY_DEFLATE_H
#define ORRERY_DEFLATE_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

/* Appends the bytes packed as a gzip member (RFC 1952), whose header tells neither time, name nor system. Members may
 * follow one another, and tools read them as one file. */
void gzip_append(struct bytes bytes, struct buffer *out);

/* Appends the bytes packed in zlib's own frame (RFC 1950), as PNG files have them. */
void zlib_append(struct bytes bytes, struct buffer *out);

/* Appends what such a frame holds, `most` bytes of it at most. TOO_LARGE: it holds more. MALFORMED: it is none, does
 * not end, or something stands behind it. `out` is as before then. */
enum status zlib_open(struct bytes packed, size_t most, struct buffer *out) MUST_USE;

/* CRC-32 (ISO 3309) over bytes, behind those that gave `before`; 0 in front of the first. */
uint32_t crc32_add(uint32_t before, struct bytes bytes);

#endif
