/* orrery audit stream: a stream's history, and what each event changed. */
#include "tools/kept_view.h"
#include "tools/past.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FIELD_COLUMNS = 26 };

struct history {
	struct past past;
	bool        json;
	const char *between;
	enum status status; /* of printing */
};

static void append_change(void *owner, const struct kept_leaf *leaf)
{
	struct desk *desk = owner;

	buffer_format(&desk->out, "          %-*s ", FIELD_COLUMNS, leaf->path);
	kept_view_append(leaf->field, leaf->before, &desk->out);
	screen_paint(&desk->screen, &desk->out, PAINT_FAINT, TEXT(" -> "));
	kept_view_append(leaf->field, leaf->after, &desk->out);
	buffer_append_text(&desk->out, TEXT("\n"));
}

static void append_event(struct history *history, const struct event_view *view)
{
	struct past *past = &history->past;
	struct desk *desk = past->desk;
	char         time[MOMENT_TEXT_SIZE], actor[ID_TEXT_SIZE + 1];

	moment_format(view->record->time_us, time);
	id_format(view->record->actor, actor);
	screen_paint(&desk->screen, &desk->out, PAINT_FAINT, TEXT("version"));
	buffer_format(&desk->out, " %-4" PRIu64 " position %-8" PRIu64 " %s  ", past->version, past->position, time);
	screen_paint(&desk->screen, &desk->out, PAINT_NAME, text_from(view->type ? view->type->name : "(unknown)"));
	if (id_present(view->record->actor))
		buffer_format(&desk->out, "  by %s", id_equal(view->record->actor, past->id) ? "themselves" : actor);
	buffer_append_text(&desk->out, TEXT("\n"));
	kept_compare(past->noun->state, past->before, past->state, append_change, desk);
}

static void append_json_change(void *owner, const struct kept_leaf *leaf)
{
	struct history *history = owner;

	buffer_append_text(&history->past.desk->out, text_from(history->between));
	kept_view_append_change(leaf, &history->past.desk->out);
	history->between = ",";
}

/* The line of `audit log`, with more members. */
static void append_line(struct history *history, const struct event_view *view)
{
	struct past   *past = &history->past;
	struct buffer *out = &past->desk->out;

	event_view_json(view, out);
	out->size -= strlen("}\n");
	buffer_format(out, ",\"version\":%" PRIu64 ",\"changes\":[", past->version);
	history->between = "";
	kept_compare(past->noun->state, past->before, past->state, append_json_change, history);
	buffer_append_text(out, TEXT("]}\n"));
}

static void show_event(void *owner, const struct event_view *view)
{
	struct history *history = owner;

	if (history->json)
		append_line(history, view);
	else
		append_event(history, view);
	if (history->status == STATUS_OK)
		history->status = desk_print(history->past.desk);
}

static int show(struct history *history)
{
	enum status status = past_run(&history->past, NULL, show_event, history);

	if (status == STATUS_OK)
		status = history->status;
	return status == STATUS_OK ? past_judge(&history->past) : desk_failed(history->past.desk, status);
}

static int run_with(const struct desk_wish *wish, const char *stream)
{
	struct desk    desk;
	struct history history = {.json = wish->json};
	int            code = EXIT_FAILURE;

	if (desk_open(&desk, audit_stream.name)) {
		code = desk.code;
		if (past_open(&history.past, &desk, wish, stream)) {
			screen_open(&desk.screen, !wish->json && !wish->no_pager);
			code = show(&history);
		} else {
			code = desk.code;
		}
		past_finish(&history.past);
	}
	return desk_close(&desk, code);
}

static int run_stream(int argc, char **argv)
{
	return desk_run(&audit_stream, "It takes a stream: NOUN:ID.", argc, argv, run_with);
}

const struct verb audit_stream = {
	.name = "stream",
	.sentence = "Tells a stream's history, and what each event changed.",
	.manual =
		"Usage: orrery audit stream NOUN:ID [--json] [--no-pager]\n"
		"       " DESK_UNSEALING_USAGE "\n\n"
		"Every event of a stream, such as user:ID, user:EMAIL or session:ID, with the version it gave to the\n"
		"stream and what it changed in the state that deciders remember. The state is folded anew, by the\n"
		"functions that the writer folds it with. Not everything that an event says is remembered there: a\n"
		"changed profile changes no state.\n\n"
		"Where texts stay sealed, \"(sealed at 12)\" stands for the one that came with position 12. Two such\n"
		"texts count as different, and which wallet was unlinked cannot be told.\n"
		"--json      the lines of `orrery audit log --json` with version and changes, a list of field,\n"
		"            before and after; {\"sealed_at\":12} stands for a text that stays sealed\n"
		"--no-pager  prints to the terminal itself\n" DESK_UNSEALING_MANUAL
		"Exit codes: 0 shown, 1 there is no such stream, 2 not understood, 3 a record is damaged; it is "
		"named,\n"
		"and what follows from the others is shown.\n",
	.run = run_stream,
};
