/* orrery audit stats: how many events there are, of what, when, and how large. */
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"
#include "tools/desk.h"
#include "tools/progress.h"
#include "tools/scan.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LARGEST_COUNT = 10, TYPES_MAX = 1024, NOUNS_MAX = 64, DAMAGES_NAMED_MAX = 100 };

static const int64_t us_per_day = INT64_C(86400) * 1000000;

struct sum {
	uint64_t events, bytes;
};

struct noun_sum {
	const char *name;
	uint64_t    streams, events; /* an event counts for each of its streams */
};

struct large_stream {
	struct id   id;
	const char *noun;
	uint64_t    events;
};

/* What one thread saw; in the end, what all did. */
struct tally {
	struct sum          all, types[TYPES_MAX]; /* by place in event_types; the one behind them: of later builds */
	struct noun_sum     nouns[NOUNS_MAX];
	uint32_t            noun_count;
	struct map          days; /* day since 1970 -> events */
	struct large_stream largest[LARGEST_COUNT];
	int64_t             first_us, last_us; /* the least and the greatest time */
	uint64_t            payload_bytes, damaged;
};

struct statistics {
	struct desk  *desk;
	struct tally *tallies; /* one for each thread */
};

/* ---------------------------------------------------------------- counting */

static uint32_t type_place(uint16_t number)
{
	const struct event_type *type = event_type_by_number(number);

	return type ? (uint32_t)(type - event_types) : event_type_count;
}

/* The noun of a record's stream without looking into its payload: streams lie in the order of the fields that name
 * them, and where there are fewer, the optional ones are the ones missing. NULL: it cannot be told. */
static const char *noun_at(const struct event_type *type, const struct record *record, uint8_t place)
{
	uint8_t all = 0, required = 0, seen = 0;

	for (uint16_t i = 0; type && i < type->shape->count; i++)
		if (type->shape->fields[i].marks & FIELD_STREAM) {
			all++;
			required += !(type->shape->fields[i].marks & FIELD_OPTIONAL);
		}
	if (record->stream_count != all && record->stream_count != required)
		return NULL;
	for (uint16_t i = 0; type && i < type->shape->count; i++) {
		const struct field *field = &type->shape->fields[i];
		bool                missing = record->stream_count != all && (field->marks & FIELD_OPTIONAL);

		if ((field->marks & FIELD_STREAM) && !missing && seen++ == place)
			return field->noun;
	}
	return NULL;
}

static struct noun_sum *noun_of(struct tally *tally, const char *name)
{
	uint32_t i = 0;

	while (i < tally->noun_count && strcmp(tally->nouns[i].name, name) != 0)
		i++;
	require(i < NOUNS_MAX);
	if (i == tally->noun_count)
		tally->nouns[tally->noun_count++].name = name;
	return &tally->nouns[i];
}

/* Keeps the largest, of each stream its largest version. Whoever is among the largest of all is among them in the part
 * where its last event lies. */
static void keep_large(struct tally *tally, const struct large_stream *stream)
{
	struct large_stream *place = &tally->largest[0];

	for (int i = 0; i < LARGEST_COUNT; i++) {
		if (id_equal(tally->largest[i].id, stream->id)) {
			place = &tally->largest[i];
			break;
		}
		if (tally->largest[i].events < place->events)
			place = &tally->largest[i];
	}
	if (stream->events > place->events)
		*place = *stream;
}

static void count_time(struct tally *tally, int64_t time_us)
{
	int64_t day = time_us / us_per_day;

	++*map_put(&tally->days, &day, NULL);
	if (tally->all.events == 1 || time_us < tally->first_us)
		tally->first_us = time_us;
	if (tally->all.events == 1 || time_us > tally->last_us)
		tally->last_us = time_us;
}

static void count_record(void *owner, unsigned thread, const struct record *record)
{
	struct tally *tally = &((struct statistics *)owner)->tallies[thread];
	uint32_t      place = type_place(record->number);

	tally->all.events++;
	tally->all.bytes += record->encoded.size;
	tally->payload_bytes += record->payload.size;
	tally->types[place].events++;
	tally->types[place].bytes += record->encoded.size;
	count_time(tally, record->time_us);
	for (uint8_t i = 0; i < record->stream_count; i++) {
		const struct record_stream *stream = &record->streams[i];
		const char                 *name = noun_at(event_type_by_number(record->number), record, i);
		struct noun_sum            *noun = noun_of(tally, name ? name : "unknown");

		noun->events++;
		noun->streams += stream->version == 1;
		keep_large(tally, &(struct large_stream){stream->id, noun->name, stream->version});
	}
}

static void count_damage(void *owner, unsigned thread, uint64_t position)
{
	struct statistics *statistics = owner;

	if (statistics->tallies[thread].damaged++ < DAMAGES_NAMED_MAX)
		desk_complain(statistics->desk, "The record at position %" PRIu64 " cannot be read.", position);
}

static void add_tally(struct tally *all, const struct tally *part)
{
	const void *day;
	uint64_t   *events;

	if (part->all.events > 0 && (all->all.events == 0 || part->first_us < all->first_us))
		all->first_us = part->first_us;
	if (part->all.events > 0 && (all->all.events == 0 || part->last_us > all->last_us))
		all->last_us = part->last_us;
	all->all.events += part->all.events;
	all->all.bytes += part->all.bytes;
	all->payload_bytes += part->payload_bytes;
	all->damaged += part->damaged;
	for (uint32_t i = 0; i <= event_type_count; i++) {
		all->types[i].events += part->types[i].events;
		all->types[i].bytes += part->types[i].bytes;
	}
	for (uint32_t i = 0; i < part->noun_count; i++) {
		noun_of(all, part->nouns[i].name)->events += part->nouns[i].events;
		noun_of(all, part->nouns[i].name)->streams += part->nouns[i].streams;
	}
	for (size_t at = 0; map_each(&part->days, &at, &day, &events);)
		*map_put(&all->days, day, NULL) += *events;
	for (int i = 0; i < LARGEST_COUNT; i++)
		if (part->largest[i].events > 0)
			keep_large(all, &part->largest[i]);
}

/* ---------------------------------------------------------------- in order */

struct day {
	int64_t  number;
	uint64_t events;
};

static int compare_days(const void *a, const void *b)
{
	int64_t x = ((const struct day *)a)->number, y = ((const struct day *)b)->number;

	return (x > y) - (x < y);
}

static int compare_streams(const void *a, const void *b)
{
	const struct large_stream *x = a, *y = b;

	return x->events == y->events ? memcmp(&x->id, &y->id, sizeof(x->id)) : x->events < y->events ? 1 : -1;
}

/* By day; the caller frees them. */
static struct day *sorted_days(const struct map *map)
{
	struct day *days = calloc(map->count + 1, sizeof(*days));
	size_t      count = 0;
	const void *number;
	uint64_t   *events;

	require(days != NULL);
	for (size_t at = 0; map_each(map, &at, &number, &events); count++) {
		memcpy(&days[count].number, number, sizeof(days[count].number));
		days[count].events = *events;
	}
	qsort(days, count, sizeof(*days), compare_days);
	return days;
}

static const char *type_name(uint32_t place)
{
	return place < event_type_count ? event_types[place].name : "(of a later build)";
}

static uint64_t mean(uint64_t sum, uint64_t count)
{
	return count > 0 ? sum / count : 0;
}

static const char *day_text(int64_t number, char out[TIME_TEXT_SIZE + 1])
{
	time_format(number * us_per_day, out);
	out[strlen("2026-01-02")] = '\0';
	return out;
}

/* ---------------------------------------------------------------- for people */

static void append_total(struct desk *desk, const struct tally *all)
{
	char events[PROGRESS_NUMBER_SIZE], bytes[PROGRESS_NUMBER_SIZE], first[MOMENT_TEXT_SIZE], last[MOMENT_TEXT_SIZE];

	buffer_format(&desk->out, "%s events, %s bytes", progress_number(all->all.events, events),
	              progress_number(all->all.bytes, bytes));
	if (all->all.events > 0) {
		moment_format(all->first_us, first);
		moment_format(all->last_us, last);
		buffer_format(&desk->out,
		              ": %" PRIu64 " bytes an event, %" PRIu64 " of them payload\nfrom %s to %s, on %zu day%s: "
		              "%" PRIu64 " events a day",
		              mean(all->all.bytes, all->all.events), mean(all->payload_bytes, all->all.events), first,
		              last, all->days.count, all->days.count == 1 ? "" : "s",
		              mean(all->all.events, all->days.count));
	}
	buffer_append_text(&desk->out, TEXT("\n"));
}

static void append_title(struct desk *desk, const char *format, const char *first, const char *second,
                         const char *third)
{
	struct buffer line = {0};

	buffer_append_text(&desk->out, TEXT("\n"));
	buffer_format(&line, format, first, second, third);
	screen_paint(&desk->screen, &desk->out, PAINT_HEAD, (struct text){(char *)line.data, line.size});
	buffer_append_text(&desk->out, TEXT("\n"));
	buffer_finish(&line);
}

static void append_tables(struct desk *desk, const struct tally *all, const struct day *days)
{
	char number[PROGRESS_NUMBER_SIZE], other[PROGRESS_NUMBER_SIZE], text[TIME_TEXT_SIZE + 1];

	append_title(desk, "%-40s %14s %14s", "EVENT", "EVENTS", "BYTES EACH");
	for (uint32_t i = 0; i <= event_type_count; i++)
		if (all->types[i].events > 0)
			buffer_format(&desk->out, "%-40s %14s %14" PRIu64 "\n", type_name(i),
			              progress_number(all->types[i].events, number),
			              mean(all->types[i].bytes, all->types[i].events));
	append_title(desk, "%-40s %14s %14s", "STREAMS OF", "STREAMS", "EVENTS");
	for (uint32_t i = 0; i < all->noun_count; i++)
		buffer_format(&desk->out, "%-40s %14s %14s\n", all->nouns[i].name,
		              progress_number(all->nouns[i].streams, number),
		              progress_number(all->nouns[i].events, other));
	append_title(desk, "%-40s %14s%s", "DAY (UTC)", "EVENTS", "");
	for (size_t i = 0; i < all->days.count; i++)
		buffer_format(&desk->out, "%-40s %14s\n", day_text(days[i].number, text),
		              progress_number(days[i].events, number));
	append_title(desk, "%-48s %6s%s", "LARGEST STREAMS", "EVENTS", "");
	for (int i = 0; i < LARGEST_COUNT && all->largest[i].events > 0; i++) {
		char id[ID_TEXT_SIZE + 1];

		id_format(all->largest[i].id, id);
		buffer_format(&desk->out, "%11s:%s %6s\n", all->largest[i].noun, id,
		              progress_number(all->largest[i].events, number));
	}
}

/* ---------------------------------------------------------------- for programs */

static void append_total_json(struct buffer *out, const struct tally *all)
{
	char first[TIME_TEXT_SIZE + 1], last[TIME_TEXT_SIZE + 1];

	time_format(all->first_us, first);
	time_format(all->last_us, last);
	buffer_format(out,
	              "{\"of\":\"all\",\"events\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"payload_bytes\":%" PRIu64
	              ",\"damaged\":%" PRIu64,
	              all->all.events, all->all.bytes, all->payload_bytes, all->damaged);
	if (all->all.events > 0)
		buffer_format(out, ",\"first\":\"%s\",\"last\":\"%s\"", first, last);
	buffer_append_text(out, TEXT("}\n"));
}

static void append_lines(struct buffer *out, const struct tally *all, const struct day *days)
{
	char text[TIME_TEXT_SIZE + 1], id[ID_TEXT_SIZE + 1];

	append_total_json(out, all);
	for (uint32_t i = 0; i <= event_type_count; i++)
		if (all->types[i].events > 0)
			buffer_format(out,
			              "{\"of\":\"type\",\"event\":\"%s\",\"events\":%" PRIu64 ",\"bytes\":%" PRIu64
			              "}\n",
			              type_name(i), all->types[i].events, all->types[i].bytes);
	for (uint32_t i = 0; i < all->noun_count; i++)
		buffer_format(out, "{\"of\":\"noun\",\"noun\":\"%s\",\"streams\":%" PRIu64 ",\"events\":%" PRIu64 "}\n",
		              all->nouns[i].name, all->nouns[i].streams, all->nouns[i].events);
	for (size_t i = 0; i < all->days.count; i++)
		buffer_format(out, "{\"of\":\"day\",\"day\":\"%s\",\"events\":%" PRIu64 "}\n",
		              day_text(days[i].number, text), days[i].events);
	for (int i = 0; i < LARGEST_COUNT && all->largest[i].events > 0; i++) {
		id_format(all->largest[i].id, id);
		buffer_format(out, "{\"of\":\"stream\",\"noun\":\"%s\",\"id\":\"%s\",\"events\":%" PRIu64 "}\n",
		              all->largest[i].noun, id, all->largest[i].events);
	}
}

/* ---------------------------------------------------------------- the verb */

static int compare_nouns(const void *a, const void *b)
{
	return strcmp(((const struct noun_sum *)a)->name, ((const struct noun_sum *)b)->name);
}

static enum status print(struct desk *desk, struct tally *all, const struct desk_wish *wish)
{
	struct day *days = sorted_days(&all->days);

	qsort(all->nouns, all->noun_count, sizeof(all->nouns[0]), compare_nouns);
	qsort(all->largest, LARGEST_COUNT, sizeof(all->largest[0]), compare_streams);
	screen_open(&desk->screen, !wish->json && !wish->no_pager);
	if (wish->json) {
		append_lines(&desk->out, all, days);
	} else {
		append_total(desk, all);
		append_tables(desk, all, days);
	}
	free(days);
	return desk_print(desk);
}

static int count(struct desk *desk, const struct desk_wish *wish)
{
	struct statistics statistics = {.desk = desk};
	struct scan       scan = {.data = config_path(&desk->config, CONFIG_DATA),
	                          .head = desk->head,
	                          .what = "Counted",
	                          .owner = &statistics,
	                          .visit = count_record,
	                          .damaged = count_damage};
	unsigned          threads = scan_threads();
	enum status       status;

	require(event_type_count < TYPES_MAX);
	statistics.tallies = calloc(threads + 1, sizeof(*statistics.tallies));
	require(statistics.tallies != NULL);
	for (unsigned i = 0; i <= threads; i++)
		statistics.tallies[i].days.key_size = sizeof(int64_t);
	status = scan_log(&scan);
	for (unsigned i = 0; i < threads; i++)
		add_tally(&statistics.tallies[threads], &statistics.tallies[i]);
	desk->damaged = statistics.tallies[threads].damaged;
	if (status == STATUS_OK)
		status = print(desk, &statistics.tallies[threads], wish);
	for (unsigned i = 0; i <= threads; i++)
		map_finish(&statistics.tallies[i].days);
	free(statistics.tallies);
	return status == STATUS_OK ? EXIT_SUCCESS : desk_failed(desk, status);
}

static int run_stats(int argc, char **argv)
{
	struct desk_wish        wish = {0};
	const struct option_row rows[] = {DESK_OPTIONS(&wish), {0}};
	const char             *wrong = options_read(argc, argv, rows, NULL);
	struct desk             desk;

	if (wrong)
		return audit_misused(&audit_stats, wrong);
	return desk_close(&desk, desk_open(&desk, audit_stats.name) ? count(&desk, &wish) : EXIT_FAILURE);
}

const struct verb audit_stats = {
	.name = "stats",
	.sentence = "Counts events by type, stream and day, and tells how large they are.",
	.manual =
		"Usage: orrery audit stats [--json] [--no-pager]\n\n"
		"Reads the header of every record, on all cores. Bytes are those of the records, without hashes and\n"
		"the store's pages. An event counts once for each noun whose stream it belongs to. Days are in UTC.\n"
		"--json      one line for all (events, bytes, payload_bytes, damaged, first and last time), then one\n"
		"            for each type, noun, day and each of the 10 largest streams, told by the member \"of\"\n"
		"--no-pager  prints to the terminal itself\n"
		"Exit codes: 0 counted, 1 could not be done, 2 not understood, 3 a record is damaged; it is named, "
		"and\n"
		"the others are counted.\n",
	.run = run_stats,
};
