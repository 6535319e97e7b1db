/* What a formula comes to, and how far rounding may have moved it. */
#include "commands/learning/formula_parts.h"

#include <float.h>
#include <math.h>

#define ROUNDING 0x1p-53 /* of one operation, by IEEE 754 */

enum {
	LIBRARY_ROUNDINGS =
		4,  /* glibc promises its functions to within about one unit in the last place, two roundings */
	DOUBT = 16, /* how much further than estimated a value may be off before it counts as another */
};

static double smaller(double x, double y)
{
	return isnan(x) || isnan(y) ? NAN : x < y ? x : y;
}

static double larger(double x, double y)
{
	return isnan(x) || isnan(y) ? NAN : x > y ? x : y;
}

static bool is_small_whole(double y)
{
	return fabs(y) <= FORMULA_EXPONENT_MAX && y == floor(y);
}

/* Products where the exponent is small and whole, so that every machine has the same bits. */
static double power(double x, double y)
{
	double result = 1;

	if (!is_small_whole(y))
		return pow(x, y);
	for (unsigned left = (unsigned)fabs(y); left > 0; left >>= 1) {
		if (left & 1)
			result *= x;
		x *= left > 1 ? x : 1;
	}
	return y < 0 ? 1 / result : result;
}

static double value_of(enum formula_operation operation, double x, double y)
{
	switch (operation) {
	case FORMULA_NEGATE:
		return -x;
	case FORMULA_ADD:
		return x + y;
	case FORMULA_SUBTRACT:
		return x - y;
	case FORMULA_MULTIPLY:
		return x * y;
	case FORMULA_DIVIDE:
		return x / y;
	case FORMULA_POWER:
		return power(x, y);
#define FUNCTION(name, arguments, value, error)                                                                        \
	case FORMULA_##name:                                                                                           \
		return value;
#include "commands/learning/formula_function.def"
#undef FUNCTION
	default:
		return NAN;
	}
}

static bool takes_two(enum formula_operation operation)
{
	return (operation >= FORMULA_ADD && operation <= FORMULA_POWER) || formula_arguments(operation) == 2;
}

double formula_value(const struct formula *formula, const double *values)
{
	double   stack[FORMULA_NODES_MAX];
	uint32_t height = 0;

	for (uint32_t i = 0; i < formula->count; i++) {
		const struct formula_node *node = &formula->nodes[i];

		if (node->operation == FORMULA_NUMBER || node->operation == FORMULA_VARIABLE) {
			stack[height++] = node->operation == FORMULA_NUMBER ? node->number : values[node->variable];
			continue;
		}
		height -= takes_two(node->operation);
		stack[height - 1] = value_of(node->operation, stack[height - 1], stack[height]);
	}
	return stack[0];
}

/* ---------------------------------------------------------------- estimates */

static double power_error(double x, double dx, double y, double dy)
{
	double v = fabs(power(x, y));

	return (x == 0 ? (y < 1 ? INFINITY : dx) : v * fabs(y / x) * dx) + (dy > 0 ? v * fabs(log(fabs(x))) * dy : 0);
}

/* First-order propagation; see formula_function.def. */
static double error_of(enum formula_operation operation, double v, const struct formula_estimate *left,
                       const struct formula_estimate *right)
{
	double x = left->value, dx = left->error, y = right->value, dy = right->error;

	switch (operation) {
	case FORMULA_NEGATE:
		return dx;
	case FORMULA_ADD:
	case FORMULA_SUBTRACT:
		return dx + dy;
	case FORMULA_MULTIPLY:
		return fabs(x) * dy + fabs(y) * dx + dx * dy;
	case FORMULA_DIVIDE:
		return (dx + fabs(v) * dy) / fabs(y);
	case FORMULA_POWER:
		return power_error(x, dx, y, dy);
#define FUNCTION(name, arguments, value, error)                                                                        \
	case FORMULA_##name:                                                                                           \
		return error;
#include "commands/learning/formula_function.def"
#undef FUNCTION
	default:
		return INFINITY;
	}
}

static double roundings_of(enum formula_operation operation, double y)
{
	if (operation == FORMULA_NEGATE || operation == FORMULA_abs || operation == FORMULA_min
	    || operation == FORMULA_max)
		return 0;
	if (operation == FORMULA_POWER && is_small_whole(y))
		return fabs(y);
	return operation < FORMULA_POWER || operation == FORMULA_sqrt ? 1 : LIBRARY_ROUNDINGS;
}

/* No number here, but one a little to the side: rounding may have pushed the argument over the edge. */
static bool is_at_an_edge(enum formula_operation operation, const struct formula_estimate *left, double y)
{
	double away = DOUBT * left->error;

	return !isnan(value_of(operation, left->value + away, y)) || !isnan(value_of(operation, left->value - away, y));
}

static struct formula_estimate apply(enum formula_operation operation, struct formula_estimate left,
                                     struct formula_estimate right)
{
	struct formula_estimate result = {
		.value = value_of(operation, left.value, right.value),
		.lost = left.lost || right.lost,
	};
	double v = result.value, carried = 0;

	if (left.error > 0 || right.error > 0)
		carried = error_of(operation, v, &left, &right);
	result.error = fabs(carried) + fabs(v) * ROUNDING * roundings_of(operation, right.value);
	/* A difference of exact numbers that comes to nothing is exactly nothing. */
	if (v != 0 && fabs(v) < DBL_MIN)
		result.error += DBL_TRUE_MIN;
	if (isnan(v) && !isnan(left.value) && !isnan(right.value) && is_at_an_edge(operation, &left, right.value))
		result.lost = true;
	if (isinf(v) || (!isnan(v) && !isfinite(result.error)))
		result.lost = true;
	return result;
}

/* A decimal like 0.1 lies beside the double that stands for it. */
static struct formula_estimate exactly(double number, bool written)
{
	return (struct formula_estimate){
		.value = number,
		.error = written && number != floor(number) ? fabs(number) * ROUNDING : 0,
	};
}

struct formula_estimate formula_estimate(const struct formula *formula, const double *values)
{
	struct formula_estimate stack[FORMULA_NODES_MAX + 1] = {0};
	uint32_t                height = 0;

	for (uint32_t i = 0; i < formula->count; i++) {
		const struct formula_node *node = &formula->nodes[i];

		if (node->operation == FORMULA_NUMBER)
			stack[height++] = exactly(node->number, true);
		else if (node->operation == FORMULA_VARIABLE)
			stack[height++] = exactly(values[node->variable], false);
		else if (takes_two(node->operation)) {
			height--;
			stack[height - 1] = apply(node->operation, stack[height - 1], stack[height]);
		} else
			stack[height - 1] = apply(node->operation, stack[height - 1], exactly(0, false));
	}
	return stack[0];
}
