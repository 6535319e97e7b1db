/* orrery audit log: the events that somebody wants to see. */
#include "commands/decision.h"
#include "eventstore/wire/doorbell.h"
#include "tools/event_table.h"
#include "tools/looks.h"

#include <inttypes.h>
#include <stdlib.h>

enum { POSITIONS_AT_ONCE = 256, FOLLOW_TIMEOUT_MS = 1000 };

enum format { FORMAT_TABLE, FORMAT_JSON_LINES, FORMAT_CLOUD_EVENTS };

struct wish {
	struct desk_wish   desk;
	struct option_list types;
	const char        *stream, *actor, *since, *until, *format_name;
	struct id          command, trace;
	uint64_t           from, to, limit;
	bool               reverse, follow;
};

struct listing {
	struct desk       *desk;
	struct event_wish  wanted;
	enum format        format;
	uint64_t           left; /* to be printed still */
	bool               reverse, follow;
	struct event_table table;
};

/* ---------------------------------------------------------------- printing */

static void append_event(void *owner, const struct event_view *view)
{
	struct listing *listing = owner;
	struct desk    *desk = listing->desk;

	if (listing->format == FORMAT_TABLE)
		event_table_row(&listing->table, view, &desk->out);
	else if (listing->format == FORMAT_JSON_LINES)
		event_view_json(view, &desk->out);
	else
		event_view_cloud(view, reader_identity(desk->reader).store, &desk->out);
}

static enum status print_selected(struct listing *listing, struct selection *selection)
{
	uint64_t    positions[POSITIONS_AT_ONCE];
	uint32_t    count;
	enum status status;

	do {
		uint64_t room = listing->left < POSITIONS_AT_ONCE ? listing->left : POSITIONS_AT_ONCE;

		status = selection_next(selection, positions, (uint32_t)room, &count);
		if (status == STATUS_OK)
			status = desk_show(listing->desk, positions, count, append_event, listing);
		if (status == STATUS_OK && listing->desk->out.size > 0)
			status = desk_print(listing->desk);
		listing->left -= count;
	} while (status == STATUS_OK && count > 0 && listing->left > 0);
	return status;
}

static enum status follow(struct listing *listing, struct selection *selection)
{
	struct desk     *desk = listing->desk;
	struct doorbell *doorbell = doorbell_create(config_path(&desk->config, CONFIG_SOCKET), "audit log");
	enum status      status = STATUS_OK;

	while (status == STATUS_OK && listing->left > 0
	       && (listing->wanted.to == 0 || desk->head < listing->wanted.to)) {
		doorbell_wait(doorbell, desk->head, FOLLOW_TIMEOUT_MS);
		status = reader_head(desk->reader, &desk->head);
		selection_extend(selection, desk->head);
		if (status == STATUS_OK)
			status = print_selected(listing, selection);
	}
	doorbell_destroy(doorbell);
	return status;
}

static int print_log(struct listing *listing, bool page)
{
	struct desk      *desk = listing->desk;
	struct selection *selection = selection_create(desk->reader, &listing->wanted, desk->head, listing->reverse);
	enum status       status = STATUS_OK;

	screen_open(&desk->screen, page && listing->format == FORMAT_TABLE && !listing->follow);
	listing->table = event_table_of(&desk->screen, desk->head);
	if (listing->format == FORMAT_TABLE) {
		event_table_titles(&listing->table, &desk->out);
		status = desk_print(desk);
	}
	if (status == STATUS_OK)
		status = print_selected(listing, selection);
	if (status == STATUS_OK && listing->follow)
		status = follow(listing, selection);
	selection_destroy(selection);
	return status == STATUS_OK ? EXIT_SUCCESS : desk_failed(desk, status);
}

/* ---------------------------------------------------------------- what is wanted */

static bool find_types(struct desk *desk, const struct option_list *names, struct event_wish *wanted)
{
	if (names->count > FILTER_NUMBERS_MAX) {
		desk_complain(desk, "--type takes at most %d names.", FILTER_NUMBERS_MAX);
		return false;
	}
	for (uint32_t i = 0; i < names->count; i++) {
		const struct event_type *type = event_type_by_name(text_from(names->items[i]));

		if (!type) {
			desk_complain(desk, "There is no event \"%.80s\".", names->items[i]);
			return false;
		}
		wanted->numbers[wanted->number_count++] = type->number;
	}
	return true;
}

static bool find_moment(struct desk *desk, const char *option, const char *word, int64_t *time_us)
{
	if (!word || moment_parse(word, desk->now_us, time_us))
		return true;
	desk_complain(desk,
	              "%s takes a moment: 2026-01-02T03:04:05Z, 2026-01-02, or how long ago (90s, 15m, 2h, 3d, 1w), "
	              "not \"%.80s\".",
	              option, word);
	return false;
}

static bool find_format(struct desk *desk, const struct wish *wish, enum format *format)
{
	static const char *const names[] = {"table", "jsonl", "cloudevents"};
	const char              *name = wish->format_name ? wish->format_name : wish->desk.json ? "jsonl" : "table";

	for (size_t i = 0; i < array_count(names); i++)
		if (strcmp(names[i], name) == 0) {
			*format = (enum format)i;
			return true;
		}
	desk_complain(desk, "--format is table, jsonl or cloudevents, not \"%.80s\".", name);
	return false;
}

/* A command's events lie in a row, and the index knows where the row begins. */
static enum status find_command(struct desk *desk, struct event_wish *wanted)
{
	uint64_t    position = 0;
	enum status status = id_present(wanted->command) ? reader_command(desk->reader, wanted->command, &position)
	                                                 : STATUS_NOT_FOUND;

	if (status == STATUS_NOT_FOUND) {
		wanted->from = id_present(wanted->command) ? UINT64_MAX : wanted->from;
		return STATUS_OK;
	}
	if (status == STATUS_OK && wanted->from < position)
		wanted->from = position;
	if (status == STATUS_OK && (wanted->to == 0 || wanted->to > position + DECISION_EVENTS_MAX))
		wanted->to = position + DECISION_EVENTS_MAX;
	return status;
}

static bool understand(struct desk *desk, const struct wish *wish, struct listing *listing)
{
	struct event_wish *wanted = &listing->wanted;
	const char        *noun;

	*listing = (struct listing){
		.desk = desk,
		.wanted = {.command = wish->command, .trace = wish->trace, .from = wish->from, .to = wish->to},
		.left = wish->limit > 0 ? wish->limit : UINT64_MAX,
		.reverse = wish->reverse,
		.follow = wish->follow,
	};
	return find_format(desk, wish, &listing->format) && find_types(desk, &wish->types, wanted)
	       && (!wish->stream || desk_find_stream(desk, wish->stream, &noun, &wanted->stream))
	       && (!wish->actor || desk_find_person(desk, wish->actor, &wanted->actor))
	       && find_moment(desk, "--since", wish->since, &wanted->since_us)
	       && find_moment(desk, "--until", wish->until, &wanted->until_us);
}

/* Whom what is to come will name, nobody knows yet. */
static enum status gather(const struct listing *listing, struct looks *looks)
{
	looks->many = listing->follow;
	return looks_gather(looks, listing->desk, &listing->wanted, listing->left, listing->reverse);
}

static int run_with(const struct wish *wish)
{
	struct desk    desk;
	struct listing listing;
	struct looks   looks = {0};
	enum status    status;
	int            code = EXIT_FAILURE;

	if (desk_open(&desk, audit_log.name) && understand(&desk, wish, &listing)) {
		status = wish->follow ? STATUS_OK : find_command(&desk, &listing.wanted);
		if (status == STATUS_OK && wish->desk.unseal)
			status = gather(&listing, &looks);
		if (status != STATUS_OK)
			code = desk_failed(&desk, status);
		else if (looks_unseal(&looks, &desk, &wish->desk))
			code = print_log(&listing, !wish->desk.no_pager);
	} else if (desk.reader) {
		code = desk.code;
	}
	return desk_close(&desk, code);
}

/* ---------------------------------------------------------------- the verb */

static int run_log(int argc, char **argv)
{
	struct wish             wish = {0};
	const struct option_row rows[] = {
		DESK_OPTIONS(&wish.desk),
		DESK_UNSEALING(&wish.desk),
		{"--stream", OPTION_TEXT, &wish.stream},
		{"--type", OPTION_LIST, &wish.types},
		{"--actor", OPTION_TEXT, &wish.actor},
		{"--command", OPTION_ID, &wish.command},
		{"--trace", OPTION_ID, &wish.trace},
		{"--since", OPTION_TEXT, &wish.since},
		{"--until", OPTION_TEXT, &wish.until},
		{"--from", OPTION_NUMBER, &wish.from},
		{"--to", OPTION_NUMBER, &wish.to},
		{"--limit", OPTION_NUMBER, &wish.limit},
		{"--reverse", OPTION_FLAG, &wish.reverse},
		{"--follow", OPTION_FLAG, &wish.follow},
		{"--format", OPTION_TEXT, &wish.format_name},
		{0},
	};
	const char *wrong = options_read(argc, argv, rows, NULL);

	if (!wrong)
		wrong = desk_unsealing_fault(&wish.desk);
	if (!wrong && wish.reverse && wish.follow)
		wrong = "--reverse and --follow do not go together.";
	return wrong ? audit_misused(&audit_log, wrong) : run_with(&wish);
}

const struct verb audit_log = {
	.name = "log",
	.sentence = "Lists events: of a stream, a type, an actor, a command, a trace, a time.",
	.manual =
		"Usage: orrery audit log [--stream NOUN:ID] [--type NAME…] [--actor ID|EMAIL] [--command ID] [--trace "
		"ID]\n"
		"       [--since TIME] [--until TIME] [--from POSITION] [--to POSITION] [--limit N] [--reverse]\n"
		"       [--follow] [--format table|jsonl|cloudevents] [--json] [--no-pager]\n"
		"       " DESK_UNSEALING_USAGE "\n\n"
		"An event is listed when all that is given fits it.\n"
		"--stream NOUN:ID  of this stream, such as user:ID or session:ID; user:EMAIL too\n"
		"--type NAME…      of one of these types\n"
		"--actor ID|EMAIL  of commands that this person sent\n"
		"--command ID      of this command\n"
		"--trace ID        of this W3C trace, written as a UUID\n"
		"--since TIME      not before: 2026-01-02T03:04:05Z, a day, or how long ago: 90s, 15m, 2h, 3d, 1w\n"
		"--until TIME      not after\n"
		"--from POSITION   not before this position\n"
		"--to POSITION     not after it\n"
		"--limit N         no more than N events\n"
		"--reverse         the latest first\n"
		"--follow          waits for more and never ends by itself\n"
		"--format NAME     table, for people; jsonl, the lines of `orrery events`; cloudevents, CloudEvents "
		"1.0\n"
		"--json            the same as --format jsonl\n"
		"--no-pager        prints to the terminal itself\n" DESK_UNSEALING_MANUAL "\n"
		"Streams, types and commands are found through the index; for the others every event is looked at. "
		"Clocks\n"
		"may be set back, so times need not rise with positions: positions are the order, and --since and "
		"--until\n"
		"look at each event's time. Commands that were refused left no event. In CloudEvents, id is the\n"
		"command's id and the event's place in it, sequence the position, and the second half of traceparent\n"
		"is made up of the command's id, since a log keeps no spans.\n"
		"Exit codes: 0 listed, even if it is nothing, 1 could not be done, 2 not understood, 3 a record is\n"
		"damaged; it is named, and the others are listed.\n",
	.run = run_log,
};
