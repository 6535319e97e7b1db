#include "eventstore/base/deflate.h"

#include "eventstore/base/require.h"

#include <zlib.h>

enum { WINDOW_BITS = 15, AS_GZIP = 16, MEMORY_LEVEL = 8, SYSTEM_UNKNOWN = 255 };

static void pack(z_stream *stream, struct bytes bytes, struct buffer *out)
{
	size_t most = deflateBound(stream, bytes.size);

	require(bytes.size <= UINT32_MAX && most <= UINT32_MAX);
	stream->next_in = (Bytef *)(uintptr_t)bytes.data;
	stream->avail_in = (uInt)bytes.size;
	stream->next_out = buffer_reserve(out, most);
	stream->avail_out = (uInt)most;
	require(deflate(stream, Z_FINISH) == Z_STREAM_END);
	out->size += stream->total_out;
	deflateEnd(stream);
}

static void begin(z_stream *stream, int window_bits)
{
	require(deflateInit2(stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, MEMORY_LEVEL, Z_DEFAULT_STRATEGY)
	        == Z_OK);
}

void gzip_append(struct bytes bytes, struct buffer *out)
{
	gz_header header = {.os = SYSTEM_UNKNOWN};
	z_stream  stream = {0};

	begin(&stream, WINDOW_BITS + AS_GZIP);
	require(deflateSetHeader(&stream, &header) == Z_OK);
	pack(&stream, bytes, out);
}

void zlib_append(struct bytes bytes, struct buffer *out)
{
	z_stream stream = {0};

	begin(&stream, WINDOW_BITS);
	pack(&stream, bytes, out);
}

enum status zlib_open(struct bytes packed, size_t most, struct buffer *out)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.data, .avail_in = (uInt)packed.size};
	int      result;

	require(packed.size <= UINT32_MAX && most < UINT32_MAX);
	require(inflateInit2(&stream, WINDOW_BITS) == Z_OK);
	stream.next_out = buffer_reserve(out, most + 1); /* one more tells what is too large */
	stream.avail_out = (uInt)most + 1;
	result = inflate(&stream, Z_FINISH);
	inflateEnd(&stream);
	if (stream.total_out > most)
		return STATUS_TOO_LARGE;
	if (result != Z_STREAM_END || stream.avail_in > 0)
		return STATUS_MALFORMED;
	out->size += stream.total_out;
	return STATUS_OK;
}

uint32_t crc32_add(uint32_t before, struct bytes bytes)
{
	/* zlib takes a pointer to nothing for the wish to begin anew. */
	return bytes.size > 0 ? (uint32_t)crc32_z(before, bytes.data, bytes.size) : before;
}
