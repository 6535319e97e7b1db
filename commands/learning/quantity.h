/* Quantities as learners write them: "9.81 m/s^2", "9,81 m/s²", "3.0e8 m s^-1", "1.2×10^-3 kg·m²", "12 %", "30°".
 *
 * Numbers. One comma or one point is the decimal mark, so 1,234 is a little more than one. Two or more equal marks part
 * groups of three (1,234,567), as blanks and apostrophes do (299 792 458); where both stand, the last one is the
 * decimal mark (1,234.5 and 1.234,5). Powers of ten are e-3, ×10^-3, ·10⁻³, or 10^-3 alone. Fractions are not read.
 *
 * Units. Symbols of quantity_unit.def, with SI prefixes where it says so. Factors are parted by a blank, a point, · or
 * *; after a slash stands one unit, or several in parentheses: J/kg K could mean two things and is refused. Exponents
 * are whole: m^2, m², m2, s^-1, s-1. °C and °F are temperatures when they stand alone, else differences of temperature.
 */
#ifndef ORRERY_QUANTITY_H
#define ORRERY_QUANTITY_H

#include "commands/learning/mistake.h"
#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum {
	QUANTITY_TEXT_SIZE_MAX = 200, /* bytes */
	QUANTITY_DIGITS_MAX = 40,
	QUANTITY_POWER_MAX = 400,    /* of ten */
	QUANTITY_UNIT_SIZE_MAX = 16, /* bytes of one symbol */
	QUANTITY_FACTORS_MAX = 16,   /* in a unit */
	QUANTITY_EXPONENT_MAX = 12,  /* of a unit */
	QUANTITY_DEPTH_MAX = 3,      /* of parentheses in one another */
	QUANTITY_SHIFT_MAX = 15,     /* powers of ten by which a slip is looked for */
	QUANTITY_DIMENSIONS = 7,     /* metre, kilogram, second, ampere, kelvin, mole, candela */
};

struct dimensions {
	int16_t exponents[QUANTITY_DIMENSIONS];
};

struct quantity {
	double            value;  /* in SI units: number · factor + offset */
	double            number; /* as written */
	double            factor;
	double            offset;
	struct dimensions dimensions;
	uint32_t          significant_digits; /* as written, zeros at the end included: 1500 has four, 0.050 two */
	bool              ambiguous;          /* 1,234: others may have meant a thousand */
	struct text       unit;               /* as written, a view of the given text; empty when there is none */
};

/* What cannot be read is INVALID and says why; a sentence may lie in the arena. */
enum status quantity_parse(struct text text, struct arena *arena, struct quantity *out,
                           struct mistake *mistake) MUST_USE;

/* A number that was computed, in a unit that is written; without significant digits. */
enum status quantity_of(double number, struct text unit, struct arena *arena, struct quantity *out,
                        struct mistake *mistake) MUST_USE;

bool dimensions_equal(const struct dimensions *a, const struct dimensions *b);

/* ---- answers and keys ---- */

enum quantity_units {
	QUANTITY_UNITS_REQUIRED,
	QUANTITY_UNITS_OPTIONAL, /* without one, the key's is meant */
	QUANTITY_UNITS_IGNORED,  /* numbers are compared as written */
};

/* The larger tolerance holds. A billionth of the key is always tolerated, for what conversions round. */
struct quantity_rules {
	double              absolute; /* in the key's unit */
	double              relative; /* of the key's number */
	enum quantity_units units;
};

enum quantity_verdict {
	QUANTITY_RIGHT,
	QUANTITY_WRONG_VALUE,
	QUANTITY_WRONG_UNIT,   /* of another dimension */
	QUANTITY_MISSING_UNIT, /* the number is right in the key's unit */
	QUANTITY_POWER_OF_TEN, /* right but for a power of ten */
	QUANTITY_SIGN,         /* right but for the sign */
};

struct quantity_comparison {
	enum quantity_verdict verdict;
	int                   power_of_ten;   /* with QUANTITY_POWER_OF_TEN: the answer is so many powers too large */
	bool                  number_matches; /* the number as written is the key's, whatever the units */
};

struct quantity_comparison quantity_compare(const struct quantity *answer, const struct quantity *key,
                                            const struct quantity_rules *rules);

#endif
