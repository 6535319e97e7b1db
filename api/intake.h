/* The first steps of an exchange: which route, how often, who asks, and whether they may. */
#ifndef ORRERY_INTAKE_H
#define ORRERY_INTAKE_H

#include "api/exchange.h"

/* Method and path to a route; OPTIONS, 404 and 405 end here. */
exchange_step intake_route;

/* How often this address may ask. */
exchange_step intake_admit;

/* The access token, if there is one, must be valid and its session open. A command under an Idempotency-Key goes on
 * with a revoked one, as far as to learn whether it was kept when the token was good. */
exchange_step intake_identify;

/* 401: the session is over, or the person's tokens are. */
exchange_step intake_revoked;

/* Who may, and how often this account may ask. */
exchange_step intake_permit;

#endif
