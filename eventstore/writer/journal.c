#include "eventstore/writer/journal.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/list.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/log/binding.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

enum table { TABLE_ENTRY, TABLE_META, TABLE_COUNT };

#define META_WRITTEN BYTES("written", 7)

struct written {
	uint64_t next;  /* entry number */
	uint64_t bytes; /* of all entries */
};

_Static_assert(sizeof(struct written) == 16, "the stored layout is fixed");

/* An entry on its way to the disk, with the bytes that its texts are views of behind it. */
struct noted {
	struct list_link     link;
	struct journal_entry entry;
	size_t               size; /* of the bytes */
	uint8_t              bytes[];
};

struct journal {
	struct kv      *kv;
	struct kv_table tables[TABLE_COUNT];
	struct kv_txn  *snapshot; /* a reader's */
	uint64_t        bytes_max;

	pthread_mutex_t  lock; /* guards what follows */
	struct list_link noted;
	size_t           noted_size;
	uint64_t         dropped;
	bool             failed;

	/* The writing thread's. */
	struct list_link waiting; /* was noted before and is not written yet */
	struct arena     arena;   /* of one entry */
	struct buffer    ready;   /* encoded entries, each behind its size */
};

/* ---------------------------------------------------------------- noting */

static struct bytes keep(struct noted *noted, const void *data, size_t size)
{
	uint8_t *place = noted->bytes + noted->size;

	if (size > 0)
		memcpy(place, data, size);
	noted->size += size;
	return BYTES(place, size);
}

static struct text keep_text(struct noted *noted, struct text text)
{
	struct bytes kept = keep(noted, text.data, text.size);

	return text.data ? (struct text){.data = (const char *)kept.data, .size = kept.size} : TEXT_NONE;
}

static struct noted *copy_of(const struct journal_entry *entry)
{
	size_t        size = entry->command.size + entry->refusal.size + entry->claims.size + entry->body.size;
	struct noted *noted = malloc(sizeof(*noted) + size);

	require(noted != NULL);
	noted->size = 0;
	noted->entry = *entry;
	noted->entry.command = keep_text(noted, entry->command);
	noted->entry.refusal = keep_text(noted, entry->refusal);
	noted->entry.claims = keep(noted, entry->claims.data, entry->claims.size);
	noted->entry.body = keep(noted, entry->body.data, entry->body.size);
	noted->entry.withheld = TEXT_NONE;
	return noted;
}

/* What it holds may be secret. */
static void forget(struct noted *noted)
{
	list_remove(&noted->link);
	secret_wipe(noted->bytes, noted->size);
	free(noted);
}

static void forget_all(struct list_link *list)
{
	struct noted *noted, *after;

	list_each_safe (noted, after, list, link)
		forget(noted);
}

void journal_note(struct journal *journal, const struct journal_entry *entry)
{
	struct noted *noted;

	if (!journal)
		return;
	noted = copy_of(entry);
	list_init(&noted->link);
	pthread_mutex_lock(&journal->lock);
	if (journal->failed || journal->noted_size > JOURNAL_WAITING_MAX) {
		journal->dropped++;
		forget(noted);
	} else {
		list_append(&journal->noted, &noted->link);
		journal->noted_size += sizeof(*noted) + noted->size;
	}
	pthread_mutex_unlock(&journal->lock);
}

static void take_noted(struct journal *journal)
{
	uint64_t dropped;

	pthread_mutex_lock(&journal->lock);
	list_append_all(&journal->waiting, &journal->noted);
	journal->noted_size = 0;
	dropped = journal->failed ? 0 : journal->dropped;
	journal->dropped = 0;
	pthread_mutex_unlock(&journal->lock);
	if (dropped > 0)
		diag(DIAG_WARN, "journal_gap", "%" PRIu64 " decisions came too fast to be kept", dropped);
}

/* ---------------------------------------------------------------- writing */

struct passage {
	struct journal *journal;
	struct kv_txn  *txn;
	struct written  written;
};

static enum status encode_entry(struct journal *journal, struct journal_entry *entry, const struct sealer *sealer)
{
	struct buffer *ready = &journal->ready;
	size_t         began = ready->size;
	uint32_t       size = 0;
	enum status    status = journal_entry_protect(entry, sealer, &journal->arena);

	buffer_append(ready, BYTES(&size, sizeof(size)));
	if (status == STATUS_OK)
		status = msgpack_encode_shape(&journal_entry_shape, entry, 0, NULL, ready);
	size = (uint32_t)(ready->size - began - sizeof(size));
	memcpy(ready->data + began, &size, sizeof(size));
	arena_reset(&journal->arena);
	return status;
}

/* All that waits and rests on nothing beyond `durable`, outside of any transaction: sealing takes its time. */
static enum status encode_waiting(struct journal *journal, const struct sealer *sealer, uint64_t durable)
{
	struct noted *noted, *after;
	enum status   status = STATUS_OK;

	journal->ready.size = 0;
	list_each_safe (noted, after, &journal->waiting, link) {
		if (journal_entry_last(&noted->entry) > durable)
			break;
		status = encode_entry(journal, &noted->entry, sealer);
		if (status != STATUS_OK)
			break;
		forget(noted);
	}
	return status;
}

static enum status put_entry(struct passage *passage, struct bytes bytes)
{
	struct written *written = &passage->written;
	void           *place;
	enum status     status = kv_append(passage->txn, &passage->journal->tables[TABLE_ENTRY],
	                                   BYTES(&written->next, sizeof(written->next)), bytes.size, &place);

	if (status != STATUS_OK)
		return status;
	memcpy(place, bytes.data, bytes.size);
	written->next++;
	written->bytes += bytes.size;
	return STATUS_OK;
}

static enum status put_ready(struct passage *passage)
{
	const struct buffer *ready = &passage->journal->ready;
	uint32_t             size;
	enum status          status = STATUS_OK;

	for (size_t at = 0; status == STATUS_OK && at < ready->size; at += size) {
		memcpy(&size, ready->data + at, sizeof(size));
		at += sizeof(size);
		status = put_entry(passage, BYTES(ready->data + at, size));
	}
	return status;
}

static enum status drop_oldest(struct passage *passage)
{
	const struct kv_table *table = &passage->journal->tables[TABLE_ENTRY];
	struct kv_cursor      *cursor = kv_cursor_open(passage->txn, table);
	struct bytes           key, value;
	uint64_t               number;
	enum status            status = kv_step(cursor, KV_FIRST, &key, &value);

	if (status == STATUS_OK) {
		memcpy(&number, key.data, sizeof(number));
		passage->written.bytes -= value.size;
	}
	kv_cursor_close(cursor);
	return status == STATUS_OK ? kv_delete(passage->txn, table, BYTES(&number, sizeof(number))) : status;
}

static enum status get_written(struct journal *journal, struct kv_txn *txn, struct written *written)
{
	struct bytes value;
	enum status  status = kv_get(txn, &journal->tables[TABLE_META], META_WRITTEN, &value);

	*written = (struct written){.next = 1};
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_OK && value.size != sizeof(*written))
		status = STATUS_CORRUPT;
	if (status == STATUS_OK)
		memcpy(written, value.data, sizeof(*written));
	return status;
}

static enum status write_ready(struct passage *passage)
{
	struct journal *journal = passage->journal;
	enum status     status = get_written(journal, passage->txn, &passage->written);

	if (status == STATUS_OK)
		status = put_ready(passage);
	while (status == STATUS_OK && passage->written.bytes > journal->bytes_max)
		status = drop_oldest(passage);
	return status == STATUS_OK ? kv_put(passage->txn, &journal->tables[TABLE_META], META_WRITTEN,
	                                    BYTES(&passage->written, sizeof(passage->written)))
	                           : status;
}

static enum status write_in_one(struct journal *journal)
{
	struct passage passage = {.journal = journal};
	enum status    status = kv_begin(journal->kv, journal->ready.size, &passage.txn);

	if (status != STATUS_OK)
		return status;
	status = write_ready(&passage);
	if (status == STATUS_OK)
		return kv_commit(passage.txn);
	kv_abort(passage.txn);
	return status;
}

static enum status give_up(struct journal *journal, enum status status)
{
	pthread_mutex_lock(&journal->lock);
	journal->failed = true;
	pthread_mutex_unlock(&journal->lock);
	forget_all(&journal->waiting);
	return status;
}

enum status journal_write(struct journal *journal, const struct sealer *sealer, uint64_t durable)
{
	enum status status;

	take_noted(journal);
	status = encode_waiting(journal, sealer, durable);
	if (status == STATUS_OK && journal->ready.size > 0)
		status = write_in_one(journal);
	return status == STATUS_OK ? STATUS_OK : give_up(journal, status);
}

/* ---------------------------------------------------------------- reading */

static enum status decode_entry(struct bytes key, struct bytes value, struct arena *arena, struct journal_entry *entry)
{
	*entry = (struct journal_entry){0};
	if (key.size != sizeof(entry->number)
	    || msgpack_decode_shape(&journal_entry_shape, value, NULL, arena, entry) != STATUS_OK)
		return STATUS_CORRUPT;
	memcpy(&entry->number, key.data, sizeof(entry->number));
	return STATUS_OK;
}

static enum status visit_from(struct kv_cursor *cursor, uint64_t from, uint32_t limit, journal_visit visit, void *owner)
{
	struct journal_entry entry;
	struct bytes         key, value;
	struct arena         arena = {0};
	enum status          status = kv_seek(cursor, BYTES(&from, sizeof(from)), &key, &value);

	while (status == STATUS_OK) {
		status = decode_entry(key, value, &arena, &entry);
		if (status != STATUS_OK || !visit(owner, &entry) || --limit == 0)
			break;
		arena_reset(&arena);
		status = kv_step(cursor, KV_NEXT, &key, &value);
	}
	arena_finish(&arena);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status journal_each(struct journal *journal, uint64_t from, uint32_t limit, journal_visit visit, void *owner)
{
	struct kv_cursor *cursor;
	enum status       status = kv_snapshot_renew(journal->snapshot);

	if (status == STATUS_OK && limit > 0) {
		cursor = kv_cursor_open(journal->snapshot, &journal->tables[TABLE_ENTRY]);
		status = visit_from(cursor, from, limit, visit, owner);
		kv_cursor_close(cursor);
	}
	kv_snapshot_rest(journal->snapshot);
	return status;
}

/* ---------------------------------------------------------------- opening */

static bool note_last(void *owner, const struct journal_entry *entry)
{
	*(uint64_t *)owner = journal_entry_last(entry);
	return true;
}

/* The last position that it knows of, 0 when it is empty. */
static enum status find_reached(struct journal *journal, uint64_t *reached)
{
	struct written written;
	enum status    status = kv_snapshot_renew(journal->snapshot);

	*reached = 0;
	if (status == STATUS_OK)
		status = get_written(journal, journal->snapshot, &written);
	kv_snapshot_rest(journal->snapshot);
	return status == STATUS_OK ? journal_each(journal, written.next - 1, 1, note_last, reached) : status;
}

static enum status check_bound(struct journal *journal, enum kv_mode mode, const struct log_identity *log,
                               uint64_t head)
{
	uint64_t    reached;
	enum status status = find_reached(journal, &reached);

	/* An entry of events that this log does not have is of another past. */
	if (status == STATUS_OK && reached > head)
		status = STATUS_CONFLICT;
	return status == STATUS_OK ? binding_check(journal->kv, &journal->tables[TABLE_META], mode, log, reached)
	                           : status;
}

static enum status open_bound(const char *directory, enum kv_mode mode, const struct log_identity *log, uint64_t head,
                              struct journal **out)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	enum status     status;

	require(journal != NULL);
	pthread_mutex_init(&journal->lock, NULL);
	list_init(&journal->noted);
	list_init(&journal->waiting);
	journal->tables[TABLE_ENTRY] = (struct kv_table){.name = "entry", .integer_keys = true};
	journal->tables[TABLE_META].name = "meta";
	status = kv_open(directory, mode, journal->tables, TABLE_COUNT, &journal->kv);
	if (status == STATUS_OK) {
		journal->snapshot = kv_snapshot_create(journal->kv);
		status = check_bound(journal, mode, log, head);
	}
	if (status != STATUS_OK) {
		journal_close(journal);
		return status;
	}
	*out = journal;
	return STATUS_OK;
}

enum status journal_open(const char *directory, struct log_identity log, uint64_t head, uint64_t bytes_max,
                         struct journal **out)
{
	enum status status = open_bound(directory, KV_WRITE, &log, head, out);

	if (status != STATUS_OK)
		return status;
	(*out)->bytes_max = bytes_max;
	kv_leave_unfilled((*out)->kv);
	return STATUS_OK;
}

enum status journal_read(const char *directory, struct log_identity log, struct journal **out)
{
	return open_bound(directory, KV_READ, &log, UINT64_MAX, out);
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	forget_all(&journal->noted);
	forget_all(&journal->waiting);
	buffer_finish(&journal->ready);
	arena_finish(&journal->arena);
	kv_snapshot_destroy(journal->snapshot);
	kv_close(journal->kv);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}
