/* The private PostgreSQL cluster: Debian's server, a Unix socket only, for this machine and this data folder alone.
 * What it holds is a fold of the log: the whole folder may be thrown away while nothing runs, and is then made again.
 */
#ifndef ORRERY_POSTGRES_H
#define ORRERY_POSTGRES_H

#include "eventstore/base/arena.h"
#include "tools/child.h"

#define POSTGRES_DATABASE "orrery"
#define POSTGRES_OWNER "orrery"       /* superuser: the projector */
#define POSTGRES_READER "orrery_read" /* may only read what the owner makes: the API */
#define POSTGRES_PAST "orrery_past"   /* may make schemas and sees no others: the API's questions about the past */

/* Zeroes at first; lives as long as the arena it was prepared with. */
struct postgres {
	const char    *folder;  /* absolute, without symbolic links: data/, run/, server.log */
	const char    *data;    /* folder/data */
	const char    *socket;  /* folder/run, the folder of the socket */
	const char    *program; /* the server, as a path */
	bool           lent;    /* the server runs under the account */
	struct account account;
};

/* Finds the server and makes the cluster where there is none. When we are root, the server gets the account postgres or
 * nobody; a data folder that it cannot reach gets a symbolic link to a folder below /var/lib/orrery.
 * False: *complaint, in the arena, is a sentence for people. */
bool postgres_prepare(struct postgres *postgres, const char *data_folder, struct arena *arena, const char **complaint);

/* How to run the server in the foreground; the texts live in the arena. `log` is the file for what it says. */
struct child_plan postgres_plan(const struct postgres *postgres, const char *log, struct arena *arena);

/* Whether the server of this process id accepts connections. `owner` is the struct postgres. */
bool postgres_ready(void *owner, pid_t pid);

/* Finds the cluster that postgres_prepare made for this data folder, enough of it for postgres_address. False: there is
 * none. */
bool postgres_find(struct postgres *postgres, const char *data_folder, struct arena *arena);

/* A libpq connection string for a role; terminated, in the arena. */
const char *postgres_address(const struct postgres *postgres, const char *role, struct arena *arena);

#endif
