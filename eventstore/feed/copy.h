/* A follower's data folder: the same records, leaves and nodes as the source's log, and an index of its own. It is a
 * complete log: read models, subscribers and the audit verbs on the follower's host read it as they would the writer's.
 * It holds the writer's lock, so that no writer runs on it meanwhile. On request it keeps the vault too, for the day on
 * which it takes over. For one thread. */
#ifndef ORRERY_FEED_COPY_H
#define ORRERY_FEED_COPY_H

#include "eventstore/log/identity.h"
#include "eventstore/log/record.h"
#include "eventstore/vault/keys_box.h"

struct copy;

/* Opens the folder, or makes it; with `keys` also a vault in it. BUSY: a writer or another follower runs there. DENIED:
 * there is a vault and `keys` is false, so that it would keep the keys of persons who are erased meanwhile. The other
 * statuses are log_open's. */
enum status copy_open(const char *directory, bool keys, struct copy **out) MUST_USE;
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

/* ---- the keys of persons, wrapped; opened with `keys` ---- */

/* Does the vault hold all keys that the copy's records need, as far as they still exist? */
bool copy_has_keys(struct copy *copy);

/* In front of the records that need it. CONFLICT: it is of another vault. */
enum status copy_take_key(struct copy *copy, struct id person, const struct wrapped_key *key) MUST_USE;

/* All keys have come that there were when the copying began. */
void copy_note_keys(struct copy *copy);

/* ---- together ---- */

/* Bytes that were taken and are not on disk yet. */
size_t copy_waiting(const struct copy *copy);

/* Makes what was taken durable: keys first, then the records, in one transaction. The keys of whom the records erase
 * are destroyed before. Any failure is fatal: stop the process. */
enum status copy_commit(struct copy *copy) MUST_USE;

#endif
