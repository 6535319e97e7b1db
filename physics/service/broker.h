/* The simulator's process: answers its socket, keeps what was computed, and has workers compute the rest. One loop, one
 * thread; files are written on libuv's threads. */
#ifndef ORRERY_SIMULATOR_BROKER_H
#define ORRERY_SIMULATOR_BROKER_H

#include "eventstore/base/status.h"
#include "physics/service/wire.h"

struct broker_settings {
	const char *socket_path;
	const char *folder;  /* of the shelf */
	const char *program; /* the worker's: run with the one argument `worker` and JOB_DESCRIPTOR open */
	uint32_t    workers;
	uint64_t    memory_bytes_max, disk_bytes_max;
	uint64_t    hourly_cpu_us;  /* a person's; 0: no limit */
	uint32_t    budget_percent; /* of what budget.def grants a run; 0: all of it */
};

enum { BROKER_WORKERS_MAX = 64, BROKER_CLIENTS_MAX = 1024, BROKER_WISHES_PER_CLIENT_MAX = 8192 };

/* What must be known of a scene before it runs. Texts are static or live in the arena. */
struct scene_brief {
	struct hash scene_hash, run_hash, engine;
	struct text mode, reason;
	uint32_t    frames, fps, bodies, series;
	double      quantum;
	uint64_t    cost_us; /* CPU, a guess */
};

struct arena;

/* INVALID: it is no canonical scene; `complaint` says why. */
enum status scene_brief(struct bytes canonical, struct arena *arena, struct scene_brief *out,
                        struct text *complaint) MUST_USE;

/* Runs until TERM or INT. Anything but OK was said in the diagnostics: it could not begin. */
enum status broker_run(const struct broker_settings *settings) MUST_USE;

#endif
