#include "api/credentials/png.h"

#include "eventstore/base/deflate.h"

/* A chunk is the size of its data, four letters, the data, and the check sum of letters and data. */
enum { NUMBER_SIZE = 4, CHUNK_OVERHEAD = 3 * NUMBER_SIZE, HEADER_SIZE = 13 };

static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static uint32_t read_number(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void append_number(struct buffer *out, uint32_t number)
{
	uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

	buffer_append(out, BYTES(bytes, sizeof(bytes)));
}

bool png_chunk_is(const struct png_chunk *chunk, const char *type)
{
	return memcmp(chunk->type, type, NUMBER_SIZE) == 0;
}

static bool is_type(const uint8_t *type)
{
	for (int i = 0; i < NUMBER_SIZE; i++)
		if ((type[i] | 0x20) < 'a' || (type[i] | 0x20) > 'z')
			return false;
	return true;
}

static bool take_chunk(struct bytes *rest, struct png_chunk *out)
{
	const uint8_t *type = rest->data + NUMBER_SIZE;
	uint32_t       size;

	if (rest->size < CHUNK_OVERHEAD)
		return false;
	size = read_number(rest->data);
	if (size > rest->size - CHUNK_OVERHEAD || !is_type(type)
	    || crc32_add(0, BYTES(type, NUMBER_SIZE + size)) != read_number(type + NUMBER_SIZE + size))
		return false;
	out->whole = BYTES(rest->data, size + CHUNK_OVERHEAD);
	out->type = (const char *)type;
	out->data = BYTES(type + NUMBER_SIZE, size);
	*rest = BYTES(rest->data + out->whole.size, rest->size - out->whole.size);
	return true;
}

enum status png_begin(struct png_walk *walk, struct bytes png, struct png_chunk *header)
{
	if (png.size > PNG_SIZE_MAX)
		return STATUS_TOO_LARGE;
	if (png.size < sizeof(signature) || memcmp(png.data, signature, sizeof(signature)) != 0)
		return STATUS_MALFORMED;
	*walk = (struct png_walk){.rest = BYTES(png.data + sizeof(signature), png.size - sizeof(signature))};
	if (!take_chunk(&walk->rest, header) || !png_chunk_is(header, "IHDR") || header->data.size != HEADER_SIZE)
		return STATUS_MALFORMED;
	return STATUS_OK;
}

enum status png_next(struct png_walk *walk, struct png_chunk *chunk)
{
	if (!take_chunk(&walk->rest, chunk) || png_chunk_is(chunk, "IHDR"))
		return STATUS_MALFORMED;
	if (png_chunk_is(chunk, "IDAT"))
		walk->pixels_seen = true;
	if (!png_chunk_is(chunk, "IEND"))
		return STATUS_OK;
	return walk->pixels_seen && chunk->data.size == 0 && walk->rest.size == 0 ? STATUS_NOT_FOUND : STATUS_MALFORMED;
}

void png_append_signature(struct buffer *out)
{
	buffer_append(out, BYTES(signature, sizeof(signature)));
}

void png_append_chunk(struct buffer *out, const char *type, struct bytes data)
{
	append_number(out, (uint32_t)data.size);
	buffer_append(out, BYTES(type, NUMBER_SIZE));
	buffer_append(out, data);
	append_number(out, crc32_add(crc32_add(0, BYTES(type, NUMBER_SIZE)), data));
}
