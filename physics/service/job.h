/* What the simulator and a worker of its own say to each other over the worker's descriptor 3: frames
 * (eventstore/wire/frame.h). A worker does one job at a time, and its number stands in every frame.
 *
 *   simulator                            worker
 *                                   <-   FIT      its golden scenes gave what they should; or UNFIT, and it ends
 *   WORK  a canonical scene         ->
 *                                   <-   PIECE …  frames as they come; a whole block is said again, packed
 *                                   <-   ENDED    what came of it, or BROKEN
 *   STOP                            ->            heard between two slices of the work */
#ifndef ORRERY_SIMULATOR_JOB_H
#define ORRERY_SIMULATOR_JOB_H

#include "physics/service/wire.h"

/* A result with this fault was computed by a library that was left in the middle of something. */
#define JOB_FAULT_OF_LIBRARY "library"

enum {
	JOB_DESCRIPTOR = 3,
	JOB_SLICE_US = 20 * 1000,    /* so often frames are sent, and STOP is looked for */
	JOB_PIECE_BYTES = 128 << 10, /* or when there are so many of them */
};

/* In brackets what the body is. */
enum job_word {
	JOB_FIT = 1,    /* none */
	JOB_UNFIT = 2,  /* a sentence */
	JOB_WORK = 3,   /* a canonical scene */
	JOB_PIECE = 4,  /* for each frame: u32 size, the frame, the f64 of its series; little endian */
	JOB_PACKED = 5, /* u32 raw size, a block (track.h) packed: the frames since the last one make it */
	JOB_ENDED = 6,  /* (run_done), but the hashes of the scene, run and engine, which the simulator knows */
	JOB_BROKEN = 7, /* (job_broken) */
	JOB_STOP = 8,   /* none */
};

struct job_broken {
	struct text code; /* as in run_failed */
	struct text sentence;
	uint32_t    frame;
	bool        recycle; /* the library was left in the middle of something: no further job */
};

extern const struct shape job_broken_shape;

#endif
