/* Which moments of a learner's were counted as study, so that none is counted twice, in whatever order clients tell of
 * them. An enrolment keeps the spans that were counted, apart from one another; when there are too many, the two that
 * lie closest become one, and the moment between them can no longer be counted: time may be lost so, never doubled. */
#ifndef ORRERY_STUDY_TIME_H
#define ORRERY_STUDY_TIME_H

#include "schema/states.h"

enum {
	STUDY_TIME_COUNTED_MS_MIN = 1000,         /* less is not worth an event; a later wish may reach back to it */
	STUDY_TIME_DAY_MS_MAX = 12 * 3600 * 1000, /* of a day (UTC) in one course */
};

/* How much of the span was not counted yet, as far as its day has room; 0 when the span is empty. */
uint32_t study_time_uncounted_ms(const struct enrolment *enrolment, int64_t began_us, int64_t ended_us);

/* The span is counted, with so much of it. */
void study_time_count(struct enrolment *enrolment, int64_t began_us, int64_t ended_us, uint32_t spent_ms);

#endif
