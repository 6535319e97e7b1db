/* api/routes.def as a table, and the way from a method and a path to its row. */
#ifndef ORRERY_ROUTER_H
#define ORRERY_ROUTER_H

#include "eventstore/base/catalog.h"

enum access { ACCESS_ANYONE, ACCESS_MEMBER, ACCESS_INSTRUCTOR, ACCESS_ADMIN };

enum { ROUTE_PARAMETERS_MAX = 4 };

struct preparation;

struct route {
	const char                *method;
	const char                *path; /* with {name} for a parameter, one whole segment */
	const char                *name; /* of a command or a query */
	enum access                access;
	int                        http; /* the status of success */
	const struct preparation  *preparation;
	const struct command_type *command; /* one of the two */
	const struct query_type   *query;
};

/* Views of the request's path. */
struct route_match {
	const struct route *route; /* NULL: no route of this method */
	struct text         values[ROUTE_PARAMETERS_MAX];
	struct text         names[ROUTE_PARAMETERS_MAX];
	uint32_t            count;
	char                allow[64]; /* every method the path knows, as in Allow; empty: the path is unknown */
};

/* Fixed segments win over parameters. HEAD is GET. */
void router_match(struct text method, struct text path, struct route_match *out);

/* To be called once before requests come: binds names to the schema. A route without its command or query is a bug. */
void router_start(void);

/* For tests and metrics. */
const struct route *router_routes(uint32_t *count);

#endif
