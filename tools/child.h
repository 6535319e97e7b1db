/* Child processes that end when this process ends, whatever ends it, and where to find their programs. */
#ifndef ORRERY_CHILD_H
#define ORRERY_CHILD_H

#include "eventstore/base/bytes.h"
#include "eventstore/base/status.h"

#include <sys/types.h>

/* Somebody less powerful than root. */
struct account {
	uid_t uid;
	gid_t gid;
	char  name[32];
};

enum { CHILD_ARGUMENTS_MAX = 64, CHILD_SETTINGS_MAX = 8 };

/* How to start a child. All texts are borrowed until child_start returns. */
struct child_plan {
	const char *path;
	const char *arguments[CHILD_ARGUMENTS_MAX]; /* NULL-terminated, the first is the program's name */
	const char *settings[CHILD_SETTINGS_MAX];   /* NULL-terminated NAME=VALUE, over our environment */
	const char *input;                          /* what it reads; NULL: nothing */
	const char *log;                            /* file to which stdout and stderr are appended; NULL: our stderr */
	int         output;                         /* where its stdout goes instead; 0: with its stderr */
	const struct account
		*account;      /* whose rights it has, with a clean environment and / as its folder; NULL: ours */
	int      death_signal; /* what it gets when we die */
};

/* Finds a program beside the running one; in a build folder, also in the folders beside ours. False: there is none.
 * `path` holds PATH_MAX bytes. */
bool program_find(const char *name, char *path);

/* Starts it in a session of its own, so that a terminal's Ctrl-C reaches only us. Negative: errno says why. When the
 * program itself cannot be run, the child says so on its stderr and exits with 127. */
pid_t child_start(const struct child_plan *plan) MUST_USE;

/* Starts it and waits; the exit code, or 128 + the signal that ended it, or -1 when it could not be started. */
int child_run(const struct child_plan *plan) MUST_USE;

/* The exit code of a wait status, 128 + the signal for one that was killed. */
int child_exit_code(int wait_status);

/* When we are root: the account for a server that refuses root, postgres or else nobody. False: we are not root, or
 * there is no such account. */
bool account_unprivileged(struct account *out);

/* Whether the account may pass through the folder and all folders above it. */
bool account_may_enter(const struct account *account, const char *folder);

#endif
