/* Everything that reads JSON meets arbitrary bytes. Claims: what the decoder takes it prints and takes again as the
 * same; what it refuses it complains about; opening sealed texts keeps well-formed JSON well formed. */
#include "eventstore/base/require.h"
#include "eventstore/codec/codec_json.h"
#include "eventstore/codec/validate.h"
#include "tests/eventstore/sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_taken(const struct sample *sample, struct arena *arena)
{
	struct complaints complaints = {0};
	struct buffer     printed = {0};
	struct sample     again;
	struct text       sentence;

	require(shape_validate(&sample_shape, sample, 0, arena, &sentence) == STATUS_OK);
	json_encode_shape(&sample_shape, sample, 0, &printed);
	require(json_decode_shape(&sample_shape, buffer_bytes(&printed), 0, arena, &again, &complaints) == STATUS_OK);
	require(sample_equal(&sample_shape, sample, &again));
	buffer_finish(&printed);
}

static void check_complaints(const struct complaints *complaints)
{
	size_t points;

	require(complaints->count >= 1 && complaints->count <= COMPLAINTS_MAX);
	for (uint32_t i = 0; i < complaints->count; i++) {
		const struct complaint *complaint = &complaints->items[i];

		require(complaint->pointer.size == 0 || complaint->pointer.data[0] == '/');
		require(complaint->sentence.size > 0 && text_code_points(complaint->pointer, &points));
	}
}

static void decode(struct bytes json)
{
	struct arena      arena = {0};
	struct complaints complaints = {0};
	struct sample     sample = {0};

	if (json_decode_shape(&sample_shape, json, 0, &arena, &sample, &complaints) == STATUS_OK)
		check_taken(&sample, &arena);
	else
		check_complaints(&complaints);
	arena_finish(&arena);
}

/* ---------------------------------------------------------------- opening */

static enum status open_anything(void *owner, struct id person, struct text label, struct bytes sealed,
                                 struct arena *arena, struct text *clear)
{
	*clear = TEXT("\"\\\n\x01");
	return STATUS_OK;
}

/* Wrapped as one member, of a shape that requires more: what can be read to its end draws complaints about members,
 * what cannot draws one about the whole, whose pointer is empty. */
static bool well_formed(struct bytes json)
{
	struct arena      arena = {0};
	struct buffer     wrapped = {0};
	struct complaints complaints = {0};
	struct sample     sample = {0};
	bool              read;

	buffer_append_text(&wrapped, TEXT("{\"json\":"));
	buffer_append(&wrapped, json);
	buffer_append_text(&wrapped, TEXT("}"));
	read = json_decode_shape(&sample_shape, buffer_bytes(&wrapped), 0, &arena, &sample, &complaints) == STATUS_OK
	       || complaints.items[0].pointer.size > 0;
	buffer_finish(&wrapped);
	arena_finish(&arena);
	return read;
}

static void open_json(struct bytes json)
{
	const struct opener opener = {.open = open_anything};
	struct buffer       opened = {0};

	if (!personal_open_json(json, &opener, &opened))
		require(opened.size == 0);
	else if (well_formed(json))
		require(well_formed(buffer_bytes(&opened)));
	buffer_finish(&opened);
}

static void read_words(struct text word)
{
	for (uint16_t i = 0; i < sample_shape.count; i++) {
		const struct field *field = &sample_shape.fields[i];
		struct complaints   complaints = {0};
		struct arena        arena = {0};
		struct sample       sample = {0};
		enum status         status = STATUS_OK;

		if (field->kind != KIND_LIST && field->kind != KIND_JSON)
			status = field_from_text(field, word, &arena, &sample, &complaints);
		require((status == STATUS_OK) == (complaints.count == 0));
		arena_finish(&arena);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	decode(BYTES(data, size));
	open_json(BYTES(data, size));
	if (size <= 64)
		read_words((struct text){.data = (const char *)data, .size = size});
	return 0;
}
