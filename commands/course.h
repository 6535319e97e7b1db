/* A course's draft and its editions: what deciders of other nouns ask of them. What is remembered stands in
 * schema/course.schema. */
#ifndef ORRERY_COURSE_H
#define ORRERY_COURSE_H

#include "schema/states.h"

/* A lesson or an assessment of the draft, of an edition; NULL when there is none of that id. */
const struct course_item   *course_item(const struct course *course, struct id item);
const struct syllabus_item *edition_item(const struct edition *edition, struct id item);

/* As many as the draft may have. */
bool course_is_full(const struct course *course);

bool course_teaches(const struct course *course, struct id objective);

/* For folds: `written` says which revision the item has now; it joins the draft with its first. The other members of
 * `written` mean nothing. */
void course_take_revision(struct course *course, const struct course_item *written);

#endif
