/* What the verbs of `orrery rebuild` share: each is one constant, listed in rebuild.c. */
#ifndef ORRERY_TOOLS_REBUILD_H
#define ORRERY_TOOLS_REBUILD_H

#include "tools/verb.h"

/* Says what is wrong with the words, and where to read more; returns EXIT_USAGE. */
int rebuild_misused(const struct verb *verb, const char *sentence);

extern const struct verb rebuild_verb_cancel;
extern const struct verb rebuild_verb_drop;
extern const struct verb rebuild_verb_list;
extern const struct verb rebuild_verb_plan;
extern const struct verb rebuild_verb_rollback;
extern const struct verb rebuild_verb_run;
extern const struct verb rebuild_verb_verify;

#endif
