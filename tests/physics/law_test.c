/* Formulas against values of another origin: mpmath 1.3 with 40 digits, by other ways where there are any (elliptic
 * integrals, quadrature, matrix exponentials, complex impedances, sums of series). */
#include "physics/law.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
	const char *name;
	double      arguments[LAW_ARGUMENTS_MAX];
	double      value;
} known[] = {
	{"constant", {3}, 3.0},
	{"accelerated_position", {1, 2, 3, 4}, 33.0},
	{"accelerated_velocity", {2, 3, 4}, 14.0},
	{"kinetic_energy", {2, 3}, 9.0},
	{"weight", {2, 9.81}, 19.620000000000000995},
	{"projectile_x", {1, 10, 0.7, 1.5}, 12.472632809267326823},
	{"projectile_y", {1, 10, 0.7, 9.81, 1.5}, -0.37298469143463526395},
	{"projectile_range", {10, 0.7, 9.81}, 10.045359123225893125},
	{"projectile_range_from", {10, 0.7, 2, 9.81}, 12.028380891123272514},
	{"projectile_height", {10, 0.7, 9.81}, 2.1152723167679891228},
	{"projectile_time", {10, 0.7, 9.81}, 1.3133897803011029298},
	{"terminal_speed_linear", {2, 0.5, 9.81}, 39.24000000000000199},
	{"fall_speed_linear", {2, 0.5, 9.81, 3}, 20.704336470442583942},
	{"fall_distance_linear", {2, 0.5, 9.81, 3}, 34.902654118229670202},
	{"terminal_speed_quadratic", {1, 0.02, 9.81}, 22.147234590350101194},
	{"fall_speed_quadratic", {1, 0.02, 9.81, 3}, 19.245151456435922906},
	{"fall_distance_quadratic", {1, 0.02, 9.81, 3}, 35.172488145984854809},
	{"pendulum_period_small", {2, 9.81}, 2.8370067068857748835},
	{"pendulum_period", {1, 1.5707963267948966, 9.81}, 2.3678419475762373562},
	{"pendulum_period", {1, 2.9670597283903604, 9.81}, 4.893524274105486631},
	{"pendulum_angle", {1, 1.5707963267948966, 9.81, 0.4}, 0.80163012697964887961},
	{"pendulum_angle", {2, -2.9670597283903604, 9.81, 7}, -2.9643604658912073525},
	{"pendulum_angle", {1, 0.05, 9.81, 10}, 0.049750728774488303243},
	{"pendulum_speed", {2, 1.2, 9.81}, 5.0021077271821454103},
	{"pendulum_tension", {2, 1.2, 9.81}, 44.641081714335329453},
	{"physical_pendulum_period", {3, 2, 0.5, 1.2, 9.81}, 3.8158509750151694574},
	{"rod_pendulum_period", {1.2, 1.2, 9.81}, 1.9704969703790780074},
	{"spring_period", {2, 40}, 1.4049629462081452786},
	{"spring_position", {0.5, 2, 40, 1.7}, 0.12435612980723764334},
	{"spring_speed", {0.5, 2, 40}, 2.2360679774997896964},
	{"spring_sag", {2, 40, 9.81}, 0.49050000000000002487},
	{"damped_envelope", {0.5, 1, 0.5, 3}, 0.23618327637050735357},
	{"damped_period", {1, 40, 0.5}, 0.99423587701251271023},
	{"damped_position", {0.5, 0.1, 1, 40, 0.5, 1.3}, -0.10371406873553977602},
	{"damped_position", {0.5, 0.1, 1, 4, 4, 1.3}, 0.14334800595366438066},
	{"damped_position", {0.5, 0.1, 1, 4, 9, 1.3}, 0.29435146749489978307},
	{"critical_damping", {2, 40}, 17.888543819998317571},
	{"driven_amplitude", {2, 1, 40, 0.5, 6}, 0.4},
	{"driven_position", {2, 1, 40, 0.5, 6, 1.3}, 0.25691613746995297291},
	{"driven_position", {2, 1, 40, 0.5, 7, 1.3}, 0.20689198257164052079},
	{"coupled_first", {0.3, 1, 10, 5, 2.2}, -0.020116567056838228608},
	{"coupled_second", {0.3, 1, 10, 5, 2.2}, 0.25454866491410298846},
	{"beat_period", {1, 10, 1}, 20.817384451201408338},
	{"collision_first", {1, 3, 2, -1, 0.5}, -1.375},
	{"collision_second", {1, 3, 2, -1, 0.5}, 0.125},
	{"oblique_direction", {0.05, 0.1}, 0.52359877559829887308},
	{"oblique_struck_speed", {2, 0.05, 0.1}, 1.7320508075688772935},
	{"bounce_height", {2, 0.8, 5}, 0.21474836480000011921},
	{"bounce_duration", {2, 0.8, 9.81}, 5.746957711326909628},
	{"ballistic_speed", {0.05, 1, 20}, 0.9523809523809524313},
	{"ballistic_height", {0.05, 1, 20, 9.81}, 0.046229840900002545185},
	{"incline_acceleration", {0.5235987755982988, 0.2, 9.81}, 3.2058581577749308991},
	{"incline_acceleration", {0.1, 0.2, 9.81}, 0.0},
	{"incline_distance", {0.5235987755982988, 0.2, 9.81, 2}, 6.4117163155498617983},
	{"critical_friction", {0.5235987755982988}, 0.57735026918962568795},
	{"stopping_distance", {5, 0.4, 9.81}, 3.1855249745157998655},
	{"stopping_time", {5, 0.4, 9.81}, 1.2742099898063199462},
	{"rolling_acceleration", {0.3, 0.5, 9.81}, 1.9327021515651608498},
	{"rolling_distance", {0.3, 0.5, 9.81, 2}, 3.8654043031303216996},
	{"slide_to_roll_speed", {3, 0.5}, 2.0},
	{"slide_to_roll_time", {3, 0.2, 0.5, 9.81}, 0.50968399592252797848},
	{"atwood_acceleration", {2, 1, 9.81}, 3.2700000000000001658},
	{"atwood_tension", {2, 1, 9.81}, 13.080000000000000663},
	{"atwood_distance", {2, 1, 9.81, 2}, 6.5400000000000003316},
	{"lever_arm", {2, 3, 4}, 1.5},
	{"kepler_period", {2, 3}, 10.260398641294912764},
	{"orbit_speed", {2, 3}, 1.2247448713915890491},
	{"escape_speed", {2, 3}, 1.7320508075688772935},
	{"vis_viva", {1, 2, 3}, 2.1213203435596425732},
	{"orbit_x", {1, 0.5, 1, 2.5}, -1.4080585639185377098},
	{"orbit_y", {1, 0.5, 1, 2.5}, 0.36272887032968884344},
	{"orbit_x", {2, 0.99, 3, 0.05}, -0.26194090080350845152},
	{"cyclotron_radius", {1, 2, -0.5, 4}, 1.0},
	{"cyclotron_period", {1, -0.5, 4}, 3.1415926535897932385},
	{"cyclotron_x", {1, 2, -0.5, 4, 0.3}, 0.56464247339503533887},
	{"cyclotron_y", {1, 2, -0.5, 4, 0.3}, 0.17466438509032169022},
	{"oblique_struck_x", {2, 0.05, 0.1}, 1.5},
	{"oblique_struck_y", {2, 0.05, 0.1}, 0.86602540378443864676},
	{"oblique_kept_speed", {2, 0.05, 0.1}, 1.0},
	{"table_distance", {2, 3, 0.3, 9.81, 1.5}, 5.2974000000000003176},
	{"drift_speed", {3, 2}, 1.5},
};

static void laws_give_the_known_values(void **state)
{
	for (size_t i = 0; i < array_count(known); i++) {
		const struct law *law = law_find(text_from(known[i].name));
		double            value;

		assert_non_null(law);
		value = law_value(law, known[i].arguments);
		if (!(fabs(value - known[i].value) <= 1e-14 + 4e-14 * fabs(known[i].value)))
			fail_msg("%s: %.17g instead of %.17g", known[i].name, value, known[i].value);
	}
}

static void every_law_is_known(void **state)
{
	for (uint32_t i = 0; i < law_count; i++) {
		bool found = false;

		for (size_t j = 0; j < array_count(known) && !found; j++)
			found = text_is(text_from(known[j].name), laws[i].name);
		if (!found)
			fail_msg("no value of %s is known", laws[i].name);
	}
}

static void laws_are_found_by_name_and_their_arguments_too(void **state)
{
	const struct law *law = law_find(TEXT("pendulum_period"));

	assert_non_null(law);
	assert_int_equal(law->argument_count, 3);
	assert_string_equal(law->unit, "s");
	assert_int_equal(law_argument_find(law, TEXT("theta0")), 1);
	assert_int_equal(law_argument_find(law, TEXT("m")), LAW_ARGUMENTS_MAX);
	assert_null(law_find(TEXT("pendulum")));
	assert_null(law_find(TEXT("")));
}

/* Where theory has no value a law has none, and no check holds. */
static void what_has_no_value_is_no_number(void **state)
{
	const double over[] = {1, 3.2, 9.81}, hyperbola[] = {1, 1.5, 1, 1}, strong[] = {1, 4, 9};

	assert_true(isnan(law_value(law_find(TEXT("pendulum_period")), over)));
	assert_true(isnan(law_value(law_find(TEXT("orbit_x")), hyperbola)));
	assert_true(isnan(law_value(law_find(TEXT("damped_period")), strong)));
	assert_false(law_check(1, NAN, 1, 1).within);
	assert_false(law_check(INFINITY, INFINITY, 1, 1).within);
}

/* Critical damping lies between the two other regimes and meets both. */
static void damping_goes_over_into_critical_without_a_step(void **state)
{
	const struct law *law = law_find(TEXT("damped_position"));
	double            arguments[] = {1, 0, 1, 4, 4, 2}, critical = law_value(law, arguments);

	for (double near = 1e-13; near < 1e-3; near *= 10) {
		arguments[4] = 4 - near;
		assert_true(fabs(law_value(law, arguments) - critical) <= near);
		arguments[4] = 4 + near;
		assert_true(fabs(law_value(law, arguments) - critical) <= near);
	}
}

static void a_check_takes_the_larger_tolerance(void **state)
{
	struct law_check check = law_check(10.5, 10, 0.01, 1);

	assert_true(check.error == 0.5 && check.tolerance == 1 && check.within);
	assert_false(law_check(10.5, 10, 0.01, 0.1).within);
	assert_true(law_check(10.5, 10, 0.05, 0).within);
	assert_true(law_check(0, 0, 0.1, 0).within);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laws_give_the_known_values),
		cmocka_unit_test(every_law_is_known),
		cmocka_unit_test(laws_are_found_by_name_and_their_arguments_too),
		cmocka_unit_test(what_has_no_value_is_no_number),
		cmocka_unit_test(damping_goes_over_into_critical_without_a_step),
		cmocka_unit_test(a_check_takes_the_larger_tolerance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
