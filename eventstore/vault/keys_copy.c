#include "eventstore/vault/keys_copy.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/require.h"
#include "eventstore/vault/keys_parts.h"

#include <stdlib.h>

/* Nobody's slot: forgotten. */
#define NO_SLOT UINT64_MAX

struct holder {
	struct id person;
	uint64_t  slot;
};

/* What the table says of a vault, in the order of the persons' ids. */
struct listing {
	struct holder *items;
	size_t         count, capacity;
	struct buffer  root; /* wrapped */
};

/* ---------------------------------------------------------------- reading */

static void finish_listing(struct listing *listing)
{
	free(listing->items);
	buffer_finish(&listing->root);
}

static void add(struct listing *listing, struct id person, uint64_t slot)
{
	if (listing->count == listing->capacity) {
		listing->capacity = listing->capacity ? listing->capacity * 2 : 256;
		listing->items = realloc(listing->items, listing->capacity * sizeof(*listing->items));
		require(listing->items != NULL);
	}
	listing->items[listing->count++] = (struct holder){.person = person, .slot = slot};
}

static enum status add_entry(struct listing *listing, struct bytes key, struct bytes value)
{
	struct id person;
	uint64_t  slot = NO_SLOT;

	if (key.size != sizeof(person.bytes) || (value.size != 0 && value.size != sizeof(slot)))
		return STATUS_CORRUPT;
	memcpy(person.bytes, key.data, sizeof(person.bytes));
	if (value.size > 0)
		memcpy(&slot, value.data, sizeof(slot));
	add(listing, person, slot);
	return STATUS_OK;
}

static enum status list_persons(struct vault *vault, struct kv_txn *snapshot, struct listing *listing)
{
	struct kv_cursor *cursor = kv_cursor_open(snapshot, &vault->tables[TABLE_PERSON]);
	struct bytes      key, value;
	enum status       status = kv_step(cursor, KV_FIRST, &key, &value);

	while (status == STATUS_OK) {
		status = add_entry(listing, key, value);
		if (status == STATUS_OK)
			status = kv_step(cursor, KV_NEXT, &key, &value);
	}
	kv_cursor_close(cursor);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status list(struct vault *vault, struct listing *listing)
{
	struct kv_txn *snapshot = kv_snapshot_create(vault->kv);
	struct bytes   root;
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = kv_get(snapshot, &vault->tables[TABLE_META], META_ROOT, &root);
	if (status == STATUS_OK) {
		buffer_append(&listing->root, root);
		status = list_persons(vault, snapshot, listing);
	}
	kv_snapshot_destroy(snapshot);
	return status;
}

enum status keys_gather_forgotten(const char *directory, enum kv_mode mode, struct map *forgotten, struct hash *root)
{
	struct vault   vault = {0};
	struct listing listing = {0};
	enum status    status = vault_open(directory, mode, &vault);

	if (status == STATUS_OK)
		status = list(&vault, &listing);
	if (status == STATUS_OK)
		*root = hash_sha256(buffer_bytes(&listing.root));
	for (size_t i = 0; i < listing.count && status == STATUS_OK; i++)
		if (listing.items[i].slot == NO_SLOT)
			*map_put(forgotten, listing.items[i].person.bytes, NULL) = 1;
	finish_listing(&listing);
	vault_close(&vault);
	return status;
}

/* ---------------------------------------------------------------- copying */

/* Slots are taken in the order of the listing; what is forgotten takes none. */
static enum status copy_slots(struct vault *from, struct vault *to, struct listing *listing,
                              struct keys_copy_count *count)
{
	uint8_t     wrapped[WRAPPED_SIZE];
	enum status status = STATUS_OK;

	for (size_t i = 0; i < listing->count && status == STATUS_OK; i++) {
		struct holder *holder = &listing->items[i];

		status = holder->slot == NO_SLOT ? STATUS_FORGOTTEN : vault_read_slot(from, holder->slot, wrapped);
		if (status == STATUS_OK) {
			holder->slot = count->persons++;
			status = slots_write(to->slots, holder->slot, BYTES(wrapped, WRAPPED_SIZE));
		} else if (status == STATUS_FORGOTTEN) {
			holder->slot = NO_SLOT;
			count->forgotten++;
			status = STATUS_OK;
		}
	}
	return status == STATUS_OK ? slots_sync(to->slots) : status;
}

static enum status put_all(struct vault *to, struct kv_txn *txn, const struct listing *listing, uint64_t slots)
{
	enum status status = kv_put(txn, &to->tables[TABLE_META], META_ROOT, buffer_bytes(&listing->root));

	if (status == STATUS_OK)
		status = kv_put(txn, &to->tables[TABLE_META], META_SLOTS, BYTES(&slots, sizeof(slots)));
	for (size_t i = 0; i < listing->count && status == STATUS_OK; i++) {
		const struct holder *holder = &listing->items[i];

		status = kv_put(txn, &to->tables[TABLE_PERSON], BYTES(holder->person.bytes, 16),
		                BYTES(&holder->slot, holder->slot == NO_SLOT ? 0 : sizeof(holder->slot)));
	}
	return status;
}

/* The slots are synced before the table names them. */
static enum status write_table(struct vault *to, const struct listing *listing, uint64_t slots)
{
	struct kv_txn *txn;
	enum status    status = kv_begin(to->kv, (listing->count + 2) * ENTRY_SIZE, &txn);

	if (status != STATUS_OK)
		return status;
	status = put_all(to, txn, listing, slots);
	if (status == STATUS_OK)
		return kv_commit(txn);
	kv_abort(txn);
	return status;
}

static int by_person(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return memcmp(x->person.bytes, y->person.bytes, sizeof(x->person.bytes));
}

/* Also those whom the vault never knew, so that nobody gives them a key. */
static void forget(struct listing *listing, const struct map *forgotten)
{
	size_t      at = 0, known = 0, count = listing->count;
	const void *person;
	uint64_t   *value;
	struct map  seen = {.key_size = sizeof(struct id)};
	struct id   id;

	for (; known < count; known++)
		if (map_get(forgotten, listing->items[known].person.bytes)) {
			listing->items[known].slot = NO_SLOT;
			*map_put(&seen, listing->items[known].person.bytes, NULL) = 1;
		}
	while (map_each(forgotten, &at, &person, &value)) {
		memcpy(id.bytes, person, sizeof(id.bytes));
		if (!map_get(&seen, id.bytes))
			add(listing, id, NO_SLOT);
	}
	map_finish(&seen);
	if (listing->count > 0)
		qsort(listing->items, listing->count, sizeof(*listing->items), by_person);
}

static enum status check_new(struct vault *to)
{
	struct kv_txn *snapshot = kv_snapshot_create(to->kv);
	struct bytes   root;
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = kv_get(snapshot, &to->tables[TABLE_META], META_ROOT, &root);
	kv_snapshot_destroy(snapshot);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status == STATUS_OK ? STATUS_CONFLICT : status;
}

static enum status copy(struct vault *from, const char *to, struct listing *listing, struct keys_copy_count *out)
{
	struct vault           made = {0};
	struct keys_copy_count count = {0};
	enum status            status = vault_open(to, KV_WRITE, &made);

	if (status == STATUS_OK)
		status = check_new(&made);
	if (status == STATUS_OK)
		status = copy_slots(from, &made, listing, &count);
	if (status == STATUS_OK)
		status = write_table(&made, listing, count.persons);
	if (status == STATUS_OK)
		status = kv_trim(made.kv);
	vault_close(&made);
	if (status == STATUS_OK)
		*out = count;
	return status;
}

enum status keys_copy(const char *from, enum kv_mode mode, const char *to, const struct map *forgotten,
                      struct keys_copy_count *out)
{
	struct vault   vault = {0};
	struct listing listing = {0};
	enum status    status = vault_open(from, mode, &vault);

	if (status == STATUS_OK)
		status = list(&vault, &listing);
	if (status == STATUS_OK && forgotten)
		forget(&listing, forgotten);
	if (status == STATUS_OK)
		status = copy(&vault, to, &listing, out);
	finish_listing(&listing);
	vault_close(&vault);
	return status;
}
