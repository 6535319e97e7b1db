/* A stream of frames on the simulator's loop: to a client of its socket, or to a worker. Embedded in its owner, who
 * sets the callbacks and may be found by container_of. */
#ifndef ORRERY_SIMULATOR_LINE_H
#define ORRERY_SIMULATOR_LINE_H

#include "eventstore/wire/frame.h"

#include <uv.h>

enum {
	LINE_UNSENT_MAX = 32 << 20,
	LINE_CROWDED = 4 << 20, /* so much unsent, and what came is not looked at until the other side has read */
};

struct line {
	uv_pipe_t     pipe;
	uv_write_t    write;
	struct buffer in;
	struct buffer out;     /* waits while a write is under way */
	struct buffer writing; /* belongs to the write under way */
	bool          writing_now, closing;
	bool          waits; /* nothing is read: it is crowded */
	/* The frame is valid during the call. May close the line. */
	void (*on_frame)(struct line *line, const struct frame *frame);
	/* The other side hung up, or sent what is no frame, or does not read: `why` says so, NULL for the first. Told
	 * in a later turn of the loop, so never out of line_flush; the line is closed already, and on_closed follows.
	 */
	void (*on_gone)(struct line *line, const char *why);
	/* Nothing of the line is used any more. */
	void (*on_closed)(struct line *line);
	bool        lost;
	const char *why;
};

void line_open(struct line *line, uv_loop_t *loop);

/* Begins to read; the pipe is connected. */
void line_start(struct line *line);

/* Sends what was appended to line->out. */
void line_flush(struct line *line);

/* on_closed comes later, on_gone does not. Closing again does nothing. */
void line_close(struct line *line);

#endif
