/* The draft of a course as the log has it, told as the commands that would make the same one: the latest revision of
 * each lesson and assessment that was not discarded, its questions with their latest keys and rubrics, outline,
 * gradebook, enrolment policy without its code, and what achievements it has. Of questions there are the versions that
 * these assessments ask, and the latest; retired ones only where an assessment asks or a lesson shows them. What was
 * before, who did it and when, and what befell learners is not in it. */
#ifndef ORRERY_DRAFT_H
#define ORRERY_DRAFT_H

#include "api/archive/wish.h"
#include "eventstore/log/reader.h"

/* As of the position `until`. Ids are those of the log. NOT_FOUND: there is no such course; FULL: it has more than
 * WISHES_MAX wishes would make. */
enum status draft_read(struct reader *reader, struct id course, uint64_t until, struct wishes *out) MUST_USE;

#endif
