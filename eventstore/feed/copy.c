#include "eventstore/feed/copy.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/disk/folder.h"
#include "eventstore/log/reader.h"
#include "eventstore/vault/erasure.h"
#include "eventstore/writer/batch.h"
#include "eventstore/writer/indexer.h"
#include "eventstore/writer/store.h"
#include "eventstore/writer/writer_lock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* While the index lags by more than this, taking waits for it: the events that wait are kept in memory. */
enum { INDEX_LAG_MAX = 2 * INDEXER_EVENTS_MAX, INDEX_PAUSE_MS = 1 };

struct copy {
	char             directory[PATH_MAX];
	int              lock;
	struct log      *log;
	struct reader   *reader;
	struct index    *index; /* with the two below: from copy_adopt on */
	struct overlay  *overlay;
	struct indexer  *indexer;
	struct keys_box *keys; /* NULL: none are kept */
	struct batch     batch;
	uint64_t         head;
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

static enum status open_keys(struct copy *copy, bool wanted)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/" KEYS_FOLDER, copy->directory);
	if (wanted)
		return keys_box_open(path, KV_WRITE, &copy->keys);
	if (access(path, F_OK) != 0)
		return STATUS_OK;
	diag(DIAG_ERROR, "vault_would_age",
	     "%s holds the keys of persons, and would keep those of who are erased: follow it --with-keys, or take it "
	     "away",
	     path);
	return STATUS_DENIED;
}

enum status copy_open(const char *directory, bool keys, struct copy **out)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	enum status  status;

	require(copy != NULL);
	copy->lock = -1;
	if ((size_t)snprintf(copy->directory, sizeof(copy->directory), "%s", directory) >= sizeof(copy->directory))
		status = STATUS_INVALID;
	else
		status = open_log(copy);
	if (status == STATUS_OK)
		status = open_keys(copy, keys);
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
	keys_box_close(copy->keys);
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

/* Whom the record erases is forgotten with its batch. */
static enum status note_erasure(struct copy *copy, const struct record *record)
{
	struct id   person;
	enum status status = copy->keys ? erasure_person(record, &person) : STATUS_NOT_FOUND;

	if (status == STATUS_OK)
		batch_add_forget(&copy->batch, person);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
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
		status = note_erasure(copy, &record);
	if (status == STATUS_OK)
		overlay_add(copy->overlay, &record);
	return status;
}

size_t copy_waiting(const struct copy *copy)
{
	return copy->batch.bytes.size + (copy->keys ? keys_box_waiting(copy->keys) : 0);
}

/* ---------------------------------------------------------------- keys */

bool copy_has_keys(struct copy *copy)
{
	enum keys_box_state state;

	return keys_box_state(copy->keys, &state) == STATUS_OK && state == BOX_COMPLETE;
}

enum status copy_take_key(struct copy *copy, struct id person, const struct wrapped_key *key)
{
	require(copy->keys != NULL);
	/* From the first one on, until all are there, it is no vault to take over with. */
	if (!copy_has_keys(copy))
		keys_box_set_state(copy->keys, BOX_PARTIAL);
	return keys_box_put(copy->keys, person, key);
}

void copy_note_keys(struct copy *copy)
{
	keys_box_set_state(copy->keys, BOX_COMPLETE);
}

/* Before the records: then a crash in between finds the person forgotten, and the erasure comes again. */
static enum status commit_keys(struct copy *copy)
{
	enum status status = copy->keys ? keys_box_commit(copy->keys) : STATUS_OK;

	for (size_t i = 0; i < copy->batch.forget_count && status == STATUS_OK; i++)
		status = keys_box_forget(copy->keys, copy->batch.forget[i]);
	return status;
}

/* ---------------------------------------------------------------- commits */

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
	enum status status = commit_keys(copy);

	if (status != STATUS_OK || copy->batch.count == 0)
		return status;
	status = append_batch(copy);
	if (status != STATUS_OK)
		return status;
	copy->head = batch_last(&copy->batch);
	batch_reset(&copy->batch);
	indexer_note_durable(copy->indexer, copy->head);
	await_index(copy);
	return STATUS_OK;
}
