#include "eventstore/log/reader.h"

#include "eventstore/base/require.h"
#include "eventstore/log/reader_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { POSITIONS_AT_ONCE = 256, INDEX_LAG_SUSPICIOUS = 1 << 17 };

enum status reader_open(const char *directory, struct reader **out)
{
	char           path[PATH_MAX];
	struct reader *reader = calloc(1, sizeof(*reader));
	enum status    status;

	require(reader != NULL);
	snprintf(path, sizeof(path), "%s/log", directory);
	snprintf(reader->index_directory, sizeof(reader->index_directory), "%s/index", directory);
	status = log_open(path, KV_READ, &reader->log);
	if (status != STATUS_OK) {
		free(reader);
		return status;
	}
	reader->identity = log_identity(reader->log);
	reader->log_snapshot = kv_snapshot_create(log_kv(reader->log));
	*out = reader;
	return STATUS_OK;
}

void reader_close(struct reader *reader)
{
	if (!reader)
		return;
	kv_snapshot_destroy(reader->index_snapshot);
	kv_snapshot_destroy(reader->log_snapshot);
	index_close(reader->index);
	log_close(reader->log);
	free(reader);
}

struct log_identity reader_identity(const struct reader *reader)
{
	return reader->identity;
}

static enum status renew_log(struct reader *reader)
{
	enum status status = kv_snapshot_renew(reader->log_snapshot);

	return status == STATUS_OK ? log_read_identity(reader->log, reader->log_snapshot, &reader->identity) : status;
}

enum status reader_head(struct reader *reader, uint64_t *head)
{
	enum status status = renew_log(reader);

	if (status == STATUS_OK)
		status = log_head(reader->log, reader->log_snapshot, head);
	kv_snapshot_rest(reader->log_snapshot);
	return status;
}

enum status reader_each(struct reader *reader, uint64_t from, uint32_t limit, reader_visit visit, void *owner)
{
	enum status status = renew_log(reader);

	if (status == STATUS_OK)
		status = log_each(reader->log, reader->log_snapshot, from, limit, visit, owner);
	kv_snapshot_rest(reader->log_snapshot);
	return status;
}

/* The tree only grows, so nodes of several snapshots fit together. */
static enum status read_node(void *owner, unsigned level, uint64_t index, struct hash *out)
{
	struct reader *reader = owner;
	enum status    status = kv_snapshot_renew(reader->log_snapshot);

	if (status == STATUS_OK)
		status = log_node(reader->log, reader->log_snapshot, level, index, out);
	kv_snapshot_rest(reader->log_snapshot);
	return status;
}

enum status reader_leaf(struct reader *reader, uint64_t position, struct hash *leaf)
{
	return position > 0 ? read_node(reader, 0, position - 1, leaf) : STATUS_NOT_FOUND;
}

struct merkle_source reader_tree(struct reader *reader)
{
	return (struct merkle_source){read_node, reader};
}

/* ---------------------------------------------------------------- through the index, then the tail it lacks */

static enum status open_index(struct reader *reader)
{
	enum status status = index_open(reader->index_directory, KV_READ, reader->identity, &reader->index);

	if (status == STATUS_OK)
		reader->index_snapshot = kv_snapshot_create(index_kv(reader->index));
	return status;
}

static void drop_index(struct reader *reader)
{
	kv_snapshot_destroy(reader->index_snapshot);
	index_close(reader->index);
	reader->index = NULL;
	reader->index_snapshot = NULL;
}

/* How far the index reaches; without an index, or with one of another log that is about to be replaced: 0. */
static enum status renew_index(struct reader *reader, uint64_t *indexed)
{
	enum status status = reader->index ? STATUS_OK : open_index(reader);

	*indexed = 0;
	if (status == STATUS_NOT_FOUND || status == STATUS_CONFLICT)
		return STATUS_OK;
	if (status == STATUS_OK)
		status = kv_snapshot_renew(reader->index_snapshot);
	return status == STATUS_OK ? index_position(reader->index, reader->index_snapshot, indexed) : status;
}

void reader_rest(struct reader *reader)
{
	kv_snapshot_rest(reader->log_snapshot);
	if (reader->index_snapshot)
		kv_snapshot_rest(reader->index_snapshot);
}

/* The index is taken first and the log after it, so that the log snapshot never lacks what the index names. */
static enum status renew_once(struct reader *reader, uint64_t *indexed, uint64_t *head)
{
	enum status status = renew_index(reader, indexed);

	if (status == STATUS_OK)
		status = renew_log(reader);
	return status == STATUS_OK ? log_head(reader->log, reader->log_snapshot, head) : status;
}

/* An index that is far behind may have been deleted and made anew since it was opened. */
enum status reader_renew(struct reader *reader, uint64_t *indexed)
{
	uint64_t    head = 0;
	enum status status = renew_once(reader, indexed, &head);

	if (status != STATUS_OK || !reader->index || head - *indexed < INDEX_LAG_SUSPICIOUS)
		return status;
	reader_rest(reader);
	drop_index(reader);
	return renew_once(reader, indexed, &head);
}

static enum status named_by_stream(struct reader *reader, const struct record_stream *stream, uint64_t position)
{
	uint64_t    found;
	uint32_t    count;
	enum status status = index_stream_positions(reader->index, reader->index_snapshot, stream->id, stream->version,
	                                            &found, 1, &count);

	return status == STATUS_OK && (count != 1 || found != position) ? STATUS_CONFLICT : status;
}

static enum status named_by_type(struct reader *reader, const struct record *record)
{
	uint64_t    found;
	uint32_t    count;
	enum status status = index_type_positions(reader->index, reader->index_snapshot, record->number,
	                                          record->position + 1, &found, 1, &count);

	return status == STATUS_OK && (count != 1 || found != record->position) ? STATUS_CONFLICT : status;
}

static enum status named_by_command(struct reader *reader, const struct record *record)
{
	uint64_t    found;
	enum status status = index_command(reader->index, reader->index_snapshot, record->command, &found);

	if (status == STATUS_NOT_FOUND)
		return STATUS_CONFLICT;
	return status == STATUS_OK && found != record->position - record->command_index ? STATUS_CONFLICT : status;
}

enum status reader_check_index(struct reader *reader, const struct record *record)
{
	uint64_t    indexed;
	enum status status = renew_index(reader, &indexed);

	if (status == STATUS_OK && record->position <= indexed) {
		status = named_by_type(reader, record);
		if (status == STATUS_OK)
			status = named_by_command(reader, record);
		for (uint8_t i = 0; i < record->stream_count && status == STATUS_OK; i++)
			status = named_by_stream(reader, &record->streams[i], record->position);
	}
	if (reader->index_snapshot)
		kv_snapshot_rest(reader->index_snapshot);
	return status;
}

static bool took(const struct record *record, const struct index_claim_entry *entry)
{
	for (uint8_t i = 0; i < record->claim_count; i++)
		if (record->claims[i].taken && hash_equal(&record->claims[i].value, &entry->value))
			return id_equal(record->streams[0].id, entry->owner);
	return false;
}

static bool claim_is_right(struct reader *reader, const struct index_claim_entry *entry)
{
	struct record record;
	enum status   status = kv_snapshot_renew(reader->log_snapshot);

	if (status == STATUS_OK)
		status = log_read(reader->log, reader->log_snapshot, entry->position, &record);
	if (status == STATUS_OK && !took(&record, entry))
		status = STATUS_CONFLICT;
	kv_snapshot_rest(reader->log_snapshot);
	return status == STATUS_OK;
}

static enum status some_claims(struct reader *reader, const struct hash *after, struct index_claim_entry *entries,
                               uint32_t *count)
{
	uint64_t    indexed;
	enum status status = renew_index(reader, &indexed);

	*count = 0;
	if (status == STATUS_OK && reader->index)
		status = index_claims(reader->index, reader->index_snapshot, after, entries, POSITIONS_AT_ONCE, count);
	if (reader->index_snapshot)
		kv_snapshot_rest(reader->index_snapshot);
	return status;
}

enum status reader_check_claims(struct reader *reader, void (*wrong)(void *owner, uint64_t position), void *owner)
{
	struct index_claim_entry entries[POSITIONS_AT_ONCE];
	struct hash              after;
	uint32_t                 count;
	enum status              status = some_claims(reader, NULL, entries, &count);

	while (status == STATUS_OK && count > 0) {
		for (uint32_t i = 0; i < count; i++)
			if (!claim_is_right(reader, &entries[i]))
				wrong(owner, entries[i].position);
		after = entries[count - 1].value;
		status = some_claims(reader, &after, entries, &count);
	}
	return status;
}

/* A visit that counts, filters and remembers where it stopped. */
struct walk {
	struct id    stream;
	uint64_t     next; /* the stream version wanted next */
	uint16_t     number;
	uint32_t     left;
	bool         stopped;
	reader_visit visit;
	void        *owner;
};

static bool walk_visit(struct walk *walk, const struct record *record)
{
	walk->stopped = !walk->visit(walk->owner, record) || --walk->left == 0;
	return !walk->stopped;
}

static enum status walk_positions(struct reader *reader, struct walk *walk, const uint64_t *positions, uint32_t count)
{
	struct record record;
	enum status   status = STATUS_OK;

	for (uint32_t i = 0; i < count && !walk->stopped && status == STATUS_OK; i++) {
		status = log_read(reader->log, reader->log_snapshot, positions[i], &record);
		if (status == STATUS_OK)
			walk_visit(walk, &record);
	}
	return status;
}

static bool visit_stream_tail(void *owner, const struct record *record)
{
	struct walk *walk = owner;
	uint64_t     version = record_version_in(record, walk->stream);

	if (version < walk->next || version == 0)
		return true;
	walk->next = version + 1;
	return walk_visit(walk, record);
}

static enum status stream_positions(struct reader *reader, const struct walk *walk, uint64_t *positions,
                                    uint32_t *count)
{
	*count = 0;
	if (!reader->index)
		return STATUS_OK;
	return index_stream_positions(reader->index, reader->index_snapshot, walk->stream, walk->next, positions,
	                              POSITIONS_AT_ONCE, count);
}

static enum status walk_stream(struct reader *reader, struct walk *walk, uint64_t indexed)
{
	uint64_t    positions[POSITIONS_AT_ONCE];
	uint32_t    count;
	enum status status;

	do {
		status = stream_positions(reader, walk, positions, &count);
		if (status == STATUS_OK)
			status = walk_positions(reader, walk, positions, count);
		walk->next += count;
	} while (status == STATUS_OK && count == POSITIONS_AT_ONCE && !walk->stopped);
	if (status == STATUS_OK && !walk->stopped)
		status = log_each(reader->log, reader->log_snapshot, indexed + 1, UINT32_MAX, visit_stream_tail, walk);
	return status;
}

enum status reader_stream(struct reader *reader, struct id stream, uint64_t from, uint32_t limit, reader_visit visit,
                          void *owner)
{
	struct walk walk = {.stream = stream, .next = from, .left = limit, .visit = visit, .owner = owner};
	uint64_t    indexed;
	enum status status = limit > 0 ? reader_renew(reader, &indexed) : STATUS_NOT_FOUND;

	if (status == STATUS_OK)
		status = walk_stream(reader, &walk, indexed);
	reader_rest(reader);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* The tail's positions of one type, oldest first, to be walked from the end. */
struct tail_positions {
	uint16_t  number;
	uint64_t *items;
	size_t    count, capacity;
};

static bool gather_type(void *owner, const struct record *record)
{
	struct tail_positions *tail = owner;

	if (record->number != tail->number)
		return true;
	if (tail->count == tail->capacity) {
		tail->capacity = tail->capacity ? tail->capacity * 2 : 64;
		tail->items = realloc(tail->items, tail->capacity * sizeof(*tail->items));
		require(tail->items != NULL);
	}
	tail->items[tail->count++] = record->position;
	return true;
}

static enum status walk_type_tail(struct reader *reader, struct walk *walk, uint64_t indexed)
{
	struct tail_positions tail = {.number = walk->number};
	enum status status = log_each(reader->log, reader->log_snapshot, indexed + 1, UINT32_MAX, gather_type, &tail);

	while (status == STATUS_OK && tail.count > 0 && !walk->stopped)
		status = walk_positions(reader, walk, &tail.items[--tail.count], 1);
	free(tail.items);
	return status;
}

static enum status walk_type(struct reader *reader, struct walk *walk, uint64_t indexed)
{
	uint64_t    positions[POSITIONS_AT_ONCE], before = UINT64_MAX;
	uint32_t    count;
	enum status status = walk_type_tail(reader, walk, indexed);

	do {
		if (status != STATUS_OK || walk->stopped || !reader->index)
			return status;
		status = index_type_positions(reader->index, reader->index_snapshot, walk->number, before, positions,
		                              POSITIONS_AT_ONCE, &count);
		if (status == STATUS_OK)
			status = walk_positions(reader, walk, positions, count);
		before = count > 0 ? positions[count - 1] : 0;
	} while (count == POSITIONS_AT_ONCE);
	return status;
}

enum status reader_type_backward(struct reader *reader, uint16_t number, uint32_t limit, reader_visit visit,
                                 void *owner)
{
	struct walk walk = {.number = number, .left = limit, .visit = visit, .owner = owner};
	uint64_t    indexed;
	enum status status = limit > 0 ? reader_renew(reader, &indexed) : STATUS_NOT_FOUND;

	if (status == STATUS_OK)
		status = walk_type(reader, &walk, indexed);
	reader_rest(reader);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---------------------------------------------------------------- claims */

struct claim_walk {
	const struct hash *value;
	struct id          owner; /* absent: nobody */
};

/* As the index takes a record in: of several mentions the last one counts. */
static bool note_claim(void *owner, const struct record *record)
{
	struct claim_walk *walk = owner;

	for (uint8_t i = 0; i < record->claim_count; i++)
		if (hash_equal(&record->claims[i].value, walk->value))
			walk->owner = record->claims[i].taken ? record->streams[0].id : ID_NONE;
	return true;
}

static enum status find_claim(struct reader *reader, struct claim_walk *walk)
{
	uint64_t    indexed;
	enum status status = reader_renew(reader, &indexed);

	if (status != STATUS_OK)
		return status;
	if (reader->index)
		status = index_claim(reader->index, reader->index_snapshot, walk->value, &walk->owner);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	return log_each(reader->log, reader->log_snapshot, indexed + 1, UINT32_MAX, note_claim, walk);
}

enum status reader_claim(struct reader *reader, const struct hash *value, struct id *owner)
{
	struct claim_walk walk = {.value = value};
	enum status       status = find_claim(reader, &walk);

	reader_rest(reader);
	if (status == STATUS_OK && !id_present(walk.owner))
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*owner = walk.owner;
	return status;
}

/* ---------------------------------------------------------------- commands */

struct command_walk {
	struct id command;
	uint64_t  position; /* 0: not seen */
};

static bool note_command(void *owner, const struct record *record)
{
	struct command_walk *walk = owner;

	if (id_equal(record->command, walk->command))
		walk->position = record->position;
	return walk->position == 0;
}

static enum status find_command(struct reader *reader, struct command_walk *walk)
{
	uint64_t    indexed;
	enum status status = reader_renew(reader, &indexed);

	if (status != STATUS_OK)
		return status;
	if (reader->index)
		status = index_command(reader->index, reader->index_snapshot, walk->command, &walk->position);
	if (status == STATUS_NOT_FOUND || !reader->index)
		status = log_each(reader->log, reader->log_snapshot, indexed + 1, UINT32_MAX, note_command, walk);
	return status;
}

enum status reader_command(struct reader *reader, struct id command, uint64_t *position)
{
	struct command_walk walk = {.command = command};
	enum status         status = find_command(reader, &walk);

	reader_rest(reader);
	if (status == STATUS_OK && walk.position == 0)
		status = STATUS_NOT_FOUND;
	if (status == STATUS_OK)
		*position = walk.position;
	return status;
}
