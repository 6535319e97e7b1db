/* The writer's side of the log: what has been decided, whether or not it is on disk yet, and the group commit.
 *
 * One thread (the writer's loop) asks and appends; events go into the open batch and are visible to its questions at
 * once. store_commit makes a closed batch durable and may run on another thread, one batch after the other in the order
 * they were closed. A third thread, started by store_open, moves what is durable into the index. */
#ifndef ORRERY_STORE_H
#define ORRERY_STORE_H

#include "eventstore/log/log.h"
#include "eventstore/log/record.h"
#include "eventstore/vault/keys.h"
#include "eventstore/writer/journal_entry.h"

struct store;
struct batch;

struct store_settings {
	const char *directory;      /* holds log/, index/, keys/, journal/ */
	const char *master_path;    /* the vault's master key */
	uint32_t    index_every_ms; /* how long an event may wait for the index; 0: STORE_INDEX_EVERY_MS */
	uint64_t    journal_max;    /* bytes that the journal may take; 0: what is decided is not kept */
	uint64_t    room_reserve;   /* bytes that are to stay free on the disk, as in room.h; 0: none */
	bool        index_by_hand;  /* no thread does it: for a simulation, which calls store_index_step */
};

enum { STORE_INDEX_EVERY_MS = 1000 };

enum { STORE_INDEX_LAG_MAX = 1 << 20 }; /* events that may wait for the index before appends wait for it */

/* Opens or creates everything, indexes what the index lacks, and forgets the persons whose erasure a crash cut short.
 * While the disk is short of room, what of that needs any waits until there is some; FULL when it cannot.
 * A journal that does not open is said to be so and done without.
 * BUSY: another writer runs on this log. CORRUPT: the tail is damaged. CONFLICT: index/ belongs to another log or is
 * ahead of this one; delete it. DENIED: the vault is lost or the master key is not its own. */
enum status store_open(const struct store_settings *settings, struct store **out) MUST_USE;
/* What was appended but not committed is lost, as nobody was told of it. */
void store_close(struct store *store);

struct log_identity store_identity(const struct store *store);
struct keys        *store_keys(struct store *store);
uint64_t            store_head(const struct store *store);    /* the last appended position */
uint64_t            store_durable(const struct store *store); /* the last committed position; any thread */

/* ---- questions, answered up to the last appended event ---- */

enum status store_stream_version(struct store *store, struct id stream, uint64_t *version) MUST_USE;
/* The stream's events in order, from version `from` (>= 1) on, until the visit returns false. */
enum status store_stream_each(struct store *store, struct id stream, uint64_t from, reader_visit visit,
                              void *owner) MUST_USE;
/* NOT_FOUND: no such command was kept. */
enum status store_command(struct store *store, struct id command, uint64_t *position) MUST_USE;
enum status store_claim(struct store *store, const struct hash *value, struct id *owner) MUST_USE;
enum status store_read(struct store *store, uint64_t position, reader_visit visit, void *owner) MUST_USE;

/* ---- appending ---- */

/* Completes the record (position; stream ids must have their versions) and puts it into the open batch.
 * TOO_LARGE: over RECORD_SIZE_MAX; nothing was appended. */
enum status store_append(struct store *store, struct record *record) MUST_USE;

/* This person's key is to be destroyed once the open batch is durable, before anybody is told. */
void store_forget(struct store *store, struct id person);

/* What was decided, and what came of it, for the journal, if one is kept. Nothing waits for it. */
void store_note(struct store *store, const struct journal_entry *entry);

/* Looks at the disk: is there too little room to take anything new? Then nothing must be appended; what was still goes
 * to disk. The loop's thread; to be asked before each commit, and now and then while it is so. */
bool store_short_of_room(struct store *store);

/* The index lags so far behind that appending should wait. */
bool store_busy(const struct store *store);

/* Events in the open batch. */
size_t store_open_count(const struct store *store);

/* Closes the open batch, which may be empty. The caller hands it to store_commit. At most STORE_BATCHES_MAX batches may
 * be closed and not released. */
enum { STORE_BATCHES_MAX = 4 };
struct batch *store_close_batch(struct store *store);

/* On disk when it returns OK. Anything else is fatal: stop the process without answering anybody in the batch. */
enum status store_commit(struct store *store, struct batch *batch) MUST_USE;

/* The loop's thread again: the batch's memory is reused. */
void store_release_batch(struct store *store, struct batch *batch);

/* With index_by_hand: one step of the index thread's work, as in indexer.h. */
enum status store_index_step(struct store *store) MUST_USE;

struct store_counters {
	uint64_t events, commits, index_lag;
	uint64_t commit_us_last, commit_us_max;
	size_t   log_used, log_mapped;
	uint64_t disk_free; /* bytes, as of the last look */
};
void store_counters(struct store *store, struct store_counters *counters);

#endif
