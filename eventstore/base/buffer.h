/* Bytes that grow at the end. Zeroes are a valid, empty buffer. Running out of memory stops the process. */
#ifndef ORRERY_BUFFER_H
#define ORRERY_BUFFER_H

#include "eventstore/base/bytes.h"

struct buffer {
	uint8_t *data;
	size_t   size;
	size_t   capacity;
};

void buffer_finish(struct buffer *buffer);

/* Room for `size` more bytes at buffer->data + buffer->size; the caller adds to size what it used. */
uint8_t *buffer_reserve(struct buffer *buffer, size_t size);

void buffer_append(struct buffer *buffer, struct bytes bytes);
void buffer_append_text(struct buffer *buffer, struct text text);
void buffer_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Drops the first `size` bytes and moves the rest to the front. */
void buffer_consume(struct buffer *buffer, size_t size);

/* Valid until the buffer grows or ends. */
static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
	return BYTES(buffer->data, buffer->size);
}

#endif
