/* A quantity over time, told at frames by value and rate, and what can be said of it between them: its period, its
 * extremes, its value at a time. Where both ends of an interval know their rate and nothing struck in between, the
 * quantity is the cubic through both (Hermite); elsewhere a straight line. */
#ifndef ORRERY_PHYSICS_CURVE_H
#define ORRERY_PHYSICS_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rate is NaN where nobody knows it. */
struct curve_point {
	double value, rate;
};

struct curve_moment {
	double             time_s;
	struct curve_point point;
	bool               smooth; /* nothing struck since the moment before */
};

/* Zeroes are one that nothing is known of yet. To be treated as opaque. */
struct curve {
	struct curve_moment  last[3]; /* the newest first */
	uint32_t             count;
	double               value; /* the extreme, or the value at a time; NaN: none */
	struct curve_moment *kept;  /* for the period: all */
	size_t               kept_count, kept_capacity;
};

void curve_finish(struct curve *curve);

/* One moment after the other, each curve by one of these three. `sign` is 1 for the largest value, -1 for the least. */
void curve_extreme(struct curve *curve, struct curve_moment moment, double sign);
void curve_at(struct curve *curve, struct curve_moment moment, double time_s);
void curve_keep(struct curve *curve, struct curve_moment moment);

/* The extreme or the value at the time, as far as the moments went; NaN when there is none. */
double curve_value(const struct curve *curve);

/* Of a curve that was kept: the mean time between upward passages through the middle, s. The middle is that of its last
 * swings, so that what dies away or creeps has a period too. NaN below two passages. */
double curve_period(const struct curve *curve);

#endif
