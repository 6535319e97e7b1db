#include "tests/eventstore/subscription_stage.h"

#include "eventstore/base/require.h"
#include "schema/commands.h"
#include "schema/events.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME "staged"

enum { TURNS_MAX = 100 * 1000 };

struct stage stage;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static jmp_buf         end_of_process;
static atomic_bool     stopping;

/* ---------------------------------------------------------------- the handler */

static enum status act(void *owner, struct id effect)
{
	uint64_t position = *(uint64_t *)owner;

	require(stage.acts[position] == 0 || id_equal(stage.effect_ids[position], effect));
	stage.effect_ids[position] = effect;
	stage.acts[position]++;
	if (stage.scripts[position].crashes > 0 && stage.policy.consumers <= 1) {
		stage.scripts[position].crashes--;
		longjmp(end_of_process, 1);
	}
	return STATUS_OK;
}

/* With a lock, since several threads may deliver; a script is one event's and needs none. */
static struct stage_delivery *note(const struct delivery *delivery)
{
	struct stage_delivery *noted;

	pthread_mutex_lock(&lock);
	require(stage.delivery_count < STAGE_EVENTS_MAX);
	noted = &stage.deliveries[stage.delivery_count++];
	*noted = (struct stage_delivery){.position = delivery->record.position,
	                                 .stream = delivery->record.streams[0].id,
	                                 .attempt = delivery->attempt,
	                                 .consumer = delivery->consumer};
	pthread_mutex_unlock(&lock);
	return noted;
}

static enum status deliver(void *owner, struct delivery *delivery)
{
	uint64_t               position = delivery->record.position;
	struct stage_script   *script = &stage.scripts[position];
	struct stage_delivery *noted = note(delivery);
	enum status            status = STATUS_OK;

	if (script->crashes > 0 && !stage.effect) {
		script->crashes--;
		longjmp(end_of_process, 1);
	}
	if (script->failures > 0) {
		script->failures--;
		return script->failure;
	}
	if (stage.effect)
		status = delivery_effect(delivery, stage.effect, act, &position);
	noted->done = status == STATUS_OK;
	return status;
}

/* ---------------------------------------------------------------- the world */

static struct log_identity world_identity(void *owner)
{
	return stage.identity;
}

static enum status world_head(void *owner, uint64_t *head)
{
	return reader_head(stage.reader, head);
}

static enum status world_filtered(void *owner, const struct event_filter *filter, uint64_t from, uint32_t limit,
                                  reader_visit visit, void *visitor, struct filtered_walk *walk)
{
	return reader_filtered(stage.reader, filter, from, limit, visit, visitor, walk);
}

static enum status world_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	return reader_leaf(stage.reader, position, leaf);
}

static void world_wait(void *owner, uint64_t position, int timeout_ms)
{
	stage.now_us += timeout_ms * INT64_C(1000);
}

static void world_progress(void *owner, const char *name, uint64_t position)
{
	require(strcmp(name, NAME) == 0);
	stage.progress = position;
}

static void happen(uint16_t number, const void *event)
{
	ground_append_event(stage.store, subscription_id(TEXT(NAME)), number, event);
	ground_commit(stage.store);
}

static enum status note_beginning(const struct begin_subscription *wish)
{
	struct subscription_began event = {.subscription = wish->subscription,
	                                   .name = wish->name,
	                                   .epoch = wish->epoch,
	                                   .position = wish->position};

	stage.beginnings++;
	if (stage.noted)
		happen(EVENT_subscription_began, &event);
	return STATUS_OK;
}

static uint64_t position_of(const char *command, const void *fields)
{
	if (strcmp(command, "park_delivery") == 0)
		return ((const struct park_delivery *)fields)->position;
	return ((const struct settle_delivery *)fields)->position;
}

static void note_in_log(const char *command, const void *fields)
{
	if (strcmp(command, "park_delivery") == 0) {
		const struct park_delivery *wish = fields;
		struct delivery_parked      event = {.subscription = wish->subscription,
		                                     .name = wish->name,
		                                     .position = wish->position,
		                                     .attempts = wish->attempts,
		                                     .cause = wish->cause,
		                                     .failure = wish->failure};

		happen(EVENT_delivery_parked, &event);
	} else {
		struct delivery_settled event = {.subscription = subscription_id(TEXT(NAME)),
		                                 .position = position_of(command, fields)};

		happen(EVENT_delivery_settled, &event);
	}
}

/* What is told must be on disk before: a crash would make it untrue. */
static bool is_kept(uint64_t position)
{
	const struct held *held = stage_held(position);

	return held && (held->state == HELD_PARKED || held->state == HELD_SETTLED);
}

static enum status world_submit(void *owner, const char *command, struct id command_id, const void *fields)
{
	struct stage_told *told = &stage.told[stage.told_count];

	if (stage.submitting != STATUS_OK)
		return stage.submitting;
	if (strcmp(command, "begin_subscription") == 0)
		return note_beginning(fields);
	require(stage.told_count < STAGE_TOLD_MAX);
	require(is_kept(position_of(command, fields)));
	stage.told_count++;
	*told = (struct stage_told){.position = position_of(command, fields), .id = command_id};
	snprintf(told->command, sizeof(told->command), "%s", command);
	if (stage.noted)
		note_in_log(command, fields);
	return STATUS_OK;
}

static int64_t world_now(void *owner)
{
	return stage.now_us;
}

void stage_retry(uint64_t position)
{
	struct delivery_retried event = {.subscription = subscription_id(TEXT(NAME)), .position = position};

	happen(EVENT_delivery_retried, &event);
}

void stage_discard(uint64_t position)
{
	struct delivery_discarded event = {
		.subscription = subscription_id(TEXT(NAME)), .position = position, .reason = TEXT("enough")};

	happen(EVENT_delivery_discarded, &event);
}

/* ---------------------------------------------------------------- its life */

static void begin(void)
{
	stage.subscription = subscription_create(&(struct subscription_settings){
		.name = NAME,
		.filter = stage.filter,
		.handler = &stage.handler,
		.world = &stage.world,
		.state = stage.state,
		.stopping = &stopping,
		.policy = stage.policy,
	});
}

int stage_set_up(void **state)
{
	static const uint16_t wanted[] = {EVENT_privacy_changed};

	ground_fresh();
	stage = (struct stage){
		.store = ground_open(),
		.now_us = INT64_C(1767323045678901),
		.handler = {.deliver = deliver, .repeatable = true},
		.filter = {.numbers = wanted, .number_count = 1},
		.policy = {.attempts_max = 3, .window = 8, .seed = 7},
		.world = {.identity = world_identity,
	                  .head = world_head,
	                  .filtered = world_filtered,
	                  .leaf = world_leaf,
	                  .wait = world_wait,
	                  .progress = world_progress,
	                  .submit = world_submit,
	                  .now_us = world_now},
	};
	stage.identity = store_identity(stage.store);
	require(reader_open(ground_folder(), &stage.reader) == STATUS_OK);
	require(subscription_state_open(ground_folder(), KV_WRITE, &stage.state) == STATUS_OK);
	return 0;
}

int stage_tear_down(void **state)
{
	subscription_destroy(stage.subscription);
	subscription_state_close(stage.state);
	reader_close(stage.reader);
	store_close(stage.store);
	ground_clear();
	return 0;
}

uint64_t stage_happen(uint32_t stream)
{
	uint64_t position = ground_happen(stage.store, ground_id(stream));

	ground_commit(stage.store);
	return position;
}

void stage_restart(void)
{
	subscription_destroy(stage.subscription);
	begin();
}

enum subscription_turn stage_turn(void)
{
	enum subscription_turn turn = SUBSCRIPTION_AGAIN;

	if (!stage.subscription)
		begin();
	if (setjmp(end_of_process)) {
		stage.crashes++;
		stage_restart();
	}
	for (int i = 0; i < TURNS_MAX; i++) {
		turn = subscription_turn(stage.subscription);
		if (turn != SUBSCRIPTION_AGAIN)
			return turn;
	}
	require(!"it never comes to rest");
	return turn;
}

void stage_let_all_become_due(void)
{
	while (stage_turn() == SUBSCRIPTION_IDLE && subscription_due_us(stage.subscription) < INT64_MAX) {
		int64_t due_us = subscription_due_us(stage.subscription);

		stage.now_us = due_us > stage.now_us ? due_us : stage.now_us;
	}
}

uint32_t stage_count(uint64_t position)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < stage.delivery_count; i++)
		count += stage.deliveries[i].position == position;
	return count;
}

uint32_t stage_done_at(uint64_t position)
{
	for (uint32_t i = 0; i < stage.delivery_count; i++)
		if (stage.deliveries[i].position == position && stage.deliveries[i].done)
			return i;
	return UINT32_MAX;
}

struct search {
	uint64_t    position;
	struct held found;
	bool        there;
};

static bool compare(void *owner, const struct held *held)
{
	struct search *search = owner;

	if (held->position != search->position)
		return true;
	search->found = *held;
	search->there = true;
	return false;
}

const struct held *stage_held(uint64_t position)
{
	static struct search search;

	search = (struct search){.position = position};
	require(subscription_state_held(stage.state, subscription_id(TEXT(NAME)), compare, &search) == STATUS_OK);
	return search.there ? &search.found : NULL;
}

struct subscription_place stage_place(void)
{
	struct subscription_place place = {0};

	require(subscription_state_place(stage.state, subscription_id(TEXT(NAME)), &place) == STATUS_OK);
	return place;
}

void stage_tear_place_back(void)
{
	struct subscription_place   place = stage_place();
	struct subscription_change *change;
	enum status                 status;

	place.position = place.heard = 0;
	place.leaf = (struct hash){0};
	require(subscription_change_begin(stage.state, subscription_id(TEXT(NAME)), STAGE_STREAMS, &change)
	        == STATUS_OK);
	status = subscription_change_place(change, &place);
	for (uint64_t position = 1; position <= STAGE_STREAMS && status == STATUS_OK; position++)
		status = subscription_change_released(change, position);
	require(subscription_change_end(change, status) == STATUS_OK);
}

/* Where LMDB 0.9 has the number of the last transaction in its two meta pages (struct MDB_meta in mdb.c). */
uint64_t stage_commits(void)
{
	enum { META_PAGE_SIZE = 4096, HEADER_SIZE = 16, TXNID_OFFSET = 128 };
	FILE    *file = fopen(ground_path("subscriptions/data.mdb"), "re");
	uint64_t numbers[2];

	require(file != NULL);
	for (long i = 0; i < 2; i++) {
		require(fseek(file, i * META_PAGE_SIZE + HEADER_SIZE + TXNID_OFFSET, SEEK_SET) == 0);
		require(fread(&numbers[i], sizeof(numbers[i]), 1, file) == 1);
	}
	fclose(file);
	return numbers[0] > numbers[1] ? numbers[0] : numbers[1];
}

void stage_lose_memory(void)
{
	subscription_destroy(stage.subscription);
	subscription_state_close(stage.state);
	ground_remove(ground_path("subscriptions"));
	require(subscription_state_open(ground_folder(), KV_WRITE, &stage.state) == STATUS_OK);
	begin();
}
