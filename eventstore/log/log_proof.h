/* That an event is in the log, as one text that needs nothing else to be checked (c2sp.org/tlog-proof): its record, its
 * path through the tree, and a checkpoint: the one that witnesses cosigned if it covers the event, else the last. */
#ifndef ORRERY_LOG_PROOF_H
#define ORRERY_LOG_PROOF_H

#include "eventstore/log/reader.h"

/* Appends the proof; `data` is the data folder that the reader reads. NOT_FOUND: there is no such event, or nothing was
 * signed yet. BUSY: the last checkpoint, of *covered events, does not reach it; the writer signs within a second. */
enum status log_proof(struct reader *reader, const char *data, uint64_t position, uint64_t *covered,
                      struct buffer *out) MUST_USE;

#endif
