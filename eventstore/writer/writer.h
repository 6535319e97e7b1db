/* The writer process's loop: takes submissions from a Unix socket, has each decided in the order of arrival, commits
 * what gathered while the last commit ran, and answers everybody in a batch once it is on disk, the refused included:
 * their verdict may rest on a neighbour that was not durable yet. Any failure to commit ends the process unanswered.
 * Before each commit it looks whether the disk has room (room.h); without, submissions are answered FULL, except those
 * that were kept before, and everything else goes on. */
#ifndef ORRERY_WRITER_H
#define ORRERY_WRITER_H

#include "eventstore/log/auditor.h"
#include "eventstore/wire/message.h"
#include "eventstore/writer/store.h"

/* Decides one submission: appends its events to the store's open batch or refuses, and fills in the answer, whose texts
 * are static or lie in the arena. Implemented by commands/bus.c. */
struct writer_decider {
	void *owner;
	void (*decide)(void *owner, const struct submission *submission, struct arena *arena, struct answer *answer);
};

struct writer_settings {
	const char           *socket_path;
	uint32_t              queue_max; /* submissions decided but not durable; beyond it the answer is BUSY */
	const struct auditor *auditor;   /* for the statistics; NULL is fine */
};

enum {
	WRITER_CLIENTS_MAX = 1024,
	WRITER_CLIENT_OUT_MAX = 8 << 20, /* bytes a client may leave unread before it is dropped */
	WRITER_INLINE_MAX = 64, /* so few submissions are committed on the loop's own thread: two thread hops less */
	WRITER_INLINE_US_MAX = 5000, /* but not on a disk that took longer than this for the last ones */
	WRITER_PROJECTIONS_MAX = 64,
	WRITER_ROOM_EVERY_US = 100 * 1000, /* how often it looks for room while there is none and commands come */
	WRITER_DRAIN_MS = 2000,            /* how long clients may take to read their last answers after TERM */
};

/* Runs until TERM or INT, then drains: what was taken is committed and answered. */
enum status writer_run(struct store *store, const struct writer_decider *decider,
                       const struct writer_settings *settings) MUST_USE;

#endif
