#include "projections/bulk.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/require.h"
#include "projections/fold_batch.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { PACE_SLICE_MS = 50, ROW_NAME_SIZE = SCHEMA_NAME_SIZE + 16 };

struct bulk;

/* One connection, one thread, one part of the events. */
struct worker {
	struct bulk          *bulk;
	pthread_t             thread;
	char                  row[ROW_NAME_SIZE]; /* in the checkpoint table */
	uint32_t              part;
	struct projector_log *log;
	struct pg_session    *session;
	const char          **statements;
	struct checkpoint     checkpoint; /* what the row says */
	uint64_t              position;   /* folded up to here */
	uint64_t              began;      /* position at which this call found it */
	struct hash           leaf;
	uint32_t              passing; /* failures that passed */
	enum status           status;
	char                  problem[BULK_PROBLEM_SIZE];
};

struct bulk {
	const struct bulk_settings *settings;
	const char                 *schema;
	uint64_t                    target;
	int64_t                     began_us;
	uint64_t                    done_before; /* what *done said */
	_Atomic uint64_t            passed;      /* events, each counted once a worker */
	atomic_bool                 ending;      /* one worker has failed */
	uint32_t                    count;
	struct worker               workers[BULK_WORKERS_MAX];
};

/* ---- what went wrong ---- */

__attribute__((format(printf, 3, 4))) static enum status fail(struct worker *worker, enum status status,
                                                              const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(worker->problem, sizeof(worker->problem), format, values);
	va_end(values);
	return status;
}

static bool name_on_record(void *owner, const struct record *record)
{
	const struct event_type *type = event_type_by_number(record->number);

	*(const char **)owner = type ? type->name : "an event that this build does not know";
	return false;
}

/* The server chose this transaction to end a deadlock or a conflict, as with a purge that drops the copy: it may be
 * tried again, when there is still something to try it on. */
static bool is_passing(const struct worker *worker)
{
	return strncmp(pg_session_sqlstate(worker->session), "40", 2) == 0;
}

/* A statement failed, or PostgreSQL went away, or the copy is no longer the one that was begun. */
static enum status judge(struct worker *worker, uint64_t failed, enum status status)
{
	const char *sqlstate = pg_session_sqlstate(worker->session);
	const char *event = "an event";

	if (strcmp(sqlstate, CHECKPOINT_CHANGED) == 0 || strcmp(sqlstate, CHECKPOINT_MOVED) == 0)
		return STATUS_CONFLICT;
	if (!pg_session_connected(worker->session) || failed == 0)
		return fail(worker, STATUS_UNREACHABLE, "PostgreSQL: %s", pg_session_problem(worker->session));
	if (worker->log->each(worker->log->owner, failed, 1, name_on_record, &event))
		event = "an unreadable event";
	return fail(worker, status == STATUS_CONFLICT ? STATUS_INVALID : status,
	            "%s at position %" PRIu64 " cannot be folded: %s", event, failed,
	            pg_session_problem(worker->session));
}

/* ---- a worker ---- */

struct pg_session *bulk_session(const struct bulk_settings *settings, const char *schema, const char ***statements)
{
	char     session_sql[FOLD_SESSION_SIZE];
	uint32_t count;

	*statements = fold_session_statements(settings->projection, &count);
	fold_session_sql(schema, FOLD_COMMIT_HURRIES, session_sql);
	return pg_session_create(&(struct pg_settings){.connection = settings->connection,
	                                               .session_sql = session_sql,
	                                               .statements = *statements,
	                                               .statement_count = count});
}

static enum status open_worker(struct worker *worker)
{
	const struct bulk_settings *settings = worker->bulk->settings;
	enum status                 status = settings->open_log(settings->owner, &worker->log);

	if (status)
		return fail(worker, status, "the log: %s", status_sentence(status));
	worker->session = bulk_session(settings, worker->bulk->schema, &worker->statements);
	status = pg_session_connect(worker->session);
	if (status == STATUS_OK)
		status = checkpoint_load(worker->session, worker->row, &worker->checkpoint);
	if (status == STATUS_NOT_FOUND)
		return STATUS_CONFLICT;
	if (status)
		return fail(worker, status, "PostgreSQL: %s", pg_session_problem(worker->session));
	worker->position = worker->began = worker->checkpoint.position;
	worker->leaf = worker->checkpoint.leaf;
	return STATUS_OK;
}

static void close_worker(struct worker *worker)
{
	const struct bulk_settings *settings = worker->bulk->settings;

	pg_session_destroy(worker->session);
	free(worker->statements);
	if (worker->log)
		settings->close_log(settings->owner, worker->log);
}

static void note_progress(struct worker *worker, const struct fold_batch *batch)
{
	struct bulk *bulk = worker->bulk;
	uint64_t     passed = atomic_fetch_add(&bulk->passed, batch->position - worker->position);

	passed += batch->position - worker->position;
	worker->position = batch->position;
	worker->leaf = batch->leaf;
	if (bulk->settings->done)
		atomic_store(bulk->settings->done, bulk->done_before + passed / bulk->count);
}

static bool take_record(void *owner, const struct record *record)
{
	return fold_batch_take(owner, record);
}

/* One transaction. The last one moves the row to the target even if it changes nothing else. */
static enum status fold_some(struct worker *worker)
{
	const struct bulk    *bulk = worker->bulk;
	struct projector_log *log = worker->log;
	uint64_t              left = bulk->target - worker->position, failed = 0;
	struct fold_target    target = {.session = worker->session,
	                                .projection = bulk->settings->projection,
	                                .schema = worker->row,
	                                .opener = bulk->settings->opener,
	                                .committed = worker->checkpoint.position,
	                                .made = worker->checkpoint.made,
	                                .events_max = BULK_EVENTS_MAX,
	                                .part = worker->part,
	                                .parts = bulk->count};
	struct fold_batch     batch = fold_batch_start(&target, worker->position, worker->leaf);
	enum status           reading, status;

	reading = log->each(log->owner, worker->position + 1, left < BULK_SCAN_MAX ? (uint32_t)left : BULK_SCAN_MAX,
	                    take_record, &batch);
	batch.epoch = log->identity(log->owner).epoch;
	if (batch.position == bulk->target)
		fold_batch_begin(&batch);
	status = fold_batch_commit(&batch, &failed);
	if (status && is_passing(worker) && worker->passing++ < BULK_PASSING_MAX)
		return STATUS_OK;
	if (status)
		return judge(worker, failed, status);
	if (batch.begun)
		worker->checkpoint.position = batch.position;
	status = reading ? reading : batch.failure;
	if (status || batch.position == worker->position)
		return fail(worker, status ? status : STATUS_CORRUPT, "the log after position %" PRIu64 ": %s",
		            batch.position, status_sentence(status ? status : STATUS_CORRUPT));
	note_progress(worker, &batch);
	return STATUS_OK;
}

static bool must_end(const struct worker *worker)
{
	return atomic_load(worker->bulk->settings->stopping) || atomic_load(&worker->bulk->ending);
}

/* Each worker passes the whole log, so that each keeps to the whole rate. */
static void keep_pace(const struct worker *worker)
{
	const struct bulk *bulk = worker->bulk;
	uint64_t           rate = bulk->settings->rate;
	int64_t            due_us;

	if (rate == 0)
		return;
	due_us = bulk->began_us + (int64_t)((double)(worker->position - worker->began) * 1e6 / (double)rate);
	while (clock_monotonic_us() < due_us && !must_end(worker))
		poll(NULL, 0, PACE_SLICE_MS);
}

static void *work(void *owner)
{
	struct worker *worker = owner;

	worker->status = open_worker(worker);
	while (worker->status == STATUS_OK && worker->checkpoint.position < worker->bulk->target) {
		if (must_end(worker)) {
			worker->status = STATUS_BUSY;
			break;
		}
		worker->status = fold_some(worker);
		keep_pace(worker);
	}
	if (worker->status)
		atomic_store(&worker->bulk->ending, true);
	return NULL;
}

/* ---- all of them ---- */

/* The failure that the others only followed. */
static enum status first_failure(const struct bulk *bulk, char problem[BULK_PROBLEM_SIZE])
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < bulk->count; i++) {
		const struct worker *worker = &bulk->workers[i];

		if (worker->status == STATUS_OK || (worker->status == STATUS_BUSY && status))
			continue;
		status = worker->status;
		snprintf(problem, BULK_PROBLEM_SIZE, "%s", worker->problem);
		if (status != STATUS_BUSY)
			break;
	}
	return status;
}

static enum status run_workers(struct bulk *bulk, char problem[BULK_PROBLEM_SIZE])
{
	for (uint32_t i = 0; i < bulk->count; i++)
		require(pthread_create(&bulk->workers[i].thread, NULL, work, &bulk->workers[i]) == 0);
	for (uint32_t i = 0; i < bulk->count; i++)
		pthread_join(bulk->workers[i].thread, NULL);
	return first_failure(bulk, problem);
}

static void name_workers(struct bulk *bulk, bool split)
{
	for (uint32_t i = 0; i < bulk->count; i++) {
		struct worker *worker = &bulk->workers[i];

		worker->bulk = bulk;
		worker->part = i;
		if (split)
			snprintf(worker->row, sizeof(worker->row), "%s/%u/%u", bulk->schema, i + 1, bulk->count);
		else
			snprintf(worker->row, sizeof(worker->row), "%s", bulk->schema);
	}
}

/* All parts stand at the target: so does the copy, and the rows of the parts go, in one transaction. */
static enum status join_parts(struct bulk *bulk, struct pg_session *session, const struct checkpoint *checkpoint)
{
	struct text        values[] = {text_from(bulk->schema)};
	struct fold_target target = {.session = session,
	                             .projection = bulk->settings->projection,
	                             .schema = bulk->schema,
	                             .committed = checkpoint->position,
	                             .made = checkpoint->made};
	struct fold_batch  batch = fold_batch_start(&target, bulk->target, bulk->workers[0].leaf);
	uint64_t           failed;

	for (uint32_t i = 0; i < bulk->count; i++) {
		struct checkpoint part;
		enum status       status = checkpoint_load(session, bulk->workers[i].row, &part);

		if (status)
			return status == STATUS_NOT_FOUND ? STATUS_CONFLICT : status;
		batch.epoch = part.log.epoch;
		if (part.purge_due > batch.erasing)
			batch.erasing = part.purge_due;
	}
	fold_batch_begin(&batch);
	pg_session_add(session, CHECKPOINT_JOIN, values, array_count(values), 0);
	return fold_batch_commit(&batch, &failed);
}

/* How many workers the copy is shared out among already; 0: it is not. */
static enum status count_parts(struct pg_session *session, const char *schema, uint32_t *count)
{
	struct text       values[] = {text_from(schema)};
	struct pg_answer *answer;
	enum status       status = pg_session_ask(session, CHECKPOINT_PARTS, values, array_count(values), &answer);

	if (status)
		return status;
	*count = pg_answer_rows(answer);
	pg_answer_release(answer);
	return *count > BULK_WORKERS_MAX ? STATUS_UNSUPPORTED : STATUS_OK;
}

static enum status split(struct pg_session *session, const char *schema, uint32_t count)
{
	char              number[16];
	struct text       values[] = {text_from(schema), TEXT_NONE};
	struct pg_answer *answer;
	enum status       status;

	snprintf(number, sizeof(number), "%u", count);
	values[1] = text_from(number);
	status = pg_session_ask(session, CHECKPOINT_SPLIT, values, array_count(values), &answer);
	if (status == STATUS_OK)
		pg_answer_release(answer);
	return status;
}

static bool is_worth_many(const struct bulk *bulk, const struct checkpoint *checkpoint)
{
	return bulk->settings->workers > 1 && bulk->settings->projection->parallel_by
	       && bulk->target - checkpoint->position >= BULK_PARALLEL_EVENTS_MIN;
}

/* Where an earlier call had a later target, some parts may stand beyond this one: then all of them go there. */
static enum status raise_target(struct bulk *bulk, struct pg_session *session)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < bulk->count && status == STATUS_OK; i++) {
		struct checkpoint part;

		status = checkpoint_load(session, bulk->workers[i].row, &part);
		if (status == STATUS_OK && part.position > bulk->target)
			bulk->target = part.position;
	}
	return status == STATUS_NOT_FOUND ? STATUS_CONFLICT : status;
}

/* `session` moves the copy's own row; the workers have theirs. */
static enum status share_out(struct bulk *bulk, struct pg_session *session, char problem[BULK_PROBLEM_SIZE])
{
	struct checkpoint checkpoint;
	uint32_t          parts = 0;
	enum status       status = checkpoint_load(session, bulk->schema, &checkpoint);

	if (status == STATUS_NOT_FOUND)
		return STATUS_CONFLICT;
	if (status == STATUS_OK)
		status = count_parts(session, bulk->schema, &parts);
	if (status || (parts == 0 && checkpoint.position >= bulk->target))
		return status;
	if (parts == 0 && is_worth_many(bulk, &checkpoint)) {
		parts = bulk->settings->workers;
		status = split(session, bulk->schema, parts);
	}
	if (status)
		return status;
	bulk->count = parts > 0 ? parts : 1;
	name_workers(bulk, parts > 0);
	status = raise_target(bulk, session);
	if (status)
		return status;
	status = run_workers(bulk, problem);
	if (status == STATUS_OK && parts > 0)
		status = join_parts(bulk, session, &checkpoint);
	for (uint32_t i = 0; i < bulk->count; i++)
		close_worker(&bulk->workers[i]);
	return status;
}

enum status bulk_fold(const struct bulk_settings *settings, const char *schema, uint64_t target,
                      char problem[BULK_PROBLEM_SIZE])
{
	struct bulk       *bulk = calloc(1, sizeof(*bulk));
	const char       **statements;
	struct pg_session *session = bulk_session(settings, schema, &statements);
	enum status        status;

	require(bulk != NULL && settings->workers > 0 && settings->workers <= BULK_WORKERS_MAX);
	*bulk = (struct bulk){.settings = settings,
	                      .schema = schema,
	                      .target = target,
	                      .began_us = clock_monotonic_us(),
	                      .done_before = settings->done ? *settings->done : 0};
	problem[0] = '\0';
	status = pg_session_connect(session);
	if (status == STATUS_OK)
		status = share_out(bulk, session, problem);
	if (status && status != STATUS_BUSY && status != STATUS_CONFLICT && problem[0] == '\0')
		snprintf(problem, BULK_PROBLEM_SIZE, "PostgreSQL: %s", pg_session_problem(session));
	pg_session_destroy(session);
	free(statements);
	free(bulk);
	return status;
}
