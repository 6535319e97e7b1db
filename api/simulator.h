/* One loop's connection to the simulator (physics/service/wire.h): wishes go out at the end of a turn, words come back
 * in any order. Connects again by itself; while it is away everything else goes on. */
#ifndef ORRERY_API_SIMULATOR_H
#define ORRERY_API_SIMULATOR_H

#include "api/http.h"
#include "physics/service/wire.h"

struct simulator;

enum { SIMULATOR_CALLS_MAX = 4096, SIMULATOR_RECONNECT_MS = 250 };

/* A simulator that hangs keeps its connections: each SIMULATOR_PULSE_MS it is asked how it is, and one that owes so
 * many answers is taken to be gone. */
enum { SIMULATOR_PULSE_MS = 2000, SIMULATOR_PULSES_MISSED_MAX = 4 };

/* Somebody who waits for words; embedded in its owner. */
struct simulator_call {
	/* OK: a word of the simulator's, valid during the call. UNREACHABLE: it went away, and `frame` is NULL. When
	 * the call's number is 0 by then, nothing more will come. May ask again. */
	void (*on_word)(struct simulator_call *call, enum status status, const struct frame *frame);
	uint64_t number; /* 0: waits for nothing */
};

struct simulator *simulator_create(struct http_loop *loop, const char *socket_path);
void              simulator_destroy(struct simulator *simulator);

bool simulator_ready(const struct simulator *simulator);

/* As it told last; zeroes while it is away. */
const struct simulator_status *simulator_last_status(const struct simulator *simulator);

/* RUN, WATCH, FETCH and STATUS; `shape` is NULL where there is no body. UNREACHABLE: it is away. BUSY: so many calls
 * wait that no more may. Otherwise on_word will be called until DONE, FAILED, FRAMES or STATUS. */
enum status simulator_ask(struct simulator *simulator, enum simulator_word word, const struct shape *shape,
                          const void *message, struct simulator_call *call) MUST_USE;

/* Nobody waits for that call any more: a wish is cancelled, and on_word is not called again. */
void simulator_leave(struct simulator *simulator, struct simulator_call *call);

/* The end of a turn: sends what gathered. */
void simulator_flush(struct simulator *simulator);

#endif
