/* Equality of formulas by sampling. Two values agree when they differ by no more than a billionth and what rounding may
 * have done; a point where rounding may have done more than a billionth can tell that formulas differ, but not that
 * they are equal, so that no learner hides a term behind + 1e20 - 1e20. */
#include "commands/learning/formula_parts.h"
#include "commands/learning/random.h"

#include <math.h>

#define TOLERANCE 1e-9
#define ROUNDING 0x1p-53
#define DOUBT 16 /* times the estimated error */

enum agreement { AGREES, DIFFERS, UNDEFINED, SAYS_NOTHING };

static bool is_free(const struct formula_range *range)
{
	return !range->fixed && range->low == 0 && range->high == 0;
}

/* Outside what anybody asked for, each variable is somewhere negative, and of any two one is somewhere negative where
 * the other is not: that shows abs(a*b) and the like. The bits of i + 1 do both. */
static struct formula_range free_range(uint32_t variable, uint32_t point)
{
	bool negative = (variable + 1) >> point & 1;

	if (point >= FORMULA_POINTS_WIDE)
		return (struct formula_range){.low = 0.5, .high = 2};
	return negative ? (struct formula_range){.low = -3, .high = 0} : (struct formula_range){.low = 0, .high = 3};
}

_Static_assert(FORMULA_VARIABLES_MAX < 1 << FORMULA_POINTS_WIDE, "each variable has its own signs");

/* Whether the point lies outside what anybody asked for. */
static bool draw_point(uint64_t seed, uint32_t point, const struct formula_range *ranges, uint32_t count,
                       double *values)
{
	struct random random;
	bool          outside = false;

	random_open(&random, seed, TEXT("formula"), point);
	for (uint32_t i = 0; i < count; i++) {
		struct formula_range range = is_free(&ranges[i]) ? free_range(i, point) : ranges[i];

		outside = outside || (is_free(&ranges[i]) && point < FORMULA_POINTS_WIDE);
		double drawn = random_unit(&random);

		values[i] = range.fixed ? range.low : range.low + drawn * (range.high - range.low);
	}
	return outside;
}

static enum agreement agreement_of(struct formula_estimate answer, struct formula_estimate key, bool outside)
{
	double apart = fabs(answer.value - key.value), noise = DOUBT * (answer.error + key.error);
	double size = fmax(fabs(answer.value), fabs(key.value));
	/* How large the terms of the key are, for keys whose terms cancel. */
	double key_size = fmax(fabs(key.value), key.error / ROUNDING);

	if (answer.lost || key.lost)
		return SAYS_NOTHING;
	if (isnan(answer.value) && isnan(key.value))
		return UNDEFINED;
	if (isnan(answer.value) || isnan(key.value))
		return outside ? SAYS_NOTHING : DIFFERS;
	if (apart > TOLERANCE * size + noise)
		return DIFFERS;
	return noise <= TOLERANCE * key_size ? AGREES : SAYS_NOTHING;
}

struct formula_comparison formula_equal(const struct formula *answer, const struct formula *key,
                                        const struct formula_range *ranges, uint32_t count, uint64_t seed)
{
	struct formula_comparison result = {.points = FORMULA_POINTS};
	double                    values[FORMULA_VARIABLES_MAX] = {0};

	for (uint32_t i = 0; i < FORMULA_POINTS; i++) {
		bool           outside = draw_point(seed, i, ranges, count, values);
		enum agreement agreement;

		agreement = agreement_of(formula_estimate(answer, values), formula_estimate(key, values), outside);
		result.compared += agreement == AGREES || agreement == DIFFERS;
		result.differing += agreement == DIFFERS;
		result.undefined += agreement == UNDEFINED;
	}
	result.verdict = result.differing > 0                    ? FORMULA_DIFFERENT
	                 : result.compared >= FORMULA_POINTS_MIN ? FORMULA_EQUAL
	                                                         : FORMULA_UNDECIDED;
	return result;
}
