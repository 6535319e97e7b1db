/* The C library's functions that libchipmunk calls, under their own names. Linked whole into an executable they come
 * first, and the dynamic linker binds the library to them: so its trajectories are the same on every processor. Nothing
 * else of the process may want the C library's last bit. */
#include "physics/elementary.h"

#include <math.h>

double sin(double x)
{
	return elementary_sin(x);
}

double cos(double x)
{
	return elementary_cos(x);
}

void sincos(double x, double *sin_out, double *cos_out)
{
	elementary_sincos(x, sin_out, cos_out);
}

double exp(double x)
{
	return elementary_exp(x);
}

double log(double x)
{
	return elementary_log(x);
}

double pow(double x, double y)
{
	return elementary_pow(x, y);
}
