/* A scene run once more, for the audit: by the library itself in a process of its own, which nothing else may end, and
 * without the simulator, so that neither what it keeps nor that it runs is needed. */
#ifndef ORRERY_RERUN_H
#define ORRERY_RERUN_H

#include "eventstore/base/hash.h"
#include "physics/scene/posed.h"

enum { RERUN_CHECKPOINTS_MAX = 4096, RERUN_MEASURES_MAX = 64, RERUN_SECONDS_MAX = 600, RERUN_BYTES_MAX = 1 << 30 };

struct rerun {
	bool             ended; /* it came to its end; else the process broke off */
	enum solver_mode mode;
	uint32_t         fault; /* enum solver_fault */
	uint32_t         frames;
	uint64_t         steps;
	struct hash      trajectory_hash, engine, run_hash;
	uint32_t         checkpoint_count; /* one each TRAJECTORY_KEY_FRAMES, the last behind them */
	struct hash      checkpoints[RERUN_CHECKPOINTS_MAX];
	uint32_t         measure_count;
	double           measures[RERUN_MEASURES_MAX]; /* NaN: none */
};

/* FULL: no process could be made. */
enum status rerun_scene(const struct posed_scene *posed, struct rerun *out) MUST_USE;

#endif
