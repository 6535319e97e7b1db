/* The key that wraps each person's key: from the variable ORRERY_MASTER_KEY, else from a file that nobody else may
 * read. */
#ifndef ORRERY_MASTER_KEY_H
#define ORRERY_MASTER_KEY_H

#include "eventstore/base/seal.h"
#include "eventstore/base/status.h"

/* The caller wipes the key. NOT_FOUND: no file, and it may not be made. DENIED: others may read the file. CORRUPT: the
 * file does not hold 32 bytes. MALFORMED: the variable is not 64 hexadecimal digits. What is wrong is logged. */
enum status master_key_find(const char *path, bool may_create, struct seal_key *key) MUST_USE;

#endif
