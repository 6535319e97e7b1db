/* The elementary functions against the C library's in long double, whose 64 bits are 2048 times as fine; where long
 * double is no finer than double only the special values are looked at. */
#include "physics/elementary/elementary.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 200000 };

#define ULP_MAX 1.5L

static uint64_t chance = 20261129;

/* xorshift64*: Vigna 2016. */
static uint64_t next(void)
{
	chance ^= chance >> 12;
	chance ^= chance << 25;
	chance ^= chance >> 27;
	return chance * 0x2545f4914f6cdd1d;
}

static double between(double low, double high)
{
	return low + (high - low) * ((double)(next() >> 11) * 0x1p-53);
}

/* Any sign, exponents between the two evenly. */
static double spread(int low, int high)
{
	double value = ldexp(1 + (double)(next() >> 12) * 0x1p-52, (int)between(low, high));

	return next() & 1 ? -value : value;
}

/* In units of the last place of the true value. */
static long double ulps(double value, long double truth)
{
	int exponent;

	if (truth == 0)
		return value == 0 ? 0 : INFINITY;
	if (isinf(value) && fabsl(truth) > DBL_MAX)
		return 0;
	frexpl(truth, &exponent);
	return fabsl(value - truth) / ldexpl(1, exponent - 53 < -1074 ? -1074 : exponent - 53);
}

struct subject {
	const char *name;
	double (*ours)(double);
	long double (*truth)(long double);
	double low, high;
	int    exponent_low, exponent_high;
};

static const struct subject subjects[] = {
	{"sin", elementary_sin, sinl, -10, 10, -1022, 1023}, {"cos", elementary_cos, cosl, -10, 10, -1022, 1023},
	{"tan", elementary_tan, tanl, -10, 10, -1022, 1023}, {"atan", elementary_atan, atanl, -3, 3, -1022, 1023},
	{"exp", elementary_exp, expl, -746, 711, -60, 9},    {"log", elementary_log, logl, 0.4, 2.5, -1022, 1023},
	{"cosh", elementary_cosh, coshl, -30, 30, -60, 9},   {"tanh", elementary_tanh, tanhl, -3, 3, -1022, 4},
};

static long double worst_of(const struct subject *subject, double *where)
{
	long double worst = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		double      x = i % 2 ? between(subject->low, subject->high)
		                      : spread(subject->exponent_low, subject->exponent_high);
		long double error;

		if (subject->ours == elementary_log)
			x = fabs(x);
		error = ulps(subject->ours(x), subject->truth(x));
		if (!(error <= worst)) {
			worst = error;
			*where = x;
		}
	}
	return worst;
}

static void functions_are_within_a_unit_and_a_half(void **state)
{
	if (LDBL_MANT_DIG < 64)
		skip();
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		double      where = 0;
		long double worst = worst_of(&subjects[i], &where);

		print_message("# %s: %.3Lf ulp at %a\n", subjects[i].name, worst, where);
		assert_true(worst <= ULP_MAX);
	}
}

static void powers_directions_and_lengths_are_too(void **state)
{
	long double worst_pow = 0, worst_atan2 = 0, worst_hypot = 0;

	if (LDBL_MANT_DIG < 64)
		skip();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		double      x = i % 2 ? between(0.01, 30) : fabs(spread(-300, 300));
		double      y = i % 2 ? between(-150, 150) : spread(-40, 3);
		double      a = i % 2 ? between(-5, 5) : spread(-1000, 1000);
		double      b = i % 2 ? between(-5, 5) : spread(-1000, 1000);
		long double truth = powl(x, y);

		worst_pow = fmaxl(worst_pow, ulps(elementary_pow(x, y), truth));
		worst_atan2 = fmaxl(worst_atan2, ulps(elementary_atan2(a, b), atan2l(a, b)));
		worst_hypot = fmaxl(worst_hypot, ulps(elementary_hypot(a, b), hypotl(a, b)));
	}
	print_message("# pow: %.3Lf, atan2: %.3Lf, hypot: %.3Lf ulp\n", worst_pow, worst_atan2, worst_hypot);
	assert_true(worst_pow <= ULP_MAX && worst_atan2 <= ULP_MAX && worst_hypot <= ULP_MAX);
}

/* The double next to a multiple of pi/2 among all (W. Kahan's nearpi; J.-M. Muller, "Elementary Functions", ch. 11),
 * and others that lose many bits. */
static void arguments_next_to_a_quarter_turn_keep_every_bit(void **state)
{
	static const double hard[] = {0x1.6ac5b262ca1ffp+849,  0x1.921fb54442d18p+0,  0x1.921fb54442d18p+1,
	                              0x1.46d2bbc90a0d1p+2,    0x1.fdbbbe8dae4c4p+19, 0x1.0p+20,
	                              0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+19};

	if (LDBL_MANT_DIG < 64)
		skip();
	for (size_t i = 0; i < sizeof(hard) / sizeof(*hard); i++) {
		assert_true(ulps(elementary_sin(hard[i]), sinl(hard[i])) <= ULP_MAX);
		assert_true(ulps(elementary_cos(hard[i]), cosl(hard[i])) <= ULP_MAX);
		assert_true(ulps(elementary_tan(-hard[i]), tanl(-hard[i])) <= ULP_MAX);
	}
}

static void sincos_is_both(void **state)
{
	for (uint32_t i = 0; i < ROUNDS / 4; i++) {
		double x = i % 2 ? between(-100, 100) : spread(-1022, 1023), sin, cos;

		elementary_sincos(x, &sin, &cos);
		assert_true(sin == elementary_sin(x) && cos == elementary_cos(x));
	}
}

static bool same(double a, double b)
{
	return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

/* C11, annex F.10. glibc keeps to it. */
static void special_values_are_those_of_the_standard(void **state)
{
	static const double odd[] = {0.0,  -0.0,  1,      -1,     2,        -2,        3,  0.5,
	                             -0.5, 1e300, -1e300, 5e-324, INFINITY, -INFINITY, NAN};
	const size_t        count = sizeof(odd) / sizeof(*odd);

	for (size_t i = 0; i < count; i++) {
		double x = odd[i];

		assert_true(same(elementary_sin(0 * x), sin(0 * x)) && same(elementary_tan(0 * x), tan(0 * x)));
		assert_true(isnan(elementary_sin(INFINITY)) && isnan(elementary_cos(-INFINITY)));
		assert_true(same(elementary_exp(x), exp(x)) || fabs(x) <= 3);
		assert_true(same(elementary_log(x), log(x)) || isfinite(log(x)));
		assert_true(same(elementary_tanh(x), tanh(x)) || fabs(x) <= 3);
		for (size_t j = 0; j < count; j++) {
			double y = odd[j], power = pow(x, y), angle = atan2(y, x);

			assert_true(same(elementary_pow(x, y), power) || (isfinite(power) && fabs(power - 1) < 10));
			assert_true(isnan(angle) == isnan(elementary_atan2(y, x)));
			assert_true(isnan(angle) || fabs(elementary_atan2(y, x) - angle) <= 1e-15);
			assert_true(isnan(angle) || signbit(elementary_atan2(y, x)) == signbit(angle));
			assert_true(same(elementary_hypot(x, y), hypot(x, y)) || isfinite(hypot(x, y)));
		}
	}
	assert_true(elementary_exp(0) == 1 && elementary_exp(710) == INFINITY && elementary_exp(-746) == 0);
	assert_true(elementary_pow(2, 10) == 1024 && elementary_pow(-2, 3) == -8 && elementary_pow(10, -2) == 0.01);
	assert_true(elementary_hypot(3e300, 4e300) == 5e300 && elementary_hypot(3e-310, 4e-310) > 4.9e-310);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_within_a_unit_and_a_half),
		cmocka_unit_test(powers_directions_and_lengths_are_too),
		cmocka_unit_test(arguments_next_to_a_quarter_turn_keep_every_bit),
		cmocka_unit_test(sincos_is_both),
		cmocka_unit_test(special_values_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
