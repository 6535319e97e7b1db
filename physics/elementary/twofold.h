/* Sums of two doubles, the second no more than half a unit in the last place of the first: 106 bits where 53 are not
 * enough. T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18 (1971);
 * D. E. Knuth, TAOCP 2, §4.2.2. Holds only without -ffast-math and contraction, and far from overflow. */
#ifndef ORRERY_PHYSICS_TWOFOLD_H
#define ORRERY_PHYSICS_TWOFOLD_H

struct twofold {
	double high, low;
};

/* a + b exactly, where |a| >= |b| or a is 0. */
static inline struct twofold twofold_ordered_sum(double a, double b)
{
	double high = a + b;

	return (struct twofold){.high = high, .low = b - (high - a)};
}

/* a + b exactly. */
static inline struct twofold twofold_sum(double a, double b)
{
	double high = a + b, b_seen = high - a;

	return (struct twofold){.high = high, .low = (a - (high - b_seen)) + (b - b_seen)};
}

/* a * b exactly, while neither is above 2^990 nor the product's last bit below the smallest double. */
static inline struct twofold twofold_product(double a, double b)
{
	const double splitter = 0x1p27 + 1;
	double       a_wide = splitter * a, b_wide = splitter * b;
	double       a_high = a_wide - (a_wide - a), b_high = b_wide - (b_wide - b);
	double       a_low = a - a_high, b_low = b - b_high;
	double       high = a * b;

	return (struct twofold){.high = high,
	                        .low = ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

static inline struct twofold twofold_multiply(struct twofold a, struct twofold b)
{
	struct twofold product = twofold_product(a.high, b.high);

	return twofold_ordered_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

static inline struct twofold twofold_divide(struct twofold a, struct twofold b)
{
	double         quotient = a.high / b.high;
	struct twofold product = twofold_product(quotient, b.high);
	double         rest = ((a.high - product.high) - product.low) + (a.low - quotient * b.low);

	return twofold_ordered_sum(quotient, rest / b.high);
}

#endif
