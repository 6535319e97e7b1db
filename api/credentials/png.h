/* A PNG file (W3C PNG §5) as a row of chunks, read and written; what is in them is nobody's business here. */
#ifndef ORRERY_PNG_H
#define ORRERY_PNG_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

enum { PNG_SIZE_MAX = 4 << 20 };

/* Views into the file. */
struct png_chunk {
	const char  *type; /* four letters, not terminated */
	struct bytes data;
	struct bytes whole; /* with size, type and check sum */
};

struct png_walk {
	struct bytes rest;
	bool         pixels_seen;
};

bool png_chunk_is(const struct png_chunk *chunk, const char *type);

/* The first chunk, which is IHDR. MALFORMED: no PNG. TOO_LARGE. */
enum status png_begin(struct png_walk *walk, struct bytes png, struct png_chunk *header) MUST_USE;

/* The next chunk, with the right check sum. NOT_FOUND: this one is IEND and the last, and there were pixels. MALFORMED.
 */
enum status png_next(struct png_walk *walk, struct png_chunk *chunk) MUST_USE;

void png_append_signature(struct buffer *out);
void png_append_chunk(struct buffer *out, const char *type, struct bytes data);

#endif
