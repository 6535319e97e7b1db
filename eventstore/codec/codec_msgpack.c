#include "eventstore/codec/codec_msgpack.h"

#include "eventstore/base/require.h"

#include <math.h>
#include <msgpack.h>

enum { FIXSTR = 0xa0, FIXSTR_SIZE_MAX = 31 };

struct packing {
	msgpack_packer       packer;
	const struct sealer *sealer;
	uint16_t             skip_marks;
	struct arena         scratch; /* for sealed bytes until they are packed */
};

static int append_packed(void *owner, const char *data, size_t size)
{
	buffer_append(owner, BYTES(data, size));
	return 0;
}

static bool left_out(const struct packing *packing, const struct field *field, const void *object)
{
	if (field->marks & packing->skip_marks)
		return true;
	return (field->marks & FIELD_OPTIONAL) && !field_present(field, object);
}

/* Most of what is packed are keys and short words, so a fixstr is written in one go. */
static void pack_str(msgpack_packer *packer, struct text text)
{
	struct buffer *out = packer->data;
	uint8_t       *at;

	if (text.size > FIXSTR_SIZE_MAX) {
		msgpack_pack_str_with_body(packer, text.data, text.size);
		return;
	}
	at = buffer_reserve(out, 1 + text.size);
	at[0] = (uint8_t)(FIXSTR | text.size);
	memcpy(at + 1, text.data, text.size);
	out->size += 1 + text.size;
}

/* What could not be decoded again must not reach the log: a required text that is missing is a bug of the caller's. */
static void pack_text(msgpack_packer *packer, struct text text)
{
	size_t points;

	require(text.data != NULL && text_code_points(text, &points));
	pack_str(packer, text);
}

static void pack_bytes(msgpack_packer *packer, struct bytes bytes)
{
	msgpack_pack_bin_with_body(packer, bytes.data, bytes.size);
}

static enum status pack_personal(struct packing *packing, const struct shape *shape, const struct field *field,
                                 const void *object)
{
	const struct text   *clear = field_at(field, object);
	const struct id     *person = field_at(&shape->fields[field->person], object);
	const struct sealer *sealer = packing->sealer;
	struct bytes         sealed = {0};
	enum status          status = STATUS_FORGOTTEN;
	size_t               points;

	require(field->person < shape->count);
	require(clear->data != NULL && text_code_points(*clear, &points));
	if (!text_is_forgotten(*clear))
		status = sealer->seal(sealer->owner, *person, text_from(field->name), *clear, &packing->scratch,
		                      &sealed);
	if (status == STATUS_FORGOTTEN)
		sealed = BYTES("", 0);
	else if (status != STATUS_OK)
		return status;
	msgpack_pack_ext_with_body(&packing->packer, sealed.data, sealed.size, EXT_SEALED);
	return STATUS_OK;
}

static void pack_choice(msgpack_packer *packer, const struct choice *choice, uint32_t number)
{
	require(number >= 1 && number <= choice->count);
	pack_str(packer, text_from(choice->words[number - 1]));
}

static void pack_number(msgpack_packer *packer, enum kind kind, const void *value)
{
	switch (kind) {
	case KIND_U32:
		msgpack_pack_uint32(packer, *(const uint32_t *)value);
		break;
	case KIND_U64:
		msgpack_pack_uint64(packer, *(const uint64_t *)value);
		break;
	case KIND_F64:
		require(isfinite(*(const double *)value));
		msgpack_pack_double(packer, *(const double *)value);
		break;
	default:
		msgpack_pack_int64(packer, *(const int64_t *)value);
		break;
	}
}

static void pack_scalar(msgpack_packer *packer, const struct field *field, const void *value)
{
	switch (field->kind) {
	case KIND_ID:
		pack_bytes(packer, BYTES(value, sizeof(struct id)));
		break;
	case KIND_HASH:
		pack_bytes(packer, BYTES(value, sizeof(struct hash)));
		break;
	case KIND_BYTES:
		pack_bytes(packer, *(const struct bytes *)value);
		break;
	case KIND_TEXT:
	case KIND_JSON:
		pack_text(packer, *(const struct text *)value);
		break;
	case KIND_CHOICE:
		pack_choice(packer, field->choice, *(const uint32_t *)value);
		break;
	case KIND_BOOL:
		*(const bool *)value ? msgpack_pack_true(packer) : msgpack_pack_false(packer);
		break;
	default:
		pack_number(packer, field->kind, value);
		break;
	}
}

static enum status pack_object(struct packing *packing, const struct shape *shape, const void *object, int depth);

static enum status pack_list(struct packing *packing, const struct field *field, const struct list *list, int depth)
{
	require(list->count <= field->max);
	msgpack_pack_array(&packing->packer, list->count);
	for (uint32_t i = 0; i < list->count; i++) {
		const void *item = (const char *)list->items + (size_t)i * field->record->size;
		enum status status = pack_object(packing, field->record, item, depth + 1);

		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status pack_field(struct packing *packing, const struct shape *shape, const struct field *field,
                              const void *object, int depth)
{
	const struct text *text = field_at(field, object);

	pack_str(&packing->packer, text_from(field->name));
	if (field->kind == KIND_LIST)
		return pack_list(packing, field, field_at(field, object), depth);
	if ((field->marks & FIELD_PERSONAL) && (packing->sealer || text_is_forgotten(*text)))
		return pack_personal(packing, shape, field, object);
	pack_scalar(&packing->packer, field, field_at(field, object));
	return STATUS_OK;
}

/* Calls itself for lists only, as deep as the schema lets records lie in one another. */
static enum status pack_object(struct packing *packing, const struct shape *shape, const void *object, int depth)
{
	enum status status = STATUS_OK;
	size_t      count = 0;

	require(depth <= SHAPE_DEPTH_MAX);
	for (uint16_t i = 0; i < shape->count; i++)
		count += !left_out(packing, &shape->fields[i], object);
	msgpack_pack_map(&packing->packer, count);
	for (uint16_t i = 0; i < shape->count && status == STATUS_OK; i++)
		if (!left_out(packing, &shape->fields[i], object))
			status = pack_field(packing, shape, &shape->fields[i], object, depth);
	return status;
}

enum status msgpack_encode_shape(const struct shape *shape, const void *object, uint16_t skip_marks,
                                 const struct sealer *sealer, struct buffer *out)
{
	struct packing packing = {.sealer = sealer, .skip_marks = skip_marks};
	size_t         began = out->size;
	enum status    status;

	msgpack_packer_init(&packing.packer, out, append_packed);
	status = pack_object(&packing, shape, object, 0);
	if (status != STATUS_OK)
		out->size = began;
	arena_finish(&packing.scratch);
	return status;
}
