/* What the server (postgres_stub.c) and its sessions (postgres_stub_session.c) share. For nobody else. */
#ifndef ORRERY_TESTS_SIM_POSTGRES_STUB_PARTS_H
#define ORRERY_TESTS_SIM_POSTGRES_STUB_PARTS_H

#include "eventstore/base/arena.h"
#include "tests/sim/postgres_stub.h"

enum { STUB_QUEUE_MAX = 4096, STUB_TEXT_SIZE = 64, STUB_CELLS_MAX = 8 };

struct stub_call {
	uint32_t     statement;
	uint64_t     tag;
	uint32_t     value_count;
	struct text *values;
};

struct pg_session {
	char             schema[STUB_TEXT_SIZE];
	bool             connected, waits; /* for the disk, with each commit */
	uint32_t         generation;
	struct arena     arena; /* of the batch */
	struct stub_call calls[STUB_QUEUE_MAX];
	uint32_t         call_count;
	char             problem[PG_PROBLEM_SIZE], sqlstate[PG_SQLSTATE_SIZE];
};

struct pg_answer {
	uint32_t rows, columns;
	uint64_t changed;
	char     cells[STUB_CELLS_MAX][STUB_TEXT_SIZE + 1];
};

/* Runs what was queued as one transaction; the last answer is filled in. */
enum status stub_run(struct pg_session *session, struct pg_answer *answer, uint64_t *failed_tag);
enum status stub_run_script(struct pg_session *session, const char *sql);

/* The session ends, and its locks with it. */
void stub_unlock(const struct pg_session *session);

#endif
