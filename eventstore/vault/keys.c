#include "eventstore/vault/keys.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "eventstore/vault/keys_parts.h"
#include "eventstore/vault/master_key.h"

#include <pthread.h>
#include <stdlib.h>

enum { FRESH_KEYS_MAX = 1 << 16 };

struct fresh_key {
	struct id       person;
	struct seal_key key;
};

struct keys {
	struct vault    vault;
	struct seal_key master;
	struct seal_key root;
	struct sealer   sealer;
	struct sealer   present_sealer;
	struct opener   opener;

	/* Readers share one snapshot per call; the lock also guards the keys that are not on disk yet. */
	pthread_mutex_t   lock;
	struct kv_txn    *snapshot;
	struct map        fresh_index; /* person -> index in fresh + 1 */
	struct fresh_key *fresh;
	size_t            fresh_count;
};

/* ---------------------------------------------------------------- wrapping */

static struct bytes wrap_context(struct id person, uint8_t context[32])
{
	memcpy(context, "orrery person 1\0", 16);
	memcpy(context + 16, person.bytes, 16);
	return BYTES(context, 32);
}

static void wrap(const struct keys *keys, struct id person, const struct seal_key *key, uint8_t wrapped[WRAPPED_SIZE])
{
	uint8_t context[32];

	seal(&keys->master, wrap_context(person, context), BYTES(key->bytes, sizeof(key->bytes)), wrapped);
}

/* False when the bytes were not wrapped for this person under this master key, or are erased. */
static bool unwrap(const struct keys *keys, struct id person, struct bytes wrapped, struct seal_key *key)
{
	uint8_t context[32];

	return wrapped.size == WRAPPED_SIZE
	       && seal_open(&keys->master, wrap_context(person, context), wrapped, key->bytes);
}

/* Where the person's key lies. With the lock held. NOT_FOUND: never had one. FORGOTTEN: erased. */
static enum status find_slot(struct keys *keys, struct id person, uint64_t *slot)
{
	enum status status = kv_snapshot_renew(keys->snapshot);

	if (status == STATUS_OK)
		status = vault_find_slot(&keys->vault, keys->snapshot, person, slot);
	kv_snapshot_rest(keys->snapshot);
	return status;
}

/* FORGOTTEN: the slot was erased while the table still names it. CORRUPT: something else than a key of this vault. */
static enum status open_slot(struct keys *keys, struct id person, uint64_t slot, struct seal_key *key)
{
	static const uint8_t erased[WRAPPED_SIZE];
	uint8_t              wrapped[WRAPPED_SIZE];
	enum status          status = slots_read(keys->vault.slots, slot, wrapped, sizeof(wrapped));

	if (status != STATUS_OK)
		return status;
	if (memcmp(wrapped, erased, sizeof(erased)) == 0)
		return STATUS_FORGOTTEN;
	return unwrap(keys, person, BYTES(wrapped, sizeof(wrapped)), key) ? STATUS_OK : STATUS_CORRUPT;
}

/* The key on disk. NOT_FOUND: never had one. FORGOTTEN: erased. */
static enum status stored_key(struct keys *keys, struct id person, struct seal_key *key)
{
	uint64_t    slot;
	enum status status = find_slot(keys, person, &slot);

	if (status != STATUS_OK)
		return status;
	status = open_slot(keys, person, slot, key);
	/* Another process may be erasing the slot at this moment: then a second look finds it erased. */
	return status == STATUS_CORRUPT ? open_slot(keys, person, slot, key) : status;
}

/* With the lock held. */
static enum status known_key(struct keys *keys, struct id person, struct seal_key *key)
{
	const uint64_t *fresh = map_get(&keys->fresh_index, person.bytes);

	if (!fresh)
		return stored_key(keys, person, key);
	*key = keys->fresh[*fresh - 1].key;
	return STATUS_OK;
}

static enum status find_key(struct keys *keys, struct id person, struct seal_key *key)
{
	enum status status;

	pthread_mutex_lock(&keys->lock);
	status = known_key(keys, person, key);
	pthread_mutex_unlock(&keys->lock);
	return status;
}

enum status keys_state(struct keys *keys, struct id person)
{
	struct seal_key key;
	enum status     status = find_key(keys, person, &key);

	secret_wipe(&key, sizeof(key));
	return status;
}

static enum status find_or_make_key(struct keys *keys, struct id person, struct seal_key *key)
{
	enum status status;

	pthread_mutex_lock(&keys->lock);
	status = known_key(keys, person, key);
	if (status == STATUS_NOT_FOUND && keys->fresh_count == FRESH_KEYS_MAX) {
		status = STATUS_BUSY;
	} else if (status == STATUS_NOT_FOUND) {
		seal_key_fresh(key);
		keys->fresh[keys->fresh_count++] = (struct fresh_key){.person = person, .key = *key};
		*map_put(&keys->fresh_index, person.bytes, NULL) = keys->fresh_count;
		status = STATUS_OK;
	}
	pthread_mutex_unlock(&keys->lock);
	return status;
}

/* ---------------------------------------------------------------- sealing and opening */

/* The key is wiped. */
static struct bytes seal_under(struct seal_key *key, struct bytes context, struct text clear, struct arena *arena)
{
	uint8_t *out = arena_alloc(arena, clear.size + SEAL_OVERHEAD);

	seal(key, context, text_bytes(clear), out);
	secret_wipe(key, sizeof(*key));
	return BYTES(out, clear.size + SEAL_OVERHEAD);
}

static enum status seal_text(void *owner, struct id person, struct text label, struct text clear, struct arena *arena,
                             struct bytes *sealed)
{
	struct seal_key key;
	enum status     status = find_or_make_key(owner, person, &key);

	if (status == STATUS_OK)
		*sealed = seal_under(&key, personal_context(arena, person, label), clear, arena);
	return status;
}

static enum status seal_under_present(void *owner, struct id person, struct text label, struct text clear,
                                      struct arena *arena, struct bytes *sealed)
{
	struct seal_key key;
	enum status     status = find_key(owner, person, &key);

	if (status == STATUS_OK)
		*sealed = seal_under(&key, personal_context(arena, person, label), clear, arena);
	return status == STATUS_NOT_FOUND ? STATUS_FORGOTTEN : status;
}

static enum status open_under(const struct seal_key *key, struct bytes context, struct bytes sealed,
                              struct arena *arena, struct text *clear)
{
	uint8_t *out;

	if (sealed.size < SEAL_OVERHEAD)
		return STATUS_FORGOTTEN;
	out = arena_alloc(arena, sealed.size - SEAL_OVERHEAD + 1);
	if (!seal_open(key, context, sealed, out))
		return STATUS_FORGOTTEN;
	*clear = (struct text){.data = (const char *)out, .size = sealed.size - SEAL_OVERHEAD};
	return STATUS_OK;
}

static enum status open_held(void *owner, struct id person, struct text label, struct bytes sealed, struct arena *arena,
                             struct text *clear)
{
	struct key_hold *hold = owner;
	enum status      status = STATUS_OK;

	if (!id_present(person) || !id_equal(hold->person, person)) {
		status = find_key(hold->keys, person, &hold->key);
		hold->person = status == STATUS_OK ? person : ID_NONE;
	}
	if (status == STATUS_OK)
		status = open_under(&hold->key, personal_context(arena, person, label), sealed, arena, clear);
	return status == STATUS_NOT_FOUND ? STATUS_FORGOTTEN : status;
}

static enum status open_text(void *owner, struct id person, struct text label, struct bytes sealed, struct arena *arena,
                             struct text *clear)
{
	struct key_hold hold;
	enum status     status;

	key_hold_init(&hold, owner);
	status = open_held(&hold, person, label, sealed, arena, clear);
	key_hold_finish(&hold);
	return status;
}

void key_hold_init(struct key_hold *hold, struct keys *keys)
{
	*hold = (struct key_hold){.opener = {.owner = hold, .open = open_held}, .keys = keys};
}

void key_hold_finish(struct key_hold *hold)
{
	secret_wipe(hold, sizeof(*hold));
}

const struct sealer *keys_sealer(struct keys *keys)
{
	return &keys->sealer;
}

const struct sealer *keys_present_sealer(struct keys *keys)
{
	return &keys->present_sealer;
}

const struct opener *keys_opener(struct keys *keys)
{
	return &keys->opener;
}

struct hash keys_secret(const struct keys *keys, struct text label)
{
	struct hash root;

	memcpy(root.bytes, keys->root.bytes, sizeof(root.bytes));
	return hash_keyed(&root, label, BYTES("", 0));
}

struct hash keys_claim_hash(const struct keys *keys, struct text claim, struct text value)
{
	struct hash  secret = keys_secret(keys, TEXT("claim"));
	struct arena arena = {0};
	char        *folded = arena_alloc(&arena, value.size + 1);
	struct hash  hash;

	for (size_t i = 0; i < value.size; i++)
		folded[i] = value.data[i] >= 'A' && value.data[i] <= 'Z' ? (char)(value.data[i] | 0x20) : value.data[i];
	hash = hash_keyed(&secret, claim, BYTES(folded, value.size));
	arena_finish(&arena);
	return hash;
}

/* ---------------------------------------------------------------- opening the vault */

static enum status store_root(struct keys *keys)
{
	uint8_t        wrapped[WRAPPED_SIZE];
	struct kv_txn *txn;
	enum status    status = kv_begin(keys->vault.kv, ENTRY_SIZE, &txn);

	if (status != STATUS_OK)
		return status;
	seal_key_fresh(&keys->root);
	wrap(keys, ID_NONE, &keys->root, wrapped);
	status = kv_put(txn, &keys->vault.tables[TABLE_META], META_ROOT, BYTES(wrapped, sizeof(wrapped)));
	if (status != STATUS_OK) {
		kv_abort(txn);
		return status;
	}
	return kv_commit(txn);
}

static enum status load_root(struct keys *keys)
{
	struct bytes wrapped;
	enum status  status = kv_snapshot_renew(keys->snapshot);

	if (status == STATUS_OK)
		status = kv_get(keys->snapshot, &keys->vault.tables[TABLE_META], META_ROOT, &wrapped);
	if (status == STATUS_OK && !unwrap(keys, ID_NONE, wrapped, &keys->root)) {
		diag(DIAG_ERROR, "master_key_wrong", "the master key does not open this vault");
		status = STATUS_DENIED;
	}
	kv_snapshot_rest(keys->snapshot);
	return status;
}

static enum status open_vault(struct keys *keys, const char *master_path, enum keys_mode mode)
{
	bool        writing = mode == KEYS_WRITE, empty;
	enum status status;

	keys->snapshot = kv_snapshot_create(keys->vault.kv);
	status = kv_snapshot_renew(keys->snapshot);
	if (status == STATUS_OK) {
		struct bytes wrapped;

		status = kv_get(keys->snapshot, &keys->vault.tables[TABLE_META], META_ROOT, &wrapped);
	}
	kv_snapshot_rest(keys->snapshot);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	empty = status == STATUS_NOT_FOUND;
	if (empty && !writing)
		return STATUS_NOT_FOUND;
	/* Only a vault without keys may get a new master key: for any other, a lost one must stay a loud failure. */
	status = master_key_find(master_path, empty, &keys->master);
	if (status == STATUS_NOT_FOUND && !empty) {
		diag(DIAG_ERROR, "master_key_missing", "the vault holds keys but %s does not exist", master_path);
		return STATUS_DENIED;
	}
	if (status == STATUS_OK)
		status = empty ? store_root(keys) : load_root(keys);
	return status;
}

enum status keys_open(const char *directory, const char *master_path, enum keys_mode mode, struct keys **out)
{
	struct keys *keys = calloc(1, sizeof(*keys));
	enum status  status;

	require(keys != NULL);
	keys->fresh_index.key_size = sizeof(struct id);
	keys->sealer = (struct sealer){.owner = keys, .seal = seal_text};
	keys->present_sealer = (struct sealer){.owner = keys, .seal = seal_under_present};
	keys->opener = (struct opener){.owner = keys, .open = open_text};
	pthread_mutex_init(&keys->lock, NULL);
	status = vault_open(directory, mode == KEYS_WRITE ? KV_WRITE : KV_READ, &keys->vault);
	if (status == STATUS_OK)
		status = open_vault(keys, master_path, mode);
	if (status != STATUS_OK) {
		keys_close(keys);
		return status;
	}
	if (mode == KEYS_WRITE) {
		keys->fresh = calloc(FRESH_KEYS_MAX, sizeof(*keys->fresh));
		require(keys->fresh != NULL);
	}
	*out = keys;
	return STATUS_OK;
}

void keys_close(struct keys *keys)
{
	if (!keys)
		return;
	kv_snapshot_destroy(keys->snapshot);
	vault_close(&keys->vault);
	map_finish(&keys->fresh_index);
	if (keys->fresh)
		secret_wipe(keys->fresh, FRESH_KEYS_MAX * sizeof(*keys->fresh));
	free(keys->fresh);
	pthread_mutex_destroy(&keys->lock);
	secret_wipe(keys, sizeof(*keys));
	free(keys);
}

/* ---------------------------------------------------------------- making keys durable */

/* A person who was forgotten after the key was made stays forgotten: what it sealed opens for nobody. */
static enum status put_fresh_key(struct keys *keys, struct kv_txn *txn, const struct fresh_key *fresh, uint64_t *slot)
{
	struct bytes key = BYTES(fresh->person.bytes, sizeof(fresh->person.bytes)), stored;
	uint8_t      wrapped[WRAPPED_SIZE];
	enum status  status = kv_get(txn, &keys->vault.tables[TABLE_PERSON], key, &stored);

	if (status != STATUS_NOT_FOUND)
		return status;
	wrap(keys, fresh->person, &fresh->key, wrapped);
	status = slots_write(keys->vault.slots, *slot, BYTES(wrapped, sizeof(wrapped)));
	if (status == STATUS_OK)
		status = kv_put(txn, &keys->vault.tables[TABLE_PERSON], key, BYTES(slot, sizeof(*slot)));
	++*slot;
	return status;
}

/* The slots are synced before the table names them. */
static enum status put_fresh(struct keys *keys, struct kv_txn *txn, size_t count)
{
	uint64_t    slot;
	enum status status = vault_taken_slots(&keys->vault, txn, &slot);

	for (size_t i = 0; i < count && status == STATUS_OK; i++)
		status = put_fresh_key(keys, txn, &keys->fresh[i], &slot);
	if (status == STATUS_OK)
		status = slots_sync(keys->vault.slots);
	return status == STATUS_OK
	               ? kv_put(txn, &keys->vault.tables[TABLE_META], META_SLOTS, BYTES(&slot, sizeof(slot)))
	               : status;
}

/* Keys made since stay: what was written moves out at the front. */
static void drop_fresh(struct keys *keys, size_t count)
{
	pthread_mutex_lock(&keys->lock);
	keys->fresh_count -= count;
	memmove(keys->fresh, keys->fresh + count, keys->fresh_count * sizeof(*keys->fresh));
	secret_wipe(keys->fresh + keys->fresh_count, count * sizeof(*keys->fresh));
	map_clear(&keys->fresh_index);
	for (size_t i = 0; i < keys->fresh_count; i++)
		*map_put(&keys->fresh_index, keys->fresh[i].person.bytes, NULL) = i + 1;
	pthread_mutex_unlock(&keys->lock);
}

enum status keys_commit(struct keys *keys)
{
	struct kv_txn *txn;
	enum status    status;
	size_t         count;

	pthread_mutex_lock(&keys->lock);
	count = keys->fresh_count;
	pthread_mutex_unlock(&keys->lock);
	if (count == 0)
		return STATUS_OK;
	status = kv_begin(keys->vault.kv, count * ENTRY_SIZE, &txn);
	if (status != STATUS_OK)
		return status;
	status = put_fresh(keys, txn, count);
	if (status == STATUS_OK)
		status = kv_commit(txn);
	else
		kv_abort(txn);
	if (status == STATUS_OK)
		drop_fresh(keys, count);
	return status;
}

/* ---------------------------------------------------------------- forgetting */

enum status keys_forget(struct keys *keys, struct id person)
{
	uint64_t    slot;
	enum status status = keys_commit(keys); /* a key made a moment ago must be on disk to be destroyed there */

	if (status != STATUS_OK)
		return status;
	pthread_mutex_lock(&keys->lock);
	status = find_slot(keys, person, &slot);
	pthread_mutex_unlock(&keys->lock);
	if (status == STATUS_FORGOTTEN)
		return STATUS_OK;
	/* The bytes go first: a crash in between leaves a key that does not open, which reads as forgotten. */
	if (status == STATUS_OK)
		status = slots_erase(keys->vault.slots, slot);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	return vault_put_tombstone(&keys->vault, person);
}

void keys_clear_dead_readers(struct keys *keys)
{
	kv_clear_dead_readers(keys->vault.kv);
}
