/* Formulas as learners write them: read, computed, and compared with another.
 *
 * Numbers (a decimal point, 2e-3), + - * / ^, parentheses, names, the constants pi and e, and the functions in
 * formula_function.def. × · ÷ − ² π ** are read as what they mean, and a Greek letter is the same as its name: Δt is
 * Deltat, λ_0 is λ₀ is lambda_0. Powers bind first and to the right, then a sign, then products, then sums: -x^2 is
 * −(x²), 2^3^2 is 2^9.
 *
 * A product sign may be left out where one reading remains: after a number (2x, 2(x+1), 2 sin(x)), after a parenthesis
 * ((a+b)(a-b)), and between names that a space parts (m g h), or after the letter π (2πr). What could be read in two
 * ways is a mistake that says so: x(y), 1/2x, e^2x, x 2, sin x, sin^2(x), log(x). "mgh" is one name.
 *
 * Arithmetic is of real doubles: a root or logarithm of a negative number is no number (NaN), and so is a power of one
 * with a broken exponent. Nothing traps. +, -, *, /, sqrt, and powers with small whole exponents are the same bits
 * everywhere; sin, exp and the like come from the C library and may differ in the last bit from one machine to another,
 * so that who compares leaves a tolerance, as formula_equal does. */
#ifndef ORRERY_FORMULA_H
#define ORRERY_FORMULA_H

#include "commands/learning/mistake.h"
#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum {
	FORMULA_TEXT_SIZE_MAX = 1000, /* bytes */
	FORMULA_DEPTH_MAX = 64,       /* of parentheses, signs and exponents in one another */
	FORMULA_NODES_MAX = 512,
	FORMULA_NAME_SIZE_MAX = 32, /* bytes, Greek letters spelt out */
	FORMULA_VARIABLES_MAX = 32,
	FORMULA_POINTS = 24,
	FORMULA_POINTS_WIDE = 6, /* the first of these, for variables whose range nobody gave */
	FORMULA_POINTS_MIN = 8,
	FORMULA_EXPONENT_MAX = 64, /* up to here a power is computed by products */
};

struct formula;

/* Letters, digits and underscores, a letter first; no function's name. pi and e may be variables, and hide the
 * constants. */
bool formula_name_valid(struct text name);

/* Both are the same name: Greek letters and subscripts are spelt out. */
bool formula_name_equal(struct text a, struct text b);

/* The formula lives in the arena; names[i] will get values[i], and at most FORMULA_VARIABLES_MAX are given. Anything
 * else is INVALID and says why. */
enum status formula_parse(struct text text, const struct text *names, uint32_t name_count, struct arena *arena,
                          const struct formula **out, struct mistake *mistake) MUST_USE;

/* May be NaN or infinite. */
double formula_value(const struct formula *formula, const double *values);

/* Whether the variable stands in it. */
bool formula_uses(const struct formula *formula, uint32_t variable);

/* A value with an estimate of how far rounding has moved it; infinite when nothing can be said. */
struct formula_estimate {
	double value;
	double error;
	bool   lost; /* an overflow or a pole on the way: a NaN or infinity after it says nothing */
};

struct formula_estimate formula_estimate(const struct formula *formula, const double *values);

/* ---- equality ---- */

/* Where a variable is sampled. low == high == 0: nobody said, so 0.5 to 2, and now and then −3 to 3; unless it is
 * fixed, and has the value `low` at every point, 0 included. */
struct formula_range {
	double low, high;
	bool   fixed;
};

enum formula_verdict { FORMULA_EQUAL, FORMULA_DIFFERENT, FORMULA_UNDECIDED };

struct formula_comparison {
	enum formula_verdict verdict;
	uint32_t             points;    /* drawn */
	uint32_t             compared;  /* both have a value there that rounding leaves standing */
	uint32_t             differing; /* of all points */
	uint32_t             undefined; /* neither has a value there */
};

/* Whether two formulas over the same variables are the same function, told from points drawn by the seed: commands/
 * learning/README.md says how, and how sure that is. Fewer than FORMULA_POINTS_MIN points compared: UNDECIDED, for a
 * person to judge. */
struct formula_comparison formula_equal(const struct formula *answer, const struct formula *key,
                                        const struct formula_range *ranges, uint32_t count, uint64_t seed);

#endif
