#include "tools/supervisor.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/config.h"
#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_MS = 100,
	PAUSE_FIRST_US = 200 * 1000,
	PAUSE_MAX_US = 30 * 1000 * 1000,
	PAUSE_DOUBLINGS_MAX = 16,
	STEADY_US = 60 * 1000 * 1000,   /* who lived that long failed for a new reason */
	PATIENCE_US = 30 * 1000 * 1000, /* who is not ready by then gets a line in the log */
	KILL_SECONDS = 5,
};

struct run {
	const struct supervision *supervision;
	sigset_t                  signals;
	bool                      interactive;
	bool                      complete; /* all were up once */
	bool                      stopping;
	bool                      hurried;
	int                       exit_code;
};

/* Deaths --------------------------------------------------------------------------------------------------------- */

static int64_t pause_after(unsigned failures)
{
	unsigned doublings = failures < PAUSE_DOUBLINGS_MAX ? failures : PAUSE_DOUBLINGS_MAX;
	int64_t  pause = (int64_t)PAUSE_FIRST_US << doublings;

	return pause < PAUSE_MAX_US ? pause : PAUSE_MAX_US;
}

static void member_gives_up(struct run *run, struct member *member)
{
	member->state = MEMBER_GIVEN_UP;
	diag(DIAG_ERROR, "member_gave_up",
	     "%s ended with code %d: starting it again would not help; its last line says why.", member->name,
	     EXIT_HOPELESS);
	if (!run->complete && !run->stopping) {
		run->stopping = true;
		run->exit_code = EXIT_HOPELESS;
	}
}

static void member_ended(struct run *run, struct member *member, int code)
{
	int64_t now = clock_monotonic_us();
	int64_t pause;

	member->pid = 0;
	member->state = MEMBER_DOWN;
	if (run->stopping)
		return;
	if (code == EXIT_HOPELESS) {
		member_gives_up(run, member);
		return;
	}
	if (now - member->started_us > STEADY_US)
		member->failures = 0;
	pause = pause_after(member->failures++);
	member->start_at_us = now + pause;
	diag(DIAG_WARN, "member_ended", "%s ended with code %d; it starts again in %lld ms.", member->name, code,
	     (long long)(pause / 1000));
}

static void reap(struct run *run)
{
	int   status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < run->supervision->count; i++)
			if (run->supervision->members[i].pid == pid)
				member_ended(run, &run->supervision->members[i], child_exit_code(status));
}

/* Lives ---------------------------------------------------------------------------------------------------------- */

static void member_start(struct member *member)
{
	pid_t pid = child_start(&member->plan);

	member->started_us = clock_monotonic_us();
	if (pid < 0) {
		member->start_at_us = member->started_us + pause_after(member->failures++);
		diag(DIAG_ERROR, "member_not_started", "%s: %s", member->name, strerror(errno));
		return;
	}
	member->pid = pid;
	member->state = MEMBER_STARTING;
	member->slow = false;
	diag(DIAG_DEBUG, "member_started", "%s is process %d.", member->name, (int)pid);
}

static void member_look(struct member *member)
{
	int64_t age_us = clock_monotonic_us() - member->started_us;

	if (!member->ready || member->ready(member->owner, member->pid)) {
		member->state = MEMBER_UP;
		diag(DIAG_INFO, "member_up", "%s", member->name);
	} else if (age_us > PATIENCE_US && !member->slow) {
		member->slow = true;
		diag(DIAG_WARN, "member_slow", "%s is not ready after %lld s.", member->name,
		     (long long)(age_us / 1000000));
	}
}

/* Moves every member on by one step; until all were up once, nobody starts before those in front are up. */
static void step(struct run *run)
{
	const struct supervision *supervision = run->supervision;

	for (size_t i = 0; i < supervision->count; i++) {
		struct member *member = &supervision->members[i];

		if (member->state == MEMBER_DOWN && clock_monotonic_us() >= member->start_at_us)
			member_start(member);
		if (member->state == MEMBER_STARTING)
			member_look(member);
		if (!run->complete && member->state != MEMBER_UP)
			return;
	}
	if (!run->complete) {
		run->complete = true;
		supervision->on_ready(supervision->owner);
	}
}

/* Whether something will happen without a signal. */
static bool restless(const struct run *run)
{
	for (size_t i = 0; i < run->supervision->count; i++)
		if (run->supervision->members[i].state == MEMBER_DOWN
		    || run->supervision->members[i].state == MEMBER_STARTING)
			return true;
	return false;
}

/* Signals -------------------------------------------------------------------------------------------------------- */

static void pass_on(const struct run *run, int number)
{
	for (size_t i = 0; i < run->supervision->count; i++)
		if (run->supervision->members[i].pid > 0)
			kill(run->supervision->members[i].pid, number);
}

static void take_signal(struct run *run, int number)
{
	if (number == SIGHUP && !run->interactive) {
		pass_on(run, SIGHUP);
	} else if (number != SIGCHLD) {
		run->hurried = run->stopping;
		run->stopping = true;
	}
}

/* Waits for a signal, not longer than a tick when something is due, and does what it says. */
static void wait_and_reap(struct run *run, bool only_a_tick)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	int                   number = sigtimedwait(&run->signals, NULL, only_a_tick ? &tick : NULL);

	if (number > 0)
		take_signal(run, number);
	reap(run);
}

/* Stopping ------------------------------------------------------------------------------------------------------- */

/* True when it ended within the time, or at once when we are hurried. */
static bool member_leaves(struct run *run, struct member *member, int number, uint32_t seconds)
{
	int64_t deadline = clock_monotonic_us() + (int64_t)seconds * 1000000;
	bool    was_hurried = run->hurried;

	if (member->pid > 0)
		kill(member->pid, number);
	while (member->pid > 0 && clock_monotonic_us() < deadline && run->hurried == was_hurried)
		wait_and_reap(run, true);
	return member->pid == 0;
}

static void member_stop(struct run *run, struct member *member)
{
	uint32_t drain_seconds = run->hurried ? 0 : run->supervision->drain_seconds;

	if (member_leaves(run, member, member->stop_signal, drain_seconds))
		return;
	diag(DIAG_WARN, "member_killed", "%s did not end by itself.", member->name);
	if (member_leaves(run, member, member->kill_signal, KILL_SECONDS))
		return;
	while (!member_leaves(run, member, SIGKILL, KILL_SECONDS))
		diag(DIAG_ERROR, "member_stuck", "%s does not even end when killed.", member->name);
}

static void stop_all(struct run *run)
{
	for (size_t i = run->supervision->count; i > 0; i--)
		member_stop(run, &run->supervision->members[i - 1]);
}

int supervise(const struct supervision *supervision)
{
	struct run run = {.supervision = supervision, .exit_code = EXIT_SUCCESS, .interactive = isatty(STDIN_FILENO)};
	sigset_t   before;

	require(supervision->count > 0);
	signal(SIGCHLD,
	       SIG_DFL); /* whoever started us may have had it ignored, and then no child would be seen to end */
	sigemptyset(&run.signals);
	sigaddset(&run.signals, SIGCHLD);
	sigaddset(&run.signals, SIGTERM);
	sigaddset(&run.signals, SIGINT);
	sigaddset(&run.signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &run.signals, &before);
	while (!run.stopping) {
		step(&run);
		wait_and_reap(&run, restless(&run));
	}
	stop_all(&run);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return run.exit_code;
}
