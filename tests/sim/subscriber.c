#include "tests/sim/subscriber.h"

#include "eventstore/base/require.h"
#include "eventstore/subscription/subscription.h"
#include "schema/commands.h"
#include "schema/events.h"
#include "tests/sim/appender.h"
#include "tests/sim/chance.h"
#include "tests/sim/claim.h"
#include "tests/sim/mirror.h"
#include "tests/sim/weather.h"

#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME "simulated"
#define EFFECT "letter"

enum { TRIES_BEFORE_DISCARDING = 3, DISCARDS_ONE_IN = 4, FAILS_ONE_IN = 6, FALLS_ONE_IN = 24, UNREACHABLE_ONE_IN = 12 };

/* What became of an event. */
struct fate {
	bool     done, discarded; /* or perhaps: nobody knows whether the wish was kept */
	uint32_t acts, retries;   /* by an operator, who answers for doing it again what may have been done */
};

static const uint16_t wanted[] = {EVENT_user_registered,   EVENT_email_verified, EVENT_profile_changed,
                                  EVENT_privacy_changed,   EVENT_role_granted,   EVENT_user_suspended,
                                  EVENT_email_changed,     EVENT_wallet_linked,  EVENT_user_erased,
                                  EVENT_session_refreshed, EVENT_login_failed};

static char                       data[PATH_MAX];
static struct reader             *reader;
static struct subscription_state *memory;
static struct subscription       *subscription;
static struct fate                fates[MIRROR_EVENTS_MAX + 1]; /* by position */
static bool                       fails, falls, repeatable;
static jmp_buf                    end_of_process;
static const atomic_bool          stopping = false;

static bool is_wanted(uint16_t number)
{
	for (size_t i = 0; i < array_count(wanted); i++)
		if (wanted[i] == number)
			return true;
	return false;
}

/* ---------------------------------------------------------------- delivering */

static void check_order(const struct delivery *delivery)
{
	for (uint64_t i = 1; i < delivery->record.position; i++) {
		const struct mirror_event *before = mirror_at(i);

		if (is_wanted(before->number) && id_equal(before->streams[0].id, delivery->record.streams[0].id))
			CLAIM(fates[i].done || fates[i].discarded, "a stream is delivered in order",
			      "position %" PRIu64 " comes before %" PRIu64, delivery->record.position, i);
	}
}

static void fall_now_and_then(void)
{
	if (!falls || !chance_one_in(FALLS_ONE_IN))
		return;
	claim_reached(REACHED_handler_fell);
	longjmp(end_of_process, 1);
}

static enum status act(void *owner, struct id effect)
{
	struct fate *fate = owner;

	(void)effect;
	fate->acts++;
	CLAIM(fate->acts <= 1 + fate->retries || repeatable, "what may not be repeated is done once", "position %td",
	      fate - fates);
	fall_now_and_then();
	return STATUS_OK;
}

static enum status do_it(struct delivery *delivery, struct fate *fate)
{
	if (weather_is(MUTANT_repeats_effects))
		return act(fate, ID_NONE);
	return delivery_effect(delivery, EFFECT, act, fate);
}

static enum status deliver(void *owner, struct delivery *delivery)
{
	struct fate *fate = &fates[delivery->record.position];
	enum status  status;

	(void)owner;
	CLAIM_NOTE(delivery->record.position);
	check_order(delivery);
	fall_now_and_then();
	if (fails && chance_one_in(UNREACHABLE_ONE_IN))
		return STATUS_UNREACHABLE;
	if (fails && chance_one_in(FAILS_ONE_IN)) {
		claim_reached(REACHED_delivery_failed);
		return STATUS_INVALID;
	}
	status = do_it(delivery, fate);
	fate->done |= status == STATUS_OK;
	if (status == STATUS_OK)
		claim_reached(REACHED_delivered);
	return status;
}

static struct id key_of_its_own(const struct record *record)
{
	return record->command;
}

/* ---------------------------------------------------------------- what surrounds it */

static struct log_identity see_identity(void *owner)
{
	return reader_identity(reader);
}

static enum status see_head(void *owner, uint64_t *head)
{
	return reader_head(reader, head);
}

static enum status see_filtered(void *owner, const struct event_filter *filter, uint64_t from, uint32_t limit,
                                reader_visit visit, void *visitor, struct filtered_walk *walk)
{
	return reader_filtered(reader, filter, from, limit, visit, visitor, walk);
}

static enum status see_leaf(void *owner, uint64_t position, struct hash *leaf)
{
	return reader_leaf(reader, position, leaf);
}

static void see_nothing(void *owner, uint64_t position, int timeout_ms)
{
	require(!"a turn waits");
}

static void see_progress(void *owner, const char *name, uint64_t position)
{
	CLAIM_NOTE(position);
}

static enum status submit(void *owner, const char *command, struct id command_id, const void *fields)
{
	if (strcmp(command, "park_delivery") == 0)
		claim_reached(REACHED_parked);
	else if (strcmp(command, "settle_delivery") == 0)
		claim_reached(REACHED_settled);
	return appender_submit(command, command_id, fields);
}

static int64_t see_now(void *owner)
{
	return weather_now_us();
}

static const struct subscription_world world = {
	.identity = see_identity,
	.head = see_head,
	.filtered = see_filtered,
	.leaf = see_leaf,
	.wait = see_nothing,
	.progress = see_progress,
	.submit = submit,
	.now_us = see_now,
};

/* ---------------------------------------------------------------- its life */

static struct subscription_handler handler = {.deliver = deliver};

static void begin(void)
{
	struct subscription_settings settings = {
		.name = NAME,
		.filter = {.numbers = wanted, .number_count = array_count(wanted)},
		.handler = &handler,
		.world = &world,
		.state = memory,
		.stopping = &stopping,
		.policy = {.attempts_max = 2, .window = 4, .backoff_first_ms = 100, .backoff_max_ms = 1000},
	};

	require(subscription_state_open(data, KV_WRITE, &memory) == STATUS_OK);
	settings.state = memory;
	settings.policy.seed = 1 + chance_below(1000);
	subscription = subscription_create(&settings);
}

void subscriber_start(const char *folder)
{
	snprintf(data, sizeof(data), "%s", folder);
	fails = chance_one_in(2);
	falls = chance_one_in(2);
	repeatable = chance_one_in(2);
	handler.repeatable = repeatable;
	handler.key = weather_is(MUTANT_delivers_out_of_order) ? key_of_its_own : NULL;
	begin();
}

void subscriber_read_from(struct reader *new_reader)
{
	reader = new_reader;
}

static void begin_again(void)
{
	subscription_destroy(subscription);
	subscription_state_close(memory);
	begin();
}

void subscriber_die(void)
{
	claim_reached(REACHED_subscriber_died);
	begin_again();
}

static enum subscription_turn turn_once(void)
{
	enum subscription_turn turn;

	if (setjmp(end_of_process)) {
		begin_again();
		return SUBSCRIPTION_AGAIN;
	}
	turn = subscription_turn(subscription);
	CLAIM(turn != SUBSCRIPTION_REFUSED, "a subscription remembers its log", "%s", "it refuses what it remembers");
	if (turn == SUBSCRIPTION_BROKEN)
		begin_again();
	CLAIM_NOTE(turn);
	return turn;
}

void subscriber_turn(void)
{
	turn_once();
}

void subscriber_calm(void)
{
	fails = falls = false;
}

/* ---------------------------------------------------------------- the operator */

struct search {
	bool        found;
	struct held held;
	uint32_t    count; /* of everything that is held */
};

static bool look_at(void *owner, const struct held *held)
{
	struct search *search = owner;

	search->count++;
	if (held->state == HELD_PARKED && (!search->found || chance_one_in(2))) {
		search->found = true;
		search->held = *held;
	}
	return true;
}

static struct search look(void)
{
	struct search search = {0};

	require(subscription_state_held(memory, subscription_id(TEXT(NAME)), look_at, &search) == STATUS_OK);
	return search;
}

void subscriber_operate(void)
{
	struct search           search = look();
	struct id               id = subscription_id(TEXT(NAME));
	struct retry_delivery   retry = {.subscription = id, .position = search.held.position};
	struct discard_delivery discard = {.subscription = id, .position = search.held.position, .reason = TEXT("so")};

	if (!search.found)
		return;
	if (search.held.parkings < TRIES_BEFORE_DISCARDING && !(fails && chance_one_in(DISCARDS_ONE_IN))) {
		claim_reached(REACHED_operator_retried);
		fates[retry.position].retries++;
		(void)!appender_submit("retry_delivery", chance_id(), &retry);
		return;
	}
	claim_reached(REACHED_operator_discarded);
	fates[discard.position].discarded = true;
	(void)!appender_submit("discard_delivery", chance_id(), &discard);
}

/* ---------------------------------------------------------------- at rest */

static void check_all_done(void)
{
	for (uint64_t i = 1; i <= appender_durable(); i++)
		CLAIM(!is_wanted(mirror_at(i)->number) || fates[i].done || fates[i].discarded,
		      "every event is delivered at least once", "position %" PRIu64 " never was", i);
}

bool subscriber_rests(void)
{
	int64_t due_us;

	if (turn_once() != SUBSCRIPTION_IDLE)
		return false;
	due_us = subscription_due_us(subscription);
	if (look().count == 0 && due_us == INT64_MAX) {
		check_all_done();
		return true;
	}
	subscriber_operate();
	due_us = subscription_due_us(subscription);
	if (due_us < INT64_MAX && due_us > weather_now_us())
		weather_pass(due_us - weather_now_us());
	return false;
}
