/* What a decider may say. A decider is pure: it sees the states it loaded, the command, and the time and the caller
 * that came in with it; it refuses once, or emits events, or does neither because things already are as wished. */
#ifndef ORRERY_DECISION_H
#define ORRERY_DECISION_H

#include "commands/kept.h"
#include "eventstore/base/arena.h"
#include "eventstore/base/catalog.h"
#include "schema/commands.h"
#include "schema/events.h"
#include "schema/refusals.h"

enum { DECISION_EVENTS_MAX = 32, DECISION_RELEASES_MAX = 16 };

struct decided_event {
	const struct event_type *type;
	const void              *event; /* a copy in the decision's arena; its texts are views of command and states */
};

struct released_claim {
	enum claim  claim;
	struct text value;
};

struct decision {
	/* Given. */
	struct arena *arena;
	int64_t       time_us; /* when the writer took the command */
	struct id     actor;   /* who calls; absent for an operator on the machine and for anonymous requests */
	/* Said. */
	enum refusal          refusal;
	int64_t               retry_at_us; /* with a refusal that passes; 0 when it does not */
	uint32_t              event_count;
	uint32_t              release_count;
	struct decided_event  events[DECISION_EVENTS_MAX];
	struct released_claim releases[DECISION_RELEASES_MAX];
};

/* At most one refusal, and no event beside it. */
void refuse(struct decision *decision, enum refusal refusal);

/* The same, saying when another try makes sense. */
void refuse_until(struct decision *decision, enum refusal refusal, int64_t retry_at_us);

/* emit(decision, user_registered, .user = command->user, …) */
#define emit(decision, event, ...)                                                                                     \
	decision_emit((decision), EVENT_##event, &(struct event){__VA_ARGS__}, sizeof(struct event))

void decision_emit(struct decision *decision, uint16_t number, const void *event, size_t size);

/* The value may be claimed by others from now on. Claims are taken by events whose schema says so. */
void release(struct decision *decision, enum claim claim, struct text value);

/* ---- tables that schema/schemac.py writes (schema/dispatch.c) ---- */

struct fold {
	uint16_t event;
	void (*apply)(void *state, const void *event);
};

/* A noun whose history a decider may load. */
struct noun_type {
	const struct kept_shape *state;
	const struct fold       *folds; /* by event number, ascending */
	uint32_t                 fold_count;
	const char *const       *views; /* the nouns whose streams it is folded from: its own, or another's */
	uint32_t                 view_count;
};

/* Is it folded from streams of that noun? */
bool noun_views(const struct noun_type *noun, const char *stream_noun);

/* Those that remember something of an event: indexes into noun_types. */
struct noun_list {
	const uint16_t *nouns;
	uint32_t        count;
};

/* Of an event that this build does not know: none. */
struct noun_list nouns_of_event(uint16_t event_number);

/* NULL when there is none of that name. */
const struct noun_type *noun_type_by_name(struct text name);

/* The state takes in the event, if it is one that it remembers anything of. */
void noun_fold(const struct noun_type *noun, uint16_t event_number, void *state, const void *event);

/* "loads NOUN by FIELD", "by claim CLAIM FIELD" or "by LOADED.FIELD". */
struct load {
	uint16_t noun;   /* index into noun_types */
	uint16_t field;  /* index into the command's shape */
	uint16_t claim;  /* enum claim; 0: the field is the id itself */
	uint16_t from;   /* the how-manieth load, counted from 1, whose state holds the id; 0: the command does */
	uint32_t offset; /* of the id in that state */
};

enum { LOADS_MAX = 8 };

struct command_handler {
	const struct command_type *type;
	const struct load         *loads;
	uint32_t                   load_count;
	/* states[i] belongs to loads[i]; a stream without events, a claim nobody holds, or an id that a state lacks
	 * gives a zeroed state. */
	void (*decide)(const void *const states[], const void *command, struct decision *decision);
};

extern const struct noun_type       noun_types[];
extern const uint32_t               noun_type_count;
extern const struct noun_list       event_nouns[];      /* in the order of event_types */
extern const struct command_handler command_handlers[]; /* in the order of command_types */

#endif
