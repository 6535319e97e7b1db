/* The feed: serves the log to followers on other hosts, over TCP, beside the writer and without touching it. It reads
 * the log as any process does; each follower has a thread, a reader and a bounded place of its own, so that a slow one
 * holds up nobody. */
#ifndef ORRERY_FEED_FEED_H
#define ORRERY_FEED_FEED_H

#include "eventstore/base/status.h"

enum {
	/* Connections, those included that have not shown who they are: when all places are taken, the oldest of these
	 * makes room for the next caller. A follower that calls again ends its earlier connection. */
	FEED_SESSIONS_MAX = 128,
	FEED_BELL_MS = 1000, /* how often the head is looked for when the writer does not ring */
};

struct feed;

struct feed_settings {
	const char *data;        /* the data folder; its log exists */
	const char *checkpoint;  /* the file of the log's checkpoint */
	const char *vault;       /* the folder of the vault, for followers that may have the keys */
	const char *roster;      /* the folder of the keys (roster.h); made if missing */
	const char *socket_path; /* the writer's, for the doorbell */
	const char *listen;      /* HOST:PORT */
};

/* The settings are borrowed until feed_stop. The statuses are tcp_listen's and roster_own_key's. */
enum status feed_start(const struct feed_settings *settings, struct feed **out) MUST_USE;

/* Hangs up on everybody. NULL is fine. */
void feed_stop(struct feed *feed);

#endif
