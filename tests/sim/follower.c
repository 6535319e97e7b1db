#include "tests/sim/follower.h"

#include "eventstore/base/require.h"
#include "projections/bind.h"
#include "projections/projector.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"
#include "tests/sim/mirror.h"
#include "tests/sim/postgres_stub.h"
#include "tests/sim/weather.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const struct projection *projection;
static struct reader           *reader;
static struct keys             *keys;
static struct projector        *projectors[FOLLOWER_PROJECTORS];
static bool                     retried[FOLLOWER_PROJECTORS]; /* for the mutant that passes an event by */
static uint32_t                 turning;                      /* whose turn it is */
static uint64_t                 shown[FOLLOWER_PROJECTORS];
static uint64_t                 promised; /* the most that any projector told */

/* ---------------------------------------------------------------- what must be */

static struct stub_row expected[STUB_ROWS_MAX]; /* of the durable events, in order */
static uint32_t        expected_count;
static uint64_t        expected_upto; /* events */

static bool expect_record(void *owner, const struct record *record)
{
	struct fold_source source = {.record = record, .opener = keys_opener(keys)};
	struct arena       arena = {0};
	struct text        values[PG_PARAMETERS_MAX];

	(void)owner;
	require(record_event(record, NULL, &arena, &source.type, &source.event) == STATUS_OK);
	for (uint32_t i = 0; i < projection->statement_count; i++) {
		if (projection->statements[i].event != record->number)
			continue;
		bind_statement(&projection->statements[i], &source, &arena, values);
		require(expected_count < STUB_ROWS_MAX);
		expected[expected_count++] =
			(struct stub_row){.statement = i,
		                          .position = record->position,
		                          .values = stub_values(&projection->statements[i], values)};
	}
	arena_finish(&arena);
	expected_upto = record->position;
	return true;
}

static uint32_t expected_at(uint64_t position)
{
	uint32_t count = 0;

	while (count < expected_count && expected[count].position <= position)
		count++;
	return count;
}

static void check_rows(const char *schema, uint64_t position)
{
	struct stub_view view = stub_look(schema);
	uint32_t         count = expected_at(position);

	CLAIM(position <= expected_upto, "a read model is a fold of the log", "%s is at %" PRIu64 " of %" PRIu64,
	      schema, position, expected_upto);
	CLAIM(view.row_count == count, "a read model is a fold of the log",
	      "%s has %u changes at %" PRIu64 " instead of %u", schema, view.row_count, position, count);
	for (uint32_t i = 0; i < count; i++)
		CLAIM(memcmp(&view.rows[i], &expected[i], sizeof(expected[i])) == 0,
		      "a read model is a fold of the log",
		      "%s: change %u is of position %" PRIu64 " instead of %" PRIu64, schema, i, view.rows[i].position,
		      expected[i].position);
}

static void check_all(void)
{
	static const char *const suffixes[] = {"", "__next", "__previous"};
	char                     schema[SCHEMA_NAME_SIZE];

	require(reader_each(reader, expected_upto + 1, UINT32_MAX, expect_record, NULL) == STATUS_OK);
	for (size_t i = 0; i < array_count(suffixes); i++) {
		snprintf(schema, sizeof(schema), "%s%s", projection->name, suffixes[i]);
		if (stub_look(schema).rows)
			check_rows(schema, stub_look(schema).position);
	}
}

/* Read your writes: who was told of a position never reads older rows than that, whatever happens after it. */
static void check_promise(void)
{
	struct stub_view view = stub_look(projection->name);

	CLAIM(expected_at(view.position) >= expected_at(promised), "what was told is read ever after",
	      "%s is at %" PRIu64 ", and %" PRIu64 " was told", projection->name, view.position, promised);
}

/* ---------------------------------------------------------------- what the projector sees of the log */

static struct log_identity see_identity(void *owner)
{
	return reader_identity(reader);
}

static enum status see_head(void *owner, uint64_t *head)
{
	return reader_head(reader, head);
}

static enum status see_each(void *owner, uint64_t from, uint32_t limit, reader_visit visit, void *visitor)
{
	bool skips = weather_is(MUTANT_skips_an_event) && retried[turning];

	retried[turning] = false;
	return reader_each(reader, from + skips, limit, visit, visitor);
}

static enum status see_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	return reader_leaf(reader, position, leaf);
}

static void see_nothing(void *owner, uint64_t position, int timeout_ms)
{
	require(!"a turn waits");
}

/* The rows of a position that is told must be there, and what it erased must be gone. */
static void see_progress(void *owner, const char *name, uint64_t position)
{
	struct stub_view view = stub_look(name);

	require(reader_each(reader, expected_upto + 1, UINT32_MAX, expect_record, NULL) == STATUS_OK);
	promised = position > promised ? position : promised;
	check_promise();
	if (view.rows && view.position <= position && expected_at(position) == expected_at(view.position))
		CLAIM(view.purge_due <= view.purged, "what was erased is purged before its position is told",
		      "%s tells %" PRIu64 ", the purge of %" PRIu64 " is due", name, position, view.purge_due);
	shown[turning] = position;
}

static const struct projector_log seen_log = {
	.identity = see_identity,
	.head = see_head,
	.each = see_each,
	.leaf = see_leaf,
	.wait = see_nothing,
	.progress = see_progress,
};

static enum status open_sealed(void *owner, struct id person, struct text label, struct bytes sealed,
                               struct arena *arena, struct text *clear)
{
	const struct opener *opener = keys_opener(keys);

	return opener->open(opener->owner, person, label, sealed, arena, clear);
}

static const struct opener seen_vault = {.open = open_sealed};
static const atomic_bool   stopping = false;

/* ---------------------------------------------------------------- its life */

static struct projector *create(void)
{
	struct projector_settings settings = {.projection = projection,
	                                      .connection = "the stub",
	                                      .log = &seen_log,
	                                      .opener = &seen_vault,
	                                      .stopping = &stopping};

	return projector_create(&settings);
}

void follower_start(void)
{
	projection = &projections[chance_below(projection_count)];
	stub_start(projection);
	for (size_t i = 0; i < array_count(projectors); i++)
		projectors[i] = create();
}

void follower_read_from(struct reader *new_reader, struct keys *new_keys)
{
	reader = new_reader;
	keys = new_keys;
}

static void replace(uint32_t number)
{
	projector_destroy(projectors[number]);
	projectors[number] = create();
	retried[number] = false;
	shown[number] = 0;
}

void follower_die(uint32_t number)
{
	claim_reached(REACHED_projector_died);
	replace(number);
}

bool follower_turn(uint32_t number)
{
	enum projector_turn turn;

	turning = number;
	turn = projector_turn(projectors[number]);
	CLAIM_NOTE(turn);
	CLAIM(turn != TURN_REFUSED, "a read model is of its log", "%s", "the projector refuses its rows");
	if (turn == TURN_FENCED) {
		claim_reached(REACHED_projector_fenced);
		replace(number);
	}
	if (turn == TURN_RETRY) {
		claim_reached(REACHED_projector_retried);
		retried[number] = true;
	}
	check_all();
	check_promise();
	return turn == TURN_IDLE;
}

void follower_rebuild(void)
{
	char               session_sql[SCHEMA_NAME_SIZE + 64];
	struct pg_settings settings = {.session_sql = session_sql};
	struct pg_session *session;

	snprintf(session_sql, sizeof(session_sql), "SELECT set_config('search_path', '%s', false)", projection->name);
	session = pg_session_create(&settings);
	/* It may be away, or the read model may not be there yet: then nothing happens. */
	if (pg_session_connect(session) == STATUS_OK && checkpoint_mark(session, projection->name) != STATUS_OK)
		CLAIM_NOTE(shown);
	pg_session_destroy(session);
}

uint64_t follower_shown(void)
{
	return shown[0];
}
