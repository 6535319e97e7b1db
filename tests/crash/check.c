/* Were the promises kept? check DATA MASTER_KEY PROMISES SCRATCH
 *
 * Nobody may write meanwhile, and the writer must have ended in peace, so that the index is whole. Prints what it
 * found, or one sentence on the first thing that is wrong, and then ends with 1. SCRATCH is an empty folder. */
#include "eventstore/base/diag.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "eventstore/log/index.h"
#include "eventstore/log/log.h"
#include "eventstore/vault/keys.h"
#include "schema/events.h"
#include "tests/crash/promise.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { RECORDS_AT_ONCE = 1024, INDEX_TABLES = 5 };

static const char    *data, *scratch;
static struct log    *events;
static struct kv_txn *snapshot;
static uint64_t       head;
static struct map     commands = {.key_size = sizeof(struct id)}; /* id -> position of the first event */
static struct map     erased = {.key_size = sizeof(struct id)};   /* person -> 1 */

__attribute__((noreturn, format(printf, 1, 2))) static void wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(EXIT_FAILURE);
}

static const char *path_in(const char *folder, const char *name)
{
	static char path[PATH_MAX];

	require((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path));
	return path;
}

static void open_log(void)
{
	if (log_open(path_in(data, "log"), KV_READ, &events) != STATUS_OK)
		wrong("The log does not open.");
	snapshot = kv_snapshot_create(log_kv(events));
	if (kv_snapshot_renew(snapshot) != STATUS_OK || log_head(events, snapshot, &head) != STATUS_OK)
		wrong("The log cannot be read.");
}

/* ---------------------------------------------------------------- the log by itself */

/* Events of one command lie together, and no command is there twice. */
static void check_command(const struct record *record)
{
	bool      fresh;
	uint64_t *first = map_put(&commands, record->command.bytes, &fresh);

	if (fresh != (record->command_index == 0))
		wrong("Position %" PRIu64 " is event %u of a command that %s.", record->position, record->command_index,
		      fresh ? "has no first event" : "was kept before");
	if (fresh)
		*first = record->position;
	if (record->position != *first + record->command_index || record->command_index >= record->command_count)
		wrong("Position %" PRIu64 " is not where its command's event %u belongs.", record->position,
		      record->command_index);
}

static bool check_record(void *owner, const struct record *record)
{
	uint64_t     *expected = owner;
	struct buffer bytes = {0};
	struct hash   leaf;

	if (record->position != ++*expected)
		wrong("Position %" PRIu64 " comes where %" PRIu64 " belongs.", record->position, *expected);
	record_encode(record, &bytes);
	leaf = hash_leaf(buffer_bytes(&bytes));
	if (!hash_equal(&leaf, &record->leaf))
		wrong("Position %" PRIu64 " does not match its hash.", record->position);
	buffer_finish(&bytes);
	check_command(record);
	if (record->number == EVENT_user_erased)
		*map_put(&erased, record->streams[0].id.bytes, NULL) = 1;
	return true;
}

static void check_log(void)
{
	uint64_t expected = 0;

	if (log_each(events, snapshot, 1, UINT32_MAX, check_record, &expected) != STATUS_OK || expected != head)
		wrong("The log ends at %" PRIu64 " and breaks off at %" PRIu64 ".", head, expected);
}

/* ---------------------------------------------------------------- the promises */

static void check_promise(const struct promise *promise)
{
	struct record record;

	if (log_read(events, snapshot, promise->position, &record) != STATUS_OK)
		wrong("Position %" PRIu64 " was promised and is not there.", promise->position);
	if (!id_equal(record.command, promise->command))
		wrong("Position %" PRIu64 " holds another command than was promised.", promise->position);
	if (record.command_index != record.command_count - 1)
		wrong("Position %" PRIu64 " is not the last event of its command.", promise->position);
	if (record_version_in(&record, promise->person) != promise->version)
		wrong("Position %" PRIu64 " has another version than was promised.", promise->position);
}

static size_t check_promises(const char *path)
{
	FILE          *file = fopen(path, "r");
	struct promise promise;
	size_t         count = 0;

	require(file != NULL);
	while (fread(&promise, sizeof(promise), 1, file) == 1) {
		check_promise(&promise);
		count++;
	}
	fclose(file);
	return count;
}

/* ---------------------------------------------------------------- the index against a new one */

/* Records of the log, some at a time. */
struct source {
	struct record records[RECORDS_AT_ONCE];
	uint32_t      count, taken;
	uint64_t      next;
};

static bool gather(void *owner, const struct record *record)
{
	struct source *source = owner;

	source->records[source->count++] = *record;
	return true;
}

static bool next_record(void *owner, struct record *record)
{
	struct source *source = owner;

	if (source->taken == source->count) {
		source->taken = source->count = 0;
		require(log_each(events, snapshot, source->next, RECORDS_AT_ONCE, gather, source) == STATUS_OK);
		source->next += source->count;
	}
	if (source->count == 0)
		return false;
	*record = source->records[source->taken++];
	return true;
}

static void make_index(void)
{
	static struct source source = {.next = 1};
	struct index        *made;

	require(index_open(path_in(scratch, "index"), KV_WRITE, log_identity(events), &made) == STATUS_OK);
	require(index_apply(made, next_record, &source) == STATUS_OK);
	index_close(made);
}

/* A table of an index, walked in order. */
struct walk {
	struct kv_cursor *cursor;
	struct bytes      key, value;
	enum status       status;
};

static struct walk walk_begin(struct kv_txn *txn, const struct kv_table *table)
{
	struct walk walk = {.cursor = kv_cursor_open(txn, table)};

	walk.status = kv_step(walk.cursor, KV_FIRST, &walk.key, &walk.value);
	return walk;
}

static size_t compare_table(struct kv_txn *kept, const struct kv_table *kept_table, struct kv_txn *made,
                            const struct kv_table *made_table)
{
	struct walk a = walk_begin(kept, kept_table), b = walk_begin(made, made_table);
	size_t      count = 0;

	while (a.status == STATUS_OK && b.status == STATUS_OK) {
		if (!bytes_equal(a.key, b.key) || !bytes_equal(a.value, b.value))
			wrong("The index's table %s says something else than the log, at entry %zu.", kept_table->name,
			      count);
		a.status = kv_step(a.cursor, KV_NEXT, &a.key, &a.value);
		b.status = kv_step(b.cursor, KV_NEXT, &b.key, &b.value);
		count++;
	}
	if (a.status != STATUS_NOT_FOUND || b.status != STATUS_NOT_FOUND)
		wrong("The index's table %s has %s entries than the log says.", kept_table->name,
		      a.status == STATUS_OK ? "more" : "fewer");
	kv_cursor_close(a.cursor);
	kv_cursor_close(b.cursor);
	return count;
}

static struct kv_txn *open_tables(const char *folder, struct kv_table tables[INDEX_TABLES], struct kv **kv)
{
	struct kv_txn *txn;

	if (kv_open(path_in(folder, "index"), KV_READ, tables, INDEX_TABLES, kv) != STATUS_OK)
		wrong("The index does not open.");
	txn = kv_snapshot_create(*kv);
	require(kv_snapshot_renew(txn) == STATUS_OK);
	return txn;
}

static size_t check_index(void)
{
	struct kv_table kept_tables[INDEX_TABLES] = {
		{.name = "stream"}, {.name = "type"}, {.name = "command"}, {.name = "claim"}, {.name = "meta"}};
	struct kv_table made_tables[INDEX_TABLES];
	struct kv      *kept_kv, *made_kv;
	struct kv_txn  *kept, *made;
	size_t          count = 0;

	memcpy(made_tables, kept_tables, sizeof(made_tables));
	make_index();
	kept = open_tables(data, kept_tables, &kept_kv);
	made = open_tables(scratch, made_tables, &made_kv);
	for (int i = 0; i < INDEX_TABLES; i++)
		count += compare_table(kept, &kept_tables[i], made, &made_tables[i]);
	kv_snapshot_destroy(kept);
	kv_snapshot_destroy(made);
	kv_close(kept_kv);
	kv_close(made_kv);
	return count;
}

/* ---------------------------------------------------------------- the vault */

struct vault_walk {
	const struct opener *opener;
	struct arena         arena;
	size_t               open, forgotten;
};

static bool check_person(void *owner, const struct record *record)
{
	struct vault_walk            *walk = owner;
	const struct event_type      *type;
	const struct user_registered *event;
	const void                   *any;
	bool                          gone;

	if (record->number != EVENT_user_registered)
		return true;
	if (record_event(record, walk->opener, &walk->arena, &type, &any) != STATUS_OK)
		wrong("Position %" PRIu64 " does not open.", record->position);
	event = any;
	gone = map_get(&erased, event->user.bytes) != NULL;
	if (gone != text_is_forgotten(event->name) || (!gone && !text_is(event->name, "Person under load")))
		wrong("Position %" PRIu64 " names a person who %s.", record->position,
		      gone ? "is erased and still known" : "is not erased and not known");
	walk->open += !gone;
	walk->forgotten += gone;
	arena_reset(&walk->arena);
	return true;
}

static struct vault_walk check_vault(const char *master_path)
{
	struct vault_walk walk = {0};
	struct keys      *keys;

	if (keys_open(path_in(data, "keys"), master_path, KEYS_READ, &keys) != STATUS_OK)
		wrong("The vault does not open.");
	walk.opener = keys_opener(keys);
	require(log_each(events, snapshot, 1, UINT32_MAX, check_person, &walk) == STATUS_OK);
	arena_finish(&walk.arena);
	keys_close(keys);
	return walk;
}

int main(int argc, char **argv)
{
	struct vault_walk vault;
	size_t            promises, entries;

	require(argc == 5);
	data = argv[1];
	scratch = argv[4];
	diag_set_level(DIAG_ERROR);
	open_log();
	check_log();
	promises = check_promises(argv[3]);
	entries = check_index();
	vault = check_vault(argv[2]);
	printf("%" PRIu64
	       " events, %zu promises kept, %zu index entries as made anew, %zu persons known, %zu forgotten\n",
	       head, promises, entries, vault.open, vault.forgotten);
	kv_snapshot_destroy(snapshot);
	log_close(events);
	map_finish(&commands);
	map_finish(&erased);
	return EXIT_SUCCESS;
}
