/* The log's signed checkpoint, as the audit verbs need it. */
#ifndef ORRERY_AUDIT_CHECKPOINT_H
#define ORRERY_AUDIT_CHECKPOINT_H

#include "eventstore/base/checkpoint.h"
#include "eventstore/base/config.h"
#include "eventstore/log/reader.h"

/* Appends the checkpoint's note, and views it in *checkpoint. NOT_FOUND: none was signed yet. CORRUPT: it is none. */
enum status audit_read_checkpoint(const struct config *config, struct buffer *note,
                                  struct checkpoint *checkpoint) MUST_USE;

/* The public keys of the log's present epoch; `out` holds LOG_KEYS_MAX. The statuses are log_keys_read's. */
enum status audit_read_keys(const struct config *config, const struct reader *reader, struct note_verifier *out,
                            uint32_t *count) MUST_USE;

/* Compares the tree with the checkpoint and says in a static sentence what came of it. */
const char *audit_compare_checkpoint(const struct config *config, struct reader *reader, bool *contradicted);

#endif
