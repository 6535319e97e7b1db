#include "tools/gzip.h"

#include "eventstore/base/require.h"

#include <zlib.h>

enum { WINDOW_BITS = 15, AS_GZIP = 16, MEMORY_LEVEL = 8 };

void gzip_append(struct bytes bytes, struct buffer *out)
{
	z_stream stream = {0};
	size_t   most;

	require(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS + AS_GZIP, MEMORY_LEVEL,
	                     Z_DEFAULT_STRATEGY)
	        == Z_OK);
	most = deflateBound(&stream, bytes.size);
	require(bytes.size <= UINT32_MAX && most <= UINT32_MAX);
	stream.next_in = (Bytef *)(uintptr_t)bytes.data;
	stream.avail_in = (uInt)bytes.size;
	stream.next_out = buffer_reserve(out, most);
	stream.avail_out = (uInt)most;
	require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	out->size += stream.total_out;
	deflateEnd(&stream);
}
