/* A course's seats: who may have one is decided in one place. What is remembered of them stands in
 * schema/enrolment.schema. Seats taken never exceed seats, and who waits is admitted in the order of waiting. */
#ifndef ORRERY_SEATING_H
#define ORRERY_SEATING_H

#include "commands/decision.h"
#include "schema/states.h"

/* Enrolments that one decision makes of those who wait; the registrar (subscribers/registrar.c) asks for more. */
enum { SEATING_ADMISSIONS_MAX = 16 };

/* Seats that nobody has; UINT32_MAX when there is no end of them. */
static inline uint32_t seats_free(uint32_t seats, uint32_t taken)
{
	if (seats == 0)
		return UINT32_MAX;
	return seats > taken ? seats - taken : 0;
}

/* NULL when there is no such cohort, and for an absent id. */
const struct kept_cohort *seating_cohort(const struct seating *seating, struct id cohort);

/* Absent is fine: no cohort has to be. */
static inline bool seating_knows_cohort(const struct seating *seating, struct id cohort)
{
	return !id_present(cohort) || seating_cohort(seating, cohort);
}

/* Enrols those who wait longest, as many as there are free seats, SEATING_ADMISSIONS_MAX at most; nobody in a course
 * that is archived. */
void seating_admit(const struct seating *seating, const struct course *course, uint32_t free,
                   struct decision *decision);

#endif
