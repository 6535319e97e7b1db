/* Ordered key-value tables on LMDB (http://www.lmdb.tech/doc/): the only file that knows LMDB.
 * One writer at a time per environment, any number of readers in any process; a committed transaction is on disk.
 * Keys are 1 to 511 bytes; tables with integer keys are keyed by a native uint64_t.
 * Opening one directory again in the same process shares the environment; never use it across fork. */
#ifndef ORRERY_KV_H
#define ORRERY_KV_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

enum { KV_TABLES_MAX = 8, KV_READERS_MAX = 510 };

struct kv;
struct kv_txn;
struct kv_cursor;

/* KV_STILL is KV_READ of what nobody writes any more, perhaps on a medium that cannot be written: without any lock. */
enum kv_mode { KV_READ, KV_STILL, KV_WRITE };

struct kv_table {
	const char  *name; /* NULL: the environment's one unnamed table */
	bool         integer_keys;
	unsigned int handle; /* filled in by kv_open */
};

/* Creates the directory, durably, when it may write. The tables are created then, and must exist otherwise; their
 * handles are filled in. NOT_FOUND: nothing there to read yet. BUSY: it was to be opened for writing, and this process
 * has it open already. IO, CORRUPT, DENIED: see the log line. */
enum status kv_open(const char *directory, enum kv_mode mode, struct kv_table *tables, size_t table_count,
                    struct kv **out) MUST_USE;
void        kv_close(struct kv *kv);

/* Frees the slots of readers that died. Cheap; call it every second or so in the writing process. */
void kv_clear_dead_readers(struct kv *kv);

/* Cuts off what was written ahead of the file's end (fill.h): for one that is complete. */
enum status kv_trim(struct kv *kv) MUST_USE;

/* Where nobody waits for a commit, zeroes ahead of the file's end (fill.h) would only be written twice. */
void kv_leave_unfilled(struct kv *kv);

/* Bytes of the file's map that hold pages, and how large the map is now. */
void kv_sizes(struct kv *kv, size_t *used, size_t *mapped);

/* ---- reading: a snapshot is reused; renew takes the newest state, rest lets it go. Never rest late: a renewed
 * snapshot keeps old pages from being reused. One thread at a time per snapshot. BUSY: no slot is free, or another
 * process made the map larger and snapshots of this environment were not rested for a second; try again later. ---- */

struct kv_txn *kv_snapshot_create(struct kv *kv);
enum status    kv_snapshot_renew(struct kv_txn *snapshot) MUST_USE;
void           kv_snapshot_rest(struct kv_txn *snapshot);
void           kv_snapshot_destroy(struct kv_txn *snapshot);

/* ---- writing: the map grows before the transaction begins. FULL: the disk or the address space is. Threads take
 * turns; the one that began a transaction ends it. ---- */

/* `room` is how many bytes of keys and values will be put at most. The calling thread must hold no renewed snapshot of
 * this environment: the map cannot grow under one. */
enum status kv_begin(struct kv *kv, size_t room, struct kv_txn **out) MUST_USE;
/* Ends the transaction in either case. Any failure means that what is on disk is unknown: stop the process. */
enum status kv_commit(struct kv_txn *txn) MUST_USE;
void        kv_abort(struct kv_txn *txn);

enum status kv_put(struct kv_txn *txn, const struct kv_table *table, struct bytes key, struct bytes value) MUST_USE;
/* For keys that grow: a pointer to `size` bytes for the caller to fill before anything else is done. CONFLICT: not
 * greater. */
enum status kv_append(struct kv_txn *txn, const struct kv_table *table, struct bytes key, size_t size,
                      void **out) MUST_USE;
/* OK when there was nothing to delete. */
enum status kv_delete(struct kv_txn *txn, const struct kv_table *table, struct bytes key) MUST_USE;

/* ---- in either kind of transaction; values are views until it ends, or until the next write in it ---- */

enum status kv_get(struct kv_txn *txn, const struct kv_table *table, struct bytes key, struct bytes *value) MUST_USE;

enum kv_step { KV_FIRST, KV_LAST, KV_NEXT, KV_PREVIOUS };

struct kv_cursor *kv_cursor_open(struct kv_txn *txn, const struct kv_table *table);
void              kv_cursor_close(struct kv_cursor *cursor);
/* The first key >= `key`. NOT_FOUND: there is none. */
enum status kv_seek(struct kv_cursor *cursor, struct bytes key, struct bytes *found, struct bytes *value) MUST_USE;
enum status kv_step(struct kv_cursor *cursor, enum kv_step step, struct bytes *found, struct bytes *value) MUST_USE;

#endif
