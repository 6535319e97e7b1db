/* Who may do what in a course. Each of these is what stands in the way of the caller, REFUSAL_none when nothing does: a
 * course that is not there is unknown to everybody, and one that was never published to everybody but its staff.
 * Administrators may do whatever instructors may; who is suspended or erased may do nothing. */
#ifndef ORRERY_COURSE_ROLE_H
#define ORRERY_COURSE_ROLE_H

#include "schema/refusals.h"
#include "schema/states.h"

/* Change what is taught: outline, lessons, questions. Instructors and authors. */
enum refusal course_write_obstacle(const struct course *course, const struct user *caller);

/* Mark answers, and see who learns what. Instructors and assistants. */
enum refusal course_grade_obstacle(const struct course *course, const struct user *caller);

/* Decide about staff, editions, enrolment and grades of the course as a whole. Instructors. */
enum refusal course_run_obstacle(const struct course *course, const struct user *caller);

/* 0 when the person does not work on the course. */
enum course_role course_role_of(const struct course *course, struct id user);

#endif
