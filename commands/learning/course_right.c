#include "commands/learning/course_right.h"

bool course_role_gives(enum course_role role, enum course_right right)
{
	switch (right) {
	case COURSE_RIGHT_SEE:
	case COURSE_RIGHT_WORK:
		return role != 0;
	case COURSE_RIGHT_WRITE:
		return role == COURSE_ROLE_instructor || role == COURSE_ROLE_author;
	case COURSE_RIGHT_GRADE:
		return role == COURSE_ROLE_instructor || role == COURSE_ROLE_assistant;
	case COURSE_RIGHT_RUN:
		return role == COURSE_ROLE_instructor;
	}
	return false;
}
