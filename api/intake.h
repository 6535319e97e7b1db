/* The first steps of an exchange: which route, how often, who asks, and whether they may. */
#ifndef ORRERY_INTAKE_H
#define ORRERY_INTAKE_H

#include "api/exchange.h"

/* Method and path to a route; OPTIONS, 404 and 405 end here. */
exchange_step intake_route;

/* How often this address may ask. */
exchange_step intake_admit;

/* The access token, if there is one, must be valid and its session open. */
exchange_step intake_identify;

/* Who may, and how often this account may ask. */
exchange_step intake_permit;

#endif
