/* Sines and their inverses. Near 0 the functions are the polynomials of FDLIBM 5.3 (Sun Microsystems 1993: k_sin.c,
 * k_cos.c, s_atan.c), whose coefficients stand below; everything else is brought there. */
#include "physics/elementary/elementary.h"

#include "physics/elementary/twofold.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 wide;

static const struct twofold half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};

/* ---------------------------------------------------------------- reduction to [-pi/4, pi/4] */

enum { QUARTER_TURNS_MAX = 1 << 20 };

/* W. J. Cody, W. M. Waite, "Software Manual for the Elementary Functions" (1980): pi/2 in pieces of 33 bits, so that
 * each product with a whole number of up to 20 bits is exact. */
static unsigned reduce(double x, struct twofold *out)
{
	const double   two_over_pi = 0x1.45f306dc9c883p-1, to_whole = 0x1.8p52;
	double         turns = (x * two_over_pi + to_whole) - to_whole;
	struct twofold first = twofold_sum(x - turns * 0x1.921fb544p+0, -turns * 0x1.0b4611a6p-34);
	struct twofold second = twofold_sum(first.high, -turns * 0x1.3198a2ep-69);
	double         rest = (first.low + second.low) - turns * 0x1.b839a252049c1p-104;

	*out = twofold_sum(second.high, rest);
	return (unsigned)(int)turns & 3;
}

/* 2/pi behind one word of zeroes: 64 bits a word, the first ones first. */
static const uint64_t two_over_pi_bits[] = {
	0,
	0xa2f9836e4e441529,
	0xfc2757d1f534ddc0,
	0xdb6295993c439041,
	0xfe5163abdebbc561,
	0xb7246e3a424dd2e0,
	0x06492eea09d1921c,
	0xfe1deb1cb129a73e,
	0xe88235f52ebb4484,
	0xe99c7026b45f7e41,
	0x3991d639835339f4,
	0x9c845f8bbdf9283b,
	0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f,
	0x6d367ecf27cb09b7,
	0x4f463f669e5fea2d,
	0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea,
	0x6bfb5fb11f8d5d08,
	0x56033046fc7b6bab,
	0xf0cfbc209af4361d,
};

static uint64_t word_at(unsigned bit)
{
	unsigned word = bit / 64, shift = bit % 64;

	return shift == 0 ? two_over_pi_bits[word]
	                  : two_over_pi_bits[word] << shift | two_over_pi_bits[word + 1] >> (64 - shift);
}

/* A fraction of 128 bits below its point, as a double and what it leaves. */
static struct twofold of_fraction(wide fraction)
{
	uint64_t top = (uint64_t)(fraction >> 64), bottom = (uint64_t)fraction;
	int      empty = top ? __builtin_clzll(top) : bottom ? 64 + __builtin_clzll(bottom) : 0;
	wide     normal = fraction << empty;

	return (struct twofold){.high = ldexp((double)(uint64_t)(normal >> 75), -53 - empty),
	                        .low = ldexp((double)((uint64_t)(normal >> 11) >> 11), -106 - empty)};
}

/* M. Payne, R. Hanek, "Radian reduction for trigonometric functions", SIGNUM 18 (1983). x is m 2^e: the bits of 2/pi
 * that would make multiples of 4 are left out, the 192 behind them taken. What is left out at the end is below 2^-137,
 * and no double comes nearer to a multiple of pi/2 than 2^-61. */
static unsigned reduce_huge(double x, struct twofold *out)
{
	int            exponent;
	uint64_t       mantissa = (uint64_t)ldexp(frexp(fabs(x), &exponent), 53);
	unsigned       start = (unsigned)(exponent - 53 - 2 + 64);
	wide           low = (wide)mantissa * word_at(start + 128);
	wide           middle = (wide)mantissa * word_at(start + 64) + (low >> 64);
	uint64_t       top = mantissa * word_at(start) + (uint64_t)(middle >> 64);
	wide           fraction = ((wide)top << 64 | (uint64_t)middle) << 2 | (uint64_t)low >> 62;
	unsigned       quarter = (unsigned)(top >> 62);
	struct twofold part;

	if (fraction >> 127) {
		part = of_fraction(-fraction);
		part = (struct twofold){.high = -part.high, .low = -part.low};
		quarter++;
	} else {
		part = of_fraction(fraction);
	}
	*out = twofold_multiply(part, half_pi);
	if (x > 0)
		return quarter & 3;
	*out = (struct twofold){.high = -out->high, .low = -out->low};
	return -quarter & 3;
}

static unsigned reduce_any(double x, struct twofold *out)
{
	if (fabs(x) <= 0x1.921fb54442d18p-1) {
		*out = (struct twofold){.high = x};
		return 0;
	}
	return fabs(x) < QUARTER_TURNS_MAX ? reduce(x, out) : reduce_huge(x, out);
}

/* ---------------------------------------------------------------- near 0 */

static struct twofold sin_near(struct twofold angle)
{
	double x = angle.high, z = x * x, cube = z * x;
	double r = 8.33333333332248946124e-03
	           + z
	                     * (-1.98412698298579493134e-04
	                        + z
	                                  * (2.75573137070700676789e-06
	                                     + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));

	return twofold_ordered_sum(x,
	                           cube * -1.66666666666666324348e-01 - (z * (0.5 * angle.low - cube * r) - angle.low));
}

static struct twofold cos_near(struct twofold angle)
{
	double x = angle.high, z = x * x, half = 0.5 * z, start = 1 - half;
	double r = z
	           * (4.16666666666666019037e-02
	              + z
	                        * (-1.38888888888741095749e-03
	                           + z
	                                     * (2.48015872894767294178e-05
	                                        + z
	                                                  * (-2.75573143513906633035e-07
	                                                     + z
	                                                               * (2.08757232129817482790e-09
	                                                                  + z * -1.13596475577881948265e-11)))));

	return twofold_ordered_sum(start, ((1 - start) - half) + (z * r - x * angle.low));
}

/* Below this x is its own sine and tangent, with its sign even where it is 0. */
static bool is_tiny(double x)
{
	return fabs(x) < 0x1p-27;
}

double elementary_sin(double x)
{
	struct twofold angle;
	unsigned       quarter;
	double         value;

	if (!isfinite(x))
		return NAN;
	if (is_tiny(x))
		return x;
	quarter = reduce_any(x, &angle);
	value = quarter & 1 ? cos_near(angle).high : sin_near(angle).high;
	return quarter & 2 ? -value : value;
}

double elementary_cos(double x)
{
	struct twofold angle;
	unsigned       quarter;
	double         value;

	if (!isfinite(x))
		return NAN;
	quarter = reduce_any(x, &angle);
	value = quarter & 1 ? sin_near(angle).high : cos_near(angle).high;
	return (quarter + 1) & 2 ? -value : value;
}

void elementary_sincos(double x, double *sin, double *cos)
{
	struct twofold angle;
	unsigned       quarter;
	double         near_sin, near_cos;

	if (!isfinite(x) || is_tiny(x)) {
		*sin = elementary_sin(x);
		*cos = elementary_cos(x);
		return;
	}
	quarter = reduce_any(x, &angle);
	near_sin = sin_near(angle).high;
	near_cos = cos_near(angle).high;
	*sin = quarter & 1 ? near_cos : near_sin;
	*cos = quarter & 1 ? near_sin : near_cos;
	*sin = quarter & 2 ? -*sin : *sin;
	*cos = (quarter + 1) & 2 ? -*cos : *cos;
}

double elementary_tan(double x)
{
	struct twofold angle;

	if (!isfinite(x))
		return NAN;
	if (is_tiny(x))
		return x;
	if (reduce_any(x, &angle) & 1)
		return -twofold_divide(cos_near(angle), sin_near(angle)).high;
	return twofold_divide(sin_near(angle), cos_near(angle)).high;
}

/* ---------------------------------------------------------------- inverses */

/* Of a ratio in [0, 1] and its small rest. From 7/16 on by the difference to atan(1/2) or atan(1). */
static struct twofold atan_near(double ratio, double rest)
{
	struct twofold base = {0, 0};
	double         x = ratio, z, odd, even, fall;

	rest /= 1 + ratio * ratio;
	if (ratio >= 11.0 / 16) {
		base = (struct twofold){7.85398163397448278999e-01, 3.06161699786838301793e-17};
		x = (ratio - 1) / (ratio + 1);
	} else if (ratio >= 7.0 / 16) {
		base = (struct twofold){4.63647609000806093515e-01, 2.26987774529616870924e-17};
		x = (2 * ratio - 1) / (2 + ratio);
	}
	z = x * x;
	odd = 3.33333333333329318027e-01
	      + z
	                * (-1.99999999998764832476e-01
	                   + z
	                             * (1.42857142725034663711e-01
	                                + z
	                                          * (-1.11111104054623557880e-01
	                                             + z
	                                                       * (9.09088713343650656196e-02
	                                                          + z * -7.69187620504482999495e-02))));
	even = z * z * z * z * z * z
	       * (6.66107313738753120669e-02
	          + z
	                    * (-5.83357013379057348645e-02
	                       + z
	                                 * (4.97687799461593236017e-02
	                                    + z * (-3.65315727442169155270e-02 + z * 1.62858201153657823623e-02))));
	fall = x * (z * (odd + even));
	if (base.high == 0)
		return twofold_ordered_sum(x, rest - fall);
	return twofold_ordered_sum(base.high, x - (fall - (base.low + rest)));
}

/* The smaller over the larger, exactly, as far as two doubles go. */
static struct twofold atan_of(double smaller, double larger)
{
	int            exponent, ignored;
	double         ratio;
	struct twofold product;

	frexp(larger, &exponent);
	frexp(smaller, &ignored);
	if (smaller == 0 || exponent - ignored > 60)
		return (struct twofold){.high = smaller / larger};
	smaller = ldexp(smaller, -exponent);
	larger = ldexp(larger, -exponent);
	ratio = smaller / larger;
	product = twofold_product(ratio, larger);
	return atan_near(ratio, ((smaller - product.high) - product.low) / larger);
}

static struct twofold minus(struct twofold a, struct twofold b)
{
	struct twofold difference = twofold_sum(a.high, -b.high);

	return twofold_ordered_sum(difference.high, difference.low + (a.low - b.low));
}

double elementary_atan2(double y, double x)
{
	static const struct twofold pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};
	double                      rise = fabs(y), run = fabs(x);
	struct twofold              angle;

	if (isnan(x) || isnan(y))
		return NAN;
	if (isinf(x) && isinf(y))
		rise = run = 1;
	else if (isinf(x) || isinf(y))
		*(isinf(x) ? &rise : &run) = 0;
	if (rise <= run)
		angle = run == 0 ? (struct twofold){0, 0} : atan_of(rise, run);
	else
		angle = minus(half_pi, atan_of(run, rise));
	if (signbit(x))
		angle = minus(pi, angle);
	return copysign(angle.high, y);
}

double elementary_atan(double x)
{
	return elementary_atan2(x, 1);
}
