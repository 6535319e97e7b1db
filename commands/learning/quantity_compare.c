/* An answer against its key: right, or which slip it is. */
#include "commands/learning/quantity_parts.h"

#include <math.h>

#define ROUNDING_TOLERANCE 1e-9

bool dimensions_equal(const struct dimensions *a, const struct dimensions *b)
{
	return memcmp(a->exponents, b->exponents, sizeof(a->exponents)) == 0;
}

static double tolerance_of(const struct quantity *key, const struct quantity_rules *rules)
{
	double rounding = ROUNDING_TOLERANCE * fmax(fabs(key->number), fabs(key->value / key->factor));

	return fmax(rounding, fmax(rules->absolute, rules->relative * fabs(key->number)));
}

/* In the key's unit; the same unit is not converted. */
static double number_in(const struct quantity *answer, const struct quantity *key)
{
	if (answer->factor == key->factor && answer->offset == key->offset)
		return answer->number;
	return (answer->value - key->offset) / key->factor;
}

/* The slip that leads from the key to this number. A tolerance moves with the point. */
static struct quantity_comparison judge(double number, const struct quantity *key, double tolerance)
{
	struct quantity_comparison result = {.verdict = QUANTITY_RIGHT};

	if (fabs(number - key->number) <= tolerance)
		return result;
	result.verdict = QUANTITY_WRONG_VALUE;
	if (tolerance >= fabs(key->number))
		return result; /* near zero everything would be a slip */
	if (fabs(-number - key->number) <= tolerance) {
		result.verdict = QUANTITY_SIGN;
		return result;
	}
	for (int power = 1; power <= QUANTITY_SHIFT_MAX; power++) {
		double shift = quantity_power(10, power);
		int    direction = fabs(number / shift - key->number) <= tolerance   ? 1
		                   : fabs(number * shift - key->number) <= tolerance ? -1
		                                                                     : 0;

		if (direction != 0) {
			result.verdict = QUANTITY_POWER_OF_TEN;
			result.power_of_ten = direction * power;
			break;
		}
	}
	return result;
}

/* Without a unit: a plain number where the key is one too (0.12 for 12 %), else the key's unit is missing. */
static struct quantity_comparison judge_bare(const struct quantity *answer, const struct quantity *key,
                                             const struct quantity_rules *rules, double tolerance)
{
	struct quantity_comparison result = {.verdict = QUANTITY_WRONG_VALUE};
	bool                       matches = fabs(answer->number - key->number) <= tolerance;

	if (rules->units == QUANTITY_UNITS_OPTIONAL && matches)
		result.verdict = QUANTITY_RIGHT;
	else if (dimensions_equal(&answer->dimensions, &key->dimensions)
	         && fabs(number_in(answer, key) - key->number) <= tolerance)
		result.verdict = QUANTITY_RIGHT;
	else if (rules->units == QUANTITY_UNITS_OPTIONAL)
		result = judge(answer->number, key, tolerance);
	else if (matches)
		result.verdict = QUANTITY_MISSING_UNIT;
	return result;
}

struct quantity_comparison quantity_compare(const struct quantity *answer, const struct quantity *key,
                                            const struct quantity_rules *rules)
{
	double                     tolerance = tolerance_of(key, rules);
	struct quantity_comparison result;

	if (rules->units == QUANTITY_UNITS_IGNORED)
		result = judge(answer->number, key, tolerance);
	else if (answer->unit.size == 0 && key->unit.size > 0)
		result = judge_bare(answer, key, rules, tolerance);
	else if (!dimensions_equal(&answer->dimensions, &key->dimensions))
		result = (struct quantity_comparison){.verdict = QUANTITY_WRONG_UNIT};
	else
		result = judge(number_in(answer, key), key, tolerance);
	result.number_matches = fabs(answer->number - key->number) <= tolerance;
	return result;
}
