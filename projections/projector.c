#include "projections/projector.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "projections/bind.h"
#include "projections/checkpoint.h"
#include "projections/purge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct projector {
	struct projector_settings settings;
	char                     *connection;
	const char              **statements; /* checkpoint.h's, then the projection's */
	uint32_t                  statement_count;
	struct pg_session        *session; /* search path `schema`; NULL before the first open */
	char                      schema[SCHEMA_NAME_SIZE];
	bool                      open;     /* the checkpoint below is the row's */
	bool                      building; /* NAME__next, to be swapped in at the head */
	bool                      doubtful; /* idle for long: look whether the row is still ours */
	struct checkpoint         checkpoint;
	uint64_t                  shown; /* told to the log */
	uint32_t                  batch_limit;
	uint32_t                  backoff_ms;
};

static const char *name_of(const struct projector *projector)
{
	return projector->settings.projection->name;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* ---- what went wrong ---- */

/* PostgreSQL said no, or nothing. Whatever it is, the checkpoint is read again before anything else happens. */
static enum projector_turn give_up_for_now(struct projector *projector, const char *what)
{
	projector->open = false;
	diag(DIAG_WARN, "projection_waits", "%s: %s: %s", name_of(projector), what,
	     pg_session_problem(projector->session));
	return TURN_RETRY;
}

static enum projector_turn log_unreadable(struct projector *projector, enum status status)
{
	projector->open = false;
	diag(DIAG_ERROR, "projection_waits", "%s: the log cannot be read: %s", name_of(projector),
	     status_sentence(status));
	return TURN_RETRY;
}

static enum projector_turn refuse_rows(struct projector *projector, const char *why)
{
	diag(DIAG_ERROR, "projection_refused",
	     "%s shows position %" PRIu64
	     ", but %s: its rows are not of this log; run `orrery rebuild %s`, then start the "
	     "projector again",
	     name_of(projector), projector->checkpoint.position, why, name_of(projector));
	projector->open = false;
	return TURN_REFUSED;
}

/* ---- open ---- */

static enum status connect_to(struct projector *projector, const char *schema)
{
	char session_sql[256];

	snprintf(projector->schema, sizeof(projector->schema), "%s", schema);
	snprintf(session_sql, sizeof(session_sql),
	         "SELECT set_config('search_path', '%s', false), set_config('synchronous_commit', 'off', false), "
	         "set_config('jit', 'off', false)",
	         projector->schema);
	pg_session_destroy(projector->session);
	projector->session = pg_session_create(&(struct pg_settings){.connection = projector->connection,
	                                                             .session_sql = session_sql,
	                                                             .statements = projector->statements,
	                                                             .statement_count = projector->statement_count});
	return pg_session_connect(projector->session);
}

/* NULL when the checkpoint lies on the log, else the sentence's middle part. */
static enum status find_fault(struct projector *projector, const char **fault)
{
	const struct projector_log *log = projector->settings.log;
	const struct checkpoint    *checkpoint = &projector->checkpoint;
	struct log_identity         identity = log->identity(log->owner);
	struct hash                 leaf = {0};
	uint64_t                    head;
	enum status                 status = log->head(log->owner, &head);

	if (status)
		return status;
	if (checkpoint->position > 0 && checkpoint->position <= head)
		status = log->leaf(log->owner, checkpoint->position, &leaf);
	if (status)
		return status;
	if (!id_equal(identity.store, checkpoint->log.store))
		*fault = "of another store";
	else if (identity.epoch != checkpoint->log.epoch)
		*fault = "of another epoch (the log was restored from a backup)";
	else if (checkpoint->position > head)
		*fault = "the log ends before that";
	else if (!hash_equal(&leaf, &checkpoint->leaf))
		*fault = "the log holds another event there";
	else
		*fault = NULL;
	return STATUS_OK;
}

static bool of_our_fold(const struct projector *projector)
{
	return strcmp(projector->checkpoint.fold, projector->settings.projection->fingerprint) == 0;
}

static enum projector_turn opened(struct projector *projector)
{
	projector->open = true;
	projector->doubtful = false;
	projector->batch_limit = PROJECTOR_BATCH_MAX;
	return TURN_AGAIN;
}

static enum projector_turn create_empty(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;
	struct log_identity         identity = log->identity(log->owner);

	if (checkpoint_create(projector->session, projector->settings.projection, projector->schema, identity)
	    || checkpoint_load(projector->session, projector->schema, &projector->checkpoint))
		return give_up_for_now(projector, "its tables cannot be made");
	diag(DIAG_INFO, "projection_begins", "%s, fold %s", projector->schema,
	     projector->settings.projection->fingerprint);
	return opened(projector);
}

/* The fold is another one than that of the rows. What was built beside of it already is used if it is still good. */
static enum projector_turn open_beside(struct projector *projector)
{
	char        schema[SCHEMA_NAME_SIZE];
	const char *fault = NULL;
	enum status status;

	snprintf(schema, sizeof(schema), "%s__next", name_of(projector));
	projector->building = true;
	if (connect_to(projector, schema))
		return give_up_for_now(projector, "PostgreSQL cannot be reached");
	status = checkpoint_load(projector->session, schema, &projector->checkpoint);
	if (status == STATUS_NOT_FOUND)
		return create_empty(projector);
	if (status)
		return give_up_for_now(projector, "its checkpoint cannot be read");
	status = find_fault(projector, &fault);
	if (status)
		return log_unreadable(projector, status);
	return fault || !of_our_fold(projector) ? create_empty(projector) : opened(projector);
}

static enum projector_turn open_rows(struct projector *projector)
{
	const char *fault = NULL;
	enum status status;

	projector->building = false;
	if (connect_to(projector, name_of(projector)))
		return give_up_for_now(projector, "PostgreSQL cannot be reached");
	if (checkpoint_prepare(projector->session))
		return give_up_for_now(projector, "the table of checkpoints cannot be made");
	status = checkpoint_load(projector->session, projector->schema, &projector->checkpoint);
	if (status == STATUS_NOT_FOUND)
		return create_empty(projector);
	if (status)
		return give_up_for_now(projector, "its checkpoint cannot be read");
	if (!of_our_fold(projector))
		return open_beside(projector);
	status = find_fault(projector, &fault);
	if (status)
		return log_unreadable(projector, status);
	return fault ? refuse_rows(projector, fault) : opened(projector);
}

/* ---- settle ---- */

static bool purge(struct projector *projector)
{
	struct checkpoint *checkpoint = &projector->checkpoint;
	char               position[24];
	struct text        values[] = {text_from(projector->schema), TEXT_NONE};
	struct pg_answer  *answer;

	snprintf(position, sizeof(position), "%" PRIu64, checkpoint->purge_due);
	values[1] = text_from(position);
	if (purge_run(projector->session, projector->settings.projection, checkpoint->purge_due)
	    || pg_session_ask(projector->session, CHECKPOINT_PURGED, values, array_count(values), &answer))
		return false;
	pg_answer_release(answer);
	checkpoint->purge_due = 0;
	return true;
}

/* Readers learn of a position only when what it erased is gone. */
static bool settle(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;

	if (projector->building)
		return true;
	if (projector->checkpoint.purge_due > 0 && !purge(projector))
		return false;
	if (projector->shown == projector->checkpoint.position)
		return true;
	projector->shown = projector->checkpoint.position;
	log->progress(log->owner, name_of(projector), projector->shown);
	return true;
}

/* ---- fold ---- */

/* A batch on its way into the session. */
struct batch {
	struct projector *projector;
	struct arena      arena;
	uint64_t          position; /* of the last event in it */
	struct hash       leaf;
	uint64_t          erasing; /* position of the last event that erases somebody, 0 when none */
	size_t            bytes;
	enum status       failure; /* reading the event after `position` */
};

static bool erases(const struct event_type *type)
{
	for (uint16_t i = 0; i < type->shape->count; i++)
		if (type->shape->fields[i].marks & FIELD_ERASES)
			return true;
	return false;
}

/* The projection's first statement for the event; they are sorted by event. */
static uint16_t first_statement(const struct projection *projection, uint16_t event)
{
	uint16_t low = 0, high = projection->statement_count;

	while (low < high) {
		uint16_t middle = (uint16_t)(low + (high - low) / 2);

		if (projection->statements[middle].event < event)
			low = (uint16_t)(middle + 1);
		else
			high = middle;
	}
	return low;
}

static void add_statement(struct batch *batch, uint16_t index, const struct fold_source *source)
{
	struct projector            *projector = batch->projector;
	const struct fold_statement *statement = &projector->settings.projection->statements[index];
	struct text                  values[PG_PARAMETERS_MAX];

	require(statement->parameter_count <= PG_PARAMETERS_MAX);
	bind_statement(statement, source, &batch->arena, values);
	for (uint16_t i = 0; i < statement->parameter_count; i++)
		batch->bytes += values[i].size;
	pg_session_add(projector->session, CHECKPOINT_STATEMENTS + index, values, statement->parameter_count,
	               source->record->position);
}

static enum status add_event(struct batch *batch, const struct record *record)
{
	const struct projection *projection = batch->projector->settings.projection;
	struct fold_source       source = {.record = record, .opener = batch->projector->settings.opener};
	uint16_t                 index = first_statement(projection, record->number);
	enum status              status;

	if (index == projection->statement_count || projection->statements[index].event != record->number)
		return STATUS_OK;
	status = record_event(record, NULL, &batch->arena, &source.type, &source.event);
	if (status)
		return status;
	if (erases(source.type))
		batch->erasing = record->position;
	for (; index < projection->statement_count && projection->statements[index].event == record->number; index++)
		add_statement(batch, index, &source);
	return STATUS_OK;
}

static bool batch_on_record(void *owner, const struct record *record)
{
	struct batch *batch = owner;

	batch->failure = add_event(batch, record);
	arena_reset(&batch->arena);
	if (batch->failure)
		return false;
	batch->position = record->position;
	batch->leaf = record->leaf;
	return batch->bytes < PROJECTOR_BATCH_BYTES_MAX;
}

static void add_begin(struct projector *projector)
{
	char        position[24];
	struct text values[] = {text_from(projector->schema), text_from(projector->settings.projection->fingerprint),
	                        TEXT_NONE};

	snprintf(position, sizeof(position), "%" PRIu64, projector->checkpoint.position);
	values[2] = text_from(position);
	pg_session_add(projector->session, CHECKPOINT_BEGIN, NULL, 0, 0);
	pg_session_add(projector->session, CHECKPOINT_HOLD, values, array_count(values), 0);
}

static void add_commit(struct batch *batch)
{
	struct projector *projector = batch->projector;
	struct text       values[] = {
		      text_from(projector->schema),
		      arena_format(&batch->arena, "%" PRIu64, batch->position),
		      arena_base64(&batch->arena, BYTES(batch->leaf.bytes, sizeof(batch->leaf.bytes))),
		      arena_format(&batch->arena, "%" PRIu64, batch->erasing),
        };

	if (batch->position > projector->checkpoint.position)
		pg_session_add(projector->session, CHECKPOINT_ADVANCE, values, array_count(values), 0);
	pg_session_add(projector->session, CHECKPOINT_COMMIT, NULL, 0, 0);
}

static bool name_on_record(void *owner, const struct record *record)
{
	const struct event_type *type = event_type_by_number(record->number);

	*(const char **)owner = type ? type->name : "an event that this build does not know";
	return false;
}

static const char *event_at(const struct projector *projector, uint64_t position)
{
	const struct projector_log *log = projector->settings.log;
	const char                 *name = "an event";

	return log->each(log->owner, position, 1, name_on_record, &name) == STATUS_OK ? name : "an unreadable event";
}

/* What comes before the failing event is folded first; then that event is tried alone, and the projection stands there.
 */
static enum projector_turn stop_at_event(struct projector *projector, uint64_t position, const char *problem)
{
	uint64_t before = position - projector->checkpoint.position - 1;

	if (before > 0) {
		projector->batch_limit = (uint32_t)before;
		return TURN_AGAIN;
	}
	projector->batch_limit = 1;
	diag(DIAG_ERROR, "projection_stopped", "%s cannot fold %s at position %" PRIu64 ": %s", name_of(projector),
	     event_at(projector, position), position, problem);
	return TURN_RETRY;
}

static enum projector_turn fold_failed(struct projector *projector, uint64_t position)
{
	const char *sqlstate = pg_session_sqlstate(projector->session);

	if (!pg_session_connected(projector->session))
		return give_up_for_now(projector, "PostgreSQL was lost");
	if (strcmp(sqlstate, CHECKPOINT_CHANGED) == 0) {
		projector->open = false;
		return TURN_AGAIN;
	}
	if (strcmp(sqlstate, CHECKPOINT_MOVED) == 0) {
		projector->open = false;
		diag(DIAG_ERROR, "projection_fenced", "%s: %s; this one stops", name_of(projector),
		     pg_session_problem(projector->session));
		return TURN_FENCED;
	}
	if (position == 0)
		return give_up_for_now(projector, "the checkpoint cannot be moved");
	return stop_at_event(projector, position, pg_session_problem(projector->session));
}

static void note_commit(struct projector *projector, const struct batch *batch)
{
	projector->checkpoint.position = batch->position;
	projector->checkpoint.leaf = batch->leaf;
	if (batch->erasing > 0)
		projector->checkpoint.purge_due = batch->erasing;
	projector->batch_limit = PROJECTOR_BATCH_MAX;
	projector->backoff_ms = PROJECTOR_BACKOFF_MIN_MS;
}

static enum projector_turn fold_batch(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;
	struct batch                batch = {.projector = projector, .position = projector->checkpoint.position};
	uint64_t                    from = projector->checkpoint.position + 1, failed = 0;
	enum status                 reading, status;

	projector->doubtful = false;
	add_begin(projector);
	reading = log->each(log->owner, from, min_u32(projector->batch_limit, PROJECTOR_BATCH_MAX), batch_on_record,
	                    &batch);
	add_commit(&batch);
	status = pg_session_run(projector->session, &failed);
	arena_finish(&batch.arena);
	if (status)
		return fold_failed(projector, failed);
	if (batch.position > projector->checkpoint.position)
		note_commit(projector, &batch);
	if (reading)
		return log_unreadable(projector, reading);
	if (batch.failure)
		return stop_at_event(projector, batch.position + 1, status_sentence(batch.failure));
	return TURN_AGAIN;
}

/* ---- swap ---- */

static enum projector_turn swap(struct projector *projector)
{
	if (checkpoint_swap(projector->session, name_of(projector)))
		return give_up_for_now(projector, "what was built beside cannot take its place");
	diag(DIAG_INFO, "projection_swapped", "%s shows position %" PRIu64 " by fold %s; before it is %s__previous",
	     name_of(projector), projector->checkpoint.position, projector->settings.projection->fingerprint,
	     name_of(projector));
	projector->open = false;
	return TURN_AGAIN;
}

/* ---- the life ---- */

/* There is something to read, or something to look after. */
static bool must_fold(struct projector *projector, enum status *status)
{
	const struct projector_log *log = projector->settings.log;
	uint64_t                    head = 0;

	*status = log->head(log->owner, &head);
	return *status == STATUS_OK && (head > projector->checkpoint.position || projector->doubtful);
}

enum projector_turn projector_turn(struct projector *projector)
{
	enum status status;

	if (!projector->open)
		return open_rows(projector);
	if (!settle(projector))
		return give_up_for_now(projector, "what an erasure left behind cannot be purged yet");
	if (must_fold(projector, &status))
		return fold_batch(projector);
	if (status)
		return log_unreadable(projector, status);
	return projector->building ? swap(projector) : TURN_IDLE;
}

static void wait_after_failure(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;

	log->wait(log->owner, UINT64_MAX, (int)projector->backoff_ms);
	projector->backoff_ms = min_u32(projector->backoff_ms * 2, PROJECTOR_BACKOFF_MAX_MS);
}

/* A wait that brought nothing new leaves a doubt: the row may have been marked for a rebuild, or the server restarted.
 */
static void wait_for_events(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;
	uint64_t                    head = 0;

	log->wait(log->owner, projector->checkpoint.position, PROJECTOR_IDLE_MS);
	projector->doubtful = log->head(log->owner, &head) == STATUS_OK && head == projector->checkpoint.position;
}

enum projector_turn projector_run(struct projector *projector)
{
	while (!atomic_load(projector->settings.stopping)) {
		enum projector_turn turn = projector_turn(projector);

		if (turn == TURN_REFUSED || turn == TURN_FENCED)
			return turn;
		if (turn == TURN_RETRY)
			wait_after_failure(projector);
		if (turn == TURN_IDLE)
			wait_for_events(projector);
	}
	return TURN_IDLE;
}

uint64_t projector_position(const struct projector *projector)
{
	return projector->shown;
}

static void list_statements(struct projector *projector)
{
	const struct projection *projection = projector->settings.projection;

	projector->statement_count = CHECKPOINT_STATEMENTS + projection->statement_count;
	projector->statements = calloc(projector->statement_count, sizeof(projector->statements[0]));
	require(projector->statements != NULL);
	for (uint32_t i = 0; i < CHECKPOINT_STATEMENTS; i++)
		projector->statements[i] = checkpoint_statements[i];
	for (uint16_t i = 0; i < projection->statement_count; i++)
		projector->statements[CHECKPOINT_STATEMENTS + i] = projection->statements[i].sql;
}

struct projector *projector_create(const struct projector_settings *settings)
{
	struct projector *projector = calloc(1, sizeof(*projector));

	require(projector != NULL);
	projector->settings = *settings;
	projector->connection = strdup(settings->connection);
	require(projector->connection != NULL);
	projector->backoff_ms = PROJECTOR_BACKOFF_MIN_MS;
	list_statements(projector);
	return projector;
}

void projector_destroy(struct projector *projector)
{
	if (!projector)
		return;
	pg_session_destroy(projector->session);
	free(projector->connection);
	free(projector->statements);
	free(projector);
}
