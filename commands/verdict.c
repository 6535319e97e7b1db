#include "commands/verdict.h"

#include "eventstore/base/require.h"

/* ---------------------------------------------------------------- loading */

static enum status claim_hash(const struct verdict *verdict, uint16_t claim, struct text value, struct hash *hash)
{
	return verdict->past->claim_hash(verdict->past->owner, claim, value, hash);
}

static enum status claim_owner(const struct verdict *verdict, const struct hash *hash, struct id *owner)
{
	return verdict->past->claim_owner(verdict->past->owner, hash, owner);
}

/* An id that stands in the command, or in a state that was loaded before. */
static struct id named_stream(const struct verdict *verdict, const struct load *load)
{
	const void *value = load->from
	                            ? (const char *)verdict->states[load->from - 1] + load->offset
	                            : field_at(&verdict->handler->type->shape->fields[load->field], verdict->command);

	return *(const struct id *)value;
}

/* The stream a load names; absent when the claim is held by nobody, or the state it looks into has none. */
static enum status find_stream(struct verdict *verdict, uint32_t index)
{
	const struct load *load = &verdict->handler->loads[index];
	const void        *value;
	enum status        status;

	if (load->claim == CLAIM_none) {
		verdict->loaded[index] = named_stream(verdict, load);
		return STATUS_OK;
	}
	value = field_at(&verdict->handler->type->shape->fields[load->field], verdict->command);
	verdict->loaded[index] = ID_NONE;
	status = claim_hash(verdict, load->claim, *(const struct text *)value, &verdict->claimed[index]);
	if (status == STATUS_OK)
		status = claim_owner(verdict, &verdict->claimed[index], &verdict->loaded[index]);
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status verdict_load(struct verdict *verdict)
{
	enum status status = STATUS_OK;

	for (uint32_t i = 0; i < verdict->handler->load_count && status == STATUS_OK; i++) {
		status = find_stream(verdict, i);
		if (status == STATUS_OK)
			status = verdict->past->state(verdict->past->owner, verdict->handler->loads[i].noun,
			                              verdict->loaded[i], &verdict->states[i]);
	}
	return status;
}

/* ---------------------------------------------------------------- streams and claims of what was decided */

static bool released_here(const struct verdict *verdict, const struct hash *value)
{
	const struct record *first = &verdict->records[0];

	for (int i = 0; i < first->claim_count; i++)
		if (!first->claims[i].taken && hash_equal(&first->claims[i].value, value))
			return true;
	return false;
}

/* Two events of one command cannot both have the value. */
static bool taken_here(const struct verdict *verdict, const struct hash *value)
{
	for (uint32_t i = 0; i < verdict->decision.event_count; i++) {
		const struct record *record = &verdict->records[i];

		for (int j = 0; j < record->claim_count; j++)
			if (record->claims[j].taken && hash_equal(&record->claims[j].value, value))
				return true;
	}
	return false;
}

static void add_claim(struct record *record, enum claim claim, const struct hash *value, bool taken)
{
	require(record->claim_count < RECORD_CLAIMS_MAX);
	record->claims[record->claim_count++] =
		(struct record_claim){.claim = (uint8_t)claim, .taken = taken, .value = *value};
}

/* Releases ride on the first event, so that a value may be freed and taken by one command. */
static enum status add_releases(struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;
	struct hash            value;
	enum status            status = STATUS_OK;

	for (uint32_t i = 0; i < decision->release_count && status == STATUS_OK; i++) {
		status = claim_hash(verdict, decision->releases[i].claim, decision->releases[i].value, &value);
		if (status == STATUS_OK)
			add_claim(&verdict->records[0], decision->releases[i].claim, &value, false);
	}
	return status;
}

/* OK, or CONFLICT when somebody holds the value. */
static enum status take_claim(struct verdict *verdict, struct record *record, uint16_t claim, struct text value)
{
	struct hash hash;
	struct id   owner;
	enum status status = claim_hash(verdict, claim, value, &hash);

	if (status == STATUS_OK)
		status = claim_owner(verdict, &hash, &owner);
	if (status == STATUS_OK && !released_here(verdict, &hash))
		return STATUS_CONFLICT;
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return status;
	if (taken_here(verdict, &hash))
		return STATUS_CONFLICT;
	add_claim(record, claim, &hash, true);
	return STATUS_OK;
}

static void add_stream(struct record *record, struct id id)
{
	require(id_present(id));
	for (int i = 0; i < record->stream_count; i++)
		if (id_equal(record->streams[i].id, id))
			return;
	require(record->stream_count < RECORD_STREAMS_MAX);
	record->streams[record->stream_count++].id = id;
}

/* Nothing is left of what was decided. */
static void refuse_for_claim(struct decision *decision, uint16_t claim)
{
	decision->event_count = 0;
	decision->release_count = 0;
	refuse(decision, claim_types[claim].refusal);
}

/* Fills in what the event's fields say: its streams and the claims it takes. */
static enum status describe(struct verdict *verdict, uint32_t index)
{
	const struct decided_event *decided = &verdict->decision.events[index];
	const struct shape         *shape = decided->type->shape;
	struct record              *record = &verdict->records[index];
	enum status                 status = STATUS_OK;

	for (uint16_t i = 0; i < shape->count && status == STATUS_OK; i++) {
		const struct field *field = &shape->fields[i];

		if (!field_present(field, decided->event))
			continue;
		if (field->marks & FIELD_STREAM)
			add_stream(record, *(const struct id *)field_at(field, decided->event));
		if (field->marks & FIELD_CLAIM)
			status = take_claim(verdict, record, field->claim,
			                    *(const struct text *)field_at(field, decided->event));
		if (status == STATUS_CONFLICT) {
			refuse_for_claim(&verdict->decision, field->claim);
			return STATUS_OK;
		}
	}
	/* The first stream of the first event is what the answer is about. */
	require(status != STATUS_OK || record->stream_count > 0);
	return status;
}

enum status verdict_reach(struct verdict *verdict)
{
	struct decision *decision = &verdict->decision;
	enum status      status;

	verdict->handler->decide(verdict->states, verdict->command, decision);
	require(decision->refusal == REFUSAL_none || decision->event_count == 0);
	if (decision->event_count == 0)
		return STATUS_OK;
	verdict->records = arena_array(decision->arena, struct record, decision->event_count);
	status = add_releases(verdict);
	for (uint32_t i = 0; i < decision->event_count && status == STATUS_OK; i++)
		status = describe(verdict, i);
	return status;
}
