#include "commands/rehearsal.h"

#include "commands/states.h"
#include "commands/verdict.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

struct rehearsal {
	struct rehearsal_rules rules;
	struct states         *states;
	struct past            past;
};

/* Of all that is in the log only the account matters: the course and what belongs to it are new. */
static enum status each_event(void *owner, struct id stream, reader_visit visit, void *visitor)
{
	struct rehearsal *rehearsal = owner;

	if (!id_equal(stream, rehearsal->rules.actor))
		return STATUS_OK;
	return reader_stream(rehearsal->rules.reader, stream, 1, UINT32_MAX, visit, visitor);
}

static enum status load_state(void *owner, uint16_t noun, struct id id, const void **state)
{
	return states_load(((struct rehearsal *)owner)->states, noun, id, state);
}

static enum status hash_no_claim(void *owner, enum claim claim, struct text value, struct hash *hash)
{
	return STATUS_UNSUPPORTED;
}

static enum status own_no_claim(void *owner, const struct hash *hash, struct id *holder)
{
	return STATUS_UNSUPPORTED;
}

struct rehearsal *rehearsal_create(const struct rehearsal_rules *rules)
{
	struct rehearsal *rehearsal = calloc(1, sizeof(*rehearsal));

	require(rehearsal != NULL);
	rehearsal->rules = *rules;
	rehearsal->past = (struct past){
		.owner = rehearsal, .claim_hash = hash_no_claim, .claim_owner = own_no_claim, .state = load_state};
	rehearsal->states =
		states_create(&(struct states_source){.owner = rehearsal, .each = each_event, .opener = rules->opener});
	return rehearsal;
}

void rehearsal_destroy(struct rehearsal *rehearsal)
{
	if (!rehearsal)
		return;
	states_destroy(rehearsal->states);
	free(rehearsal);
}

static void complete(const struct rehearsal *rehearsal, const struct shape *shape, void *input)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_CALLER)
			*(struct id *)field_in(&shape->fields[i], input) = rehearsal->rules.actor;
	shape_derive(shape, input);
}

/* States that were loaded see what happened. All that later commands need was loaded by the one that made it. */
static void take_place(struct rehearsal *rehearsal, const struct verdict *verdict, struct rehearsed *out)
{
	const struct decision *decision = &verdict->decision;

	*out = (struct rehearsed){.refusal = decision->refusal, .event_count = decision->event_count};
	out->events = arena_array(decision->arena, struct rehearsed_event, decision->event_count + 1);
	for (uint32_t i = 0; i < decision->event_count; i++) {
		struct record *record = &verdict->records[i];

		out->events[i] = (struct rehearsed_event){decision->events[i].type, decision->events[i].event};
		record->number = decision->events[i].type->number;
		states_apply(rehearsal->states, record, decision->events[i].event);
	}
}

enum status rehearsal_try(struct rehearsal *rehearsal, const struct command_type *command, void *input,
                          struct arena *arena, struct rehearsed *out)
{
	struct verdict verdict = {
		.past = &rehearsal->past,
		.handler = &command_handlers[command - command_types],
		.command = input,
		.decision = {.arena = arena, .time_us = rehearsal->rules.time_us, .actor = rehearsal->rules.actor}};
	enum status status;

	complete(rehearsal, command->shape, input);
	status = verdict_load(&verdict);
	if (status == STATUS_OK)
		status = verdict_reach(&verdict);
	if (status == STATUS_OK)
		take_place(rehearsal, &verdict, out);
	return status;
}
