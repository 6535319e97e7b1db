/* A follower's data folder: the same records, leaves and nodes as the source's log, and an index of its own. It is a
 * complete log: read models, subscribers and the audit verbs on the follower's host read it as they would the writer's.
 * It holds the writer's lock, so that no writer runs on it meanwhile. For one thread. */
#ifndef ORRERY_FEED_COPY_H
#define ORRERY_FEED_COPY_H

#include "eventstore/identity.h"
#include "eventstore/record.h"

struct copy;

/* Opens the folder, or makes it. BUSY: a writer or another follower runs there. The other statuses are log_open's. */
enum status copy_open(const char *directory, struct copy **out) MUST_USE;
/* What was taken but not committed is lost, as nobody was told of it. NULL is fine. */
void copy_close(struct copy *copy);

struct log_identity copy_identity(const struct copy *copy);
uint64_t            copy_head(const struct copy *copy); /* on disk */

/* The root over the first `size` records that are on disk. NOT_FOUND: there are fewer. */
enum status copy_root(struct copy *copy, uint64_t size, struct hash *out) MUST_USE;

/* This is the log that is copied from now on; the first that is taken needs it. An empty copy takes any name, one with
 * records keeps its store and may go into a later epoch. CONFLICT: it is another store, or an earlier epoch. */
enum status copy_adopt(struct copy *copy, const struct log_identity *log) MUST_USE;

/* The next record as it lies in the source's log. CORRUPT: it is no record, or not the next. */
enum status copy_take(struct copy *copy, struct bytes record) MUST_USE;

/* Bytes that were taken and are not on disk yet. */
size_t copy_waiting(const struct copy *copy);

/* Makes what was taken durable, in one transaction. Any failure is fatal: stop the process. */
enum status copy_commit(struct copy *copy) MUST_USE;

#endif
