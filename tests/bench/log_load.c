/* A long log, and what is done with all of it: log_load make FOLDER EVENTS, or log_load WHAT FOLDER MILLISECONDS with
 * cursor, headers, decode, prove, start or lag. Prints one line of JSON: how many a second, and for the last three the
 * microseconds of the median and of the 99th percentile. */
#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/disk/kv.h"
#include "eventstore/log/reader.h"
#include "eventstore/writer/store.h"
#include "schema/events.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEOPLE = 10000, EVENTS_A_COMMIT = 10000, AT_ONCE = 4096, TIMES_MAX = 1 << 20, LOOK_EVERY_US = 100 };

static const char *folder;
static uint32_t    times[TIMES_MAX]; /* µs */
static size_t      time_count;

static struct store *open_store(void)
{
	char                  master[PATH_MAX];
	struct store_settings settings = {.directory = folder, .master_path = master};
	struct store         *store;

	snprintf(master, sizeof(master), "%s/master.key", folder);
	require(store_open(&settings, &store) == STATUS_OK);
	return store;
}

static struct reader *open_reader(uint64_t *head)
{
	struct reader *reader;

	require(reader_open(folder, &reader) == STATUS_OK && reader_head(reader, head) == STATUS_OK && *head > 0);
	return reader;
}

/* ---------------------------------------------------------------- making it */

static struct id person(uint32_t number)
{
	struct id id = {.bytes = "person-"};

	memcpy(id.bytes + 12, &number, sizeof(number));
	return id;
}

static void commit(struct store *store)
{
	struct batch *batch = store_close_batch(store);

	require(store_commit(store, batch) == STATUS_OK);
	store_release_batch(store, batch);
}

static void append(struct store *store, uint32_t number, struct buffer *payload)
{
	struct profile_changed event = {.user = person(number % PEOPLE),
	                                .name = TEXT("Ada Lovelace"),
	                                .bio = TEXT("Wrote the first program, and a hundred bytes of text beside it.")};
	struct record          record = {.number = EVENT_profile_changed,
	                                 .shape_version = 1,
	                                 .command_count = 1,
	                                 .stream_count = 1,
	                                 .time_us = clock_wall_us(),
	                                 .actor = event.user,
	                                 .command = id_fresh(),
	                                 .trace = id_fresh(),
	                                 .streams = {{.id = event.user, .version = number / PEOPLE + 1}}};

	payload->size = 0;
	require(msgpack_encode_shape(event_type_by_number(record.number)->shape, &event, 0,
	                             keys_sealer(store_keys(store)), payload)
	        == STATUS_OK);
	record.payload = buffer_bytes(payload);
	require(store_append(store, &record) == STATUS_OK);
}

static void make(uint64_t events)
{
	struct store *store = open_store();
	struct buffer payload = {0};
	int64_t       began_us = clock_monotonic_us();

	for (uint64_t i = 0; i < events; i++) {
		append(store, (uint32_t)i, &payload);
		if ((i + 1) % EVENTS_A_COMMIT == 0 || i + 1 == events)
			commit(store);
	}
	store_close(store);
	buffer_finish(&payload);
	printf("{\"rate\":%.0f,\"count\":%" PRIu64 "}\n",
	       (double)events * 1e6 / (double)(clock_monotonic_us() - began_us), events);
}

/* ---------------------------------------------------------------- reading it, until the time is over */

struct scan {
	int64_t      until_us;
	uint64_t     count, next, sum;
	bool         decode;
	struct arena arena;
};

static bool take(void *owner, const struct record *record)
{
	struct scan             *scan = owner;
	const struct event_type *type;
	const void              *event;

	scan->count++;
	scan->next = record->position + 1;
	scan->sum += record->number + record->streams[0].version;
	if (scan->decode) {
		require(record_event(record, NULL, &scan->arena, &type, &event) == STATUS_OK);
		arena_reset(&scan->arena);
	}
	return true;
}

static uint64_t read_records(int64_t until_us, bool decode)
{
	struct scan    scan = {.until_us = until_us, .next = 1, .decode = decode};
	uint64_t       head;
	struct reader *reader = open_reader(&head);

	while (clock_monotonic_us() < until_us) {
		require(reader_each(reader, scan.next, AT_ONCE, take, &scan) == STATUS_OK);
		if (scan.next > head)
			scan.next = 1;
	}
	reader_close(reader);
	arena_finish(&scan.arena);
	return scan.count;
}

static uint64_t read_headers(int64_t until_us)
{
	return read_records(until_us, false);
}

static uint64_t decode(int64_t until_us)
{
	return read_records(until_us, true);
}

/* The limit: LMDB's cursor alone, touching each value's first byte. */
static uint64_t run_cursor(int64_t until_us)
{
	struct kv_table   table = {.integer_keys = true};
	char              path[PATH_MAX];
	struct kv        *kv;
	struct kv_txn    *snapshot;
	uint64_t          count = 0;
	volatile uint64_t sum = 0;

	snprintf(path, sizeof(path), "%s/log", folder);
	require(kv_open(path, KV_READ, &table, 1, &kv) == STATUS_OK);
	snapshot = kv_snapshot_create(kv);
	while (clock_monotonic_us() < until_us) {
		struct bytes      key, value;
		struct kv_cursor *cursor;

		require(kv_snapshot_renew(snapshot) == STATUS_OK);
		cursor = kv_cursor_open(snapshot, &table);
		for (enum kv_step step = KV_FIRST; kv_step(cursor, step, &key, &value) == STATUS_OK; step = KV_NEXT) {
			sum += value.data[0];
			if (++count % AT_ONCE == 0 && clock_monotonic_us() >= until_us)
				break;
		}
		kv_cursor_close(cursor);
		kv_snapshot_rest(snapshot);
	}
	kv_snapshot_destroy(snapshot);
	kv_close(kv);
	return count;
}

static void note_took(int64_t took_us)
{
	if (time_count < TIMES_MAX)
		times[time_count++] = (uint32_t)(took_us > 0 ? took_us : 0);
}

static void note_time(int64_t began_us)
{
	note_took(clock_monotonic_us() - began_us);
}

/* Any leaf against the head, as `orrery audit prove` does. */
static uint64_t prove(int64_t until_us)
{
	uint64_t             head, count = 0, chance = 1;
	struct reader       *reader = open_reader(&head);
	struct merkle_source tree = reader_tree(reader);
	struct merkle_proof  proof;

	for (int64_t now_us; (now_us = clock_monotonic_us()) < until_us; count++) {
		chance = chance * 6364136223846793005 + 1442695040888963407;
		require(merkle_prove_inclusion(&tree, (chance >> 20) % head, head, &proof) == STATUS_OK);
		note_time(now_us);
	}
	reader_close(reader);
	return count;
}

/* All that the writer does before it takes the first command. */
static uint64_t start(int64_t until_us)
{
	uint64_t count = 0;

	for (int64_t now_us; (now_us = clock_monotonic_us()) < until_us; count++) {
		struct store *store = open_store();

		note_time(now_us);
		store_close(store);
	}
	return count;
}

struct watch {
	uint64_t next, count;
};

static bool note_lag(void *owner, const struct record *record)
{
	struct watch *watch = owner;

	note_took(clock_wall_us() - record->time_us);
	watch->next = record->position + 1;
	watch->count++;
	return true;
}

/* How old each event is, counted from its decision, when it can be read here: in a copy, by how much it lags. */
static uint64_t lag(int64_t until_us)
{
	struct watch   watch = {0};
	struct reader *reader = open_reader(&watch.next);

	watch.next++;
	while (clock_monotonic_us() < until_us) {
		require(reader_each(reader, watch.next, AT_ONCE, note_lag, &watch) == STATUS_OK);
		usleep(LOOK_EVERY_US);
	}
	reader_close(reader);
	return watch.count;
}

static const struct {
	const char *name;
	uint64_t (*run)(int64_t until_us);
} loads[] = {
	{"cursor", run_cursor}, {"headers", read_headers}, {"decode", decode},
	{"prove", prove},       {"start", start},          {"lag", lag},
};

static int by_size(const void *a, const void *b)
{
	return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

static void measure(uint64_t (*run)(int64_t until_us), uint64_t milliseconds)
{
	int64_t  began_us = clock_monotonic_us();
	uint64_t count = run(began_us + (int64_t)milliseconds * 1000);
	double   rate = (double)count * 1e6 / (double)(clock_monotonic_us() - began_us);

	printf("{\"rate\":%.0f,\"count\":%" PRIu64, rate, count);
	if (time_count > 0) {
		qsort(times, time_count, sizeof(times[0]), by_size);
		printf(",\"p50_us\":%" PRIu32 ",\"p99_us\":%" PRIu32, times[time_count / 2],
		       times[time_count * 99 / 100]);
	}
	printf("}\n");
}

int main(int count, char **arguments)
{
	uint64_t number;

	require(count == 4 && text_parse_u64(text_from(arguments[3]), &number));
	folder = arguments[2];
	if (strcmp(arguments[1], "make") == 0) {
		make(number);
		return EXIT_SUCCESS;
	}
	for (size_t i = 0; i < array_count(loads); i++)
		if (strcmp(arguments[1], loads[i].name) == 0) {
			measure(loads[i].run, number);
			return EXIT_SUCCESS;
		}
	return EXIT_FAILURE;
}
