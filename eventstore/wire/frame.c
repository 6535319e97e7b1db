#include "eventstore/wire/frame.h"

#include "eventstore/base/require.h"

enum { OP_OFFSET = 4, REQUEST_OFFSET = 8 };

enum status frame_parse(struct bytes bytes, struct frame *frame, size_t *size)
{
	uint32_t body_size;

	if (bytes.size < FRAME_HEADER_SIZE)
		return STATUS_NOT_FOUND;
	memcpy(&body_size, bytes.data, sizeof(body_size));
	if (bytes.data[OP_OFFSET + 1] || bytes.data[OP_OFFSET + 2] || bytes.data[OP_OFFSET + 3])
		return STATUS_MALFORMED;
	if (body_size > FRAME_BODY_MAX)
		return STATUS_TOO_LARGE;
	if (bytes.size - FRAME_HEADER_SIZE < body_size)
		return STATUS_NOT_FOUND;
	frame->op = bytes.data[OP_OFFSET];
	memcpy(&frame->request, bytes.data + REQUEST_OFFSET, sizeof(frame->request));
	frame->body = BYTES(bytes.data + FRAME_HEADER_SIZE, body_size);
	*size = FRAME_HEADER_SIZE + body_size;
	return STATUS_OK;
}

size_t frame_begin(struct buffer *out, uint8_t op, uint64_t request)
{
	size_t   began = out->size;
	uint8_t *header = buffer_reserve(out, FRAME_HEADER_SIZE);

	memset(header, 0, FRAME_HEADER_SIZE);
	header[OP_OFFSET] = op;
	memcpy(header + REQUEST_OFFSET, &request, sizeof(request));
	out->size += FRAME_HEADER_SIZE;
	return began;
}

void frame_end(struct buffer *out, size_t began)
{
	size_t   size = out->size - began - FRAME_HEADER_SIZE;
	uint32_t body_size = (uint32_t)size;

	require(size <= FRAME_BODY_MAX);
	memcpy(out->data + began, &body_size, sizeof(body_size));
}
