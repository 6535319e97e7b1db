/* Which log an environment goes with. What is computed from a log, or tells about it, means nothing beside another. */
#ifndef ORRERY_BINDING_H
#define ORRERY_BINDING_H

#include "eventstore/disk/kv.h"
#include "eventstore/log/identity.h"

/* Compares what the table says under "store" (store id 16 | epoch 8) with the log. `reached` is the last position that
 * the environment knows of: one that knows nothing from behind the end of its epoch is a good one of the next epoch
 * too. KV_WRITE binds what is bound to no log, or to an earlier epoch of this one. CONFLICT: what it knows does not lie
 * on this log. NOT_FOUND: bound to none, in KV_READ. */
enum status binding_check(struct kv *kv, const struct kv_table *table, enum kv_mode mode,
                          const struct log_identity *log, uint64_t reached) MUST_USE;

#endif
