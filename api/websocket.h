/* The frames of WebSocket (RFC 6455), a server's side of them: bytes in, messages out, and the other way round. Knows
 * no socket. What breaks a rule ends with the close code that the rule names. */
#ifndef ORRERY_WEBSOCKET_H
#define ORRERY_WEBSOCKET_H

#include "eventstore/base/buffer.h"

enum {
	WEBSOCKET_CONTROL_BYTES_MAX = 125,
	WEBSOCKET_HEAD_BYTES_MAX = 14,
	WEBSOCKET_KEY_SIZE = 24,    /* Base64 of 16 bytes */
	WEBSOCKET_ACCEPT_SIZE = 28, /* Base64 of a SHA-1 */
};

enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_BROKEN_RULE = 1002,
	WEBSOCKET_NO_CODE = 1005, /* never sent */
	WEBSOCKET_BAD_TEXT = 1007,
	WEBSOCKET_POLICY = 1008,
	WEBSOCKET_TOO_LARGE = 1009,
};

enum websocket_event {
	WEBSOCKET_MORE, /* nothing whole yet */
	WEBSOCKET_TEXT, /* UTF-8, checked */
	WEBSOCKET_BINARY,
	WEBSOCKET_PING, /* to be answered by a pong with the same bytes */
	WEBSOCKET_PONG,
	WEBSOCKET_CLOSE,  /* `code` and the reason */
	WEBSOCKET_BROKEN, /* `code` says how; nothing of what follows can be trusted */
};

/* Zeroes and `message_bytes_max` are one at the start of a connection. */
struct websocket {
	size_t        message_bytes_max;
	struct buffer message; /* of a message in pieces, what came of it */
	uint8_t       kind;    /* of that message; 0: there is none */
};

struct websocket_came {
	enum websocket_event event;
	struct bytes         bytes; /* valid until the next call, and as long as `in` stays as it is */
	uint16_t             code;
	size_t               taken; /* of `in` */
};

void websocket_finish(struct websocket *websocket);

/* Looks at what came, from `at` on, unmasking in place. After a message the caller goes on behind what was taken. */
void websocket_take(struct websocket *websocket, struct buffer *in, size_t at, struct websocket_came *out);

/* Append a frame. */
void websocket_message(struct buffer *out, bool text, struct bytes bytes);
void websocket_ping(struct buffer *out);
void websocket_pong(struct buffer *out, struct bytes bytes);
void websocket_close(struct buffer *out, uint16_t code, struct text reason);

#endif
