#include "eventstore/vault/keys_check.h"

#include "eventstore/disk/kv.h"

/* As keys.c has them. */
enum table { TABLE_PERSON, TABLE_META, TABLE_COUNT };

struct check {
	struct keys        *keys;
	keys_damaged        visit;
	void               *owner;
	struct keys_checked found;
	uint64_t            slots; /* up to the last that is somebody's */
};

static void take_person(struct check *check, struct bytes key, struct bytes value)
{
	struct id   person = {{0}};
	uint64_t    slot;
	enum status status = STATUS_CORRUPT;

	if (key.size == sizeof(person.bytes)) {
		memcpy(person.bytes, key.data, sizeof(person.bytes));
		status = keys_state(check->keys, person);
	}
	if (value.size == sizeof(slot)) {
		memcpy(&slot, value.data, sizeof(slot));
		if (slot >= check->slots)
			check->slots = slot + 1;
	}
	check->found.open += status == STATUS_OK;
	check->found.forgotten += status == STATUS_FORGOTTEN;
	if (status == STATUS_OK || status == STATUS_FORGOTTEN)
		return;
	check->found.damaged++;
	check->visit(check->owner, person);
}

static enum status take_persons(struct check *check, struct kv_txn *snapshot, const struct kv_table *table)
{
	struct kv_cursor *cursor = kv_cursor_open(snapshot, table);
	struct bytes      key, value;
	enum status       status = kv_step(cursor, KV_FIRST, &key, &value);

	while (status == STATUS_OK) {
		take_person(check, key, value);
		status = kv_step(cursor, KV_NEXT, &key, &value);
	}
	kv_cursor_close(cursor);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status take_count(struct check *check, struct kv_txn *snapshot, const struct kv_table *table)
{
	struct bytes value;
	uint64_t     taken = 0;
	enum status  status = kv_get(snapshot, table, BYTES("slots", 5), &value);

	if (status == STATUS_OK && value.size == sizeof(taken))
		memcpy(&taken, value.data, sizeof(taken));
	check->found.slots_damaged = taken < check->slots;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status check_all(struct check *check, struct kv *kv, const struct kv_table *tables)
{
	struct kv_txn *snapshot = kv_snapshot_create(kv);
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = take_persons(check, snapshot, &tables[TABLE_PERSON]);
	if (status == STATUS_OK)
		status = take_count(check, snapshot, &tables[TABLE_META]);
	kv_snapshot_destroy(snapshot);
	return status;
}

enum status keys_check(struct keys *keys, const char *directory, keys_damaged visit, void *owner,
                       struct keys_checked *out)
{
	struct check    check = {.keys = keys, .visit = visit, .owner = owner};
	struct kv_table tables[TABLE_COUNT] = {[TABLE_PERSON] = {.name = "person"}, [TABLE_META] = {.name = "meta"}};
	struct kv      *kv;
	enum status     status = kv_open(directory, KV_READ, tables, TABLE_COUNT, &kv);

	if (status != STATUS_OK)
		return status;
	status = check_all(&check, kv, tables);
	kv_close(kv);
	if (status == STATUS_OK)
		*out = check.found;
	return status;
}
