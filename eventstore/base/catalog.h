/* What the schema declares, as tables. schema/schemac.py writes them (schema/catalog.c in the build folder). */
#ifndef ORRERY_CATALOG_H
#define ORRERY_CATALOG_H

#include "eventstore/base/shape.h"

/* An event's number is its name on disk and is never given again. */
struct event_type {
	const char         *name;
	const char         *doc;
	uint16_t            number;
	const struct shape *shape;
};

struct command_type {
	const char         *name;
	const char         *doc;
	const struct shape *shape;
};

struct query_type {
	const char         *name;
	const char         *doc;
	const struct shape *shape; /* what is asked */
	bool                list;  /* answers {data, next} */
};

struct refusal_type {
	const char *name;
	const char *sentence;
	int         http;
};

/* A kind of value that at most one owner holds at a time. */
struct claim_type {
	const char *name;
	uint16_t    refusal; /* enum refusal, when somebody else holds the value */
};

extern const struct event_type   event_types[]; /* by number, ascending */
extern const uint32_t            event_type_count;
extern const struct command_type command_types[]; /* by name, ascending */
extern const uint32_t            command_type_count;
extern const struct query_type   query_types[]; /* by name, ascending */
extern const uint32_t            query_type_count;
extern const struct refusal_type refusal_types[]; /* by enum refusal; [0] is "none" */
extern const uint32_t            refusal_type_count;
extern const struct claim_type   claim_types[]; /* by enum claim; [0] is "none" */
extern const uint32_t            claim_type_count;

/* Each returns NULL when there is none. */
const struct event_type   *event_type_by_number(uint16_t number);
const struct event_type   *event_type_by_name(struct text name);
const struct command_type *command_type_by_name(struct text name);
const struct query_type   *query_type_by_name(struct text name);

/* Its enum refusal; 0, which is none, when there is none of that name. */
uint32_t refusal_by_name(struct text name);

#endif
