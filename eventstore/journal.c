#include "eventstore/journal.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/binding.h"
#include "eventstore/codec_msgpack.h"

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

struct journal {
	struct kv      *kv;
	struct kv_table tables[TABLE_COUNT];
	struct kv_txn  *snapshot; /* a reader's */
	uint64_t        bytes_max;

	pthread_mutex_t lock; /* guards what follows */
	struct buffer   noted;
	uint64_t        dropped;
	bool            failed;

	/* The writing thread's: what was noted before and is not written yet, each entry behind its size. */
	struct buffer waiting;
	struct arena  arena;
};

/* ---------------------------------------------------------------- noting */

static void append_noted(struct journal *journal, const struct journal_entry *entry)
{
	struct buffer *noted = &journal->noted;
	size_t         began = noted->size;
	uint32_t       size = 0;

	buffer_append(noted, BYTES(&size, sizeof(size)));
	require(msgpack_encode_shape(&journal_entry_shape, entry, 0, NULL, noted) == STATUS_OK);
	size = (uint32_t)(noted->size - began - sizeof(size));
	memcpy(noted->data + began, &size, sizeof(size));
}

void journal_note(struct journal *journal, const struct journal_entry *entry)
{
	if (!journal)
		return;
	pthread_mutex_lock(&journal->lock);
	if (journal->failed || journal->noted.size > JOURNAL_WAITING_MAX)
		journal->dropped++;
	else
		append_noted(journal, entry);
	pthread_mutex_unlock(&journal->lock);
}

static void take_noted(struct journal *journal)
{
	uint64_t dropped;

	pthread_mutex_lock(&journal->lock);
	buffer_append(&journal->waiting, buffer_bytes(&journal->noted));
	secret_wipe(journal->noted.data, journal->noted.size);
	journal->noted.size = 0;
	dropped = journal->dropped;
	journal->dropped = 0;
	pthread_mutex_unlock(&journal->lock);
	if (dropped > 0)
		diag(DIAG_WARN, "journal_gap", "%" PRIu64 " decisions came too fast to be kept", dropped);
}

/* ---------------------------------------------------------------- writing */

/* How far the waiting entries are written in this transaction. */
struct passage {
	struct journal      *journal;
	const struct sealer *sealer;
	struct kv_txn       *txn;
	struct written       written;
	size_t               done; /* bytes of journal->waiting */
};

/* The next waiting entry, whose texts are views; false after the last that rests on nothing beyond `durable`. */
static bool next_waiting(const struct passage *passage, uint64_t durable, struct journal_entry *entry, uint32_t *size)
{
	struct journal *journal = passage->journal;
	const uint8_t  *at = journal->waiting.data + passage->done;

	if (passage->done == journal->waiting.size)
		return false;
	memcpy(size, at, sizeof(*size));
	*entry = (struct journal_entry){0};
	require(msgpack_decode_shape(&journal_entry_shape, BYTES(at + sizeof(*size), *size), NULL, &journal->arena,
	                             entry)
	        == STATUS_OK);
	return journal_entry_last(entry) <= durable;
}

static enum status put_entry(struct passage *passage, struct journal_entry *entry)
{
	struct journal *journal = passage->journal;
	struct buffer   bytes = {0};
	void           *place;
	enum status     status = journal_entry_protect(entry, passage->sealer, &journal->arena);

	if (status == STATUS_OK)
		status = msgpack_encode_shape(&journal_entry_shape, entry, 0, NULL, &bytes);
	if (status == STATUS_OK)
		status = kv_append(passage->txn, &journal->tables[TABLE_ENTRY],
		                   BYTES(&passage->written.next, sizeof(passage->written.next)), bytes.size, &place);
	if (status == STATUS_OK) {
		memcpy(place, bytes.data, bytes.size);
		passage->written.next++;
		passage->written.bytes += bytes.size;
	}
	buffer_finish(&bytes);
	return status;
}

static enum status put_waiting(struct passage *passage, uint64_t durable)
{
	struct journal_entry entry;
	uint32_t             size;
	enum status          status = STATUS_OK;

	while (status == STATUS_OK && next_waiting(passage, durable, &entry, &size)) {
		status = put_entry(passage, &entry);
		passage->done += sizeof(size) + size;
		arena_reset(&passage->journal->arena);
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

static enum status write_waiting(struct passage *passage, uint64_t durable)
{
	struct journal *journal = passage->journal;
	enum status     status = get_written(journal, passage->txn, &passage->written);

	if (status == STATUS_OK)
		status = put_waiting(passage, durable);
	while (status == STATUS_OK && passage->written.bytes > journal->bytes_max)
		status = drop_oldest(passage);
	return status == STATUS_OK ? kv_put(passage->txn, &journal->tables[TABLE_META], META_WRITTEN,
	                                    BYTES(&passage->written, sizeof(passage->written)))
	                           : status;
}

/* Sealing makes short texts a hundred bytes long, and there are a few of them in an entry of twice that at least. */
static size_t room_for(const struct journal *journal)
{
	return 4 * journal->waiting.size;
}

static enum status write_in_one(struct passage *passage, uint64_t durable)
{
	enum status status = kv_begin(passage->journal->kv, room_for(passage->journal), &passage->txn);

	if (status != STATUS_OK)
		return status;
	status = write_waiting(passage, durable);
	if (status == STATUS_OK)
		return kv_commit(passage->txn);
	kv_abort(passage->txn);
	return status;
}

static enum status give_up(struct journal *journal, enum status status)
{
	pthread_mutex_lock(&journal->lock);
	journal->failed = true;
	pthread_mutex_unlock(&journal->lock);
	secret_wipe(journal->waiting.data, journal->waiting.size);
	journal->waiting.size = 0;
	return status;
}

enum status journal_write(struct journal *journal, const struct sealer *sealer, uint64_t durable)
{
	struct passage       passage = {.journal = journal, .sealer = sealer};
	struct journal_entry first;
	uint32_t             size;
	bool                 any;
	enum status          status;

	take_noted(journal);
	any = next_waiting(&passage, durable, &first, &size);
	arena_reset(&journal->arena);
	if (!any)
		return STATUS_OK;
	status = write_in_one(&passage, durable);
	if (status != STATUS_OK)
		return give_up(journal, status);
	buffer_consume(&journal->waiting, passage.done);
	secret_wipe(journal->waiting.data + journal->waiting.size, passage.done);
	return STATUS_OK;
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

	if (status == STATUS_OK)
		(*out)->bytes_max = bytes_max;
	return status;
}

enum status journal_read(const char *directory, struct log_identity log, struct journal **out)
{
	return open_bound(directory, KV_READ, &log, UINT64_MAX, out);
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	secret_wipe(journal->noted.data, journal->noted.size);
	secret_wipe(journal->waiting.data, journal->waiting.size);
	buffer_finish(&journal->noted);
	buffer_finish(&journal->waiting);
	arena_finish(&journal->arena);
	kv_snapshot_destroy(journal->snapshot);
	kv_close(journal->kv);
	pthread_mutex_destroy(&journal->lock);
	free(journal);
}
