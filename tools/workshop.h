/* What the verbs that build copies of read models work with: settings, vault, log, PostgreSQL, signals, and a line that
 * says how far it is. Complaints go to stderr, as sentences for people. */
#ifndef ORRERY_WORKSHOP_H
#define ORRERY_WORKSHOP_H

#include "eventstore/base/config.h"
#include "eventstore/vault/keys.h"
#include "projections/rebuild.h"
#include "tools/progress.h"

/* Exit code beside 0, 1 and EXIT_USAGE: rows are not what the log says. */
enum { WORKSHOP_DIFFERS = 3 };

/* The caller's memory; must not be moved. */
struct workshop {
	const char      *verb; /* "rebuild run" */
	struct config    config;
	struct arena     arena;
	struct keys     *keys;
	const char      *connection;
	const char      *model; /* the one in work */
	_Atomic uint64_t done;
	struct progress *progress;
};

/* Loads the settings, opens the vault and finds PostgreSQL: ORRERY_PG, or the private one of `orrery up`. From now on
 * TERM and INT are noted and end what is under way. False after a complaint. Close it in either case. */
bool workshop_open(struct workshop *workshop, const char *verb) MUST_USE;
void workshop_close(struct workshop *workshop);

void workshop_complain(const struct workshop *workshop, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* NULL after a complaint. */
const struct projection *workshop_find(const struct workshop *workshop, const char *name);

/* For a rebuild that shows its progress: as many workers as there are cores, as fast as may be. */
struct rebuild_settings workshop_settings(struct workshop *workshop, const struct projection *projection);

/* Clears the progress line. */
void workshop_rest(struct workshop *workshop);

/* Says how it ended when it is not done; the exit code. */
int workshop_ended(struct workshop *workshop, enum rebuild_end end, const struct rebuild_report *report);

/* A session for questions about checkpoints; NULL after a complaint. */
struct pg_session *workshop_session(const struct workshop *workshop);

bool workshop_stopping(void);

#endif
