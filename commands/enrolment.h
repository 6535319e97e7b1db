/* One person in one course. What is remembered of it stands in schema/enrolment.schema. */
#ifndef ORRERY_ENROLMENT_H
#define ORRERY_ENROLMENT_H

#include "commands/learning/learner_id.h"
#include "schema/states.h"

static inline bool enrolment_is_active(const struct enrolment *enrolment)
{
	return enrolment->standing == ENROLMENT_STANDING_enrolled;
}

/* What is different for this learner in the item: what was granted for all items and, where it says anything, what was
 * granted for this one. All zeroes: nothing is. `item` of the answer is the item's. */
struct accommodation enrolment_accommodation(const struct enrolment *enrolment, struct id item);

#endif
