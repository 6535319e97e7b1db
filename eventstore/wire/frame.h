/* How processes talk to the writer: frames over a Unix socket, pipelined, answered in any order.
 *
 *   u32 body size | u8 op | u8 0 | u16 0 | u64 request id | body       (little endian, 16 bytes before the body)
 *
 * The body is a msgpack map (message.h). An answer carries the request's id and op | FRAME_ANSWER.
 * A client says HELLO first; the writer refuses another protocol version with a sentence and hangs up. */
#ifndef ORRERY_FRAME_H
#define ORRERY_FRAME_H

#include "eventstore/base/buffer.h"
#include "eventstore/base/status.h"

enum { FRAME_HEADER_SIZE = 16, FRAME_BODY_MAX = 1 << 20, FRAME_ANSWER = 0x80 };

enum frame_op {
	FRAME_HELLO = 1,    /* hello -> welcome */
	FRAME_SUBMIT = 2,   /* submission -> answer */
	FRAME_WATCH = 3,    /* nothing -> head; from then on HEAD and PROGRESS come unasked */
	FRAME_HEAD = 4,     /* unasked: head */
	FRAME_PROGRESS = 5, /* progress, both ways; not answered */
	FRAME_STATS = 6,    /* nothing -> stats */
};

struct frame {
	uint8_t      op;
	uint64_t     request;
	struct bytes body; /* a view of the bytes it was found in */
};

/* The frame at the start of the bytes. NOT_FOUND: more bytes are needed. MALFORMED, TOO_LARGE: hang up.
 * *size is what the frame takes. */
enum status frame_parse(struct bytes bytes, struct frame *frame, size_t *size) MUST_USE;

/* Begins a frame whose body is appended to *out next; frame_end fills in its size. Returns where it began. */
size_t frame_begin(struct buffer *out, uint8_t op, uint64_t request);
void   frame_end(struct buffer *out, size_t began);

#endif
