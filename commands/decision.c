#include "commands/decision.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

/* A decider that refuses and emits, or refuses twice, contradicts itself: that is a bug, not an answer. */

void refuse(struct decision *decision, enum refusal refusal)
{
	refuse_until(decision, refusal, 0);
}

void refuse_until(struct decision *decision, enum refusal refusal, int64_t retry_at_us)
{
	require(refusal != REFUSAL_none);
	require(decision->refusal == REFUSAL_none);
	require(decision->event_count == 0 && decision->release_count == 0);
	decision->refusal = refusal;
	decision->retry_at_us = retry_at_us;
}

void decision_emit(struct decision *decision, uint16_t number, const void *event, size_t size)
{
	const struct event_type *type = event_type_by_number(number);

	require(decision->refusal == REFUSAL_none);
	require(decision->event_count < DECISION_EVENTS_MAX);
	require(type && type->shape->size == size);

	void *copy = arena_alloc(decision->arena, size);

	memcpy(copy, event, size);
	decision->events[decision->event_count++] = (struct decided_event){.type = type, .event = copy};
}

void release(struct decision *decision, enum claim claim, struct text value)
{
	require(decision->refusal == REFUSAL_none);
	require(decision->release_count < DECISION_RELEASES_MAX);
	decision->releases[decision->release_count++] = (struct released_claim){.claim = claim, .value = value};
}

/* ---------------------------------------------------------------- nouns */

const struct noun_type *noun_type_by_name(struct text name)
{
	for (uint32_t i = 0; i < noun_type_count; i++)
		if (text_is(name, noun_types[i].state->name))
			return &noun_types[i];
	return NULL;
}

bool noun_views(const struct noun_type *noun, const char *stream_noun)
{
	for (uint32_t i = 0; i < noun->view_count; i++)
		if (strcmp(noun->views[i], stream_noun) == 0)
			return true;
	return false;
}

struct noun_list nouns_of_event(uint16_t event_number)
{
	const struct event_type *type = event_type_by_number(event_number);

	return type ? event_nouns[type - event_types] : (struct noun_list){0};
}

static int compare_fold(const void *number, const void *fold)
{
	return (int)*(const uint16_t *)number - (int)((const struct fold *)fold)->event;
}

void noun_fold(const struct noun_type *noun, uint16_t event_number, void *state, const void *event)
{
	const struct fold *fold =
		bsearch(&event_number, noun->folds, noun->fold_count, sizeof(noun->folds[0]), compare_fold);

	if (fold)
		fold->apply(state, event);
}
