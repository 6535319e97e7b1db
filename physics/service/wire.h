/* How processes talk to the simulator: frames (eventstore/wire/frame.h) with words of their own over the Unix socket
 * `simulator.sock` in the data folder, each body a message in msgpack (eventstore/wire/message.h).
 *
 *   client                               simulator
 *   HELLO  who, which protocol      ->
 *                                   <-   WELCOME  the engine's fingerprint, or why not
 *   RUN    a scene, for whom        ->
 *                                   <-   ACCEPTED, PROGRESS …, and one of DONE and FAILED, under the wish's number
 *   WATCH  a run by its hash        ->   the same, for a run that somebody else asked for, or that is kept
 *   CANCEL the wish of that number  ->   FAILED cancelled, unless it had ended
 *   FETCH  frames or series         ->
 *                                   <-   FRAMES, or FAILED
 *   STATUS                          ->
 *                                   <-   STATUS
 *
 * Frames are fetched, never pushed: whoever cannot read on holds nobody up, and one block serves all who ask for it.
 * PROGRESS says how far they are. The same scene on the same engine is the same run, whoever asks for it: it is
 * computed once, and everybody's wish ends with it. A run is cancelled when nobody waits for it any more. */
#ifndef ORRERY_SIMULATOR_WIRE_H
#define ORRERY_SIMULATOR_WIRE_H

#include "eventstore/wire/message.h"

#define SIMULATOR_SOCKET "simulator.sock" /* in ORRERY_DATA */

enum {
	SIMULATOR_PROTOCOL = 1,
	SIMULATOR_SCENE_BYTES_MAX = 768 << 10, /* canonical */
	SIMULATOR_FETCH_BYTES_MAX = 512 << 10, /* of frames in one answer, unless a single one is larger */
	SIMULATOR_BLOCK_FRAMES = 60,           /* from one key frame to the next */
};

/* In brackets what the body is. */
enum simulator_word {
	SIMULATOR_HELLO = 1,    /* (hello, with SIMULATOR_PROTOCOL) */
	SIMULATOR_WELCOME = 2,  /* (simulator_welcome) */
	SIMULATOR_RUN = 3,      /* (run_wish) */
	SIMULATOR_WATCH = 4,    /* (run_watch) */
	SIMULATOR_ACCEPTED = 5, /* (run_accepted) */
	SIMULATOR_PROGRESS = 6, /* (run_progress) */
	SIMULATOR_DONE = 7,     /* (run_done) */
	SIMULATOR_FAILED = 8,   /* (run_failed) */
	SIMULATOR_CANCEL = 9,   /* none */
	SIMULATOR_FETCH = 10,   /* (run_fetch) */
	SIMULATOR_FRAMES = 11,  /* (run_frames) */
	SIMULATOR_STATUS = 12,  /* none; the answer: (simulator_status) */
};

/* What a run may cost, and how soon it has its turn: the lines of budget.def. */
enum run_budget {
	RUN_INTERACTIVE = 1, /* somebody looks on */
	RUN_NORMAL,          /* somebody will look at it */
	RUN_BATCH,           /* sweeps, grading, teachers' large scenes */
};

struct simulator_welcome {
	uint32_t    protocol;
	bool        accepted;
	struct text sentence; /* why not */
	struct text version;
	uint32_t    workers;
};

struct run_wish {
	struct id    person; /* whose budget it is; absent: the machine's own, which has none */
	uint32_t     budget; /* enum run_budget */
	struct bytes scene;  /* canonical (physics/scene/canonical.h) */
	bool         fresh;  /* computed again although it is kept, for comparison; what is kept stays */
	bool         owed;   /* was promised: waits however many of the person's wait already */
};

struct run_watch {
	struct hash run_hash;
	struct id   person; /* whose budget it is should the frames have to be computed again; absent: all visitors' */
	bool        frames; /* not only the result: what is no longer kept of them is computed again */
};

/* The wish will be done, or is already. */
struct run_accepted {
	struct hash scene_hash, run_hash, engine;
	struct text mode; /* precise, rigid */
	struct text reason;
	bool        cached; /* DONE follows at once */
	bool        shared; /* it was under way for somebody else */
	uint32_t    frames; /* from 0 to frames - 1, if nothing comes between */
	uint32_t    fps;
	uint32_t    bodies;
	uint32_t    series;  /* measures that have a value in each frame, in the scene's order */
	double      quantum; /* of the frames, m and rad */
	uint32_t    eta_ms;  /* a guess */
	uint32_t    ahead;   /* runs in the queue before it */
};

struct run_progress {
	uint32_t available; /* frames that can be fetched */
};

/* NaN does not travel: what has no value is absent. */
struct run_measured {
	double value;
	bool   has_value;
};

struct run_measures {
	const struct run_measured *items;
	uint32_t                   count;
};

/* What came of it. A run that ended before its time has a fault; what is up to there is good, and is kept. */
struct run_done {
	struct hash         scene_hash, run_hash, engine;
	struct text         mode;
	uint32_t            frames, fps;
	uint64_t            steps;           /* inner ones */
	struct hash         trajectory_hash; /* the last link of the chain */
	struct bytes        checkpoints;     /* 32 bytes each: its links after each block, the last included */
	double              energy_drift;    /* relative (physics/measure.h) */
	double              constraint_error_m;
	double              error_estimate_m;
	bool                has_energy_drift, has_error_estimate_m;
	bool                may_tunnel;
	struct run_measures measures; /* of the scene, in its order: a series' value is the one at the end */
	struct text         fault;    /* absent: none */
	uint32_t            fault_frame;
	uint64_t            cpu_us;
	bool                expired; /* the frames are not kept any more; they can be computed again */
};

/* Why there is no result. `code` is a word: invalid_scene, over_budget, too_many_runs, budget_spent, cancelled,
 * crashed, simulator_busy, stopping, not_kept, other_engine. */
struct run_failed {
	struct text code;
	struct text sentence;      /* for people */
	uint32_t    frame;         /* how far it had come */
	uint32_t    retry_after_s; /* 0: trying again is no use */
};

enum run_part {
	RUN_FRAMES = 1, /* encoded (physics/trajectory.h), one behind the other */
	RUN_KEY_FRAMES, /* the same, of each block the first alone */
	RUN_SERIES,     /* doubles, little endian: for each frame one a series; NaN: no value */
	RUN_SCENE,      /* canonical, whatever the range */
};

struct run_fetch {
	struct hash run_hash;
	uint32_t    part; /* enum run_part */
	uint32_t    from; /* RUN_FRAMES: what begins within a block cannot be decoded without the block's key frame */
	uint32_t    count;
};

struct run_frames {
	uint32_t     first, count; /* count 0: there is nothing there yet */
	uint32_t     available;
	bool         complete; /* no more will come */
	struct bytes bytes;
};

struct simulator_status {
	struct text version;
	uint32_t    workers, workers_fit, running, queued, clients;
	uint64_t    runs, cached, shared, failed, crashed, recycled, refused, cancelled;
	uint64_t    cpu_us, frames;
	uint64_t    memory_used, memory_max, disk_used, disk_max;
	uint32_t    kept_memory, kept_disk;
};

extern const struct shape simulator_welcome_shape, run_wish_shape, run_watch_shape, run_accepted_shape,
	run_progress_shape, run_done_shape, run_failed_shape, run_fetch_shape, run_frames_shape, simulator_status_shape;

#endif
