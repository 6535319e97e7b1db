/* What `orrery backup --verify` and `orrery restore` share: checking a backup, and saying what came of it. */
#ifndef ORRERY_RESTORED_H
#define ORRERY_RESTORED_H

#include "eventstore/backup/restore.h"

/* An exit code beside 0, 1 and EXIT_USAGE. */
enum { RESTORED_DAMAGED = 3 };

struct restore_key {
	bool                 given;
	struct note_verifier verifier;
};

/* NAME+ID+BASE64, or NULL when none is given. NULL, or a sentence that says what is wrong. */
const char *restored_read_key(const char *text, struct restore_key *out);

/* Says on stderr what is wrong; the exit code. */
int restored_complain(const char *verb, enum status status, const char *fault);

/* A sentence without its end, for people: how far the checkpoint can be trusted. */
const char *restored_trust(const struct restore_outcome *outcome);

/* The whole of `orrery backup --verify`; the exit code. */
int restored_verify(const char *folder, const struct restore_key *key, bool json);

/* Runs restore_log or restore_check with a progress bar. */
enum status restored_run(struct restore_plan *plan, struct restore_outcome *outcome);

#endif
