/* The store against a model of it that fits on a page: random commands with one to three events, in one to three
 * streams, with claims taken and released, retries, and questions at every moment: while events are in the open batch,
 * in closed ones, committed, half indexed; after opening again, and after the index was deleted. SAMPLE_SEED repeats a
 * run. */
#include "eventstore/log/reader.h"
#include "eventstore/writer/store.h"
#include "tests/eventstore/ground.h"
#include "tests/eventstore/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
	STEPS = 8000,
	EVENTS_MAX = 40000,
	STREAMS = 24,
	CLAIMS = 16,
	TYPES = 5,
	COMMAND_EVENTS_MAX = 3,
	RECENT = 64, /* questions are mostly about these */
};

struct model_event {
	struct id command;
	uint64_t  command_first; /* position of the command's first event */
	uint16_t  number;
	bool      in_stream[STREAMS];
};

/* By position; [0] is not used. */
static struct model_event events[EVENTS_MAX + 1];
static uint64_t           head, durable;
static uint32_t           claim_owner[CLAIMS]; /* stream + 1, 0: free */
static uint32_t           claim_owner_durable[CLAIMS];

static uint64_t       state;
static struct store  *store;
static struct reader *reader;
static struct batch  *closed[STORE_BATCHES_MAX];
static uint64_t       closed_head[STORE_BATCHES_MAX];
static uint32_t       closed_owner[STORE_BATCHES_MAX][CLAIMS];
static int            closed_count;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)(sample_next(&state) % limit);
}

static struct hash claim_value(uint32_t claim)
{
	struct hash hash = {.bytes = "claim"};

	hash.bytes[31] = (uint8_t)claim;
	return hash;
}

static uint64_t model_version(uint32_t stream, uint64_t upto)
{
	uint64_t version = 0;

	for (uint64_t position = 1; position <= upto; position++)
		version += events[position].in_stream[stream];
	return version;
}

/* ---------------------------------------------------------------- steps */

/* At most one claim is touched by an event: taken when free, else released. */
static void touch_claim(struct record *record)
{
	uint32_t             claim = below(CLAIMS), owner = below(STREAMS);
	struct record_claim *touched = &record->claims[record->claim_count++];

	for (owner = 0; !id_equal(record->streams[0].id, ground_id(owner)); owner++)
		;
	*touched = (struct record_claim){.claim = 1, .taken = claim_owner[claim] == 0, .value = claim_value(claim)};
	claim_owner[claim] = touched->taken ? owner + 1 : 0;
}

static void name_streams(struct record *record, struct model_event *event)
{
	record->stream_count = 0;
	for (uint32_t wanted = 1 + below(3); wanted > 0; wanted--) {
		uint32_t stream = below(STREAMS);

		if (event->in_stream[stream])
			continue;
		event->in_stream[stream] = true;
		record->streams[record->stream_count++].id = ground_id(stream);
	}
}

static void happen(struct id command, uint8_t index, uint8_t count)
{
	struct model_event *event = &events[head + 1];
	struct record       record = ground_record(ID_NONE);

	*event = (struct model_event){
		.command = command, .command_first = head + 1 - index, .number = (uint16_t)(1 + below(TYPES))};
	record.command = command;
	record.command_index = index;
	record.command_count = count;
	record.number = event->number;
	name_streams(&record, event);
	if (below(4) == 0)
		touch_claim(&record);
	assert_int_equal(ground_append(store, &record), ++head);
}

static void submit(void)
{
	struct id command = {0};
	uint8_t   count = (uint8_t)(1 + below(COMMAND_EVENTS_MAX));

	memcpy(command.bytes, "command", 7);
	memcpy(command.bytes + 8, &head, sizeof(head));
	if (head + count > EVENTS_MAX)
		return;
	for (uint8_t index = 0; index < count; index++)
		happen(command, index, count);
}

static void close_batch(void)
{
	if (closed_count == STORE_BATCHES_MAX)
		return;
	closed[closed_count] = store_close_batch(store);
	closed_head[closed_count] = head;
	memcpy(closed_owner[closed_count], claim_owner, sizeof(claim_owner));
	closed_count++;
}

static void commit_oldest(void)
{
	if (closed_count == 0)
		return;
	assert_int_equal(store_commit(store, closed[0]), STATUS_OK);
	durable = closed_head[0];
	memcpy(claim_owner_durable, closed_owner[0], sizeof(claim_owner));
	assert_int_equal(store_durable(store), durable);
	store_release_batch(store, closed[0]);
	closed_count--;
	memmove(closed, closed + 1, (size_t)closed_count * sizeof(closed[0]));
	memmove(closed_head, closed_head + 1, (size_t)closed_count * sizeof(closed_head[0]));
	memmove(closed_owner, closed_owner + 1, (size_t)closed_count * sizeof(closed_owner[0]));
}

static void open_all(void)
{
	store = ground_open();
	assert_int_equal(store_head(store), durable);
	assert_int_equal(reader_open(ground_folder(), &reader), STATUS_OK);
}

/* What was not committed is gone, as after a crash. */
static void open_again(bool without_index)
{
	reader_close(reader);
	store_close(store);
	closed_count = 0;
	head = durable;
	memcpy(claim_owner, claim_owner_durable, sizeof(claim_owner));
	if (without_index)
		ground_remove(ground_path("index"));
	open_all();
}

/* ---------------------------------------------------------------- questions */

static uint64_t some_position(void)
{
	return below(3) == 0 || head <= RECENT ? 1 + below((uint32_t)head) : head - below(RECENT);
}

static bool check_record(void *owner, const struct record *record)
{
	const struct model_event *event = &events[record->position];

	assert_int_equal(record->number, event->number);
	assert_true(id_equal(record->command, event->command));
	*(uint64_t *)owner = record->position;
	return true;
}

static void ask_record(void)
{
	uint64_t position = some_position(), seen = 0;

	assert_int_equal(store_read(store, position, check_record, &seen), STATUS_OK);
	assert_int_equal(seen, position);
	assert_int_equal(store_read(store, head + 1, check_record, &seen), STATUS_NOT_FOUND);
}

static void ask_command(void)
{
	const struct model_event *event = &events[some_position()];
	uint64_t                  position;

	assert_int_equal(store_command(store, event->command, &position), STATUS_OK);
	assert_int_equal(position, event->command_first);
	assert_int_equal(store_command(store, ground_id(1), &position), STATUS_NOT_FOUND);
}

static void ask_claim(void)
{
	uint32_t    claim = below(CLAIMS);
	struct hash value = claim_value(claim);
	struct id   owner;
	enum status status = store_claim(store, &value, &owner);

	assert_int_equal(status, claim_owner[claim] ? STATUS_OK : STATUS_NOT_FOUND);
	if (status == STATUS_OK)
		assert_true(id_equal(owner, ground_id(claim_owner[claim] - 1)));
}

/* Walks the model beside what is visited. */
struct parallel_walk {
	uint32_t stream;
	uint64_t at, version;
};

static bool check_next(void *owner, const struct record *record)
{
	struct parallel_walk *walk = owner;

	while (!events[++walk->at].in_stream[walk->stream])
		;
	assert_int_equal(record->position, walk->at);
	assert_int_equal(record_version_in(record, ground_id(walk->stream)), ++walk->version);
	return true;
}

/* The walk as it stands before version `from`. */
static struct parallel_walk walk_from(uint32_t stream, uint64_t from)
{
	struct parallel_walk walk = {.stream = stream};

	while (walk.version + 1 < from)
		walk.version += events[++walk.at].in_stream[stream];
	return walk;
}

static void ask_stream(void)
{
	uint32_t             stream = below(STREAMS);
	uint64_t             version, expected = model_version(stream, head), from = 1 + below((uint32_t)expected + 1);
	struct parallel_walk walk = walk_from(stream, from);

	assert_int_equal(store_stream_version(store, ground_id(stream), &version), STATUS_OK);
	assert_int_equal(version, expected);
	assert_int_equal(store_stream_each(store, ground_id(stream), from, check_next, &walk), STATUS_OK);
	assert_int_equal(walk.version, expected);
}

/* The reader knows only what is durable, whatever the index knows. */
static void ask_reader_stream(void)
{
	uint32_t             stream = below(STREAMS);
	uint64_t             expected = model_version(stream, durable), from = 1 + below((uint32_t)expected + 1);
	uint32_t             limit = below(4) == 0 ? 1 + below(5) : UINT32_MAX;
	struct parallel_walk walk = walk_from(stream, from);

	if (expected >= from && limit < expected - from + 1)
		expected = from + limit - 1;
	assert_int_equal(reader_stream(reader, ground_id(stream), from, limit, check_next, &walk), STATUS_OK);
	assert_int_equal(walk.version, expected);
}

struct backward_walk {
	uint16_t number;
	uint64_t at;
	uint32_t seen;
};

static bool check_previous(void *owner, const struct record *record)
{
	struct backward_walk *walk = owner;

	while (events[--walk->at].number != walk->number)
		;
	assert_int_equal(record->position, walk->at);
	walk->seen++;
	return true;
}

static void ask_reader_type(void)
{
	struct backward_walk walk = {.number = (uint16_t)(1 + below(TYPES)), .at = durable + 1};
	uint32_t             limit = 1 + below(600), expected = 0;

	for (uint64_t position = 1; position <= durable; position++)
		expected += events[position].number == walk.number;
	assert_int_equal(reader_type_backward(reader, walk.number, limit, check_previous, &walk), STATUS_OK);
	assert_int_equal(walk.seen, expected < limit ? expected : limit);
}

static void ask_reader_claim(void)
{
	uint32_t    claim = below(CLAIMS);
	struct hash value = claim_value(claim);
	struct id   owner;
	enum status status = reader_claim(reader, &value, &owner);

	assert_int_equal(status, claim_owner_durable[claim] ? STATUS_OK : STATUS_NOT_FOUND);
	if (status == STATUS_OK)
		assert_true(id_equal(owner, ground_id(claim_owner_durable[claim] - 1)));
}

static void ask_reader_head(void)
{
	uint64_t found;

	assert_int_equal(reader_head(reader, &found), STATUS_OK);
	assert_int_equal(found, durable);
}

static void ask_something(void)
{
	static void (*const questions[])(void) = {ask_record,       ask_command,       ask_claim,
	                                          ask_stream,       ask_reader_stream, ask_reader_type,
	                                          ask_reader_claim, ask_reader_head};

	if (head > 0)
		questions[below(array_count(questions))]();
}

static void the_store_answers_as_the_model_does(void **unused)
{
	int reopened = 0, rebuilt = 0;

	state = sample_seed();
	ground_fresh();
	open_all();
	for (int step = 0; step < STEPS; step++) {
		uint32_t chance = below(1000);

		if (chance < 350)
			submit();
		else if (chance < 450)
			close_batch();
		else if (chance < 560)
			commit_oldest();
		else if (chance < 996)
			ask_something();
		else
			open_again(chance == 999), reopened++, rebuilt += chance == 999;
	}
	print_message("# %d events, opened again %d times, %d times without index\n", (int)head, reopened, rebuilt);
	reader_close(reader);
	store_close(store);
	ground_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_store_answers_as_the_model_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
