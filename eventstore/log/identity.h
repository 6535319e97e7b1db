/* Which log this is, and how it came to be so: the store it belongs to, and its epochs. A log that was restored from a
 * backup, or promoted from a copy, begins a new epoch behind the last event it has; what the earlier epoch held from
 * there on, elsewhere, is not of this log. Whoever remembers how far it had come in which epoch is told here whether
 * that still lies on the log. */
#ifndef ORRERY_IDENTITY_H
#define ORRERY_IDENTITY_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/id.h"
#include "eventstore/base/status.h"

/* Where older epochs began is forgotten; who stands in one of those begins anew. */
enum { LOG_EPOCHS_MAX = 16 };

struct log_epoch {
	uint64_t number; /* from 1 on, rising */
	uint64_t first;  /* position of the first event that is written in it; never falls from one epoch to the next */
};

struct log_identity {
	struct id        store;
	uint64_t         epoch; /* the present one */
	uint32_t         epoch_count;
	struct log_epoch epochs[LOG_EPOCHS_MAX]; /* the latest, the present one last */
};

/* A new store's, in epoch 1. */
struct log_identity identity_fresh(void);

/* Where the present epoch began: 1, or one behind the last event that was taken over. */
uint64_t identity_began(const struct log_identity *log);

/* Is all that lay up to `position` in that store and epoch the same here? False also when it is not known any more. */
bool identity_holds(const struct log_identity *log, struct id store, uint64_t epoch, uint64_t position);

/* Begins the least epoch above the present one that is at least `least`. */
void identity_raise(struct log_identity *log, uint64_t least, uint64_t first);

/* As a log keeps it at position 0. CORRUPT: it is none. UNSUPPORTED: of another format. */
void        identity_format(const struct log_identity *log, struct buffer *out);
enum status identity_parse(struct bytes value, struct log_identity *out) MUST_USE;

#endif
