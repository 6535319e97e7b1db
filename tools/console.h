/* What the verbs that change something share: who is meant, and a command to the writer with nobody as its actor, which
 * is how the log tells an operator on this machine from everybody else. Complaints go to stderr, as sentences for
 * people, and false is returned. */
#ifndef ORRERY_CONSOLE_H
#define ORRERY_CONSOLE_H

#include "eventstore/base/config.h"
#include "eventstore/wire/client.h"

/* The caller's memory. */
struct console {
	const char    *verb;
	struct config  config;
	struct arena   arena;
	struct client *client; /* for more questions; NULL when it did not start */
};

/* Loads the settings and finds the writer. Finish it in either case. */
bool console_start(struct console *console, const char *verb) MUST_USE;
void console_finish(struct console *console);

void console_complain(const struct console *console, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An id stands for itself. An e-mail address is looked for among the claims, which needs the vault's master key. */
bool console_find(struct console *console, const char *who, struct id *person) MUST_USE;

/* Sends the command and waits for its answer, whose texts live in the arena. A refusal is a complaint. `command` is a
 * struct of the command's shape. */
bool console_send(struct console *console, const char *name, const void *command, struct answer *answer) MUST_USE;

#endif
