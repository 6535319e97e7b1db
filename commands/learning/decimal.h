/* Decimal numbers as authors write them, exact, and doubles as people want to read them. */
#ifndef ORRERY_DECIMAL_H
#define ORRERY_DECIMAL_H

#include "eventstore/base/arena.h"

/* Digits before and behind the point: whatever the places, sums and differences stay within 64 bits. */
enum { DECIMAL_WHOLE_MAX = 9, DECIMAL_PLACES_MAX = 9, DECIMAL_SIGNIFICANT_MAX = 15 };

/* units / 10^places */
struct decimal {
	int64_t  units;
	uint32_t places;
};

/* -12.50: a sign, digits, and a point with digits behind it. False leaves *out alone. */
bool decimal_parse(struct text text, struct decimal *out);

/* The same number with so many places, not fewer than it has. */
struct decimal decimal_with_places(struct decimal decimal, uint32_t places);

/* With all its places: 12.50 */
struct text decimal_text(struct decimal decimal, struct arena *arena);

/* Any number with an optional exponent (6.63e-34), read to the nearest double; false when it is none, or too large. */
bool decimal_read(struct text text, double *out);

/* The double nearest to the number's first so many digits: what remains of a computation on every machine. */
double decimal_rounded(double number, uint32_t digits);

/* With so many significant digits, zeros included: 9.80, 1500, 6.63×10⁻³⁴. */
struct text decimal_significant(double number, uint32_t digits, struct arena *arena);

#endif
