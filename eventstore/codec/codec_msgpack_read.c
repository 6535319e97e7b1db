/* Decoding goes over the bytes once and straight into the object. Nothing they declare is believed before that many
 * bytes are seen to be there, and only the items of a list that may be so long take memory. */
#include "eventstore/codec/codec_msgpack.h"

#include "eventstore/base/require.h"

#include <math.h>

/* ---------------------------------------------------------------- values */

enum { NESTING_MAX = 15 }; /* maps and arrays in one another, those of unknown keys too */

_Static_assert(2 * SHAPE_DEPTH_MAX + 1 <= NESTING_MAX, "every shape fits");
_Static_assert(SHAPE_FIELDS_MAX <= 64, "one bit a field");

enum type { INVALID, NIL, BOOLEAN, UNSIGNED, SIGNED, FLOAT, STR, BIN, EXT, ARRAY, MAP };

struct value {
	enum type    type;
	uint8_t      lead;
	struct bytes body;   /* numbers: big endian; ext: after its type */
	uint64_t     inside; /* array, map: values that follow */
};

struct unpacking {
	const struct opener *opener;
	struct arena        *arena;
	const uint8_t       *at, *end;
};

/* What follows a lead byte from 0xc0 to 0xdf: a big-endian length of so many bytes, and a body of fixed size. */
struct format {
	uint8_t type;
	uint8_t length_size;
	uint8_t fixed;
};

static const struct format formats[32] = {
	[0x00] = {NIL, 0, 0},      [0x02] = {BOOLEAN, 0, 0},  [0x03] = {BOOLEAN, 0, 0},  [0x04] = {BIN, 1, 0},
	[0x05] = {BIN, 2, 0},      [0x06] = {BIN, 4, 0},      [0x07] = {EXT, 1, 1},      [0x08] = {EXT, 2, 1},
	[0x09] = {EXT, 4, 1},      [0x0a] = {FLOAT, 0, 4},    [0x0b] = {FLOAT, 0, 8},    [0x0c] = {UNSIGNED, 0, 1},
	[0x0d] = {UNSIGNED, 0, 2}, [0x0e] = {UNSIGNED, 0, 4}, [0x0f] = {UNSIGNED, 0, 8}, [0x10] = {SIGNED, 0, 1},
	[0x11] = {SIGNED, 0, 2},   [0x12] = {SIGNED, 0, 4},   [0x13] = {SIGNED, 0, 8},   [0x14] = {EXT, 0, 2},
	[0x15] = {EXT, 0, 3},      [0x16] = {EXT, 0, 5},      [0x17] = {EXT, 0, 9},      [0x18] = {EXT, 0, 17},
	[0x19] = {STR, 1, 0},      [0x1a] = {STR, 2, 0},      [0x1b] = {STR, 4, 0},      [0x1c] = {ARRAY, 2, 0},
	[0x1d] = {ARRAY, 4, 0},    [0x1e] = {MAP, 2, 0},      [0x1f] = {MAP, 4, 0},
};

static uint64_t big_endian(struct bytes bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.size; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

static size_t left(const struct unpacking *unpacking)
{
	return (size_t)(unpacking->end - unpacking->at);
}

static bool read_body(struct unpacking *unpacking, uint64_t size, struct value *value)
{
	if (size > left(unpacking))
		return false;
	value->body = BYTES(unpacking->at, (size_t)size);
	unpacking->at += size;
	return true;
}

/* Each value inside takes a byte at least. */
static bool read_inside(const struct unpacking *unpacking, uint64_t inside, struct value *value)
{
	value->inside = inside;
	return inside <= left(unpacking);
}

static bool read_formatted(struct unpacking *unpacking, struct value *value)
{
	const struct format *format = &formats[value->lead - 0xc0];
	uint64_t             length;

	value->type = format->type;
	if (value->type == INVALID || !read_body(unpacking, format->length_size, value))
		return false;
	length = big_endian(value->body);
	if (value->type == ARRAY || value->type == MAP)
		return read_inside(unpacking, value->type == MAP ? 2 * length : length, value);
	return read_body(unpacking, length + format->fixed, value);
}

/* Moves over one value, not over those inside it. */
static bool read_value(struct unpacking *unpacking, struct value *value)
{
	if (unpacking->at == unpacking->end)
		return false;
	*value = (struct value){.lead = *unpacking->at++};
	if (value->lead >= 0xc0 && value->lead <= 0xdf)
		return read_formatted(unpacking, value);
	if (value->lead >= 0xa0 && value->lead <= 0xbf) {
		value->type = STR;
		return read_body(unpacking, value->lead & 0x1f, value);
	}
	if (value->lead >= 0x80 && value->lead <= 0x9f) {
		value->type = value->lead < 0x90 ? MAP : ARRAY;
		return read_inside(unpacking, (value->lead & 0x0f) * (value->lead < 0x90 ? 2u : 1u), value);
	}
	/* A small number is its own lead byte. */
	value->type = value->lead < 0x80 ? UNSIGNED : SIGNED;
	value->body = BYTES(unpacking->at - 1, 1);
	return true;
}

/* Moves over what is inside the value, which itself lies in `nesting` others. */
static bool skip_inside(struct unpacking *unpacking, const struct value *value, int nesting)
{
	uint64_t     pending[NESTING_MAX + 1];
	struct value inner;
	int          level = nesting + 1;

	if (value->inside == 0)
		return true;
	if (level > NESTING_MAX)
		return false;
	pending[level] = value->inside;
	while (level > nesting) {
		if (pending[level] == 0) {
			level--;
			continue;
		}
		pending[level]--;
		if (!read_value(unpacking, &inner))
			return false;
		if (inner.inside == 0)
			continue;
		if (++level > NESTING_MAX)
			return false;
		pending[level] = inner.inside;
	}
	return true;
}

/* ---------------------------------------------------------------- scalars */

static bool take_text(const struct value *value, struct text *out)
{
	struct text text = {.data = (const char *)value->body.data, .size = value->body.size};
	size_t      points;

	if (value->type != STR || !text_code_points(text, &points))
		return false;
	*out = text.size > 0 ? text : TEXT("");
	return true;
}

static bool take_bytes(const struct value *value, struct bytes *out)
{
	if (value->type != BIN)
		return false;
	*out = value->body.size > 0 ? value->body : BYTES("", 0);
	return true;
}

static bool take_fixed(const struct value *value, size_t size, void *out)
{
	if (value->type != BIN || value->body.size != size)
		return false;
	memcpy(out, value->body.data, size);
	return true;
}

static bool take_bool(const struct value *value, bool *out)
{
	if (value->type != BOOLEAN)
		return false;
	*out = value->lead & 1;
	return true;
}

/* Of type SIGNED: two's complement, of as many bytes as it has. */
static int64_t signed_number(const struct value *value)
{
	int unused = 64 - 8 * (int)value->body.size;

	return (int64_t)(big_endian(value->body) << unused) >> unused;
}

static bool take_u64(const struct value *value, uint64_t max, uint64_t *out)
{
	uint64_t number;

	if (value->type != UNSIGNED && (value->type != SIGNED || signed_number(value) < 0))
		return false;
	number = big_endian(value->body);
	if (number > max)
		return false;
	*out = number;
	return true;
}

static bool take_u32(const struct value *value, uint32_t *out)
{
	uint64_t wide;

	if (!take_u64(value, UINT32_MAX, &wide))
		return false;
	*out = (uint32_t)wide;
	return true;
}

static bool take_i64(const struct value *value, int64_t *out)
{
	uint64_t positive;

	if (value->type == SIGNED)
		*out = signed_number(value);
	else if (take_u64(value, INT64_MAX, &positive))
		*out = (int64_t)positive;
	else
		return false;
	return true;
}

/* IEEE 754, single or double. */
static double float_number(const struct value *value)
{
	uint64_t bits = big_endian(value->body);
	uint32_t single_bits = (uint32_t)bits;
	float    single;
	double   number;

	memcpy(&single, &single_bits, sizeof(single));
	memcpy(&number, &bits, sizeof(number));
	return value->body.size == sizeof(single) ? (double)single : number;
}

static bool take_f64(const struct value *value, double *out)
{
	if (value->type != FLOAT || !isfinite(float_number(value)))
		return false;
	*out = float_number(value);
	return true;
}

static bool take_choice(const struct value *value, const struct choice *choice, uint32_t *out)
{
	struct text word;
	uint32_t    number = take_text(value, &word) ? choice_number(choice, word) : 0;

	if (number == 0)
		return false;
	*out = number;
	return true;
}

static bool take_scalar(const struct value *value, const struct field *field, void *out)
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

/* ---------------------------------------------------------------- objects */

static bool take_object(struct unpacking *unpacking, const struct shape *shape, const struct value *map, void *object,
                        int depth);

static bool take_list(struct unpacking *unpacking, const struct field *field, const struct value *array,
                      struct list *out, int depth)
{
	char        *items;
	struct value item;

	if (array->type != ARRAY || array->inside > (uint64_t)field->max)
		return false;
	items = arena_alloc(unpacking->arena, (size_t)array->inside * field->record->size + 1);
	for (uint32_t i = 0; i < array->inside; i++)
		if (!read_value(unpacking, &item)
		    || !take_object(unpacking, field->record, &item, items + (size_t)i * field->record->size,
		                    depth + 1))
			return false;
	*out = (struct list){.items = items, .count = (uint32_t)array->inside};
	return true;
}

static bool is_sealed(const struct field *field, const struct value *value)
{
	return (field->marks & FIELD_PERSONAL) && field->person != PERSON_UNNAMED && value->type == EXT
	       && value->body.data[0] == EXT_SEALED;
}

static struct text open_sealed(struct unpacking *unpacking, const struct shape *shape, const struct field *field,
                               struct bytes sealed, const void *object)
{
	const struct id *person = field_at(&shape->fields[field->person], object);
	struct text      label = text_from(field->name), clear;

	if (!unpacking->opener)
		return personal_form(unpacking->arena, *person, label, sealed);
	if (sealed.size == 0
	    || unpacking->opener->open(unpacking->opener->owner, *person, label, sealed, unpacking->arena, &clear)
	               != STATUS_OK)
		return TEXT_FORGOTTEN;
	return clear;
}

static bool take_field(struct unpacking *unpacking, const struct field *field, const struct value *value, void *object,
                       int depth)
{
	if (field->has_offset)
		*(bool *)((char *)object + field->has_offset) = true;
	if (field->kind == KIND_LIST)
		return take_list(unpacking, field, value, field_in(field, object), depth);
	return take_scalar(value, field, field_in(field, object));
}

/* Reads a key; NULL in *field when the shape has none of that name. Fields mostly come in the shape's own order, so the
 * next one is looked at before all others. */
static bool read_key(struct unpacking *unpacking, const struct shape *shape, uint16_t next, const struct field **field,
                     int depth)
{
	struct value key;
	struct text  name;

	if (!read_value(unpacking, &key))
		return false;
	*field = NULL;
	if (!take_text(&key, &name))
		return skip_inside(unpacking, &key, 2 * depth + 1);
	if (next < shape->count && text_is(name, shape->fields[next].name))
		*field = &shape->fields[next];
	else
		*field = shape_field(shape, name);
	return true;
}

/* Fields marked FIELD_INPUT are never sent on, so nobody misses them. */
static bool all_required_seen(const struct shape *shape, uint64_t seen)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (!(seen >> i & 1) && !(shape->fields[i].marks & (FIELD_OPTIONAL | FIELD_INPUT)))
			return false;
	return true;
}

/* How far a map is read. */
struct pairs {
	uint64_t     seen; /* a bit a field */
	uint64_t     is_sealed;
	uint16_t     next; /* the field that is likely to follow */
	struct bytes sealed[SHAPE_FIELDS_MAX];
};

/* One key with its value. */
static bool take_pair(struct unpacking *unpacking, const struct shape *shape, struct pairs *pairs, void *object,
                      int depth)
{
	const struct field *field;
	struct value        value;
	uint16_t            index;

	if (!read_key(unpacking, shape, pairs->next, &field, depth) || !read_value(unpacking, &value))
		return false;
	if (!field)
		return skip_inside(unpacking, &value, 2 * depth + 1);
	index = (uint16_t)(field - shape->fields);
	if (pairs->seen >> index & 1)
		return false;
	pairs->seen |= UINT64_C(1) << index;
	pairs->next = (uint16_t)(index + 1);
	if (!is_sealed(field, &value))
		return take_field(unpacking, field, &value, object, depth);
	pairs->is_sealed |= UINT64_C(1) << index;
	pairs->sealed[index] = BYTES(value.body.data + 1, value.body.size - 1);
	return true;
}

/* Calls itself for lists only, as deep as the schema lets records lie in one another. Sealed texts come last, since the
 * id of their person must be there. */
static bool take_object(struct unpacking *unpacking, const struct shape *shape, const struct value *map, void *object,
                        int depth)
{
	struct pairs pairs;

	require(depth <= SHAPE_DEPTH_MAX && shape->count <= SHAPE_FIELDS_MAX);
	if (map->type != MAP)
		return false;
	pairs.seen = pairs.is_sealed = pairs.next = 0;
	for (uint64_t i = 0; i < map->inside; i += 2)
		if (!take_pair(unpacking, shape, &pairs, object, depth))
			return false;
	if (!all_required_seen(shape, pairs.seen))
		return false;
	for (uint16_t i = 0; i < shape->count; i++)
		if (pairs.is_sealed >> i & 1)
			*(struct text *)field_in(&shape->fields[i], object) =
				open_sealed(unpacking, shape, &shape->fields[i], pairs.sealed[i], object);
	return true;
}

enum status msgpack_decode_shape(const struct shape *shape, struct bytes bytes, const struct opener *opener,
                                 struct arena *arena, void *object)
{
	struct unpacking unpacking = {
		.opener = opener, .arena = arena, .at = bytes.data, .end = bytes.data + bytes.size};
	void        *filled = arena_alloc(arena, shape->size);
	struct value value;

	if (bytes.size == 0 || !read_value(&unpacking, &value) || !take_object(&unpacking, shape, &value, filled, 0)
	    || left(&unpacking) > 0)
		return STATUS_MALFORMED;
	memcpy(object, filled, shape->size);
	return STATUS_OK;
}
