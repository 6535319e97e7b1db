/* One command against a past: the states it loads, what its decider says, and what that means for the log: the streams
 * and claims of each event, or the refusal that a claim brings. The bus reaches one verdict in earnest, a replay
 * reaches it again. */
#ifndef ORRERY_VERDICT_H
#define ORRERY_VERDICT_H

#include "commands/decision.h"
#include "eventstore/log/record.h"

/* What a verdict asks of the past. A status other than those named is a failure and ends the verdict. */
struct past {
	void *owner;
	/* The keyed hash under which the value is claimed. FORGOTTEN: nobody can tell any more. */
	enum status (*claim_hash)(void *owner, enum claim claim, struct text value, struct hash *hash);
	/* NOT_FOUND: nobody holds it. */
	enum status (*claim_owner)(void *owner, const struct hash *hash, struct id *holder);
	/* As states_load. */
	enum status (*state)(void *owner, uint16_t noun, struct id id, const void **state);
};

struct verdict {
	/* Given; of the decision its arena, time and actor. */
	const struct past            *past;
	const struct command_handler *handler;
	const void                   *command;
	struct decision               decision;

	/* Found by verdict_load, one a load of the handler. */
	struct hash claimed[LOADS_MAX]; /* zeroes where it loads by an id */
	struct id   loaded[LOADS_MAX];  /* absent when nobody holds the claim, or a state lacks the id */
	const void *states[LOADS_MAX];

	/* Found by verdict_reach: one an event, with streams and claims; in the decision's arena. */
	struct record *records;
};

enum status verdict_load(struct verdict *verdict) MUST_USE;

/* Decides, and looks at the claims. Whatever is refused, by the decider or for a claim, stands in the decision, which
 * then has no events. */
enum status verdict_reach(struct verdict *verdict) MUST_USE;

#endif
