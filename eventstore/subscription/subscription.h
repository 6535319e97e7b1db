/* Follows the log and acts on what it wants of it: catches up, then goes on live, each event at least once and in the
 * order of its stream, whatever ends the process.
 *
 *   open      is what it remembers of this log? A restored one has a new epoch: see below
 *   hear      act on what operators wished (schema/subscription.schema), in the order of the log
 *   announce  have the log know that it begins, before it delivers anything
 *   tell      have the log know what was parked, or delivered after all
 *   examine   after a crash: deliver what was under way one by one, to find what ends the process
 *   retry     deliver again what failed, once it is due
 *   deliver   the next window of events
 *   rest      keep the place, say how far it is and whether it stands still
 *
 * Counting. A delivery is counted on disk before it is made: a window of fresh events by one sync for all of them, a
 * delivery after a failure or a crash by one of its own. So a crash counts, and what crashes is parked in the end while
 * its neighbours are delivered.
 *
 * Order. What has the same key, the first stream of the event unless the handler says otherwise, is delivered in order.
 * An event that fails is tried again after growing pauses and parked after so many attempts; what follows it under the
 * same key waits behind it, and other keys flow. What is held so is bounded: when no more can be, the subscription
 * stops, loudly, until an operator has retried or discarded some. The place moves on over what is held.
 *
 * Restored logs. If the log has a newer epoch than what is remembered, nobody knows what was done for the events of the
 * older ones: those beyond the place are parked as in doubt and not delivered, unless the ledger says that they were.
 * A subscription that remembers nothing, though the log knows that it began, delivers nothing again: it passes by what
 * the log held when it began its present epoch, or when this is found, if it had begun in that epoch already.
 *
 * The log, the clock and the writer are handed in, and subscription_turn does not wait, so that tests and a simulator
 * can run it step by step. One thread at a time calls it. */
#ifndef ORRERY_SUBSCRIPTION_H
#define ORRERY_SUBSCRIPTION_H

#include "eventstore/subscription/subscription_state.h"

#include <stdatomic.h>

/* ---------------------------------------------------------------- what is delivered, and to whom */

struct delivery {
	struct record record;   /* a copy, valid during the call; without the nodes of the tree */
	uint32_t      attempt;  /* 1 for the first */
	uint32_t      consumer; /* which of the subscription's threads calls, from 0 on */
};

struct subscription_handler {
	/* Acts on an event. It may take long, and be called from several threads for several keys at a time. OK: it is
	 * done, or calls for nothing. UNREACHABLE, BUSY, FULL: whatever the event, nothing can be done just now;
	 * nothing is counted, and the subscription waits. Everything else: this event failed. */
	enum status (*deliver)(void *owner, struct delivery *delivery);
	/* What is delivered in order; NULL: the first stream. */
	struct id (*key)(const struct record *record);
	/* Whether delivering the event harms nobody however often it is done, and must not wait: then it overtakes what
	 * is held, and is delivered even if it was already, for all that is known. NULL: none is such. */
	bool (*at_once)(const struct record *record);
	/* Whether its effects may be repeated under their ids, since whoever carries them out knows them again. */
	bool repeatable;
};

/* Does something to the world outside, once: not if the ledger says that it is done. `act` gets the effect's id, which
 * is the same in each attempt and in no other event. It returns OK when it is done, TIMED_OUT when nobody knows, and
 * anything else when it surely was not. For effects that may not be repeated the intent is on disk before it is called,
 * and an intent without an outcome is in doubt: the delivery then ends with what is returned, and is parked. Names are
 * 1 to EFFECT_NAME_SIZE_MAX bytes; at most DELIVERY_EFFECTS_MAX in a delivery. */
enum { DELIVERY_EFFECTS_MAX = 8 };
enum status delivery_effect(struct delivery *delivery, const char                   *name,
                            enum status (*act)(void *owner, struct id effect), void *owner) MUST_USE;

/* ---------------------------------------------------------------- what surrounds it */

/* The log, its writer and the clock: eventstore/subscription/subscription_world.h, or a test's. The first four are as
 * in reader.h, `wait` and `progress` as in doorbell.h. */
struct subscription_world {
	void *owner;
	struct log_identity (*identity)(void *owner);
	enum status (*head)(void *owner, uint64_t *head);
	enum status (*filtered)(void *owner, const struct event_filter *filter, uint64_t from, uint32_t limit,
	                        reader_visit visit, void *visitor, struct filtered_walk *walk);
	enum status (*leaf)(void *owner, uint64_t position, struct hash *leaf);
	void (*wait)(void *owner, uint64_t position, int timeout_ms);
	void (*progress)(void *owner, const char *name, uint64_t position);
	/* A command of schema/subscription.schema. OK: kept, now or under this id before. INVALID: refused. Everything
	 * else: to be sent again under the same id. */
	enum status (*submit)(void *owner, const char *command, struct id command_id, const void *fields);
	/* Wall time; from any thread. */
	int64_t (*now_us)(void *owner);
};

/* Zeroes stand for what is in brackets. */
struct subscription_policy {
	uint32_t window;           /* [64] events delivered between two syncs, as far as so many may fail: see below */
	uint32_t consumers;        /* [1] threads that deliver; 1: the caller's own */
	uint32_t attempts_max;     /* [8] then an event is parked */
	uint32_t retrying_max;     /* [64] events that may be tried again at a time; more stop fresh ones */
	uint32_t parked_max;       /* [SUBSCRIPTION_PARKED_MAX] at most that: parked or tried again */
	uint32_t held_max;         /* [SUBSCRIPTION_HELD_MAX] at most that: those and what waits behind them */
	uint32_t backoff_first_ms; /* [1000] the pause after the first attempt; each further one is twice as long */
	uint32_t backoff_max_ms;   /* [300000] the longest; of each pause the second half is left to chance */
	uint64_t seed;             /* of that chance; [the system's] */
};

enum {
	SUBSCRIPTION_IDLE_MS = 1000,             /* the longest wait of subscription_run */
	SUBSCRIPTION_GATHER_MS = 20,             /* events have that time to come together */
	SUBSCRIPTION_UNSTORED_MAX = 10 * 1000,   /* events to pass by again after a crash */
	SUBSCRIPTION_STALL_MS = 60 * 1000,       /* without progress, though there is more: worth a warning */
	SUBSCRIPTION_WINDOW_BYTES_MAX = 4 << 20, /* of records, if there is more than one */
	SUBSCRIPTION_WINDOW_MAX = 1024,
	SUBSCRIPTION_CONSUMERS_MAX = 64,
};

/* How it tells the writer of its progress, for those who watch: this and its name. */
#define SUBSCRIPTION_PROGRESS_PREFIX "subscription:"
enum { SUBSCRIPTION_PROGRESS_SIZE = sizeof(SUBSCRIPTION_PROGRESS_PREFIX) + SUBSCRIPTION_NAME_SIZE };

struct subscription_settings {
	const char                        *name;
	struct event_filter                filter;
	const struct subscription_handler *handler;
	void                              *owner; /* the handler's */
	const struct subscription_world   *world; /* must outlive the subscription, as must what follows */
	struct subscription_state         *state; /* open for writing; several subscriptions may share it */
	const atomic_bool                 *stopping;
	struct subscription_policy         policy;
};

/* ---------------------------------------------------------------- the life above */

struct subscription;

/* Reads and starts nothing yet but the threads that deliver. */
struct subscription *subscription_create(const struct subscription_settings *settings);
void                 subscription_destroy(struct subscription *subscription); /* NULL is borne */

enum subscription_turn {
	SUBSCRIPTION_AGAIN,   /* there may be more to do at once */
	SUBSCRIPTION_IDLE,    /* nothing to do before subscription_due_us, or before the head moves */
	SUBSCRIPTION_REFUSED, /* what it remembers is not of this log; said in the diagnostics */
	SUBSCRIPTION_BROKEN,  /* what was done could not be kept: the process must end; said in the diagnostics */
};

/* One step of the life above, without waiting for events. */
enum subscription_turn subscription_turn(struct subscription *subscription);

/* When there is something to do though the head does not move: wall time, INT64_MAX for never. */
int64_t subscription_due_us(const struct subscription *subscription);

/* Turns until `stopping` (SUBSCRIPTION_IDLE), SUBSCRIPTION_REFUSED or SUBSCRIPTION_BROKEN, and keeps its place. */
enum subscription_turn subscription_run(struct subscription *subscription);

/* Has a subscription that never ran begin behind `position` of the log `identity` describes, as one that kept its place
 * elsewhere before. CONFLICT: it ran already. */
enum status subscription_begin_behind(struct subscription_state *state, const char *name, struct log_identity identity,
                                      uint64_t position, const struct hash *leaf) MUST_USE;

#endif
