#include "commands/history.h"

#include "commands/states.h"
#include "commands/unreadable.h"
#include "eventstore/base/map.h"
#include "eventstore/base/require.h"

#include <stdlib.h>

enum { RECORDS_AT_ONCE = 4096 };

/* Stands for what is forgotten, so that a state which remembers it differs from one that is told it is forgotten. */
#define SOMETHING TEXT("?")

struct history {
	struct reader *reader;
	struct keys   *keys;
	uint64_t       position;
	struct map     claims; /* keyed hash -> position of the event that took it */

	/* Two of each: the one as the writer would fold it today, the other with something in place of what is
	 * forgotten. */
	struct states *states;
	struct states *others;
	struct opener  other_opener;

	struct past                   past;
	const struct journal_entry   *entry;
	const struct command_handler *handler;
	const char                   *lacking;
};

/* ---------------------------------------------------------------- moving on */

static void take_claims(struct history *history, const struct record *record)
{
	for (uint8_t i = 0; i < record->claim_count; i++) {
		const struct record_claim *claim = &record->claims[i];

		if (claim->taken)
			*map_put(&history->claims, claim->value.bytes, NULL) = record->position;
		else
			map_remove(&history->claims, claim->value.bytes);
	}
}

struct move {
	struct history *history;
	uint64_t        to;
	reader_visit    visit;
	void           *owner;
	enum status     status;
};

static bool pass(void *owner, const struct record *record)
{
	struct move    *move = owner;
	struct history *history = move->history;

	if (record->position > move->to)
		return false;
	take_claims(history, record);
	move->status = states_take(history->states, record);
	if (move->status == STATUS_OK)
		move->status = states_take(history->others, record);
	if (move->status != STATUS_OK)
		return false;
	history->position = record->position;
	return !move->visit || move->visit(move->owner, record);
}

enum status history_move(struct history *history, uint64_t position, reader_visit visit, void *owner)
{
	struct move move = {.history = history, .to = position, .visit = visit, .owner = owner};
	enum status status = STATUS_OK;

	require(position >= history->position);
	while (status == STATUS_OK && history->position < position) {
		uint64_t before = history->position;

		status = reader_each(history->reader, before + 1, RECORDS_AT_ONCE, pass, &move);
		if (status == STATUS_OK)
			status = move.status;
		if (status == STATUS_OK && history->position == before)
			status = STATUS_NOT_FOUND;
	}
	return status;
}

/* ---------------------------------------------------------------- what a verdict asks */

/* Which of the entry's hashes is that of the field, if any: they are those of the loads by claim, in order. */
static enum status withheld_hash(const struct history *history, enum claim claim, int place, struct hash *hash)
{
	size_t at = 0;

	for (uint32_t i = 0; i < history->handler->load_count; i++) {
		const struct load *load = &history->handler->loads[i];

		if (load->claim == CLAIM_none)
			continue;
		if (load->field == place && load->claim == claim && at + sizeof(*hash) <= history->entry->claims.size) {
			memcpy(hash, history->entry->claims.data + at, sizeof(*hash));
			return STATUS_OK;
		}
		at += sizeof(*hash);
	}
	return STATUS_FORGOTTEN;
}

static enum status hash_claim(void *owner, enum claim claim, struct text value, struct hash *hash)
{
	struct history *history = owner;
	int             place = unreadable_place(value.data);

	if (place != UNREADABLE_NONE)
		return withheld_hash(history, claim, place, hash);
	*hash = keys_claim_hash(history->keys, text_from(claim_types[claim].name), value);
	return STATUS_OK;
}

static bool note_owner(void *owner, const struct record *record)
{
	*(struct id *)owner = record->streams[0].id;
	return true;
}

static enum status find_claim(void *owner, const struct hash *hash, struct id *holder)
{
	struct history *history = owner;
	const uint64_t *taken_at = map_get(&history->claims, hash->bytes);

	return taken_at ? reader_each(history->reader, *taken_at, 1, note_owner, holder) : STATUS_NOT_FOUND;
}

static void note_lack(void *owner, const struct kept_leaf *leaf)
{
	*(bool *)owner = true;
}

static enum status load_state(void *owner, uint16_t noun, struct id id, const void **state)
{
	struct history *history = owner;
	const void     *other;
	bool            lacks = false;
	enum status     status = states_load(history->states, noun, id, state);

	if (status == STATUS_OK)
		status = states_load(history->others, noun, id, &other);
	if (status == STATUS_OK)
		kept_compare(noun_types[noun].state, *state, other, note_lack, &lacks);
	if (lacks)
		history->lacking = noun_types[noun].state->name;
	return status;
}

struct bounded {
	uint64_t     last;
	reader_visit visit;
	void        *visitor;
};

static bool visit_bounded(void *owner, const struct record *record)
{
	struct bounded *bounded = owner;

	return record->position <= bounded->last && bounded->visit(bounded->visitor, record);
}

static enum status each_event(void *owner, struct id stream, reader_visit visit, void *visitor)
{
	struct history *history = owner;
	struct bounded  bounded = {.last = history->position, .visit = visit, .visitor = visitor};

	return reader_stream(history->reader, stream, 1, UINT32_MAX, visit_bounded, &bounded);
}

static enum status open_or_invent(void *owner, struct id person, struct text label, struct bytes sealed,
                                  struct arena *arena, struct text *clear)
{
	struct history      *history = owner;
	const struct opener *opener = keys_opener(history->keys);
	enum status          status = opener->open(opener->owner, person, label, sealed, arena, clear);

	if (status != STATUS_FORGOTTEN)
		return status;
	*clear = SOMETHING;
	return STATUS_OK;
}

const struct past *history_past(struct history *history, const struct journal_entry *entry,
                                const struct command_handler *handler)
{
	history->entry = entry;
	history->handler = handler;
	history->lacking = NULL;
	return &history->past;
}

const char *history_lacks(const struct history *history)
{
	return history->lacking;
}

void history_settle(struct history *history)
{
	states_trim(history->states);
	states_trim(history->others);
}

/* ---------------------------------------------------------------- its life */

struct history *history_create(struct reader *reader, struct keys *keys)
{
	struct history *history = calloc(1, sizeof(*history));

	require(history != NULL);
	history->reader = reader;
	history->keys = keys;
	history->claims.key_size = sizeof(struct hash);
	history->past = (struct past){history, hash_claim, find_claim, load_state};
	history->other_opener = (struct opener){.owner = history, .open = open_or_invent};
	history->states = states_create(
		&(struct states_source){.owner = history, .each = each_event, .opener = keys_opener(keys)});
	history->others = states_create(
		&(struct states_source){.owner = history, .each = each_event, .opener = &history->other_opener});
	return history;
}

void history_destroy(struct history *history)
{
	if (!history)
		return;
	states_destroy(history->states);
	states_destroy(history->others);
	map_finish(&history->claims);
	free(history);
}
