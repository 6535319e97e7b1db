/* The innermost loops of families: many bodies, each in its own lane of arrays, that know nothing of one another. */
#ifndef ORRERY_PHYSICS_FAMILY_LANES_H
#define ORRERY_PHYSICS_FAMILY_LANES_H

#include <stdint.h>

enum { LANES = 64 };

enum lane_kind {
	LANE_SWING,  /* on a rod: by the angle from where it hangs */
	LANE_FLIGHT, /* gravity, drag, a magnetic field */
	LANE_ORBIT,  /* the same, and a centre that pulls */
	LANE_SPRING, /* the same as a flight, and a spring */
	LANE_DRIVEN, /* the same as a spring, and a drive */
	LANE_KINDS,
};

/* Rows of a block, a number for each lane. Forces are by mass: accelerations. */
enum lane_row {
	LANE_X, /* m; of a swing the angle, rad */
	LANE_Y,
	LANE_VX, /* m/s; of a swing rad/s */
	LANE_VY,
	LANE_AX, /* uniform acceleration; of a swing gravity over length, 1/s² */
	LANE_AY,
	LANE_LINEAR, /* drag */
	LANE_QUADRATIC,
	LANE_WIND_X,
	LANE_WIND_Y,
	LANE_TURN, /* q B / m */
	LANE_GM,
	LANE_AT_X, /* the centre of the pull or the spring's fixed end */
	LANE_AT_Y,
	LANE_STIFFNESS,
	LANE_DAMPING,
	LANE_REST,
	LANE_DRIVE_X,
	LANE_DRIVE_Y,
	LANE_OMEGA,
	LANE_PHASE,
	LANE_ROWS,
};

struct lane_block {
	_Alignas(64) double rows[LANE_ROWS][LANES];
};

/* All lanes go on by `count` steps of h seconds; `first` steps were before. Lanes that nobody uses must hold zeroes. */
void lanes_advance(enum lane_kind kind, struct lane_block *block, uint64_t first, uint32_t count, double h);

#endif
