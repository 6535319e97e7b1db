/* Frames over a Unix socket, one thread waiting for each: what blocking clients of our processes stand on
 * (eventstore/wire/client.h, physics/service/client.h). */
#ifndef ORRERY_FRAME_STREAM_H
#define ORRERY_FRAME_STREAM_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"
#include "eventstore/wire/frame.h"

/* Zeroes with fd -1 are one that is closed. */
struct frame_stream {
	int           fd;
	struct buffer in;
	size_t        taken; /* bytes of `in` that belong to the frame handed out last */
};

/* UNREACHABLE: nobody listens there. */
enum status frame_stream_open(const char *socket_path, struct frame_stream *out) MUST_USE;
void        frame_stream_close(struct frame_stream *stream);

/* Sends everything; UNREACHABLE: the connection is gone, and whether what was sent took effect is unknown. */
enum status frame_stream_send(struct frame_stream *stream, struct bytes frames) MUST_USE;

/* The next frame within the time; its body is valid until the next receive. NOT_FOUND: none came in time. UNREACHABLE:
 * the connection is gone. Else what frame_parse says of what came. */
enum status frame_stream_receive(struct frame_stream *stream, int timeout_ms, struct frame *frame) MUST_USE;

#endif
