/* What an attempt is worth, answer by answer: how its sum is made. What is remembered of it stands in
 * schema/grade.schema, and is folded here, for deciders and for whoever foretells what they would say. */
#ifndef ORRERY_SHEET_H
#define ORRERY_SHEET_H

#include "schema/states.h"

/* Nothing of it waits, and it was handed in. */
bool grade_sheet_is_decided(const struct grade_sheet *sheet);

/* The sum of its answers, less what being late costs, half a thousandth rounded up; and what could be reached. */
uint32_t grade_sheet_points(const struct grade_sheet *sheet);
uint32_t grade_sheet_most(const struct grade_sheet *sheet);

/* Whether so many of so many points are `per_mille` of them at least. */
bool grade_reaches(uint32_t points_milli, uint32_t of_milli, uint32_t per_mille);

#endif
