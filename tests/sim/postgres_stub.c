#include "tests/sim/postgres_stub.h"

#include "eventstore/base/require.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"
#include "tests/sim/weather.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCHEMAS_MAX = 4, HISTORY_MAX = 6, QUEUE_MAX = 4096, TEXT_SIZE = 64, COLUMNS = 6 };

/* The rows of one schema, whatever it is called by now. They only grow; who goes back to an earlier state counts fewer.
 */
struct heap {
	struct stub_row rows[STUB_ROWS_MAX];
};

struct schema {
	char         name[TEXT_SIZE];
	struct heap *heap;
	uint32_t     row_count;
	uint64_t     position, purge_due, epoch;
	char         leaf[TEXT_SIZE], store[TEXT_SIZE], fold[TEXT_SIZE + 1];
};

struct database {
	struct schema schemas[SCHEMAS_MAX];
};

static const struct projection *projection;
static struct database          live;
static struct database          history[HISTORY_MAX]; /* what was before each of the last commits */
static uint32_t                 history_count;
static uint32_t                 generation; /* sessions of an earlier one are lost */
static uint64_t                 purged;
static bool                     is_away;
static enum stub_fault          armed;

struct call {
	uint32_t     statement;
	uint64_t     tag;
	uint32_t     value_count;
	struct text *values;
};

struct pg_session {
	char         schema[TEXT_SIZE];
	bool         connected;
	uint32_t     generation;
	struct arena arena; /* of the batch */
	struct call  calls[QUEUE_MAX];
	uint32_t     call_count;
	char         problem[PG_PROBLEM_SIZE], sqlstate[PG_SQLSTATE_SIZE];
};

struct pg_answer {
	uint32_t rows;
	uint64_t changed;
	char     columns[COLUMNS][TEXT_SIZE + 1];
};

void stub_start(const struct projection *wanted)
{
	projection = wanted;
}

/* ---------------------------------------------------------------- what there is */

static struct schema *find_schema(const char *name)
{
	for (int i = 0; i < SCHEMAS_MAX; i++)
		if (strcmp(live.schemas[i].name, name) == 0)
			return &live.schemas[i];
	return NULL;
}

static void drop_schema(const char *name)
{
	struct schema *schema = find_schema(name);

	if (schema)
		*schema = (struct schema){0};
}

struct stub_view stub_look(const char *name)
{
	const struct schema *schema = find_schema(name);

	if (!schema)
		return (struct stub_view){0};
	return (struct stub_view){schema->position, schema->purge_due, schema->heap->rows, schema->row_count, purged};
}

uint64_t stub_values(const struct fold_statement *statement, const struct text *values)
{
	uint64_t digest = 0xcbf29ce484222325;

	for (uint16_t i = 0; i < statement->parameter_count; i++) {
		if (statement->parameters[i].source == PARAMETER_CLEAR)
			continue;
		digest = (digest ^ (values[i].data ? values[i].size : SIZE_MAX)) * 0x100000001b3;
		for (size_t j = 0; j < values[i].size; j++)
			digest = (digest ^ (uint8_t)values[i].data[j]) * 0x100000001b3;
	}
	return digest;
}

/* ---------------------------------------------------------------- what goes wrong */

void stub_arm(enum stub_fault fault)
{
	armed = fault;
}

void stub_go_away(bool away)
{
	is_away = away;
	generation += away;
}

/* The mutant leaves the checkpoints where they were moved to. */
static void go_back(const struct database *before)
{
	struct database now = live;

	live = *before;
	for (int i = 0; i < SCHEMAS_MAX && weather_is(MUTANT_moves_checkpoint_apart); i++)
		if (strcmp(live.schemas[i].name, now.schemas[i].name) == 0) {
			live.schemas[i].position = now.schemas[i].position;
			strcpy(live.schemas[i].leaf, now.schemas[i].leaf);
		}
}

void stub_crash(void)
{
	uint32_t lost = chance_below(history_count + 1);

	generation++;
	if (lost == 0)
		return;
	history_count -= lost;
	go_back(&history[history_count]);
	claim_reached(REACHED_postgres_crashed_losing_commits);
}

static void note_commit(const struct database *before)
{
	if (history_count == HISTORY_MAX) {
		memmove(history, history + 1, (HISTORY_MAX - 1) * sizeof(history[0]));
		history_count--;
	}
	history[history_count++] = *before;
}

static enum status fail(struct pg_session *session, enum status status, const char *sqlstate, const char *problem)
{
	snprintf(session->sqlstate, sizeof(session->sqlstate), "%s", sqlstate);
	snprintf(session->problem, sizeof(session->problem), "%s", problem);
	return status;
}

static enum status lose(struct pg_session *session)
{
	session->connected = false;
	return fail(session, STATUS_UNREACHABLE, "", "the connection was lost");
}

static bool strikes(enum stub_fault fault, enum reached reached)
{
	if (armed != fault)
		return false;
	armed = STUB_WELL;
	claim_reached(reached);
	return true;
}

/* Around each transaction. What was changed before it is lost is as it was. */
static enum status commit(struct pg_session *session, const struct database *before)
{
	if (strikes(STUB_LOSE_BEFORE_COMMIT, REACHED_postgres_lost_before_commit)) {
		go_back(before);
		return lose(session);
	}
	note_commit(before);
	return strikes(STUB_LOSE_AFTER_COMMIT, REACHED_postgres_lost_after_commit) ? lose(session) : STATUS_OK;
}

static enum status check_connection(struct pg_session *session)
{
	if (session->connected && session->generation == generation && !is_away)
		return STATUS_OK;
	return lose(session);
}

/* ---------------------------------------------------------------- statements */

static bool is(struct text value, const char *expected)
{
	return text_is(value, expected);
}

static uint64_t number(struct text value)
{
	uint64_t parsed;

	require(text_parse_u64(value, &parsed));
	return parsed;
}

static struct schema *schema_of(const struct call *call)
{
	char name[TEXT_SIZE];

	snprintf(name, sizeof(name), "%.*s", TEXT_ARG(call->values[0]));
	return find_schema(name);
}

static enum status hold(struct pg_session *session, const struct call *call)
{
	const struct schema *schema = schema_of(call);

	if (!schema || !is(call->values[1], schema->fold))
		return fail(session, STATUS_CORRUPT, CHECKPOINT_CHANGED, "another fold");
	if (number(call->values[2]) != schema->position)
		return fail(session, STATUS_CORRUPT, CHECKPOINT_MOVED, "moved by another projector");
	return STATUS_OK;
}

static void advance(const struct call *call)
{
	struct schema *schema = schema_of(call);
	uint64_t       erasing = number(call->values[3]);

	schema->position = number(call->values[1]);
	snprintf(schema->leaf, sizeof(schema->leaf), "%.*s", TEXT_ARG(call->values[2]));
	if (erasing > schema->purge_due)
		schema->purge_due = erasing;
}

static enum status fold(struct pg_session *session, const struct call *call)
{
	struct schema *schema = find_schema(session->schema);
	uint32_t       statement = call->statement - CHECKPOINT_STATEMENTS;

	if (chance_one_in(3) && strikes(STUB_FAIL_STATEMENT, REACHED_postgres_statement_failed))
		return fail(session, STATUS_CORRUPT, "53200", "out of memory");
	require(schema && schema->row_count < STUB_ROWS_MAX && statement < projection->statement_count);
	schema->heap->rows[schema->row_count++] =
		(struct stub_row){.statement = statement,
	                          .position = call->tag,
	                          .values = stub_values(&projection->statements[statement], call->values)};
	return STATUS_OK;
}

static void load(const struct call *call, struct pg_answer *answer)
{
	const struct schema *schema = schema_of(call);

	if (!schema)
		return;
	answer->rows = 1;
	snprintf(answer->columns[0], TEXT_SIZE, "%" PRIu64, schema->position);
	strcpy(answer->columns[1], schema->leaf);
	strcpy(answer->columns[2], schema->store);
	snprintf(answer->columns[3], TEXT_SIZE, "%" PRIu64, schema->epoch);
	strcpy(answer->columns[4], schema->fold);
	snprintf(answer->columns[5], TEXT_SIZE, "%" PRIu64, weather_is(MUTANT_shows_unpurged) ? 0 : schema->purge_due);
}

static void note_purged(const struct call *call, struct pg_answer *answer)
{
	struct schema *schema = schema_of(call);

	answer->changed = schema && schema->purge_due == number(call->values[1]);
	if (!answer->changed)
		return;
	if (schema->purge_due > purged)
		purged = schema->purge_due;
	schema->purge_due = 0;
	claim_reached(REACHED_purged);
}

static void mark(const struct call *call, struct pg_answer *answer)
{
	struct schema *schema = schema_of(call);

	answer->changed = schema != NULL;
	if (schema)
		schema->fold[0] = '\0';
}

static enum status run_call(struct pg_session *session, const struct call *call, struct pg_answer *answer)
{
	const struct schema *schema;

	switch (call->statement) {
	case CHECKPOINT_BEGIN:
	case CHECKPOINT_COMMIT:
		return STATUS_OK;
	case CHECKPOINT_HOLD:
		return hold(session, call);
	case CHECKPOINT_ADVANCE:
		advance(call);
		return STATUS_OK;
	case CHECKPOINT_LOAD:
		load(call, answer);
		return STATUS_OK;
	case CHECKPOINT_PURGED:
		note_purged(call, answer);
		return STATUS_OK;
	case CHECKPOINT_MARK:
		mark(call, answer);
		return STATUS_OK;
	case CHECKPOINT_OUTDATED:
		schema = schema_of(call);
		answer->rows = schema && (schema->position < number(call->values[1]) || schema->purge_due > 0);
		return STATUS_OK;
	default:
		require(call->statement >= CHECKPOINT_STATEMENTS);
		return fold(session, call);
	}
}

/* ---------------------------------------------------------------- scripts */

static enum status create(struct pg_session *session, const char *sql)
{
	const char    *insert = strstr(sql, "INSERT INTO orrery.checkpoint (");
	struct schema *schema;
	char           name[TEXT_SIZE], position[TEXT_SIZE];

	if (strstr(sql, "DROP SCHEMA IF EXISTS"))
		drop_schema(session->schema);
	if (find_schema(session->schema))
		return fail(session, STATUS_CONFLICT, "42P06", "the schema exists");
	require((schema = find_schema("")));
	require((insert = strstr(insert, "VALUES (")));
	require(sscanf(insert, "VALUES ('%63[^']', %63[0-9], '%63[^']', '%63[^']', %" SCNu64 ", '%64[^']'", name,
	               position, schema->leaf, schema->store, &schema->epoch, schema->fold)
	        == 6);
	require(strcmp(name, session->schema) == 0);
	strcpy(schema->name, name);
	require((schema->heap = calloc(1, sizeof(*schema->heap))));
	return STATUS_OK;
}

static enum status swap(struct pg_session *session)
{
	char           next[TEXT_SIZE], previous[TEXT_SIZE];
	struct schema *old, *new;

	snprintf(next, sizeof(next), "%s__next", projection->name);
	snprintf(previous, sizeof(previous), "%s__previous", projection->name);
	drop_schema(previous);
	old = find_schema(projection->name);
	new = find_schema(next);
	if (!old || !new)
		return fail(session, STATUS_UNREACHABLE, "3F000", "the schema does not exist");
	strcpy(old->name, previous);
	strcpy(new->name, projection->name);
	claim_reached(REACHED_projector_swapped);
	return STATUS_OK;
}

static void drop_previous(void)
{
	char previous[TEXT_SIZE];

	snprintf(previous, sizeof(previous), "%s__previous", projection->name);
	drop_schema(previous);
}

static enum status run_script(struct pg_session *session, const char *sql)
{
	if (strstr(sql, "INSERT INTO orrery.checkpoint ("))
		return create(session, sql);
	if (strstr(sql, "RENAME TO"))
		return swap(session);
	if (strncmp(sql, "DROP SCHEMA ", 12) == 0)
		drop_previous();
	else if (strcmp(sql, "CHECKPOINT") == 0)
		history_count = 0; /* what was committed stays */
	else
		require(strstr(sql, "FUNCTION orrery.hold") || strstr(sql, "SET UNLOGGED")
		        || strstr(sql, "pg_switch_wal"));
	return STATUS_OK;
}

/* ---------------------------------------------------------------- projections/pg_session.h */

struct pg_session *pg_session_create(const struct pg_settings *settings)
{
	struct pg_session *session = calloc(1, sizeof(*session));

	require(session != NULL);
	require(sscanf(settings->session_sql, "SELECT set_config('search_path', '%63[^']'", session->schema) == 1);
	return session;
}

void pg_session_destroy(struct pg_session *session)
{
	if (!session)
		return;
	arena_finish(&session->arena);
	free(session);
}

enum status pg_session_connect(struct pg_session *session)
{
	session->generation = generation;
	session->connected = !is_away;
	if (is_away)
		claim_reached(REACHED_postgres_unreachable);
	return is_away ? lose(session) : STATUS_OK;
}

bool pg_session_connected(const struct pg_session *session)
{
	return session->connected;
}

void pg_session_add(struct pg_session *session, uint32_t statement, const struct text *values, uint32_t value_count,
                    uint64_t tag)
{
	struct call *call = &session->calls[session->call_count++];

	require(session->call_count <= QUEUE_MAX);
	*call = (struct call){.statement = statement, .tag = tag, .value_count = value_count};
	call->values = arena_array(&session->arena, struct text, value_count + 1);
	for (uint32_t i = 0; i < value_count; i++)
		if (values[i].data)
			call->values[i] = arena_text(&session->arena, values[i]);
}

static enum status run_calls(struct pg_session *session, struct pg_answer *answer, uint64_t *failed_tag)
{
	struct database before = live;
	enum status     status = check_connection(session);

	for (uint32_t i = 0; i < session->call_count && status == STATUS_OK; i++) {
		status = run_call(session, &session->calls[i], answer);
		if (failed_tag)
			*failed_tag = session->calls[i].tag;
	}
	if (status == STATUS_OK)
		return commit(session, &before);
	go_back(&before);
	return status;
}

enum status pg_session_run(struct pg_session *session, uint64_t *failed_tag)
{
	struct pg_answer none = {0};
	enum status      status = run_calls(session, &none, failed_tag);

	session->call_count = 0;
	arena_reset(&session->arena);
	return status;
}

enum status pg_session_ask(struct pg_session *session, uint32_t statement, const struct text *values,
                           uint32_t value_count, struct pg_answer **answer)
{
	struct pg_answer *given = calloc(1, sizeof(*given));
	enum status       status;

	require(given != NULL && session->call_count == 0);
	pg_session_add(session, statement, values, value_count, 0);
	status = run_calls(session, given, NULL);
	session->call_count = 0;
	arena_reset(&session->arena);
	if (status == STATUS_OK)
		*answer = given;
	else
		free(given);
	return status;
}

enum status pg_session_script(struct pg_session *session, const char *sql, struct pg_answer **answer)
{
	struct database before = live;
	enum status     status = check_connection(session);

	require(answer == NULL);
	if (status == STATUS_OK)
		status = run_script(session, sql);
	if (status == STATUS_OK)
		return commit(session, &before);
	go_back(&before);
	return status;
}

const char *pg_session_problem(const struct pg_session *session)
{
	return session->problem;
}

const char *pg_session_sqlstate(const struct pg_session *session)
{
	return session->sqlstate;
}

/* ---------------------------------------------------------------- projections/pg.h: answers */

uint32_t pg_answer_rows(const struct pg_answer *answer)
{
	return answer->rows;
}

uint32_t pg_answer_columns(const struct pg_answer *answer)
{
	return answer->rows > 0 ? COLUMNS : 0;
}

struct text pg_answer_text(const struct pg_answer *answer, uint32_t row, uint32_t column)
{
	require(row < answer->rows && column < COLUMNS);
	return text_from(answer->columns[column]);
}

uint64_t pg_answer_changed(const struct pg_answer *answer)
{
	return answer->changed;
}

void pg_answer_release(struct pg_answer *answer)
{
	free(answer);
}
