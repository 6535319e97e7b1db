#include "physics/curve.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { FPS = 60 };

static struct curve_moment moment(int frame, double value, double rate)
{
	return (struct curve_moment){.time_s = (double)frame / FPS, .point = {value, rate}, .smooth = true};
}

/* A e^(-γt) cos ωt about a place, for a number of frames. */
static double period_of_swing(double place, double omega, double gamma, int frames)
{
	struct curve curve = {0};
	double       period;

	for (int i = 0; i < frames; i++) {
		double t = (double)i / FPS, fades = exp(-gamma * t);

		curve_keep(&curve, moment(i, place + fades * cos(omega * t),
		                          -fades * (gamma * cos(omega * t) + omega * sin(omega * t))));
	}
	period = curve_period(&curve);
	curve_finish(&curve);
	return period;
}

static void a_period_is_exact_beyond_the_distance_of_frames(void **state)
{
	double off = period_of_swing(3, 3.1, 0, 600) / (2 * M_PI / 3.1) - 1;

	print_message("# period of a swing, 10 s at 60 frames: %.1e off\n", off);
	assert_true(fabs(off) < 1e-9);
}

static void what_fades_away_keeps_its_period(void **state)
{
	double off = period_of_swing(-2, 6, 0.4, 1200) / (2 * M_PI / 6) - 1;

	print_message("# period of a fading swing: %.1e off\n", off);
	assert_true(fabs(off) < 1e-6);
}

/* A wide pendulum's x turns back before its end: sin(2.9 cos t) has two tops a swing. */
static void two_tops_a_swing_are_one_period(void **state)
{
	struct curve curve = {0};

	for (int i = 0; i < 1200; i++) {
		double t = (double)i / FPS, angle = 2.9 * cos(t);

		curve_keep(&curve, moment(i, sin(angle), -2.9 * sin(t) * cos(angle)));
	}
	assert_true(fabs(curve_period(&curve) - 2 * M_PI) < 1e-6);
	curve_finish(&curve);
}

static void what_passes_the_middle_once_has_no_period(void **state)
{
	assert_true(isnan(period_of_swing(0, 1, 0, 300)));
	assert_true(isnan(period_of_swing(0, 0, 1, 300)));
}

static void an_extreme_lies_between_frames(void **state)
{
	struct curve with_rates = {0}, without = {0};

	for (int i = 0; i < 120; i++) {
		double t = (double)i / FPS;

		curve_extreme(&with_rates, moment(i, cos(4 * (t - 0.507)), -4 * sin(4 * (t - 0.507))), 1);
		curve_extreme(&without, moment(i, cos(4 * (t - 0.507)), NAN), -1);
	}
	print_message("# extremes off by %.1e and, without rates, %.1e\n", curve_value(&with_rates) - 1,
	              curve_value(&without) + 1);
	assert_true(fabs(curve_value(&with_rates) - 1) < 1e-7);
	assert_true(fabs(curve_value(&without) + 1) < 1e-5);
	curve_finish(&with_rates);
	curve_finish(&without);
}

/* Falling, then rising: a cubic through both ends would dip below the floor. */
static void no_extreme_is_made_up_across_an_impact(void **state)
{
	struct curve        curve = {0};
	struct curve_moment after = moment(1, 0.05, 6);

	after.smooth = false;
	curve_extreme(&curve, moment(0, 0.05, -6), -1);
	curve_extreme(&curve, after, -1);
	assert_true(curve_value(&curve) == 0.05);
	curve_finish(&curve);
}

static void a_value_at_a_time_is_the_cubic_between_frames(void **state)
{
	struct curve curve = {0};

	assert_true(isnan(curve_value(&curve)));
	/* t³ and its rate: the cubic is exact. */
	for (int i = 0; i < 10; i++)
		curve_at(&curve, moment(i, pow((double)i / FPS, 3), 3 * pow((double)i / FPS, 2)), 0.07);
	assert_true(fabs(curve_value(&curve) - 0.07 * 0.07 * 0.07) < 1e-16);
	curve_finish(&curve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_period_is_exact_beyond_the_distance_of_frames),
		cmocka_unit_test(what_fades_away_keeps_its_period),
		cmocka_unit_test(two_tops_a_swing_are_one_period),
		cmocka_unit_test(what_passes_the_middle_once_has_no_period),
		cmocka_unit_test(an_extreme_lies_between_frames),
		cmocka_unit_test(no_extreme_is_made_up_across_an_impact),
		cmocka_unit_test(a_value_at_a_time_is_the_cubic_between_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
