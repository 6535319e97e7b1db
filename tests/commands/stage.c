#include "tests/commands/stage.h"

#include "eventstore/base/require.h"
#include "tests/commands/value.h"

#include <strings.h>

/* ---------------------------------------------------------------- claims */

/* Claims are kept under a hash that folds the case of ASCII letters. */
static bool same_value(struct text a, struct text b)
{
	return a.size == b.size && strncasecmp(a.data, b.data, a.size) == 0;
}

/* The claim's place, or claim_count. */
static uint32_t claim_find(const struct stage *stage, uint16_t claim, struct text value)
{
	uint32_t i = 0;

	while (i < stage->claim_count
	       && !(stage->claims[i].claim == claim && same_value(stage->claims[i].value, value)))
		i++;
	return i;
}

static struct id first_stream(const struct shape *shape, const void *event)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_STREAM)
			return *(const struct id *)field_at(&shape->fields[i], event);
	return ID_NONE;
}

static void claim_take(struct stage *stage, uint16_t claim, struct text value, struct id owner)
{
	uint32_t place = claim_find(stage, claim, value);

	require(place < STAGE_CLAIMS_MAX);
	stage->claims[place] = (struct stage_claim){.claim = claim, .value = value, .owner = owner};
	if (place == stage->claim_count)
		stage->claim_count++;
}

void stage_released(struct stage *stage, enum claim claim, struct text value)
{
	uint32_t place = claim_find(stage, claim, value);

	if (place == stage->claim_count)
		return;
	stage->claim_count--;
	stage->claims[place] = stage->claims[stage->claim_count];
}

/* The value that the event takes with this field; absent when it takes none. */
static struct text claimed_value(const struct field *field, const void *event)
{
	if (!(field->marks & FIELD_CLAIM) || !field_present(field, event))
		return TEXT_NONE;
	return *(const struct text *)field_at(field, event);
}

void stage_happened(struct stage *stage, const struct event_type *type, const void *event)
{
	require(stage->event_count < STAGE_EVENTS_MAX);
	stage->events[stage->event_count++] = (struct stage_event){.type = type, .event = event};
	for (uint16_t i = 0; i < type->shape->count; i++) {
		struct text value = claimed_value(&type->shape->fields[i], event);

		if (value.data)
			claim_take(stage, type->shape->fields[i].claim, value, first_stream(type->shape, event));
	}
}

/* ---------------------------------------------------------------- states */

static bool belongs_to(const struct stage_event *event, struct id stream)
{
	const struct shape *shape = event->type->shape;

	for (uint16_t i = 0; i < shape->count; i++)
		if ((shape->fields[i].marks & FIELD_STREAM)
		    && id_equal(*(const struct id *)field_at(&shape->fields[i], event->event), stream))
			return true;
	return false;
}

static void fold(const struct noun_type *noun, const struct stage_event *event, void *state)
{
	for (uint32_t i = 0; i < noun->fold_count; i++)
		if (noun->folds[i].event == event->type->number)
			noun->folds[i].apply(state, event->event);
}

static void *state_of(const struct stage *stage, const struct noun_type *noun, struct id stream)
{
	void *state = arena_alloc(stage->arena, noun->state->size);

	for (uint32_t i = 0; id_present(stream) && i < stage->event_count; i++)
		if (belongs_to(&stage->events[i], stream))
			fold(noun, &stage->events[i], state);
	return state;
}

static struct id stream_of(const struct stage *stage, const struct load *load, const struct field *field,
                           const void *command, const void *const states[])
{
	if (load->from)
		return *(const struct id *)(const void *)((const char *)states[load->from - 1] + load->offset);
	if (!load->claim)
		return *(const struct id *)field_at(field, command);

	uint32_t place = claim_find(stage, load->claim, *(const struct text *)field_at(field, command));

	return place < stage->claim_count ? stage->claims[place].owner : ID_NONE;
}

static void load_states(const struct stage *stage, const struct command_handler *handler, const void *command,
                        const void *states[LOADS_MAX])
{
	for (uint32_t i = 0; i < handler->load_count; i++) {
		const struct load  *load = &handler->loads[i];
		const struct field *field = &handler->type->shape->fields[load->field];
		struct id           stream = stream_of(stage, load, field, command, states);

		states[i] = state_of(stage, &noun_types[load->noun], stream);
	}
}

/* ---------------------------------------------------------------- deciding */

static bool releases(const struct decision *decision, uint16_t claim, struct text value)
{
	for (uint32_t i = 0; i < decision->release_count; i++)
		if (decision->releases[i].claim == claim && same_value(decision->releases[i].value, value))
			return true;
	return false;
}

/* The refusal of the first claim of this event that is held already; 0 when it may have all of them. */
static uint16_t claim_conflict(const struct stage *stage, const struct decision *decision,
                               const struct decided_event *decided)
{
	const struct shape *shape = decided->type->shape;

	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		struct text         value = claimed_value(field, decided->event);

		if (value.data && claim_find(stage, field->claim, value) < stage->claim_count
		    && !releases(decision, field->claim, value))
			return claim_types[field->claim].refusal;
	}
	return 0;
}

static void respect_claims(const struct stage *stage, struct decision *decision)
{
	uint16_t refusal = 0;

	for (uint32_t i = 0; i < decision->event_count && !refusal; i++)
		refusal = claim_conflict(stage, decision, &decision->events[i]);
	if (!refusal)
		return;
	decision->event_count = 0;
	decision->release_count = 0;
	refuse(decision, refusal);
}

static bool decisions_equal(const struct decision *a, const struct decision *b)
{
	if (a->refusal != b->refusal || a->retry_at_us != b->retry_at_us || a->event_count != b->event_count
	    || a->release_count != b->release_count)
		return false;
	for (uint32_t i = 0; i < a->event_count; i++)
		if (a->events[i].type != b->events[i].type
		    || !shape_equal(a->events[i].type->shape, a->events[i].event, b->events[i].event))
			return false;
	for (uint32_t i = 0; i < a->release_count; i++)
		if (a->releases[i].claim != b->releases[i].claim
		    || !text_equal(a->releases[i].value, b->releases[i].value))
			return false;
	return true;
}

static struct decision decide_once(const struct stage *stage, const struct command_handler *handler,
                                   const void *const states[], const void *command)
{
	struct decision decision = {.arena = stage->arena, .time_us = stage->time_us, .actor = stage->actor};

	handler->decide(states, command, &decision);
	return decision;
}

static void *copy_of(struct arena *arena, const void *original, size_t size)
{
	return memcpy(arena_alloc(arena, size), original, size);
}

static bool states_equal(const struct command_handler *handler, const void *const a[], const void *const b[])
{
	for (uint32_t i = 0; i < handler->load_count; i++)
		if (memcmp(a[i], b[i], noun_types[handler->loads[i].noun].state->size) != 0)
			return false;
	return true;
}

bool stage_decide(struct stage *stage, const struct command_handler *handler, const void *command,
                  struct decision *decision)
{
	size_t      size = handler->type->shape->size;
	const void *same_command = copy_of(stage->arena, command, size);
	const void *states[LOADS_MAX], *before[LOADS_MAX], *again[LOADS_MAX];

	load_states(stage, handler, command, states);
	load_states(stage, handler, command, again);
	for (uint32_t i = 0; i < handler->load_count; i++)
		before[i] = copy_of(stage->arena, states[i], noun_types[handler->loads[i].noun].state->size);
	*decision = decide_once(stage, handler, states, command);

	bool            wrote = !states_equal(handler, states, before) || memcmp(command, same_command, size) != 0;
	struct decision second = decide_once(stage, handler, again, same_command);
	bool            pure = !wrote && decisions_equal(decision, &second);

	respect_claims(stage, decision);
	return pure;
}
