/* A copy under work: what rebuild.c does with one, step by step. Each step ends with REBUILD_DONE, or says in the
 * report why not; whoever goes on after another end is mistaken. */
#ifndef ORRERY_REBUILD_COPY_H
#define ORRERY_REBUILD_COPY_H

#include "projections/rebuild.h"

struct rebuild {
	const struct rebuild_settings *settings;
	struct rebuild_report         *report;
	const char                    *name;
	char                           schema[SCHEMA_NAME_SIZE]; /* the copy */
	struct projector_log          *log;
	struct pg_session             *control; /* has the lock, and reads the living rows */
	struct pg_session             *copy;    /* its tables are the copy's */
	const char                   **statements;
	struct checkpoint              living, built; /* as last looked at */
};

/* Connects, for the copy NAME followed by `suffix`; copy_start also takes the lock. Finish it in either case. */
enum rebuild_end copy_start_unlocked(struct rebuild *rebuild, const struct rebuild_settings *settings,
                                     const char *suffix, struct rebuild_report *report);
enum rebuild_end copy_start(struct rebuild *rebuild, const struct rebuild_settings *settings, const char *suffix,
                            struct rebuild_report *report);
void             copy_finish(struct rebuild *rebuild);

/* FAILED, with that as the problem. */
enum rebuild_end copy_fail(struct rebuild *rebuild, const char *problem);
enum rebuild_end copy_fail_log(struct rebuild *rebuild, enum status status);
enum rebuild_end copy_fail_session(struct rebuild *rebuild, const struct pg_session *session);

void copy_tell(const struct rebuild *rebuild, enum rebuild_phase phase, uint64_t total);
bool copy_of_this_fold(const struct rebuild *rebuild, const struct checkpoint *checkpoint);

/* MISSING: there is no such row. */
enum rebuild_end copy_load_living(struct rebuild *rebuild);
/* DROPPED: the copy is gone. CANCELLED: it is to go. */
enum rebuild_end copy_load(struct rebuild *rebuild);

/* Empty, whatever was there before; or what was left half built, when that is still good. */
enum rebuild_end copy_create(struct rebuild *rebuild);
enum rebuild_end copy_find(struct rebuild *rebuild);
enum rebuild_end copy_drop(struct rebuild *rebuild);

/* Up to `target`. */
enum rebuild_end copy_fold(struct rebuild *rebuild, uint64_t target, uint32_t workers);

/* Nothing of what it erased is left in its files. */
enum rebuild_end copy_purge(struct rebuild *rebuild);

/* Both, with all workers, a phase that is told, and its time in the report. */
enum rebuild_end copy_build(struct rebuild *rebuild, uint64_t target);

#endif
