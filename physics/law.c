#include "physics/law.h"

#include "physics/elementary/elementary.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

enum { AGM_ROUNDS = 8, KEPLER_ROUNDS = 60 };

/* ---------------------------------------------------------------- what formulas are written with */

static double sine(double x)
{
	return elementary_sin(x);
}

static double cosine(double x)
{
	return elementary_cos(x);
}

static double exponential(double x)
{
	return elementary_exp(x);
}

static double root(double x)
{
	return sqrt(x);
}

static double square(double x)
{
	return x * x;
}

/* ln cosh x = x + ln(1 + e^-2x) - ln 2, which does not overflow. */
static double log_cosh(double x)
{
	return fabs(x) + elementary_log((1 + elementary_exp(-2 * fabs(x))) / 2);
}

/* C. F. Gauss: the mean between the arithmetic and the geometric one. Each round doubles the digits. */
static double arithmetic_geometric_mean(double a, double b)
{
	for (int i = 0; i < AGM_ROUNDS; i++) {
		double mean = (a + b) / 2;

		b = sqrt(a * b);
		a = mean;
	}
	return a;
}

/* By how much a swing from theta0 is slower than a small one. No number from half a turn on. */
static double swing_mean(double theta0)
{
	return fabs(theta0) < pi ? arithmetic_geometric_mean(1, cosine(theta0 / 2)) : NAN;
}

/* sn(u) for the modulus k, by descending Landen transformations: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical
 * Functions", 16.4. */
static double elliptic_sine(double u, double k)
{
	double a[AGM_ROUNDS + 1] = {1}, c[AGM_ROUNDS + 1] = {k}, b = sqrt(1 - k * k), angle;

	for (int i = 0; i < AGM_ROUNDS; i++) {
		a[i + 1] = (a[i] + b) / 2;
		c[i + 1] = (a[i] - b) / 2;
		b = sqrt(a[i] * b);
	}
	angle = ldexp(a[AGM_ROUNDS] * u, AGM_ROUNDS);
	for (int i = AGM_ROUNDS; i > 0; i--) {
		double sin = c[i] / a[i] * sine(angle);

		angle = (angle + elementary_atan2(sin, sqrt(1 - sin * sin))) / 2;
	}
	return sine(angle);
}

/* sin(theta/2) = k sn(K - phase, k), k = sin(theta0/2); phase is the time in units of sqrt(L/g). */
static double swing_angle(double theta0, double phase)
{
	double k = sine(theta0 / 2), quarter = pi / 2 / swing_mean(theta0);
	double sin = k * elliptic_sine(quarter - phase, fabs(k));

	return 2 * elementary_atan2(sin, sqrt(1 - sin * sin));
}

/* sinh(y)/y for small y, by its series: the difference of two exponentials would be of nothing but rounding. */
static double hyperbolic_near(double y)
{
	double sum = 1, term = 1;

	for (int i = 2; i <= 18; i += 2) {
		term *= y * y / (i * (i + 1));
		sum += term;
	}
	return sum;
}

/* x'' = -2 gamma x' - stiffness x. */
static double damped(double x0, double v0, double gamma, double stiffness, double t)
{
	double under = stiffness - gamma * gamma, rate = sqrt(fabs(under)), slope = v0 + gamma * x0;
	double fading = elementary_exp(-gamma * t);

	if (rate == 0)
		return fading * (x0 + slope * t);
	if (under < 0 && rate * t < 1)
		return fading * (x0 * elementary_cosh(rate * t) + slope * t * hyperbolic_near(rate * t));
	if (under > 0)
		return fading * (x0 * cosine(rate * t) + slope / rate * sine(rate * t));
	return ((x0 + slope / rate) * elementary_exp((rate - gamma) * t)
	        + (x0 - slope / rate) * elementary_exp((-rate - gamma) * t))
	       / 2;
}

static double sliding(double theta, double mu, double g)
{
	double a = g * (sine(theta) - mu * cosine(theta));

	return a > 0 ? a : 0;
}

/* E - e sin E = mean, by Newton's rule from E = mean + e sign(sin mean), where it only ever comes nearer. */
static double eccentric_anomaly(double e, double mean)
{
	double anomaly = mean + copysign(e, sine(mean));

	if (!(e >= 0 && e < 1))
		return NAN;
	for (int i = 0; i < KEPLER_ROUNDS; i++) {
		double step = (anomaly - e * sine(anomaly) - mean) / (1 - e * cosine(anomaly));

		anomaly -= step;
		if (fabs(step) <= 1e-16 * fabs(anomaly))
			break;
	}
	return anomaly;
}

/* ---------------------------------------------------------------- the laws */

#define LAW(name) static double law_##name(const double *given)
#define LAW1(name, unit, a, ua, formula, sentence)                                                                     \
	LAW(name)                                                                                                      \
	{                                                                                                              \
		const double a = given[0];                                                                             \
		return formula;                                                                                        \
	}
#define LAW2(name, unit, a, ua, b, ub, formula, sentence)                                                              \
	LAW(name)                                                                                                      \
	{                                                                                                              \
		const double a = given[0], b = given[1];                                                               \
		return formula;                                                                                        \
	}
#define LAW3(name, unit, a, ua, b, ub, c_, uc, formula, sentence)                                                      \
	LAW(name)                                                                                                      \
	{                                                                                                              \
		const double a = given[0], b = given[1], c_ = given[2];                                                \
		return formula;                                                                                        \
	}
#define LAW4(name, unit, a, ua, b, ub, c_, uc, d_, ud, formula, sentence)                                              \
	LAW(name)                                                                                                      \
	{                                                                                                              \
		const double a = given[0], b = given[1], c_ = given[2], d_ = given[3];                                 \
		return formula;                                                                                        \
	}
#define LAW5(name, unit, a, ua, b, ub, c_, uc, d_, ud, e_, ue, formula, sentence)                                      \
	LAW(name)                                                                                                      \
	{                                                                                                              \
		const double a = given[0], b = given[1], c_ = given[2], d_ = given[3], e_ = given[4];                  \
		return formula;                                                                                        \
	}
#define LAW6(name, unit, a, ua, b, ub, c_, uc, d_, ud, e_, ue, f_, uf, formula, sentence)                              \
	LAW(name)                                                                                                      \
	{                                                                                                              \
		const double a = given[0], b = given[1], c_ = given[2], d_ = given[3], e_ = given[4], f_ = given[5];   \
		return formula;                                                                                        \
	}
#include "physics/law.def"
#undef LAW
#undef LAW1
#undef LAW2
#undef LAW3
#undef LAW4
#undef LAW5
#undef LAW6

const struct law laws[] = {
#define LAW(name, unit, count, sentence, ...) {#name, unit, sentence, count, {__VA_ARGS__}, law_##name},
#define LAW1(name, unit, a, ua, formula, sentence) LAW(name, unit, 1, sentence, {#a, ua})
#define LAW2(name, unit, a, ua, b, ub, formula, sentence) LAW(name, unit, 2, sentence, {#a, ua}, {#b, ub})
#define LAW3(name, unit, a, ua, b, ub, c, uc, formula, sentence)                                                       \
	LAW(name, unit, 3, sentence, {#a, ua}, {#b, ub}, {#c, uc})
#define LAW4(name, unit, a, ua, b, ub, c, uc, d, ud, formula, sentence)                                                \
	LAW(name, unit, 4, sentence, {#a, ua}, {#b, ub}, {#c, uc}, {#d, ud})
#define LAW5(name, unit, a, ua, b, ub, c, uc, d, ud, e, ue, formula, sentence)                                         \
	LAW(name, unit, 5, sentence, {#a, ua}, {#b, ub}, {#c, uc}, {#d, ud}, {#e, ue})
#define LAW6(name, unit, a, ua, b, ub, c, uc, d, ud, e, ue, f, uf, formula, sentence)                                  \
	LAW(name, unit, 6, sentence, {#a, ua}, {#b, ub}, {#c, uc}, {#d, ud}, {#e, ue}, {#f, uf})
#include "physics/law.def"
};

const uint32_t law_count = array_count(laws);

const struct law *law_find(struct text name)
{
	for (uint32_t i = 0; i < law_count; i++)
		if (text_is(name, laws[i].name))
			return &laws[i];
	return NULL;
}

uint32_t law_argument_find(const struct law *law, struct text name)
{
	for (uint32_t i = 0; i < law->argument_count; i++)
		if (text_is(name, law->arguments[i].name))
			return i;
	return LAW_ARGUMENTS_MAX;
}

double law_value(const struct law *law, const double *arguments)
{
	return law->value(arguments);
}

struct law_check law_check(double value, double expected, double relative, double absolute)
{
	struct law_check check = {.value = value, .expected = expected, .error = value - expected};

	if (!isfinite(value) || !isfinite(expected))
		check.error = NAN;
	check.tolerance = fmax(relative * fabs(expected), absolute);
	check.within = fabs(check.error) <= check.tolerance;
	return check;
}
