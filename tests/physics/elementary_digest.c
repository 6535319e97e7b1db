/* Prints one number for all bits that the elementary functions give for many arguments, called as libchipmunk calls
 * them: by the C library's names, which physics/elementary/interposed.c has taken. */
#include "physics/elementary/elementary.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 100000 };

/* FNV-1a over words. */
static uint64_t fold(uint64_t digest, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return (digest ^ bits) * 0x100000001b3;
}

int main(void)
{
	uint64_t digest = 0xcbf29ce484222325;
	double   x = 0.7;

	for (int i = 0; i < ROUNDS; i++) {
		double s, c, wide = (x - 0.5) * 200, huge = ldexp(x, i % 1024);

		x = 3.9 * x * (1 - x);
		sincos(wide, &s, &c);
		digest = fold(fold(digest, s), c);
		digest = fold(fold(digest, sin(huge)), cos(huge));
		digest = fold(fold(digest, exp(wide)), log(huge));
		digest = fold(fold(digest, pow(x, wide)), elementary_atan2(wide, x));
		digest = fold(fold(digest, elementary_tanh(wide)), elementary_tan(huge));
		digest = fold(fold(digest, elementary_cosh(wide)), elementary_hypot(wide, huge));
	}
	printf("%016llx\n", (unsigned long long)digest);
	return 0;
}
