/* What the verbs of `orrery audit` share: each is one constant of a file of its own, listed in audit.c. */
#ifndef ORRERY_AUDIT_H
#define ORRERY_AUDIT_H

#include "eventstore/base/status.h"
#include "tools/verb.h"

/* Exit codes beside 0, 1 and EXIT_USAGE. */
enum { AUDIT_NOT_FOUND = 1, AUDIT_DAMAGED = 3 };

/* Says on stderr why the verb came to nothing; returns the exit code. */
int audit_failed(const char *verb, enum status status);

/* Says what is wrong with the words, and where to read more; returns EXIT_USAGE. */
int audit_misused(const struct verb *verb, const char *sentence);

/* All of them, as they are listed; ends with NULL. */
extern const struct verb *const audit_list[];

extern const struct verb audit_check;
extern const struct verb audit_cosign;
extern const struct verb audit_diff;
extern const struct verb audit_export;
extern const struct verb audit_export_tiles;
extern const struct verb audit_log;
extern const struct verb audit_media;
extern const struct verb audit_prove;
extern const struct verb audit_replay;
extern const struct verb audit_rerun;
extern const struct verb audit_show;
extern const struct verb audit_state;
extern const struct verb audit_stats;
extern const struct verb audit_stream;
extern const struct verb audit_verify;
extern const struct verb audit_views;
extern const struct verb audit_who;

#endif
