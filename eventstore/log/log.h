/* The truth: one table, record by position, in an LMDB environment of its own, synced once per commit.
 * Position 0 holds which log this is; events begin at 1 and have no gap. One appender; readers in any process.
 *
 * The records are the leaves of the Merkle tree of RFC 6962, leaf index = position - 1. In front of each record lie the
 * nodes that came into being with it: its leaf hash, then the root of each perfect subtree that it is the last leaf of,
 * from two leaves upwards; merkle_completed(position) hashes of 32 bytes in all, two on the average. So the tree grows
 * in the commit's own transaction by appending alone, and any node is one lookup away. */
#ifndef ORRERY_LOG_H
#define ORRERY_LOG_H

#include "eventstore/base/merkle.h"
#include "eventstore/disk/kv.h"
#include "eventstore/log/reader.h"

struct log;

/* Opens, or in KV_WRITE creates, the log under `directory` (kv.h for the modes). KV_WRITE checks the hashes of the last
 * LOG_TAIL_CHECKED records and refuses a damaged tail with CORRUPT. */
enum { LOG_TAIL_CHECKED = 1024 };
enum status log_open(const char *directory, enum kv_mode mode, struct log **out) MUST_USE;
void        log_close(struct log *log);

/* Makes a log without events that is a copy of that one, and opens it for writing. CONFLICT: there is one already. */
enum status log_create(const char *directory, const struct log_identity *identity, struct log **out) MUST_USE;

/* As it was when the log was opened, or last raised here. */
struct log_identity log_identity(const struct log *log);

/* Begins a new epoch behind the last event, in one synced transaction: the least above the present one that is at least
 * `least`. KV_WRITE only, by who has the writer's lock (writer_lock.h). Failures are log_append's. */
enum status log_raise_epoch(struct log *log, uint64_t least) MUST_USE;

/* Makes the log a copy of that one, durably: what it holds, which may be nothing, is that log's beginning. KV_WRITE
 * only, by who has the writer's lock. Failures are log_append's. */
enum status log_adopt(struct log *log, const struct log_identity *identity) MUST_USE;

/* The environment below, for sizes and dead readers. */
struct kv *log_kv(struct log *log);

/* Appends `count` encoded records with consecutive positions that continue the log, in one synced transaction.
 * OK: on disk. Anything else is fatal to the process: what is on disk is unknown until it is opened again. CONFLICT:
 * the log was given another epoch since it was opened here; nothing was appended. */
enum status log_append(struct log *log, const struct bytes *records, size_t count) MUST_USE;

/* Reading under a snapshot of log_kv; views are valid until it rests. */
enum status log_read_identity(struct log *log, struct kv_txn *snapshot, struct log_identity *out) MUST_USE;
enum status log_head(struct log *log, struct kv_txn *snapshot, uint64_t *head) MUST_USE;
/* The same under a snapshot of its own. */
enum status log_head_now(struct log *log, uint64_t *head) MUST_USE;
/* The record with its leaf hash as stored. NOT_FOUND: beyond the head. CORRUPT: not a record. */
enum status log_read(struct log *log, struct kv_txn *snapshot, uint64_t position, struct record *record) MUST_USE;
/* A node of the tree (base/merkle.h). NOT_FOUND: it does not exist yet. */
enum status log_node(struct log *log, struct kv_txn *snapshot, unsigned level, uint64_t index,
                     struct hash *out) MUST_USE;
/* At most `limit` records from `from` on, in order, until the visit returns false. */
enum status log_each(struct log *log, struct kv_txn *snapshot, uint64_t from, uint32_t limit, reader_visit visit,
                     void *owner) MUST_USE;

#endif
