/* orrery-replay: decides again what the journal holds, with the deciders of the build it comes from, and says what
 * would come of it. It opens log, index, journal and vault for reading only and writes nothing but its output. States
 * are folded from the events that were recorded, not from those that it decides: each decision is compared by itself,
 * and one that changes does not change those after it.
 *
 * Output: lines of JSON, which `orrery audit replay` reads (tools/audit_replay.c).
 *   first   {"protocol":1,"version":…,"head":…} and, if there is a journal, "first_entry", "first_position",
 * "first_time" then    one for each decision, in order: "entry", "head", "time", "command", "command_id", "change";
 * where that is not "same" also what outcome.h prints as "was" and "now", and "differs" last    "decided",
 * "not_journaled", "first_not_journaled", "last_position"; without it something went wrong */
#include "commands/again.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/writer/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROTOCOL = 1, EXIT_USAGE = 2, ENTRIES_AT_ONCE = 256 };

/* A position or a time; neither: no bound. */
struct bound {
	uint64_t position;
	int64_t  time_us;
};

struct wish {
	struct bound since, until;
	struct text  command; /* absent: every one */
};

struct replay {
	struct wish     wish;
	struct reader  *reader;
	struct keys    *keys;
	struct journal *journal; /* NULL: there is none */
	struct history *history;
	uint64_t        head; /* when it began */

	struct buffer line;
	uint64_t      decided, not_journaled, first_not_journaled;
	uint64_t      first_position; /* where the journal begins */
	uint64_t      accepted;       /* the first event of the last accepted command that was seen in the journal */
};

/* ---------------------------------------------------------------- which decisions */

/* Decided when the next event would have had this position. */
static bool is_before(const struct bound *bound, uint64_t position, int64_t time_us)
{
	return position < bound->position || time_us < bound->time_us;
}

static bool is_behind(const struct bound *bound, uint64_t position, int64_t time_us)
{
	return (bound->position > 0 && position > bound->position) || (bound->time_us > 0 && time_us > bound->time_us);
}

static bool is_asked(const struct wish *wish, uint64_t position, int64_t time_us)
{
	return !is_before(&wish->since, position, time_us) && !is_behind(&wish->until, position, time_us);
}

/* ---------------------------------------------------------------- lines */

static enum status print_line(struct replay *replay)
{
	struct buffer *line = &replay->line;
	bool           printed;

	buffer_append_text(line, TEXT("}\n"));
	printed = fwrite(line->data, 1, line->size, stdout) == line->size;
	line->size = 0;
	return printed ? STATUS_OK : STATUS_IO;
}

static bool append_beginning(void *owner, const struct journal_entry *entry)
{
	struct replay *replay = owner;

	replay->first_position = entry->head + 1;
	buffer_format(&replay->line, ",\"first_entry\":%" PRIu64 ",\"first_position\":%" PRIu64, entry->number,
	              replay->first_position);
	buffer_append_text(&replay->line, TEXT(",\"first_time\":"));
	json_append_time(&replay->line, entry->time);
	return true;
}

static enum status print_first(struct replay *replay)
{
	enum status status = STATUS_OK;

	buffer_format(&replay->line, "{\"protocol\":%d,\"version\":\"" ORRERY_VERSION "\",\"head\":%" PRIu64, PROTOCOL,
	              replay->head);
	if (replay->journal)
		status = journal_each(replay->journal, 1, 1, append_beginning, replay);
	return status == STATUS_OK ? print_line(replay) : status;
}

static enum status print_decision(struct replay *replay, const struct journal_entry *entry,
                                  const struct outcome *recorded, const struct outcome *decided, struct text change)
{
	struct buffer *line = &replay->line;

	buffer_format(line, "{\"entry\":%" PRIu64 ",\"head\":%" PRIu64, entry->number, entry->head);
	buffer_append_text(line, TEXT(",\"time\":"));
	json_append_time(line, entry->time);
	buffer_format(line, ",\"command\":\"%.*s\",\"command_id\":", TEXT_ARG(entry->command));
	json_append_id(line, entry->command_id);
	if (id_present(entry->actor)) {
		buffer_append_text(line, TEXT(",\"actor\":"));
		json_append_id(line, entry->actor);
	}
	buffer_format(line, ",\"change\":\"%.*s\"", TEXT_ARG(change));
	if (!text_is(change, "same")) {
		buffer_append_text(line, TEXT(","));
		outcome_print(recorded, "was", replay->keys, line);
		buffer_append_text(line, TEXT(","));
		outcome_print(decided, "now", replay->keys, line);
		buffer_append_text(line, TEXT(",\"differs\":"));
		outcome_print_differences(recorded, decided, replay->keys, line);
	}
	return print_line(replay);
}

static enum status print_last(struct replay *replay)
{
	buffer_format(&replay->line,
	              "{\"decided\":%" PRIu64 ",\"not_journaled\":%" PRIu64 ",\"first_not_journaled\":%" PRIu64
	              ",\"last_position\":%" PRIu64,
	              replay->decided, replay->not_journaled, replay->first_not_journaled, replay->head);
	return print_line(replay);
}

/* ---------------------------------------------------------------- one decision after the other */

/* Each command's first event must be an entry's; what the journal lacks is counted from where it begins. */
static bool count_lacking(void *owner, const struct record *record)
{
	struct replay *replay = owner;

	if (record->command_index != 0 || record->position == replay->accepted
	    || record->position < replay->first_position || !is_asked(&replay->wish, record->position, record->time_us))
		return true;
	if (replay->not_journaled++ == 0)
		replay->first_not_journaled = record->position;
	return true;
}

static enum status decide_and_print(struct replay *replay, const struct journal_entry *entry)
{
	static struct outcome recorded, decided; /* too large for the stack */
	struct arena          arena = {0};
	const struct opener  *opener = keys_opener(replay->keys);
	enum status           status = outcome_recorded(entry, replay->reader, opener, &arena, &recorded);

	if (status == STATUS_OK)
		status = decide_again(entry, replay->history, opener, &recorded, &arena, &decided);
	if (status == STATUS_OK)
		status =
			print_decision(replay, entry, &recorded, &decided, outcome_change(&recorded, &decided, &arena));
	history_settle(replay->history);
	replay->decided++;
	arena_finish(&arena);
	return status;
}

static enum status replay_entry(struct replay *replay, const struct journal_entry *entry)
{
	const struct wish *wish = &replay->wish;
	enum status        status = STATUS_OK;

	/* What was written since it began is left to the next one. */
	if (journal_entry_last(entry) > replay->head)
		return STATUS_OK;
	status = history_move(replay->history, entry->head, count_lacking, replay);
	if (entry->events > 0)
		replay->accepted = entry->head + 1;
	if (status != STATUS_OK || !is_asked(wish, entry->head + 1, entry->time)
	    || (wish->command.data && !text_equal(wish->command, entry->command)))
		return status;
	return decide_and_print(replay, entry);
}

/* Entries are copied out of the read transaction, since deciding takes its time. */
struct batch {
	struct arena          arena;
	uint32_t              count;
	struct journal_entry *entries[ENTRIES_AT_ONCE];
};

static bool copy_entry(void *owner, const struct journal_entry *entry)
{
	struct batch         *batch = owner;
	struct journal_entry *copy = arena_new(&batch->arena, struct journal_entry);

	*copy = *entry;
	copy->command = arena_text(&batch->arena, entry->command);
	copy->claims = arena_bytes(&batch->arena, entry->claims);
	copy->body = arena_bytes(&batch->arena, entry->body);
	if (entry->refusal.data)
		copy->refusal = arena_text(&batch->arena, entry->refusal);
	if (entry->withheld.data)
		copy->withheld = arena_text(&batch->arena, entry->withheld);
	batch->entries[batch->count++] = copy;
	return true;
}

static enum status replay_batch(struct replay *replay, uint64_t *next, struct batch *batch)
{
	enum status status = journal_each(replay->journal, *next, ENTRIES_AT_ONCE, copy_entry, batch);

	for (uint32_t i = 0; i < batch->count && status == STATUS_OK; i++) {
		status = replay_entry(replay, batch->entries[i]);
		*next = batch->entries[i]->number + 1;
	}
	return status;
}

static enum status replay_all(struct replay *replay)
{
	static struct batch batch;
	uint64_t            next = 1;
	enum status         status;

	do {
		batch.count = 0;
		arena_reset(&batch.arena);
		status = replay_batch(replay, &next, &batch);
	} while (status == STATUS_OK && batch.count == ENTRIES_AT_ONCE);
	arena_finish(&batch.arena);
	return status == STATUS_OK ? history_move(replay->history, replay->head, count_lacking, replay) : status;
}

static enum status replay_and_print(struct replay *replay)
{
	enum status status = reader_head(replay->reader, &replay->head);

	if (status == STATUS_OK)
		status = print_first(replay);
	if (status == STATUS_OK && replay->journal)
		status = replay_all(replay);
	if (status == STATUS_OK)
		status = print_last(replay);
	return status == STATUS_OK && fflush(stdout) != 0 ? STATUS_IO : status;
}

/* ---------------------------------------------------------------- opening */

static enum status open_all(struct replay *replay, const struct config *config)
{
	struct arena arena = {0};
	enum status  status = reader_open(config_path(config, CONFIG_DATA), &replay->reader);

	if (status == STATUS_OK)
		status = keys_open(config_in_data(config, KEYS_FOLDER, &arena),
		                   config_path(config, CONFIG_MASTER_KEY_FILE), KEYS_READ, &replay->keys);
	if (status == STATUS_OK)
		status = journal_read(config_in_data(config, JOURNAL_FOLDER, &arena), reader_identity(replay->reader),
		                      &replay->journal);
	else
		diag(DIAG_ERROR, "log_not_opened", "%s: %s", config_path(config, CONFIG_DATA), status_sentence(status));
	if (status == STATUS_CONFLICT)
		diag(DIAG_ERROR, "journal_foreign", "The journal goes with another log.");
	arena_finish(&arena);
	return status == STATUS_NOT_FOUND && replay->keys ? STATUS_OK : status;
}

static int run(struct replay *replay, const struct config *config)
{
	enum status status = open_all(replay, config);

	if (status == STATUS_OK) {
		replay->history = history_create(replay->reader, replay->keys);
		status = replay_and_print(replay);
		if (status != STATUS_OK)
			diag(DIAG_ERROR, "replay_stopped", "%s", status_sentence(status));
	}
	history_destroy(replay->history);
	journal_close(replay->journal);
	keys_close(replay->keys);
	reader_close(replay->reader);
	buffer_finish(&replay->line);
	if (status == STATUS_OK)
		return EXIT_SUCCESS;
	return status == STATUS_CORRUPT ? EXIT_HOPELESS : EXIT_FAILURE;
}

/* ---------------------------------------------------------------- what is asked */

static bool read_bound(const char *word, struct bound *bound)
{
	return (text_parse_u64(text_from(word), &bound->position) && bound->position > 0)
	       || time_parse(text_from(word), &bound->time_us);
}

static bool read_wish(int argc, char **argv, struct wish *wish)
{
	for (int i = 1; i < argc; i += 2) {
		const char *value = argv[i + 1]; /* NULL behind the last */

		if (!value)
			return false;
		if (strcmp(argv[i], "--command") == 0)
			wish->command = text_from(value);
		else if (strcmp(argv[i], "--since") == 0
		                 ? !read_bound(value, &wish->since)
		                 : strcmp(argv[i], "--until") != 0 || !read_bound(value, &wish->until))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct replay replay = {0};
	struct config config;
	int           code;

	if (!read_wish(argc, argv, &replay.wish)) {
		fputs("orrery-replay takes --since and --until, a position or a time each, and --command NAME.\n",
		      stderr);
		return EXIT_USAGE;
	}
	config_load_or_exit(&config, "orrery-replay");
	code = run(&replay, &config);
	config_finish(&config);
	return code;
}
