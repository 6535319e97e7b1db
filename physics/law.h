/* What theory says: the formulas of physics/law.def, by name, with named arguments in SI units and radians. Nobody
 * outside can add one, and no text of theirs is ever computed. Pure functions over physics/elementary/elementary.h: the
 * same bits everywhere. */
#ifndef ORRERY_PHYSICS_LAW_H
#define ORRERY_PHYSICS_LAW_H

#include "eventstore/base/bytes.h"

enum { LAW_ARGUMENTS_MAX = 8 };

struct law_argument {
	const char *name, *unit; /* unit "": a number without one */
};

struct law {
	const char         *name, *unit, *sentence;
	uint32_t            argument_count;
	struct law_argument arguments[LAW_ARGUMENTS_MAX];
	double (*value)(const double *arguments);
};

extern const struct law laws[];
extern const uint32_t   law_count;

/* NULL when there is none of that name. */
const struct law *law_find(struct text name);

/* LAW_ARGUMENTS_MAX when it has no such argument. */
uint32_t law_argument_find(const struct law *law, struct text name);

/* In the law's order. NaN or infinite where the formula has no value: a pendulum over the top, a cosine above 1. */
double law_value(const struct law *law, const double *arguments);

/* What a run came to beside what theory says. */
struct law_check {
	double value, expected;
	double error;     /* value - expected; NaN when either is no number */
	double tolerance; /* the larger of relative * |expected| and absolute */
	bool   within;    /* false when the error is NaN */
};

struct law_check law_check(double value, double expected, double relative, double absolute);

#endif
