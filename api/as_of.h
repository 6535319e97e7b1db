/* A question about the past: the route's query has a field `as_of`, and the client filled it in. The answer is folded
 * from the log on a thread and a connection of its own (projections/past.h), one after the other; what would wait
 * behind more than WORKERS_QUEUE_MAX others is refused. Whoever may ask what is may ask what was. */
#ifndef ORRERY_AS_OF_H
#define ORRERY_AS_OF_H

#include "api/exchange.h"

/* One process' way into the past; NULL when no thread could be made. */
struct as_of *as_of_create(struct service *service);
void          as_of_destroy(struct as_of *as_of); /* NULL is borne */

/* Does this one ask about the past? */
bool as_of_asked(const struct exchange *exchange);

/* Asks; the next step finds exchange->status and exchange->rows as after exchange_ask. */
enum pace as_of_ask(struct exchange *exchange);

/* Answers with the problem when there was one that only the past has. */
enum pace as_of_judge(struct exchange *exchange);

#endif
