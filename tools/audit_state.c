/* orrery audit state and diff: what deciders remembered of a stream at some place, and between two. */
#include "tools/kept_view.h"
#include "tools/past.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FIELD_COLUMNS = 26 };

struct wish {
	struct desk_wish desk;
	const char      *stream, *at;
};

/* ---------------------------------------------------------------- state */

struct listing {
	struct desk *desk;
	const char  *between;
};

static void append_value(void *owner, const struct kept_leaf *leaf)
{
	struct desk *desk = owner;

	buffer_format(&desk->out, "%-*s ", FIELD_COLUMNS, leaf->path);
	kept_view_append(leaf->field, leaf->after, &desk->out);
	buffer_append_text(&desk->out, TEXT("\n"));
}

static void append_member(void *owner, const struct kept_leaf *leaf)
{
	struct listing *listing = owner;

	buffer_format(&listing->desk->out, "%s\"%s\":", listing->between, leaf->path);
	kept_view_append_json(leaf->field, leaf->after, &listing->desk->out);
	listing->between = ",";
}

static void append_where(const struct past *past)
{
	struct desk *desk = past->desk;
	char         id[ID_TEXT_SIZE + 1], time[MOMENT_TEXT_SIZE];

	id_format(past->id, id);
	if (past->version == 0) {
		buffer_format(&desk->out, "%s:%s before its first event\n", past->noun->state->name, id);
		return;
	}
	moment_format(past->time_us, time);
	screen_paint(&desk->screen, &desk->out, PAINT_HEAD, text_from(past->noun->state->name));
	buffer_format(&desk->out, ":%s at version %" PRIu64 ", position %" PRIu64 ", %s\n", id, past->version,
	              past->position, time);
}

static void append_place_json(struct buffer *out, const struct past *past)
{
	char time[TIME_TEXT_SIZE + 1];

	if (past->version == 0) {
		buffer_append_text(out, TEXT("\"version\":0,\"position\":null,\"time\":null"));
		return;
	}
	time_format(past->time_us, time);
	buffer_format(out, "\"version\":%" PRIu64 ",\"position\":%" PRIu64 ",\"time\":\"%s\"", past->version,
	              past->position, time);
}

static void append_name_json(struct buffer *out, const struct past *past)
{
	char id[ID_TEXT_SIZE + 1];

	id_format(past->id, id);
	buffer_format(out, "{\"noun\":\"%s\",\"id\":\"%s\"", past->noun->state->name, id);
}

static void append_state(const struct past *past, bool json)
{
	struct listing listing = {.desk = past->desk, .between = ""};
	struct buffer *out = &past->desk->out;

	if (!json) {
		append_where(past);
		kept_each(past->noun->state, past->state, append_value, past->desk);
		return;
	}
	append_name_json(out, past);
	buffer_append_text(out, TEXT(","));
	append_place_json(out, past);
	buffer_append_text(out, TEXT(",\"state\":{"));
	kept_each(past->noun->state, past->state, append_member, &listing);
	buffer_append_text(out, TEXT("}}\n"));
}

static int show_state(struct past *past, const struct place *at, bool json)
{
	enum status status = past_run(past, at, NULL, NULL);
	int         code = status == STATUS_OK ? past_judge(past) : desk_failed(past->desk, status);

	if (code == EXIT_SUCCESS) {
		append_state(past, json);
		status = desk_print(past->desk);
	}
	return status == STATUS_OK ? code : desk_failed(past->desk, status);
}

/* ---------------------------------------------------------------- diff */

struct comparison {
	struct past past;
	void       *before; /* the state at the first place */
	bool        json;
	const char *between;
};

static void append_event(void *owner, const struct event_view *view)
{
	struct comparison *comparison = owner;
	struct buffer     *out = &comparison->past.desk->out;
	const char        *name = view->type ? view->type->name : "(unknown)";
	char               time[MOMENT_TEXT_SIZE];

	if (comparison->json) {
		buffer_format(out, "%s{\"position\":%" PRIu64 ",\"version\":%" PRIu64 ",\"event\":\"%s\"}",
		              comparison->between, comparison->past.position, comparison->past.version, name);
		comparison->between = ",";
		return;
	}
	moment_format(view->record->time_us, time);
	buffer_format(out, "  version %-4" PRIu64 " position %-8" PRIu64 " %s  %s\n", comparison->past.version,
	              comparison->past.position, time, name);
}

static void append_difference(void *owner, const struct kept_leaf *leaf)
{
	struct comparison *comparison = owner;
	struct desk       *desk = comparison->past.desk;

	if (comparison->json) {
		buffer_append_text(&desk->out, text_from(comparison->between));
		kept_view_append_change(leaf, &desk->out);
		comparison->between = ",";
		return;
	}
	buffer_format(&desk->out, "%s\n", leaf->path);
	screen_paint(&desk->screen, &desk->out, PAINT_BAD, TEXT("- "));
	kept_view_append(leaf->field, leaf->before, &desk->out);
	screen_paint(&desk->screen, &desk->out, PAINT_GOOD, TEXT("\n+ "));
	kept_view_append(leaf->field, leaf->after, &desk->out);
	buffer_append_text(&desk->out, TEXT("\n"));
}

static void append_first(struct comparison *comparison)
{
	struct past *past = &comparison->past;

	if (!comparison->json) {
		append_where(past);
		return;
	}
	append_name_json(&past->desk->out, past);
	buffer_append_text(&past->desk->out, TEXT(",\"from\":{"));
	append_place_json(&past->desk->out, past);
	buffer_append_text(&past->desk->out, TEXT("},\"events\":["));
	comparison->between = "";
}

static void append_second(struct comparison *comparison)
{
	struct past   *past = &comparison->past;
	struct buffer *out = &past->desk->out;

	if (comparison->json) {
		buffer_append_text(out, TEXT("],\"to\":{"));
		append_place_json(out, past);
		buffer_append_text(out, TEXT("},\"changes\":["));
		comparison->between = "";
	} else {
		append_where(past);
	}
	kept_compare(past->noun->state, comparison->before, past->state, append_difference, comparison);
	if (comparison->json)
		buffer_append_text(out, TEXT("]}\n"));
}

static int compare(struct comparison *comparison, const struct place *first, const struct place *second)
{
	struct past *past = &comparison->past;
	enum status  status = past_run(past, first, NULL, NULL);
	int          code;

	memcpy(comparison->before, past->state, past->noun->state->size);
	append_first(comparison);
	if (status == STATUS_OK)
		status = past_run(past, second, append_event, comparison);
	code = status == STATUS_OK ? past_judge(past) : desk_failed(past->desk, status);
	if (code != EXIT_SUCCESS)
		return code;
	append_second(comparison);
	status = desk_print(past->desk);
	return status == STATUS_OK ? EXIT_SUCCESS : desk_failed(past->desk, status);
}

/* ---------------------------------------------------------------- the verbs */

static bool find_place(struct desk *desk, const char *word, struct place *place)
{
	if (place_parse(word, desk->now_us, place))
		return true;
	desk_complain(desk, "\"%.80s\" is neither a position from 1 on nor a moment.", word);
	return false;
}

static int run_state_with(const struct wish *wish)
{
	struct desk  desk;
	struct past  past = {0};
	struct place at;
	int          code = EXIT_FAILURE;

	if (desk_open(&desk, audit_state.name)) {
		if ((!wish->at || find_place(&desk, wish->at, &at))
		    && past_open(&past, &desk, &wish->desk, wish->stream)) {
			screen_open(&desk.screen, !wish->desk.json && !wish->desk.no_pager);
			code = show_state(&past, wish->at ? &at : NULL, wish->desk.json);
		} else {
			code = desk.code;
		}
		past_finish(&past);
	}
	return desk_close(&desk, code);
}

static int run_state(int argc, char **argv)
{
	struct wish             wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {
		DESK_OPTIONS(&wish.desk), DESK_UNSEALING(&wish.desk), {"--at", OPTION_TEXT, &wish.at}, {0}};
	const char *wrong = options_read(argc, argv, rows, &words);

	if (!wrong)
		wrong = desk_unsealing_fault(&wish.desk);
	if (!wrong && words.count != 1)
		wrong = "It takes a stream: NOUN:ID.";
	wish.stream = words.items[0];
	return wrong ? audit_misused(&audit_state, wrong) : run_state_with(&wish);
}

const struct verb audit_state = {
	.name = "state",
	.sentence = "Shows what deciders remembered of a stream, now or at some time.",
	.manual =
		"Usage: orrery audit state NOUN:ID [--at POSITION|TIME] [--json] [--no-pager]\n"
		"       " DESK_UNSEALING_USAGE "\n\n"
		"The state of a stream, such as user:ID, user:EMAIL or session:ID, folded from its events by the\n"
		"functions that the writer folds it with. A text that stays sealed shows as \"(sealed at 12)\", the\n"
		"position of the event it came with.\n"
		"--at        as it was after this position, or at this time: 2026-01-02T03:04:05Z, a day, or how long\n"
		"            ago (90s, 15m, 2h, 3d, 1w). To a time belongs what comes before the first event of the\n"
		"            stream that is later.\n"
		"--json      one line: noun, id, version, position and time of the last event, and state, with a\n"
		"            member for each value: \"reset.expires_at\", \"wallets.0.address\"; {\"sealed_at\":12} "
		"stands\n"
		"            for a text that stays sealed\n"
		"--no-pager  prints to the terminal itself\n" DESK_UNSEALING_MANUAL
		"Exit codes: 0 shown, 1 there is no such stream, or was none then, 2 not understood, 3 a record is\n"
		"damaged; it is named, and what follows from the others is shown.\n",
	.run = run_state,
};

static int run_diff_with(const struct desk_wish *wish, const char *const words[3])
{
	struct desk       desk;
	struct comparison comparison = {.json = wish->json};
	struct place      first, second;
	int               code = EXIT_FAILURE;

	if (desk_open(&desk, audit_diff.name)) {
		if (find_place(&desk, words[1], &first) && find_place(&desk, words[2], &second)
		    && past_open(&comparison.past, &desk, wish, words[0])) {
			comparison.before = calloc(1, comparison.past.noun->state->size);
			screen_open(&desk.screen, !wish->json && !wish->no_pager);
			code = comparison.before ? compare(&comparison, &first, &second)
			                         : desk_failed(&desk, STATUS_FULL);
			free(comparison.before);
		} else {
			code = desk.code;
		}
		past_finish(&comparison.past);
	}
	return desk_close(&desk, code);
}

static int run_diff(int argc, char **argv)
{
	struct desk_wish        wish = {0};
	struct option_list      words = {0};
	const struct option_row rows[] = {DESK_OPTIONS(&wish), DESK_UNSEALING(&wish), {0}};
	const char             *wrong = options_read(argc, argv, rows, &words);

	if (!wrong)
		wrong = desk_unsealing_fault(&wish);
	if (!wrong && words.count != 3)
		wrong = "It takes a stream and two places: NOUN:ID A B.";
	return wrong ? audit_misused(&audit_diff, wrong) : run_diff_with(&wish, words.items);
}

const struct verb audit_diff = {
	.name = "diff",
	.sentence = "Compares what deciders remembered of a stream at two places.",
	.manual = "Usage: orrery audit diff NOUN:ID A B [--json] [--no-pager]\n"
		  "       " DESK_UNSEALING_USAGE "\n\n"
		  "A and B are positions or times, as `orrery audit state` takes them, the earlier one first. What\n"
		  "differs between the two states is shown, and the events between them.\n"
		  "--json      one line: noun, id, from and to (version, position, time), events, and changes, a list\n"
		  "            of field, before and after\n"
		  "--no-pager  prints to the terminal itself\n" DESK_UNSEALING_MANUAL
		  "Exit codes: 0 shown, even if nothing differs, 1 there is no such stream, or was none at B, 2 not\n"
		  "understood, 3 a record is damaged; it is named, and the state is the one before it.\n",
	.run = run_diff,
};
