/* The C library's functions that libchipmunk calls, under their own names. Linked whole into an executable they come
 * first, and the dynamic linker binds the library to them: so its trajectories are the same on every processor. Nothing
 * else of the process may want the C library's last bit. */
#include "physics/elementary/elementary.h"

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

/* The library asks for the same two in each step: what is left of an overlap after it, and of a speed, which is 1. */
double pow(double x, double y)
{
	static _Thread_local double last_x, last_y, last;

	if (x == 1)
		return 1;
	if (x != last_x || y != last_y || x == 0) { /* zero has two signs */
		last = elementary_pow(x, y);
		last_x = x;
		last_y = y;
	}
	return last;
}
