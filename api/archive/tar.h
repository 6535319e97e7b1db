/* Archives as tar reads them (POSIX.1-2017, pax, "ustar Interchange Format"). What is written holds files alone, all of
 * them of the first moment of 1970 and of nobody, so that the same files always make the same bytes. What is read may
 * have been packed anew by other tools: folders are passed by, everything that is no file and no folder is refused. */
#ifndef ORRERY_TAR_H
#define ORRERY_TAR_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

enum {
	TAR_BLOCK_BYTES = 512,
	TAR_NAME_BYTES_MAX = 100,
	TAR_END_BYTES = 2 * TAR_BLOCK_BYTES,
};

/* What a file of so many bytes takes altogether, and how many bytes follow it up to the next block. */
uint64_t tar_size(uint64_t bytes);
size_t   tar_padding(uint64_t bytes);

/* The head of a file, whose bytes and padding the caller writes behind it. The name is at most TAR_NAME_BYTES_MAX long;
 * the file smaller than 8 GiB. */
void tar_append_head(struct buffer *out, struct text name, uint64_t bytes);
void tar_append_padding(struct buffer *out, uint64_t bytes);

/* Behind the last one: TAR_END_BYTES. */
void tar_append_end(struct buffer *out);

/* ---- reading ---- */

struct tar {
	struct bytes rest; /* what was not read yet: a view of the archive */
};

/* A file; both are views of the archive. A name's leading "./" is cut off. */
struct tar_file {
	struct text  name;
	struct bytes bytes;
};

/* The next file. NOT_FOUND: there is none, and the archive ended as archives do. MALFORMED: *mistake is a sentence for
 * whoever made it. */
enum status tar_next(struct tar *tar, struct tar_file *file, const char **mistake) MUST_USE;

#endif
