/* What orrery-replay prints, line by line (commands/replay.c). It may be another build's, so it is read as input from
 * outside: what does not fit is MALFORMED or UNSUPPORTED, and nothing of it is trusted. */
#ifndef ORRERY_REPLAY_LINE_H
#define ORRERY_REPLAY_LINE_H

#include "eventstore/base/arena.h"
#include "eventstore/base/shape.h"
#include "eventstore/base/status.h"

enum { REPLAY_PROTOCOL = 1, REPLAY_LINE_MAX = 4 << 20 };

struct replay_opening {
	uint32_t    protocol;
	struct text version; /* of the build that decides */
	uint64_t    head;
	bool        has_first_entry; /* there is a journal, and something in it */
	uint64_t    first_entry;
	bool        has_first_position;
	uint64_t    first_position;
	bool        has_first_time;
	int64_t     first_time;
};

struct replay_event {
	struct text event;
	struct text fields; /* JSON */
};

struct replay_event_list {
	const struct replay_event *items;
	uint32_t                   count;
};

struct replay_difference {
	struct text event;
	struct text was, now; /* JSON objects of one field */
};

struct replay_difference_list {
	const struct replay_difference *items;
	uint32_t                        count;
};

struct replay_outcome {
	struct text              kind; /* "accepted", "refused", "nothing", "invalid", "unknown" */
	struct text              refusal;
	struct text              sentence;
	bool                     has_retry_at;
	int64_t                  retry_at;
	struct replay_event_list events; /* items == NULL where all is the same */
};

struct replay_decision {
	uint64_t                      entry, head;
	int64_t                       time;
	struct text                   command;
	struct id                     command_id, actor;
	struct text                   change; /* "same", "unknown", … (commands/outcome.h) */
	struct replay_outcome         was, now;
	struct replay_difference_list differs;
};

struct replay_ending {
	uint64_t decided, not_journaled, first_not_journaled, last_position;
};

/* UNSUPPORTED: the build speaks another protocol. Texts lie in the arena. */
enum status replay_read_opening(struct bytes line, struct arena *arena, struct replay_opening *out) MUST_USE;
enum status replay_read_decision(struct bytes line, struct arena *arena, struct replay_decision *out) MUST_USE;
enum status replay_read_ending(struct bytes line, struct arena *arena, struct replay_ending *out) MUST_USE;

/* The last line, or one of those before. */
bool replay_is_ending(struct bytes line);

#endif
