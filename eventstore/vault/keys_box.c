#include "eventstore/vault/keys_box.h"

#include "eventstore/base/require.h"
#include "eventstore/vault/keys_parts.h"

#include <stdlib.h>

_Static_assert((int)KEYS_WRAPPED_SIZE == (int)WRAPPED_SIZE, "as the vault has them");

#define META_STATE BYTES("copied", 6)

enum { PUT_FIRST = 64 };

struct put {
	struct id          person;
	struct wrapped_key key;
};

struct keys_box {
	struct vault        vault;
	struct kv_txn      *snapshot;
	struct put         *puts;
	size_t              put_count, put_capacity;
	bool                state_due;
	enum keys_box_state state;
};

enum status keys_box_open(const char *directory, enum kv_mode mode, struct keys_box **out)
{
	struct keys_box *box = calloc(1, sizeof(*box));
	enum status      status;

	require(box != NULL);
	status = vault_open(directory, mode, &box->vault);
	if (status != STATUS_OK) {
		keys_box_close(box);
		return status;
	}
	box->snapshot = kv_snapshot_create(box->vault.kv);
	*out = box;
	return STATUS_OK;
}

void keys_box_close(struct keys_box *box)
{
	if (!box)
		return;
	kv_snapshot_destroy(box->snapshot);
	vault_close(&box->vault);
	free(box->puts);
	free(box);
}

/* ---------------------------------------------------------------- reading */

static enum status read_meta(struct keys_box *box, struct bytes key, void *out, size_t size)
{
	struct bytes value;
	enum status  status = kv_snapshot_renew(box->snapshot);

	if (status == STATUS_OK)
		status = kv_get(box->snapshot, &box->vault.tables[TABLE_META], key, &value);
	if (status == STATUS_OK && value.size != size)
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		memcpy(out, value.data, size);
	kv_snapshot_rest(box->snapshot);
	return status;
}

static enum status find_slot(struct keys_box *box, struct id person, uint64_t *slot)
{
	enum status status = kv_snapshot_renew(box->snapshot);

	if (status == STATUS_OK)
		status = vault_find_slot(&box->vault, box->snapshot, person, slot);
	kv_snapshot_rest(box->snapshot);
	return status;
}

enum status keys_box_read(struct keys_box *box, struct id person, struct wrapped_key *out)
{
	uint64_t    slot;
	enum status status;

	if (!id_present(person))
		return read_meta(box, META_ROOT, out->bytes, sizeof(out->bytes));
	status = find_slot(box, person, &slot);
	return status == STATUS_OK ? vault_read_slot(&box->vault, slot, out->bytes) : status;
}

enum status keys_box_next(struct keys_box *box, struct id *person)
{
	struct kv_cursor *cursor;
	struct bytes      key, value;
	enum status       status = kv_snapshot_renew(box->snapshot);

	if (status != STATUS_OK)
		return status;
	cursor = kv_cursor_open(box->snapshot, &box->vault.tables[TABLE_PERSON]);
	status = kv_seek(cursor, BYTES(person->bytes, sizeof(person->bytes)), &key, &value);
	if (status == STATUS_OK && bytes_equal(key, BYTES(person->bytes, sizeof(person->bytes))))
		status = kv_step(cursor, KV_NEXT, &key, &value);
	if (status == STATUS_OK && key.size != sizeof(person->bytes))
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		memcpy(person->bytes, key.data, sizeof(person->bytes));
	kv_cursor_close(cursor);
	kv_snapshot_rest(box->snapshot);
	return status;
}

enum status keys_box_state(struct keys_box *box, enum keys_box_state *out)
{
	uint8_t     stored = (uint8_t)box->state;
	enum status status = box->state_due ? STATUS_OK : read_meta(box, META_STATE, &stored, sizeof(stored));

	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	*out = status == STATUS_OK ? (enum keys_box_state)stored : BOX_OWN;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- writing */

static enum status check_root(struct keys_box *box, const struct wrapped_key *root, bool *there)
{
	struct wrapped_key own;
	enum status        status = keys_box_read(box, ID_NONE, &own);

	*there = status == STATUS_OK;
	if (status == STATUS_OK && memcmp(own.bytes, root->bytes, sizeof(own.bytes)) != 0)
		return STATUS_CONFLICT;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void keep(struct keys_box *box, struct id person, const struct wrapped_key *key)
{
	if (box->put_count == box->put_capacity) {
		box->put_capacity = box->put_capacity ? box->put_capacity * 2 : PUT_FIRST;
		box->puts = realloc(box->puts, box->put_capacity * sizeof(*box->puts));
		require(box->puts != NULL);
	}
	box->puts[box->put_count++] = (struct put){.person = person, .key = *key};
}

enum status keys_box_put(struct keys_box *box, struct id person, const struct wrapped_key *key)
{
	uint64_t    slot;
	bool        there;
	enum status status;

	if (!id_present(person)) {
		status = check_root(box, key, &there);
	} else {
		status = find_slot(box, person, &slot);
		there = status == STATUS_OK || status == STATUS_FORGOTTEN;
		status = there || status == STATUS_NOT_FOUND ? STATUS_OK : status;
	}
	if (status == STATUS_OK && !there)
		keep(box, person, key);
	return status;
}

size_t keys_box_waiting(const struct keys_box *box)
{
	return box->put_count * sizeof(*box->puts);
}

void keys_box_set_state(struct keys_box *box, enum keys_box_state state)
{
	box->state = state;
	box->state_due = true;
}

/* One person may have been put twice before either was on disk. */
static enum status write_put(struct keys_box *box, struct kv_txn *txn, const struct put *put, uint64_t *slots)
{
	struct bytes key = BYTES(put->person.bytes, sizeof(put->person.bytes)), stored;
	struct bytes wrapped = BYTES(put->key.bytes, sizeof(put->key.bytes));
	enum status  status;

	if (!id_present(put->person))
		return kv_put(txn, &box->vault.tables[TABLE_META], META_ROOT, wrapped);
	status = kv_get(txn, &box->vault.tables[TABLE_PERSON], key, &stored);
	if (status != STATUS_NOT_FOUND)
		return status;
	status = slots_write(box->vault.slots, *slots, wrapped);
	if (status == STATUS_OK)
		status = kv_put(txn, &box->vault.tables[TABLE_PERSON], key, BYTES(slots, sizeof(*slots)));
	++*slots;
	return status;
}

static enum status write_state(struct keys_box *box, struct kv_txn *txn)
{
	uint8_t state = (uint8_t)box->state;

	if (!box->state_due)
		return STATUS_OK;
	return kv_put(txn, &box->vault.tables[TABLE_META], META_STATE, BYTES(&state, sizeof(state)));
}

/* The slots are synced before the table names them. */
static enum status write_all(struct keys_box *box, struct kv_txn *txn)
{
	uint64_t    slots;
	enum status status = vault_taken_slots(&box->vault, txn, &slots);

	for (size_t i = 0; i < box->put_count && status == STATUS_OK; i++)
		status = write_put(box, txn, &box->puts[i], &slots);
	if (status == STATUS_OK)
		status = slots_sync(box->vault.slots);
	if (status == STATUS_OK)
		status = kv_put(txn, &box->vault.tables[TABLE_META], META_SLOTS, BYTES(&slots, sizeof(slots)));
	return status == STATUS_OK ? write_state(box, txn) : status;
}

enum status keys_box_commit(struct keys_box *box)
{
	struct kv_txn *txn;
	enum status    status;

	if (box->put_count == 0 && !box->state_due)
		return STATUS_OK;
	status = kv_begin(box->vault.kv, (box->put_count + 2) * ENTRY_SIZE, &txn);
	if (status != STATUS_OK)
		return status;
	status = write_all(box, txn);
	if (status != STATUS_OK) {
		kv_abort(txn);
		return status;
	}
	box->put_count = 0;
	box->state_due = false;
	return kv_commit(txn);
}

enum status keys_box_forget(struct keys_box *box, struct id person)
{
	uint64_t    slot;
	enum status status;

	require(box->put_count == 0);
	status = find_slot(box, person, &slot);
	if (status == STATUS_FORGOTTEN)
		return STATUS_OK;
	/* The bytes go first: a crash in between leaves a key that does not open, which reads as forgotten. */
	if (status == STATUS_OK)
		status = slots_erase(box->vault.slots, slot);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	return vault_put_tombstone(&box->vault, person);
}
