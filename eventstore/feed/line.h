/* A connection between a feed and a follower: a TCP socket and the channel over it. Nothing here waits but line_wait.
 * In its owner's memory, for one thread. */
#ifndef ORRERY_FEED_LINE_H
#define ORRERY_FEED_LINE_H

#include "eventstore/base/channel.h"
#include "eventstore/feed/protocol.h"

/* Who has not shown yet who it is costs less memory. */
enum { LINE_TAKEN_AT_ONCE = 256 << 10, LINE_TAKEN_OF_STRANGERS = 1 << 10 };

/* To be treated as opaque. Zeroes are a line that is closed. */
struct line {
	int            fd;
	bool           open;
	struct channel channel;
	struct buffer  came;  /* from the socket, for the channel */
	struct buffer  heard; /* in clear */
	size_t         taken; /* of `heard`, by frames that were handed out */
	struct buffer  wire;  /* to the socket */
	int64_t        heard_us, said_us;
};

/* The socket is the line's from then on. */
void line_answer(struct line *line, int fd, const struct noise_key *own, channel_knows knows, void *owner);

/* Connects to HOST:PORT within the time, and begins the handshake. UNREACHABLE: nobody there. DENIED: `peer` is no
 * key. */
enum status line_call(struct line *line, const char *address, int timeout_ms, const struct noise_key *own,
                      const struct noise_public *peer) MUST_USE;

/* Also of a line that was never opened. */
void line_close(struct line *line);

/* Takes in what has come. NOT_FOUND: nothing has. UNREACHABLE: the other side hung up, or the network did. DENIED: what
 * came was not said by the other side. */
enum status line_receive(struct line *line) MUST_USE;

/* The next frame; its body is valid until line_receive. NOT_FOUND: it has not come yet. MALFORMED, TOO_LARGE: hang up.
 */
enum status line_next(struct line *line, struct frame *frame) MUST_USE;

/* Puts frames on their way; the channel is ready. */
void line_say(struct line *line, struct bytes frames);
void line_say_word(struct line *line, enum feed_word word, uint64_t number, struct bytes body);

/* Sends what the socket takes. UNREACHABLE as above. */
enum status line_flush(struct line *line) MUST_USE;

/* Bytes that the socket has not taken yet. */
size_t line_unsent(const struct line *line);

/* Waits until something comes, the rest can be sent, `bell` (a descriptor, or -1) is readable, or the time is up. */
void line_wait(const struct line *line, int bell, int timeout_ms);

/* Since when nothing was heard or said, by the monotonic clock. */
int64_t line_silent_ms(const struct line *line);
int64_t line_mute_ms(const struct line *line);

#endif
