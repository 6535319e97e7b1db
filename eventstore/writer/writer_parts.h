/* What the writer's loop (writer.c), the frames it takes (writer_frames.c) and its commits (writer_rounds.c) share. For
 * nobody else. */
#ifndef ORRERY_WRITER_PARTS_H
#define ORRERY_WRITER_PARTS_H

#include "eventstore/base/arena.h"
#include "eventstore/base/list.h"
#include "eventstore/writer/pace.h"
#include "eventstore/writer/writer.h"

#include <uv.h>

/* Somebody on the other side of the socket. Freed when the handle is closed and no round owes an answer any more. */
struct peer {
	struct list_link link;
	struct writer   *writer;
	uv_pipe_t        pipe;
	uv_write_t       write;
	struct buffer    in;
	struct buffer    out;     /* waits while a write is under way */
	struct buffer    writing; /* belongs to the write under way */
	char             who[WHO_SIZE_MAX + 1];
	uint32_t         owed; /* answers in rounds */
	bool             greeted, watching, closing, closed, write_active, head_due;
	bool             leaving; /* to be closed once it was sent what waits for it */
};

/* An answer that waits for its batch. */
struct owed_answer {
	struct peer *peer;
	size_t       end; /* in the round's answers */
};

/* One group commit with everybody it concerns. */
struct round {
	struct batch       *batch;
	struct buffer       answers; /* whole frames */
	struct owed_answer *owed;
	uint32_t            owed_count, owed_capacity;
	int64_t             began_us; /* its commit */
};

struct projection_progress {
	char     name[WHO_SIZE_MAX + 1];
	uint64_t position;
};

struct writer {
	uv_loop_t                     loop;
	uv_pipe_t                     listener;
	uv_check_t                    turn_end;
	uv_async_t                    committed;
	uv_signal_t                   terminate, interrupt;
	uv_timer_t                    drain_end;
	struct store                 *store;
	const struct writer_decider  *decider;
	const struct writer_settings *settings;
	struct committer             *committer;
	struct list_link              clients;
	uint32_t                      client_count;
	struct round                  rounds[2]; /* one gathers, one commits */
	struct round                 *gathering, *committing;
	struct pace                   pace;
	uv_poll_t                     alarm; /* ends a wait; libuv's own timers know milliseconds only */
	int                           alarm_fd;
	int64_t                       alarm_us; /* when it goes off, 0: it is not set */
	struct arena                  arena;    /* of the frame at hand */
	bool                          draining;
	struct projection_progress    projections[WRITER_PROJECTIONS_MAX];
	uint32_t                      projection_count;
	uint64_t                      submitted, refused, repeated, busy, turned_away_full;
	bool                          full;      /* for want of room nothing new is taken */
	int64_t                       looked_us; /* for room, the last time */
};

/* Drops the peer, saying why unless that is NULL. Answers that rounds owe it are forgotten. */
void peer_close(struct peer *peer, const char *why);

/* Sends what waits, unless a write is under way. Whoever lets too much wait does not read, and is dropped. */
void peer_flush(struct peer *peer);

/* The last frame in the round's answers is this peer's. */
void round_owe(struct round *round, struct peer *peer);

/* Submissions that were decided and are not answered yet. */
uint32_t writer_waiting(const struct writer *writer);

/* Frees a peer that is closed and is owed nothing. */
void peer_free_if_done(struct peer *peer);

/* Tells whoever watches how far the log is. */
void writer_ring(struct writer *writer);

/* Looks at the disk; whoever watches learns when its being full begins and ends. */
void writer_look_for_room(struct writer *writer);

void writer_open_alarm(struct writer *writer);

/* Closes the gathering round and commits it, unless it is empty, had better wait, or the one before it is under way. */
void writer_commit(struct writer *writer);

/* The committer is done with its round: answers it and goes on with the next one. */
void writer_finish_commit(struct writer *writer);

/* Does what the frame asks for, or closes the connection; answers wait in the peer's `out` or in the gathering round.
 */
void writer_take_frame(struct peer *peer, const struct frame *frame);

#endif
