/* Loops that compilers turn into vector instructions: each lane has the same plain operations, without a branch or a
 * call. The build makes them for several widths, and the dynamic linker picks the one that the processor has. Lanes do
 * not meet, nothing is contracted, and so the width does not show in the bits. */
#include "physics/family/family_lanes.h"

#include <math.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)                  \
	&& !defined(ONE_WIDTH)
#define EVERY_WIDTH __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define EVERY_WIDTH
#endif

/* A whole number as a double, to the nearest; for |x| < 2^51. */
ALWAYS_INLINE double nearest(double x)
{
	const double to_whole = 0x1.8p52;

	return (x + to_whole) - to_whole;
}

/* Taylor's series on [-pi/2, pi/2], where x^21/21! is below 2^-52 of x; in pairs, so that few terms wait for others (G.
 * Estrin, "Organization of computer systems", 1960). */
ALWAYS_INLINE double sine_near(double x)
{
	double z = x * x, z2 = z * z, z4 = z2 * z2;
	double first = -1.0 / 6 + z * (1.0 / 120), second = -1.0 / 5040 + z * (1.0 / 362880);
	double third = -1.0 / 39916800 + z * (1.0 / 6227020800);
	double fourth = -1.0 / 1307674368000 + z * (1.0 / 355687428096000);
	double sum = (first + z2 * second) + z4 * ((third + z2 * fourth) + z4 * (-1.0 / 121645100408832000));

	return x + x * z * sum;
}

/* Of angles up to a million half turns; pi in pieces, the first two of 33 bits. */
ALWAYS_INLINE double sine(double x)
{
	double turns = nearest(x * 0x1.45f306dc9c883p-2), half = turns * 0.5;
	double near = ((x - turns * 0x1.921fb544p+1) - turns * 0x1.0b4611a6p-33) - turns * 0x1.3198a2e037073p-68;

	return sine_near(near) * (1 - 4 * fabs(half - nearest(half)));
}

/* ---------------------------------------------------------------- swings */

ALWAYS_INLINE double swing_rate(const struct lane_block *block, uint32_t i, double angle, double rate)
{
	return -block->rows[LANE_AX][i] * sine(angle)
	       - (block->rows[LANE_LINEAR][i] + block->rows[LANE_QUADRATIC][i] * fabs(rate)) * rate;
}

/* The classical method of W. Kutta, "Beitrag zur näherungsweisen Integration totaler Differentialgleichungen" (1901).
 */
EVERY_WIDTH static void advance_swings(struct lane_block *restrict block, uint32_t count, double h)
{
	for (uint32_t step = 0; step < count; step++) {
		for (uint32_t i = 0; i < LANES; i++) {
			double x = block->rows[LANE_X][i], v = block->rows[LANE_VX][i];
			double a1 = swing_rate(block, i, x, v);
			double v2 = v + h / 2 * a1, a2 = swing_rate(block, i, x + h / 2 * v, v2);
			double v3 = v + h / 2 * a2, a3 = swing_rate(block, i, x + h / 2 * v2, v3);
			double v4 = v + h * a3, a4 = swing_rate(block, i, x + h * v3, v4);

			block->rows[LANE_X][i] = x + h / 6 * (v + 2 * (v2 + v3) + v4);
			block->rows[LANE_VX][i] = v + h / 6 * (a1 + 2 * (a2 + a3) + a4);
		}
	}
}

/* ---------------------------------------------------------------- points in the plane */

struct place {
	double x, y, vx, vy;
};

struct push {
	double x, y;
};

/* Drag and a magnetic field: in whatever flies. */
ALWAYS_INLINE struct push flight_push(const struct lane_block *block, uint32_t i, struct place at)
{
	double ux = at.vx - block->rows[LANE_WIND_X][i], uy = at.vy - block->rows[LANE_WIND_Y][i];
	double drag = block->rows[LANE_LINEAR][i] + block->rows[LANE_QUADRATIC][i] * sqrt(ux * ux + uy * uy);
	double turn = block->rows[LANE_TURN][i];

	return (struct push){block->rows[LANE_AX][i] - drag * ux + turn * at.vy,
	                     block->rows[LANE_AY][i] - drag * uy - turn * at.vx};
}

ALWAYS_INLINE struct push orbit_push(const struct lane_block *block, uint32_t i, struct place at)
{
	struct push push = flight_push(block, i, at);
	double      x = at.x - block->rows[LANE_AT_X][i], y = at.y - block->rows[LANE_AT_Y][i];
	double      square = x * x + y * y, pull = block->rows[LANE_GM][i] / (square * sqrt(square));

	return (struct push){push.x - pull * x, push.y - pull * y};
}

ALWAYS_INLINE double drive_at(enum lane_kind kind, const struct lane_block *block, uint32_t i, double time)
{
	const double quarter_turn = 0x1.921fb54442d18p+0;

	if (kind != LANE_DRIVEN)
		return 0;
	return sine(block->rows[LANE_OMEGA][i] * time + block->rows[LANE_PHASE][i] + quarter_turn);
}

ALWAYS_INLINE struct push spring_push(const struct lane_block *block, uint32_t i, struct place at, double drive)
{
	struct push push = flight_push(block, i, at);
	double      x = at.x - block->rows[LANE_AT_X][i], y = at.y - block->rows[LANE_AT_Y][i];
	double      length = sqrt(x * x + y * y), by_length = length > 0 ? 1 / length : 0;
	double      nx = x * by_length, ny = y * by_length;
	double      pull = block->rows[LANE_STIFFNESS][i] * (length - block->rows[LANE_REST][i])
	              + block->rows[LANE_DAMPING][i] * (nx * at.vx + ny * at.vy);

	return (struct push){push.x - pull * nx + drive * block->rows[LANE_DRIVE_X][i],
	                     push.y - pull * ny + drive * block->rows[LANE_DRIVE_Y][i]};
}

ALWAYS_INLINE struct push push_of(enum lane_kind kind, const struct lane_block *block, uint32_t i, struct place at,
                                  double drive)
{
	if (kind == LANE_ORBIT)
		return orbit_push(block, i, at);
	return kind == LANE_FLIGHT ? flight_push(block, i, at) : spring_push(block, i, at, drive);
}

/* Where a body comes from `from` in h when it moves and is pushed like that. */
ALWAYS_INLINE struct place moved(struct place from, struct place by, struct push push, double h)
{
	return (struct place){from.x + h * by.vx, from.y + h * by.vy, from.vx + h * push.x, from.vy + h * push.y};
}

ALWAYS_INLINE void advance_points(enum lane_kind kind, struct lane_block *restrict block, double time, double h)
{
	for (uint32_t i = 0; i < LANES; i++) {
		struct place at = {block->rows[LANE_X][i], block->rows[LANE_Y][i], block->rows[LANE_VX][i],
		                   block->rows[LANE_VY][i]};
		double       before = drive_at(kind, block, i, time), amid = drive_at(kind, block, i, time + h / 2);
		struct push  p1 = push_of(kind, block, i, at, before);
		struct place at2 = moved(at, at, p1, h / 2);
		struct push  p2 = push_of(kind, block, i, at2, amid);
		struct place at3 = moved(at, at2, p2, h / 2);
		struct push  p3 = push_of(kind, block, i, at3, amid);
		struct place at4 = moved(at, at3, p3, h);
		struct push  p4 = push_of(kind, block, i, at4, drive_at(kind, block, i, time + h));

		block->rows[LANE_X][i] = at.x + h / 6 * (at.vx + 2 * (at2.vx + at3.vx) + at4.vx);
		block->rows[LANE_Y][i] = at.y + h / 6 * (at.vy + 2 * (at2.vy + at3.vy) + at4.vy);
		block->rows[LANE_VX][i] = at.vx + h / 6 * (p1.x + 2 * (p2.x + p3.x) + p4.x);
		block->rows[LANE_VY][i] = at.vy + h / 6 * (p1.y + 2 * (p2.y + p3.y) + p4.y);
	}
}

EVERY_WIDTH static void advance_flights(struct lane_block *block, uint32_t count, double h)
{
	for (uint32_t step = 0; step < count; step++)
		advance_points(LANE_FLIGHT, block, 0, h);
}

EVERY_WIDTH static void advance_orbits(struct lane_block *block, uint32_t count, double h)
{
	for (uint32_t step = 0; step < count; step++)
		advance_points(LANE_ORBIT, block, 0, h);
}

EVERY_WIDTH static void advance_springs(struct lane_block *block, uint32_t count, double h)
{
	for (uint32_t step = 0; step < count; step++)
		advance_points(LANE_SPRING, block, 0, h);
}

EVERY_WIDTH static void advance_driven(struct lane_block *block, uint64_t first, uint32_t count, double h)
{
	for (uint32_t step = 0; step < count; step++)
		advance_points(LANE_DRIVEN, block, (double)(first + step) * h, h);
}

void lanes_advance(enum lane_kind kind, struct lane_block *block, uint64_t first, uint32_t count, double h)
{
	if (kind == LANE_SWING)
		advance_swings(block, count, h);
	else if (kind == LANE_FLIGHT)
		advance_flights(block, count, h);
	else if (kind == LANE_ORBIT)
		advance_orbits(block, count, h);
	else if (kind == LANE_SPRING)
		advance_springs(block, count, h);
	else
		advance_driven(block, first, count, h);
}
