/* orrery status */
#include "eventstore/base/config.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/log/reader.h"
#include "eventstore/subscription/subscription.h"
#include "eventstore/wire/client.h"
#include "tools/simulator_view.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LABEL_WIDTH = 13 };

static const double us_per_ms = 1000, bytes_per_mib = 1 << 20;

static uint64_t lag(const struct stats *stats, const struct progress *projection)
{
	return stats->head > projection->position ? stats->head - projection->position : 0;
}

/* The writer answers ---------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void print_line(const char *label, const char *format, ...)
{
	va_list values;

	printf("%-*s ", LABEL_WIDTH, label);
	va_start(values, format);
	vprintf(format, values);
	va_end(values);
	putchar('\n');
}

static void print_projections(const struct stats *stats)
{
	if (stats->projections.count == 0)
		print_line("read models", "none has been heard of since the writer started");
	for (uint32_t i = 0; i < stats->projections.count; i++) {
		const struct progress *projection = &stats->projections.items[i];

		print_line(i == 0 ? "read models" : "", "%.*s at %" PRIu64 ", %" PRIu64 " behind",
		           TEXT_ARG(projection->name), projection->position, lag(stats, projection));
	}
}

/* What is remembered of them lies on disk, so that one that does not run is seen too. */
struct subscribers {
	struct subscription_state *state;
	uint64_t                   head;
	struct buffer              out;
	bool                       json;
	uint32_t                   count;
};

static bool append_subscriber(void *owner, struct id subscription, const struct subscription_place *place)
{
	struct subscribers          *subscribers = owner;
	struct subscription_standing standing = {0};
	uint64_t lag = subscribers->head > place->position ? subscribers->head - place->position : 0;

	if (subscription_state_standing(subscribers->state, subscription, &standing) != STATUS_OK)
		return false;
	if (subscribers->json)
		buffer_format(&subscribers->out,
		              "%s\"%s\":{\"position\":%" PRIu64 ",\"lag\":%" PRIu64 ",\"parked\":%u}",
		              subscribers->count > 0 ? "," : "", place->name, place->position, lag,
		              standing.counts[HELD_PARKED]);
	else
		buffer_format(&subscribers->out, "%-*s %s at %" PRIu64 ", %" PRIu64 " behind, %u parked%s\n",
		              LABEL_WIDTH, subscribers->count > 0 ? "" : "subscriptions", place->name, place->position,
		              lag, standing.counts[HELD_PARKED], place->full ? ", stopped" : "");
	subscribers->count++;
	return true;
}

static void print_subscribers(const struct config *config, uint64_t head, bool json)
{
	struct subscribers subscribers = {.head = head, .json = json};

	if (subscription_state_open(config_path(config, CONFIG_DATA), KV_READ, &subscribers.state) == STATUS_OK
	    && subscription_state_places(subscribers.state, append_subscriber, &subscribers) == STATUS_OK)
		fwrite(subscribers.out.data, 1, subscribers.out.size, stdout);
	subscription_state_close(subscribers.state);
	buffer_finish(&subscribers.out);
}

static void print_simulator(const struct config *config)
{
	struct buffer out = {0};

	simulator_view_lines(config, LABEL_WIDTH, &out);
	fwrite(out.data, 1, out.size, stdout);
	buffer_finish(&out);
}

static void print_stats(const struct config *config, const struct stats *stats)
{
	/* We are one of the connections. */
	print_line("writer", "answers, version %.*s, %u connections besides this one", TEXT_ARG(stats->version),
	           stats->clients - 1);
	print_line("log", "%" PRIu64 " events, %.1f MiB in use", stats->head, (double)stats->log_used / bytes_per_mib);
	if (stats->damaged > 0)
		print_line("damage", "%" PRIu64 " findings: run `orrery audit verify --full`", stats->damaged);
	print_line("verified", "%" PRIu64 " events", stats->verified);
	if (stats->commits == 0)
		print_line("commits", "none since the start");
	else
		print_line("commits", "%" PRIu64 " since the start, the last took %.2f ms, the slowest %.2f ms",
		           stats->commits, (double)stats->commit_us_last / us_per_ms,
		           (double)stats->commit_us_max / us_per_ms);
	print_line("commands",
	           "%" PRIu64 " decided since the start, of them %" PRIu64 " refused and %" PRIu64 " repeated",
	           stats->submitted, stats->refused, stats->repeated);
	print_line("queue", "%u waiting, %" PRIu64 " turned away since the start", stats->waiting, stats->busy);
	print_line("disk",
	           stats->disk_short ? "%.1f MiB free, which is too little: commands are refused until there are more"
	                             : "%.1f MiB free",
	           (double)stats->disk_free / bytes_per_mib);
	print_line("index", "%" PRIu64 " events behind", stats->index_lag);
	print_projections(stats);
	print_subscribers(config, stats->head, false);
	print_simulator(config);
}

/* The message as it came, and what follows from it. */
static void print_stats_json(const struct config *config, const struct stats *stats)
{
	struct buffer out = {0};

	buffer_append_text(&out, TEXT("{\"writer\":true,\"stats\":"));
	json_encode_shape(&stats_shape, stats, 0, &out);
	buffer_append_text(&out, TEXT(",\"lag\":{"));
	for (uint32_t i = 0; i < stats->projections.count; i++) {
		buffer_append_text(&out, i > 0 ? TEXT(",") : TEXT(""));
		json_append_string(&out, stats->projections.items[i].name);
		buffer_format(&out, ":%" PRIu64, lag(stats, &stats->projections.items[i]));
	}
	buffer_append_text(&out, TEXT("},\"simulator\":"));
	simulator_view_json(config, &out);
	buffer_append_text(&out, TEXT(",\"subscriptions\":{"));
	fwrite(out.data, 1, out.size, stdout);
	buffer_finish(&out);
	print_subscribers(config, stats->head, true);
	printf("}}\n");
}

/* The writer is away ---------------------------------------------------------------------------------------------- */

static enum status read_head(const struct config *config, uint64_t *head)
{
	struct reader *reader;
	enum status    status = reader_open(config_path(config, CONFIG_DATA), &reader);

	if (status)
		return status;
	status = reader_head(reader, head);
	reader_close(reader);
	return status;
}

static void print_absence(const struct config *config)
{
	uint64_t    head;
	enum status status = read_head(config, &head);

	print_line("writer", "does not answer at %s; `orrery up` starts it", config_path(config, CONFIG_SOCKET));
	if (status == STATUS_OK)
		print_line("log", "%" PRIu64 " events, as it lies on disk", head);
	else if (status == STATUS_NOT_FOUND)
		print_line("log", "none in %s", config_path(config, CONFIG_DATA));
	else
		print_line("log", "%s: %s", config_path(config, CONFIG_DATA), status_sentence(status));
}

static void print_absence_json(const struct config *config)
{
	uint64_t head;

	if (read_head(config, &head) == STATUS_OK)
		printf("{\"writer\":false,\"stats\":{\"head\":%" PRIu64 "}}\n", head);
	else
		printf("{\"writer\":false}\n");
}

/* The verb -------------------------------------------------------------------------------------------------------- */

/* Subscriptions tell the writer of their progress too; how they stand is read from what they remember. */
static void leave_read_models(struct stats *stats, struct arena *arena)
{
	struct progress *models = arena_array(arena, struct progress, stats->projections.count);
	uint32_t         count = 0;

	for (uint32_t i = 0; i < stats->projections.count; i++)
		if (!text_starts_with(stats->projections.items[i].name, TEXT(SUBSCRIPTION_PROGRESS_PREFIX)))
			models[count++] = stats->projections.items[i];
	stats->projections = (struct progress_list){.items = models, .count = count};
}

static enum status ask_writer(const struct config *config, struct arena *arena, struct stats *stats)
{
	struct client *client;
	enum status    status = client_open(config_path(config, CONFIG_SOCKET), "status", &client);

	if (status)
		return status;
	status = client_ask(client, FRAME_STATS, &stats_shape, arena, stats);
	client_close(client);
	if (status == STATUS_OK)
		leave_read_models(stats, arena);
	return status;
}

static enum status print_status(const struct config *config, bool json)
{
	struct arena arena = {0};
	struct stats stats = {0};
	enum status  status = ask_writer(config, &arena, &stats);

	if (status)
		(json ? print_absence_json : print_absence)(config);
	else
		(json ? print_stats_json : print_stats)(config, &stats);
	arena_finish(&arena);
	return status;
}

static int run_status(int argc, char **argv)
{
	struct config config;
	bool          json = argc == 2 && strcmp(argv[1], "--json") == 0;
	enum status   status;

	if (argc > 1 && !json)
		return verb_misused(&verb_status, "It takes no argument but --json.");
	config_load_or_exit(&config, "orrery");
	status = print_status(&config, json);
	config_finish(&config);
	return fflush(stdout) || status ? EXIT_FAILURE : EXIT_SUCCESS;
}

const struct verb verb_status = {
	.name = "status",
	.sentence = "Tells how the writer, the read models, the subscriptions and the simulator are doing.",
	.manual = "Usage: orrery status [--json]\n\n"
		  "Asks the running writer: the head of the log, commits and how long they took, commands, the queue, "
		  "how\n"
		  "far the index lags, where each read model is that has reported since the writer started, and where "
		  "each\n"
		  "subscription is and how much it has parked: see `orrery help subscriptions`. Then the simulator:\n"
		  "its workers, its runs, and what is kept of them.\n"
		  "Exit code 1: the writer does not answer; then the head is read from disk.\n",
	.run = run_status,
};
