#include "commands/states.h"

#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { KEY_SIZE = sizeof(struct id) + 1 };

struct slot {
	uint8_t key[KEY_SIZE];
	bool    warm; /* used since the hand came by last (CLOCK) */
	void   *state;
};

struct states {
	struct states_source source;
	struct map           index; /* key -> slot number + 1 */
	struct slot         *slots;
	size_t               count, capacity, hand;
	size_t               bytes; /* of the states alone */
};

static void make_key(uint8_t key[KEY_SIZE], uint16_t noun, struct id id)
{
	memcpy(key, id.bytes, sizeof(id.bytes));
	key[sizeof(id.bytes)] = (uint8_t)noun;
}

struct states *states_create(const struct states_source *source)
{
	struct states *states = calloc(1, sizeof(*states));

	require(states != NULL && noun_type_count <= UINT8_MAX);
	states->source = *source;
	if (states->source.bytes_max == 0)
		states->source.bytes_max = STATES_BYTES_MAX;
	states->index.key_size = KEY_SIZE;
	return states;
}

void states_destroy(struct states *states)
{
	if (!states)
		return;
	for (size_t i = 0; i < states->count; i++)
		free(states->slots[i].state);
	free(states->slots);
	map_finish(&states->index);
	free(states);
}

struct folding {
	const struct noun_type *noun;
	const struct opener    *opener;
	void                   *state;
	struct arena            arena;
	enum status             status;
};

static bool fold_record(void *owner, const struct record *record)
{
	struct folding          *folding = owner;
	const struct event_type *type;
	const void              *event;

	folding->status = record_event(record, folding->opener, &folding->arena, &type, &event);
	if (folding->status == STATUS_OK)
		noun_fold(folding->noun, record->number, folding->state, event);
	arena_reset(&folding->arena);
	return folding->status == STATUS_OK;
}

static enum status fold_stream(struct states *states, const struct noun_type *noun, struct id id, void *state)
{
	struct folding folding = {.noun = noun, .opener = states->source.opener, .state = state};
	enum status    status;

	/* Nobody's stream is empty and stays so, since no event may name the absent id. */
	if (!id_present(id))
		return STATUS_OK;
	status = states->source.each(states->source.owner, id, fold_record, &folding);
	arena_finish(&folding.arena);
	return status == STATUS_OK ? folding.status : status;
}

static size_t state_size(const struct slot *slot)
{
	return noun_types[slot->key[sizeof(struct id)]].state->size;
}

static struct slot *add_slot(struct states *states, const uint8_t key[KEY_SIZE], void *state)
{
	struct slot *slot;

	if (states->count == states->capacity) {
		states->capacity = states->capacity ? states->capacity * 2 : 256;
		states->slots = realloc(states->slots, states->capacity * sizeof(*states->slots));
		require(states->slots != NULL);
	}
	slot = &states->slots[states->count++];
	*slot = (struct slot){.state = state};
	memcpy(slot->key, key, KEY_SIZE);
	states->bytes += state_size(slot);
	*map_put(&states->index, key, NULL) = states->count;
	return slot;
}

enum status states_load(struct states *states, uint16_t noun, struct id id, const void **state)
{
	uint8_t     key[KEY_SIZE];
	uint64_t   *found;
	void       *fresh;
	enum status status;

	make_key(key, noun, id);
	found = map_get(&states->index, key);
	if (found) {
		states->slots[*found - 1].warm = true;
		*state = states->slots[*found - 1].state;
		return STATUS_OK;
	}
	fresh = calloc(1, noun_types[noun].state->size);
	require(fresh != NULL);
	status = fold_stream(states, &noun_types[noun], id, fresh);
	if (status != STATUS_OK) {
		free(fresh);
		return status;
	}
	*state = add_slot(states, key, fresh)->state;
	return STATUS_OK;
}

void states_apply(struct states *states, const struct record *record, const void *event)
{
	const struct noun_list list = nouns_of_event(record->number);
	uint8_t                key[KEY_SIZE];
	uint64_t              *found;

	for (int i = 0; i < record->stream_count; i++)
		for (uint32_t j = 0; j < list.count; j++) {
			make_key(key, list.nouns[j], record->streams[i].id);
			found = map_get(&states->index, key);
			if (found)
				noun_fold(&noun_types[list.nouns[j]], record->number, states->slots[*found - 1].state,
				          event);
		}
}

static bool holds_any(const struct states *states, const struct record *record)
{
	const struct noun_list list = nouns_of_event(record->number);
	uint8_t                key[KEY_SIZE];

	for (int i = 0; i < record->stream_count; i++)
		for (uint32_t j = 0; j < list.count; j++) {
			make_key(key, list.nouns[j], record->streams[i].id);
			if (map_get(&states->index, key))
				return true;
		}
	return false;
}

enum status states_take(struct states *states, const struct record *record)
{
	struct arena             arena = {0};
	const struct event_type *type;
	const void              *event;
	enum status              status;

	if (!holds_any(states, record))
		return STATUS_OK;
	status = record_event(record, states->source.opener, &arena, &type, &event);
	if (status == STATUS_OK)
		states_apply(states, record, event);
	arena_finish(&arena);
	return status;
}

/* The last slot moves into the hole. */
static void drop_slot(struct states *states, size_t hole)
{
	size_t last = states->count - 1;

	states->bytes -= state_size(&states->slots[hole]);
	map_remove(&states->index, states->slots[hole].key);
	free(states->slots[hole].state);
	if (hole != last) {
		states->slots[hole] = states->slots[last];
		*map_put(&states->index, states->slots[hole].key, NULL) = hole + 1;
	}
	states->count--;
}

void states_trim(struct states *states)
{
	while (states->count > STATES_MAX || states->bytes > states->source.bytes_max) {
		if (states->hand >= states->count)
			states->hand = 0;
		if (states->slots[states->hand].warm)
			states->slots[states->hand++].warm = false;
		else
			drop_slot(states, states->hand);
	}
}
