#include "eventstore/keys.h"

#include "eventstore/base/arena.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "eventstore/kv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* person: id 16 -> wrapped key, or nothing once forgotten. meta: "root" -> wrapped root of the store's secrets. */
enum table { TABLE_PERSON, TABLE_META, TABLE_COUNT };

enum { WRAPPED_SIZE = SEAL_KEY_SIZE + SEAL_OVERHEAD, FRESH_KEYS_MAX = 1 << 16 };

#define META_ROOT BYTES("root", 4)

struct fresh_key {
	struct id       person;
	struct seal_key key;
};

struct keys {
	struct kv      *kv;
	struct kv_table tables[TABLE_COUNT];
	char            data_path[PATH_MAX]; /* the environment's data file, for scrubbing */
	struct seal_key master;
	struct seal_key root;
	struct sealer   sealer;
	struct opener   opener;

	/* Readers share one snapshot per call; the lock also guards the keys that are not on disk yet. */
	pthread_mutex_t   lock;
	struct kv_txn    *snapshot;
	struct map        fresh_index; /* person -> index in fresh + 1 */
	struct fresh_key *fresh;
	size_t            fresh_count;
};

/* ---------------------------------------------------------------- the master key */

static bool parse_hex(const char *text, struct seal_key *key)
{
	char byte[3] = {0}, *end;

	if (strlen(text) != 2 * sizeof(key->bytes))
		return false;
	for (size_t i = 0; i < sizeof(key->bytes); i++) {
		memcpy(byte, text + 2 * i, 2);
		key->bytes[i] = (uint8_t)strtoul(byte, &end, 16);
		if (*end)
			return false;
	}
	return true;
}

static enum status read_master(const char *path, struct seal_key *key)
{
	struct stat stat;
	enum status status = STATUS_OK;
	int         fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_DENIED;
	if (fstat(fd, &stat) != 0 || (stat.st_mode & 077) != 0) {
		diag(DIAG_ERROR, "master_key_exposed", "%s may be read by others; make it mode 0600", path);
		status = STATUS_DENIED;
	} else if (stat.st_size != sizeof(key->bytes) || read(fd, key->bytes, sizeof(key->bytes)) != sizeof(key->bytes)) {
		status = STATUS_CORRUPT;
	}
	close(fd);
	return status;
}

static enum status create_master(const char *path, struct seal_key *key)
{
	int         fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum status status = STATUS_OK;

	if (fd < 0)
		return STATUS_IO;
	seal_key_fresh(key);
	if (write(fd, key->bytes, sizeof(key->bytes)) != sizeof(key->bytes) || fsync(fd) != 0)
		status = STATUS_IO;
	close(fd);
	return status;
}

static enum status find_master(const char *path, bool may_create, struct seal_key *key)
{
	const char *variable = getenv("ORRERY_MASTER_KEY");
	enum status status;

	if (variable && *variable)
		return parse_hex(variable, key) ? STATUS_OK : STATUS_MALFORMED;
	status = read_master(path, key);
	return status == STATUS_NOT_FOUND && may_create ? create_master(path, key) : status;
}

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

static enum status unwrap(const struct keys *keys, struct id person, struct bytes wrapped, struct seal_key *key)
{
	uint8_t context[32];

	if (wrapped.size != WRAPPED_SIZE)
		return STATUS_FORGOTTEN;
	/* A key scrubbed under an older snapshot does not open: that is forgotten too. */
	return seal_open(&keys->master, wrap_context(person, context), wrapped, key->bytes) ? STATUS_OK : STATUS_FORGOTTEN;
}

/* The key on disk. NOT_FOUND: never had one. FORGOTTEN: erased. */
static enum status stored_key(struct keys *keys, struct id person, struct seal_key *key)
{
	struct bytes wrapped;
	enum status  status = kv_snapshot_renew(keys->snapshot);

	if (status == STATUS_OK)
		status = kv_get(keys->snapshot, &keys->tables[TABLE_PERSON], BYTES(person.bytes, 16), &wrapped);
	if (status == STATUS_OK)
		status = unwrap(keys, person, wrapped, key);
	kv_snapshot_rest(keys->snapshot);
	return status;
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

static enum status seal_text(void *owner, struct id person, struct text label, struct text clear, struct arena *arena,
                             struct bytes *sealed)
{
	struct seal_key key;
	uint8_t        *out;
	enum status     status = find_or_make_key(owner, person, &key);

	if (status != STATUS_OK)
		return status;
	out = arena_alloc(arena, clear.size + SEAL_OVERHEAD);
	seal(&key, personal_context(arena, person, label), text_bytes(clear), out);
	secret_wipe(&key, sizeof(key));
	*sealed = BYTES(out, clear.size + SEAL_OVERHEAD);
	return STATUS_OK;
}

static enum status open_text(void *owner, struct id person, struct text label, struct bytes sealed, struct arena *arena,
                             struct text *clear)
{
	struct seal_key key;
	uint8_t        *out;
	bool            opened;
	enum status     status = find_key(owner, person, &key);

	if (status == STATUS_NOT_FOUND || sealed.size < SEAL_OVERHEAD)
		return STATUS_FORGOTTEN;
	if (status != STATUS_OK)
		return status;
	out = arena_alloc(arena, sealed.size - SEAL_OVERHEAD + 1);
	opened = seal_open(&key, personal_context(arena, person, label), sealed, out);
	secret_wipe(&key, sizeof(key));
	if (!opened)
		return STATUS_FORGOTTEN;
	*clear = (struct text){.data = (const char *)out, .size = sealed.size - SEAL_OVERHEAD};
	return STATUS_OK;
}

const struct sealer *keys_sealer(struct keys *keys)
{
	return &keys->sealer;
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
	enum status    status = kv_begin(keys->kv, &txn);

	if (status != STATUS_OK)
		return status;
	seal_key_fresh(&keys->root);
	wrap(keys, ID_NONE, &keys->root, wrapped);
	status = kv_put(txn, &keys->tables[TABLE_META], META_ROOT, BYTES(wrapped, sizeof(wrapped)));
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
		status = kv_get(keys->snapshot, &keys->tables[TABLE_META], META_ROOT, &wrapped);
	if (status == STATUS_OK && unwrap(keys, ID_NONE, wrapped, &keys->root) != STATUS_OK) {
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

	keys->snapshot = kv_snapshot_create(keys->kv);
	status = kv_snapshot_renew(keys->snapshot);
	if (status == STATUS_OK) {
		struct bytes wrapped;

		status = kv_get(keys->snapshot, &keys->tables[TABLE_META], META_ROOT, &wrapped);
	}
	kv_snapshot_rest(keys->snapshot);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	empty = status == STATUS_NOT_FOUND;
	if (empty && !writing)
		return STATUS_NOT_FOUND;
	/* Only a vault without keys may get a new master key: for any other, a lost one must stay a loud failure. */
	status = find_master(master_path, empty, &keys->master);
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
	keys->tables[TABLE_PERSON].name = "person";
	keys->tables[TABLE_META].name = "meta";
	keys->fresh_index.key_size = sizeof(struct id);
	keys->sealer = (struct sealer){.owner = keys, .seal = seal_text};
	keys->opener = (struct opener){.owner = keys, .open = open_text};
	pthread_mutex_init(&keys->lock, NULL);
	snprintf(keys->data_path, sizeof(keys->data_path), "%s/data.mdb", directory);
	status = kv_open(directory, mode == KEYS_WRITE ? KV_WRITE : KV_READ, keys->tables, TABLE_COUNT, &keys->kv);
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
	kv_close(keys->kv);
	map_finish(&keys->fresh_index);
	if (keys->fresh)
		secret_wipe(keys->fresh, FRESH_KEYS_MAX * sizeof(*keys->fresh));
	free(keys->fresh);
	pthread_mutex_destroy(&keys->lock);
	secret_wipe(keys, sizeof(*keys));
	free(keys);
}

/* ---------------------------------------------------------------- making keys durable */

static enum status put_fresh(struct keys *keys, struct kv_txn *txn, size_t count)
{
	uint8_t     wrapped[WRAPPED_SIZE];
	enum status status = STATUS_OK;

	for (size_t i = 0; i < count && status == STATUS_OK; i++) {
		const struct fresh_key *fresh = &keys->fresh[i];

		wrap(keys, fresh->person, &fresh->key, wrapped);
		status = kv_put(txn, &keys->tables[TABLE_PERSON], BYTES(fresh->person.bytes, 16), BYTES(wrapped, sizeof(wrapped)));
	}
	return status;
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
	status = kv_begin(keys->kv, &txn);
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

static enum status put_tombstone(struct keys *keys, struct id person)
{
	struct kv_txn *txn;
	enum status    status = kv_begin(keys->kv, &txn);

	if (status != STATUS_OK)
		return status;
	status = kv_put(txn, &keys->tables[TABLE_PERSON], BYTES(person.bytes, 16), BYTES("", 0));
	if (status != STATUS_OK) {
		kv_abort(txn);
		return status;
	}
	return kv_commit(txn);
}

static void zero_occurrences(uint8_t *file, size_t size, const uint8_t *wanted, size_t wanted_size)
{
	uint8_t *at = file, *end = file + size;

	while ((at = memmem(at, (size_t)(end - at), wanted, wanted_size))) {
		memset(at, 0, wanted_size);
		at += wanted_size;
	}
}

/* LMDB writes changed pages elsewhere and keeps the old ones for reuse, so copies of the wrapped key lie in the live page,
 * in free pages and in the slack of others. They are found by their bytes (a random nonce and a ciphertext occur nowhere
 * by chance) and overwritten in place; the layout of the pages stays as it is. */
static enum status scrub(struct keys *keys, const uint8_t wrapped[WRAPPED_SIZE])
{
	struct stat stat;
	enum status status = STATUS_IO;
	uint8_t    *file;
	int         fd = open(keys->data_path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return STATUS_IO;
	if (fstat(fd, &stat) == 0 && stat.st_size > 0) {
		file = mmap(NULL, (size_t)stat.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (file != MAP_FAILED) {
			zero_occurrences(file, (size_t)stat.st_size, wrapped, WRAPPED_SIZE);
			if (msync(file, (size_t)stat.st_size, MS_SYNC) == 0)
				status = STATUS_OK;
			munmap(file, (size_t)stat.st_size);
		}
	}
	close(fd);
	return status;
}

static enum status copy_wrapped(struct keys *keys, struct id person, uint8_t wrapped[WRAPPED_SIZE])
{
	struct bytes value;
	enum status  status;

	pthread_mutex_lock(&keys->lock);
	status = kv_snapshot_renew(keys->snapshot);
	if (status == STATUS_OK)
		status = kv_get(keys->snapshot, &keys->tables[TABLE_PERSON], BYTES(person.bytes, 16), &value);
	if (status == STATUS_OK && value.size == WRAPPED_SIZE)
		memcpy(wrapped, value.data, WRAPPED_SIZE);
	else if (status == STATUS_OK)
		status = STATUS_FORGOTTEN;
	kv_snapshot_rest(keys->snapshot);
	pthread_mutex_unlock(&keys->lock);
	return status;
}

enum status keys_forget(struct keys *keys, struct id person)
{
	uint8_t     wrapped[WRAPPED_SIZE];
	enum status status = keys_commit(keys); /* a key made a moment ago must be on disk to be destroyed there */
	enum status found;

	if (status != STATUS_OK)
		return status;
	found = copy_wrapped(keys, person, wrapped);
	if (found == STATUS_FORGOTTEN)
		return STATUS_OK;
	if (found != STATUS_OK && found != STATUS_NOT_FOUND)
		return found;
	/* The bytes go first: a crash in between leaves a key that no longer opens, which reads as forgotten. */
	if (found == STATUS_OK)
		status = scrub(keys, wrapped);
	return status == STATUS_OK ? put_tombstone(keys, person) : status;
}
