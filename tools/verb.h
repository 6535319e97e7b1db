/* What `orrery` can do: a verb is one constant of its own file, listed in main.c. */
#ifndef ORRERY_VERB_H
#define ORRERY_VERB_H

struct verb {
	const char *name;
	const char *sentence;              /* for the list that `orrery help` prints */
	const char *manual;                /* for `orrery help VERB`: usage, then what it does; ends with a line feed */
	int (*run)(int argc, char **argv); /* argv[0] is the verb; returns the exit code */
};

/* The exit code for a call that is not understood. */
enum { EXIT_USAGE = 2 };

/* Prints the sentence and where to read more; returns EXIT_USAGE. */
int verb_misused(const struct verb *verb, const char *sentence);

/* All of them, as they are listed; ends with NULL. */
extern const struct verb *const verb_list[];

extern const struct verb verb_audit;
extern const struct verb verb_backup;
extern const struct verb verb_config;
extern const struct verb verb_erase;
extern const struct verb verb_events;
extern const struct verb verb_follow;
extern const struct verb verb_grant;
extern const struct verb verb_keys;
extern const struct verb verb_man;
extern const struct verb verb_openapi;
extern const struct verb verb_promote;
extern const struct verb verb_rebuild;
extern const struct verb verb_restore;
extern const struct verb verb_revoke;
extern const struct verb verb_status;
extern const struct verb verb_subscriptions;
extern const struct verb verb_up;
extern const struct verb verb_version;

#endif
