#include "eventstore/log/binding.h"

enum { VALUE_SIZE = 24 };

#define KEY BYTES("store", 5)

static enum status bind_to(struct kv *kv, const struct kv_table *table, const struct log_identity *log)
{
	uint8_t        value[VALUE_SIZE];
	struct kv_txn *txn;
	enum status    status = kv_begin(kv, VALUE_SIZE, &txn);

	if (status != STATUS_OK)
		return status;
	memcpy(value, log->store.bytes, 16);
	memcpy(value + 16, &log->epoch, 8);
	status = kv_put(txn, table, KEY, BYTES(value, sizeof(value)));
	if (status != STATUS_OK) {
		kv_abort(txn);
		return status;
	}
	return kv_commit(txn);
}

/* NOT_FOUND: bound to no log yet. */
static enum status read_bound(struct kv *kv, const struct kv_table *table, struct id *store, uint64_t *epoch)
{
	struct bytes   bound;
	struct kv_txn *snapshot = kv_snapshot_create(kv);
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = kv_get(snapshot, table, KEY, &bound);
	if (status == STATUS_OK && bound.size != VALUE_SIZE)
		status = STATUS_CORRUPT;
	if (status == STATUS_OK) {
		memcpy(store->bytes, bound.data, 16);
		memcpy(epoch, bound.data + 16, 8);
	}
	kv_snapshot_destroy(snapshot);
	return status;
}

enum status binding_check(struct kv *kv, const struct kv_table *table, enum kv_mode mode,
                          const struct log_identity *log, uint64_t reached)
{
	struct id   store;
	uint64_t    epoch = 0;
	enum status status = read_bound(kv, table, &store, &epoch);
	bool        unbound = status == STATUS_NOT_FOUND;

	if (status == STATUS_OK && !identity_holds(log, store, epoch, reached))
		status = STATUS_CONFLICT;
	if (mode == KV_WRITE && (unbound || (status == STATUS_OK && epoch != log->epoch)))
		return bind_to(kv, table, log);
	return status;
}
