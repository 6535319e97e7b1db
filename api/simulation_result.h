/* Results of runs beyond what the log tells: what the simulator keeps, or computes again. It is asked over a line of
 * its own on a worker thread, since an answer may take as long as the run did.
 *
 * A run is found by its id; whoever may see its simulation may see it. */
#ifndef ORRERY_SIMULATION_RESULT_H
#define ORRERY_SIMULATION_RESULT_H

#include "api/exchange.h"
#include "physics/scene/posed.h"
#include "physics/service/client.h"

enum { RESULT_TIMEOUT_MS = 70 * 1000 };

/* A run as the read model has it, its texts in the exchange's arena. */
struct kept_run {
	struct id   simulation;
	struct text packed;   /* the scene, base64 */
	struct text settings; /* JSON: [{"name":…,"value":…}] */
	struct text seed;     /* empty: the scene's own */
	struct hash run_hash;
};

/* Asks for it; then takes it, or answers: there is none that the caller may see, it has no result. */
enum pace simulation_run_ask(struct exchange *exchange, struct id run);
enum pace simulation_run_take(struct exchange *exchange, struct kept_run *out);

/* ---- on a worker thread ---- */

/* A line to the simulator. UNREACHABLE: it is away. */
enum status simulation_line_open(struct exchange *exchange, struct simulator_client **out) MUST_USE;

/* The scene as it was run. */
enum status simulation_run_pose(const struct kept_run *run, struct arena *arena, struct posed_scene *out) MUST_USE;

/* Has the simulator have the run's frames, computed again if need be, and tells what it came to. UNREACHABLE: it is
 * away. NOT_FOUND: the run cannot be made again by this engine. */
enum status simulation_run_watch(struct simulator_client *client, const struct kept_run *run, struct id person,
                                 struct arena *arena, struct run_outcome *out) MUST_USE;

/* For the step behind: 503 when the simulator is away, 409 when there is no such result any more. */
enum pace simulation_result_judge(struct exchange *exchange);

#endif
