#include "projections/projector.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "projections/checkpoint.h"
#include "projections/fold_batch.h"
#include "projections/purge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct projector {
	struct projector_settings settings;
	char                     *connection;
	const char              **statements; /* as fold_batch.h has them */
	uint32_t                  statement_count;
	struct pg_session        *session; /* search path `schema`; NULL before the first open */
	char                      schema[SCHEMA_NAME_SIZE];
	bool                      open;       /* the checkpoint below is the row's */
	bool                      building;   /* NAME__next, to be swapped in at the head */
	bool                      doubtful;   /* idle for long: look at the row */
	const char               *let_be;     /* why it is not folded, once said */
	struct checkpoint         checkpoint; /* what the row says */
	uint64_t                  position;   /* folded up to here: at or beyond the checkpoint, with the same rows */
	struct hash               leaf;       /* there */
	int64_t                   looked_us;  /* when the row was last seen to be ours */
	uint64_t                  shown;      /* told to the log */
	bool                      untold;     /* the row was looked at since: worth saying again */
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
	     ", but %s: its rows are not of this log; run `orrery rebuild run %s`, then start the "
	     "projector again",
	     name_of(projector), projector->checkpoint.position, why, name_of(projector));
	projector->open = false;
	return TURN_REFUSED;
}

/* ---- open ---- */

static enum status connect_to(struct projector *projector, const char *schema)
{
	char session_sql[FOLD_SESSION_SIZE];

	snprintf(projector->schema, sizeof(projector->schema), "%s", schema);
	fold_session_sql(projector->schema, projector->building ? FOLD_COMMIT_HURRIES : FOLD_COMMIT_WAITS, session_sql);
	pg_session_destroy(projector->session);
	projector->session = pg_session_create(&(struct pg_settings){.connection = projector->connection,
	                                                             .session_sql = session_sql,
	                                                             .statements = projector->statements,
	                                                             .statement_count = projector->statement_count});
	return pg_session_connect(projector->session);
}

static bool of_our_fold(const struct projector *projector)
{
	return strcmp(projector->checkpoint.fold, projector->settings.projection->fingerprint) == 0;
}

static void note_look(struct projector *projector)
{
	projector->doubtful = false;
	projector->untold = true;
	projector->looked_us = clock_monotonic_us();
}

static enum projector_turn opened(struct projector *projector)
{
	projector->open = true;
	projector->let_be = NULL;
	projector->position = projector->checkpoint.position;
	projector->leaf = projector->checkpoint.leaf;
	note_look(projector);
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

/* Somebody decided otherwise; said once. */
static enum projector_turn let_be(struct projector *projector, const char *why)
{
	projector->open = false;
	if (projector->let_be != why)
		diag(DIAG_WARN, "projection_let_be", "%s shows position %" PRIu64 " and is not folded: %s",
		     name_of(projector), projector->checkpoint.position, why);
	projector->let_be = why;
	return TURN_RETRY;
}

/* Several workers were at it and have not come to one position: only rebuild.h can bring them together. */
static enum status find_parts(struct projector *projector, bool *split)
{
	struct text       values[] = {text_from(projector->schema)};
	struct pg_answer *answer;
	enum status status = pg_session_ask(projector->session, CHECKPOINT_PARTS, values, array_count(values), &answer);

	if (status)
		return status;
	*split = pg_answer_rows(answer) > 0;
	pg_answer_release(answer);
	return STATUS_OK;
}

/* The fold is another one than that of the rows. What was built beside of it already is used if it is still good. */
static enum projector_turn open_beside(struct projector *projector)
{
	char        schema[SCHEMA_NAME_SIZE];
	const char *fault = NULL;
	bool        locked, split = false;
	enum status status;

	snprintf(schema, sizeof(schema), "%s__next", name_of(projector));
	projector->building = true;
	if (connect_to(projector, schema) || checkpoint_lock(projector->session, name_of(projector), &locked))
		return give_up_for_now(projector, "PostgreSQL cannot be reached");
	if (!locked)
		return let_be(projector, "somebody builds it anew already");
	status = checkpoint_load(projector->session, schema, &projector->checkpoint);
	if (status == STATUS_NOT_FOUND)
		return create_empty(projector);
	if (status)
		return give_up_for_now(projector, "its checkpoint cannot be read");
	status = checkpoint_check(&projector->checkpoint, projector->settings.log, &fault);
	if (status)
		return log_unreadable(projector, status);
	if (!fault && of_our_fold(projector) && find_parts(projector, &split))
		return give_up_for_now(projector, "its checkpoint cannot be read");
	return fault || split || !of_our_fold(projector) ? create_empty(projector) : opened(projector);
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
	if (!of_our_fold(projector) && projector->checkpoint.held)
		return let_be(projector, "it was rolled back to another fold");
	if (!of_our_fold(projector))
		return open_beside(projector);
	status = checkpoint_check(&projector->checkpoint, projector->settings.log, &fault);
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

/* Readers learn of a position only when its rows are on disk (fold_batch.h) and what it erased is gone: it holds
 * whatever becomes of PostgreSQL or of this connection. Each look at the row tells it again. A second projector of the
 * same read model, which learns at its own next look that it is fenced, may until then have told of less. */
static bool settle(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;

	if (projector->building)
		return true;
	if (projector->checkpoint.purge_due > 0 && !purge(projector))
		return false;
	if (projector->shown == projector->position && !projector->untold)
		return true;
	projector->shown = projector->position;
	projector->untold = false;
	log->progress(log->owner, name_of(projector), projector->shown);
	return true;
}

/* ---- fold ---- */

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
	uint64_t before = position - projector->position - 1;

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

static void note_commit(struct projector *projector, const struct fold_batch *batch)
{
	note_look(projector);
	projector->checkpoint.position = batch->position;
	projector->checkpoint.leaf = batch->leaf;
	projector->checkpoint.log.epoch = batch->epoch;
	if (batch->erasing > 0)
		projector->checkpoint.purge_due = batch->erasing;
}

static void note_progress(struct projector *projector, const struct fold_batch *batch)
{
	if (batch->position == projector->position)
		return;
	projector->position = batch->position;
	projector->leaf = batch->leaf;
	projector->batch_limit = PROJECTOR_BATCH_MAX;
	projector->backoff_ms = PROJECTOR_BACKOFF_MIN_MS;
}

static bool batch_on_record(void *owner, const struct record *record)
{
	return fold_batch_take(owner, record);
}

/* Events that change no row need no transaction: the row of the checkpoint moves past them with the next rows, or when
 * it is to be looked at anyway. Until then whoever comes next passes them by again. */
static bool must_look(const struct projector *projector)
{
	return projector->doubtful || clock_monotonic_us() - projector->looked_us >= PROJECTOR_IDLE_MS * (int64_t)1000;
}

static enum projector_turn fold(struct projector *projector)
{
	const struct projector_log *log = projector->settings.log;
	struct fold_target          target = {.session = projector->session,
	                                      .projection = projector->settings.projection,
	                                      .schema = projector->schema,
	                                      .opener = projector->settings.opener,
	                                      .committed = projector->checkpoint.position,
	                                      .made = projector->checkpoint.made};
	struct fold_batch           batch = fold_batch_start(&target, projector->position, projector->leaf);
	uint64_t                    failed = 0;
	enum status                 reading;

	reading = log->each(log->owner, projector->position + 1, projector->batch_limit, batch_on_record, &batch);
	batch.epoch = log->identity(log->owner).epoch;
	if (must_look(projector))
		fold_batch_begin(&batch);
	if (fold_batch_commit(&batch, &failed))
		return fold_failed(projector, failed);
	if (batch.begun)
		note_commit(projector, &batch);
	note_progress(projector, &batch);
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
	     name_of(projector), projector->position, projector->settings.projection->fingerprint, name_of(projector));
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
	return *status == STATUS_OK && (head > projector->position || projector->doubtful);
}

enum projector_turn projector_turn(struct projector *projector)
{
	enum status status;

	if (!projector->open)
		return open_rows(projector);
	if (!settle(projector))
		return give_up_for_now(projector, "what an erasure left behind cannot be purged yet");
	if (must_fold(projector, &status))
		return fold(projector);
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

	log->wait(log->owner, projector->position, PROJECTOR_IDLE_MS);
	projector->doubtful = log->head(log->owner, &head) == STATUS_OK && head == projector->position;
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

struct projector *projector_create(const struct projector_settings *settings)
{
	struct projector *projector = calloc(1, sizeof(*projector));

	require(projector != NULL);
	projector->settings = *settings;
	projector->connection = strdup(settings->connection);
	require(projector->connection != NULL);
	projector->backoff_ms = PROJECTOR_BACKOFF_MIN_MS;
	projector->statements = fold_session_statements(settings->projection, &projector->statement_count);
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
