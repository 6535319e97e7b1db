/* What a request's headers ask for beside its content: idempotency, positions, versions, formats. */
#ifndef ORRERY_CONDITIONS_H
#define ORRERY_CONDITIONS_H

#include "api/exchange.h"

/* Accept must allow JSON, or the other type that the route answers in. */
exchange_step conditions_accept;

/* Does Accept name this type, in so many words? */
bool conditions_accepts(const struct exchange *exchange, const char *type);

/* Idempotency-Key, scoped to the caller, becomes the command id; without one a fresh id does. */
exchange_step conditions_idempotency_key;

/* X-Min-Position into exchange->min_position. */
exchange_step conditions_min_position;

/* If-Match must be one strong tag of ours; what it says is given on by conditions_expected. */
exchange_step conditions_if_match;
void          conditions_expected(const struct exchange *exchange, struct submission *submission);

/* Prefer: dry-run (RFC 7240): a command is decided, and nothing is kept. What has other effects too refuses it. */
exchange_step conditions_prefer;

#endif
