/* orrery audit replay: what other deciders would have decided. The deciding is done by a program of its own, this
 * build's or another's; here is only said what it found. */
#include "eventstore/base/require.h"
#include "tools/child.h"
#include "tools/desk.h"
#include "tools/progress.h"
#include "tools/replay_line.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPLAY_CHANGED = 1, REPLAY_NOT_DONE = 4, TALLIES_MAX = 512, WORD_SIZE = 32, NAME_SIZE = 80, WHAT_SIZE = 160 };

struct wish {
	struct desk_wish desk;
	const char      *handler, *since, *until, *command;
};

/* How many decisions of one command changed in one way. */
struct tally {
	char     command[NAME_SIZE], what[WHAT_SIZE];
	uint64_t count;
};

struct report {
	const struct wish    *wish;
	struct desk           desk;
	struct arena          arena; /* of the opening */
	struct replay_opening opening;
	struct replay_ending  ending;
	bool                  ended;
	uint64_t              changed, unknown;
	struct tally          tallies[TALLIES_MAX];
	uint32_t              tally_count;
};

/* ---------------------------------------------------------------- counting */

static void count(struct report *report, struct text command, struct text what)
{
	struct tally wanted = {0}, *tally = report->tallies;

	snprintf(wanted.command, sizeof(wanted.command), "%.*s", TEXT_ARG(command));
	snprintf(wanted.what, sizeof(wanted.what), "%.*s", TEXT_ARG(what));
	while (tally < report->tallies + report->tally_count
	       && (strcmp(tally->command, wanted.command) != 0 || strcmp(tally->what, wanted.what) != 0))
		tally++;
	/* Nobody has so many commands; another build's words are not trusted to be few. */
	if (tally == report->tallies + TALLIES_MAX)
		return;
	if (tally == report->tallies + report->tally_count) {
		*tally = wanted;
		report->tally_count++;
	}
	tally->count++;
}

/* ---------------------------------------------------------------- one decision */

/* "accepted_to_refused" as "accepted -> refused", "other_events" as "other events". */
static struct text change_in_words(struct text change, struct arena *arena)
{
	const char *to = memmem(change.data, change.size, "_to_", 4);
	size_t      before = to ? (size_t)(to - change.data) : 0;

	if (text_is(change, "other_events"))
		return TEXT("other events");
	if (text_is(change, "other_refusal"))
		return TEXT("other refusal");
	if (!to)
		return change;
	return arena_format(arena, "%.*s -> %.*s", (int)before, change.data, (int)(change.size - before - 4), to + 4);
}

static void append_outcome(struct desk *desk, const char *when, const struct replay_outcome *outcome)
{
	struct buffer *out = &desk->out;
	char           time[MOMENT_TEXT_SIZE];

	buffer_format(out, "    %s  ", when);
	if (outcome->refusal.data)
		buffer_format(out, "refused: %.*s", TEXT_ARG(outcome->refusal));
	else if (outcome->events.count == 0)
		buffer_format(out, "%.*s", TEXT_ARG(outcome->kind));
	if (outcome->has_retry_at) {
		moment_format(outcome->retry_at, time);
		buffer_format(out, " until %s", time);
	}
	if (outcome->sentence.data) {
		buffer_append_text(out, TEXT(": "));
		screen_tame(out, outcome->sentence);
	}
	for (uint32_t i = 0; i < outcome->events.count; i++) {
		buffer_append_text(out, i > 0 ? TEXT(", ") : TEXT(""));
		screen_tame(out, outcome->events.items[i].event);
		buffer_append_text(out, TEXT(" "));
		screen_tame(out, outcome->events.items[i].fields);
	}
	buffer_append_text(out, TEXT("\n"));
}

static void append_differences(struct desk *desk, const struct replay_decision *decision)
{
	for (uint32_t i = 0; i < decision->differs.count; i++) {
		const struct replay_difference *difference = &decision->differs.items[i];

		buffer_append_text(&desk->out, TEXT("    "));
		screen_tame(&desk->out, difference->event);
		buffer_append_text(&desk->out, TEXT("  "));
		screen_tame(&desk->out, difference->was);
		screen_paint(&desk->screen, &desk->out, PAINT_FAINT, TEXT(" -> "));
		screen_tame(&desk->out, difference->now);
		buffer_append_text(&desk->out, TEXT("\n"));
	}
}

static void append_decision(struct desk *desk, const struct replay_decision *decision, struct text change)
{
	struct buffer *out = &desk->out;
	char           time[MOMENT_TEXT_SIZE];

	moment_format(decision->time, time);
	screen_paint(&desk->screen, out, PAINT_FAINT, TEXT("entry"));
	buffer_format(out, " %-8" PRIu64 " after position %-8" PRIu64 " %s  ", decision->entry, decision->head, time);
	screen_paint(&desk->screen, out, PAINT_NAME, decision->command);
	buffer_append_text(out, TEXT("  "));
	screen_paint(&desk->screen, out, PAINT_BAD, change);
	buffer_append_text(out, TEXT("\n"));
	if (decision->differs.count > 0) {
		append_differences(desk, decision);
		return;
	}
	append_outcome(desk, "was", &decision->was);
	append_outcome(desk, "now", &decision->now);
}

static enum status show_decision(struct report *report, struct bytes line)
{
	struct desk           *desk = &report->desk;
	struct replay_decision decision;
	struct text            change;
	enum status            status = replay_read_decision(line, &desk->arena, &decision);

	if (status != STATUS_OK || text_is(decision.change, "same"))
		return status;
	change = change_in_words(decision.change, &desk->arena);
	if (text_is(change, "unknown")) {
		report->unknown++;
		count(report, decision.command,
		      arena_format(&desk->arena, "cannot be decided again: %.*s", TEXT_ARG(decision.now.sentence)));
	} else {
		report->changed++;
		count(report, decision.command, change);
	}
	if (report->wish->desk.json)
		buffer_append(&desk->out, line);
	else if (!text_is(change, "unknown"))
		append_decision(desk, &decision, change);
	return desk_print(desk);
}

/* ---------------------------------------------------------------- the beginning and the end */

static enum status show_opening(struct report *report, struct bytes line)
{
	struct desk           *desk = &report->desk;
	struct replay_opening *opening = &report->opening;
	char                   time[MOMENT_TEXT_SIZE];
	enum status            status = replay_read_opening(line, &report->arena, opening);

	if (status != STATUS_OK)
		return status;
	if (report->wish->desk.json) {
		buffer_append(&desk->out, line);
	} else if (opening->has_first_entry && opening->first_position > 1) {
		moment_format(opening->first_time, time);
		buffer_format(&desk->out,
		              "The journal begins behind position %" PRIu64
		              " (%s): what was decided before cannot be decided again.\n",
		              opening->first_position - 1, time);
	}
	return desk_print(desk);
}

static int compare_tallies(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	int                 order = strcmp(x->command, y->command);

	return order ? order : strcmp(x->what, y->what);
}

static void append_tallies(struct report *report)
{
	static const struct screen_column columns[] = {
		{.title = "COMMAND", .width = 27, .paint = PAINT_NAME},
		{.title = "COUNT", .width = 9, .right = true},
		{.title = "WHAT"},
	};

	struct desk *desk = &report->desk;

	if (report->tally_count == 0)
		return;
	qsort(report->tallies, report->tally_count, sizeof(report->tallies[0]), compare_tallies);
	screen_row(&desk->screen, &desk->out, columns, array_count(columns), NULL);
	for (uint32_t i = 0; i < report->tally_count; i++) {
		struct tally *tally = &report->tallies[i];
		char          number[PROGRESS_NUMBER_SIZE];
		struct text   cells[] = {text_from(tally->command), text_from(progress_number(tally->count, number)),
		                         text_from(tally->what)};

		screen_row(&desk->screen, &desk->out, columns, array_count(columns), cells);
	}
}

static void append_ending(struct report *report)
{
	struct buffer *out = &report->desk.out;
	char           decided[PROGRESS_NUMBER_SIZE], changed[PROGRESS_NUMBER_SIZE], unknown[PROGRESS_NUMBER_SIZE];

	append_tallies(report);
	if (report->ending.not_journaled > 0)
		buffer_format(out,
		              "%" PRIu64 " commands in the log, the first at position %" PRIu64
		              ", are not in the journal: a crash took its last second, or it was off.\n",
		              report->ending.not_journaled, report->ending.first_not_journaled);
	buffer_format(out, "%s decisions were made again by %.*s: %s would change, %s cannot be decided again.\n",
	              progress_number(report->ending.decided, decided), TEXT_ARG(report->opening.version),
	              progress_number(report->changed, changed), progress_number(report->unknown, unknown));
}

static enum status show_ending(struct report *report, struct bytes line)
{
	enum status status = replay_read_ending(line, &report->desk.arena, &report->ending);

	if (status != STATUS_OK)
		return status;
	report->ended = true;
	if (report->wish->desk.json)
		buffer_append(&report->desk.out, line);
	else if (report->opening.has_first_entry)
		append_ending(report);
	return desk_print(&report->desk);
}

/* ---------------------------------------------------------------- the program that decides */

static enum status read_lines(struct report *report, FILE *lines)
{
	char       *line = NULL;
	size_t      capacity = 0;
	ssize_t     size;
	bool        first = true;
	enum status status = STATUS_OK;

	while (status == STATUS_OK && (size = getline(&line, &capacity, lines)) > 0) {
		struct bytes bytes = BYTES(line, size);

		if (size > REPLAY_LINE_MAX)
			status = STATUS_TOO_LARGE;
		else if (first)
			status = show_opening(report, bytes);
		else
			status = replay_is_ending(bytes) ? show_ending(report, bytes) : show_decision(report, bytes);
		first = false;
		arena_reset(&report->desk.arena);
	}
	free(line);
	return status;
}

/* A bound as the program takes it: a position or a time. False after a complaint. */
static bool bound_word(struct report *report, const char *word, char out[WORD_SIZE])
{
	struct place place;

	if (!place_parse(word, report->desk.now_us, &place)) {
		desk_complain(&report->desk, "\"%s\" is neither a position nor a time.", word);
		return false;
	}
	if (place.position > 0)
		snprintf(out, WORD_SIZE, "%" PRIu64, place.position);
	else
		time_format(place.time_us, out);
	return true;
}

static void add_option(struct child_plan *plan, const char *name, const char *value)
{
	size_t at = 0;

	if (!value)
		return;
	while (plan->arguments[at])
		at++;
	require(at + 2 < CHILD_ARGUMENTS_MAX);
	plan->arguments[at] = name;
	plan->arguments[at + 1] = value;
}

static int judge(const struct report *report, enum status status, int ended)
{
	const struct desk *desk = &report->desk;

	if (status == STATUS_UNSUPPORTED)
		desk_complain(desk, "that build speaks another protocol than %d; use the `orrery` beside it.",
		              REPLAY_PROTOCOL);
	else if (status == STATUS_IO)
		desk_complain(desk, "nobody takes what is printed.");
	else if (status != STATUS_OK)
		desk_complain(desk, "what it printed is not understood.");
	else if (ended == EXIT_HOPELESS)
		return AUDIT_DAMAGED;
	else if (ended != EXIT_SUCCESS || !report->ended)
		desk_complain(desk, "it did not come to its end (code %d).", ended);
	else if (!report->opening.has_first_entry)
		desk_complain(desk, "the journal holds nothing; ORRERY_JOURNAL_MB says how much it may take.");
	else
		return report->changed > 0 ? REPLAY_CHANGED : EXIT_SUCCESS;
	return REPLAY_NOT_DONE;
}

static int read_child(struct report *report, struct child_plan *plan, int ends[2])
{
	FILE       *lines = fdopen(ends[0], "r");
	pid_t       pid;
	int         result = 0;
	enum status status;

	require(lines != NULL);
	plan->output = ends[1];
	pid = child_start(plan);
	close(ends[1]);
	status = pid > 0 ? read_lines(report, lines) : STATUS_IO;
	fclose(lines);
	if (pid > 0)
		waitpid(pid, &result, 0);
	return judge(report, status, child_exit_code(result));
}

static int replay(struct report *report)
{
	const struct wish *wish = report->wish;
	char               path[PATH_MAX], since[WORD_SIZE], until[WORD_SIZE];
	int                ends[2];
	struct child_plan  plan = {
		 .path = wish->handler ? wish->handler : path, .arguments = {"orrery-replay"}, .death_signal = SIGTERM};

	if ((wish->since && !bound_word(report, wish->since, since))
	    || (wish->until && !bound_word(report, wish->until, until)))
		return EXIT_USAGE;
	if ((wish->handler ? access(wish->handler, X_OK) != 0 : !program_find("orrery-replay", path))
	    || pipe2(ends, O_CLOEXEC) != 0) {
		desk_complain(&report->desk, "%s cannot be run.", wish->handler ? wish->handler : "orrery-replay");
		return REPLAY_NOT_DONE;
	}
	add_option(&plan, "--since", wish->since ? since : NULL);
	add_option(&plan, "--until", wish->until ? until : NULL);
	add_option(&plan, "--command", wish->command);
	screen_open(&report->desk.screen, !wish->desk.json && !wish->desk.no_pager);
	return read_child(report, &plan, ends);
}

/* ---------------------------------------------------------------- the verb */

static int run_with(const struct wish *wish)
{
	static struct report report; /* too large for the stack */
	int                  code = REPLAY_NOT_DONE;

	report = (struct report){.wish = wish};
	if (desk_open(&report.desk, audit_replay.name))
		code = replay(&report);
	arena_finish(&report.arena);
	return desk_close(&report.desk, code);
}

static int run_replay(int argc, char **argv)
{
	struct wish             wish = {0};
	const struct option_row rows[] = {
		{"--handler", OPTION_TEXT, &wish.handler},
		{"--since", OPTION_TEXT, &wish.since},
		{"--until", OPTION_TEXT, &wish.until},
		{"--command", OPTION_TEXT, &wish.command},
		DESK_OPTIONS(&wish.desk),
		{0},
	};
	const char *complaint = options_read(argc, argv, rows, NULL);

	return complaint ? audit_misused(&audit_replay, complaint) : run_with(&wish);
}

const struct verb audit_replay = {
	.name = "replay",
	.sentence = "Decides history again, with this build or another, and prints what would change.",
	.manual =
		"Usage: orrery audit replay [--handler PATH] [--since PLACE] [--until PLACE] [--command NAME]\n"
		"                           [--json] [--no-pager]\n\n"
		"The log holds what happened; the journal beside it holds the commands and what was refused. Each\n"
		"decision is made again, with the time and the caller of then, against the events that were recorded\n"
		"before it. One that changes does not change those after it. Nothing is written.\n"
		"--handler PATH   the orrery-replay of another build; without it this build's own\n"
		"--since PLACE    a position, or a moment as in `orrery audit log`\n"
		"--until PLACE    the same, included\n"
		"--command NAME   only this command\n"
		"--json           the lines of orrery-replay, without those that say \"same\"\n"
		"--no-pager       prints all at once\n"
		"Of what is personal or secret only digests are printed. What cannot be decided again is counted: it\n"
		"needs a secret, or rests on texts of somebody who was erased, or of nobody known by then. The "
		"journal\n"
		"is about a second behind, and bounded by ORRERY_JOURNAL_MB.\n"
		"Exit codes: 0 nothing would change, 1 something would, 2 not understood, 3 damaged, 4 could not be "
		"done.\n",
	.run = run_replay,
};
