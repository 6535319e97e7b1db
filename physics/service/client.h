/* A blocking conversation with the simulator, for subscribers, command-line tools and tests. One thread at a time. */
#ifndef ORRERY_SIMULATOR_CLIENT_H
#define ORRERY_SIMULATOR_CLIENT_H

#include "eventstore/base/arena.h"
#include "physics/service/wire.h"

#include <stdatomic.h>

struct simulator_client;

/* Connects and says hello. UNREACHABLE: nobody listens. UNSUPPORTED: another protocol (logged with its sentence). */
enum status simulator_client_open(const char *socket_path, const char *who, struct simulator_client **out) MUST_USE;
void        simulator_client_close(struct simulator_client *client); /* NULL is borne */

/* From now on waiting ends with BUSY soon after that is true; NULL: it never does. */
void simulator_client_heed(struct simulator_client *client, const atomic_bool *stopping);

/* For poll(2): who has several wishes under way. */
int simulator_client_fd(const struct simulator_client *client);

/* What came of a wish: exactly one of done and failed. */
struct run_outcome {
	struct run_accepted accepted; /* its run_hash is absent when it was refused at once */
	bool                done;
	struct run_done     result;
	struct run_failed   failure;
};

/* One wish and what comes of it; texts and lists live in the arena. UNREACHABLE: the simulator went away, and the wish
 * may be made again. TIMED_OUT: the wish was cancelled. */
enum status simulator_client_run(struct simulator_client *client, const struct run_wish *wish, int timeout_ms,
                                 struct arena *arena, struct run_outcome *out) MUST_USE;

/* The same for a run by its hash. */
enum status simulator_client_watch(struct simulator_client *client, const struct run_watch *watch, int timeout_ms,
                                   struct arena *arena, struct run_outcome *out) MUST_USE;

/* Frames or series of a run that is kept or under way; the bytes live in the arena. NOT_FOUND: it is not kept. */
enum status simulator_client_fetch(struct simulator_client *client, const struct run_fetch *fetch, int timeout_ms,
                                   struct arena *arena, struct run_frames *out) MUST_USE;

enum status simulator_client_status(struct simulator_client *client, struct arena *arena,
                                    struct simulator_status *out) MUST_USE;

/* For tests and benches: a word of any kind, and the next that comes. NOT_FOUND: none came in time; the frame is valid
 * until the next receive. */
uint64_t    simulator_client_say(struct simulator_client *client, enum simulator_word word, const struct shape *shape,
                                 const void *message);
enum status simulator_client_hear(struct simulator_client *client, int timeout_ms, struct frame *frame) MUST_USE;

#endif
