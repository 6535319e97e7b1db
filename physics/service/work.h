/* What a worker does, behind one interface: physics (work.c) in the program, something obedient in tests. One piece of
 * work at a time. */
#ifndef ORRERY_SIMULATOR_WORK_H
#define ORRERY_SIMULATOR_WORK_H

#include "eventstore/base/arena.h"
#include "physics/service/job.h"

struct work;

/* Valid until the next call. */
struct work_frame {
	struct bytes  encoded;
	const double *series; /* as many as the scene has */
	uint32_t      series_count;
};

enum work_step { WORK_FRAME, WORK_ENDED, WORK_BROKEN };

/* May this process be trusted with work? False: the complaint is a static sentence. */
bool work_fit(struct text *complaint);

/* NULL: it cannot be begun, and `why` says so. The scene is copied. */
struct work *work_begin(struct bytes scene, struct job_broken *why);

/* WORK_BROKEN: there is no result, and `why` says why not; the frame in it is filled in by the caller. */
enum work_step work_next(struct work *work, struct work_frame *out, struct job_broken *why);

/* After WORK_ENDED: all but hashes of the scene, run and engine. Lists live in the arena. */
void work_result(const struct work *work, struct arena *arena, struct run_done *out);

void work_end(struct work *work); /* NULL is borne */

#endif
