#include "physics/curve.h"

#include "eventstore/base/require.h"

#include <math.h>
#include <stdlib.h>

/* A passage counts once the curve was this share of its height below the middle. */
#define ASIDE 1e-3

enum { REFINE_ROUNDS = 60, MIDDLE_ROUNDS = 3 };

void curve_finish(struct curve *curve)
{
	free(curve->kept);
	*curve = (struct curve){0};
}

/* ---------------------------------------------------------------- one interval */

/* The cubic over an interval, its argument from 0 to 1. */
struct cubic {
	double value, slope, square, cube;
};

static struct cubic cubic_between(const struct curve_moment *from, const struct curve_moment *to)
{
	double h = to->time_s - from->time_s, rise = to->point.value - from->point.value;
	double m0 = h * from->point.rate, m1 = h * to->point.rate;

	if (!to->smooth || isnan(m0) || isnan(m1))
		return (struct cubic){from->point.value, rise, 0, 0};
	return (struct cubic){from->point.value, m0, 3 * rise - 2 * m0 - m1, m0 + m1 - 2 * rise};
}

static double cubic_at(const struct cubic *cubic, double s)
{
	return cubic->value + s * (cubic->slope + s * (cubic->square + s * cubic->cube));
}

static double slope_at(const struct cubic *cubic, double s)
{
	return cubic->slope + s * (2 * cubic->square + 3 * s * cubic->cube);
}

/* Where a function that changes its sign once between 0 and 1 is 0. */
static double find_zero(const struct cubic *cubic, double level, double (*of)(const struct cubic *, double))
{
	double a = 0, b = 1, fa = of(cubic, 0) - level;

	for (int i = 0; i < REFINE_ROUNDS; i++) {
		double middle = (a + b) / 2, f = of(cubic, middle) - level;

		if ((f < 0) == (fa < 0))
			a = middle;
		else
			b = middle;
	}
	return (a + b) / 2;
}

/* ---------------------------------------------------------------- extremes */

static void push(struct curve *curve, struct curve_moment moment)
{
	if (curve->count == 0)
		curve->value = NAN;
	curve->last[2] = curve->last[1];
	curve->last[1] = curve->last[0];
	curve->last[0] = moment;
	curve->count++;
}

static void take_extreme(struct curve *curve, double value, double sign)
{
	if (isnan(curve->value) || sign * value > sign * curve->value)
		curve->value = value;
}

/* Its top lies inside where the rate changes from up to down. */
static void take_top(struct curve *curve, double sign)
{
	struct cubic cubic = cubic_between(&curve->last[1], &curve->last[0]);

	if (sign * slope_at(&cubic, 0) > 0 && sign * slope_at(&cubic, 1) < 0)
		take_extreme(curve, cubic_at(&cubic, find_zero(&cubic, 0, slope_at)), sign);
}

/* Without rates: the top of the parabola through three frames, the middle one of which is highest. */
static void take_parabola(struct curve *curve, double sign)
{
	double before = curve->last[2].point.value, at = curve->last[1].point.value, after = curve->last[0].point.value;
	double bend = before - 2 * at + after, tilt = (after - before) / 2;

	if (curve->last[0].smooth && curve->last[1].smooth && sign * bend < 0 && fabs(tilt) < fabs(bend))
		take_extreme(curve, at - tilt * tilt / (2 * bend), sign);
}

void curve_extreme(struct curve *curve, struct curve_moment moment, double sign)
{
	push(curve, moment);
	take_extreme(curve, moment.point.value, sign);
	if (curve->count >= 2 && !isnan(moment.point.rate))
		take_top(curve, sign);
	else if (curve->count >= 3)
		take_parabola(curve, sign);
}

void curve_at(struct curve *curve, struct curve_moment moment, double time_s)
{
	const struct curve_moment *from = &curve->last[1], *to = &curve->last[0];
	struct cubic               cubic;

	push(curve, moment);
	if (time_s == moment.time_s)
		curve->value = moment.point.value;
	if (curve->count < 2 || !(time_s > from->time_s && time_s < to->time_s))
		return;
	cubic = cubic_between(from, to);
	curve->value = cubic_at(&cubic, (time_s - from->time_s) / (to->time_s - from->time_s));
}

double curve_value(const struct curve *curve)
{
	return curve->count > 0 ? curve->value : NAN;
}

/* ---------------------------------------------------------------- period */

void curve_keep(struct curve *curve, struct curve_moment moment)
{
	if (curve->kept_count == curve->kept_capacity) {
		curve->kept_capacity = curve->kept_capacity ? 2 * curve->kept_capacity : 256;
		curve->kept = realloc(curve->kept, curve->kept_capacity * sizeof(*curve->kept));
		require(curve->kept != NULL);
	}
	curve->kept[curve->kept_count++] = moment;
}

/* What lies between one passage of a level and the next: the last three that began and ended, the newest first. */
struct swings {
	double tops[3];
	size_t count;
	double top; /* of the one under way */
	bool   above, begun;
};

static double height_of(const struct curve *curve, double sign)
{
	double most = -INFINITY;

	for (size_t i = 0; i < curve->kept_count; i++)
		most = fmax(most, sign * curve->kept[i].point.value);
	return sign * most;
}

static void close_swing(struct swings *swings)
{
	if (swings->begun) {
		swings->tops[2] = swings->tops[1];
		swings->tops[1] = swings->tops[0];
		swings->tops[0] = swings->top;
		swings->count++;
	}
	swings->begun = true;
	swings->above = !swings->above;
}

static double higher(const struct swings *swings, double a, double b)
{
	return swings->above ? fmax(a, b) : fmin(a, b);
}

static struct swings swings_about(const struct curve *curve, double level)
{
	struct swings swings = {.above = curve->kept[0].point.value >= level, .top = level};

	for (size_t i = 1; i < curve->kept_count; i++) {
		const struct curve_moment *from = &curve->kept[i - 1], *to = &curve->kept[i];
		struct cubic               cubic = cubic_between(from, to);

		if ((to->point.value >= level) != swings.above) {
			close_swing(&swings);
			swings.top = to->point.value;
		}
		swings.top = higher(&swings, swings.top, to->point.value);
		if (slope_at(&cubic, 0) * slope_at(&cubic, 1) < 0)
			swings.top = higher(&swings, swings.top, cubic_at(&cubic, find_zero(&cubic, 0, slope_at)));
	}
	return swings;
}

/* Half way between the highest and the lowest, at first. Tops that fade by a constant factor close in on their middle
 * so (Shanks' transformation); of those that do not fade it is the mean. */
static double middle_of(const struct curve *curve)
{
	double level = (height_of(curve, 1) + height_of(curve, -1)) / 2;

	for (int round = 0; round < MIDDLE_ROUNDS; round++) {
		struct swings swings = swings_about(curve, level);
		double        a = swings.tops[2], b = swings.tops[1], c = swings.tops[0];

		if (swings.count < 3 || (c - b) - (b - a) == 0)
			break;
		level = c - (c - b) * (c - b) / ((c - b) - (b - a));
	}
	return level;
}

static double passage(const struct curve_moment *from, const struct curve_moment *to, double level)
{
	struct cubic cubic = cubic_between(from, to);

	return from->time_s + (to->time_s - from->time_s) * find_zero(&cubic, level, cubic_at);
}

double curve_period(const struct curve *curve)
{
	double middle, aside, first = NAN, last = NAN;
	size_t passages = 0;
	bool   below = false;

	if (curve->kept_count < 3)
		return NAN;
	middle = middle_of(curve);
	aside = ASIDE * (height_of(curve, 1) - height_of(curve, -1));
	for (size_t i = 1; i < curve->kept_count; i++) {
		const struct curve_moment *from = &curve->kept[i - 1], *to = &curve->kept[i];

		below = below || from->point.value < middle - aside;
		if (!below || from->point.value >= middle || to->point.value < middle)
			continue;
		last = passage(from, to, middle);
		first = passages++ == 0 ? last : first;
		below = false;
	}
	return passages < 2 ? NAN : (last - first) / (double)(passages - 1);
}
