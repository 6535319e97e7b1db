/* What was sent on a connection and is not answered yet, in the order in which the answers come. For pg*.c only, as it
 * sees libpq. */
#ifndef ORRERY_PG_OPERATION_H
#define ORRERY_PG_OPERATION_H

#include "projections/pg.h"

#include <libpq-fe.h>

enum pg_operation_kind {
	PG_OPERATION_SESSION,
	PG_OPERATION_PREPARE,
	PG_OPERATION_EXECUTE,
	PG_OPERATION_SYNC,
	PG_OPERATION_SCRIPT,
};

struct pg_operation {
	struct pg_operation   *next;
	enum pg_operation_kind kind;
	bool                   repeated;
	uint32_t               statement;
	uint32_t               value_count;
	pg_done                done;
	void                  *owner;
	PGresult              *result;   /* what came first for it; what follows says nothing new */
	const char            *values[]; /* NULL or terminated, in the same piece of memory */
};

struct pg_operation *pg_operation_create(enum pg_operation_kind kind);
struct pg_operation *pg_operation_of_call(const struct pg_call *call);
void                 pg_operation_destroy(struct pg_operation *operation); /* and its result */

/* Lives inside its caller, who owns what is in it. */
struct pg_operations {
	struct pg_operation *first, **last;
	uint32_t             pending; /* calls and scripts */
};

/* Empty; what was in it is the caller's. */
void pg_operations_init(struct pg_operations *operations);

void                 pg_operations_push(struct pg_operations *operations, struct pg_operation *operation);
struct pg_operation *pg_operations_pop(struct pg_operations *operations); /* of an empty one is a bug */

#endif
