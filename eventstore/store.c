#include "eventstore/store.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/folder.h"
#include "eventstore/index.h"
#include "eventstore/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum {
	INDEX_EVERY_EVENTS = 1 << 16,
	ERASURES_AT_ONCE = 1024,
};

/* Events of one group commit, encoded one after the other. */
struct batch {
	uint64_t      first; /* position of the first record */
	struct buffer bytes;
	size_t       *ends; /* where each record ends in bytes */
	size_t        count, capacity;
	struct id    *forget; /* persons whose keys end with this batch */
	size_t        forget_count, forget_capacity;
	bool          used;
};

struct store {
	int             lock_fd; /* held while this process is the appender */
	struct log     *log;
	struct index   *index;
	struct keys    *keys;
	struct overlay *overlay;
	struct kv_txn  *log_snapshot;   /* the loop thread's */
	struct kv_txn  *index_snapshot; /* the loop thread's */

	uint64_t      head;
	struct batch *open;
	struct batch  batches[STORE_BATCHES_MAX + 1];

	_Atomic uint64_t durable;
	_Atomic uint64_t commits, commit_us_last, commit_us_max;

	pthread_t       index_thread;
	bool            index_thread_runs;
	pthread_mutex_t lock; /* guards stopping and the two conditions */
	pthread_cond_t  durable_moved;
	pthread_cond_t  index_wanted;
	bool            stopping;
	uint32_t        index_every_ms;
};

/* ---------------------------------------------------------------- batches */

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

static void batch_add(struct batch *batch, const struct record *record)
{
	if (batch->count == batch->capacity) {
		batch->capacity = batch->capacity ? batch->capacity * 2 : 256;
		batch->ends = realloc(batch->ends, batch->capacity * sizeof(*batch->ends));
		require(batch->ends != NULL);
	}
	record_encode(record, &batch->bytes);
	batch->ends[batch->count++] = batch->bytes.size;
}

static struct bytes batch_record(const struct batch *batch, size_t index)
{
	size_t begin = index > 0 ? batch->ends[index - 1] : 0;

	return BYTES(batch->bytes.data + begin, batch->ends[index] - begin);
}

static void batch_reset(struct batch *batch)
{
	batch->bytes.size = 0;
	batch->count = batch->forget_count = 0;
	batch->used = false;
}

static void batch_finish(struct batch *batch)
{
	buffer_finish(&batch->bytes);
	free(batch->ends);
	free(batch->forget);
}

/* ---------------------------------------------------------------- the index thread */

/* Waits until the position is durable; false when the store stops before. */
static bool wait_durable(struct store *store, uint64_t position)
{
	bool durable;

	pthread_mutex_lock(&store->lock);
	while (store->durable < position && !store->stopping)
		pthread_cond_wait(&store->durable_moved, &store->lock);
	durable = store->durable >= position;
	pthread_mutex_unlock(&store->lock);
	return durable;
}

static enum status flush_index(struct store *store)
{
	uint64_t    last = overlay_close_generation(store->overlay);
	enum status status = STATUS_OK;

	if (last > 0 && wait_durable(store, last))
		status = index_apply(store->index, overlay_next, store->overlay);
	overlay_drop(store->overlay);
	return status;
}

/* An index that cannot be written is a full or broken disk: what the log holds is safe, so start again from it. */
static void flush_index_or_stop(struct store *store)
{
	enum status status = flush_index(store);

	if (status == STATUS_OK)
		return;
	diag(DIAG_ERROR, "index_failed", "%s Stopping: it is brought up from the log at the next start.",
	     status_sentence(status));
	_exit(EXIT_FAILURE);
}

/* Returns false when the store stops. */
static bool wait_for_work(struct store *store)
{
	struct timespec until;
	bool            stopping;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(store->index_every_ms % 1000) * 1000000;
	until.tv_sec += (time_t)(store->index_every_ms / 1000) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&store->lock);
	while (!store->stopping && overlay_count(store->overlay) < INDEX_EVERY_EVENTS)
		if (pthread_cond_timedwait(&store->index_wanted, &store->lock, &until) == ETIMEDOUT)
			break;
	stopping = store->stopping;
	pthread_mutex_unlock(&store->lock);
	return !stopping;
}

static void *run_index(void *owner)
{
	struct store *store = owner;
	bool          more;

	do {
		more = wait_for_work(store);
		kv_clear_dead_readers(log_kv(store->log));
		kv_clear_dead_readers(index_kv(store->index));
		keys_clear_dead_readers(store->keys);
		flush_index_or_stop(store);
	} while (more);
	return NULL;
}

/* ---------------------------------------------------------------- opening */

static bool add_to_overlay(void *owner, const struct record *record)
{
	overlay_add(owner, record);
	return true;
}

/* Brings the index up to the log before anything is served. */
static enum status catch_up(struct store *store)
{
	uint64_t    indexed = 0, from;
	enum status status = kv_snapshot_renew(store->index_snapshot);

	if (status == STATUS_OK)
		status = index_position(store->index, store->index_snapshot, &indexed);
	kv_snapshot_rest(store->index_snapshot);
	if (status == STATUS_OK && indexed > store->head)
		status = STATUS_CONFLICT;
	for (from = indexed + 1; status == STATUS_OK && from <= store->head; from += INDEX_EVERY_EVENTS) {
		status = kv_snapshot_renew(store->log_snapshot);
		if (status == STATUS_OK)
			status = log_each(store->log, store->log_snapshot, from, INDEX_EVERY_EVENTS, add_to_overlay,
			                  store->overlay);
		kv_snapshot_rest(store->log_snapshot);
		if (status == STATUS_OK)
			status = flush_index(store);
	}
	return status;
}

/* One appender: a second one is refused before it touches anything. The lock ends with the process. */
static enum status take_lock(struct store *store, const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/writer.lock", directory);
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (store->lock_fd < 0)
		return STATUS_IO;
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return STATUS_OK;
	diag(DIAG_ERROR, "another_writer", "%s is locked: another writer runs on this log", path);
	return STATUS_BUSY;
}

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

	snprintf(path, sizeof(path), "%s/keys", settings->directory);
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

static enum status open_parts(struct store *store, const struct store_settings *settings)
{
	char        path[PATH_MAX];
	enum status status = folder_make(settings->directory);

	if (status == STATUS_OK)
		status = take_lock(store, settings->directory);
	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/log", settings->directory);
	status = log_open(path, KV_WRITE, &store->log);
	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/index", settings->directory);
	status = index_open(path, KV_WRITE, log_identity(store->log), &store->index);
	if (status != STATUS_OK)
		return status;
	status = read_head(store);
	if (status == STATUS_OK)
		status = open_vault(store, settings);
	return status;
}

struct forgetting {
	struct store *store;
	enum status   status;
};

static const struct field *erasing_field(const struct shape *shape)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_ERASES)
			return &shape->fields[i];
	return NULL;
}

static bool forget_again(void *owner, const struct record *record)
{
	struct forgetting       *forgetting = owner;
	struct arena             arena = {0};
	const struct event_type *type;
	const void              *event;

	forgetting->status = record_event(record, NULL, &arena, &type, &event);
	if (forgetting->status == STATUS_OK)
		forgetting->status = keys_forget(forgetting->store->keys,
		                                 *(const struct id *)field_at(erasing_field(type->shape), event));
	arena_finish(&arena);
	return forgetting->status == STATUS_OK;
}

/* Positions of one event type that are < before, newest first, through the index alone: it has just caught up. */
static enum status type_positions(struct store *store, uint16_t number, uint64_t before, uint64_t *positions,
                                  uint32_t *count)
{
	enum status status = kv_snapshot_renew(store->index_snapshot);

	if (status == STATUS_OK)
		status = index_type_positions(store->index, store->index_snapshot, number, before, positions,
		                              ERASURES_AT_ONCE, count);
	kv_snapshot_rest(store->index_snapshot);
	return status;
}

static enum status forget_all(struct store *store, uint16_t number)
{
	struct forgetting forgetting = {.store = store};
	uint64_t          positions[ERASURES_AT_ONCE], before = UINT64_MAX;
	uint32_t          count;
	enum status       status;

	do {
		status = type_positions(store, number, before, positions, &count);
		for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
			status = store_read(store, positions[i], forget_again, &forgetting);
			if (status == STATUS_OK)
				status = forgetting.status;
			before = positions[i];
		}
	} while (status == STATUS_OK && count == ERASURES_AT_ONCE);
	return status;
}

/* A crash may have come between an erasure's commit and the end of the key. */
static enum status finish_erasures(struct store *store)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < event_type_count && status == STATUS_OK; i++)
		if (erasing_field(event_types[i].shape))
			status = forget_all(store, event_types[i].number);
	return status;
}

static enum status start(struct store *store)
{
	enum status status = catch_up(store);

	if (status == STATUS_OK)
		status = finish_erasures(store);
	if (status == STATUS_OK && pthread_create(&store->index_thread, NULL, run_index, store) != 0)
		status = STATUS_IO;
	store->index_thread_runs = status == STATUS_OK;
	return status;
}

/* The index thread's second is counted by a clock that nobody sets. */
static void init_locks(struct store *store)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&store->lock, NULL);
	pthread_cond_init(&store->durable_moved, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&store->index_wanted, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

enum status store_open(const struct store_settings *settings, struct store **out)
{
	struct store *store = calloc(1, sizeof(*store));
	enum status   status;

	require(store != NULL);
	store->lock_fd = -1;
	init_locks(store);
	store->overlay = overlay_create();
	store->index_every_ms = settings->index_every_ms > 0 ? settings->index_every_ms : STORE_INDEX_EVERY_MS;
	status = open_parts(store, settings);
	if (status == STATUS_OK)
		status = start(store);
	if (status != STATUS_OK) {
		store_close(store);
		return status;
	}
	store->open = free_batch(store);
	*out = store;
	return STATUS_OK;
}

static void stop_index_thread(struct store *store)
{
	pthread_mutex_lock(&store->lock);
	store->stopping = true;
	pthread_cond_broadcast(&store->index_wanted);
	pthread_cond_broadcast(&store->durable_moved);
	pthread_mutex_unlock(&store->lock);
	pthread_join(store->index_thread, NULL);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->index_thread_runs)
		stop_index_thread(store);
	for (size_t i = 0; i < array_count(store->batches); i++)
		batch_finish(&store->batches[i]);
	kv_snapshot_destroy(store->index_snapshot);
	kv_snapshot_destroy(store->log_snapshot);
	overlay_destroy(store->overlay);
	keys_close(store->keys);
	index_close(store->index);
	log_close(store->log);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	pthread_cond_destroy(&store->index_wanted);
	pthread_cond_destroy(&store->durable_moved);
	pthread_mutex_destroy(&store->lock);
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
	for (size_t i = 0; i < array_count(store->batches); i++) {
		const struct batch *batch = &store->batches[i];

		if (batch->used && position >= batch->first && position - batch->first < batch->count)
			return batch_record(batch, position - batch->first);
	}
	return BYTES(NULL, 0);
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
	struct batch *batch = store->open;
	size_t        begin = batch->bytes.size;

	/* A claim belongs to the event's first stream. */
	require(record->claim_count == 0 || record->stream_count > 0);
	record->position = store->head + 1;
	batch_add(batch, record);
	if (batch->bytes.size - begin > RECORD_SIZE_MAX) {
		batch->bytes.size = begin;
		batch->count--;
		return STATUS_TOO_LARGE;
	}
	overlay_add(store->overlay, record);
	store->head++;
	return STATUS_OK;
}

void store_forget(struct store *store, struct id person)
{
	struct batch *batch = store->open;

	if (batch->forget_count == batch->forget_capacity) {
		batch->forget_capacity = batch->forget_capacity ? batch->forget_capacity * 2 : 8;
		batch->forget = realloc(batch->forget, batch->forget_capacity * sizeof(*batch->forget));
		require(batch->forget != NULL);
	}
	batch->forget[batch->forget_count++] = person;
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
		records[i] = batch_record(batch, i);
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
	pthread_mutex_lock(&store->lock);
	store->durable = batch->first + batch->count - 1;
	pthread_cond_broadcast(&store->durable_moved);
	if (overlay_count(store->overlay) >= INDEX_EVERY_EVENTS)
		pthread_cond_signal(&store->index_wanted);
	pthread_mutex_unlock(&store->lock);
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

void store_counters(struct store *store, struct store_counters *counters)
{
	*counters = (struct store_counters){
		.events = store->head,
		.commits = store->commits,
		.index_lag = overlay_count(store->overlay),
		.commit_us_last = store->commit_us_last,
		.commit_us_max = store->commit_us_max,
	};
	kv_sizes(log_kv(store->log), &counters->log_used, &counters->log_mapped);
}
