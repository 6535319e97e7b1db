/* Small files that are read and written whole: keys, checkpoints. */
#ifndef ORRERY_WHOLE_FILE_H
#define ORRERY_WHOLE_FILE_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

/* Appends the file. NOT_FOUND: there is none. TOO_LARGE: it holds more than `size_max` bytes. */
enum status whole_file_read(const char *path, size_t size_max, struct buffer *out) MUST_USE;

/* The same for a secret, which the caller wipes. DENIED: others than its owner may read or write the file. */
enum status whole_file_read_secret(const char *path, size_t size_max, struct buffer *out) MUST_USE;

/* Puts the bytes in the place of what was there: a reader finds the old ones or the new ones. On disk when it returns,
 * the folder's entry too. FULL: no room; what was there stays. */
enum status whole_file_write(const char *path, struct bytes bytes, unsigned mode) MUST_USE;

#endif
