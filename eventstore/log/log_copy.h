/* Reads a log again from its first record on and, on the way, copies it. Each record is hashed and the tree grown anew;
 * only what is as it was written is copied. Many snapshots of some milliseconds are read instead of a long one, since
 * records never change: so the log may be written meanwhile, and no old page of it is kept from being used again, as a
 * copy of LMDB's own would for as long as the copy takes. */
#ifndef ORRERY_LOG_COPY_H
#define ORRERY_LOG_COPY_H

#include "eventstore/log/log.h"

#include <stdatomic.h>

enum { LOG_COPY_AT_ONCE = 8192 };

struct log_copy_plan {
	struct log       *from;
	uint64_t          last;    /* up to which position it is read */
	struct log       *to;      /* without events, open for writing; NULL: it is only read */
	uint64_t          to_last; /* up to which position it is copied, at most `last` */
	uint64_t          mark;    /* a size of the tree whose root is wanted, at most `last` */
	_Atomic uint64_t *done;    /* counts records, for a progress bar; NULL is fine */
};

struct log_copy_outcome {
	struct hash root; /* over `last` leaves */
	struct hash mark_root;
	uint64_t    damaged;         /* with CORRUPT: the first position that does not hold what was written there */
	int64_t     snapshot_us_max; /* how long the longest snapshot was held */
};

/* `out` is filled in as far as it came even on failure. Failures of writing are log_append's. */
enum status log_copy(const struct log_copy_plan *plan, struct log_copy_outcome *out) MUST_USE;

#endif
