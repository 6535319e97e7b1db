#include "tests/sim/mirror.h"

#include "eventstore/base/catalog.h"
#include "eventstore/base/require.h"
#include "schema/events.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"

#include <inttypes.h>

static struct mirror_event events[MIRROR_EVENTS_MAX + 1]; /* [0] is not used */
static uint64_t            head;

uint64_t mirror_head(void)
{
	return head;
}

const struct mirror_event *mirror_at(uint64_t position)
{
	require(position > 0 && position <= head);
	return &events[position];
}

void mirror_cut(uint64_t new_head)
{
	require(new_head <= head);
	head = new_head;
}

/* ---------------------------------------------------------------- searched from end to end */

const struct mirror_event *mirror_command(struct id command)
{
	for (uint64_t i = 1; i <= head; i++)
		if (id_equal(events[i].command, command))
			return &events[i];
	return NULL;
}

const struct mirror_event *mirror_last_of(const struct mirror_event *first)
{
	return mirror_at(first->position + first->command_count - 1u);
}

static const struct record_stream *stream_in(const struct mirror_event *event, struct id stream)
{
	for (int i = 0; i < event->stream_count; i++)
		if (id_equal(event->streams[i].id, stream))
			return &event->streams[i];
	return NULL;
}

uint64_t mirror_version(struct id stream)
{
	uint64_t version = 0;

	for (uint64_t i = 1; i <= head; i++)
		version += stream_in(&events[i], stream) != NULL;
	return version;
}

struct id mirror_owner(const struct hash *value)
{
	struct id owner = ID_NONE;

	for (uint64_t i = 1; i <= head; i++)
		for (int j = 0; j < events[i].claim_count; j++)
			if (hash_equal(&events[i].claims[j].value, value))
				owner = events[i].claims[j].taken ? events[i].streams[0].id : ID_NONE;
	return owner;
}

bool mirror_erased(struct id person, uint64_t upto)
{
	for (uint64_t i = 1; i <= upto; i++)
		if (events[i].number == EVENT_user_erased && id_equal(events[i].streams[0].id, person))
			return true;
	return false;
}

/* ---------------------------------------------------------------- what may follow */

static void check_command(const struct mirror_event *event)
{
	const struct mirror_event *before = event - 1;

	if (event->command_index == 0)
		CLAIM(!mirror_command(event->command), "a command is kept once",
		      "position %" PRIu64 " brings a command that was kept before", event->position);
	else
		CLAIM(id_equal(before->command, event->command) && before->command_index + 1 == event->command_index,
		      "the events of a command lie together", "position %" PRIu64 " does not follow its neighbour",
		      event->position);
}

static void check_streams(const struct mirror_event *event)
{
	for (int i = 0; i < event->stream_count; i++)
		CLAIM(event->streams[i].version == mirror_version(event->streams[i].id) + 1,
		      "versions follow each other without a gap",
		      "position %" PRIu64 " gives a stream version %" PRIu64, event->position,
		      event->streams[i].version);
}

static bool released_by(const struct mirror_event *event, const struct hash *value)
{
	for (int i = 0; i < event->claim_count; i++)
		if (!event->claims[i].taken && hash_equal(&event->claims[i].value, value))
			return true;
	return false;
}

static void check_claims(const struct mirror_event *event)
{
	for (int i = 0; i < event->claim_count; i++) {
		struct id owner = mirror_owner(&event->claims[i].value);

		if (event->claims[i].taken)
			CLAIM(!id_present(owner) || released_by(event, &event->claims[i].value),
			      "a value is claimed by one", "position %" PRIu64 " takes what is taken", event->position);
		else
			CLAIM(id_equal(owner, event->streams[0].id), "a claim is given back by its owner",
			      "position %" PRIu64 " gives back what is not its own", event->position);
	}
}

static bool copy_record(void *owner, const struct record *record)
{
	struct mirror_event *event = owner;
	struct buffer        bytes = {0};

	require(record->stream_count <= MIRROR_STREAMS_MAX);
	*event = (struct mirror_event){.position = record->position,
	                               .version = record->stream_count > 0 ? record->streams[0].version : 0,
	                               .number = record->number,
	                               .command_index = record->command_index,
	                               .command_count = record->command_count,
	                               .stream_count = record->stream_count,
	                               .claim_count = record->claim_count,
	                               .time_us = record->time_us,
	                               .command = record->command,
	                               .digest = record->digest};
	memcpy(event->streams, record->streams, record->stream_count * sizeof(record->streams[0]));
	memcpy(event->claims, record->claims, record->claim_count * sizeof(record->claims[0]));
	record_encode(record, &bytes);
	event->leaf = hash_leaf(buffer_bytes(&bytes));
	buffer_finish(&bytes);
	return true;
}

void mirror_take(struct store *store)
{
	while (head < store_head(store)) {
		struct mirror_event *event = &events[head + 1];

		require(head < MIRROR_EVENTS_MAX);
		CLAIM(store_read(store, head + 1, copy_record, event) == STATUS_OK && event->position == head + 1,
		      "positions follow each other without a gap", "position %" PRIu64 " cannot be read", head + 1);
		check_command(event);
		check_streams(event);
		check_claims(event);
		head++;
		CLAIM_NOTE(event->number);
		CLAIM_NOTE(event->leaf);
	}
}

/* ---------------------------------------------------------------- questions to the store */

static void ask_command(struct store *store, const struct mirror_event *event)
{
	uint64_t    position = 0;
	enum status status = store_command(store, event->command, &position);

	CLAIM(status == STATUS_OK && position == mirror_command(event->command)->position,
	      "overlay and index find what the log holds", "the command of position %" PRIu64 ": %s, %" PRIu64,
	      event->position, status_name(status), position);
}

static void ask_claim(struct store *store, const struct mirror_event *event)
{
	struct id   expected, owner = ID_NONE;
	enum status status;

	if (event->claim_count == 0)
		return;
	expected = mirror_owner(&event->claims[0].value);
	status = store_claim(store, &event->claims[0].value, &owner);
	CLAIM(status == (id_present(expected) ? STATUS_OK : STATUS_NOT_FOUND)
	              && (status != STATUS_OK || id_equal(owner, expected)),
	      "overlay and index find what the log holds", "the claim of position %" PRIu64 ": %s", event->position,
	      status_name(status));
}

struct walk {
	struct id stream;
	uint64_t  at, version;
};

static bool walk_on(void *owner, const struct record *record)
{
	struct walk *walk = owner;

	do
		walk->at++;
	while (walk->at <= head && !stream_in(&events[walk->at], walk->stream));
	CLAIM(walk->at == record->position && record_version_in(record, walk->stream) == ++walk->version,
	      "overlay and index find what the log holds",
	      "a stream has position %" PRIu64 " where the log has %" PRIu64, record->position, walk->at);
	return true;
}

static void ask_stream(struct store *store, const struct mirror_event *event)
{
	struct walk walk = {.stream = event->streams[chance_below(event->stream_count)].id};
	uint64_t    version = 0, expected = mirror_version(walk.stream);
	enum status status = store_stream_version(store, walk.stream, &version);

	CLAIM(status == STATUS_OK && version == expected, "overlay and index find what the log holds",
	      "a stream has version %" PRIu64 " where the log has %" PRIu64, version, expected);
	status = store_stream_each(store, walk.stream, 1, walk_on, &walk);
	CLAIM(status == STATUS_OK && walk.version == expected, "overlay and index find what the log holds",
	      "a stream ends at version %" PRIu64 " of %" PRIu64 ": %s", walk.version, expected, status_name(status));
}

static void ask_record(struct store *store, const struct mirror_event *event)
{
	struct mirror_event found;
	enum status         status = store_read(store, event->position, copy_record, &found);

	CLAIM(status == STATUS_OK && hash_equal(&found.leaf, &event->leaf), "overlay and index find what the log holds",
	      "position %" PRIu64 ": %s", event->position, status_name(status));
}

void mirror_ask(struct store *store)
{
	static void (*const questions[])(struct store *, const struct mirror_event *) = {ask_command, ask_claim,
	                                                                                 ask_stream, ask_record};

	if (head > 0)
		questions[chance_below(array_count(questions))](store, mirror_at(1 + chance_below((uint32_t)head)));
}

/* ---------------------------------------------------------------- the log on disk */

struct comparison {
	const struct opener   *opener;
	struct merkle_frontier tree;
	uint64_t               head; /* of the log */
};

static void check_tree(struct comparison *comparison, const struct record *record)
{
	struct hash completed[MERKLE_LEVELS_MAX];

	merkle_append(&comparison->tree, &record->leaf, completed);
	CLAIM(memcmp(completed, record->nodes, merkle_completed(record->position) * sizeof(completed[0])) == 0,
	      "the stored tree is the one over the records", "the nodes of position %" PRIu64, record->position);
}

static void check_field(const struct comparison *comparison, const struct record *record, const struct shape *shape,
                        const struct field *field, const void *event)
{
	const struct text *text = field_at(field, event);
	const struct id   *person = field_at(&shape->fields[field->person], event);

	if (!field_present(field, event))
		return;
	if (mirror_erased(*person, comparison->head))
		CLAIM(text_is_forgotten(*text), "nobody opens what an erased person sealed", "%s of position %" PRIu64,
		      field->name, record->position);
	else
		CLAIM(!text_is_forgotten(*text), "what a person sealed can be opened", "%s of position %" PRIu64,
		      field->name, record->position);
}

static bool compare_record(void *owner, const struct record *record)
{
	struct comparison       *comparison = owner;
	struct arena             arena = {0};
	const struct event_type *type;
	const void              *event;

	CLAIM(record->position == comparison->tree.size + 1 && record->position <= head,
	      "the log holds what was appended", "position %" PRIu64 " is one too many", record->position);
	CLAIM(hash_equal(&record->leaf, &events[record->position].leaf), "the log holds what was appended",
	      "position %" PRIu64 " is another event", record->position);
	check_tree(comparison, record);
	CLAIM(record_event(record, comparison->opener, &arena, &type, &event) == STATUS_OK, "every event can be read",
	      "position %" PRIu64, record->position);
	for (uint16_t i = 0; i < type->shape->count; i++)
		if (type->shape->fields[i].marks & FIELD_PERSONAL)
			check_field(comparison, record, type->shape, &type->shape->fields[i], event);
	arena_finish(&arena);
	return true;
}

uint64_t mirror_compare(struct reader *reader, const struct opener *opener)
{
	struct comparison comparison = {.opener = opener};

	CLAIM(reader_head(reader, &comparison.head) == STATUS_OK && comparison.head <= head, "the log can be read",
	      "its head, %" PRIu64 " of %" PRIu64, comparison.head, head);
	CLAIM(reader_each(reader, 1, UINT32_MAX, compare_record, &comparison) == STATUS_OK
	              && comparison.tree.size == comparison.head,
	      "the log can be read", "it ends at %" PRIu64 " of %" PRIu64, comparison.tree.size, comparison.head);
	return comparison.head;
}
