/* What the files of the laboratory share.
 *
 *   laboratory.c        which events, for which of the files below
 *   laboratory_bench.c  a scene from the log, posed; a run by the simulator; what it came to, in the schema's words
 *   laboratory_sweep.c  a run for each point
 *   laboratory_task.c   a run for each answer of a simulation task
 *
 * A bench is one thread's: it has a reader, a sender and a line to the simulator of its own. */
#ifndef ORRERY_LABORATORY_PARTS_H
#define ORRERY_LABORATORY_PARTS_H

#include "commands/grading/question_log.h"
#include "physics/scene/posed.h"
#include "physics/service/client.h"
#include "schema/commands.h"
#include "subscribers/laboratory.h"
#include "subscribers/sender.h"

enum { LABORATORY_RUN_TIMEOUT_MS = 15 * 60 * 1000 }; /* in the queue too; then the event is delivered again */

struct bench {
	const struct subscriber_ground *ground;
	struct sender                  *sender;
	struct reader                  *reader;
	struct question_log            *questions;
	struct simulator_client        *simulator; /* NULL: not connected */
	struct arena                    arena;     /* of one delivery */
	struct arena                    scratch;   /* of one run: a sweep has many, each of a large scene */
};

/* A version of a simulation's scene and how it is wanted. */
struct laboratory_wish {
	struct id   simulation;
	uint32_t    version;
	struct id   person; /* whose budget it is; absent: nobody's */
	uint32_t    budget; /* enum run_budget */
	struct pose pose;   /* its audience is the laboratory's to say */
};

/* What came of it: `failure` is absent when there is a result, and else a word and a sentence. */
struct laboratory_result {
	struct posed_scene posed; /* absent when there is no such scene, or it cannot be posed so */
	struct run_outcome outcome;
	struct text        failure, sentence;
	uint32_t           frames;
};

/* Poses the scene and has it run. OK: there is a result or a failure. UNREACHABLE, BUSY: not just now, or not any
 * more: the process ends. Everything else is this event's failure. What it tells is valid until the next run. */
enum status bench_run(struct bench *bench, const struct laboratory_wish *wish, struct laboratory_result *out) MUST_USE;

/* The result's measures by their names in the scene, as events have them. */
struct list_of_run_measure bench_measures(struct bench *bench, const struct laboratory_result *result);

/* SIMULATION_MODE_… of a word of the simulator's. */
uint32_t bench_mode(struct text mode);

/* One event each; as subscription_handler.deliver. */
enum status laboratory_run(struct bench *bench, struct delivery *delivery,
                           const struct simulation_run_requested *event);
enum status laboratory_sweep(struct bench *bench, struct delivery *delivery,
                             const struct simulation_sweep_requested *event);
enum status laboratory_tasks(struct bench *bench, struct delivery *delivery, struct id attempt);

#endif
