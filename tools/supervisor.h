/* Keeps a row of processes alive: starts them in order, each once those before it are ready, starts again what dies,
 * with growing pauses, and stops them in the reverse order. Runs in the main thread, which must have no other children.
 */
#ifndef ORRERY_SUPERVISOR_H
#define ORRERY_SUPERVISOR_H

#include "tools/child.h"

enum member_state {
	MEMBER_DOWN,     /* to be started at start_at_us */
	MEMBER_STARTING, /* runs, not ready yet */
	MEMBER_UP,
	MEMBER_GIVEN_UP, /* said itself that starting again is no use */
};

struct member {
	/* From the caller; the texts and the owner outlive supervise(). */
	const char       *name;
	struct child_plan plan;
	bool (*ready)(void *owner, pid_t pid); /* asked some ten times a second while it starts; NULL: ready at once */
	void *owner;
	int   stop_signal; /* please end */
	int   kill_signal; /* end now */

	/* The supervisor's own; zero at first. */
	enum member_state state;
	pid_t             pid;
	int64_t           started_us;
	int64_t           start_at_us;
	unsigned          failures; /* in a row */
	bool              slow;     /* was said already */
};

struct supervision {
	struct member *members;
	size_t         count;
	uint32_t       drain_seconds;  /* between the stop signal and the kill signal */
	void (*on_ready)(void *owner); /* once, when every member is up for the first time */
	void *owner;
};

/* Runs until SIGTERM or SIGINT (a second one hurries), and returns the exit code: EXIT_SUCCESS, or EXIT_HOPELESS when a
 * member gave up before all were up. SIGHUP is passed on to the members, and ends us when we belong to a terminal. */
int supervise(const struct supervision *supervision);

#endif
