/* Who may read what belongs to a course: steps and preparations for routes whose read is not for everybody.
 *
 * A route in api/routes.def takes one of the preparations by name, and its query says "refuses course_unknown
 * course_role_missing". The query then runs only for those who may; others are told as deciders tell them
 * (commands/course_role.h): a course that they cannot see is unknown (404), one that they can see is not theirs to look
 * into (403). The question has a field `course` from the path. Administrators may read everything.
 *
 * A read model of its own that is about a course (gradebook, roster) uses these as they are: roles stand in the read
 * model `course`, and X-Min-Position waits for that one too. Where the path names something else that belongs to a
 * course, it takes a lookup (ID, CALLER) that answers as course_access does, and a step like course_access_ask_item. */
#ifndef ORRERY_COURSE_ACCESS_H
#define ORRERY_COURSE_ACCESS_H

#include "api/exchange.h"
#include "commands/learning/course_right.h"

/* Steps of these, in this order, before a step that judges. */
enum pace course_access_await(struct exchange *exchange);
enum pace course_access_check(struct exchange *exchange);
enum pace course_access_ask(struct exchange *exchange);      /* by the field `course` */
enum pace course_access_ask_item(struct exchange *exchange); /* by the field `lesson` */
enum pace course_access_ask_assessment(struct exchange *exchange);

/* Any lookup (ID, CALLER), by the value of a field. */
enum pace course_access_look_up(struct exchange *exchange, const char *lookup, const char *field);

/* What the question brought, for a step that decides by itself: has the caller the right? May others than the staff
 * know of the course? To be asked when there is a row. */
bool course_access_may(const struct exchange *exchange, enum course_right right);
bool course_access_published(const struct exchange *exchange);

/* Has the caller the right by this role, a word of a read model's (absent: none), or as an administrator? */
bool course_access_by_role(const struct exchange *exchange, struct text role, enum course_right right);

/* For a step's body: goes on for whoever has the right, answers everybody else. The rows stay. */
enum pace course_access_judge(struct exchange *exchange, enum course_right right);

#endif
