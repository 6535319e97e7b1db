/* The writer's process in a course: the real bus over the real store, committed step by step, as the writer's loop does
 * it for small batches. It dies and is started again. */
#ifndef ORRERY_TESTS_SIM_APPENDER_H
#define ORRERY_TESTS_SIM_APPENDER_H

#include "tests/sim/people.h"

/* The folder is empty and stays the caller's. */
void appender_begin(const char *folder);

bool appender_is_up(void);

/* Opens log, index and vault; afterwards everything that was promised must be there. It stays down when a fault strikes
 * on the way. */
void appender_start(void);

/* Nothing more is said, written or kept. */
void appender_die(void);

/* In peace: what was decided is committed and answered, what is durable is indexed. */
void appender_stop(void);

/* While it is down: the index is gone. */
void appender_delete_index(void);

/* The data folder. */
const char *appender_folder(void);

/* A command of another process of ours, which waits until it is answered: what gathered is committed with it. OK: kept.
 * INVALID: refused. Everything else: nobody knows. */
enum status appender_submit(const char *command, struct id command_id, const void *fields) MUST_USE;

/* Decides one submission into the open batch. */
void appender_take(const struct wish *wish);

void appender_close_batch(void);
/* Makes the oldest closed batch durable and answers everybody in it. */
void appender_commit(void);
void appender_index(void);

/* Compares store and log with the mirror. */
void appender_ask(void);
void appender_compare(void);

/* Up to where the log is on disk, and whether everything that was taken is there and indexed. */
uint64_t appender_durable(void);
bool     appender_is_quiet(void);

#endif
