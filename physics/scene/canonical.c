#include "physics/scene/canonical.h"

#include "eventstore/base/require.h"
#include "physics/scene/scene_parts.h"

#include <assert.h>
#include <math.h>

static const char heading[] = "orrery scene 1\n"; /* its NUL is not written */

enum { HEADING_SIZE = sizeof(heading) - 1 };

enum field_type {
	FIELD_NUMBER,
	FIELD_SIGNED,
	FIELD_VECTOR,
	FIELD_COUNT,
	FIELD_FLAG,
	FIELD_KIND,
	FIELD_BODY,
	FIELD_JOINT,
	FIELD_MEASURE,
};

struct field_row {
	const char     *name;
	enum field_type type;
	size_t          offset;
	uint32_t        least, most; /* limits; of a kind the numbers themselves */
};

#define STRUCT_scene struct scene
#define STRUCT_body struct scene_body
#define STRUCT_shape struct scene_shape
#define STRUCT_point struct vector
#define STRUCT_joint struct scene_joint
#define STRUCT_field struct scene_field
#define STRUCT_event struct scene_event
#define STRUCT_measure struct scene_measure

enum canonical_part {
	CANONICAL_scene,
	CANONICAL_body,
	CANONICAL_shape,
	CANONICAL_point,
	CANONICAL_joint,
	CANONICAL_field,
	CANONICAL_event,
	CANONICAL_measure,
	CANONICAL_PARTS,
};

static const struct canonical_row {
	enum canonical_part part;
	struct field_row    field;
} rows[] = {
#define FIELD(part, type, member, least, most)                                                                         \
	{CANONICAL_##part, {#member, FIELD_##type, offsetof(STRUCT_##part, member), LIMIT_##least, LIMIT_##most}},
#define KIND(part, member, first, last)                                                                                \
	{CANONICAL_##part, {#member, FIELD_KIND, offsetof(STRUCT_##part, member), first, last}},
#include "physics/scene/canonical.def"
#undef FIELD
#undef KIND
};

/* Where a part's rows are in the scene. */
static const struct part {
	const char *name;
	size_t      size, rows, count; /* of a row; offsets of the pointer and of the number of rows */
} parts[CANONICAL_PARTS] = {
#define PART(name, rows)                                                                                               \
	[CANONICAL_##name] = {#name, sizeof(STRUCT_##name), offsetof(struct scene, rows),                              \
	                      offsetof(struct scene, name##_count)}
	[CANONICAL_scene] = {.name = "scene"},
	PART(body, bodies),
	PART(shape, shapes),
	PART(point, points),
	PART(joint, joints),
	PART(field, fields),
	PART(event, events),
	PART(measure, measures),
#undef PART
};

static_assert(sizeof(enum measure_kind) == sizeof(uint32_t), "an enum is read and written as four bytes");

static uint32_t count_of(const struct scene *scene, enum canonical_part part)
{
	return *(const uint32_t *)((const char *)scene + parts[part].count);
}

/* ---------------------------------------------------------------- writing */

static void put_u32(struct buffer *out, uint32_t value)
{
	uint8_t *to = buffer_reserve(out, 4);

	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
	out->size += 4;
}

static void put_f64(struct buffer *out, double value)
{
	uint64_t bits;
	uint8_t *to = buffer_reserve(out, 8);

	value = scene_settle(value);
	memcpy(&bits, &value, sizeof(bits));
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(bits >> (8 * i));
	out->size += 8;
}

static void put_field(struct buffer *out, const struct field_row *field, const void *value)
{
	switch (field->type) {
	case FIELD_NUMBER:
	case FIELD_SIGNED:
		put_f64(out, *(const double *)value);
		break;
	case FIELD_VECTOR:
		put_f64(out, ((const struct vector *)value)->x);
		put_f64(out, ((const struct vector *)value)->y);
		break;
	case FIELD_FLAG:
		put_u32(out, *(const bool *)value);
		break;
	default:
		put_u32(out, *(const uint32_t *)value);
		break;
	}
}

static void put_row(struct buffer *out, enum canonical_part part, const void *row)
{
	for (size_t i = 0; i < array_count(rows); i++)
		if (rows[i].part == part)
			put_field(out, &rows[i].field, (const char *)row + rows[i].field.offset);
}

void scene_encode(const struct scene *scene, struct buffer *out)
{
	buffer_append(out, BYTES(heading, HEADING_SIZE));
	put_row(out, CANONICAL_scene, scene);
	for (enum canonical_part part = CANONICAL_body; part < CANONICAL_PARTS; part++) {
		const char *const *first = (const void *)((const char *)scene + parts[part].rows);

		for (uint32_t i = 0; i < count_of(scene, part); i++)
			put_row(out, part, *first + i * parts[part].size);
	}
}

/* ---------------------------------------------------------------- reading */

struct unpacking {
	struct bytes  rest;
	struct arena *arena;
	struct scene *scene;
	struct text   complaint; /* the first; absent while there is none */
};

static void complain(struct unpacking *unpacking, const char *part, uint32_t index, const char *what)
{
	if (!unpacking->complaint.data)
		unpacking->complaint = arena_format(unpacking->arena, "%s %u: %s", part, index, what);
}

/* Little endian; 0 when there are not so many bytes, which is complained of. */
static uint64_t take(struct unpacking *unpacking, size_t size)
{
	uint64_t value = 0;

	if (unpacking->rest.size < size) {
		complain(unpacking, "byte", (uint32_t)unpacking->rest.size, "the scene ends early");
		return 0;
	}
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)unpacking->rest.data[i] << (8 * i);
	unpacking->rest = BYTES(unpacking->rest.data + size, unpacking->rest.size - size);
	return value;
}

static double bound_of(uint32_t limit)
{
	return limit_value(limit, SCENE_TEACHER);
}

static bool take_f64(struct unpacking *unpacking, const struct field_row *field, double *out)
{
	uint64_t bits = take(unpacking, 8);
	double   value, size;

	memcpy(&value, &bits, sizeof(value));
	size = field->type == FIELD_NUMBER ? value : fabs(value);
	*out = value;
	return isfinite(value) && scene_settle(value) == value && !(value == 0 && signbit(value)) && size >= 0
	       && (!field->least || size >= bound_of(field->least)) && (!field->most || size <= bound_of(field->most));
}

static bool take_index(struct unpacking *unpacking, uint32_t count, uint32_t *out)
{
	*out = (uint32_t)take(unpacking, 4);
	return *out < count || *out == SCENE_WORLD;
}

static bool take_u32(struct unpacking *unpacking, const struct field_row *field, uint32_t *out)
{
	*out = (uint32_t)take(unpacking, 4);
	if (field->type == FIELD_KIND)
		return *out >= field->least && *out <= field->most;
	return (!field->least || *out >= bound_of(field->least)) && (!field->most || *out <= bound_of(field->most));
}

static bool take_flag(struct unpacking *unpacking, bool *out)
{
	uint64_t value = take(unpacking, 4);

	*out = value == 1;
	return value <= 1;
}

/* False when the value is out of its bounds. */
static bool take_field(struct unpacking *unpacking, const struct field_row *field, void *out)
{
	struct vector *vector = out;

	switch (field->type) {
	case FIELD_NUMBER:
	case FIELD_SIGNED:
		return take_f64(unpacking, field, out);
	case FIELD_VECTOR:
		return take_f64(unpacking, field, &vector->x) && take_f64(unpacking, field, &vector->y);
	case FIELD_FLAG:
		return take_flag(unpacking, out);
	case FIELD_BODY:
		return take_index(unpacking, unpacking->scene->body_count, out);
	case FIELD_JOINT:
		return take_index(unpacking, unpacking->scene->joint_count, out);
	case FIELD_MEASURE:
		return take_index(unpacking, unpacking->scene->measure_count, out);
	default:
		return take_u32(unpacking, field, out);
	}
}

static void take_row(struct unpacking *unpacking, enum canonical_part part, uint32_t index, void *row)
{
	for (size_t i = 0; i < array_count(rows) && !unpacking->complaint.data; i++)
		if (rows[i].part == part && !take_field(unpacking, &rows[i].field, (char *)row + rows[i].field.offset))
			complain(unpacking, parts[part].name, index, rows[i].field.name);
}

/* Bytes of a row, so that no counts are believed that the rest does not bear. */
static size_t size_of_row(enum canonical_part part)
{
	size_t size = 0;

	for (size_t i = 0; i < array_count(rows); i++) {
		enum field_type type = rows[i].field.type;

		if (rows[i].part == part)
			size += type == FIELD_VECTOR ? 16 : type == FIELD_NUMBER || type == FIELD_SIGNED ? 8 : 4;
	}
	return size;
}

static void take_part(struct unpacking *unpacking, enum canonical_part part)
{
	uint32_t count = count_of(unpacking->scene, part);
	char    *row;

	if (unpacking->complaint.data)
		return;
	if (unpacking->rest.size < count * size_of_row(part)) {
		complain(unpacking, parts[part].name, count, "the scene ends early");
		return;
	}
	row = arena_alloc(unpacking->arena, count * parts[part].size);
	memcpy((char *)unpacking->scene + parts[part].rows, &row, sizeof(row));
	for (uint32_t i = 0; i < count; i++)
		take_row(unpacking, part, i, row + i * parts[part].size);
}

enum status scene_decode(struct bytes bytes, struct arena *arena, const struct scene **out, struct text *complaint)
{
	struct unpacking unpacking = {.rest = bytes, .arena = arena, .scene = arena_new(arena, struct scene)};

	if (bytes.size < HEADING_SIZE || memcmp(bytes.data, heading, HEADING_SIZE) != 0) {
		*complaint = TEXT("scene: not the canonical form of this version");
		return STATUS_INVALID;
	}
	unpacking.rest = BYTES(bytes.data + HEADING_SIZE, bytes.size - HEADING_SIZE);
	take_row(&unpacking, CANONICAL_scene, 0, unpacking.scene);
	for (enum canonical_part part = CANONICAL_body; part < CANONICAL_PARTS; part++)
		take_part(&unpacking, part);
	if (!unpacking.complaint.data && unpacking.rest.size > 0)
		complain(&unpacking, "byte", (uint32_t)(bytes.size - unpacking.rest.size), "the scene goes on");
	if (!unpacking.complaint.data)
		unpacking.complaint = scene_structure(unpacking.scene, arena);
	if (unpacking.complaint.data) {
		*complaint = unpacking.complaint;
		return STATUS_INVALID;
	}
	*out = unpacking.scene;
	return STATUS_OK;
}

/* ---------------------------------------------------------------- hashes */

struct hash scene_hash(struct bytes canonical)
{
	return hash_labelled(TEXT("orrery.scene.1"), canonical);
}

struct hash run_hash(const struct hash *scene, const struct hash *engine)
{
	struct hash both[2] = {*scene, *engine};

	static_assert(sizeof(both) == 64, "two hashes without anything between them");
	return hash_labelled(TEXT("orrery.run.1"), BYTES(both, sizeof(both)));
}
