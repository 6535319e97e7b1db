/* orrery audit who: everything that one person did, and everything that names them. */
#include "eventstore/base/require.h"
#include "schema/events.h"
#include "tools/decided.h"
#include "tools/event_table.h"
#include "tools/looks.h"
#include "tools/scan.h"

#include <inttypes.h>
#include <stdlib.h>

/* An event stands in one section: the first that fits. */
enum section { SECTION_LOOKED, SECTION_SESSION, SECTION_DID, SECTION_NAMED, SECTION_COUNT };

struct found {
	uint64_t *positions;
	uint8_t  *sections;
	size_t    count, capacity;
	uint64_t  damaged; /* a position, or 0 */
	uint64_t  damages;
};

struct inquiry {
	struct desk       *desk;
	struct id          person;
	bool               json;
	struct event_table table;
	struct looks       looks;
	struct found       parts[SCAN_THREADS_MAX];
	struct found       all; /* by position */
	uint64_t           counts[SECTION_COUNT];
	uint64_t           broad, refused;
	enum section       shown;
};

/* ---------------------------------------------------------------- searching */

static void add(struct found *found, uint64_t position, enum section section)
{
	if (found->count == found->capacity) {
		found->capacity = found->capacity ? found->capacity * 2 : 64;
		found->positions = realloc(found->positions, found->capacity * sizeof(*found->positions));
		found->sections = realloc(found->sections, found->capacity * sizeof(*found->sections));
		require(found->positions && found->sections);
	}
	found->positions[found->count] = position;
	found->sections[found->count++] = (uint8_t)section;
}

static void found_finish(struct found *found)
{
	free(found->positions);
	free(found->sections);
}

/* An id is 16 bytes in the payload too, most of them chance: what looks like it is it. */
static bool names(const struct record *record, struct id person)
{
	return record_version_in(record, person) > 0
	       || memmem(record->payload.data, record->payload.size, person.bytes, sizeof(person.bytes));
}

static void look_at(void *owner, unsigned thread, const struct record *record)
{
	struct inquiry *inquiry = owner;
	bool            did = id_equal(record->actor, inquiry->person);

	if (!did && !names(record, inquiry->person))
		return;
	if (record->number == EVENT_personal_data_viewed && id_equal(record->streams[0].id, inquiry->person))
		add(&inquiry->parts[thread], record->position, SECTION_LOOKED);
	else if (record->number == EVENT_session_started)
		add(&inquiry->parts[thread], record->position, SECTION_SESSION);
	else
		add(&inquiry->parts[thread], record->position, did ? SECTION_DID : SECTION_NAMED);
}

static void note_damage(void *owner, unsigned thread, uint64_t position)
{
	struct inquiry *inquiry = owner;

	inquiry->parts[thread].damaged = position;
	inquiry->parts[thread].damages++;
}

static int compare_positions(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a >> 8, y = *(const uint64_t *)b >> 8;

	return (x > y) - (x < y);
}

/* Threads found them in no order. Position and section are sorted as one number. */
static void gather(struct inquiry *inquiry)
{
	struct found *all = &inquiry->all;

	for (unsigned i = 0; i < scan_threads(); i++) {
		struct found *part = &inquiry->parts[i];

		for (size_t j = 0; j < part->count; j++) {
			add(all, part->positions[j] << 8 | part->sections[j], (enum section)part->sections[j]);
			inquiry->counts[part->sections[j]]++;
		}
		if (part->damages > 0)
			desk_complain(inquiry->desk,
			              "%" PRIu64 " records cannot be read, that at position %" PRIu64
			              " among them; `orrery audit verify` tells more.",
			              part->damages, part->damaged);
		inquiry->desk->damaged += part->damages;
		found_finish(part);
	}
	if (all->count > 0)
		qsort(all->positions, all->count, sizeof(all->positions[0]), compare_positions);
	for (size_t i = 0; i < all->count; i++) {
		all->sections[i] = (uint8_t)all->positions[i];
		all->positions[i] >>= 8;
	}
}

static enum status search(struct inquiry *inquiry)
{
	const struct scan scan = {.data = config_path(&inquiry->desk->config, CONFIG_DATA),
	                          .head = inquiry->desk->head,
	                          .what = "Searched",
	                          .owner = inquiry,
	                          .visit = look_at,
	                          .damaged = note_damage};
	enum status       status = scan_log(&scan);

	gather(inquiry);
	return status;
}

/* ---------------------------------------------------------------- showing */

static void note_look(void *owner, const struct event_view *view)
{
	looks_add(owner, view);
}

static void append_event(void *owner, const struct event_view *view)
{
	static const char *const words[] = {"looked", "session", "did", "named"};
	struct inquiry          *inquiry = owner;
	struct buffer           *out = &inquiry->desk->out;

	if (!inquiry->json) {
		event_table_row(&inquiry->table, view, out);
		return;
	}
	event_view_json(view, out);
	out->size -= strlen("}\n");
	buffer_format(out, ",\"section\":\"%s\"}\n", words[inquiry->shown]);
}

static void append_heading(struct inquiry *inquiry, const char *heading)
{
	struct desk *desk = inquiry->desk;

	buffer_append_text(&desk->out, TEXT("\n"));
	screen_paint(&desk->screen, &desk->out, PAINT_HEAD, text_from(heading));
	buffer_append_text(&desk->out, TEXT("\n"));
}

static void append_title(struct inquiry *inquiry, const char *title)
{
	if (inquiry->json)
		return;
	append_heading(inquiry, title);
	event_table_titles(&inquiry->table, &inquiry->desk->out);
}

static enum status show_section(struct inquiry *inquiry, enum section section, const char *title)
{
	struct desk *desk = inquiry->desk;
	enum status  status = STATUS_OK;

	if (inquiry->counts[section] == 0)
		return STATUS_OK;
	inquiry->shown = section;
	append_title(inquiry, title);
	for (size_t i = 0; i < inquiry->all.count && status == STATUS_OK; i++)
		if (inquiry->all.sections[i] == section)
			status = desk_show(desk, &inquiry->all.positions[i], 1, append_event, inquiry);
	return status == STATUS_OK ? desk_print(desk) : status;
}

static void append_summary(struct inquiry *inquiry)
{
	struct buffer  *out = &inquiry->desk->out;
	const uint64_t *counts = inquiry->counts;
	char            id[ID_TEXT_SIZE + 1];

	id_format(inquiry->person, id);
	if (inquiry->json)
		buffer_format(out,
		              "{\"person\":\"%s\",\"head\":%" PRIu64 ",\"did\":%" PRIu64 ",\"named\":%" PRIu64
		              ",\"sessions\":%" PRIu64 ",\"looked\":%" PRIu64 "}\n",
		              id, inquiry->desk->head, counts[SECTION_DID], counts[SECTION_NAMED],
		              counts[SECTION_SESSION], counts[SECTION_LOOKED]);
	else
		buffer_format(out,
		              "%s, up to position %" PRIu64 ":\n%" PRIu64 " events they caused, %" PRIu64
		              " others that name them, %" PRIu64 " sessions, %" PRIu64 " looks at their data.\n",
		              id, inquiry->desk->head, counts[SECTION_DID], counts[SECTION_NAMED],
		              counts[SECTION_SESSION], counts[SECTION_LOOKED]);
}

/* Looks that were not limited to a few persons name nobody, and may have shown this one. */
static void count_broad(void *owner, const struct event_view *view)
{
	struct inquiry            *inquiry = owner;
	const struct log_unsealed *look = view->event;

	if (!look || look->persons > 0 || view->record->position < inquiry->all.positions[0])
		return;
	if (inquiry->broad++ == 0)
		append_title(inquiry, "Looks at many, which may have shown them");
	append_event(owner, view);
}

static enum status show_broad(struct inquiry *inquiry)
{
	const struct event_wish wish = {.numbers = {EVENT_log_unsealed}, .number_count = 1};
	struct desk            *desk = inquiry->desk;
	struct selection       *selection = selection_create(desk->reader, &wish, desk->head, false);
	uint64_t                position;
	uint32_t                count = 0;
	enum status             status;

	inquiry->shown = SECTION_LOOKED;
	do {
		status = selection_next(selection, &position, 1, &count);
		if (status == STATUS_OK)
			status = desk_show(desk, &position, count, count_broad, inquiry);
	} while (status == STATUS_OK && count > 0);
	selection_destroy(selection);
	return status == STATUS_OK ? desk_print(desk) : status;
}

/* ---------------------------------------------------------------- what was refused */

static bool append_refusal(void *owner, const struct journal_entry *entry)
{
	struct inquiry *inquiry = owner;
	struct buffer  *out = &inquiry->desk->out;
	char            moment[MOMENT_TEXT_SIZE], time[TIME_TEXT_SIZE + 1], id[ID_TEXT_SIZE + 1];

	if (!entry->refusal.data || !id_equal(entry->actor, inquiry->person))
		return true;
	if (inquiry->json) {
		time_format(entry->time, time);
		id_format(entry->command_id, id);
		buffer_format(out,
		              "{\"section\":\"refused\",\"time\":\"%s\",\"command_name\":\"%.*s\",\"command\":\"%s\","
		              "\"refusal\":\"%.*s\",\"head\":%" PRIu64 "}\n",
		              time, TEXT_ARG(entry->command), id, TEXT_ARG(entry->refusal), entry->head);
		return true;
	}
	if (inquiry->refused++ == 0)
		append_heading(inquiry, "What was refused to them, as far as the journal reaches");
	moment_format(entry->time, moment);
	buffer_format(out, "%s  %-28.*s %.*s\n", moment, TEXT_ARG(entry->command), TEXT_ARG(entry->refusal));
	return true;
}

static enum status show_refusals(struct inquiry *inquiry)
{
	struct desk    *desk = inquiry->desk;
	struct decided *decided;
	enum status     status =
		decided_open(config_path(&desk->config, CONFIG_DATA), reader_identity(desk->reader), &decided);

	if (status != STATUS_OK)
		return status;
	status = decided_each(decided, append_refusal, inquiry);
	decided_close(decided);
	return status == STATUS_OK ? desk_print(desk) : status;
}

static enum status show(struct inquiry *inquiry)
{
	enum status status;

	inquiry->table = event_table_of(&inquiry->desk->screen, inquiry->desk->head);
	append_summary(inquiry);
	status = desk_print(inquiry->desk);
	if (status == STATUS_OK)
		status = show_section(inquiry, SECTION_DID, "What they did");
	if (status == STATUS_OK)
		status = show_section(inquiry, SECTION_NAMED, "What else names them");
	if (status == STATUS_OK)
		status = show_section(inquiry, SECTION_SESSION, "Sessions they began");
	if (status == STATUS_OK)
		status = show_section(inquiry, SECTION_LOOKED, "Who looked");
	if (status == STATUS_OK)
		status = show_broad(inquiry);
	return status == STATUS_OK ? show_refusals(inquiry) : status;
}

/* ---------------------------------------------------------------- the verb */

static bool unseal(struct inquiry *inquiry, const struct desk_wish *wish)
{
	char        person[ID_TEXT_SIZE + 1];
	enum status status = STATUS_OK;

	if (!wish->unseal)
		return true;
	inquiry->desk->quiet = true;
	for (size_t i = 0; i < inquiry->all.count && status == STATUS_OK && !inquiry->looks.many; i++)
		status = desk_show(inquiry->desk, &inquiry->all.positions[i], 1, note_look, &inquiry->looks);
	inquiry->desk->quiet = false;
	id_format(inquiry->person, person);
	snprintf(inquiry->looks.selection, sizeof(inquiry->looks.selection), "person=%s", person);
	return status == STATUS_OK && looks_unseal(&inquiry->looks, inquiry->desk, wish);
}

static int ask(struct inquiry *inquiry, const struct desk_wish *wish)
{
	struct desk *desk = inquiry->desk;
	enum status  status = search(inquiry);

	if (status != STATUS_OK)
		return desk_failed(desk, status);
	if (inquiry->all.count == 0) {
		desk_complain(desk, "No event names that id.");
		return AUDIT_NOT_FOUND;
	}
	if (!unseal(inquiry, wish))
		return EXIT_FAILURE;
	screen_open(&desk->screen, !wish->json && !wish->no_pager);
	status = show(inquiry);
	return status == STATUS_OK ? EXIT_SUCCESS : desk_failed(desk, status);
}

static int run_with(const struct desk_wish *wish, const char *person)
{
	struct desk    desk;
	struct inquiry inquiry = {.desk = &desk, .json = wish->json};
	int            code = EXIT_FAILURE;

	if (desk_open(&desk, audit_who.name))
		code = desk_find_person(&desk, person, &inquiry.person) ? ask(&inquiry, wish) : desk.code;
	found_finish(&inquiry.all);
	return desk_close(&desk, code);
}

static int run_who(int argc, char **argv)
{
	return desk_run(&audit_who, "It takes a person: an id or an e-mail address.", argc, argv, run_with);
}

const struct verb audit_who = {
	.name = "who",
	.sentence = "Tells everything a person did, what names them, and who looked.",
	.manual =
		"Usage: orrery audit who ID|EMAIL [--json] [--no-pager]\n"
		"       " DESK_UNSEALING_USAGE "\n\n"
		"In sections: events of commands that the person sent; other events that name them, in their streams\n"
		"or fields; the sessions they began; who opened their data with --unseal, and why; looks at more than\n"
		"16 persons at once, which name nobody; and commands of theirs that were refused. An event stands in "
		"one\n"
		"section only. Every record is looked at, on all cores. What was refused is not in the log; the "
		"journal\n"
		"knows it for a while. Reads over HTTP are in neither, those of administrators included. For an "
		"operator\n"
		"the id of theirs can be given, as `orrery audit log` shows it.\n"
		"--json      first a line of person, head, did, named, sessions and looked (numbers), then the lines "
		"of\n"
		"            `orrery audit log --json` with section: did, named, session or looked; then for what was\n"
		"            refused: section, time, command_name, command, refusal, and head, what the decider knew\n"
		"--no-pager  prints to the terminal itself\n" DESK_UNSEALING_MANUAL
		"Exit codes: 0 shown, 1 no event names that person, 2 not understood, 3 a record is damaged; it is\n"
		"named, and the others are shown.\n",
	.run = run_who,
};
