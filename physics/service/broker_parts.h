/* What the parts of the broker share: its clients' words (broker.c), runs (runs.c), what is kept (keep.c) and the
 * workers (pool.c). For nobody else. */
#ifndef ORRERY_SIMULATOR_BROKER_PARTS_H
#define ORRERY_SIMULATOR_BROKER_PARTS_H

#include "eventstore/base/arena.h"
#include "eventstore/base/list.h"
#include "eventstore/base/map.h"
#include "physics/service/broker.h"
#include "physics/service/job.h"
#include "physics/service/line.h"
#include "physics/service/queue.h"
#include "physics/service/shelf.h"
#include "physics/service/track.h"

struct broker;

/* Somebody on the other side of the socket. */
struct client {
	struct list_link link;
	struct broker   *broker;
	struct line      line;
	char             who[WHO_SIZE_MAX + 1];
	bool             greeted, dropped;
	struct list_link wishes;
	uint32_t         wish_count;
};

/* Somebody waits for a run. */
struct wish {
	struct list_link in_run, in_client;
	struct client   *client;
	struct run      *run;
	uint64_t         number;
};

enum run_state { RUN_STATE_WAITING, RUN_STATE_RUNNING, RUN_STATE_KEPT };

struct run {
	struct broker      *broker;
	struct queue_place  place;
	enum run_state      state;
	bool                fresh;  /* not found by its hash, and not kept */
	bool                listed; /* found by its hash */
	bool                saving; /* a thread writes it to disk */
	struct arena        arena;  /* of what follows */
	struct bytes        scene;
	struct run_accepted accepted;
	struct run_done     done; /* kept ones */
	struct track        track;
	struct list_link    wishes;
	struct list_link    link;  /* in broker.under_way or, what was used last at the end, broker.kept */
	size_t              bytes; /* kept ones: of memory, as counted */
	struct worker      *worker;
};

enum worker_state { WORKER_DOWN, WORKER_STARTING, WORKER_IDLE, WORKER_BUSY, WORKER_LEAVING };

struct worker {
	struct broker    *broker;
	enum worker_state state;
	uv_process_t      process;
	struct line       line;
	int               handles; /* open ones: process and line */
	struct run       *run;
	uint64_t          job;
	int64_t           job_cpu_us; /* of the process when the job began */
	int64_t           job_began_us;
	int64_t           stop_due_us; /* told to stop: killed then; 0: not told */
	const char       *stop_code, *stop_sentence;
	int64_t           start_at_us; /* when down */
	uint32_t          failures;    /* ends without a job in between */
};

struct broker {
	uv_loop_t                     loop;
	uv_pipe_t                     listener;
	uv_signal_t                   terminate, interrupt;
	uv_timer_t                    tick;
	const struct broker_settings *settings;
	struct list_link              clients, under_way, kept;
	struct map                    runs; /* by hash, those that are listed */
	size_t                        kept_bytes;
	uint32_t                      kept_count;
	struct queue                 *queue;
	struct shelf                 *shelf;
	struct worker                 workers[BROKER_WORKERS_MAX];
	uint32_t                      worker_count;
	uint64_t                      next_job;
	struct simulator_status       counts;
	struct arena                  arena; /* of the frame at hand */
	bool                          stopping;
};

/* ---- broker.c ---- */

void client_say(struct client *client, enum simulator_word word, uint64_t number, const struct shape *shape,
                const void *message);
void client_fail(struct client *client, uint64_t number, const struct run_failed *failure);

/* ---- runs.c ---- */

/* Somebody's words, as simulator_word says. */
void runs_wish(struct client *client, uint64_t number, const struct run_wish *wish);
void runs_watch(struct client *client, uint64_t number, const struct run_watch *watch);
void runs_fetch(struct client *client, uint64_t number, const struct run_fetch *fetch);
void runs_cancel(struct client *client, uint64_t number);
/* The client is gone. */
void runs_leave(struct client *client);

/* Gives work to workers that have none. */
void runs_serve(struct broker *broker);

/* A worker's words on the run it has. Anything but OK: they make no sense. */
enum status runs_take_piece(struct run *run, struct bytes piece) MUST_USE;
enum status runs_take_packed(struct run *run, struct bytes body) MUST_USE;

/* The run is over. */
void runs_end(struct run *run, const struct run_done *done, uint64_t cpu_us);
void runs_break(struct run *run, const struct run_failed *failure, uint64_t cpu_us);

/* Ends all that waits or runs, with a failure. */
void runs_stop_all(struct broker *broker);

/* ---- keep.c ---- */

/* The run of that hash, under way or kept, if need be from disk; NULL when there is none. Valid until the loop's turn
 * ends. */
struct run *keep_find(struct broker *broker, const struct hash *hash);

/* A run that ended is kept in memory, and on disk. */
void keep_take(struct run *run);

/* It was used just now. */
void keep_touch(struct run *run);

/* It is not in memory any more. */
void keep_drop(struct run *run);

/* As track_read. When it fails, the run is gone. */
enum status keep_read(struct run *run, const struct run_fetch *fetch, struct buffer *out,
                      struct run_frames *what) MUST_USE;

void keep_free_all(struct broker *broker);

struct run *run_create(struct broker *broker, struct bytes scene);
void        run_free(struct broker *broker, struct run *run);
void        run_list(struct broker *broker, struct run *run);
void        run_unlist(struct broker *broker, struct run *run);

/* ---- pool.c ---- */

void           pool_start(struct broker *broker);
struct worker *pool_idle(struct broker *broker);
void           pool_work(struct worker *worker, struct run *run);
/* Tells it to stop; it is killed if it does not. The code and the sentence are static. */
void pool_stop_job(struct worker *worker, const char *code, const char *sentence);
/* Looks at those who work: who has used up what its run may cost. */
void     pool_tick(struct broker *broker);
void     pool_end(struct broker *broker);
uint32_t pool_fit(const struct broker *broker);

#endif
