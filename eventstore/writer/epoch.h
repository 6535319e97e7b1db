/* A data folder's log is given a new epoch: by whoever promotes a copy, so that what was written elsewhere under the
 * old one is told from it. */
#ifndef ORRERY_EPOCH_H
#define ORRERY_EPOCH_H

#include "eventstore/log/identity.h"

/* As log_raise_epoch (log.h), under the writer's lock: BUSY while a writer or follower runs there. The index and read
 * models of the folder stay good. `out` is what the log is from then on. */
enum status epoch_raise(const char *data, uint64_t least, struct log_identity *out) MUST_USE;

#endif
