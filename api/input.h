/* The content of a request: path, query and body, checked against the shape of its command or query. */
#ifndef ORRERY_INPUT_H
#define ORRERY_INPUT_H

#include "api/exchange.h"
#include "eventstore/log/record.h"

/* Fills exchange->input, derived ids too, or ends with every complaint at once. */
exchange_step input_read;

/* Is a Content-Type this one, whatever parameters follow? */
bool input_type_is(struct text type, const char *wanted);

/* What a retry under the same command id must bring again: route, path, body and caller, but nothing the server filled
 * in and no password. */
void input_digest(const struct exchange *exchange, struct digest *digest);

/* Percent-decoding (RFC 3986 §2.1). False: malformed. */
bool input_percent_decode(struct arena *arena, struct text coded, struct text *out) MUST_USE;

/* For lists: asks for one row more than the client wants, and opens the opaque cursor. */
void input_page(struct exchange *exchange);

/* For lists: the next question is about what stands behind this place, the last row's second column. */
void input_go_on_behind(struct exchange *exchange, struct text place);

#endif
