/* Exponentials, logarithms and powers. The exponential near 0 is the rational function of FDLIBM 5.3 (Sun Microsystems
 * 1993: e_exp.c); the logarithm is the series of the inverse hyperbolic tangent, of which enough is in two doubles for
 * a power to rest on it. */
#include "physics/elementary/elementary.h"

#include "physics/elementary/twofold.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double ln2_high = 0x1.62e42fefa38p-1; /* 42 bits: exact times a whole number of 11 */
static const double ln2_low = 0x1.ef35793c7673p-45;

/* Above the first exp is infinite, below the second 0. */
static const double exp_maximum = 709.782712893383973096, exp_minimum = -745.133219101941108420;

/* ---------------------------------------------------------------- exponentials */

struct reduced {
	int            power;  /* of two */
	struct twofold growth; /* e^rest - 1, |rest| <= ln 2 / 2 */
};

static struct reduced reduce(double x, double x_low)
{
	const double   to_whole = 0x1.8p52, one_over_ln2 = 0x1.71547652b82fep+0;
	double         power = (x * one_over_ln2 + to_whole) - to_whole;
	double         high = x - power * ln2_high, low = power * ln2_low - x_low;
	struct twofold rest = twofold_sum(high, -low);
	double         r = rest.high, z = r * r;
	double         c = r
	           - z
	                     * (1.66666666666666019037e-01
	                        + z
	                                  * (-2.77777777770155933842e-03
	                                     + z
	                                               * (6.61375632143793436117e-05
	                                                  + z
	                                                            * (-1.65339022054652515390e-06
	                                                               + z * 4.13813679705723846039e-08))));
	double beyond = r * c / (2 - c) + rest.low;

	return (struct reduced){.power = (int)power, .growth = twofold_sum(r, beyond)};
}

/* Exact but where the result is below the smallest normal double: there ldexp rounds once. */
static double scaled(double x, int power)
{
	uint64_t bits = (uint64_t)(power + 1023) << 52;
	double   scale;

	if (power < -1020 || power > 1023)
		return ldexp(x, power);
	memcpy(&scale, &bits, sizeof(scale));
	return x * scale;
}

/* e^(x + x_low), where x_low is tiny. */
static double exp_of(double x, double x_low)
{
	struct reduced reduced;

	if (isnan(x))
		return x;
	if (x > exp_maximum)
		return INFINITY;
	if (x < exp_minimum)
		return 0;
	reduced = reduce(x, x_low);
	return scaled(1 + (reduced.growth.high + reduced.growth.low), reduced.power);
}

double elementary_exp(double x)
{
	return exp_of(x, 0);
}

double elementary_cosh(double x)
{
	double half;

	x = fabs(x);
	if (!(x < 22))
		return x > 700 ? 0.5 * elementary_exp(0.5 * x) * elementary_exp(0.5 * x) : 0.5 * elementary_exp(x);
	half = 0.5 * elementary_exp(x);
	return half + 0.25 / half;
}

/* e^x - 1 for 0 <= x <= 64. */
static struct twofold growth_of(double x)
{
	struct reduced reduced = reduce(x, 0);
	struct twofold sum = twofold_sum(1 - ldexp(1, -reduced.power), reduced.growth.high);

	sum = twofold_ordered_sum(sum.high, sum.low + reduced.growth.low);
	return (struct twofold){.high = ldexp(sum.high, reduced.power), .low = ldexp(sum.low, reduced.power)};
}

/* With g = e^2x - 1 it is g / (g + 2). */
double elementary_tanh(double x)
{
	struct twofold growth, sum;

	if (isnan(x) || fabs(x) < 0x1p-28)
		return x;
	if (fabs(x) > 22)
		return copysign(1, x);
	growth = growth_of(2 * fabs(x));
	sum = twofold_sum(growth.high, 2);
	sum.low += growth.low;
	return copysign(twofold_divide(growth, sum).high, x);
}

/* ---------------------------------------------------------------- logarithms */

/* 1/5 + z/7 + z²/9 + …: z is at most 0.0295, and what is left out below 2^-70 of it all. */
static double far_terms(double z)
{
	static const double terms[] = {1.0 / 27, 1.0 / 25, 1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17,
	                               1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5};
	double              sum = 0;

	for (unsigned i = 0; i < sizeof(terms) / sizeof(*terms); i++)
		sum = sum * z + terms[i];
	return sum;
}

/* x = 2^k m with m about 1: ln x = k ln 2 + 2 artanh s, s = (m - 1)/(m + 1). artanh s is s + s z (1/3 + z/5 + …), z =
 * s². x must be finite and above 0. */
static struct twofold log_of(double x)
{
	static const struct twofold third = {0x1.5555555555555p-2, 0x1.5555555555555p-56};
	int                         power;
	double                      m = frexp(x, &power);
	struct twofold              s, z, share, sum;

	if (m < 0x1.6a09e667f3bcdp-1) {
		m *= 2;
		power--;
	}
	s = twofold_divide((struct twofold){.high = m - 1}, twofold_sum(m, 1));
	z = twofold_multiply(s, s);
	share = twofold_multiply(z, third);
	share = twofold_sum(share.high, share.low + z.high * z.high * far_terms(z.high));
	share = twofold_multiply(share, s);
	sum = twofold_sum(s.high, share.high);
	sum.low += s.low + share.low;
	s = twofold_sum(power * ln2_high, 2 * sum.high);
	return twofold_ordered_sum(s.high, s.low + (2 * sum.low + power * ln2_low));
}

double elementary_log(double x)
{
	if (isnan(x) || x < 0)
		return NAN;
	if (x == 0)
		return -INFINITY;
	return isinf(x) ? x : log_of(x).high;
}

/* ---------------------------------------------------------------- powers */

enum parity { BROKEN, EVEN, ODD };

static enum parity parity_of(double y)
{
	if (isinf(y))
		return EVEN;
	if (floor(y) != y)
		return BROKEN;
	return fmod(y, 2) == 0 ? EVEN : ODD;
}

/* x is 0, 1 or infinite, or y is infinite; x >= 0. */
static double special_power(double x, double y)
{
	if (x == 1)
		return 1;
	return (x > 1) == (y > 0) ? INFINITY : 0;
}

static double power_of(double x, double y)
{
	struct twofold log, product;
	double         estimate;

	if (x == 0 || x == 1 || isinf(x) || isinf(y))
		return special_power(x, y);
	log = log_of(x);
	estimate = y * log.high;
	if (!(fabs(estimate) < 800))
		return estimate > 0 ? INFINITY : 0;
	if (fabs(estimate) < 0x1p-60)
		return 1;
	product = twofold_product(y, log.high);
	return exp_of(product.high, product.low + y * log.low);
}

double elementary_pow(double x, double y)
{
	enum parity parity;

	if (x == 1 || y == 0)
		return 1;
	if (isnan(x) || isnan(y))
		return NAN;
	parity = parity_of(y);
	if (x < 0 && isfinite(x) && parity == BROKEN)
		return NAN;
	return signbit(x) && parity == ODD ? -power_of(fabs(x), y) : power_of(fabs(x), y);
}

/* ---------------------------------------------------------------- lengths */

double elementary_hypot(double x, double y)
{
	double larger, smaller;
	int    exponent;

	x = fabs(x);
	y = fabs(y);
	if (isinf(x) || isinf(y))
		return INFINITY;
	if (isnan(x) || isnan(y))
		return NAN;
	larger = x > y ? x : y;
	smaller = x > y ? y : x;
	if (larger < 0x1p500 && smaller > 0x1p-500)
		return sqrt(larger * larger + smaller * smaller);
	if (larger == 0)
		return 0;
	frexp(larger, &exponent);
	larger = ldexp(larger, -exponent);
	smaller = ldexp(smaller, -exponent);
	return ldexp(sqrt(larger * larger + smaller * smaller), exponent);
}
