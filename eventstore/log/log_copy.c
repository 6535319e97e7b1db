#include "eventstore/log/log_copy.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { BYTES_AT_ONCE = 16 << 20 };

struct copying {
	const struct log_copy_plan *plan;
	struct log_copy_outcome    *out;
	struct merkle_frontier      tree;
	struct buffer               bytes; /* the records that wait to be written, one behind the other */
	size_t                      sizes[LOG_COPY_AT_ONCE];
	uint32_t                    count;
	uint64_t                    damaged; /* position; 0: nothing so far */
};

static bool intact(struct copying *copying, const struct record *record)
{
	struct hash completed[MERKLE_LEVELS_MAX], leaf = hash_leaf(record->encoded);

	if (record->position != copying->tree.size + 1)
		return false;
	/* The first of the nodes is the leaf hash. */
	merkle_append(&copying->tree, &leaf, completed);
	return memcmp(completed, record->nodes, merkle_completed(record->position) * sizeof(struct hash)) == 0;
}

static void keep(struct copying *copying, const struct record *record)
{
	if (!copying->plan->to || record->position > copying->plan->to_last)
		return;
	buffer_append(&copying->bytes, record->encoded);
	copying->sizes[copying->count++] = record->encoded.size;
}

static void note_mark(struct copying *copying)
{
	if (copying->tree.size == copying->plan->mark)
		copying->out->mark_root = merkle_frontier_root(&copying->tree);
}

static bool take(void *owner, const struct record *record)
{
	struct copying *copying = owner;
	uint64_t        expected = copying->tree.size + 1;

	if (!intact(copying, record)) {
		copying->damaged = expected;
		return false;
	}
	note_mark(copying);
	keep(copying, record);
	return copying->bytes.size < BYTES_AT_ONCE;
}

static enum status read_some(struct copying *copying, struct kv_txn *snapshot)
{
	const struct log_copy_plan *plan = copying->plan;
	struct log_copy_outcome    *out = copying->out;
	uint64_t                    from = copying->tree.size + 1, left = plan->last - copying->tree.size;
	int64_t                     began_us = clock_monotonic_us(), took_us;
	enum status                 status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = log_each(plan->from, snapshot, from,
		                  left < LOG_COPY_AT_ONCE ? (uint32_t)left : LOG_COPY_AT_ONCE, take, copying);
	kv_snapshot_rest(snapshot);
	took_us = clock_monotonic_us() - began_us;
	if (took_us > out->snapshot_us_max)
		out->snapshot_us_max = took_us;
	if (status == STATUS_OK && (copying->damaged > 0 || copying->tree.size + 1 == from))
		status = STATUS_CORRUPT;
	if (status == STATUS_CORRUPT)
		out->damaged = copying->damaged > 0 ? copying->damaged : copying->tree.size + 1;
	if (plan->done)
		*plan->done = copying->tree.size;
	return status;
}

static enum status write_some(struct copying *copying)
{
	struct bytes records[LOG_COPY_AT_ONCE];
	uint8_t     *at = copying->bytes.data;
	uint32_t     count = copying->count;

	for (uint32_t i = 0; i < count; at += copying->sizes[i++])
		records[i] = BYTES(at, copying->sizes[i]);
	copying->count = 0;
	copying->bytes.size = 0;
	return count > 0 ? log_append(copying->plan->to, records, count) : STATUS_OK;
}

enum status log_copy(const struct log_copy_plan *plan, struct log_copy_outcome *out)
{
	struct copying *copying = calloc(1, sizeof(*copying));
	struct kv_txn  *snapshot = kv_snapshot_create(log_kv(plan->from));
	enum status     status = STATUS_OK;

	require(copying != NULL && plan->to_last <= plan->last && plan->mark <= plan->last);
	*out = (struct log_copy_outcome){0};
	copying->plan = plan;
	copying->out = out;
	note_mark(copying);
	while (status == STATUS_OK && copying->tree.size < plan->last) {
		status = read_some(copying, snapshot);
		if (status == STATUS_OK)
			status = write_some(copying);
	}
	out->root = merkle_frontier_root(&copying->tree);
	buffer_finish(&copying->bytes);
	kv_snapshot_destroy(snapshot);
	free(copying);
	return status;
}
