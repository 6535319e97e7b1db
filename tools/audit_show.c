/* orrery audit show: one event, and all that the log knows of it. */
#include "eventstore/base/base64.h"
#include "eventstore/codec/codec_json.h"
#include "tools/audit_checkpoint.h"
#include "tools/decided.h"
#include "tools/looks.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NAME_COLUMNS = 12 };

/* What is known of the leaf's place in the tree. */
struct evidence {
	bool                is_signed; /* the last checkpoint covers it */
	bool                proved;    /* the path leads from the leaf to the checkpoint's root */
	uint64_t            size;      /* leaves of that checkpoint */
	struct merkle_proof path;
	const char         *checkpoint; /* what came of comparing it with the tree */
	bool                contradicted;
};

struct showing {
	struct desk    *desk;
	struct evidence evidence;
	bool            json;
	enum status     status;      /* of the journal */
	uint64_t        first, last; /* positions of the command's events */
	struct text     command;     /* its name, in the arena; absent when the journal does not know it */
	struct arena    arena;
};

/* ---------------------------------------------------------------- evidence */

static enum status find_path(struct desk *desk, uint64_t position, const struct checkpoint *checkpoint,
                             struct evidence *evidence)
{
	struct merkle_source tree = reader_tree(desk->reader);
	struct hash          leaf;
	enum status          status = reader_leaf(desk->reader, position, &leaf);

	if (status == STATUS_OK)
		status = merkle_prove_inclusion(&tree, position - 1, checkpoint->size, &evidence->path);
	evidence->proved =
		status == STATUS_OK
		&& merkle_check_inclusion(&leaf, position - 1, checkpoint->size, &evidence->path, &checkpoint->root);
	return status;
}

static enum status gather_evidence(struct desk *desk, uint64_t position, struct evidence *evidence)
{
	struct buffer     note = {0};
	struct checkpoint checkpoint;
	enum status       status = audit_read_checkpoint(&desk->config, &note, &checkpoint);

	evidence->checkpoint = audit_compare_checkpoint(&desk->config, desk->reader, &evidence->contradicted);
	if (status == STATUS_OK) {
		evidence->size = checkpoint.size;
		evidence->is_signed = position <= checkpoint.size;
		if (evidence->is_signed)
			status = find_path(desk, position, &checkpoint, evidence);
	}
	buffer_finish(&note);
	return status == STATUS_NOT_FOUND || status == STATUS_CORRUPT ? STATUS_OK : status;
}

static const char *verdict(const struct evidence *evidence)
{
	if (!evidence->is_signed)
		return "matches its leaf hash; no checkpoint covers it yet";
	return evidence->proved ? "matches its leaf hash, which lies in the checkpoint's tree"
	                        : "matches its leaf hash, which does not lie in the checkpoint's tree";
}

/* ---------------------------------------------------------------- what both forms need */

static const char *claim_name(const struct record_claim *claim)
{
	return claim->claim < claim_type_count ? claim_types[claim->claim].name : "unknown";
}

static void append_base64(struct buffer *out, const void *bytes, size_t size)
{
	char text[BASE64_STANDARD_SIZE(sizeof(struct hash)) + 1];

	base64_standard_encode(BYTES(bytes, size), text);
	buffer_append_text(out, (struct text){.data = text, .size = BASE64_STANDARD_SIZE(size)});
}

/* ---------------------------------------------------------------- for people */

static void begin_line(struct desk *desk, const char *name)
{
	screen_paint(&desk->screen, &desk->out, PAINT_HEAD, text_from(name));
	buffer_format(&desk->out, "%*s", NAME_COLUMNS - (int)strlen(name), "");
}

static void end_line(struct desk *desk)
{
	buffer_append_text(&desk->out, TEXT("\n"));
}

static void append_id_line(struct desk *desk, const char *name, struct id id, const char *absent)
{
	char text[ID_TEXT_SIZE + 1];

	begin_line(desk, name);
	id_format(id, text);
	buffer_append_text(&desk->out, text_from(id_present(id) ? text : absent));
	end_line(desk);
}

static void append_head(struct desk *desk, const struct event_view *view)
{
	const struct record *record = view->record;
	char                 time[MOMENT_TEXT_SIZE], utc[TIME_TEXT_SIZE + 1], subject[EVENT_SUBJECT_SIZE];

	moment_format(record->time_us, time);
	time_format(record->time_us, utc);
	begin_line(desk, "position");
	buffer_format(&desk->out, "%" PRIu64 "\n", record->position);
	begin_line(desk, "event");
	screen_paint(&desk->screen, &desk->out, PAINT_NAME, text_from(view->type ? view->type->name : "(unknown)"));
	buffer_format(&desk->out, ", number %u\n", record->number);
	if (view->type)
		buffer_format(&desk->out, "%*s%s\n", NAME_COLUMNS, "", view->type->doc);
	begin_line(desk, "time");
	buffer_format(&desk->out, "%s (%s)\n", time, utc);
	for (uint8_t i = 0; i < record->stream_count; i++) {
		event_view_subject(view, i, subject);
		begin_line(desk, i == 0 ? "streams" : "");
		buffer_format(&desk->out, "%s, version %" PRIu64 "\n", subject, record->streams[i].version);
	}
}

static void append_origin(struct showing *showing, const struct record *record)
{
	struct desk *desk = showing->desk;

	append_id_line(desk, "actor", record->actor, "none: an operator on the machine, or nobody who was logged in");
	append_id_line(desk, "command", record->command, "none");
	if (showing->command.data)
		buffer_format(&desk->out, "%*s%.*s, as the journal says\n", NAME_COLUMNS, "",
		              TEXT_ARG(showing->command));
	append_id_line(desk, "trace", record->trace, "none");
	begin_line(desk, "led to");
	if (showing->first == showing->last)
		buffer_append_text(&desk->out, TEXT("this event alone\n"));
	else
		buffer_format(&desk->out, "positions %" PRIu64 " to %" PRIu64 "; this is event %u of %u\n",
		              showing->first, showing->last, record->command_index + 1u, record->command_count);
}

static void append_fields(struct desk *desk, const struct event_view *view)
{
	const struct shape *shape = view->type ? view->type->shape : NULL;
	const char         *name = "fields";

	for (uint16_t i = 0; shape && i < shape->count; i++) {
		const struct field *field = &shape->fields[i];

		if (!field_present(field, view->event))
			continue;
		begin_line(desk, name);
		name = "";
		buffer_format(&desk->out, "%-15s ", field->name);
		event_view_value(field, view->event, &desk->out);
		end_line(desk);
	}
}

static void append_claims(struct desk *desk, const struct record *record)
{
	for (uint8_t i = 0; i < record->claim_count; i++) {
		begin_line(desk, i == 0 ? "claims" : "");
		buffer_format(&desk->out, "%s %s ", record->claims[i].taken ? "takes" : "gives back",
		              claim_name(&record->claims[i]));
		append_base64(&desk->out, &record->claims[i].value, sizeof(struct hash));
		end_line(desk);
	}
}

static void append_evidence(struct showing *showing, const struct record *record)
{
	struct desk           *desk = showing->desk;
	const struct evidence *evidence = &showing->evidence;
	bool                   good = !evidence->is_signed || evidence->proved;

	begin_line(desk, "leaf");
	append_base64(&desk->out, &record->leaf, sizeof(record->leaf));
	end_line(desk);
	if (evidence->is_signed) {
		begin_line(desk, "proof");
		buffer_format(&desk->out, "leaf %" PRIu64 " in the tree of %" PRIu64 "\n", record->position - 1,
		              evidence->size);
	}
	for (uint32_t i = 0; evidence->is_signed && i < evidence->path.count; i++) {
		buffer_format(&desk->out, "%*s", NAME_COLUMNS, "");
		append_base64(&desk->out, &evidence->path.hashes[i], sizeof(struct hash));
		end_line(desk);
	}
	begin_line(desk, "record");
	screen_paint(&desk->screen, &desk->out, good ? PAINT_GOOD : PAINT_BAD, text_from(verdict(evidence)));
	end_line(desk);
	begin_line(desk, "checkpoint");
	screen_paint(&desk->screen, &desk->out, evidence->contradicted ? PAINT_BAD : PAINT_PLAIN,
	             text_from(evidence->checkpoint));
	end_line(desk);
}

static void append_page(struct showing *showing, const struct event_view *view)
{
	append_head(showing->desk, view);
	append_origin(showing, view->record);
	append_fields(showing->desk, view);
	append_claims(showing->desk, view->record);
	append_evidence(showing, view->record);
}

/* ---------------------------------------------------------------- for programs */

static void append_json_claims(struct buffer *out, const struct record *record)
{
	buffer_append_text(out, TEXT(",\"claims\":["));
	for (uint8_t i = 0; i < record->claim_count; i++) {
		buffer_format(out, "%s{\"claim\":\"%s\",\"taken\":%s,\"value\":\"", i ? "," : "",
		              claim_name(&record->claims[i]), record->claims[i].taken ? "true" : "false");
		append_base64(out, &record->claims[i].value, sizeof(struct hash));
		buffer_append_text(out, TEXT("\"}"));
	}
	buffer_append_text(out, TEXT("]"));
}

static void append_json_evidence(struct buffer *out, const struct record *record, const struct evidence *evidence)
{
	buffer_append_text(out, TEXT(",\"leaf\":\""));
	append_base64(out, &record->leaf, sizeof(record->leaf));
	buffer_format(out, "\",\"verifies\":%s", evidence->is_signed ? evidence->proved ? "true" : "false" : "null");
	if (evidence->is_signed) {
		buffer_format(out, ",\"proof\":{\"index\":%" PRIu64 ",\"size\":%" PRIu64 ",\"path\":[",
		              record->position - 1, evidence->size);
		for (uint32_t i = 0; i < evidence->path.count; i++) {
			buffer_append_text(out, i ? TEXT(",\"") : TEXT("\""));
			append_base64(out, &evidence->path.hashes[i], sizeof(struct hash));
			buffer_append_text(out, TEXT("\""));
		}
		buffer_append_text(out, TEXT("]}"));
	}
	buffer_append_text(out, TEXT(",\"checkpoint\":"));
	json_append_string(out, text_from(evidence->checkpoint));
}

/* The line of `audit log`, with more members. */
static void append_object(struct showing *showing, const struct event_view *view)
{
	struct buffer *out = &showing->desk->out;

	event_view_json(view, out);
	out->size -= strlen("}\n");
	if (showing->command.data)
		buffer_format(out, ",\"command_name\":\"%.*s\"", TEXT_ARG(showing->command));
	buffer_format(out, ",\"events_of_command\":[%" PRIu64 ",%" PRIu64 "]", showing->first, showing->last);
	append_json_claims(out, view->record);
	append_json_evidence(out, view->record, &showing->evidence);
	buffer_append_text(out, TEXT("}\n"));
}

/* ---------------------------------------------------------------- the verb */

/* The log keeps the command's id alone. */
static enum status find_name(struct showing *showing, struct id command)
{
	struct decided      *decided;
	struct journal_entry entry;
	enum status          status = decided_open(config_path(&showing->desk->config, CONFIG_DATA),
	                                           reader_identity(showing->desk->reader), &decided);

	if (status != STATUS_OK)
		return status;
	status = decided_find(decided, command, showing->first, &showing->arena, &entry);
	if (status == STATUS_OK)
		showing->command = entry.command;
	decided_close(decided);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void append_event(void *owner, const struct event_view *view)
{
	struct showing *showing = owner;

	showing->first = view->record->position - view->record->command_index;
	showing->last = showing->first + view->record->command_count - 1;
	showing->status = find_name(showing, view->record->command);
	if (showing->json)
		append_object(showing, view);
	else
		append_page(showing, view);
}

static int show(struct showing *showing, uint64_t position)
{
	struct desk *desk = showing->desk;
	enum status  status = gather_evidence(desk, position, &showing->evidence);

	if (status == STATUS_OK)
		status = desk_show(desk, &position, 1, append_event, showing);
	if (status == STATUS_OK)
		status = showing->status;
	if (status == STATUS_OK)
		status = desk_print(desk);
	if (status != STATUS_OK)
		return desk_failed(desk, status);
	return showing->evidence.contradicted || (showing->evidence.is_signed && !showing->evidence.proved)
	               ? AUDIT_DAMAGED
	               : EXIT_SUCCESS;
}

static bool unseal(struct desk *desk, const struct desk_wish *wish, uint64_t position)
{
	const struct event_wish wanted = {.from = position, .to = position};
	struct looks            looks = {0};

	return !wish->unseal
	       || (looks_gather(&looks, desk, &wanted, 1, false) == STATUS_OK && looks_unseal(&looks, desk, wish));
}

static int run_with(const struct desk_wish *wish, const char *word)
{
	struct desk    desk;
	struct showing showing = {.desk = &desk, .json = wish->json};
	uint64_t       position;
	int            code = EXIT_FAILURE;

	if (!text_parse_u64(text_from(word), &position) || position == 0)
		return audit_misused(&audit_show, "It takes a position: 1, 2, …");
	if (desk_open(&desk, audit_show.name)) {
		if (position > desk.head) {
			desk_complain(&desk, "The log ends at position %" PRIu64 ".", desk.head);
			code = AUDIT_NOT_FOUND;
		} else if (unseal(&desk, wish, position)) {
			screen_open(&desk.screen, !wish->json && !wish->no_pager);
			code = show(&showing, position);
		}
	}
	arena_finish(&showing.arena);
	return desk_close(&desk, code);
}

static int run_show(int argc, char **argv)
{
	return desk_run(&audit_show, "It takes a position: 1, 2, …", argc, argv, run_with);
}

const struct verb audit_show = {
	.name = "show",
	.sentence = "Shows one event, its hashes and its proof.",
	.manual =
		"Usage: orrery audit show POSITION [--json] [--no-pager] " DESK_UNSEALING_USAGE "\n\n"
		"Everything about one event: its fields, streams and versions, who caused it and with which command, "
		"the\n"
		"other events of that command, the claims it takes or gives back (keyed hashes), its leaf hash, and "
		"its\n"
		"path through the Merkle tree to the last signed checkpoint, checked. Fields marked secret are never\n"
		"shown. The log keeps a command's id; its name comes from the journal, as long as that reaches so "
		"far.\n"
		"--json      one line: that of `orrery audit log --json` with command_name, events_of_command,\n"
		"            claims, leaf, verifies (null: not signed yet), proof and checkpoint\n"
		"--no-pager  prints to the terminal itself\n" DESK_UNSEALING_MANUAL
		"Exit codes: 0 shown, 1 there is no such event, 2 not understood, 3 the record is damaged, or the log\n"
		"contradicts its checkpoint.\n",
	.run = run_show,
};
