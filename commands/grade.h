/* Grades: what the grader found, and regrades. What is remembered stands in schema/grade.schema. */
#ifndef ORRERY_GRADE_H
#define ORRERY_GRADE_H

#include "commands/decision.h"
#include "schema/states.h"

struct grade_change {
	enum grade_cause cause;
	struct id        regrade; /* absent unless the cause is one */
};

/* `sheet` is as it will be after what was emitted. If all of it is decided, says so, and completes what is complete by
 * that score. */
void grade_sheet_conclude(const struct grade_sheet *sheet, const struct enrolment *enrolment,
                          const struct edition *edition, struct grade_change change, struct decision *decision);

#endif
