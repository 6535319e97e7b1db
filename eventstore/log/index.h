/* What can be computed from the log, kept so that it need not be: streams, event types, command ids, claims.
 * Lags behind the log by a moment (overlay.h bridges it) and may be deleted at any time; it is rebuilt at the next
 * start.
 *
 * stream   id 16 | version 8 big endian   -> position 8
 * type     event number 2 be | position 8 be -> nothing
 * command  id 16                          -> position 8 of the command's first event
 * claim    keyed hash 32                  -> owner 16 | position 8
 * meta     "indexed"                      -> position 8, everything up to it is here
 *          "store"                        -> store id 16 | epoch 8: an index of another log is refused, one of an
 *                                            earlier epoch only if it reaches beyond its end (identity.h) */
#ifndef ORRERY_INDEX_H
#define ORRERY_INDEX_H

#include "eventstore/disk/kv.h"
#include "eventstore/log/reader.h"

struct index;

/* CONFLICT: it belongs to another log; delete the directory. NOT_FOUND in KV_READ: not made yet. */
enum status index_open(const char *directory, enum kv_mode mode, struct log_identity log, struct index **out) MUST_USE;
void        index_close(struct index *index);

struct kv *index_kv(struct index *index);

/* Hands out the next record to take in; false after the last one. */
typedef bool (*index_source)(void *owner, struct record *record);

/* Takes in consecutive records (payloads are not looked at) in one synced transaction. CONFLICT: the first one does not
 * follow the last one taken in. */
enum status index_apply(struct index *index, index_source next, void *owner) MUST_USE;

/* ---- under a snapshot of index_kv ---- */

enum status index_position(struct index *index, struct kv_txn *snapshot, uint64_t *indexed) MUST_USE;
/* 0 for a stream without indexed events. */
enum status index_stream_version(struct index *index, struct kv_txn *snapshot, struct id stream,
                                 uint64_t *version) MUST_USE;
/* Positions of versions from, from + 1, …: at most `capacity`, fewer at the end. */
enum status index_stream_positions(struct index *index, struct kv_txn *snapshot, struct id stream, uint64_t from,
                                   uint64_t *positions, uint32_t capacity, uint32_t *count) MUST_USE;
/* Positions of a type's events that are < before, newest first. */
enum status index_type_positions(struct index *index, struct kv_txn *snapshot, uint16_t number, uint64_t before,
                                 uint64_t *positions, uint32_t capacity, uint32_t *count) MUST_USE;
/* The same with positions >= from, oldest first. */
enum status index_type_positions_from(struct index *index, struct kv_txn *snapshot, uint16_t number, uint64_t from,
                                      uint64_t *positions, uint32_t capacity, uint32_t *count) MUST_USE;
/* NOT_FOUND: no such command. */
enum status index_command(struct index *index, struct kv_txn *snapshot, struct id command, uint64_t *position) MUST_USE;
/* NOT_FOUND: nobody holds it. */
enum status index_claim(struct index *index, struct kv_txn *snapshot, const struct hash *value,
                        struct id *owner) MUST_USE;

/* One that somebody holds. */
struct index_claim_entry {
	struct hash value;
	struct id   owner;
	uint64_t    position; /* of the event that took it */
};

/* The next ones in order, behind `after` unless that is NULL: at most `capacity`, none at the end. CORRUPT: one that is
 * none. */
enum status index_claims(struct index *index, struct kv_txn *snapshot, const struct hash *after,
                         struct index_claim_entry *entries, uint32_t capacity, uint32_t *count) MUST_USE;

#endif
