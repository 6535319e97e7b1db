#include "eventstore/vault/keys_parts.h"

#include <limits.h>
#include <stdio.h>

enum { READS_MAX = 100 };

enum status vault_open(const char *directory, enum kv_mode mode, struct vault *vault)
{
	char        path[PATH_MAX];
	enum status status;

	if (snprintf(path, sizeof(path), "%s/" KEYS_WRAPPED_FILE, directory) >= (int)sizeof(path))
		return STATUS_INVALID;
	keys_name_tables(vault->tables);
	status = kv_open(directory, mode, vault->tables, TABLE_COUNT, &vault->kv);
	return status == STATUS_OK ? slots_open(path, mode == KV_WRITE, &vault->slots) : status;
}

void vault_close(struct vault *vault)
{
	kv_close(vault->kv);
	slots_close(vault->slots);
}

enum status vault_find_slot(struct vault *vault, struct kv_txn *txn, struct id person, uint64_t *slot)
{
	struct bytes value;
	enum status  status = kv_get(txn, &vault->tables[TABLE_PERSON], BYTES(person.bytes, 16), &value);

	if (status == STATUS_OK && value.size == 0)
		return STATUS_FORGOTTEN;
	if (status == STATUS_OK && value.size != sizeof(*slot))
		return STATUS_CORRUPT;
	if (status == STATUS_OK)
		memcpy(slot, value.data, sizeof(*slot));
	return status;
}

static bool is_zero(const uint8_t wrapped[WRAPPED_SIZE])
{
	static const uint8_t erased[WRAPPED_SIZE];

	return memcmp(wrapped, erased, WRAPPED_SIZE) == 0;
}

/* A slot may be erased while it is read; what reads the same twice is one or the other. */
enum status vault_read_slot(struct vault *vault, uint64_t slot, uint8_t wrapped[WRAPPED_SIZE])
{
	uint8_t     again[WRAPPED_SIZE];
	enum status status;

	for (int i = 0; i < READS_MAX; i++) {
		status = slots_read(vault->slots, slot, wrapped, WRAPPED_SIZE);
		if (status == STATUS_OK)
			status = slots_read(vault->slots, slot, again, WRAPPED_SIZE);
		if (status != STATUS_OK)
			return status;
		if (memcmp(wrapped, again, WRAPPED_SIZE) == 0)
			return is_zero(wrapped) ? STATUS_FORGOTTEN : STATUS_OK;
	}
	return STATUS_BUSY;
}

enum status vault_taken_slots(struct vault *vault, struct kv_txn *txn, uint64_t *count)
{
	struct bytes value;
	enum status  status = kv_get(txn, &vault->tables[TABLE_META], META_SLOTS, &value);

	*count = 0;
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_OK && value.size != sizeof(*count))
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		memcpy(count, value.data, sizeof(*count));
	return status;
}

enum status vault_put_tombstone(struct vault *vault, struct id person)
{
	struct kv_txn *txn;
	enum status    status = kv_begin(vault->kv, ENTRY_SIZE, &txn);

	if (status != STATUS_OK)
		return status;
	status = kv_put(txn, &vault->tables[TABLE_PERSON], BYTES(person.bytes, 16), BYTES("", 0));
	if (status != STATUS_OK) {
		kv_abort(txn);
		return status;
	}
	return kv_commit(txn);
}
