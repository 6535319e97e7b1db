#include "commands/learning/project_right.h"

bool project_role_gives(enum project_role role, enum project_right right)
{
	switch (right) {
	case PROJECT_RIGHT_SEE:
	case PROJECT_RIGHT_WORK:
		return role != 0;
	case PROJECT_RIGHT_COMMENT:
		return role != 0 && role != PROJECT_ROLE_viewer;
	case PROJECT_RIGHT_WRITE:
		return role == PROJECT_ROLE_owner || role == PROJECT_ROLE_editor;
	case PROJECT_RIGHT_OWN:
		return role == PROJECT_ROLE_owner;
	}
	return false;
}
