/* One connection to the feed, served on a thread of its own: greets the follower, and sends what it lacks, then what
 * comes, as fast as the follower gives credit for. What is on its way to a slow follower never exceeds
 * SESSION_UNSENT_MAX and a record. */
#ifndef ORRERY_FEED_SESSION_H
#define ORRERY_FEED_SESSION_H

#include "eventstore/base/list.h"
#include "eventstore/feed/line.h"
#include "eventstore/feed/roster.h"
#include "eventstore/feed/session_keys.h"
#include "eventstore/log/reader.h"

#include <stdatomic.h>

enum {
	SESSION_UNSENT_MAX = 256 << 10,
	SESSION_LOOK_MS = 500, /* how often a new checkpoint is looked for, and the head told */
};

/* What all sessions of a feed share; borrowed. */
struct session_ground {
	const char      *data;       /* the data folder */
	const char      *roster;     /* the folder */
	const char      *checkpoint; /* its file */
	const char      *vault;      /* its folder */
	struct noise_key key;
	void (*on_known)(void *owner, struct roster_entry *who); /* from the session's thread, once */
	void *owner;
};

/* What must be true of a note before it is sent, and the note. */
struct pending_note {
	struct buffer text;
	uint64_t      size;                /* events it covers; 0: there is none */
	int64_t       seen_ns, seen_inode; /* of the file it was read from */
};

/* Made by feed.c, which may set `ended` and ring; everything else is the session's own. */
struct session {
	struct list_link             link;
	const struct session_ground *ground;
	int                          bell; /* eventfd: there is more, or `ended` */
	atomic_bool                  ended, known;
	int                          fd;

	struct roster_entry who; /* once it is known */
	struct line         line;
	struct reader      *reader;
	struct arena        arena;    /* of the frame at hand */
	int64_t             waits_us; /* since when the next word before START is waited for */
	int64_t             looked_us;
	uint32_t            asked; /* for roots */
	bool                greeted, started, leaving;
	const char         *why; /* it ended; NULL: nothing to tell */
	uint64_t            head, told_head, sent, stored;
	int64_t             credit; /* bytes; one record may overdraw it */
	struct buffer       frames; /* to be said next */
	struct session_keys keys;
	struct pending_note note;
};

/* Until the follower is gone or `ended`; closes the socket. */
void session_serve(struct session *session);

#endif
