/* What each role in a project may do: one table for deciders (commands/project_role.h) and for reads
 * (api/project_access.h). */
#ifndef ORRERY_PROJECT_RIGHT_H
#define ORRERY_PROJECT_RIGHT_H

#include "schema/events.h"

enum project_right {
	PROJECT_RIGHT_SEE,     /* the latest revision, and what others said of it; whom it is shared with too */
	PROJECT_RIGHT_WORK,    /* whoever takes part: earlier revisions, who else does, and what happened */
	PROJECT_RIGHT_COMMENT, /* all but viewers; whom it is shared with too */
	PROJECT_RIGHT_WRITE,   /* owners and editors: the document */
	PROJECT_RIGHT_OWN,     /* owners: who takes part, who may see it, whether it rests */
};

/* Does the role alone give the right? 0 is no role, and gives none. */
bool project_role_gives(enum project_role role, enum project_right right);

#endif
