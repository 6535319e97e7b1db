/* What each role in a course may do: one table for deciders (commands/course_role.h) and for reads
 * (api/course_access.h). */
#ifndef ORRERY_COURSE_RIGHT_H
#define ORRERY_COURSE_RIGHT_H

#include "schema/events.h"

enum course_right {
	COURSE_RIGHT_SEE,   /* everybody, once there is an edition; before that whoever works on it */
	COURSE_RIGHT_WORK,  /* whoever works on it */
	COURSE_RIGHT_WRITE, /* instructors and authors: what is taught */
	COURSE_RIGHT_GRADE, /* instructors and assistants: marks, and who learns what */
	COURSE_RIGHT_RUN,   /* instructors: the course as a whole */
};

/* Does the role alone give the right? 0 is no role, and gives none. */
bool course_role_gives(enum course_role role, enum course_right right);

#endif
