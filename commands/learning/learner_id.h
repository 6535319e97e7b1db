/* The ids that follow from a learner's, for whoever does not get them with a command ("derived from" in the schema). */
#ifndef ORRERY_LEARNER_ID_H
#define ORRERY_LEARNER_ID_H

#include "eventstore/base/id.h"

/* The stream of what the person learns anywhere; their account's stays quiet so. */
struct id history_id(struct id learner);

/* The person in one course. */
struct id enrolment_id(struct id course, struct id learner);

#endif
