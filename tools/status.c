/* orrery status */
#include "eventstore/base/config.h"
#include "eventstore/client.h"
#include "eventstore/codec_json.h"
#include "eventstore/reader.h"
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

static void print_stats(const struct stats *stats)
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
}

/* The message as it came, and what follows from it. */
static void print_stats_json(const struct stats *stats)
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
	buffer_append_text(&out, TEXT("}}\n"));
	fwrite(out.data, 1, out.size, stdout);
	buffer_finish(&out);
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

static enum status ask_writer(const struct config *config, struct arena *arena, struct stats *stats)
{
	struct client *client;
	enum status    status = client_open(config_path(config, CONFIG_SOCKET), "status", &client);

	if (status)
		return status;
	status = client_ask(client, FRAME_STATS, &stats_shape, arena, stats);
	client_close(client);
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
		(json ? print_stats_json : print_stats)(&stats);
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
	.sentence = "Tells how the writer and the read models are doing.",
	.manual = "Usage: orrery status [--json]\n\n"
		  "Asks the running writer: the head of the log, commits and how long they took, commands, the queue, "
		  "how\n"
		  "far the index lags, and where each read model is that has reported since the writer started.\n"
		  "Exit code 1: the writer does not answer; then the head is read from disk.\n",
	.run = run_status,
};
