#include "api/websocket.h"

enum {
	FINAL = 0x80,
	RESERVED = 0x70,
	OPCODE = 0x0f,
	MASKED = 0x80,
	LENGTH = 0x7f,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	MASK_SIZE = 4,
};

enum opcode {
	CONTINUATION = 0x0,
	TEXT_FRAME = 0x1,
	BINARY_FRAME = 0x2,
	CLOSE_FRAME = 0x8,
	PING_FRAME = 0x9,
	PONG_FRAME = 0xa,
};

/* A frame at the front of some bytes. */
struct head {
	bool     final;
	uint8_t  opcode;
	size_t   size; /* of the head */
	uint64_t length;
	uint8_t  mask[MASK_SIZE];
};

void websocket_finish(struct websocket *websocket)
{
	buffer_finish(&websocket->message);
}

static void broken(struct websocket_came *out, enum websocket_code code)
{
	out->event = WEBSOCKET_BROKEN;
	out->code = (uint16_t)code;
}

static bool is_control(uint8_t opcode)
{
	return opcode >= CLOSE_FRAME;
}

/* ---------------------------------------------------------------- heads: RFC 6455 §5.2 */

static uint64_t big_endian(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

static bool known(uint8_t opcode)
{
	return opcode <= BINARY_FRAME || (opcode >= CLOSE_FRAME && opcode <= PONG_FRAME);
}

/* False: more bytes are needed, or `out` says what is wrong. */
static bool read_head(struct bytes bytes, struct head *head, struct websocket_came *out)
{
	size_t extended;

	if (bytes.size < 2)
		return false;
	head->final = bytes.data[0] & FINAL;
	head->opcode = bytes.data[0] & OPCODE;
	head->length = bytes.data[1] & LENGTH;
	extended = head->length == LENGTH_16 ? 2 : head->length == LENGTH_64 ? 8 : 0;
	if ((bytes.data[0] & RESERVED) || !known(head->opcode) || !(bytes.data[1] & MASKED)
	    || (is_control(head->opcode) && (!head->final || head->length > WEBSOCKET_CONTROL_BYTES_MAX))) {
		broken(out, WEBSOCKET_BROKEN_RULE);
		return false;
	}
	head->size = 2 + extended + MASK_SIZE;
	if (bytes.size < head->size)
		return false;
	if (extended > 0)
		head->length = big_endian(bytes.data + 2, extended);
	/* The fewest bytes that hold a length must be used for it. */
	if ((extended == 2 && head->length < LENGTH_16) || (extended == 8 && head->length <= UINT16_MAX)
	    || head->length >> 63) {
		broken(out, WEBSOCKET_BROKEN_RULE);
		return false;
	}
	memcpy(head->mask, bytes.data + 2 + extended, MASK_SIZE);
	return true;
}

/* §5.4: pieces of one message follow one another, with nothing but control frames between. */
static bool fits(const struct websocket *websocket, const struct head *head, struct websocket_came *out)
{
	if (is_control(head->opcode))
		return true;
	if ((head->opcode == CONTINUATION) != (websocket->kind != 0))
		broken(out, WEBSOCKET_BROKEN_RULE);
	else if (head->length > websocket->message_bytes_max - websocket->message.size)
		broken(out, WEBSOCKET_TOO_LARGE);
	else
		return true;
	return false;
}

static void unmask(uint8_t *bytes, size_t size, const uint8_t mask[MASK_SIZE])
{
	for (size_t i = 0; i < size; i++)
		bytes[i] ^= mask[i % MASK_SIZE];
}

/* ---------------------------------------------------------------- messages */

static bool is_text(struct bytes bytes)
{
	size_t count;

	return text_code_points((struct text){(const char *)bytes.data, bytes.size}, &count);
}

static void give(uint8_t kind, struct bytes bytes, struct websocket_came *out)
{
	if (kind == TEXT_FRAME && !is_text(bytes)) {
		broken(out, WEBSOCKET_BAD_TEXT);
		return;
	}
	out->event = kind == TEXT_FRAME ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;
	out->bytes = bytes;
}

static void take_data(struct websocket *websocket, const struct head *head, struct bytes payload,
                      struct websocket_came *out)
{
	uint8_t kind = websocket->kind;

	if (head->final && kind == 0) {
		give(head->opcode, payload, out);
		return;
	}
	if (kind == 0) {
		websocket->message.size = 0;
		websocket->kind = head->opcode;
	}
	buffer_append(&websocket->message, payload);
	if (!head->final)
		return;
	give(kind, buffer_bytes(&websocket->message), out);
	websocket->message.size = 0;
	websocket->kind = 0;
}

/* §7.4: those that may stand in a frame. */
static bool is_code(uint16_t code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static void take_close(struct bytes payload, struct websocket_came *out)
{
	out->event = WEBSOCKET_CLOSE;
	out->code = WEBSOCKET_NO_CODE;
	if (payload.size == 0)
		return;
	if (payload.size == 1) {
		broken(out, WEBSOCKET_BROKEN_RULE);
		return;
	}
	out->code = (uint16_t)big_endian(payload.data, 2);
	out->bytes = BYTES(payload.data + 2, payload.size - 2);
	if (!is_code(out->code))
		broken(out, WEBSOCKET_BROKEN_RULE);
	else if (!is_text(out->bytes))
		broken(out, WEBSOCKET_BAD_TEXT);
}

static void take_control(const struct head *head, struct bytes payload, struct websocket_came *out)
{
	if (head->opcode == CLOSE_FRAME) {
		take_close(payload, out);
		return;
	}
	out->event = head->opcode == PING_FRAME ? WEBSOCKET_PING : WEBSOCKET_PONG;
	out->bytes = payload;
}

void websocket_take(struct websocket *websocket, struct buffer *in, size_t at, struct websocket_came *out)
{
	struct head  head;
	struct bytes payload;

	*out = (struct websocket_came){.event = WEBSOCKET_MORE};
	while (out->event == WEBSOCKET_MORE) {
		struct bytes rest = BYTES(in->data + at + out->taken, in->size - at - out->taken);

		if (!read_head(rest, &head, out) || !fits(websocket, &head, out) || rest.size - head.size < head.length)
			return;
		payload = BYTES(rest.data + head.size, (size_t)head.length);
		unmask(in->data + (payload.data - in->data), payload.size, head.mask);
		out->taken += head.size + payload.size;
		if (is_control(head.opcode))
			take_control(&head, payload, out);
		else
			take_data(websocket, &head, payload, out);
	}
}

/* ---------------------------------------------------------------- saying */

static void append_frame(struct buffer *out, enum opcode opcode, struct bytes bytes)
{
	uint8_t head[WEBSOCKET_HEAD_BYTES_MAX] = {(uint8_t)(FINAL | opcode)};
	size_t  extended = bytes.size < LENGTH_16 ? 0 : bytes.size <= UINT16_MAX ? 2 : 8;

	head[1] = extended == 0 ? (uint8_t)bytes.size : extended == 2 ? LENGTH_16 : LENGTH_64;
	for (size_t i = 0; i < extended; i++)
		head[2 + i] = (uint8_t)((uint64_t)bytes.size >> (8 * (extended - 1 - i)));
	buffer_append(out, BYTES(head, 2 + extended));
	buffer_append(out, bytes);
}

void websocket_message(struct buffer *out, bool text, struct bytes bytes)
{
	append_frame(out, text ? TEXT_FRAME : BINARY_FRAME, bytes);
}

void websocket_ping(struct buffer *out)
{
	append_frame(out, PING_FRAME, BYTES("", 0));
}

void websocket_pong(struct buffer *out, struct bytes bytes)
{
	append_frame(out, PONG_FRAME, bytes);
}

void websocket_close(struct buffer *out, uint16_t code, struct text reason)
{
	uint8_t payload[WEBSOCKET_CONTROL_BYTES_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
	size_t  size = reason.size < sizeof(payload) - 2 ? reason.size : sizeof(payload) - 2;

	if (size > 0)
		memcpy(payload + 2, reason.data, size);
	append_frame(out, CLOSE_FRAME, BYTES(payload, code == WEBSOCKET_NO_CODE ? 0 : 2 + size));
}
