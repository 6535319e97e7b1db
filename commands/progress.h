/* How far a learner is with an edition: what may be worked on, and what is complete. Grading completes items whose rule
 * asks for a score or for answers by progress_complete; looking at one, which is a rule too, is decided here.
 *
 * What is complete stays so: a later regrade, or another edition, takes nothing back. */
#ifndef ORRERY_PROGRESS_H
#define ORRERY_PROGRESS_H

#include "commands/decision.h"
#include "schema/states.h"

/* How long ago a client that was offline may have done what it tells now. */
#define PROGRESS_OFFLINE_MAX_US ((int64_t)14 * 24 * 3600 * 1000 * 1000)

/* When a wish of a client happened: what it says by its clock, but not later than now. 0: too long ago. */
int64_t progress_moment(bool has_told, int64_t told_us, int64_t now_us);

/* Whether the learner may work on the item at that moment. If not, that is refused and false returned: not_enrolled,
 * item_unknown, cohort_early, cohort_over, item_unreleased or prerequisite_missing. Where due_at was granted to the
 * learner for the item, their cohort's end is no obstacle before. */
bool progress_lets(const struct enrolment *enrolment, const struct edition *edition, const struct seating *seating,
                   struct id item, int64_t time_us, struct decision *decision);

/* Refuses cohort_early or cohort_over as above. An absent item: what was granted for all items. */
void progress_check_cohort(const struct enrolment *enrolment, const struct seating *seating, struct id item,
                           int64_t time_us, struct decision *decision);

bool progress_is_complete(const struct enrolment *enrolment, struct id item);

/* The learner did what `rule` asks for with the item: emits item_completed if that is the item's rule and it was not
 * complete before, and course_completed if it was the last that the edition requires. Nothing happens for who does not
 * take the course, for an item that the edition lacks, and where no more items can be kept track of. Once for an
 * enrolment in a decision. */
void progress_complete(const struct enrolment *enrolment, const struct edition *edition, struct id item,
                       enum completion_rule rule, struct decision *decision);

/* Emits course_completed if the edition's required items are complete, `with` among them (which may be absent), and it
 * was not before. An edition that requires nothing is complete when all of it is. */
void progress_finish(const struct enrolment *enrolment, const struct edition *edition, struct id with,
                     struct decision *decision);

#endif
