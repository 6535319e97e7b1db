#include "projections/fold_batch.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/require.h"
#include "projections/bind.h"
#include "projections/checkpoint.h"
#include "projections/projector.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void fold_session_sql(const char *schema, enum fold_commit commit, char out[FOLD_SESSION_SIZE])
{
	snprintf(out, FOLD_SESSION_SIZE,
	         "SELECT set_config('search_path', '%s', false), set_config('synchronous_commit', '%s', false), "
	         "set_config('plan_cache_mode', 'force_generic_plan', false), set_config('jit', 'off', false)",
	         schema, commit == FOLD_COMMIT_WAITS ? "on" : "off");
}

const char **fold_session_statements(const struct projection *projection, uint32_t *count)
{
	uint32_t     total = CHECKPOINT_STATEMENTS + (uint32_t)projection->statement_count + projection->query_count;
	const char **statements = calloc(total, sizeof(*statements));

	require(statements != NULL);
	*count = 0;
	for (uint32_t i = 0; i < CHECKPOINT_STATEMENTS; i++)
		statements[(*count)++] = checkpoint_statements[i];
	for (uint16_t i = 0; i < projection->statement_count; i++)
		statements[(*count)++] = projection->statements[i].sql;
	for (uint16_t i = 0; i < projection->query_count; i++)
		statements[(*count)++] = projection->queries[i].sql;
	return statements;
}

struct fold_batch fold_batch_start(const struct fold_target *target, uint64_t position, struct hash leaf)
{
	return (struct fold_batch){.target = target, .position = position, .leaf = leaf};
}

bool fold_erases(const struct event_type *type)
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

static bool is_for(const struct projection *projection, uint16_t index, uint16_t event)
{
	return index < projection->statement_count && projection->statements[index].event == event;
}

/* The end of an id is chance; mixed (the finalizer of MurmurHash3), so that parts are about equally large even where it
 * is not. */
static uint64_t chance_of(const struct id *id)
{
	uint64_t number;

	memcpy(&number, id->bytes + sizeof(id->bytes) - sizeof(number), sizeof(number));
	number = le64toh(number);
	number = (number ^ (number >> 33)) * UINT64_C(0xff51afd7ed558ccd);
	number = (number ^ (number >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
	return number ^ (number >> 33);
}

static bool is_of_part(const struct fold_target *target, const struct fold_source *source)
{
	const struct field *field;

	if (target->parts <= 1)
		return true;
	field = shape_field(source->type->shape, text_from(target->projection->parallel_by));
	return chance_of(field_at(field, source->event)) % target->parts == target->part;
}

static void add_statement(struct fold_batch *batch, uint16_t index, const struct fold_source *source)
{
	const struct fold_statement *statement = &batch->target->projection->statements[index];
	struct text                  values[PG_PARAMETERS_MAX];

	require(statement->parameter_count <= PG_PARAMETERS_MAX);
	bind_statement(statement, source, &batch->arena, values);
	for (uint16_t i = 0; i < statement->parameter_count; i++)
		batch->bytes += values[i].size;
	pg_session_add(batch->target->session, CHECKPOINT_STATEMENTS + index, values, statement->parameter_count,
	               source->record->position);
}

static enum status add_event(struct fold_batch *batch, const struct record *record)
{
	const struct projection *projection = batch->target->projection;
	struct fold_source       source = {.record = record, .opener = batch->target->opener};
	uint16_t                 index = first_statement(projection, record->number);
	enum status              status;

	if (!is_for(projection, index, record->number))
		return STATUS_OK;
	status = record_event(record, NULL, &batch->arena, &source.type, &source.event);
	if (status || !is_of_part(batch->target, &source))
		return status;
	batch->events++;
	if (fold_erases(source.type))
		batch->erasing = record->position;
	fold_batch_begin(batch);
	for (; is_for(projection, index, record->number); index++)
		add_statement(batch, index, &source);
	return STATUS_OK;
}

bool fold_batch_take(struct fold_batch *batch, const struct record *record)
{
	uint32_t events_max = batch->target->events_max;

	batch->failure = add_event(batch, record);
	arena_reset(&batch->arena);
	if (batch->failure)
		return false;
	batch->position = record->position;
	batch->leaf = record->leaf;
	return batch->bytes < PROJECTOR_BATCH_BYTES_MAX && (events_max == 0 || batch->events < events_max);
}

void fold_batch_begin(struct fold_batch *batch)
{
	const struct fold_target *target = batch->target;
	char                      made[ID_TEXT_SIZE + 1];
	struct text               values[] = {
			      text_from(target->schema),
			      text_from(target->projection->fingerprint),
			      arena_format(&batch->arena, "%" PRIu64, target->committed),
			      {.data = made, .size = ID_TEXT_SIZE},
        };

	id_format(target->made, made);

	if (batch->begun || target->bare)
		return;
	batch->begun = true;
	pg_session_add(target->session, CHECKPOINT_BEGIN, NULL, 0, 0);
	pg_session_add(target->session, CHECKPOINT_HOLD, values, array_count(values), 0);
}

static void add_advance(struct fold_batch *batch)
{
	struct text values[] = {
		text_from(batch->target->schema),
		arena_format(&batch->arena, "%" PRIu64, batch->position),
		arena_base64(&batch->arena, BYTES(batch->leaf.bytes, sizeof(batch->leaf.bytes))),
		arena_format(&batch->arena, "%" PRIu64, batch->erasing),
		arena_format(&batch->arena, "%" PRIu64, batch->epoch),
	};

	pg_session_add(batch->target->session, CHECKPOINT_ADVANCE, values, array_count(values), 0);
}

enum status fold_batch_commit(struct fold_batch *batch, uint64_t *failed)
{
	struct pg_session *session = batch->target->session;
	enum status        status = STATUS_OK;

	if (batch->begun) {
		if (batch->position > batch->target->committed)
			add_advance(batch);
		pg_session_add(session, CHECKPOINT_COMMIT, NULL, 0, 0);
		status = pg_session_run(session, failed);
	}
	arena_finish(&batch->arena);
	return status;
}
