/* A subscription on a real log with a clock, a writer and a handler that do as a test says, step by step. */
#ifndef ORRERY_TESTS_SUBSCRIPTION_STAGE_H
#define ORRERY_TESTS_SUBSCRIPTION_STAGE_H

#include "eventstore/subscription/subscription.h"
#include "tests/eventstore/ground.h"

enum { STAGE_EVENTS_MAX = 4096, STAGE_STREAMS = 16, STAGE_TOLD_MAX = 256 };

/* What becomes of the deliveries of one event. */
struct stage_script {
	enum status failure; /* of the first `failures` deliveries */
	uint32_t    failures;
	uint32_t    crashes; /* so many deliveries, the first ones, end the process */
};

struct stage_delivery {
	uint64_t  position;
	struct id stream;
	uint32_t  attempt, consumer;
	bool      done;
};

struct stage_told {
	char      command[32];
	uint64_t  position;
	struct id id;
};

/* What the world is like, for the test to change. */
struct stage {
	struct store               *store;
	struct reader              *reader;
	struct subscription_state  *state;
	struct subscription        *subscription;
	struct subscription_world   world;
	struct subscription_policy  policy;
	struct subscription_handler handler;
	struct event_filter         filter;
	struct log_identity         identity; /* what the world says it is */
	int64_t                     now_us;
	enum status                 submitting; /* what comes of commands */
	bool                        noted;      /* commands become events of the log */
	const char                 *effect;     /* each delivery has one of this name; NULL: none */
	uint64_t                    progress;
	struct stage_script         scripts[STAGE_EVENTS_MAX];
	struct stage_delivery       deliveries[STAGE_EVENTS_MAX];
	uint32_t                    delivery_count;
	struct stage_told           told[STAGE_TOLD_MAX];
	uint32_t                    told_count;
	uint32_t                    acts[STAGE_EVENTS_MAX]; /* effects by position */
	struct id                   effect_ids[STAGE_EVENTS_MAX];
	uint32_t                    crashes;
	uint32_t                    beginnings; /* that were told */
};

extern struct stage stage;

/* For cmocka: an empty log and a subscription that has not run. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

/* An event in a stream of its own number, durable. Its position. */
uint64_t stage_happen(uint32_t stream);

/* Forgets the subscription's memory, as the end of a process does, and begins it again. */
void stage_restart(void);

/* Turns until there is nothing to do just now; a crash ends the process and begins another. Whatever else the turn
 * comes to is returned. */
enum subscription_turn stage_turn(void);

/* Lets time pass to the moment something is due, until nothing is. */
void stage_let_all_become_due(void);

/* How often the event was delivered, or begun to be. */
uint32_t stage_count(uint64_t position);

/* The event's delivery that was done, counted from 0 on among all; UINT32_MAX: none. */
uint32_t stage_done_at(uint64_t position);

/* As it lies on disk. NULL: it is not held. */
const struct held        *stage_held(uint64_t position);
struct subscription_place stage_place(void);

/* How many transactions were ever committed to what subscriptions remember. */
uint64_t stage_commits(void);

/* Puts the place back to the beginning, as a backup of it may; the ledger stays, what is held goes. */
void stage_tear_place_back(void);

/* All that subscriptions remember is deleted, as by hand. */
void stage_lose_memory(void);

/* An operator's wish, as it comes out of the log. */
void stage_retry(uint64_t position);
void stage_discard(uint64_t position);

#endif
