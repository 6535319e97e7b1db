/* Who may do what in a project. Each obstacle is what stands in the way of the caller, REFUSAL_none when nothing does:
 * a project that somebody may not see is unknown to them. Administrators see every project and decide about owners;
 * what is written in it is not theirs. Who is suspended or erased may do nothing. */
#ifndef ORRERY_PROJECT_ROLE_H
#define ORRERY_PROJECT_ROLE_H

#include "commands/learning/project_right.h"
#include "schema/refusals.h"
#include "schema/states.h"

/* 0 when the person does not take part. */
enum project_role project_role_of(const struct project *project, struct id user);

/* For what only those who take part may do. */
enum refusal project_obstacle(const struct project *project, const struct user *caller, enum project_right right);

/* Somebody who need not take part. Enrolment and course are those of the course that the project is shared with, for
 * as far as there are any; others than the caller's own help nobody. */
struct project_visitor {
	const struct user      *user;
	struct id               id;
	const struct enrolment *enrolment;
	const struct course    *course;
};

/* For what whoever sees the project may do too: SEE or COMMENT. */
enum refusal project_visit_obstacle(const struct project *project, const struct project_visitor *visitor,
                                    enum project_right right);

#endif
