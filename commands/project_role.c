#include "commands/project_role.h"

#include "commands/course_role.h"
#include "commands/user.h"

enum project_role project_role_of(const struct project *project, struct id user)
{
	for (uint32_t i = 0; i < project->members_count; i++)
		if (id_equal(project->members[i].user, user))
			return project->members[i].role;
	return 0;
}

static bool is_public(const struct project *project)
{
	return project->visibility == PROJECT_VISIBILITY_public && !project->hidden;
}

enum refusal project_obstacle(const struct project *project, const struct user *caller, enum project_right right)
{
	enum project_role role = project_role_of(project, caller->id);
	bool              admin = user_has_role(caller, ROLE_admin) && right != PROJECT_RIGHT_WRITE;

	if (!project->exists || !(role || admin || is_public(project)))
		return REFUSAL_project_unknown;
	if (!user_is_open(caller) || !(admin || project_role_gives(role, right)))
		return REFUSAL_project_role_missing;
	return REFUSAL_none;
}

static bool is_of_course(const struct project *project, const struct project_visitor *visitor)
{
	const struct enrolment *enrolment = visitor->enrolment;

	if (project->visibility != PROJECT_VISIBILITY_course || project->hidden)
		return false;
	if (id_equal(visitor->course->id, project->course) && course_role_of(visitor->course, visitor->id))
		return true;
	return id_equal(enrolment->course, project->course) && id_equal(enrolment->learner, visitor->id)
	       && enrolment->standing == ENROLMENT_STANDING_enrolled;
}

enum refusal project_visit_obstacle(const struct project *project, const struct project_visitor *visitor,
                                    enum project_right right)
{
	enum project_role role = project_role_of(project, visitor->id);
	bool              invited = is_public(project) || is_of_course(project, visitor);

	if (!project->exists || !(role || invited || user_has_role(visitor->user, ROLE_admin)))
		return REFUSAL_project_unknown;
	if (!user_is_open(visitor->user))
		return REFUSAL_account_closed;
	return invited || role == 0 || project_role_gives(role, right) ? REFUSAL_none : REFUSAL_project_role_missing;
}
