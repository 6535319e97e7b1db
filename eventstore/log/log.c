#include "eventstore/log/log.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NODE_SIZE = sizeof(struct hash) };

struct log {
	struct kv             *kv;
	struct kv_table        records;
	struct log_identity    identity;
	struct merkle_frontier tree; /* writer only: of all that is on disk */
};

static struct bytes position_key(const uint64_t *position)
{
	return BYTES(position, sizeof(*position));
}

/* ---------------------------------------------------------------- which log this is, at position 0 */

static enum status get_identity(const struct log *log, struct kv_txn *txn, struct log_identity *out)
{
	uint64_t     zero = 0;
	struct bytes value;
	enum status  status = kv_get(txn, &log->records, position_key(&zero), &value);

	return status == STATUS_OK ? identity_parse(value, out) : status;
}

static enum status store_identity(struct log *log, const struct log_identity *identity)
{
	uint64_t       zero = 0;
	struct buffer  value = {0};
	struct kv_txn *txn;
	enum status    status;

	identity_format(identity, &value);
	status = kv_begin(log->kv, value.size, &txn);
	if (status == STATUS_OK) {
		status = kv_put(txn, &log->records, position_key(&zero), buffer_bytes(&value));
		if (status == STATUS_OK)
			status = kv_commit(txn);
		else
			kv_abort(txn);
	}
	buffer_finish(&value);
	if (status == STATUS_OK)
		log->identity = *identity;
	return status;
}

static enum status create_identity(struct log *log)
{
	struct log_identity identity = identity_fresh();

	return store_identity(log, &identity);
}

enum status log_read_identity(struct log *log, struct kv_txn *snapshot, struct log_identity *out)
{
	return get_identity(log, snapshot, out);
}

static enum status read_identity(struct log *log, struct kv_txn *snapshot)
{
	enum status status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = get_identity(log, snapshot, &log->identity);
	kv_snapshot_rest(snapshot);
	return status;
}

/* ---------------------------------------------------------------- the tree beside the records */

static enum status node_in(struct bytes value, uint64_t position, unsigned level, struct hash *out)
{
	if (level >= merkle_completed(position) || value.size < merkle_completed(position) * NODE_SIZE)
		return STATUS_CORRUPT;
	memcpy(out->bytes, value.data + level * NODE_SIZE, NODE_SIZE);
	return STATUS_OK;
}

enum status log_node(struct log *log, struct kv_txn *snapshot, unsigned level, uint64_t index, struct hash *out)
{
	uint64_t     position = (index + 1) << level; /* that of the last leaf below it */
	struct bytes value;
	enum status  status = kv_get(snapshot, &log->records, position_key(&position), &value);

	return status == STATUS_OK ? node_in(value, position, level, out) : status;
}

struct snapshot_owner {
	struct log    *log;
	struct kv_txn *snapshot;
};

static enum status node_of_snapshot(void *owner, unsigned level, uint64_t index, struct hash *out)
{
	struct snapshot_owner *at = owner;

	return log_node(at->log, at->snapshot, level, index, out);
}

/* ---------------------------------------------------------------- opening */

/* Grows the tree again beside what is stored. */
struct tail_check {
	struct snapshot_owner  at;
	struct merkle_frontier tree;
	enum status            status;
};

static bool record_intact(const struct record *record)
{
	struct buffer bytes = {0};
	struct hash   leaf;

	/* The record is encoded again rather than hashed in place: that also shows that decoding lost nothing. */
	record_encode(record, &bytes);
	leaf = hash_leaf(buffer_bytes(&bytes));
	buffer_finish(&bytes);
	return hash_equal(&leaf, &record->leaf);
}

static bool nodes_intact(struct tail_check *check, const struct record *record)
{
	struct hash completed[MERKLE_LEVELS_MAX];

	merkle_append(&check->tree, &record->leaf, completed);
	return memcmp(completed, record->nodes, merkle_completed(record->position) * NODE_SIZE) == 0;
}

static bool check_record(void *owner, const struct record *record)
{
	struct tail_check *check = owner;

	if (record->position == check->tree.size + 1 && record_intact(record) && nodes_intact(check, record))
		return true;
	diag(DIAG_ERROR, "log_damaged", "position %" PRIu64 " holds a record that does not match its hashes",
	     record->position);
	check->status = STATUS_CORRUPT;
	return false;
}

/* Leaves the tree as it is at the head in log->tree. */
static enum status check_from(struct tail_check *check, uint64_t size, uint64_t head)
{
	struct log          *log = check->at.log;
	struct merkle_source stored = {node_of_snapshot, &check->at};
	enum status          status = merkle_frontier_at(&stored, size, &check->tree);

	if (status == STATUS_OK)
		status = log_each(log, check->at.snapshot, size + 1, LOG_TAIL_CHECKED, check_record, check);
	if (status == STATUS_CORRUPT)
		diag(DIAG_ERROR, "log_damaged", "position %" PRIu64 " holds no record", check->tree.size + 1);
	if (status == STATUS_OK)
		status = check->status;
	if (status == STATUS_NOT_FOUND || (status == STATUS_OK && check->tree.size != head))
		status = STATUS_CORRUPT;
	log->tree = check->tree;
	return status;
}

static enum status check_tail(struct log *log, struct kv_txn *snapshot)
{
	struct tail_check check = {.at = {log, snapshot}};
	uint64_t          head;
	enum status       status = kv_snapshot_renew(snapshot);

	if (status != STATUS_OK)
		return status;
	status = log_head(log, snapshot, &head);
	if (status == STATUS_OK)
		status = check_from(&check, head > LOG_TAIL_CHECKED ? head - LOG_TAIL_CHECKED : 0, head);
	kv_snapshot_rest(snapshot);
	return status;
}

static enum status open_records(struct log *log, enum kv_mode mode)
{
	struct kv_txn *snapshot = kv_snapshot_create(log->kv);
	enum status    status = read_identity(log, snapshot);

	if (status == STATUS_NOT_FOUND && mode == KV_WRITE)
		status = create_identity(log);
	if (status == STATUS_OK && mode == KV_WRITE)
		status = check_tail(log, snapshot);
	kv_snapshot_destroy(snapshot);
	return status;
}

static enum status open_new(struct log *log, const struct log_identity *identity)
{
	struct kv_txn *snapshot = kv_snapshot_create(log->kv);
	enum status    status = read_identity(log, snapshot);

	kv_snapshot_destroy(snapshot);
	if (status == STATUS_NOT_FOUND)
		return store_identity(log, identity);
	return status == STATUS_OK ? STATUS_CONFLICT : status;
}

/* With an identity: one that is to be new. */
static enum status open_as(const char *directory, enum kv_mode mode, const struct log_identity *identity,
                           struct log **out)
{
	struct log *log = calloc(1, sizeof(*log));
	enum status status;

	require(log != NULL);
	log->records.integer_keys = true;
	status = kv_open(directory, mode, &log->records, 1, &log->kv);
	if (status == STATUS_OK)
		status = identity ? open_new(log, identity) : open_records(log, mode);
	if (status != STATUS_OK) {
		log_close(log);
		return status;
	}
	*out = log;
	return STATUS_OK;
}

enum status log_open(const char *directory, enum kv_mode mode, struct log **out)
{
	return open_as(directory, mode, NULL, out);
}

enum status log_create(const char *directory, const struct log_identity *identity, struct log **out)
{
	return open_as(directory, KV_WRITE, identity, out);
}

void log_close(struct log *log)
{
	if (!log)
		return;
	kv_close(log->kv);
	free(log);
}

struct log_identity log_identity(const struct log *log)
{
	return log->identity;
}

struct kv *log_kv(struct log *log)
{
	return log->kv;
}

/* ---------------------------------------------------------------- appending and reading */

static enum status append_one(struct log *log, struct kv_txn *txn, struct merkle_frontier *tree, struct bytes record)
{
	struct hash leaf = hash_leaf(record), completed[MERKLE_LEVELS_MAX];
	uint64_t    position = tree->size + 1;
	size_t      nodes_size = merkle_completed(position) * NODE_SIZE;
	void       *place;
	enum status status;

	require(record_position(record) == position);
	merkle_append(tree, &leaf, completed);
	status = kv_append(txn, &log->records, position_key(&position), nodes_size + record.size, &place);
	if (status != STATUS_OK)
		return status;
	memcpy(place, completed, nodes_size);
	memcpy((uint8_t *)place + nodes_size, record.data, record.size);
	return STATUS_OK;
}

static size_t room_for(const struct bytes *records, size_t count, uint64_t position)
{
	size_t room = 0;

	for (size_t i = 0; i < count; i++)
		room += sizeof(uint64_t) + merkle_completed(position + i) * NODE_SIZE + records[i].size;
	return room;
}

/* Whoever opened the log in an epoch writes in that epoch or not at all, whatever became of the lock. */
static enum status check_epoch(const struct log *log, struct kv_txn *txn)
{
	struct log_identity identity;
	enum status         status = get_identity(log, txn, &identity);

	if (status != STATUS_OK || identity.epoch == log->identity.epoch)
		return status;
	diag(DIAG_ERROR, "epoch_is_over", "the log was opened in epoch %" PRIu64 " and is in epoch %" PRIu64 " now",
	     log->identity.epoch, identity.epoch);
	return STATUS_CONFLICT;
}

enum status log_append(struct log *log, const struct bytes *records, size_t count)
{
	struct merkle_frontier tree = log->tree;
	struct kv_txn         *txn;
	enum status            status = kv_begin(log->kv, room_for(records, count, tree.size + 1), &txn);

	if (status != STATUS_OK)
		return status;
	status = check_epoch(log, txn);
	for (size_t i = 0; i < count && status == STATUS_OK; i++)
		status = append_one(log, txn, &tree, records[i]);
	if (status == STATUS_OK)
		status = kv_commit(txn);
	else
		kv_abort(txn);
	if (status == STATUS_OK)
		log->tree = tree;
	return status;
}

enum status log_raise_epoch(struct log *log, uint64_t least)
{
	struct log_identity raised = log->identity;

	identity_raise(&raised, least, log->tree.size + 1);
	return store_identity(log, &raised);
}

enum status log_adopt(struct log *log, const struct log_identity *identity)
{
	return store_identity(log, identity);
}

static enum status decode(struct bytes value, uint64_t position, struct record *record)
{
	size_t      nodes_size = position > 0 ? merkle_completed(position) * NODE_SIZE : 0;
	enum status status;

	if (position == 0 || value.size < nodes_size)
		return STATUS_CORRUPT;
	status = record_decode(BYTES(value.data + nodes_size, value.size - nodes_size), record);
	if (status != STATUS_OK)
		return status;
	record->nodes = (const struct hash *)value.data; /* an array of bytes: nothing to align */
	record->leaf = record->nodes[0];
	return record->position == position ? STATUS_OK : STATUS_CORRUPT;
}

enum status log_head(struct log *log, struct kv_txn *snapshot, uint64_t *head)
{
	struct kv_cursor *cursor = kv_cursor_open(snapshot, &log->records);
	struct bytes      key, value;
	enum status       status = kv_step(cursor, KV_LAST, &key, &value);

	kv_cursor_close(cursor);
	if (status == STATUS_OK)
		memcpy(head, key.data, sizeof(*head));
	return status;
}

enum status log_head_now(struct log *log, uint64_t *head)
{
	struct kv_txn *snapshot = kv_snapshot_create(log->kv);
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = log_head(log, snapshot, head);
	kv_snapshot_destroy(snapshot);
	return status;
}

enum status log_read(struct log *log, struct kv_txn *snapshot, uint64_t position, struct record *record)
{
	struct bytes value;
	enum status  status;

	if (position == 0)
		return STATUS_NOT_FOUND;
	status = kv_get(snapshot, &log->records, position_key(&position), &value);
	return status == STATUS_OK ? decode(value, position, record) : status;
}

enum status log_each(struct log *log, struct kv_txn *snapshot, uint64_t from, uint32_t limit, reader_visit visit,
                     void *owner)
{
	struct kv_cursor *cursor = kv_cursor_open(snapshot, &log->records);
	struct bytes      key, value;
	struct record     record;
	enum status       status;

	require(from > 0);
	status = limit > 0 ? kv_seek(cursor, position_key(&from), &key, &value) : STATUS_NOT_FOUND;
	for (uint64_t position = from; status == STATUS_OK; position++) {
		status = decode(value, position, &record);
		if (status != STATUS_OK || !visit(owner, &record) || --limit == 0)
			break;
		status = kv_step(cursor, KV_NEXT, &key, &value);
	}
	kv_cursor_close(cursor);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
