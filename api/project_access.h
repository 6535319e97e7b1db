/* Who may read what of a project. Commands are judged by their deciders; reads are judged here, by what the read model
 * says of project and caller. The steps stand in front of a route's own, in this order; none may run in between. */
#ifndef ORRERY_PROJECT_ACCESS_H
#define ORRERY_PROJECT_ACCESS_H

#include "api/exchange.h"
#include "commands/learning/project_right.h"

exchange_step project_access_await, project_access_check, project_access_ask;

/* Behind project_access_ask, while its rows are there. Administrators see and look into every project. */
bool project_access_may(const struct exchange *exchange, enum project_right right);

/* Was this revision handed in to the caller? */
bool project_access_grades(const struct exchange *exchange, uint32_t revision);

/* GO_ON, or the refusal: a project that the caller may not see is unknown. */
enum pace project_access_judge(struct exchange *exchange, enum project_right right);

#endif
