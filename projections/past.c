#include "projections/past.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "projections/bind.h"
#include "projections/checkpoint.h"
#include "projections/fold_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The connection for one projection; made when it is first asked about. */
struct chamber {
	const struct projection *projection;
	struct pg_session       *session;
	const char             **statements;
	char                     schema[SCHEMA_NAME_SIZE]; /* exists only inside its transactions */
};

struct past {
	char           *connection;
	struct past_log log;
	struct chamber *chambers; /* in the order of projections[] */
	struct arena    arena;    /* of one question */
};

/* ---- nobody's names ---- */

static enum status open_nothing(void *owner, struct id person, struct text label, struct bytes sealed,
                                struct arena *arena, struct text *clear)
{
	return STATUS_FORGOTTEN;
}

static const struct opener nothing = {.open = open_nothing};

/* ---- the chamber ---- */

/* Two processes must not make the same schema: each waits for the other's transaction then. */
static void name_schema(struct chamber *chamber)
{
	uint64_t chance;

	random_fill(&chance, sizeof(chance));
	snprintf(chamber->schema, sizeof(chamber->schema), "past_%016" PRIx64, chance);
}

static enum status connect_to(struct past *past, struct chamber *chamber)
{
	char     session_sql[FOLD_SESSION_SIZE];
	uint32_t count;

	if (chamber->session && pg_session_connected(chamber->session))
		return STATUS_OK;
	if (!chamber->session) {
		name_schema(chamber);
		fold_session_sql(chamber->schema, FOLD_COMMIT_HURRIES, session_sql);
		chamber->statements = fold_session_statements(chamber->projection, &count);
		chamber->session = pg_session_create(&(struct pg_settings){.connection = past->connection,
		                                                           .session_sql = session_sql,
		                                                           .statements = chamber->statements,
		                                                           .statement_count = count});
	}
	return pg_session_connect(chamber->session);
}

static enum status begin(struct chamber *chamber)
{
	struct buffer sql = {0};
	enum status   status;

	buffer_format(&sql, "BEGIN; SET LOCAL statement_timeout = %d; CREATE SCHEMA \"%s\";\n%s", PAST_STATEMENT_MS,
	              chamber->schema, chamber->projection->tables_sql);
	buffer_append(&sql, BYTES("", 1));
	status = pg_session_script(chamber->session, (const char *)sql.data, NULL);
	buffer_finish(&sql);
	return status;
}

/* ---- the events ---- */

struct walk {
	const struct past_question *question;
	struct fold_batch          *batch;
	uint64_t                    next; /* version in the stream */
	uint32_t                    count;
	bool                        later;  /* beyond the place */
	bool                        erased; /* since then, or before */
	enum status                 status;
};

static bool is_later(const struct walk *walk, const struct record *record)
{
	const struct past_question *question = walk->question;

	return question->position > 0 ? record->position > question->position : record->time_us > question->time_us;
}

static bool take_record(void *owner, const struct record *record)
{
	struct walk             *walk = owner;
	const struct event_type *type = event_type_by_number(record->number);

	if (walk->next > PAST_EVENTS_MAX) {
		walk->status = STATUS_TOO_LARGE;
		return false;
	}
	walk->next++;
	walk->count++;
	walk->later |= is_later(walk, record);
	walk->erased |= type && fold_erases(type);
	if (walk->later || walk->erased)
		return true;
	if (!fold_batch_take(walk->batch, record))
		walk->status = walk->batch->failure ? walk->batch->failure : STATUS_TOO_LARGE;
	return walk->status == STATUS_OK;
}

/* All of the stream is looked at, since an erasure may come after the place. What was read is folded before more is, so
 * that time is looked at in between. */
static enum status gather(struct past *past, struct chamber *chamber, struct walk *walk)
{
	int64_t deadline_us = clock_monotonic_us() + PAST_MS * (int64_t)1000;

	do {
		enum status status, run;

		walk->count = 0;
		status = past->log.stream(past->log.owner, walk->question->stream, walk->next, PAST_AT_ONCE,
		                          take_record, walk);
		run = pg_session_run(chamber->session, NULL);
		status = status ? status : walk->status ? walk->status : run;
		if (status == STATUS_OK && clock_monotonic_us() > deadline_us)
			status = STATUS_TIMED_OUT;
		if (status)
			return status;
	} while (walk->count == PAST_AT_ONCE);
	return walk->erased ? STATUS_NOT_FOUND : STATUS_OK;
}

static enum status fold(struct past *past, struct chamber *chamber, const struct past_question *question)
{
	struct fold_target target = {
		.session = chamber->session, .projection = chamber->projection, .opener = &nothing, .bare = true};
	struct fold_batch batch = fold_batch_start(&target, 0, (struct hash){{0}});
	struct walk       walk = {.question = question, .batch = &batch, .next = 1};
	uint64_t          failed;
	enum status       status = gather(past, chamber, &walk);

	if (fold_batch_commit(&batch, &failed))
		require(!"a batch without a transaction of its own has nothing to commit");
	return status;
}

/* ---- asking ---- */

static enum status ask(struct past *past, struct chamber *chamber, const struct past_question *question,
                       struct pg_answer **answer)
{
	const struct projection *projection = chamber->projection;
	uint32_t                 index = (uint32_t)(question->statement - projection->queries);
	struct text              values[PG_PARAMETERS_MAX];
	struct pg_answer        *found;
	enum status              status;

	bind_query(question->statement, question->object, &past->arena, values);
	status = pg_session_ask(chamber->session, CHECKPOINT_STATEMENTS + projection->statement_count + index, values,
	                        question->statement->parameter_count, &found);
	arena_reset(&past->arena);
	if (status)
		return status;
	if (pg_answer_rows(found) > 0) {
		*answer = found;
		return STATUS_OK;
	}
	pg_answer_release(found);
	return STATUS_NOT_FOUND;
}

static enum status ask_once(struct past *past, struct chamber *chamber, const struct past_question *question,
                            struct pg_answer **answer)
{
	struct pg_answer *found;
	enum status       status = connect_to(past, chamber);

	if (status == STATUS_OK)
		status = begin(chamber);
	if (status == STATUS_OK)
		status = fold(past, chamber, question);
	if (status == STATUS_OK)
		status = ask(past, chamber, question, &found);
	if (status == STATUS_OK)
		*answer = found;
	/* When that fails the connection is lost, and the server rolls back by itself. */
	if (pg_session_connected(chamber->session) && pg_session_script(chamber->session, "ROLLBACK", NULL))
		require(!pg_session_connected(chamber->session));
	return status;
}

enum status past_ask(struct past *past, const struct past_question *question, struct pg_answer **answer)
{
	const struct projection *projection = query_projection(question->statement);
	struct chamber          *chamber = &past->chambers[projection - projections];
	enum status              status = ask_once(past, chamber, question, answer);

	/* A connection that was lost while nobody asked is found out only now. */
	if (status == STATUS_UNREACHABLE)
		status = ask_once(past, chamber, question, answer);
	if (status == STATUS_UNREACHABLE || status == STATUS_DENIED || status == STATUS_CORRUPT)
		diag(DIAG_WARN, "past_unanswered", "%s: %s", projection->name, pg_session_problem(chamber->session));
	/* What our role may not do is no verdict on whoever asked. */
	return status == STATUS_DENIED ? STATUS_UNREACHABLE : status;
}

/* ---- life ---- */

struct past *past_create(const char *connection, const struct past_log *log)
{
	struct past *past = calloc(1, sizeof(*past));

	require(past != NULL);
	past->connection = strdup(connection);
	past->chambers = calloc(projection_count, sizeof(*past->chambers));
	require(past->connection != NULL && past->chambers != NULL);
	past->log = *log;
	for (uint32_t i = 0; i < projection_count; i++)
		past->chambers[i].projection = &projections[i];
	return past;
}

void past_destroy(struct past *past)
{
	if (!past)
		return;
	for (uint32_t i = 0; i < projection_count; i++) {
		pg_session_destroy(past->chambers[i].session);
		free(past->chambers[i].statements);
	}
	arena_finish(&past->arena);
	free(past->chambers);
	free(past->connection);
	free(past);
}
