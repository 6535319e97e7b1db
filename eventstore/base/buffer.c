#include "eventstore/base/buffer.h"

#include "eventstore/base/require.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 256 };

void buffer_finish(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}

uint8_t *buffer_reserve(struct buffer *buffer, size_t size)
{
	size_t wanted = buffer->size + size;
	size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_MIN;

	require(wanted >= size);
	if (wanted > buffer->capacity) {
		while (capacity < wanted)
			capacity *= 2;
		buffer->data = realloc(buffer->data, capacity);
		require(buffer->data != NULL);
		buffer->capacity = capacity;
	}
	return buffer->data + buffer->size;
}

void buffer_append(struct buffer *buffer, struct bytes bytes)
{
	if (bytes.size == 0)
		return;
	memcpy(buffer_reserve(buffer, bytes.size), bytes.data, bytes.size);
	buffer->size += bytes.size;
}

void buffer_append_text(struct buffer *buffer, struct text text)
{
	buffer_append(buffer, text_bytes(text));
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
	size_t  room = buffer->capacity - buffer->size;
	va_list args, again;
	int     size;

	require(format != NULL); /* gcc follows the sanitizers' branch for it, and warns */
	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(room > 0 ? (char *)buffer->data + buffer->size : NULL, room, format, args);
	va_end(args);
	require(size >= 0);
	if ((size_t)size >= room)
		vsnprintf((char *)buffer_reserve(buffer, (size_t)size + 1), (size_t)size + 1, format, again);
	va_end(again);
	buffer->size += (size_t)size;
}

void buffer_consume(struct buffer *buffer, size_t size)
{
	require(size <= buffer->size);
	buffer->size -= size;
	if (buffer->size > 0)
		memmove(buffer->data, buffer->data + size, buffer->size);
}
