#include "eventstore/writer/indexer.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct indexer {
	struct indexer_parts parts;
	pthread_t            thread;
	pthread_mutex_t      lock; /* guards what follows */
	pthread_cond_t       durable_moved;
	pthread_cond_t       wanted;
	uint64_t             durable;
	bool                 stopping;
	uint64_t             taken; /* by hand: the last event of the closed generation, 0 when none is closed */
};

/* ---------------------------------------------------------------- before the thread starts */

static bool add_to_overlay(void *owner, const struct record *record)
{
	overlay_add(owner, record);
	return true;
}

static enum status read_indexed(const struct indexer_parts *parts, uint64_t *indexed)
{
	struct kv_txn *snapshot = kv_snapshot_create(index_kv(parts->index));
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = index_position(parts->index, snapshot, indexed);
	kv_snapshot_destroy(snapshot);
	return status;
}

static enum status index_some(const struct indexer_parts *parts, struct kv_txn *snapshot, uint64_t from)
{
	enum status status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = log_each(parts->log, snapshot, from, INDEXER_EVENTS_MAX, add_to_overlay, parts->overlay);
	kv_snapshot_rest(snapshot);
	if (status != STATUS_OK)
		return status;
	overlay_close_generation(parts->overlay);
	status = index_apply(parts->index, overlay_next, parts->overlay);
	overlay_drop(parts->overlay);
	return status;
}

/* What the index lacks waits in the overlay. */
static enum status bridge(const struct indexer_parts *parts, struct kv_txn *snapshot, uint64_t indexed, uint64_t head)
{
	enum status status;

	if (head - indexed > INDEXER_BRIDGED_MAX)
		return STATUS_FULL;
	status = kv_snapshot_renew(snapshot);
	if (status == STATUS_OK && head > indexed)
		status = log_each(parts->log, snapshot, indexed + 1, (uint32_t)(head - indexed), add_to_overlay,
		                  parts->overlay);
	kv_snapshot_rest(snapshot);
	return status;
}

enum status indexer_catch_up(const struct indexer_parts *parts, uint64_t head)
{
	struct kv_txn *snapshot = kv_snapshot_create(log_kv(parts->log));
	uint64_t       indexed = 0;
	enum status    status = read_indexed(parts, &indexed);

	if (status == STATUS_OK && indexed > head) {
		diag(DIAG_ERROR, "index_ahead", "it reaches %" PRIu64 ", the log %" PRIu64 "; delete it", indexed,
		     head);
		status = STATUS_CONFLICT;
	}
	if (status == STATUS_OK && room_is_short(parts->room))
		status = bridge(parts, snapshot, indexed, head);
	else
		for (uint64_t from = indexed + 1; status == STATUS_OK && from <= head; from += INDEXER_EVENTS_MAX)
			status = index_some(parts, snapshot, from);
	kv_snapshot_destroy(snapshot);
	return status;
}

/* ---------------------------------------------------------------- the thread */

/* Waits until the position is durable; false when the end comes before. */
static bool wait_durable(struct indexer *indexer, uint64_t position)
{
	bool durable;

	pthread_mutex_lock(&indexer->lock);
	while (indexer->durable < position && !indexer->stopping)
		pthread_cond_wait(&indexer->durable_moved, &indexer->lock);
	durable = indexer->durable >= position;
	pthread_mutex_unlock(&indexer->lock);
	return durable;
}

static void flush_or_end(struct indexer *indexer)
{
	struct overlay *overlay = indexer->parts.overlay;
	uint64_t        last = overlay_close_generation(overlay);
	enum status     status = STATUS_OK;

	if (last > 0 && wait_durable(indexer, last))
		status = index_apply(indexer->parts.index, overlay_next, overlay);
	overlay_drop(overlay);
	if (status == STATUS_OK)
		return;
	diag(DIAG_ERROR, "index_failed", "%s Stopping: it is brought up from the log at the next start.",
	     status_sentence(status));
	_exit(EXIT_FAILURE);
}

static uint64_t durable_now(struct indexer *indexer)
{
	uint64_t durable;

	pthread_mutex_lock(&indexer->lock);
	durable = indexer->durable;
	pthread_mutex_unlock(&indexer->lock);
	return durable;
}

static void write_journal(struct indexer *indexer)
{
	struct indexer_parts *parts = &indexer->parts;
	enum status           status;

	if (!parts->journal)
		return;
	status = journal_write(parts->journal, keys_present_sealer(parts->keys), durable_now(indexer));
	if (status != STATUS_OK)
		diag(DIAG_ERROR, "journal_failed", "%s What is decided from now on is not kept for a replay.",
		     status_sentence(status));
}

static struct timespec later(uint32_t ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_nsec += (long)(ms % 1000) * 1000000;
	time.tv_sec += (time_t)(ms / 1000) + time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

/* Returns false when the end has come. */
static bool wait_for_work(struct indexer *indexer)
{
	struct timespec until = later(indexer->parts.every_ms);
	bool            stopping;

	pthread_mutex_lock(&indexer->lock);
	while (!indexer->stopping
	       && (room_is_short(indexer->parts.room) || overlay_count(indexer->parts.overlay) < INDEXER_EVENTS_MAX))
		if (pthread_cond_timedwait(&indexer->wanted, &indexer->lock, &until) == ETIMEDOUT)
			break;
	stopping = indexer->stopping;
	pthread_mutex_unlock(&indexer->lock);
	return !stopping;
}

static void *run(void *owner)
{
	struct indexer *indexer = owner;
	bool            more;

	do {
		more = wait_for_work(indexer);
		kv_clear_dead_readers(log_kv(indexer->parts.log));
		kv_clear_dead_readers(index_kv(indexer->parts.index));
		if (indexer->parts.keys)
			keys_clear_dead_readers(indexer->parts.keys);
		if (room_is_short(indexer->parts.room))
			continue;
		flush_or_end(indexer);
		write_journal(indexer);
	} while (more);
	return NULL;
}

/* The waiting is counted by a clock that nobody sets. */
static void init_locks(struct indexer *indexer)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&indexer->lock, NULL);
	pthread_cond_init(&indexer->durable_moved, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&indexer->wanted, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void destroy(struct indexer *indexer)
{
	pthread_cond_destroy(&indexer->wanted);
	pthread_cond_destroy(&indexer->durable_moved);
	pthread_mutex_destroy(&indexer->lock);
	free(indexer);
}

enum status indexer_start(const struct indexer_parts *parts, uint64_t durable, struct indexer **out)
{
	struct indexer *indexer = calloc(1, sizeof(*indexer));

	require(indexer != NULL);
	indexer->parts = *parts;
	indexer->durable = durable;
	init_locks(indexer);
	if (!parts->by_hand && pthread_create(&indexer->thread, NULL, run, indexer) != 0) {
		destroy(indexer);
		return STATUS_IO;
	}
	*out = indexer;
	return STATUS_OK;
}

void indexer_note_durable(struct indexer *indexer, uint64_t position)
{
	pthread_mutex_lock(&indexer->lock);
	indexer->durable = position;
	pthread_cond_signal(&indexer->durable_moved);
	if (overlay_count(indexer->parts.overlay) >= INDEXER_EVENTS_MAX)
		pthread_cond_signal(&indexer->wanted);
	pthread_mutex_unlock(&indexer->lock);
}

enum status indexer_step(struct indexer *indexer)
{
	struct overlay *overlay = indexer->parts.overlay;
	enum status     status = STATUS_OK;

	require(indexer->parts.by_hand);
	if (room_is_short(indexer->parts.room))
		return STATUS_OK;
	if (indexer->taken == 0 && overlay_count(overlay) > 0) {
		indexer->taken = overlay_close_generation(overlay);
	} else if (indexer->taken > 0 && indexer->taken <= indexer->durable) {
		status = index_apply(indexer->parts.index, overlay_next, overlay);
		overlay_drop(overlay);
		indexer->taken = 0;
	}
	return status;
}

static void end_thread(struct indexer *indexer)
{
	pthread_mutex_lock(&indexer->lock);
	indexer->stopping = true;
	pthread_cond_signal(&indexer->durable_moved);
	pthread_cond_signal(&indexer->wanted);
	pthread_mutex_unlock(&indexer->lock);
	pthread_join(indexer->thread, NULL);
}

void indexer_stop(struct indexer *indexer)
{
	if (!indexer)
		return;
	if (!indexer->parts.by_hand)
		end_thread(indexer);
	destroy(indexer);
}
