#include "feed/copy.h"

#include "eventstore/base/require.h"
#include "eventstore/batch.h"
#include "eventstore/folder.h"
#include "eventstore/indexer.h"
#include "eventstore/reader.h"
#include "eventstore/store.h"
#include "eventstore/writer_lock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* While the index lags by more than this, taking waits for it: the events that wait are kept in memory. */
enum { INDEX_LAG_MAX = 2 * INDEXER_EVENTS_MAX, INDEX_PAUSE_MS = 1 };

struct copy {
	char            directory[PATH_MAX];
	int             lock;
	struct log     *log;
	struct reader  *reader;
	struct index   *index; /* with the two below: from copy_adopt on */
	struct overlay *overlay;
	struct indexer *indexer;
	struct batch    batch;
	uint64_t        head;
};

/* ---------------------------------------------------------------- opening */

static enum status open_log(struct copy *copy)
{
	char        path[PATH_MAX + 8];
	enum status status = folder_make(copy->directory);

	if (status == STATUS_OK)
		status = writer_lock_take(copy->directory, &copy->lock);
	if (status != STATUS_OK)
		return status;
	snprintf(path, sizeof(path), "%s/log", copy->directory);
	status = log_open(path, KV_WRITE, &copy->log);
	if (status == STATUS_OK)
		status = reader_open(copy->directory, &copy->reader);
	return status == STATUS_OK ? reader_head(copy->reader, &copy->head) : status;
}

enum status copy_open(const char *directory, struct copy **out)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	enum status  status;

	require(copy != NULL);
	copy->lock = -1;
	if ((size_t)snprintf(copy->directory, sizeof(copy->directory), "%s", directory) >= sizeof(copy->directory))
		status = STATUS_INVALID;
	else
		status = open_log(copy);
	if (status != STATUS_OK) {
		copy_close(copy);
		return status;
	}
	*out = copy;
	return STATUS_OK;
}

static void close_index(struct copy *copy)
{
	indexer_stop(copy->indexer);
	overlay_destroy(copy->overlay);
	index_close(copy->index);
	copy->indexer = NULL;
	copy->overlay = NULL;
	copy->index = NULL;
}

void copy_close(struct copy *copy)
{
	if (!copy)
		return;
	close_index(copy);
	batch_finish(&copy->batch);
	reader_close(copy->reader);
	log_close(copy->log);
	writer_lock_release(copy->lock);
	free(copy);
}

struct log_identity copy_identity(const struct copy *copy)
{
	return log_identity(copy->log);
}

uint64_t copy_head(const struct copy *copy)
{
	return copy->head;
}

enum status copy_root(struct copy *copy, uint64_t size, struct hash *out)
{
	struct merkle_source tree = reader_tree(copy->reader);

	return merkle_root(&tree, size, out);
}

/* ---------------------------------------------------------------- which log it is */

static enum status open_index(struct copy *copy)
{
	char        path[PATH_MAX + 8];
	enum status status;

	snprintf(path, sizeof(path), "%s/index", copy->directory);
	status = index_open(path, KV_WRITE, log_identity(copy->log), &copy->index);
	if (status != STATUS_OK)
		return status;
	copy->overlay = overlay_create();
	struct indexer_parts parts = {
		.log = copy->log, .index = copy->index, .overlay = copy->overlay, .every_ms = STORE_INDEX_EVERY_MS};

	status = indexer_catch_up(&parts, copy->head);
	return status == STATUS_OK ? indexer_start(&parts, copy->head, &copy->indexer) : status;
}

static bool same(const struct log_identity *a, const struct log_identity *b)
{
	return id_equal(a->store, b->store) && a->epoch == b->epoch;
}

static enum status rename_log(struct copy *copy, const struct log_identity *log)
{
	struct log_identity own = log_identity(copy->log);

	if (copy->head > 0 && (!id_equal(own.store, log->store) || log->epoch < own.epoch))
		return STATUS_CONFLICT;
	close_index(copy);
	return log_adopt(copy->log, log);
}

enum status copy_adopt(struct copy *copy, const struct log_identity *log)
{
	struct log_identity own = log_identity(copy->log);
	enum status         status = STATUS_OK;

	require(copy->batch.count == 0);
	if (!same(&own, log))
		status = rename_log(copy, log);
	if (status == STATUS_OK && !copy->indexer)
		status = open_index(copy);
	return status;
}

/* ---------------------------------------------------------------- records */

/* What is encoded again must be what came: a record that says more than we understand is not copied. */
static enum status add(struct copy *copy, const struct record *record, struct bytes came)
{
	enum status status = batch_add(&copy->batch, record);

	if (status == STATUS_OK && !bytes_equal(batch_record(&copy->batch, record->position), came))
		status = STATUS_CORRUPT;
	return status;
}

enum status copy_take(struct copy *copy, struct bytes came)
{
	struct record record = {0};
	enum status   status = record_decode(came, &record);

	require(copy->indexer != NULL);
	if (copy->batch.count == 0)
		copy->batch.first = copy->head + 1;
	if (status != STATUS_OK || record.position != copy->batch.first + copy->batch.count)
		return STATUS_CORRUPT;
	status = add(copy, &record, came);
	if (status == STATUS_OK)
		overlay_add(copy->overlay, &record);
	return status;
}

size_t copy_waiting(const struct copy *copy)
{
	return copy->batch.bytes.size;
}

static enum status append_batch(struct copy *copy)
{
	struct bytes *records = calloc(copy->batch.count, sizeof(*records));
	enum status   status;

	require(records != NULL);
	for (size_t i = 0; i < copy->batch.count; i++)
		records[i] = batch_record(&copy->batch, copy->batch.first + i);
	status = log_append(copy->log, records, copy->batch.count);
	free(records);
	return status;
}

static void await_index(struct copy *copy)
{
	while (overlay_count(copy->overlay) > INDEX_LAG_MAX)
		usleep(INDEX_PAUSE_MS * 1000);
}

enum status copy_commit(struct copy *copy)
{
	enum status status;

	if (copy->batch.count == 0)
		return STATUS_OK;
	status = append_batch(copy);
	if (status != STATUS_OK)
		return status;
	copy->head = batch_last(&copy->batch);
	batch_reset(&copy->batch);
	indexer_note_durable(copy->indexer, copy->head);
	await_index(copy);
	return STATUS_OK;
}
