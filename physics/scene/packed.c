#include "physics/scene/packed.h"

#include "eventstore/base/base64.h"
#include "eventstore/base/deflate.h"

enum status scene_pack(struct text json, struct arena *arena, struct bytes *out)
{
	struct buffer packed = {0};
	enum status   status = STATUS_TOO_LARGE;

	if (json.size > SCENE_JSON_BYTES_MAX)
		return STATUS_TOO_LARGE;
	zlib_append(text_bytes(json), &packed);
	if (packed.size <= SCENE_PACKED_BYTES_MAX) {
		*out = arena_bytes(arena, buffer_bytes(&packed));
		status = STATUS_OK;
	}
	buffer_finish(&packed);
	return status;
}

enum status scene_unpack(struct bytes packed, struct arena *arena, struct text *out)
{
	struct buffer json = {0};
	enum status   status = zlib_open(packed, SCENE_JSON_BYTES_MAX, &json);

	if (status == STATUS_OK)
		*out = arena_text(arena, (struct text){.data = (const char *)json.data, .size = json.size});
	buffer_finish(&json);
	return status;
}

enum status scene_unpack_text(struct text packed, struct arena *arena, struct text *out)
{
	uint8_t *bytes = arena_alloc(arena, packed.size + 1);
	size_t   size;

	if (!base64_decode(packed, bytes, &size))
		return STATUS_MALFORMED;
	return scene_unpack(BYTES(bytes, size), arena, out);
}
