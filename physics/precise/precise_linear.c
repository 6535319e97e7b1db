#include "physics/precise/precise.h"

#include <math.h>

/* Joints of a chain in their order give a narrow band, and then this is linear in their number (an envelope or skyline
 * scheme: George and Liu, Computer Solution of Large Sparse Positive Definite Systems, 1981). */

/* What is left of a diagonal, as a share of it, when the row says nothing new. */
#define REDUNDANT 1e-13

void linear_init(struct linear *linear, uint32_t capacity, struct arena *arena)
{
	*linear = (struct linear){
		.capacity = capacity,
		.entries = arena_array(arena, double, (size_t)capacity *capacity + 1),
		.inverse = arena_array(arena, double, capacity + 1),
		.work = arena_array(arena, double, capacity + 1),
		.first = arena_array(arena, uint32_t, capacity + 1),
	};
}

static uint32_t later(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Row i of L; what remains of the diagonal. */
static double factor_row(struct linear *linear, uint32_t i)
{
	double  *row = linear->entries + (size_t)i * linear->capacity;
	double  *work = linear->work;
	double   rest = row[i];
	uint32_t first = linear->first[i];

	for (uint32_t j = first; j < i; j++) {
		const double *other = linear->entries + (size_t)j * linear->capacity;
		double        sum = row[j];

		for (uint32_t k = later(first, linear->first[j]); k < j; k++)
			sum -= work[k] * other[k];
		work[j] = sum;
		row[j] = sum * linear->inverse[j];
		rest -= sum * row[j];
	}
	return rest;
}

void linear_factor(struct linear *linear)
{
	for (uint32_t i = 0; i < linear->count; i++) {
		double whole = linear->entries[(size_t)i * linear->capacity + i];
		double rest = factor_row(linear, i);

		linear->inverse[i] = rest > REDUNDANT * whole ? 1 / rest : 0;
	}
}

void linear_solve(const struct linear *linear, double *values)
{
	for (uint32_t i = 0; i < linear->count; i++) {
		const double *row = linear->entries + (size_t)i * linear->capacity;

		for (uint32_t k = linear->first[i]; k < i; k++)
			values[i] -= row[k] * values[k];
	}
	for (uint32_t i = 0; i < linear->count; i++)
		values[i] *= linear->inverse[i];
	for (uint32_t i = linear->count; i-- > 0;) {
		const double *row = linear->entries + (size_t)i * linear->capacity;

		for (uint32_t k = linear->first[i]; k < i; k++)
			values[k] -= row[k] * values[i];
	}
}
