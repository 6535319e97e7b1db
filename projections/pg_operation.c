#include "projections/pg_operation.h"

#include "eventstore/base/require.h"

#include <stdlib.h>

struct pg_operation *pg_operation_create(enum pg_operation_kind kind)
{
	struct pg_operation *operation = calloc(1, sizeof(*operation));

	require(operation != NULL);
	operation->kind = kind;
	return operation;
}

/* The values follow the operation, each with a NUL, as libpq wants them. */
struct pg_operation *pg_operation_of_call(const struct pg_call *call)
{
	struct pg_operation *operation;
	size_t               size = sizeof(*operation) + call->value_count * sizeof(operation->values[0]);
	char                *end;

	for (uint32_t i = 0; i < call->value_count; i++)
		size += call->values[i].size + 1;
	operation = calloc(1, size);
	require(operation != NULL);
	operation->kind = PG_OPERATION_EXECUTE;
	operation->statement = call->statement;
	operation->value_count = call->value_count;
	operation->done = call->done;
	operation->owner = call->owner;
	end = (char *)&operation->values[call->value_count];
	for (uint32_t i = 0; i < call->value_count; i++) {
		if (!call->values[i].data)
			continue;
		memcpy(end, call->values[i].data, call->values[i].size);
		operation->values[i] = end;
		end += call->values[i].size + 1;
	}
	return operation;
}

void pg_operation_destroy(struct pg_operation *operation)
{
	PQclear(operation->result);
	free(operation);
}

static bool counts_as_pending(const struct pg_operation *operation)
{
	return operation->kind == PG_OPERATION_EXECUTE || operation->kind == PG_OPERATION_SCRIPT;
}

void pg_operations_init(struct pg_operations *operations)
{
	*operations = (struct pg_operations){.last = &operations->first};
}

void pg_operations_push(struct pg_operations *operations, struct pg_operation *operation)
{
	operation->next = NULL;
	*operations->last = operation;
	operations->last = &operation->next;
	operations->pending += counts_as_pending(operation);
}

struct pg_operation *pg_operations_pop(struct pg_operations *operations)
{
	struct pg_operation *operation = operations->first;

	require(operation != NULL);
	operations->first = operation->next;
	if (!operations->first)
		operations->last = &operations->first;
	operations->pending -= counts_as_pending(operation);
	return operation;
}
