#include "tests/sim/postgres_stub.h"

#include "eventstore/base/require.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"
#include "tests/sim/postgres_stub_parts.h"
#include "tests/sim/weather.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCHEMAS_MAX = 4, HISTORY_MAX = 6 };

/* The rows of one schema, whatever it is called by now. They only grow; who goes back to an earlier state counts fewer.
 */
struct heap {
	struct stub_row rows[STUB_ROWS_MAX];
};

struct schema {
	char         name[STUB_TEXT_SIZE];
	struct heap *heap;
	uint32_t     row_count;
	uint64_t     position, purge_due, epoch;
	uint64_t     made; /* which making of these tables it is */
	char         leaf[STUB_TEXT_SIZE], store[STUB_TEXT_SIZE], fold[STUB_TEXT_SIZE + 1];
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
static uint64_t                 made_count;
static const struct pg_session *builder; /* who holds the lock of those who build copies */
void                            stub_start(const struct projection *wanted)
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

static void note_commit(const struct database *before, bool waits)
{
	if (memcmp(before, &live, sizeof(live)) == 0)
		return; /* nothing was written that could be waited for, or lost */
	if (waits && !weather_is(MUTANT_hurries_commits)) {
		history_count = 0; /* with everything before it */
		return;
	}
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
static enum status commit(struct pg_session *session, const struct database *before, bool waits)
{
	if (strikes(STUB_LOSE_BEFORE_COMMIT, REACHED_postgres_lost_before_commit)) {
		go_back(before);
		return lose(session);
	}
	note_commit(before, waits);
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

static struct schema *schema_of(const struct stub_call *call)
{
	char name[STUB_TEXT_SIZE];

	snprintf(name, sizeof(name), "%.*s", TEXT_ARG(call->values[0]));
	return find_schema(name);
}

static void format_made(const struct schema *schema, char out[ID_TEXT_SIZE + 1])
{
	struct id id = {.bytes = "made"};

	memcpy(id.bytes + 8, &schema->made, sizeof(schema->made));
	id_format(id, out);
}

static enum status hold(struct pg_session *session, const struct stub_call *call)
{
	const struct schema *schema = schema_of(call);

	char made[ID_TEXT_SIZE + 1];

	if (schema)
		format_made(schema, made);
	if (!schema || !is(call->values[1], schema->fold) || !is(call->values[3], made))
		return fail(session, STATUS_CORRUPT, CHECKPOINT_CHANGED, "another fold");
	if (number(call->values[2]) != schema->position)
		return fail(session, STATUS_CORRUPT, CHECKPOINT_MOVED, "moved by another projector");
	return STATUS_OK;
}

static void advance(const struct stub_call *call)
{
	struct schema *schema = schema_of(call);
	uint64_t       erasing = number(call->values[3]);

	schema->position = number(call->values[1]);
	snprintf(schema->leaf, sizeof(schema->leaf), "%.*s", TEXT_ARG(call->values[2]));
	schema->epoch = number(call->values[4]);
	if (erasing > schema->purge_due)
		schema->purge_due = erasing;
}

static enum status fold(struct pg_session *session, const struct stub_call *call)
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

static char *add_cell(struct pg_answer *answer)
{
	require(answer->rows * answer->columns < STUB_CELLS_MAX);
	return answer->cells[answer->columns++];
}

static void load(const struct stub_call *call, struct pg_answer *answer)
{
	const struct schema *schema = schema_of(call);

	if (!schema)
		return;
	snprintf(add_cell(answer), STUB_TEXT_SIZE, "%" PRIu64, schema->position);
	strcpy(add_cell(answer), schema->leaf);
	strcpy(add_cell(answer), schema->store);
	snprintf(add_cell(answer), STUB_TEXT_SIZE, "%" PRIu64, schema->epoch);
	strcpy(add_cell(answer), schema->fold);
	snprintf(add_cell(answer), STUB_TEXT_SIZE, "%" PRIu64,
	         weather_is(MUTANT_shows_unpurged) ? 0 : schema->purge_due);
	format_made(schema, add_cell(answer));
	strcpy(add_cell(answer), "f");
	answer->rows = 1;
}

/* Of the copies beside. */
static void find_outdated(const struct stub_call *call, struct pg_answer *answer)
{
	char prefix[STUB_TEXT_SIZE];

	snprintf(prefix, sizeof(prefix), "%.*s__", TEXT_ARG(call->values[0]));
	answer->columns = 1;
	for (int i = 0; i < SCHEMAS_MAX && projection->clear_tables && projection->clear_tables[0]; i++) {
		const struct schema *schema = &live.schemas[i];

		if (strncmp(schema->name, prefix, strlen(prefix)) == 0
		    && (schema->position < number(call->values[1]) || schema->purge_due > 0))
			strcpy(answer->cells[answer->rows++], schema->name);
	}
}

/* Until its session ends. */
static void lock(const struct pg_session *session, struct pg_answer *answer)
{
	bool held = builder && builder->connected && builder->generation == generation;

	if (!held)
		builder = session;
	strcpy(add_cell(answer), builder == session ? "t" : "f");
	answer->rows = 1;
}

static void note_purged(const struct stub_call *call, struct pg_answer *answer)
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

static void mark(const struct stub_call *call, struct pg_answer *answer)
{
	struct schema *schema = schema_of(call);

	answer->changed = schema != NULL;
	if (schema)
		snprintf(schema->fold, sizeof(schema->fold), "%.*s", TEXT_ARG(call->values[1]));
}

static enum status run_call(struct pg_session *session, const struct stub_call *call, struct pg_answer *answer)
{
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
		find_outdated(call, answer);
		return STATUS_OK;
	case CHECKPOINT_LOCK:
		lock(session, answer);
		return STATUS_OK;
	case CHECKPOINT_PARTS: /* one worker builds here, so there are none */
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
	char           name[STUB_TEXT_SIZE], position[STUB_TEXT_SIZE];

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
	schema->made = ++made_count;
	require((schema->heap = calloc(1, sizeof(*schema->heap))));
	return STATUS_OK;
}

static enum status swap(struct pg_session *session)
{
	char           next[STUB_TEXT_SIZE], previous[STUB_TEXT_SIZE];
	struct schema *old, *new;

	snprintf(next, sizeof(next), "%s__next", projection->name);
	snprintf(previous, sizeof(previous), "%s__previous", projection->name);
	drop_schema(previous);
	old = find_schema(projection->name);
	new = find_schema(next);
	if (!old || !new)
		return fail(session, STATUS_UNREACHABLE, "3F000", "the schema does not exist");
	if (new->purge_due < old->purge_due)
		new->purge_due = old->purge_due;
	strcpy(old->name, previous);
	strcpy(new->name, projection->name);
	claim_reached(REACHED_projector_swapped);
	return STATUS_OK;
}

static void drop_named(const char *sql)
{
	char name[STUB_TEXT_SIZE];

	require(sscanf(strstr(sql, "DROP SCHEMA IF EXISTS "), "DROP SCHEMA IF EXISTS \"%63[^\"]", name) == 1);
	drop_schema(name);
}

static enum status run_script(struct pg_session *session, const char *sql)
{
	if (strstr(sql, "INSERT INTO orrery.checkpoint ("))
		return create(session, sql);
	if (strstr(sql, "RENAME TO"))
		return swap(session);
	if (strstr(sql, "DROP SCHEMA IF EXISTS"))
		drop_named(sql);
	else if (strcmp(sql, "CHECKPOINT") == 0)
		history_count = 0; /* what was committed stays */
	else
		require(strstr(sql, "FUNCTION orrery.hold") || strstr(sql, "SET UNLOGGED")
		        || strstr(sql, "pg_switch_wal"));
	return STATUS_OK;
}

/* ---------------------------------------------------------------- for the sessions */

enum status pg_session_connect(struct pg_session *session)
{
	session->generation = generation;
	session->connected = !is_away;
	if (is_away)
		claim_reached(REACHED_postgres_unreachable);
	return is_away ? lose(session) : STATUS_OK;
}

void stub_unlock(const struct pg_session *session)
{
	if (builder == session)
		builder = NULL;
}

enum status stub_run(struct pg_session *session, struct pg_answer *answer, uint64_t *failed_tag)
{
	struct database before = live;
	enum status     status = check_connection(session);

	for (uint32_t i = 0; i < session->call_count && status == STATUS_OK; i++) {
		status = run_call(session, &session->calls[i], answer);
		if (failed_tag)
			*failed_tag = session->calls[i].tag;
	}
	if (status == STATUS_OK)
		return commit(session, &before, session->waits);
	go_back(&before);
	return status;
}

enum status stub_run_script(struct pg_session *session, const char *sql)
{
	struct database before = live;
	enum status     status = check_connection(session);

	if (status == STATUS_OK)
		status = run_script(session, sql);
	if (status == STATUS_OK)
		return commit(session, &before, session->waits || strstr(sql, "SET LOCAL synchronous_commit = on"));
	go_back(&before);
	return status;
}
