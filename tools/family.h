/* A verb whose first word is a verb of its own, as `orrery audit prove`: each member is one constant of its own file.
 */
#ifndef ORRERY_FAMILY_H
#define ORRERY_FAMILY_H

#include "tools/verb.h"

/* Runs the member that argv[1] names, or prints the list, or what one of them does ("help VERB", "VERB --help"). */
int family_run(const struct verb *parent, const struct verb *const *members, int argc, char **argv);

/* Says what is wrong with a member's words, and where to read more; returns EXIT_USAGE. */
int family_misused(const struct verb *parent, const struct verb *member, const char *sentence);

#endif
