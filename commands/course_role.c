#include "commands/course_role.h"

#include "commands/learning/course_right.h"
#include "commands/user.h"

enum course_role course_role_of(const struct course *course, struct id user)
{
	for (uint32_t i = 0; i < course->staff_count; i++)
		if (id_equal(course->staff[i].user, user))
			return course->staff[i].role;
	return 0;
}

static enum refusal obstacle(const struct course *course, const struct user *caller, enum course_right right)
{
	enum course_role role = course_role_of(course, caller->id);
	bool             admin = user_has_role(caller, ROLE_admin);

	if (!course->exists || (course->editions == 0 && !role && !admin))
		return REFUSAL_course_unknown;
	if (!user_is_open(caller) || !(admin || course_role_gives(role, right)))
		return REFUSAL_course_role_missing;
	return REFUSAL_none;
}

enum refusal course_write_obstacle(const struct course *course, const struct user *caller)
{
	return obstacle(course, caller, COURSE_RIGHT_WRITE);
}

enum refusal course_grade_obstacle(const struct course *course, const struct user *caller)
{
	return obstacle(course, caller, COURSE_RIGHT_GRADE);
}

enum refusal course_run_obstacle(const struct course *course, const struct user *caller)
{
	return obstacle(course, caller, COURSE_RIGHT_RUN);
}
