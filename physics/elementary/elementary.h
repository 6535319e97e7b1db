/* The elementary functions of the simulation. The C library's are chosen by what the processor can do, and differ in
 * the last bit from one machine to another; a trajectory that depends on them differs visibly after seconds. These are
 * the same everywhere where doubles are IEEE 754 binary64, rounded to nearest, and nothing contracts a product and a
 * sum
 * (-ffp-contract=off). Their error is below 1.5 units in the last place. Special values are those of C11, annex F;
 * errno and the exception flags mean nothing.
 *
 * sqrt, fabs, floor, fmod and the four operations are exact or correctly rounded by IEEE 754: the language's are used.
 */
#ifndef ORRERY_PHYSICS_ELEMENTARY_H
#define ORRERY_PHYSICS_ELEMENTARY_H

/* Part of the engine's fingerprint: to be raised with any change that could change a bit. */
enum { ELEMENTARY_VERSION = 1 };

/* Of any finite angle: the argument is reduced by as many bits of 2/pi as it takes. */
double elementary_sin(double x);
double elementary_cos(double x);
void   elementary_sincos(double x, double *sin, double *cos);
double elementary_tan(double x);

double elementary_atan(double x);
double elementary_atan2(double y, double x);

double elementary_exp(double x);
double elementary_log(double x);
double elementary_pow(double x, double y);
double elementary_cosh(double x);
double elementary_tanh(double x);

/* sqrt(x² + y²) without overflow or underflow on the way. */
double elementary_hypot(double x, double y);

#endif
