/* The inside of a reader, for the files that walk the log in one way or another: reader.c, reader_count.c and
 * reader_filter.c. */
#ifndef ORRERY_READER_PARTS_H
#define ORRERY_READER_PARTS_H

#include "eventstore/log/index.h"
#include "eventstore/log/log.h"

#include <limits.h>

struct reader {
	struct log         *log;
	struct log_identity identity; /* a new epoch may begin at any time */
	struct index       *index;    /* NULL until the writer has made it */
	struct kv_txn      *log_snapshot;
	struct kv_txn      *index_snapshot;
	char                index_directory[PATH_MAX];
};

/* Takes a snapshot of the index, if there is one, and a newer one of the log. `indexed` is how far the index reaches.
 * reader_rest must follow in either case. */
enum status reader_renew(struct reader *reader, uint64_t *indexed) MUST_USE;
void        reader_rest(struct reader *reader);

#endif
