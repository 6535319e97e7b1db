#include "eventstore/writer/store.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/disk/folder.h"
#include "eventstore/disk/room.h"
#include "eventstore/vault/erasure.h"
#include "eventstore/writer/batch.h"
#include "eventstore/writer/indexer.h"
#include "eventstore/writer/writer_lock.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
	int             lock_fd; /* held while this process is the appender */
	struct log     *log;
	struct index   *index;
	struct keys    *keys;
	struct overlay *overlay;
	struct journal *journal;        /* NULL: none is kept */
	struct indexer *indexer;        /* once it runs */
	struct kv_txn  *log_snapshot;   /* the loop thread's */
	struct kv_txn  *index_snapshot; /* the loop thread's */

	char       *directory;
	struct room room;
	bool        erasures_wait; /* until there is room */

	uint64_t      head;
	struct batch *open;
	struct batch  batches[STORE_BATCHES_MAX + 1];

	_Atomic uint64_t durable;
	_Atomic uint64_t commits, commit_us_last, commit_us_max;
};

static struct batch *free_batch(struct store *store)
{
	for (size_t i = 0; i < array_count(store->batches); i++)
		if (!store->batches[i].used) {
			store->batches[i].used = true;
			store->batches[i].first = store->head + 1;
			return &store->batches[i];
		}
	require(!"a free batch");
	return NULL;
}

/* ---------------------------------------------------------------- opening */

static enum status read_head(struct store *store)
{
	enum status status;

	store->log_snapshot = kv_snapshot_create(log_kv(store->log));
	store->index_snapshot = kv_snapshot_create(index_kv(store->index));
	status = kv_snapshot_renew(store->log_snapshot);
	if (status == STATUS_OK)
		status = log_head(store->log, store->log_snapshot, &store->head);
	kv_snapshot_rest(store->log_snapshot);
	store->durable = store->head;
	return status;
}

/* A log with events has a vault. Were it lost, a fresh one would forget every person and every claim without a word. */
static enum status open_vault(struct store *store, const struct store_settings *settings)
{
	char         path[PATH_MAX];
	struct keys *found;
	enum status  status;

	snprintf(path, sizeof(path), "%s/" KEYS_FOLDER, settings->directory);
	if (store->head > 0) {
		status = keys_open(path, settings->master_path, KEYS_READ, &found);
		if (status == STATUS_NOT_FOUND) {
			diag(DIAG_ERROR, "vault_missing", "the log holds events but %s holds no vault; restore it",
			     path);
			return STATUS_DENIED;
		}
		if (status != STATUS_OK)
			return status;
		keys_close(found);
	}
	return keys_open(path, settings->master_path, KEYS_WRITE, &store->keys);
}

/* The log does without it, and so does everybody who was promised something. */
static void open_journal(struct store *store, const struct store_settings *settings)
{
	char        path[PATH_MAX];
	enum status status;

	if (settings->journal_max == 0)
		return;
	snprintf(path, sizeof(path), "%s/" JOURNAL_FOLDER, settings->directory);
	status = journal_open(path, log_identity(store->log), store->head, settings->journal_max, &store->journal);
	if (status == STATUS_CONFLICT)
		diag(DIAG_ERROR, "journal_foreign", "%s is not of this log; delete it. Until then none is kept.", path);
	else if (status != STATUS_OK)
		diag(DIAG_ERROR, "journal_not_opened", "%s: %s None is kept.", path, status_sentence(status));
}

static enum status open_parts(struct store *store, const struct store_settings *settings)
{
	char        path[PATH_MAX];
	enum status status = folder_make(settings->directory);

	if (status == STATUS_OK)
		status = writer_lock_take(settings->directory, &store->lock_fd);
	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/log", settings->directory);
	status = log_open(path, KV_WRITE, &store->log);
	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/index", settings->directory);
	status = index_open(path, KV_WRITE, log_identity(store->log), &store->index);
	if (status == STATUS_CONFLICT)
		diag(DIAG_ERROR, "index_foreign", "%s belongs to another log; delete it", path);
	if (status != STATUS_OK)
		return status;
	status = read_head(store);
	if (status == STATUS_OK)
		status = open_vault(store, settings);
	if (status == STATUS_OK)
		open_journal(store, settings);
	return status;
}

static enum status start(struct store *store, const struct store_settings *settings)
{
	struct indexer_parts parts = {
		.room = &store->room,
		.log = store->log,
		.index = store->index,
		.keys = store->keys,
		.overlay = store->overlay,
		.journal = store->journal,
		.every_ms = settings->index_every_ms > 0 ? settings->index_every_ms : STORE_INDEX_EVERY_MS,
		.by_hand = settings->index_by_hand,
	};
	bool        is_short = room_look(&store->room);
	enum status status = indexer_catch_up(&parts, store->head);

	if (status == STATUS_OK)
		status = erasure_finish(store->log, store->index, store->keys, store->head);
	/* LMDB calls it an input/output error when a part of its pages found room. */
	if (is_short && (status == STATUS_FULL || status == STATUS_IO)) {
		store->erasures_wait = true;
		status = STATUS_OK;
	}
	return status == STATUS_OK ? indexer_start(&parts, store->head, &store->indexer) : status;
}

enum status store_open(const struct store_settings *settings, struct store **out)
{
	struct store *store = calloc(1, sizeof(*store));
	enum status   status;

	require(store != NULL);
	store->lock_fd = -1;
	store->overlay = overlay_create();
	store->directory = strdup(settings->directory);
	require(store->directory != NULL);
	store->room = (struct room){.folder = store->directory, .reserve = settings->room_reserve};
	status = open_parts(store, settings);
	if (status == STATUS_OK)
		status = start(store, settings);
	if (status != STATUS_OK) {
		store_close(store);
		return status;
	}
	store->open = free_batch(store);
	*out = store;
	return STATUS_OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	indexer_stop(store->indexer);
	for (size_t i = 0; i < array_count(store->batches); i++)
		batch_finish(&store->batches[i]);
	kv_snapshot_destroy(store->index_snapshot);
	kv_snapshot_destroy(store->log_snapshot);
	overlay_destroy(store->overlay);
	journal_close(store->journal);
	keys_close(store->keys);
	index_close(store->index);
	log_close(store->log);
	writer_lock_release(store->lock_fd);
	free(store->directory);
	free(store);
}

struct log_identity store_identity(const struct store *store)
{
	return log_identity(store->log);
}

struct keys *store_keys(struct store *store)
{
	return store->keys;
}

uint64_t store_head(const struct store *store)
{
	return store->head;
}

uint64_t store_durable(const struct store *store)
{
	return store->durable;
}

/* ---------------------------------------------------------------- questions */

/* A question to the index, under a fresh snapshot: the overlay was asked before, so nothing can fall in between. */
#define ASK_INDEX(store, question)                                                                                     \
	__extension__({                                                                                                \
		enum status asked = kv_snapshot_renew((store)->index_snapshot);                                        \
		if (asked == STATUS_OK)                                                                                \
			asked = (question);                                                                            \
		kv_snapshot_rest((store)->index_snapshot);                                                             \
		asked;                                                                                                 \
	})

enum status store_stream_version(struct store *store, struct id stream, uint64_t *version)
{
	enum status status = overlay_stream_version(store->overlay, stream, version);

	if (status != STATUS_NOT_FOUND)
		return status;
	return ASK_INDEX(store, index_stream_version(store->index, store->index_snapshot, stream, version));
}

enum status store_command(struct store *store, struct id command, uint64_t *position)
{
	enum status status = overlay_command(store->overlay, command, position);

	if (status != STATUS_NOT_FOUND)
		return status;
	return ASK_INDEX(store, index_command(store->index, store->index_snapshot, command, position));
}

enum status store_claim(struct store *store, const struct hash *value, struct id *owner)
{
	enum status status = overlay_claim(store->overlay, value, owner);

	if (status == STATUS_OK && !id_present(*owner))
		return STATUS_NOT_FOUND;
	if (status != STATUS_NOT_FOUND)
		return status;
	return ASK_INDEX(store, index_claim(store->index, store->index_snapshot, value, owner));
}

/* The record in a batch that is not released yet; NULL bytes when it is in none. */
static struct bytes find_in_batches(const struct store *store, uint64_t position)
{
	struct bytes found = {0};

	for (size_t i = 0; i < array_count(store->batches) && !found.data; i++)
		if (store->batches[i].used)
			found = batch_record(&store->batches[i], position);
	return found;
}

/* *more is what the visit returned. */
static enum status read_one(struct store *store, uint64_t position, reader_visit visit, void *owner, bool *more)
{
	struct bytes  bytes = find_in_batches(store, position);
	struct record record = {0};
	enum status   status;

	if (bytes.data) {
		status = record_decode(bytes, &record);
		if (status == STATUS_OK)
			*more = visit(owner, &record);
		return status;
	}
	status = kv_snapshot_renew(store->log_snapshot);
	if (status == STATUS_OK)
		status = log_read(store->log, store->log_snapshot, position, &record);
	if (status == STATUS_OK)
		*more = visit(owner, &record);
	kv_snapshot_rest(store->log_snapshot);
	return status;
}

enum status store_read(struct store *store, uint64_t position, reader_visit visit, void *owner)
{
	bool more;

	return read_one(store, position, visit, owner, &more);
}

/* Positions of versions from … from + count - 1: the newest from the overlay, what lies before from the index. */
static enum status stream_positions(struct store *store, struct id stream, uint64_t from, uint64_t *positions,
                                    uint32_t count)
{
	uint64_t    first = from + count;
	uint32_t    recent = 0, older = 0;
	enum status status = overlay_stream_positions(store->overlay, stream, &first, positions, count, &recent);

	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	if (recent == count)
		return STATUS_OK;
	memmove(positions + (count - recent), positions, recent * sizeof(*positions));
	status = ASK_INDEX(store, index_stream_positions(store->index, store->index_snapshot, stream, from, positions,
	                                                 count - recent, &older));
	return status == STATUS_OK && older != count - recent ? STATUS_CORRUPT : status;
}

enum status store_stream_each(struct store *store, struct id stream, uint64_t from, reader_visit visit, void *owner)
{
	uint64_t    version, *positions;
	bool        more = true;
	enum status status = store_stream_version(store, stream, &version);

	if (status != STATUS_OK || version < from)
		return status;
	require(version - from < UINT32_MAX);
	positions = calloc(version - from + 1, sizeof(*positions));
	require(positions != NULL);
	status = stream_positions(store, stream, from, positions, (uint32_t)(version - from + 1));
	for (uint64_t i = 0; i <= version - from && status == STATUS_OK && more; i++)
		status = read_one(store, positions[i], visit, owner, &more);
	free(positions);
	return status;
}

/* ---------------------------------------------------------------- appending */

enum status store_append(struct store *store, struct record *record)
{
	enum status status;

	/* A claim belongs to the event's first stream. */
	require(record->claim_count == 0 || record->stream_count > 0);
	record->position = store->head + 1;
	status = batch_add(store->open, record);
	if (status != STATUS_OK)
		return status;
	overlay_add(store->overlay, record);
	store->head++;
	return STATUS_OK;
}

void store_forget(struct store *store, struct id person)
{
	batch_add_forget(store->open, person);
}

void store_note(struct store *store, const struct journal_entry *entry)
{
	journal_note(store->journal, entry);
}

bool store_short_of_room(struct store *store)
{
	if (room_look(&store->room))
		return true;
	if (store->erasures_wait)
		store->erasures_wait =
			erasure_finish(store->log, store->index, store->keys, store->durable) != STATUS_OK;
	return store->erasures_wait;
}

bool store_busy(const struct store *store)
{
	return overlay_count(store->overlay) > STORE_INDEX_LAG_MAX;
}

size_t store_open_count(const struct store *store)
{
	return store->open->count;
}

struct batch *store_close_batch(struct store *store)
{
	struct batch *closed = store->open;

	store->open = free_batch(store);
	return closed;
}

static enum status append_batch(struct store *store, const struct batch *batch)
{
	struct bytes *records = calloc(batch->count, sizeof(*records));
	enum status   status;

	require(records != NULL);
	for (size_t i = 0; i < batch->count; i++)
		records[i] = batch_record(batch, batch->first + i);
	status = keys_commit(store->keys);
	if (status == STATUS_OK)
		status = log_append(store->log, records, batch->count);
	free(records);
	return status;
}

static void note_commit(struct store *store, const struct batch *batch, int64_t began_us)
{
	uint64_t took_us = (uint64_t)(clock_monotonic_us() - began_us);

	store->commits++;
	store->commit_us_last = took_us;
	if (took_us > store->commit_us_max)
		store->commit_us_max = took_us;
	store->durable = batch_last(batch);
	indexer_note_durable(store->indexer, store->durable);
}

enum status store_commit(struct store *store, struct batch *batch)
{
	int64_t     began_us = clock_monotonic_us();
	enum status status = STATUS_OK;

	if (batch->count == 0)
		return STATUS_OK;
	status = append_batch(store, batch);
	if (status != STATUS_OK)
		return status;
	note_commit(store, batch, began_us);
	for (size_t i = 0; i < batch->forget_count && status == STATUS_OK; i++)
		status = keys_forget(store->keys, batch->forget[i]);
	return status;
}

void store_release_batch(struct store *store, struct batch *batch)
{
	(void)store;
	batch_reset(batch);
}

enum status store_index_step(struct store *store)
{
	return indexer_step(store->indexer);
}

void store_counters(struct store *store, struct store_counters *counters)
{
	*counters = (struct store_counters){
		.events = store->head,
		.commits = store->commits,
		.index_lag = overlay_count(store->overlay),
		.disk_free = store->room.free,
		.commit_us_last = store->commit_us_last,
		.commit_us_max = store->commit_us_max,
	};
	kv_sizes(log_kv(store->log), &counters->log_used, &counters->log_mapped);
}
