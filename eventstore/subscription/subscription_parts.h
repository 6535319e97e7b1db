/* The inside of a subscription, for its files: subscription.c runs its life, subscription_open.c begins it,
 * subscription_deliver.c delivers, subscription_held.c keeps what is held, subscription_effect.c the ledger. */
#ifndef ORRERY_SUBSCRIPTION_PARTS_H
#define ORRERY_SUBSCRIPTION_PARTS_H

#include "eventstore/base/arena.h"
#include "eventstore/subscription/consumers.h"
#include "eventstore/subscription/subscription.h"
#include "schema/events.h"

enum delivery_end {
	DELIVERY_OPEN,
	DELIVERY_DONE,
	DELIVERY_FAILED,
	DELIVERY_AWAY,    /* nothing can be delivered just now */
	DELIVERY_DOUBT,   /* nobody knows whether it was made */
	DELIVERY_CRASHED, /* the process ended during it as often as may be */
	DELIVERY_WAITS,   /* behind another one of its key */
};

/* To be kept with the outcome of its delivery. */
struct noted_effect {
	uint64_t      position;
	struct effect effect;
	TEXT_BUFFER(EFFECT_NAME_SIZE_MAX) name;
};

/* A delivery on its way; one thread at a time has it. */
struct delivery_work {
	struct delivery      delivery; /* what the handler sees */
	struct subscription *subscription;
	struct id            key;
	bool                 at_once;
	bool                 assured;  /* an operator said that what is in doubt shall be done */
	bool                 doubtful; /* an effect is in doubt */
	bool                 unkept;   /* the ledger could not be written */
	enum delivery_end    end;
	enum status          status;
	uint32_t             effect_count;
	struct noted_effect  effects[DELIVERY_EFFECTS_MAX];
};

struct held_entry {
	struct held held;
	bool        dirty; /* differs from what is on disk */
};

/* Ascending positions. */
struct held_set {
	struct held_entry *entries;
	uint32_t           count, capacity;
	uint32_t           per_state[HELD_SETTLED + 1];
	uint64_t          *released; /* to be removed from disk */
	uint32_t           released_count, released_capacity;
};

struct subscription {
	struct subscription_settings settings;
	struct subscription_policy   policy; /* without zeroes */
	struct id                    id;
	bool                         open;
	enum subscription_turn       end; /* REFUSED or BROKEN; else AGAIN */
	struct subscription_place    place;
	uint64_t                     stored;   /* the position whose leaf hash the place has; on disk unless dirty */
	bool                         dirty;    /* more than the position is to be kept */
	bool                         suspects; /* the window on disk is to be examined */
	struct held_set              held;
	struct consumers            *consumers; /* NULL: the caller's thread is the only one */
	uint64_t                     head;
	uint64_t                     told; /* as progress */
	uint64_t                     chance;
	int64_t                      read_after_us; /* the log could not be read: not before */
	int64_t                      act_after_us;  /* nothing could be delivered: not before */
	int64_t                      tell_after_us; /* the writer was away: not before */
	int64_t                      stored_us;     /* when it was kept last */
	int64_t                      warned_us;     /* of standing still, or of being full */
	uint32_t                     away_count;    /* in a row */
	struct delivery_work        *work;          /* policy.window of them */
	uint32_t                     work_count;
	size_t                       work_bytes;
	struct arena                 arena; /* of the records at work */
	struct noted_effect         *noted;
	uint32_t                     noted_count, noted_capacity;
};

/* What a step of a turn has come to. */
enum subscription_step { STEP_NOTHING, STEP_DONE, STEP_PAUSE, STEP_END };

static inline const char *subscription_name(const struct subscription *subscription)
{
	return subscription->settings.name;
}

static inline int64_t subscription_now_us(const struct subscription *subscription)
{
	return subscription->settings.world->now_us(subscription->settings.world->owner);
}

/* ---- subscription.c ---- */

/* Everything that is dirty, in one transaction. False: the life is over. */
bool subscription_save(struct subscription *subscription) MUST_USE;

/* The life ends; what happened was said in the diagnostics. */
enum subscription_step subscription_end(struct subscription *subscription, enum subscription_turn end);

/* The log cannot be read just now. */
enum subscription_step subscription_log_unreadable(struct subscription *subscription, enum status status);

/* Something was done. */
void subscription_note_move(struct subscription *subscription);

/* ---- subscription_open.c ---- */

enum subscription_step subscription_open_place(struct subscription *subscription);

/* ---- subscription_deliver.c ---- */

/* A consumer's share of the window; consumers.h. */
void subscription_share(void *subscription, uint32_t consumer, uint32_t count);

enum subscription_step subscription_examine(struct subscription *subscription);
enum subscription_step subscription_retry(struct subscription *subscription);
enum subscription_step subscription_deliver(struct subscription *subscription);

/* ---- subscription_held.c ---- */

enum subscription_step subscription_hear(struct subscription *subscription);
enum subscription_step subscription_announce(struct subscription *subscription);
enum subscription_step subscription_tell(struct subscription *subscription);

/* A fresh entry, or one from disk. */
struct held_entry *held_add(struct held_set *set, const struct held *held);
struct held_entry *held_find(struct held_set *set, uint64_t position);
void               held_remove(struct held_set *set, struct held_entry *entry); /* from disk too, at the next save */
void               held_set_state(struct held_set *set, struct held_entry *entry, enum held_state state);
void               held_finish(struct held_set *set);

/* Whether something under this key is held that what comes later has to wait for. */
bool held_blocks(const struct held_set *set, struct id key, uint64_t before);

/* The one that is due first of those in the state RETRYING; NULL: there is none. */
struct held_entry *held_first_due(const struct held_set *set);

/* Gives the event up for now. */
void subscription_park(struct subscription *subscription, struct held_entry *entry, enum parking_cause cause,
                       enum status failure);

/* The event is dealt with: what waits behind it may go on. */
void subscription_settle(struct subscription *subscription, struct held_entry *entry);

/* After a failure: park it, or try it again later. */
void subscription_put_off(struct subscription *subscription, struct held_entry *entry, enum status failure);

/* ---- subscription_effect.c ---- */

/* Whether the ledger holds at least one effect of the event and all of them are done. */
enum status subscription_effects_done(struct subscription *subscription, const struct record *record,
                                      bool *done) MUST_USE;

#endif
