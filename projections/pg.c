#include "projections/pg.h"

#include "eventstore/base/require.h"
#include "projections/pg_fault.h"
#include "projections/pg_operation.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

enum { STATEMENT_NAME_SIZE = 16 };

enum prepared { PREPARED_NOT, PREPARED_HOPEFULLY, PREPARED_REFUSED };

struct pg {
	PGconn                   *connection;
	enum pg_state             state;
	PostgresPollingStatusType polling; /* while connecting */
	bool                      dirty;   /* something was sent after the last sync */
	bool                      unsent;  /* libpq holds bytes that the socket did not take */
	bool                      broken;
	enum status               refusal; /* of the last PREPARE that failed */
	struct pg_operations      queue;
	char                     *connection_text;
	char                     *session_sql;
	uint8_t                  *prepared; /* enum prepared, by statement */
	struct pg_settings        settings;
	struct pg_fault           fault;
};

/* ---- sending ---- */

static void statement_name(uint32_t statement, char out[STATEMENT_NAME_SIZE])
{
	snprintf(out, STATEMENT_NAME_SIZE, "s%u", statement);
}

static bool note_break(struct pg *pg)
{
	pg_fault_note(&pg->fault, "", PQerrorMessage(pg->connection));
	pg->broken = true;
	return false;
}

static bool send_sync(struct pg *pg)
{
	if (!pg->dirty)
		return true;
	if (!PQpipelineSync(pg->connection))
		return note_break(pg);
	pg_operations_push(&pg->queue, pg_operation_create(PG_OPERATION_SYNC));
	pg->dirty = false;
	return true;
}

/* Alone between two syncs, so that one which fails takes no neighbour with it. */
static bool send_prepare(struct pg *pg, uint32_t statement)
{
	char                 name[STATEMENT_NAME_SIZE];
	struct pg_operation *operation;

	statement_name(statement, name);
	if (!send_sync(pg))
		return false;
	if (!PQsendPrepare(pg->connection, name, pg->settings.statements[statement], 0, NULL))
		return note_break(pg);
	operation = pg_operation_create(PG_OPERATION_PREPARE);
	operation->statement = statement;
	pg_operations_push(&pg->queue, operation);
	pg->dirty = true;
	pg->prepared[statement] = PREPARED_HOPEFULLY;
	return send_sync(pg);
}

static bool send_execution(struct pg *pg, struct pg_operation *operation)
{
	char name[STATEMENT_NAME_SIZE];

	if (pg->prepared[operation->statement] != PREPARED_HOPEFULLY && !send_prepare(pg, operation->statement))
		return false;
	statement_name(operation->statement, name);
	if (!PQsendQueryPrepared(pg->connection, name, (int)operation->value_count, operation->values, NULL, NULL, 0))
		return note_break(pg);
	pg->dirty = true;
	return true;
}

static bool send_unsent(struct pg *pg)
{
	int left = PQflush(pg->connection);

	if (left < 0)
		return note_break(pg);
	pg->unsent = left == 1;
	return true;
}

enum status pg_queue(struct pg *pg, const struct pg_call *call)
{
	struct pg_operation *operation;

	require(call->statement < pg->settings.statement_count && call->value_count <= PG_PARAMETERS_MAX);
	if (pg->state != PG_READY || pg->broken || (pg->queue.first && pg->queue.first->kind == PG_OPERATION_SCRIPT))
		return STATUS_UNREACHABLE;
	if (pg->queue.pending >= pg->settings.pending_max)
		return STATUS_BUSY;
	for (uint32_t i = 0; i < call->value_count; i++)
		if (call->values[i].size > 0 && memchr(call->values[i].data, '\0', call->values[i].size))
			return STATUS_INVALID;
	operation = pg_operation_of_call(call);
	if (!send_execution(pg, operation)) {
		pg_operation_destroy(operation);
		return STATUS_UNREACHABLE;
	}
	pg_operations_push(&pg->queue, operation);
	return STATUS_OK;
}

/* Scripts run outside pipeline mode, where the simple protocol takes several statements. */
enum status pg_script(struct pg *pg, const char *sql, pg_done done, void *owner)
{
	struct pg_operation *operation;

	if (pg->state != PG_READY || pg->broken)
		return STATUS_UNREACHABLE;
	if (pg->queue.first || pg->dirty)
		return STATUS_BUSY;
	if (!PQexitPipelineMode(pg->connection) || !PQsendQuery(pg->connection, sql)) {
		note_break(pg);
		return STATUS_UNREACHABLE;
	}
	operation = pg_operation_create(PG_OPERATION_SCRIPT);
	operation->done = done;
	operation->owner = owner;
	pg_operations_push(&pg->queue, operation);
	return STATUS_OK;
}

bool pg_flush(struct pg *pg)
{
	if (pg->state != PG_READY)
		return true;
	return !pg->broken && send_sync(pg) && send_unsent(pg);
}

/* ---- receiving ---- */

static void tell(struct pg_operation *operation, enum status status)
{
	PGresult *result = operation->result;

	operation->result = NULL;
	if (operation->done && status == STATUS_OK)
		operation->done(operation->owner, STATUS_OK, (struct pg_answer *)result);
	else
		PQclear(result);
	if (operation->done && status != STATUS_OK)
		operation->done(operation->owner, status, NULL);
	pg_operation_destroy(operation);
}

/* A read that fell with its batch goes once more, between two syncs. */
static void repeat(struct pg *pg, struct pg_operation *operation)
{
	PQclear(operation->result);
	operation->result = NULL;
	operation->repeated = true;
	if (pg->broken || !send_sync(pg) || !send_execution(pg, operation)) {
		tell(operation, STATUS_UNREACHABLE);
		return;
	}
	pg_operations_push(&pg->queue, operation);
	if (!send_sync(pg))
		note_break(pg);
}

static bool has_failed(const struct pg_operation *operation)
{
	ExecStatusType outcome = PQresultStatus(operation->result);

	return outcome != PGRES_COMMAND_OK && outcome != PGRES_TUPLES_OK;
}

/* The first execution after a refused PREPARE says why that was refused, which says more than "no such statement". */
static enum status status_of_execution(struct pg *pg, struct pg_operation *operation)
{
	if (pg->prepared[operation->statement] != PREPARED_REFUSED) {
		enum status status = pg_fault_judge(&pg->fault, operation->result);

		/* The plan's result type has changed under it (a read model was swapped): only a new connection helps.
		 */
		pg->broken |= status == STATUS_CORRUPT && strcmp(pg->fault.sqlstate, "0A000") == 0;
		return status;
	}
	pg->prepared[operation->statement] = PREPARED_NOT;
	return has_failed(operation) ? pg->refusal : STATUS_OK;
}

static void end_execution(struct pg *pg, struct pg_operation *operation)
{
	bool fell = PQresultStatus(operation->result) == PGRES_PIPELINE_ABORTED;

	if (fell && pg->settings.repeatable && !operation->repeated && operation->done)
		repeat(pg, operation);
	else
		tell(operation, status_of_execution(pg, operation));
}

static void end_operation(struct pg *pg)
{
	struct pg_operation *operation = pg_operations_pop(&pg->queue);
	enum status          status;

	if (operation->kind == PG_OPERATION_EXECUTE) {
		end_execution(pg, operation);
		return;
	}
	status = pg_fault_judge(&pg->fault, operation->result);
	if (operation->kind == PG_OPERATION_PREPARE && status != STATUS_OK) {
		pg->prepared[operation->statement] = PREPARED_REFUSED;
		pg->refusal = status;
	}
	if (operation->kind == PG_OPERATION_SESSION && status != STATUS_OK)
		pg->broken = true;
	if (operation->kind == PG_OPERATION_SESSION && status == STATUS_OK)
		pg->state = PG_READY;
	if (operation->kind == PG_OPERATION_SCRIPT && !PQenterPipelineMode(pg->connection))
		note_break(pg);
	tell(operation, status);
}

/* Of a statement the first result tells; of a script the first error, else the last result. */
static void keep_result(struct pg_operation *operation, PGresult *result)
{
	bool replace = operation->kind == PG_OPERATION_SCRIPT && operation->result
	               && PQresultStatus(operation->result) != PGRES_FATAL_ERROR;

	if (replace) {
		PQclear(operation->result);
		operation->result = NULL;
	}
	if (operation->result)
		PQclear(result);
	else
		operation->result = result;
}

/* Each statement: results, then NULL. The sync: its result, without a NULL. A script: results, then NULL. */
static void take_result(struct pg *pg, PGresult *result)
{
	struct pg_operation *operation = pg->queue.first;

	if (operation->kind == PG_OPERATION_SYNC) {
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
			pg_operation_destroy(pg_operations_pop(&pg->queue));
		PQclear(result);
	} else if (result) {
		keep_result(operation, result);
	} else if (operation->result) {
		end_operation(pg);
	} else {
		pg_fault_note(&pg->fault, "", "the server did not answer a statement");
		pg->broken = true;
	}
}

static void take_results(struct pg *pg)
{
	while (pg->queue.first && !pg->broken && PQstatus(pg->connection) == CONNECTION_OK && !PQisBusy(pg->connection))
		take_result(pg, PQgetResult(pg->connection));
}

/* ---- connecting ---- */

static void ignore_notice(void *owner, const PGresult *result)
{
}

static bool start_session(struct pg *pg)
{
	if (PQsetnonblocking(pg->connection, 1) != 0 || !PQenterPipelineMode(pg->connection))
		return note_break(pg);
	if (!pg->session_sql) {
		pg->state = PG_READY;
		return true;
	}
	if (!PQsendQueryParams(pg->connection, pg->session_sql, 0, NULL, NULL, NULL, NULL, 0))
		return note_break(pg);
	pg_operations_push(&pg->queue, pg_operation_create(PG_OPERATION_SESSION));
	pg->dirty = true;
	return send_sync(pg) && send_unsent(pg);
}

/* PQconnectPoll must not be called before what it waited for has come. */
static bool poll_connection(struct pg *pg, bool readable, bool writable)
{
	if (pg->polling == PGRES_POLLING_READING ? !readable : !writable)
		return true;
	pg->polling = PQconnectPoll(pg->connection);
	if (pg->polling == PGRES_POLLING_FAILED)
		return note_break(pg);
	return pg->polling != PGRES_POLLING_OK || start_session(pg);
}

static bool is_polling(const struct pg *pg)
{
	return pg->state == PG_CONNECTING && pg->polling != PGRES_POLLING_OK;
}

enum status pg_connect(struct pg *pg)
{
	const char *const names[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *const values[] = {pg->connection_text, "orrery", "UTF8", NULL};

	require(pg->state == PG_CLOSED);
	pg->connection = PQconnectStartParams(names, values, 1);
	require(pg->connection != NULL);
	if (PQstatus(pg->connection) == CONNECTION_BAD) {
		pg_fault_note(&pg->fault, "", PQerrorMessage(pg->connection));
		PQfinish(pg->connection);
		pg->connection = NULL;
		return STATUS_UNREACHABLE;
	}
	PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
	pg->polling = PGRES_POLLING_WRITING;
	pg->state = PG_CONNECTING;
	return STATUS_OK;
}

bool pg_on_ready(struct pg *pg, bool readable, bool writable)
{
	if (pg->state == PG_CLOSED || pg->broken)
		return false;
	if (is_polling(pg))
		return poll_connection(pg, readable, writable);
	if (readable && !PQconsumeInput(pg->connection)) {
		take_results(pg);
		return note_break(pg);
	}
	take_results(pg);
	if (PQstatus(pg->connection) != CONNECTION_OK)
		return note_break(pg);
	return !pg->broken && send_unsent(pg);
}

/* The queue is detached first: a callback may look at the connection, and finds it closed. */
void pg_close(struct pg *pg)
{
	struct pg_operation *operation = pg->queue.first;

	PQfinish(pg->connection);
	pg->connection = NULL;
	pg->state = PG_CLOSED;
	pg_operations_init(&pg->queue);
	pg->dirty = pg->unsent = pg->broken = false;
	memset(pg->prepared, PREPARED_NOT, pg->settings.statement_count);
	while (operation) {
		struct pg_operation *next = operation->next;

		tell(operation, STATUS_UNREACHABLE);
		operation = next;
	}
}

/* ---- life ---- */

static char *copy(const char *text)
{
	char *copied = text ? strdup(text) : NULL;

	require(!text || copied);
	return copied;
}

struct pg *pg_create(const struct pg_settings *settings)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	require(pg != NULL && settings->statement_count <= PG_STATEMENTS_MAX);
	pg->settings = *settings;
	pg->connection_text = copy(settings->connection);
	pg->session_sql = copy(settings->session_sql);
	pg->prepared = calloc(settings->statement_count + 1, 1);
	require(pg->prepared != NULL);
	pg_operations_init(&pg->queue);
	return pg;
}

void pg_destroy(struct pg *pg)
{
	if (!pg)
		return;
	pg_close(pg);
	free(pg->connection_text);
	free(pg->session_sql);
	free(pg->prepared);
	free(pg);
}

void pg_forget(struct pg *pg, const void *owner)
{
	for (struct pg_operation *operation = pg->queue.first; operation; operation = operation->next)
		if (operation->owner == owner)
			operation->done = NULL;
}

enum pg_state pg_state(const struct pg *pg)
{
	return pg->state;
}

int pg_fd(const struct pg *pg)
{
	return pg->connection ? PQsocket(pg->connection) : -1;
}

bool pg_wants_read(const struct pg *pg)
{
	return pg->state != PG_CLOSED && (!is_polling(pg) || pg->polling == PGRES_POLLING_READING);
}

bool pg_wants_write(const struct pg *pg)
{
	return is_polling(pg) ? pg->polling == PGRES_POLLING_WRITING : pg->unsent;
}

bool pg_idle(const struct pg *pg)
{
	return !pg->queue.first && !pg->dirty;
}

uint32_t pg_pending(const struct pg *pg)
{
	return pg->queue.pending;
}

const char *pg_problem(const struct pg *pg)
{
	return pg->fault.problem;
}

const char *pg_sqlstate(const struct pg *pg)
{
	return pg->fault.sqlstate;
}
