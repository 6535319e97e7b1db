/* A PostgreSQL for one course, in place of projections/pg_session.c: it knows the statements of checkpoint.h by their
 * numbers and the scripts of checkpoint.c and purge.c by their words, keeps transactions apart, and remembers of each
 * fold statement that it was run: with which values and for which event. A crash takes
 * the last commits with it, rows and checkpoint together, back to the last one that waited for the disk. */
#ifndef ORRERY_TESTS_SIM_POSTGRES_STUB_H
#define ORRERY_TESTS_SIM_POSTGRES_STUB_H

#include "projections/checkpoint.h"

enum { STUB_ROWS_MAX = 16384 };

/* A fold statement that was run. */
struct stub_row {
	uint32_t statement; /* of the projection's */
	uint64_t position;
	uint64_t values; /* stub_values of them */
};

/* What a schema holds by now. NULL rows: there is no such schema. Valid until the next statement. */
struct stub_view {
	uint64_t               position, purge_due;
	const struct stub_row *rows;
	uint32_t               row_count;
	uint64_t               purged; /* up to here it was purged once, whatever a crash has forgotten since */
};

void stub_start(const struct projection *projection);

struct stub_view stub_look(const char *schema);

/* A digest of the values of a statement; those that are opened in clear are left out, since they change when a person
 * is erased. */
uint64_t stub_values(const struct fold_statement *statement, const struct text *values);

/* ---- what goes wrong ---- */

enum stub_fault {
	STUB_WELL,
	STUB_LOSE_BEFORE_COMMIT,
	STUB_LOSE_AFTER_COMMIT,
	STUB_FAIL_STATEMENT,
};

/* Meets the next transaction. */
void stub_arm(enum stub_fault fault);

/* Nobody can connect, and who is connected is cut off. */
void stub_go_away(bool away);

/* Falls and is there again, without some of its last commits. */
void stub_crash(void);

#endif
