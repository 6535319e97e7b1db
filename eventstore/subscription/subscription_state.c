#include "eventstore/subscription/subscription_state.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"
#include "eventstore/disk/folder.h"
#include "schema/events.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum table { TABLE_PLACE, TABLE_HELD, TABLE_EFFECT, TABLE_COUNT };

enum { ID_SIZE = 16, POSITION_KEY_SIZE = ID_SIZE + 8, KEY_SIZE_MAX = POSITION_KEY_SIZE + EFFECT_NAME_SIZE_MAX };

static_assert(sizeof(struct subscription_place) == 176, "a place on disk");
static_assert(sizeof(struct held) == 56, "a held event on disk");
static_assert(sizeof(struct effect) == 40, "an effect on disk");

struct subscription_state {
	int             lock; /* held by the process that writes; else -1 */
	struct kv      *kv;
	struct kv_table tables[TABLE_COUNT];
};

struct subscription_change {
	struct subscription_state *state;
	struct id                  subscription;
	struct kv_txn             *txn;
};

struct id subscription_id(struct text name)
{
	static const char label[] = "orrery subscription"; /* with its NUL, which no name contains */
	struct buffer     labelled = {0};
	struct id         id;

	buffer_append(&labelled, BYTES(label, sizeof(label)));
	buffer_append_text(&labelled, name);
	id = id_hashed(buffer_bytes(&labelled));
	buffer_finish(&labelled);
	return id;
}

static const char *word(const char *const *words, size_t count, uint16_t number)
{
	return number < count ? words[number] : "unknown";
}

const char *parking_cause_word(uint16_t cause)
{
	const struct choice *causes = shape_field(&delivery_parked_shape, TEXT("cause"))->choice;

	return cause > 0 && cause <= causes->count ? causes->words[cause - 1] : "none";
}

const char *held_state_word(uint16_t state)
{
	static const char *const words[] = {"none", "retrying", "waiting", "parked", "settled"};

	return word(words, array_count(words), state);
}

const char *effect_outcome_word(uint16_t outcome)
{
	static const char *const words[] = {"none", "intended", "done", "failed"};

	return word(words, array_count(words), outcome);
}

static struct bytes position_key(uint8_t key[KEY_SIZE_MAX], struct id subscription, uint64_t position)
{
	memcpy(key, subscription.bytes, ID_SIZE);
	for (int i = 0; i < 8; i++)
		key[ID_SIZE + i] = (uint8_t)(position >> (56 - 8 * i));
	return BYTES(key, POSITION_KEY_SIZE);
}

static struct bytes effect_key(uint8_t key[KEY_SIZE_MAX], struct id subscription, uint64_t position, struct text name)
{
	require(name.size > 0 && name.size <= EFFECT_NAME_SIZE_MAX);
	position_key(key, subscription, position);
	memcpy(key + POSITION_KEY_SIZE, name.data, name.size);
	return BYTES(key, POSITION_KEY_SIZE + name.size);
}

/* ---------------------------------------------------------------- opening */

/* Two that deliver would deliver everything twice. */
static enum status lock_folder(const char *path, int *lock)
{
	enum status status = folder_make(path);

	if (status == STATUS_OK)
		status = folder_lock(path, "lock", lock);
	if (status == STATUS_BUSY)
		diag(DIAG_ERROR, "another_subscriber", "%s is locked: another process runs these subscriptions", path);
	return status;
}

enum status subscription_state_open(const char *data, enum kv_mode mode, struct subscription_state **out)
{
	static const char *const   names[TABLE_COUNT] = {"place", "held", "effect"};
	struct subscription_state *state = calloc(1, sizeof(*state));
	char                       path[PATH_MAX];
	enum status                status = STATUS_OK;

	require(state != NULL);
	state->lock = -1;
	for (int i = 0; i < TABLE_COUNT; i++)
		state->tables[i].name = names[i];
	snprintf(path, sizeof(path), "%s/subscriptions", data);
	if (mode == KV_WRITE)
		status = lock_folder(path, &state->lock);
	if (status == STATUS_OK)
		status = kv_open(path, mode, state->tables, TABLE_COUNT, &state->kv);
	if (status != STATUS_OK) {
		subscription_state_close(state);
		return status;
	}
	*out = state;
	return STATUS_OK;
}

void subscription_state_close(struct subscription_state *state)
{
	if (!state)
		return;
	kv_close(state->kv);
	if (state->lock >= 0)
		close(state->lock);
	free(state);
}

/* ---------------------------------------------------------------- reading */

static enum status take_value(struct bytes value, void *out, size_t size)
{
	if (value.size != size)
		return STATUS_CORRUPT;
	memcpy(out, value.data, size);
	return STATUS_OK;
}

static enum status read_value(struct subscription_state *state, enum table table, struct bytes key, void *out,
                              size_t size)
{
	struct kv_txn *snapshot = kv_snapshot_create(state->kv);
	struct bytes   value;
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK)
		status = kv_get(snapshot, &state->tables[table], key, &value);
	if (status == STATUS_OK)
		status = take_value(value, out, size);
	kv_snapshot_destroy(snapshot);
	return status;
}

enum status subscription_state_place(struct subscription_state *state, struct id subscription,
                                     struct subscription_place *place)
{
	return read_value(state, TABLE_PLACE, BYTES(subscription.bytes, ID_SIZE), place, sizeof(*place));
}

enum status subscription_state_effect(struct subscription_state *state, struct id subscription, uint64_t position,
                                      struct text name, struct effect *effect)
{
	uint8_t key[KEY_SIZE_MAX];

	return read_value(state, TABLE_EFFECT, effect_key(key, subscription, position, name), effect, sizeof(*effect));
}

/* A walk over the keys that begin with `prefix`; what is found is handed to `take`, with what follows the prefix. */
struct walk {
	enum table   table;
	struct bytes prefix;
	enum status (*take)(struct walk *walk, struct bytes rest, struct bytes value);
	bool  stopped;
	void *owner;
	union {
		place_visit  place;
		held_visit   held;
		effect_visit effect;
	} visit;
};

static bool begins_with(struct bytes key, struct bytes prefix)
{
	return key.size >= prefix.size && (prefix.size == 0 || memcmp(key.data, prefix.data, prefix.size) == 0);
}

static enum status walk_keys(struct kv_cursor *cursor, struct walk *walk)
{
	struct bytes found, value;
	enum status  status = walk->prefix.size > 0 ? kv_seek(cursor, walk->prefix, &found, &value)
	                                            : kv_step(cursor, KV_FIRST, &found, &value);

	while (status == STATUS_OK && !walk->stopped && begins_with(found, walk->prefix)) {
		status = walk->take(walk, BYTES(found.data + walk->prefix.size, found.size - walk->prefix.size), value);
		if (status == STATUS_OK)
			status = kv_step(cursor, KV_NEXT, &found, &value);
	}
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status run_walk(struct subscription_state *state, struct walk *walk)
{
	struct kv_txn *snapshot = kv_snapshot_create(state->kv);
	enum status    status = kv_snapshot_renew(snapshot);

	if (status == STATUS_OK) {
		struct kv_cursor *cursor = kv_cursor_open(snapshot, &state->tables[walk->table]);

		status = walk_keys(cursor, walk);
		kv_cursor_close(cursor);
	}
	kv_snapshot_destroy(snapshot);
	return status;
}

static enum status take_place(struct walk *walk, struct bytes rest, struct bytes value)
{
	struct subscription_place place;
	struct id                 id;
	enum status               status = take_value(rest, id.bytes, ID_SIZE);

	if (status == STATUS_OK)
		status = take_value(value, &place, sizeof(place));
	if (status == STATUS_OK)
		walk->stopped = !walk->visit.place(walk->owner, id, &place);
	return status;
}

enum status subscription_state_places(struct subscription_state *state, place_visit visit, void *owner)
{
	struct walk walk = {.table = TABLE_PLACE, .take = take_place, .owner = owner, .visit.place = visit};

	return run_walk(state, &walk);
}

static enum status take_held(struct walk *walk, struct bytes rest, struct bytes value)
{
	struct held held;
	enum status status = take_value(value, &held, sizeof(held));

	if (status == STATUS_OK)
		walk->stopped = !walk->visit.held(walk->owner, &held);
	return status;
}

enum status subscription_state_held(struct subscription_state *state, struct id subscription, held_visit visit,
                                    void *owner)
{
	struct walk walk = {.table = TABLE_HELD,
	                    .prefix = BYTES(subscription.bytes, ID_SIZE),
	                    .take = take_held,
	                    .owner = owner,
	                    .visit.held = visit};

	return run_walk(state, &walk);
}

static bool count_held(void *owner, const struct held *held)
{
	struct subscription_standing *standing = owner;

	standing->counts[held->state <= HELD_SETTLED ? held->state : 0]++;
	if (held->state == HELD_PARKED && standing->oldest_parked == 0) {
		standing->oldest_parked = held->position;
		standing->oldest_parked_us = held->parked_us;
	}
	return true;
}

enum status subscription_state_standing(struct subscription_state *state, struct id subscription,
                                        struct subscription_standing *standing)
{
	*standing = (struct subscription_standing){0};
	return subscription_state_held(state, subscription, count_held, standing);
}

static enum status take_effect(struct walk *walk, struct bytes rest, struct bytes value)
{
	struct effect effect;
	enum status   status = take_value(value, &effect, sizeof(effect));

	if (status == STATUS_OK)
		walk->stopped = !walk->visit.effect(
			walk->owner, (struct text){.data = (const char *)rest.data, .size = rest.size}, &effect);
	return status;
}

enum status subscription_state_effects(struct subscription_state *state, struct id subscription, uint64_t position,
                                       effect_visit visit, void *owner)
{
	uint8_t     key[KEY_SIZE_MAX];
	struct walk walk = {.table = TABLE_EFFECT,
	                    .prefix = position_key(key, subscription, position),
	                    .take = take_effect,
	                    .owner = owner,
	                    .visit.effect = visit};

	return run_walk(state, &walk);
}

/* ---------------------------------------------------------------- writing */

enum status subscription_change_begin(struct subscription_state *state, struct id subscription, size_t entries,
                                      struct subscription_change **out)
{
	struct kv_txn *txn;
	enum status    status =
		kv_begin(state->kv, (entries + 1) * (sizeof(struct subscription_place) + KEY_SIZE_MAX), &txn);

	if (status != STATUS_OK)
		return status;
	*out = calloc(1, sizeof(**out));
	require(*out != NULL);
	**out = (struct subscription_change){.state = state, .subscription = subscription, .txn = txn};
	return STATUS_OK;
}

enum status subscription_change_place(struct subscription_change *change, const struct subscription_place *place)
{
	return kv_put(change->txn, &change->state->tables[TABLE_PLACE], BYTES(change->subscription.bytes, ID_SIZE),
	              BYTES(place, sizeof(*place)));
}

enum status subscription_change_held(struct subscription_change *change, const struct held *held)
{
	uint8_t key[KEY_SIZE_MAX];

	return kv_put(change->txn, &change->state->tables[TABLE_HELD],
	              position_key(key, change->subscription, held->position), BYTES(held, sizeof(*held)));
}

enum status subscription_change_released(struct subscription_change *change, uint64_t position)
{
	uint8_t key[KEY_SIZE_MAX];

	return kv_delete(change->txn, &change->state->tables[TABLE_HELD],
	                 position_key(key, change->subscription, position));
}

enum status subscription_change_effect(struct subscription_change *change, uint64_t position, struct text name,
                                       const struct effect *effect)
{
	uint8_t key[KEY_SIZE_MAX];

	return kv_put(change->txn, &change->state->tables[TABLE_EFFECT],
	              effect_key(key, change->subscription, position, name), BYTES(effect, sizeof(*effect)));
}

enum status subscription_change_end(struct subscription_change *change, enum status status)
{
	if (status == STATUS_OK)
		status = kv_commit(change->txn);
	else
		kv_abort(change->txn);
	free(change);
	return status;
}
