#include "projections/pg_fault.h"

#include <stdio.h>

void pg_fault_note(struct pg_fault *fault, const char *sqlstate, const char *sentence)
{
	snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s", sqlstate);
	snprintf(fault->problem, sizeof(fault->problem), "%s", sentence);
	fault->problem[strcspn(fault->problem, "\n")] = '\0';
}

static const char *diagnosis(const PGresult *result, int what)
{
	const char *text = PQresultErrorField(result, what);

	return text ? text : "";
}

/* Errors of the classes 22 (data) and 23 (constraints) quote values of rows, which must not reach any diagnosis. */
static void note_error(struct pg_fault *fault, const PGresult *result)
{
	const char *sqlstate = diagnosis(result, PG_DIAG_SQLSTATE);
	char        sentence[PG_PROBLEM_SIZE];

	if (strncmp(sqlstate, "22", 2) != 0 && strncmp(sqlstate, "23", 2) != 0) {
		pg_fault_note(fault, sqlstate, diagnosis(result, PG_DIAG_MESSAGE_PRIMARY));
		return;
	}
	snprintf(sentence, sizeof(sentence), "SQLSTATE %s, table '%s', column '%s', constraint '%s'", sqlstate,
	         diagnosis(result, PG_DIAG_TABLE_NAME), diagnosis(result, PG_DIAG_COLUMN_NAME),
	         diagnosis(result, PG_DIAG_CONSTRAINT_NAME));
	pg_fault_note(fault, sqlstate, sentence);
}

static enum status status_of_sqlstate(const char *sqlstate)
{
#define SQLSTATE(beginning, name)                                                                                      \
	if (strncmp(sqlstate, beginning, sizeof(beginning) - 1) == 0)                                                  \
		return STATUS_##name;
#include "projections/sqlstate.def"
#undef SQLSTATE
	return STATUS_CORRUPT;
}

enum status pg_fault_judge(struct pg_fault *fault, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		return STATUS_OK;
	case PGRES_PIPELINE_ABORTED:
		return STATUS_CONFLICT;
	default:
		note_error(fault, result);
		return status_of_sqlstate(fault->sqlstate);
	}
}
