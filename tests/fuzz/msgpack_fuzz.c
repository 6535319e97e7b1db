/* The msgpack decoder meets arbitrary bytes. Claims: what it takes can be written again and reads the same. */
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/codec_msgpack.h"
#include "eventstore/codec/validate.h"
#include "tests/eventstore/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_taken(const struct shape *shape, const void *object, struct arena *arena)
{
	struct buffer packed = {0}, printed = {0};
	void         *again = arena_alloc(arena, shape->size);
	struct text   sentence;

	require(msgpack_encode_shape(shape, object, 0, NULL, &packed) == STATUS_OK);
	require(msgpack_decode_shape(shape, buffer_bytes(&packed), NULL, arena, again) == STATUS_OK);
	require(sample_equal(shape, object, again));
	if (shape_validate(shape, object, 0, arena, &sentence) == STATUS_OK)
		json_encode_shape(shape, object, 0, &printed);
	buffer_finish(&packed);
	buffer_finish(&printed);
}

static void decode(const struct shape *shape, struct bytes bytes, const struct opener *opener)
{
	struct arena arena = {0};
	void        *object = arena_alloc(&arena, shape->size);

	if (msgpack_decode_shape(shape, bytes, opener, &arena, object) == STATUS_OK)
		check_taken(shape, object, &arena);
	arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(&sample_shape, BYTES(data, size), NULL);
	decode(&dossier_shape, BYTES(data, size), NULL);
	decode(&dossier_shape, BYTES(data, size), &sample_opener);
	return 0;
}
