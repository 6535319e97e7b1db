/* What went wrong last on a connection, in words that hold no value of a row. For pg*.c only, as it sees libpq.
 */
#ifndef ORRERY_PG_FAULT_H
#define ORRERY_PG_FAULT_H

#include "projections/pg.h"

#include <libpq-fe.h>

struct pg_fault {
	char problem[PG_PROBLEM_SIZE];
	char sqlstate[PG_SQLSTATE_SIZE]; /* "" when it did not come from the server */
};

/* The first line of the sentence is kept. */
void pg_fault_note(struct pg_fault *fault, const char *sqlstate, const char *sentence);

/* OK for a result without error, CONFLICT for a statement that fell with its batch; any other error is noted too. */
enum status pg_fault_judge(struct pg_fault *fault, const PGresult *result);

#endif
