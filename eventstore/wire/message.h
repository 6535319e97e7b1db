/* What frames carry. Each message is a shape, so the msgpack codec serves it as it serves events. */
#ifndef ORRERY_MESSAGE_H
#define ORRERY_MESSAGE_H

#include "eventstore/base/shape.h"
#include "eventstore/wire/frame.h"

enum { PROTOCOL_VERSION = 4, WHO_SIZE_MAX = 64 };

struct hello {
	uint32_t    protocol;
	struct text who; /* the client's process, for logs and status */
};

struct welcome {
	uint32_t    protocol;
	bool        accepted;
	struct text sentence; /* why not */
	struct id   store;
	uint64_t    epoch;
	uint64_t    head;
	struct text version; /* of the writer's build */
};

/* A command on its way to be decided. */
struct submission {
	struct text  command;    /* name */
	struct id    command_id; /* the same id brings the same answer, for ever */
	struct id    actor;      /* absent: an operator on this machine, or an anonymous request */
	struct id    trace;      /* W3C trace id; absent: none */
	struct bytes digest;     /* 16 bytes that tell whether a retry is the same request; absent: zeroes */
	bool         has_expected;
	uint64_t     expected; /* the version that the first stream it loads must have (If-Match) */
	bool         recall;   /* only ask: the first answer if this id was kept with this digest, else NOT_FOUND */
	bool         dry;      /* decide, and keep nothing; what was kept under this id before is answered as ever */
	struct bytes body;     /* the command's shape in msgpack; empty to recall */
};

/* What came of it. Exactly one of: kept (status ok, no refusal), refused, failed. */
struct answer {
	struct text status;   /* status_name */
	struct text refusal;  /* the refusal's name; absent when there is none */
	struct text sentence; /* for a failure: what is wrong */
	int64_t     retry_at; /* with a refusal that passes: µs since 1970, else 0 */
	uint64_t    position; /* of the command's last event; of the head when it led to no event */
	uint64_t    version;  /* that the last event gave to the subject's stream */
	struct id   subject;  /* first stream of the first event */
	struct text event;    /* the first event's name; absent when there was none */
	int64_t     time;     /* the last event's, µs since 1970 */
	bool        repeated; /* an earlier submission under this id was answered again */
	bool        dry;      /* nothing was kept: `events` would have happened */
	struct text events;   /* their names, with a blank between */
};

struct head {
	uint64_t position;
	bool     full; /* commands are refused for want of room on the disk */
};

struct progress {
	struct text name;
	uint64_t    position;
};

struct progress_list {
	const struct progress *items;
	uint32_t               count;
};

struct stats {
	uint64_t             head, commits, commit_us_last, commit_us_max, index_lag, log_used, log_mapped;
	uint64_t             verified, damaged; /* auditor.h */
	uint64_t             submitted, refused, repeated, busy;
	uint64_t             disk_free, turned_away_full; /* bytes; commands, for want of room */
	bool                 disk_short;
	uint32_t             waiting, clients;
	struct text          version;
	struct progress_list projections;
};

extern const struct shape hello_shape, welcome_shape, submission_shape, answer_shape, head_shape, progress_shape,
	stats_shape;

/* Appends one whole frame. Messages hold nothing personal that needs sealing, so this cannot fail. */
void message_append(struct buffer *out, uint8_t op, uint64_t request, const struct shape *shape, const void *message);

/* Texts of the message are views of the body or lie in the arena. */
struct arena;
enum status message_decode(const struct shape *shape, struct bytes body, struct arena *arena, void *message) MUST_USE;

#endif
