/* What subscriptions remember, in an LMDB environment of its own, DATA/subscriptions: small, synced with each commit,
 * and not to be computed from the log. Whoever loses it delivers nothing twice, but passes by what was not delivered
 * yet (subscription.h). One process writes it, others may read.
 *
 *   place    subscription id 16                                   -> struct subscription_place
 *   held     subscription id 16 | position 8 big endian           -> struct held
 *   effect   subscription id 16 | position 8 big endian | name    -> struct effect
 *
 * Everything up to a place is done, except for what is held. Effects are kept for good: they are the ledger of what
 * was done to the world outside. Values lie on disk as these structs do in memory (little endian); nothing in them
 * names a person. */
#ifndef ORRERY_SUBSCRIPTION_STATE_H
#define ORRERY_SUBSCRIPTION_STATE_H

#include "eventstore/disk/kv.h"
#include "eventstore/log/reader.h"

enum {
	SUBSCRIPTION_NAME_SIZE = 48,      /* with the NUL at its end */
	SUBSCRIPTION_PARKED_MAX = 1024,   /* events that may be parked or tried again at a time */
	SUBSCRIPTION_HELD_MAX = 8 * 1024, /* those and what waits behind them */
	EFFECT_NAME_SIZE_MAX = 32,
};

/* The stream of the events about it: the first half of SHA-256 over a label and the name, as a UUIDv8. */
struct id subscription_id(struct text name);

struct subscription_place {
	uint64_t    position;     /* everything up to here is done or held */
	struct hash leaf;         /* of the event there; zeroes at 0 */
	struct id   store;        /* which log it is */
	uint64_t    epoch;        /* and which of its lives */
	uint64_t    began_epoch;  /* the log knows that it began in this one */
	uint64_t    doubt_until;  /* the log was restored: nobody knows what was done up to here */
	uint64_t    heard;        /* wishes of operators up to here were acted on */
	uint64_t    window_first; /* the events from here … 0: none */
	uint64_t    window_last;  /* … to here are being delivered, each counted once */
	uint64_t    suspect;      /* of those the one that is delivered alone, after a crash; 0: none */
	int64_t     moved_us;     /* when it last got something done */
	uint32_t    suspect_attempts;
	uint32_t    full; /* 1: stopped, since no more can be held */
	char        name[SUBSCRIPTION_NAME_SIZE];
};

enum held_state {
	HELD_RETRYING = 1, /* to be delivered again, once it is due */
	HELD_WAITING,      /* behind another one of its stream */
	HELD_PARKED,       /* given up until an operator says more */
	HELD_SETTLED,      /* was parked and is done; only the log does not know yet */
};

struct held {
	uint64_t  position;
	struct id key;    /* what is kept in order: the event's first stream, unless the subscription says otherwise */
	int64_t   due_us; /* RETRYING: not before */
	int64_t   parked_us; /* when it was parked last; 0: never */
	uint32_t  attempts;  /* deliveries begun since it was held or retried */
	uint32_t  parkings;  /* how often it was parked */
	uint16_t  state;     /* enum held_state */
	uint16_t  cause;     /* enum parking_cause; 0: never parked */
	uint16_t  failure;   /* enum status of the last delivery; 0: none that ended */
	uint16_t  told;      /* 1: the log knows that it is parked */
};

/* Words for people and programs. */
const char *parking_cause_word(uint16_t cause);
const char *held_state_word(uint16_t state);
const char *effect_outcome_word(uint16_t outcome);

enum effect_outcome { EFFECT_INTENDED = 1, EFFECT_DONE, EFFECT_FAILED };

struct effect {
	uint8_t  leaf[16]; /* the beginning of the event's leaf hash: a restored log may have another event there */
	int64_t  begun_us;
	int64_t  ended_us; /* 0: never */
	uint32_t attempts;
	uint16_t outcome; /* enum effect_outcome */
	uint16_t failure; /* enum status */
};

struct subscription_state;

/* `data` is the data folder. NOT_FOUND, when reading: no subscription ever ran here. BUSY, when writing: another
 * process does, which is logged. Others as kv_open says. */
enum status subscription_state_open(const char *data, enum kv_mode mode, struct subscription_state **out) MUST_USE;
void        subscription_state_close(struct subscription_state *state); /* NULL is borne */

/* ---- reading; from any thread ---- */

/* NOT_FOUND: it never ran. */
enum status subscription_state_place(struct subscription_state *state, struct id subscription,
                                     struct subscription_place *place) MUST_USE;

/* In order of their ids; false stops. */
typedef bool (*place_visit)(void *owner, struct id subscription, const struct subscription_place *place);
enum status subscription_state_places(struct subscription_state *state, place_visit visit, void *owner) MUST_USE;

/* In order of positions; false stops. */
typedef bool (*held_visit)(void *owner, const struct held *held);
enum status subscription_state_held(struct subscription_state *state, struct id subscription, held_visit visit,
                                    void *owner) MUST_USE;

/* What is held, in figures. */
struct subscription_standing {
	uint32_t counts[HELD_SETTLED + 1]; /* by enum held_state */
	uint64_t oldest_parked;            /* position; 0: none is parked */
	int64_t  oldest_parked_us;         /* since when */
};
enum status subscription_state_standing(struct subscription_state *state, struct id subscription,
                                        struct subscription_standing *standing) MUST_USE;

/* NOT_FOUND: never begun. */
enum status subscription_state_effect(struct subscription_state *state, struct id subscription, uint64_t position,
                                      struct text name, struct effect *effect) MUST_USE;

/* Those of one event, by name; false stops. */
typedef bool (*effect_visit)(void *owner, struct text name, const struct effect *effect);
enum status subscription_state_effects(struct subscription_state *state, struct id subscription, uint64_t position,
                                       effect_visit visit, void *owner) MUST_USE;

/* ---- writing: one transaction at a time, whole and on disk when the commit returns OK ---- */

struct subscription_change;

/* Waits for the change of another thread. `entries` bounds what will be put. */
enum status subscription_change_begin(struct subscription_state *state, struct id subscription, size_t entries,
                                      struct subscription_change **out) MUST_USE;
enum status subscription_change_place(struct subscription_change      *change,
                                      const struct subscription_place *place) MUST_USE;
enum status subscription_change_held(struct subscription_change *change, const struct held *held) MUST_USE;
enum status subscription_change_released(struct subscription_change *change, uint64_t position) MUST_USE;
enum status subscription_change_effect(struct subscription_change *change, uint64_t position, struct text name,
                                       const struct effect *effect) MUST_USE;

/* Commits if `status`, what the change has come to, is OK; else undoes it and returns that status. Not OK means in
 * either case that the process must end: what is on disk is known to whoever opens it again. */
enum status subscription_change_end(struct subscription_change *change, enum status status) MUST_USE;

#endif
