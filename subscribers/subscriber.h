/* What acts on events: a subscriber is one constant of its own file, listed in main.c. Each runs as a subscription
 * (eventstore/subscription/subscription.h) of its own, on a thread of its own, and none waits for another. */
#ifndef ORRERY_SUBSCRIBER_H
#define ORRERY_SUBSCRIBER_H

#include "eventstore/base/config.h"
#include "eventstore/subscription/subscription.h"
#include "eventstore/vault/keys.h"

#include <stdatomic.h>

struct laboratory_way;
struct sender_way;

/* What all of them may use, for as long as the process lasts. */
struct subscriber_ground {
	const struct config         *config;
	const struct opener         *opener;    /* of personal texts */
	const struct sender_way     *way;       /* how commands reach the writer; NULL: over its socket */
	const struct laboratory_way *simulator; /* how scenes reach the simulator; NULL: over its socket */
	const atomic_bool           *stopping;  /* who works long looks at it, and ends with BUSY; NULL: never */
};

struct subscriber {
	const char                 *name; /* of its subscription, for good */
	struct subscription_handler handler;
	/* Opens what it alone needs. The log and the vault are there. */
	enum status (*open)(const struct subscriber_ground *ground, void **out);
	void (*close)(void *owner);
	struct event_filter (*filter)(void *owner); /* valid until it is closed */
	/* Takes over what it remembered before it was a subscription, if anything; NULL: it always was one. */
	enum status (*inherit)(void *owner, struct subscription_state *state);
	struct subscription_policy policy; /* zeroes: the usual */
};

extern const struct subscriber achievements, grader, laboratory, mailer, proctor, registrar;

#endif
