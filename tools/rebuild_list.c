/* orrery rebuild list: every copy of every read model. */
#include "eventstore/base/buffer.h"
#include "eventstore/codec/codec_json.h"
#include "tools/options.h"
#include "tools/rebuild.h"
#include "tools/screen.h"
#include "tools/workshop.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A copy's own row, how far the slowest of its workers is, how many rows its digest counted or the statistics believe,
 * how large its tables are, and whether somebody builds beside that read model. */
static const char copies_sql[] =
	"SELECT schema, fold, position, coalesce((SELECT min(part.position) FROM orrery.checkpoint AS part"
	"  WHERE starts_with(part.schema, copy.schema || '/')), position),"
	" CASE WHEN digest_position = position THEN rows ELSE coalesce((SELECT sum(n_live_tup)"
	"  FROM pg_stat_user_tables WHERE schemaname = copy.schema), 0) END,"
	" coalesce((SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
	"  AND relnamespace = to_regnamespace(quote_ident(copy.schema))), 0),"
	" CASE WHEN digest_position = position THEN digest END, stays,"
	" EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
	"  AND ((classid::bigint << 32) | objid::bigint)"
	"   = hashtextextended('orrery.build.' || split_part(copy.schema, '__', 1), 0))"
	" FROM orrery.checkpoint AS copy WHERE strpos(schema, '/') = 0 ORDER BY schema COLLATE \"C\"";

enum { SCHEMA, FOLD, POSITION, REACHED, ROWS, SIZE, DIGEST, STAYS, BUILDING, STATE_SIZE = 160 };

static const struct screen_column columns[] = {
	{"READ MODEL", 20, false, PAINT_NAME}, {"STATE", 22, false, PAINT_PLAIN}, {"POSITION", 11, true, PAINT_PLAIN},
	{"BEHIND", 9, true, PAINT_PLAIN},      {"ROWS", 11, true, PAINT_PLAIN},   {"MIB", 9, true, PAINT_PLAIN},
	{"FOLD", 16, false, PAINT_FAINT},      {"DIGEST", 0, false, PAINT_FAINT},
};

struct listing {
	struct workshop      *workshop;
	struct pg_session    *session;
	struct projector_log *log;
	uint64_t              head;
	bool                  json;
	struct screen         screen;
	struct buffer         out;
};

static uint64_t number_at(const struct pg_answer *answer, uint32_t row, uint32_t column)
{
	uint64_t number = 0;

	(void)text_parse_u64(pg_answer_text(answer, row, column), &number);
	return number;
}

static bool is_set(const struct pg_answer *answer, uint32_t row, uint32_t column)
{
	return text_is(pg_answer_text(answer, row, column), "t");
}

/* ---------------------------------------------------------------- the state, in words */

static const struct projection *projection_of(struct text schema)
{
	for (uint32_t i = 0; i < projection_count; i++) {
		struct text name = text_from(projections[i].name);

		if (text_starts_with(schema, name) && (schema.size == name.size || schema.data[name.size] == '_'))
			return &projections[i];
	}
	return NULL;
}

static void describe_building(const struct listing *listing, const struct pg_answer *answer, uint32_t row, char *state)
{
	uint64_t reached = number_at(answer, row, REACHED);

	snprintf(state, STATE_SIZE, "%s, %" PRIu64 " %%", is_set(answer, row, BUILDING) ? "building" : "half built",
	         listing->head > 0 ? reached * 100 / listing->head : 100);
}

static void describe_living(const struct listing *listing, const struct pg_answer *answer, uint32_t row,
                            const struct projection *projection, char *state)
{
	struct checkpoint checkpoint;
	const char       *fault = NULL;
	bool              ours = projection && text_is(pg_answer_text(answer, row, FOLD), projection->fingerprint);

	if (checkpoint_load(listing->session, pg_answer_text(answer, row, SCHEMA).data, &checkpoint)
	    || checkpoint_check(&checkpoint, listing->log, &fault))
		fault = "its checkpoint cannot be read";
	if (fault)
		snprintf(state, STATE_SIZE, "refused: %s", fault);
	else if (!projection)
		snprintf(state, STATE_SIZE, "unknown to this build");
	else if (!ours && is_set(answer, row, STAYS))
		snprintf(state, STATE_SIZE, "read, rolled back");
	else
		snprintf(state, STATE_SIZE, ours ? "read" : "read, to be built anew");
}

static void describe(const struct listing *listing, const struct pg_answer *answer, uint32_t row, char *state)
{
	struct text              schema = pg_answer_text(answer, row, SCHEMA);
	const struct projection *projection = projection_of(schema);
	struct text              suffix = schema;

	if (!projection || schema.size == strlen(projection->name)) {
		describe_living(listing, answer, row, projection, state);
		return;
	}
	text_take(&suffix, text_from(projection->name));
	if (text_is(suffix, "__next"))
		describe_building(listing, answer, row, state);
	else
		snprintf(state, STATE_SIZE, "%s",
		         text_is(suffix, "__previous")             ? "read before"
		         : text_starts_with(suffix, TEXT("__at_")) ? "as of its position"
		                                                   : "scratch");
}

/* ---------------------------------------------------------------- printing */

static void append_json(struct listing *listing, const struct pg_answer *answer, uint32_t row, const char *state)
{
	uint64_t position = number_at(answer, row, REACHED);

	buffer_append_text(&listing->out, TEXT("{\"copy\":"));
	json_append_string(&listing->out, pg_answer_text(answer, row, SCHEMA));
	buffer_append_text(&listing->out, TEXT(",\"state\":"));
	json_append_string(&listing->out, text_from(state));
	buffer_format(&listing->out,
	              ",\"position\":%" PRIu64 ",\"behind\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64
	              ",\"fold\":\"%s\",\"building\":%s,\"digest\":",
	              position, listing->head > position ? listing->head - position : 0, number_at(answer, row, ROWS),
	              number_at(answer, row, SIZE), pg_answer_text(answer, row, FOLD).data,
	              is_set(answer, row, BUILDING) ? "true" : "false");
	if (pg_answer_text(answer, row, DIGEST).data)
		json_append_string(&listing->out, pg_answer_text(answer, row, DIGEST));
	else
		buffer_append_text(&listing->out, TEXT("null"));
	buffer_append_text(&listing->out, TEXT("}\n"));
}

static void append_row(struct listing *listing, const struct pg_answer *answer, uint32_t row, const char *state)
{
	struct arena *arena = &listing->workshop->arena;
	char          numbers[3][PROGRESS_NUMBER_SIZE];
	uint64_t      position = number_at(answer, row, REACHED);
	struct text   digest = pg_answer_text(answer, row, DIGEST);
	struct text   cells[] = {
		  pg_answer_text(answer, row, SCHEMA),
		  text_from(state),
		  text_from(progress_number(position, numbers[0])),
		  text_from(progress_number(listing->head > position ? listing->head - position : 0, numbers[1])),
		  text_from(progress_number(number_at(answer, row, ROWS), numbers[2])),
		  arena_format(arena, "%.1f", (double)number_at(answer, row, SIZE) / (1 << 20)),
		  pg_answer_text(answer, row, FOLD),
                digest.data ? digest : TEXT("not known at this position"),
        };

	static_assert(array_count(cells) == array_count(columns), "a cell a column");
	screen_row(&listing->screen, &listing->out, columns, array_count(columns), cells);
}

static enum status print_copies(struct listing *listing)
{
	struct pg_answer *answer;
	char              state[STATE_SIZE];
	enum status       status = pg_session_script(listing->session, copies_sql, &answer);

	if (status) {
		workshop_complain(listing->workshop, "PostgreSQL: %s", pg_session_problem(listing->session));
		return status;
	}
	if (!listing->json)
		screen_row(&listing->screen, &listing->out, columns, array_count(columns), NULL);
	for (uint32_t i = 0; i < pg_answer_rows(answer); i++) {
		describe(listing, answer, i, state);
		(listing->json ? append_json : append_row)(listing, answer, i, state);
	}
	pg_answer_release(answer);
	status = screen_print(&listing->screen, &listing->out);
	buffer_finish(&listing->out);
	return status;
}

static enum status list(struct listing *listing)
{
	struct workshop        *workshop = listing->workshop;
	struct rebuild_settings settings = workshop_settings(workshop, &projections[0]);
	enum status             status = settings.bulk.open_log(settings.bulk.owner, &listing->log);

	if (status == STATUS_OK)
		status = listing->log->head(listing->log->owner, &listing->head);
	if (status)
		workshop_complain(workshop, "The log: %s", status_sentence(status));
	if (status == STATUS_OK)
		listing->session = workshop_session(workshop);
	if (status == STATUS_OK && listing->session) {
		screen_open(&listing->screen, false);
		status = print_copies(listing);
		if (screen_close(&listing->screen) && status == STATUS_OK)
			status = STATUS_IO;
	}
	if (status == STATUS_OK && !listing->session)
		status = STATUS_UNREACHABLE;
	pg_session_destroy(listing->session);
	projector_log_close(listing->log);
	return status;
}

static int run_list(int argc, char **argv)
{
	struct workshop         workshop;
	struct listing          listing = {.workshop = &workshop};
	const struct option_row rows[] = {{"--json", OPTION_FLAG, &listing.json}, {0}};
	const char             *wrong = options_read(argc, argv, rows, NULL);
	int                     code = EXIT_FAILURE;

	if (wrong)
		return rebuild_misused(&rebuild_verb_list, wrong);
	if (workshop_open(&workshop, "rebuild list"))
		code = list(&listing) == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
	workshop_close(&workshop);
	return code;
}

const struct verb rebuild_verb_list = {
	.name = "list",
	.sentence = "Lists the read models and the copies beside them.",
	.manual =
		"Usage: orrery rebuild list [--json]\n\n"
		"A line for each copy: its state, the position it shows and how far that is behind the log, its rows "
		"(as its\n"
		"digest counted them, else as the statistics of PostgreSQL believe), its size, the fingerprint of the "
		"file\n"
		"that folded it, and its digest, when one was made at this position.\n"
		"--json  a line of JSON for each\n"
		"Exit codes: 0 listed, 1 could not be done, 2 not understood.\n",
	.run = run_list,
};
