/* One loop's connection to the writer: commands go out together at the end of a turn, answers come back in any order,
 * and the writer rings when the log or a projection moves on. Reconnects by itself. */
#ifndef ORRERY_HOP_H
#define ORRERY_HOP_H

#include "api/http.h"
#include "eventstore/wire/message.h"

struct hop;

/* A writer that hangs keeps its connections, so its pulse is felt: each HOP_PULSE_MS it is asked where the log stands.
 * After HOP_PULSES_MISSED_MAX without any word, or without any of the answers it owes, it is taken to be gone. */
enum { HOP_PENDING_MAX = 4096, HOP_RECONNECT_MS = 100, HOP_PULSE_MS = 1500, HOP_PULSES_MISSED_MAX = 3 };

/* Somebody who waits for an answer; embedded in its owner. */
struct hop_call {
	/* The answer is valid during the call. UNREACHABLE: the writer went away or fell silent, and whether the
	 * command was kept is not known: the same command id asks again. */
	void (*on_answer)(struct hop_call *call, enum status status, const struct answer *answer);
	uint64_t request; /* 0: waits for nothing */
};

struct hop_listener {
	void *owner;
	/* Does that writer append to the log that is read here? False: it is not spoken to. */
	bool (*trusts)(void *owner, const struct welcome *welcome);
	/* A projection shows everything up to the position. */
	void (*on_progress)(void *owner, struct text projection, uint64_t position);
};

struct hop *hop_create(struct http_loop *loop, const char *socket_path, const struct hop_listener *listener);
void        hop_destroy(struct hop *hop);

bool hop_ready(const struct hop *hop);

/* Is there too little room on the writer's disk to take commands? As far as it rang here. */
bool hop_full(const struct hop *hop);

/* The log's head as far as it rang here. */
uint64_t hop_head(const struct hop *hop);

/* UNREACHABLE: no writer. BUSY: HOP_PENDING_MAX calls wait. Otherwise on_answer will be called once. */
enum status hop_submit(struct hop *hop, const struct submission *submission, struct hop_call *call) MUST_USE;

/* The end of a turn: sends what gathered. */
void hop_flush(struct hop *hop);

#endif
