/* Encoding packs straight into the buffer. Decoding first walks over the bytes without believing them (scan), and only
 * then lets msgpack-c build its objects, whose memory grows with the sizes the bytes declare. */
#include "eventstore/codec_msgpack.h"

#include "eventstore/base/require.h"

#include <math.h>
#include <msgpack.h>
#include <msgpack/unpack_define.h>

/* ---------------------------------------------------------------- encoding */

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

/* ---------------------------------------------------------------- looking before decoding */

enum { NESTING_MAX = 16 };

_Static_assert(2 * SHAPE_DEPTH_MAX + 1 <= NESTING_MAX, "every shape fits");
_Static_assert(NESTING_MAX < MSGPACK_EMBED_STACK_SIZE, "msgpack-c refuses what is nested deeper");

/* What follows a lead byte from 0xc0 to 0xdf: a big-endian length of so many bytes, a fixed tail, and what each unit of
 * the length stands for: bytes of the tail, or values inside. */
struct format {
	uint8_t length_size;
	uint8_t tail;
	uint8_t bytes_each;
	uint8_t values_each;
};

static const struct format formats[32] = {
	[0x04] = {1, 0, 1, 0},  [0x05] = {2, 0, 1, 0}, [0x06] = {4, 0, 1, 0}, /* bin */
	[0x07] = {1, 1, 1, 0},  [0x08] = {2, 1, 1, 0}, [0x09] = {4, 1, 1, 0}, /* ext */
	[0x0a] = {0, 4, 0, 0},  [0x0b] = {0, 8, 0, 0},                        /* float */
	[0x0c] = {0, 1, 0, 0},  [0x0d] = {0, 2, 0, 0}, [0x0e] = {0, 4, 0, 0}, [0x0f] = {0, 8, 0, 0},
	[0x10] = {0, 1, 0, 0},  [0x11] = {0, 2, 0, 0}, [0x12] = {0, 4, 0, 0}, [0x13] = {0, 8, 0, 0},
	[0x14] = {0, 2, 0, 0},  [0x15] = {0, 3, 0, 0}, [0x16] = {0, 5, 0, 0}, [0x17] = {0, 9, 0, 0},
	[0x18] = {0, 17, 0, 0}, [0x19] = {1, 0, 1, 0}, [0x1a] = {2, 0, 1, 0}, [0x1b] = {4, 0, 1, 0}, /* str */
	[0x1c] = {2, 0, 0, 1},  [0x1d] = {4, 0, 0, 1},                                               /* array */
	[0x1e] = {2, 0, 0, 2},  [0x1f] = {4, 0, 0, 2},                                               /* map */
};

static bool scan_length(struct bytes bytes, size_t *at, size_t length_size, uint64_t *length)
{
	*length = 0;
	if (bytes.size - *at < length_size)
		return false;
	for (size_t i = 0; i < length_size; i++)
		*length = *length << 8 | bytes.data[(*at)++];
	return true;
}

/* Moves over one value, not over the values inside it; says how many those are. */
static bool scan_value(struct bytes bytes, size_t *at, uint64_t *inside)
{
	uint8_t  lead;
	uint64_t length, tail = 0;

	*inside = 0;
	if (*at == bytes.size)
		return false;
	lead = bytes.data[(*at)++];
	if (lead == 0xc1)
		return false;
	if (lead >= 0xc0 && lead <= 0xdf) {
		const struct format *format = &formats[lead - 0xc0];

		if (!scan_length(bytes, at, format->length_size, &length))
			return false;
		tail = format->tail + length * format->bytes_each;
		*inside = length * format->values_each;
	} else if (lead >= 0xa0 && lead <= 0xbf) {
		tail = lead & 0x1f;
	} else if (lead >= 0x80 && lead <= 0x9f) {
		*inside = (lead & 0x0f) * (lead < 0x90 ? 2u : 1u);
	}
	if (tail > bytes.size - *at)
		return false;
	*at += tail;
	return *inside <= bytes.size - *at;
}

/* Is this exactly one msgpack value, whole, and not nested too deep? Then every declared count is backed by bytes. */
static bool scan(struct bytes bytes)
{
	uint64_t left[NESTING_MAX] = {1}, inside;
	size_t   at = 0;
	int      level = 0;

	while (level >= 0) {
		if (left[level] == 0) {
			level--;
			continue;
		}
		left[level]--;
		if (!scan_value(bytes, &at, &inside))
			return false;
		if (inside == 0)
			continue;
		if (level + 1 == NESTING_MAX)
			return false;
		left[++level] = inside;
	}
	return at == bytes.size;
}

/* ---------------------------------------------------------------- decoding */

struct unpacking {
	const struct opener *opener;
	struct arena        *arena;
};

static bool take_text(const msgpack_object *value, struct text *out)
{
	struct text text = {.data = value->via.str.ptr, .size = value->via.str.size};
	size_t      points;

	if (value->type != MSGPACK_OBJECT_STR || !text_code_points(text, &points))
		return false;
	*out = text.size > 0 ? text : TEXT("");
	return true;
}

static bool take_bytes(const msgpack_object *value, struct bytes *out)
{
	if (value->type != MSGPACK_OBJECT_BIN)
		return false;
	*out = value->via.bin.size > 0 ? BYTES(value->via.bin.ptr, value->via.bin.size) : BYTES("", 0);
	return true;
}

static bool take_fixed(const msgpack_object *value, size_t size, void *out)
{
	if (value->type != MSGPACK_OBJECT_BIN || value->via.bin.size != size)
		return false;
	memcpy(out, value->via.bin.ptr, size);
	return true;
}

static bool take_bool(const msgpack_object *value, bool *out)
{
	if (value->type != MSGPACK_OBJECT_BOOLEAN)
		return false;
	*out = value->via.boolean;
	return true;
}

static bool take_u64(const msgpack_object *value, uint64_t max, uint64_t *out)
{
	if (value->type != MSGPACK_OBJECT_POSITIVE_INTEGER || value->via.u64 > max)
		return false;
	*out = value->via.u64;
	return true;
}

static bool take_u32(const msgpack_object *value, uint32_t *out)
{
	uint64_t wide;

	if (!take_u64(value, UINT32_MAX, &wide))
		return false;
	*out = (uint32_t)wide;
	return true;
}

static bool take_i64(const msgpack_object *value, int64_t *out)
{
	uint64_t positive;

	if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*out = value->via.i64;
	else if (take_u64(value, INT64_MAX, &positive))
		*out = (int64_t)positive;
	else
		return false;
	return true;
}

static bool take_f64(const msgpack_object *value, double *out)
{
	bool is_float = value->type == MSGPACK_OBJECT_FLOAT32 || value->type == MSGPACK_OBJECT_FLOAT64;

	if (!is_float || !isfinite(value->via.f64))
		return false;
	*out = value->via.f64;
	return true;
}

static bool take_choice(const msgpack_object *value, const struct choice *choice, uint32_t *out)
{
	struct text word;
	uint32_t    number = take_text(value, &word) ? choice_number(choice, word) : 0;

	if (number == 0)
		return false;
	*out = number;
	return true;
}

static bool take_scalar(const msgpack_object *value, const struct field *field, void *out)
{
	switch (field->kind) {
	case KIND_ID:
		return take_fixed(value, sizeof(struct id), out);
	case KIND_HASH:
		return take_fixed(value, sizeof(struct hash), out);
	case KIND_TEXT:
	case KIND_JSON:
		return take_text(value, out);
	case KIND_BYTES:
		return take_bytes(value, out);
	case KIND_BOOL:
		return take_bool(value, out);
	case KIND_U32:
		return take_u32(value, out);
	case KIND_U64:
		return take_u64(value, UINT64_MAX, out);
	case KIND_I64:
	case KIND_TIME:
		return take_i64(value, out);
	case KIND_F64:
		return take_f64(value, out);
	case KIND_CHOICE:
		return take_choice(value, field->choice, out);
	default:
		return false;
	}
}

static bool take_object(struct unpacking *unpacking, const struct shape *shape, const msgpack_object *map, void *object,
                        int depth);

static bool take_list(struct unpacking *unpacking, const struct field *field, const msgpack_object *value,
                      struct list *out, int depth)
{
	const msgpack_object_array *array = &value->via.array;
	char                       *items;

	if (value->type != MSGPACK_OBJECT_ARRAY || array->size > field->max)
		return false;
	items = arena_alloc(unpacking->arena, (size_t)array->size * field->record->size + 1);
	for (uint32_t i = 0; i < array->size; i++)
		if (!take_object(unpacking, field->record, &array->ptr[i], items + (size_t)i * field->record->size,
		                 depth + 1))
			return false;
	*out = (struct list){.items = items, .count = array->size};
	return true;
}

static bool is_sealed(const struct field *field, const msgpack_object *value)
{
	return (field->marks & FIELD_PERSONAL) && value->type == MSGPACK_OBJECT_EXT
	       && value->via.ext.type == EXT_SEALED;
}

static struct text open_sealed(struct unpacking *unpacking, const struct shape *shape, const struct field *field,
                               const msgpack_object *value, const void *object)
{
	const struct id *person = field_at(&shape->fields[field->person], object);
	struct bytes     sealed = BYTES(value->via.ext.ptr, value->via.ext.size);
	struct text      label = text_from(field->name), clear;

	if (!unpacking->opener)
		return personal_form(unpacking->arena, *person, label, sealed);
	if (sealed.size == 0
	    || unpacking->opener->open(unpacking->opener->owner, *person, label, sealed, unpacking->arena, &clear)
	               != STATUS_OK)
		return TEXT_FORGOTTEN;
	return clear;
}

static bool take_field(struct unpacking *unpacking, const struct field *field, const msgpack_object *value,
                       void *object, int depth)
{
	if (field->has_offset)
		*(bool *)((char *)object + field->has_offset) = true;
	if (field->kind == KIND_LIST)
		return take_list(unpacking, field, value, field_in(field, object), depth);
	return take_scalar(value, field, field_in(field, object));
}

/* Fields mostly come in the shape's own order, so the next one is looked at before all others. */
static const struct field *field_for_key(const struct shape *shape, uint16_t next, const msgpack_object *key)
{
	struct text name = {.data = key->via.str.ptr, .size = key->via.str.size};

	if (key->type == MSGPACK_OBJECT_STR && next < shape->count && text_is(name, shape->fields[next].name))
		return &shape->fields[next];
	return take_text(key, &name) ? shape_field(shape, name) : NULL;
}

/* Fields marked FIELD_INPUT are never sent on, so nobody misses them. */
static bool all_required_seen(const struct shape *shape, const msgpack_object *const values[])
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (!values[i] && !(shape->fields[i].marks & (FIELD_OPTIONAL | FIELD_INPUT)))
			return false;
	return true;
}

/* The value of each field, NULL where there is none; false when a key stands there twice. */
static bool sort_values(const struct shape *shape, const msgpack_object_map *map, const msgpack_object *values[])
{
	uint16_t next = 0;

	for (uint32_t i = 0; i < map->size; i++) {
		const struct field *field = field_for_key(shape, next, &map->ptr[i].key);
		uint16_t            index;

		if (!field)
			continue;
		index = (uint16_t)(field - shape->fields);
		if (values[index])
			return false;
		values[index] = &map->ptr[i].val;
		next = (uint16_t)(index + 1);
	}
	return true;
}

/* Sealed texts come last, since the id of their person must be there. */
static bool take_object(struct unpacking *unpacking, const struct shape *shape, const msgpack_object *map, void *object,
                        int depth)
{
	const msgpack_object *values[SHAPE_FIELDS_MAX];

	require(depth <= SHAPE_DEPTH_MAX && shape->count <= SHAPE_FIELDS_MAX);
	memset(values, 0, shape->count * sizeof(values[0]));
	if (map->type != MSGPACK_OBJECT_MAP || !sort_values(shape, &map->via.map, values)
	    || !all_required_seen(shape, values))
		return false;
	for (uint16_t i = 0; i < shape->count; i++)
		if (values[i] && !is_sealed(&shape->fields[i], values[i])
		    && !take_field(unpacking, &shape->fields[i], values[i], object, depth))
			return false;
	for (uint16_t i = 0; i < shape->count; i++)
		if (values[i] && is_sealed(&shape->fields[i], values[i]))
			*(struct text *)field_in(&shape->fields[i], object) =
				open_sealed(unpacking, shape, &shape->fields[i], values[i], object);
	return true;
}

enum status msgpack_decode_shape(const struct shape *shape, struct bytes bytes, const struct opener *opener,
                                 struct arena *arena, void *object)
{
	struct unpacking unpacking = {.opener = opener, .arena = arena};
	msgpack_unpacked unpacked;
	void            *filled;
	bool             fits;

	if (!scan(bytes))
		return STATUS_MALFORMED;
	filled = arena_alloc(arena, shape->size);
	msgpack_unpacked_init(&unpacked);
	fits = msgpack_unpack_next(&unpacked, (const char *)bytes.data, bytes.size, NULL) == MSGPACK_UNPACK_SUCCESS
	       && take_object(&unpacking, shape, &unpacked.data, filled, 0);
	msgpack_unpacked_destroy(&unpacked);
	if (!fits)
		return STATUS_MALFORMED;
	memcpy(object, filled, shape->size);
	return STATUS_OK;
}
