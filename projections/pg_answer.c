/* An answer is libpq's result under another name, so that no copy is made and no vendor's type leaves the door. */
#include "eventstore/base/require.h"
#include "projections/pg.h"

#include <libpq-fe.h>
#include <stdlib.h>

static const PGresult *result_of(const struct pg_answer *answer)
{
	return (const PGresult *)answer;
}

uint32_t pg_answer_rows(const struct pg_answer *answer)
{
	return (uint32_t)PQntuples(result_of(answer));
}

uint32_t pg_answer_columns(const struct pg_answer *answer)
{
	return (uint32_t)PQnfields(result_of(answer));
}

struct text pg_answer_text(const struct pg_answer *answer, uint32_t row, uint32_t column)
{
	const PGresult *result = result_of(answer);

	require(row < pg_answer_rows(answer) && column < pg_answer_columns(answer));
	if (PQgetisnull(result, (int)row, (int)column))
		return TEXT_NONE;
	return (struct text){.data = PQgetvalue(result, (int)row, (int)column),
	                     .size = (size_t)PQgetlength(result, (int)row, (int)column)};
}

uint64_t pg_answer_changed(const struct pg_answer *answer)
{
	return strtoull(PQcmdTuples((PGresult *)answer), NULL, 10);
}

void pg_answer_release(struct pg_answer *answer)
{
	PQclear((PGresult *)answer);
}
