/* The first steps of an exchange: from bytes to a checked input and a known caller. */
#ifndef ORRERY_INTAKE_H
#define ORRERY_INTAKE_H

#include "api/exchange.h"
#include "eventstore/record.h"

exchange_step intake_route, intake_admit, intake_identify, intake_permit, intake_read;

/* What a retry under the same command id must bring again: route, path, body and caller, but nothing the server filled
 * in and no password. */
void intake_digest(const struct exchange *exchange, struct digest *digest);

/* If-Match, as the version that is expected. */
void intake_expected(const struct exchange *exchange, struct submission *submission);

/* For lists: asks for one row more than the client wants, and opens the opaque cursor. */
void intake_page(struct exchange *exchange);

#endif
