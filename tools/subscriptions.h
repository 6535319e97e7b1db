/* What the verbs of `orrery subscriptions` share: what subscriptions remember, and the log beside it. Both are read
 * from the data folder, so that they are seen though nothing runs. */
#ifndef ORRERY_TOOLS_SUBSCRIPTIONS_H
#define ORRERY_TOOLS_SUBSCRIPTIONS_H

#include "eventstore/base/config.h"
#include "eventstore/subscription/subscription_state.h"
#include "tools/screen.h"
#include "tools/verb.h"

/* The caller's memory. */
struct subscriptions_view {
	const char                *verb; /* "list" */
	struct config              config;
	struct subscription_state *state; /* NULL: no subscription ever ran here */
	struct reader             *reader;
	uint64_t                   head;
	struct screen              screen;
	struct buffer              out;
};

/* False after a complaint. Close it in either case. */
bool subscriptions_open(struct subscriptions_view *view, const char *verb) MUST_USE;

/* Prints what was gathered. Returns the exit code: `code`, or failure when it could not be printed. */
int subscriptions_close(struct subscriptions_view *view, int code);

__attribute__((format(printf, 2, 3))) void subscriptions_complain(const struct subscriptions_view *view,
                                                                  const char                      *format, ...);

/* False after a complaint: there is no such subscription. */
bool subscriptions_find(struct subscriptions_view *view, const char *name, struct id *id,
                        struct subscription_place *place) MUST_USE;

/* Prints what is wrong with the words and where to read more; returns EXIT_USAGE. */
int subscriptions_misused(const char *sentence);

int subscriptions_show(int argc, char **argv);
int subscriptions_retry(int argc, char **argv);
int subscriptions_discard(int argc, char **argv);

#endif
