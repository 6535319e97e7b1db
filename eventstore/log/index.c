#include "eventstore/log/index.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/log/binding.h"

#include <stdlib.h>

enum table { TABLE_STREAM, TABLE_TYPE, TABLE_COMMAND, TABLE_CLAIM, TABLE_META, TABLE_COUNT };

enum { STREAM_KEY_SIZE = 24, TYPE_KEY_SIZE = 10, KEY_SIZE_MAX = 32, CLAIM_VALUE_SIZE = 24 };

struct index {
	struct kv      *kv;
	struct kv_table tables[TABLE_COUNT];
};

#define META_INDEXED BYTES("indexed", 7)

static void put_big_endian(uint8_t *out, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		out[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}

static uint64_t get_big_endian(const uint8_t *in, int size)
{
	uint64_t value = 0;

	for (int i = 0; i < size; i++)
		value = value << 8 | in[i];
	return value;
}

static struct bytes stream_key(uint8_t key[STREAM_KEY_SIZE], struct id stream, uint64_t version)
{
	memcpy(key, stream.bytes, sizeof(stream.bytes));
	put_big_endian(key + sizeof(stream.bytes), version, 8);
	return BYTES(key, STREAM_KEY_SIZE);
}

static struct bytes type_key(uint8_t key[TYPE_KEY_SIZE], uint16_t number, uint64_t position)
{
	put_big_endian(key, number, 2);
	put_big_endian(key + 2, position, 8);
	return BYTES(key, TYPE_KEY_SIZE);
}

static enum status get_position(struct index *index, struct kv_txn *txn, enum table table, struct bytes key,
                                uint64_t *position)
{
	struct bytes value;
	enum status  status = kv_get(txn, &index->tables[table], key, &value);

	if (status != STATUS_OK)
		return status;
	if (value.size != sizeof(*position))
		return STATUS_CORRUPT;
	memcpy(position, value.data, sizeof(*position));
	return STATUS_OK;
}

/* ---------------------------------------------------------------- opening */

static enum status check_bound(struct index *index, enum kv_mode mode, const struct log_identity *log)
{
	uint64_t       indexed = 0;
	struct kv_txn *snapshot = kv_snapshot_create(index->kv);
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = index_position(index, snapshot, &indexed);
	kv_snapshot_destroy(snapshot);
	return status == STATUS_OK ? binding_check(index->kv, &index->tables[TABLE_META], mode, log, indexed) : status;
}

enum status index_open(const char *directory, enum kv_mode mode, struct log_identity log, struct index **out)
{
	static const char *const names[TABLE_COUNT] = {"stream", "type", "command", "claim", "meta"};
	struct index            *index = calloc(1, sizeof(*index));
	enum status              status;

	require(index != NULL);
	for (int i = 0; i < TABLE_COUNT; i++)
		index->tables[i].name = names[i];
	status = kv_open(directory, mode, index->tables, TABLE_COUNT, &index->kv);
	if (status == STATUS_OK)
		status = check_bound(index, mode, &log);
	if (status != STATUS_OK) {
		index_close(index);
		return status;
	}
	*out = index;
	return STATUS_OK;
}

void index_close(struct index *index)
{
	if (!index)
		return;
	kv_close(index->kv);
	free(index);
}

struct kv *index_kv(struct index *index)
{
	return index->kv;
}

/* ---------------------------------------------------------------- taking in */

/* One pending put. Sorted by table and key before they are made: neighbours then share pages. */
struct entry {
	uint8_t  table;
	uint8_t  key_size;
	uint8_t  value_size; /* 0 with `removed`, or for a key without a value */
	bool     removed;
	uint8_t  key[KEY_SIZE_MAX];
	uint8_t  value[CLAIM_VALUE_SIZE];
	uint32_t order; /* of two entries with one key the later wins */
};

struct entries {
	struct entry *items;
	size_t        count;
	size_t        capacity;
};

static struct entry *add(struct entries *entries, enum table table, struct bytes key)
{
	struct entry *entry;

	if (entries->count == entries->capacity) {
		entries->capacity = entries->capacity ? entries->capacity * 2 : 256;
		entries->items = realloc(entries->items, entries->capacity * sizeof(*entries->items));
		require(entries->items != NULL);
	}
	entry = &entries->items[entries->count];
	*entry = (struct entry){
		.table = (uint8_t)table, .key_size = (uint8_t)key.size, .order = (uint32_t)entries->count};
	memcpy(entry->key, key.data, key.size);
	entries->count++;
	return entry;
}

static void set_position(struct entry *entry, uint64_t position)
{
	memcpy(entry->value, &position, sizeof(position));
	entry->value_size = sizeof(position);
}

static void add_claim(struct entries *entries, const struct record *record, const struct record_claim *claim)
{
	struct entry *entry = add(entries, TABLE_CLAIM, BYTES(claim->value.bytes, sizeof(claim->value.bytes)));

	if (!claim->taken) {
		entry->removed = true;
		return;
	}
	require(record->stream_count > 0);
	memcpy(entry->value, record->streams[0].id.bytes, 16);
	memcpy(entry->value + 16, &record->position, 8);
	entry->value_size = CLAIM_VALUE_SIZE;
}

static void add_record(struct entries *entries, const struct record *record)
{
	uint8_t key[KEY_SIZE_MAX];

	for (int i = 0; i < record->stream_count; i++)
		set_position(
			add(entries, TABLE_STREAM, stream_key(key, record->streams[i].id, record->streams[i].version)),
			record->position);
	add(entries, TABLE_TYPE, type_key(key, record->number, record->position));
	if (record->command_index == 0)
		set_position(add(entries, TABLE_COMMAND, BYTES(record->command.bytes, 16)), record->position);
	for (int i = 0; i < record->claim_count; i++)
		add_claim(entries, record, &record->claims[i]);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int                 order = (int)x->table - (int)y->table;

	if (!order)
		order = memcmp(x->key, y->key, sizeof(x->key));
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static enum status put_entries(struct index *index, struct kv_txn *txn, const struct entries *entries)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < entries->count && status == STATUS_OK; i++) {
		const struct entry *entry = &entries->items[i];
		struct kv_table    *table = &index->tables[entry->table];
		struct bytes        key = BYTES(entry->key, entry->key_size);

		if (entry->removed)
			status = kv_delete(txn, table, key);
		else
			status = kv_put(txn, table, key, BYTES(entry->value, entry->value_size));
	}
	return status;
}

/* What was taken in before must reach up to the first record. */
static enum status check_follows(struct index *index, struct kv_txn *txn, uint64_t first)
{
	uint64_t    indexed;
	enum status status = index_position(index, txn, &indexed);

	return status == STATUS_OK && first != indexed + 1 ? STATUS_CONFLICT : status;
}

static enum status apply_entries(struct index *index, const struct entries *entries, uint64_t first, uint64_t last)
{
	struct kv_txn *txn;
	enum status    status = kv_begin(index->kv, entries->count * (KEY_SIZE_MAX + CLAIM_VALUE_SIZE), &txn);

	if (status != STATUS_OK)
		return status;
	status = check_follows(index, txn, first);
	if (status == STATUS_OK)
		status = put_entries(index, txn, entries);
	if (status == STATUS_OK)
		status = kv_put(txn, &index->tables[TABLE_META], META_INDEXED, BYTES(&last, sizeof(last)));
	if (status == STATUS_OK)
		return kv_commit(txn);
	kv_abort(txn);
	return status;
}

enum status index_apply(struct index *index, index_source next, void *owner)
{
	struct entries entries = {0};
	struct record  record = {0};
	uint64_t       first = 0;
	enum status    status = STATUS_OK;

	while (next(owner, &record)) {
		require(first == 0 || record.position > first);
		first = first > 0 ? first : record.position;
		add_record(&entries, &record);
	}
	if (entries.count > 0) {
		qsort(entries.items, entries.count, sizeof(*entries.items), compare_entries);
		status = apply_entries(index, &entries, first, record.position);
	}
	free(entries.items);
	return status;
}

/* ---------------------------------------------------------------- questions */

enum status index_position(struct index *index, struct kv_txn *snapshot, uint64_t *indexed)
{
	enum status status = get_position(index, snapshot, TABLE_META, META_INDEXED, indexed);

	if (status == STATUS_NOT_FOUND) {
		*indexed = 0;
		return STATUS_OK;
	}
	return status;
}

static bool begins_with(struct bytes key, const uint8_t *prefix, size_t size, size_t key_size)
{
	return key.size == key_size && memcmp(key.data, prefix, size) == 0;
}

/* Moves to the last key smaller than `key`. */
static enum status seek_before(struct kv_cursor *cursor, struct bytes key, struct bytes *found, struct bytes *value)
{
	enum status status = kv_seek(cursor, key, found, value);

	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	return kv_step(cursor, status == STATUS_OK ? KV_PREVIOUS : KV_LAST, found, value);
}

enum status index_stream_version(struct index *index, struct kv_txn *snapshot, struct id stream, uint64_t *version)
{
	uint8_t           key[STREAM_KEY_SIZE];
	struct bytes      found, value;
	struct kv_cursor *cursor = kv_cursor_open(snapshot, &index->tables[TABLE_STREAM]);
	enum status       status = seek_before(cursor, stream_key(key, stream, UINT64_MAX), &found, &value);

	if (status == STATUS_OK)
		*version =
			begins_with(found, stream.bytes, 16, STREAM_KEY_SIZE) ? get_big_endian(found.data + 16, 8) : 0;
	else if (status == STATUS_NOT_FOUND) {
		*version = 0;
		status = STATUS_OK;
	}
	kv_cursor_close(cursor);
	return status;
}

enum status index_stream_positions(struct index *index, struct kv_txn *snapshot, struct id stream, uint64_t from,
                                   uint64_t *positions, uint32_t capacity, uint32_t *count)
{
	uint8_t           key[STREAM_KEY_SIZE];
	struct bytes      found, value;
	struct kv_cursor *cursor = kv_cursor_open(snapshot, &index->tables[TABLE_STREAM]);
	enum status       status = kv_seek(cursor, stream_key(key, stream, from), &found, &value);

	*count = 0;
	while (status == STATUS_OK && *count < capacity && begins_with(found, stream.bytes, 16, STREAM_KEY_SIZE)) {
		if (value.size != sizeof(*positions)) {
			status = STATUS_CORRUPT;
			break;
		}
		memcpy(&positions[(*count)++], value.data, sizeof(*positions));
		status = kv_step(cursor, KV_NEXT, &found, &value);
	}
	kv_cursor_close(cursor);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Where a walk along the keys of one type puts the positions it finds. */
struct found_positions {
	uint64_t *items;
	uint32_t  capacity;
	uint32_t *count;
};

/* From the key at which the cursor stands, if it stands at one. */
static enum status gather_type(struct kv_cursor *cursor, enum status status, uint16_t number, enum kv_step step,
                               struct bytes found, const struct found_positions *out)
{
	uint8_t      prefix[2];
	struct bytes value;

	put_big_endian(prefix, number, 2);
	*out->count = 0;
	while (status == STATUS_OK && *out->count < out->capacity && begins_with(found, prefix, 2, TYPE_KEY_SIZE)) {
		out->items[(*out->count)++] = get_big_endian(found.data + 2, 8);
		status = kv_step(cursor, step, &found, &value);
	}
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status index_type_positions(struct index *index, struct kv_txn *snapshot, uint16_t number, uint64_t before,
                                 uint64_t *positions, uint32_t capacity, uint32_t *count)
{
	uint8_t                key[TYPE_KEY_SIZE];
	struct bytes           found, value;
	struct found_positions out = {positions, capacity, count};
	struct kv_cursor      *cursor = kv_cursor_open(snapshot, &index->tables[TABLE_TYPE]);
	enum status            status = seek_before(cursor, type_key(key, number, before), &found, &value);

	status = gather_type(cursor, status, number, KV_PREVIOUS, found, &out);
	kv_cursor_close(cursor);
	return status;
}

enum status index_type_positions_from(struct index *index, struct kv_txn *snapshot, uint16_t number, uint64_t from,
                                      uint64_t *positions, uint32_t capacity, uint32_t *count)
{
	uint8_t                key[TYPE_KEY_SIZE];
	struct bytes           found, value;
	struct found_positions out = {positions, capacity, count};
	struct kv_cursor      *cursor = kv_cursor_open(snapshot, &index->tables[TABLE_TYPE]);
	enum status            status = kv_seek(cursor, type_key(key, number, from), &found, &value);

	status = gather_type(cursor, status, number, KV_NEXT, found, &out);
	kv_cursor_close(cursor);
	return status;
}

enum status index_command(struct index *index, struct kv_txn *snapshot, struct id command, uint64_t *position)
{
	return get_position(index, snapshot, TABLE_COMMAND, BYTES(command.bytes, sizeof(command.bytes)), position);
}

enum status index_claim(struct index *index, struct kv_txn *snapshot, const struct hash *claimed, struct id *owner)
{
	struct bytes value;
	enum status  status =
		kv_get(snapshot, &index->tables[TABLE_CLAIM], BYTES(claimed->bytes, sizeof(claimed->bytes)), &value);

	if (status != STATUS_OK)
		return status;
	if (value.size != CLAIM_VALUE_SIZE)
		return STATUS_CORRUPT;
	memcpy(owner->bytes, value.data, sizeof(owner->bytes));
	return STATUS_OK;
}

static bool parse_claim(struct bytes key, struct bytes value, struct index_claim_entry *entry)
{
	if (key.size != sizeof(entry->value) || value.size != sizeof(entry->owner) + sizeof(entry->position))
		return false;
	memcpy(&entry->value, key.data, sizeof(entry->value));
	memcpy(&entry->owner, value.data, sizeof(entry->owner));
	memcpy(&entry->position, value.data + sizeof(entry->owner), sizeof(entry->position));
	return true;
}

enum status index_claims(struct index *index, struct kv_txn *snapshot, const struct hash *after,
                         struct index_claim_entry *entries, uint32_t capacity, uint32_t *count)
{
	struct kv_cursor *cursor = kv_cursor_open(snapshot, &index->tables[TABLE_CLAIM]);
	struct bytes      key, value;
	enum status       status;

	*count = 0;
	status = after ? kv_seek(cursor, BYTES(after->bytes, sizeof(after->bytes)), &key, &value)
	               : kv_step(cursor, KV_FIRST, &key, &value);
	if (status == STATUS_OK && after && bytes_equal(key, BYTES(after->bytes, sizeof(after->bytes))))
		status = kv_step(cursor, KV_NEXT, &key, &value);
	while (status == STATUS_OK && *count < capacity) {
		status = parse_claim(key, value, &entries[*count]) ? STATUS_OK : STATUS_CORRUPT;
		if (status == STATUS_OK) {
			++*count;
			status = kv_step(cursor, KV_NEXT, &key, &value);
		}
	}
	kv_cursor_close(cursor);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}
