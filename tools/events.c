/* orrery events: the log as JSON lines. */
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/wire/doorbell.h"
#include "tools/event_view.h"
#include "tools/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH_SIZE = 256, FOLLOW_TIMEOUT_MS = 1000 };

struct wish {
	uint64_t from;
	bool     follow;
};

/* Lines are gathered while the read transaction is open and printed when it is over: a slow terminal must not hold back
 * the writer's pages. */
struct printer {
	struct arena  arena;
	struct buffer lines;
	uint64_t      next;
	enum status   status;
};

/* Lines ---------------------------------------------------------------------------------------------------------- */

static bool print_record(void *owner, const struct record *record)
{
	struct printer   *printer = owner;
	struct event_view view;

	printer->status = event_view_read(record, NULL, &printer->arena, &view);
	if (printer->status)
		return false;
	event_view_json(&view, &printer->lines);
	arena_reset(&printer->arena);
	printer->next = record->position + 1;
	return true;
}

/* The tail ------------------------------------------------------------------------------------------------------- */

/* Prints what there is from printer->next on, up to the head. */
static enum status print_to_head(struct printer *printer, struct reader *reader)
{
	uint64_t    before;
	enum status status;

	do {
		before = printer->next;
		status = reader_each(reader, printer->next, BATCH_SIZE, print_record, printer);
		if (fwrite(printer->lines.data, 1, printer->lines.size, stdout) != printer->lines.size
		    || fflush(stdout))
			return STATUS_IO;
		buffer_consume(&printer->lines, printer->lines.size);
		if (!status)
			status = printer->status;
	} while (!status && printer->next > before);
	return status;
}

static enum status follow(struct printer *printer, struct reader *reader, const struct config *config)
{
	struct doorbell *doorbell = doorbell_create(config_path(config, CONFIG_SOCKET), "events");
	enum status      status = STATUS_OK;

	while (!status) {
		doorbell_wait(doorbell, printer->next - 1, FOLLOW_TIMEOUT_MS);
		status = print_to_head(printer, reader);
	}
	doorbell_destroy(doorbell);
	return status;
}

static int complain(const char *what, enum status status, uint64_t position)
{
	diag(DIAG_ERROR, what, "%s (before position %" PRIu64 ")", status_sentence(status), position);
	return EXIT_FAILURE;
}

static int print_log(const struct wish *wish, const struct config *config)
{
	struct printer printer = {.next = wish->from};
	struct reader *reader;
	enum status    status = reader_open(config_path(config, CONFIG_DATA), &reader);

	if (status) {
		diag(DIAG_ERROR, "log_not_opened", "%s: %s", config_path(config, CONFIG_DATA), status_sentence(status));
		return EXIT_FAILURE;
	}
	status = print_to_head(&printer, reader);
	if (!status && wish->follow)
		status = follow(&printer, reader, config);
	reader_close(reader);
	buffer_finish(&printer.lines);
	arena_finish(&printer.arena);
	return status ? complain("events_stopped", status, printer.next) : EXIT_SUCCESS;
}

/* The verb ------------------------------------------------------------------------------------------------------- */

static bool read_wish(int argc, char **argv, struct wish *wish)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--follow") == 0) {
			wish->follow = true;
		} else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc) {
			if (!text_parse_u64(text_from(argv[++i]), &wish->from) || wish->from == 0)
				return false;
		} else {
			return false;
		}
	}
	return true;
}

static int run_events(int argc, char **argv)
{
	struct wish   wish = {.from = 1};
	struct config config;
	int           code;

	if (!read_wish(argc, argv, &wish))
		return verb_misused(&verb_events, "It takes --from POSITION (1, 2, …) and --follow.");
	config_load_or_exit(&config, "orrery-events");
	code = print_log(&wish, &config);
	config_finish(&config);
	return code;
}

const struct verb verb_events = {
	.name = "events",
	.sentence = "Prints the log as JSON lines.",
	.manual =
		"Usage: orrery events [--from POSITION] [--follow]\n\n"
		"One event a line: position, time, event, streams with their versions, actor, command, trace, fields.\n"
		"--from    begins there instead of at 1\n"
		"--follow  waits for more and never ends by itself\n"
		"\nWhat names a person stays sealed; `orrery audit log --unseal` opens it, and notes that in the "
		"log.\n",
	.run = run_events,
};
