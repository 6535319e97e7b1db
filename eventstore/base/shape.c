#include "eventstore/base/shape.h"

bool field_present(const struct field *field, const void *object)
{
	const void *value = field_at(field, object);

	if (field->has_offset)
		return *(const bool *)((const char *)object + field->has_offset);
	switch (field->kind) {
	case KIND_ID:
		return id_present(*(const struct id *)value);
	case KIND_HASH:
		return !hash_equal(value, &(struct hash){0});
	case KIND_TEXT:
	case KIND_JSON:
		return ((const struct text *)value)->data != NULL;
	case KIND_BYTES:
		return ((const struct bytes *)value)->data != NULL;
	case KIND_CHOICE:
		return *(const uint32_t *)value != 0;
	case KIND_LIST:
		return ((const struct list *)value)->items != NULL;
	default:
		return true;
	}
}

static bool lists_equal(const struct shape *record, const struct list *a, const struct list *b)
{
	bool equal = a->count == b->count;

	for (uint32_t i = 0; equal && i < a->count; i++)
		equal = shape_equal(record, (const char *)a->items + i * record->size,
		                    (const char *)b->items + i * record->size);
	return equal;
}

bool field_equal(const struct field *field, const void *a, const void *b)
{
	const void *left = field_at(field, a);
	const void *right = field_at(field, b);

	if (field_present(field, a) != field_present(field, b))
		return false;
	switch (field->kind) {
	case KIND_TEXT:
	case KIND_JSON:
	case KIND_BYTES:
		return text_equal(*(const struct text *)left, *(const struct text *)right);
	case KIND_LIST:
		return lists_equal(field->record, left, right);
	default:
		return memcmp(left, right, kind_size(field->kind)) == 0;
	}
}

bool shape_equal(const struct shape *shape, const void *a, const void *b)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (!field_equal(&shape->fields[i], a, b))
			return false;
	return true;
}

static struct id derive(const struct shape *shape, const struct field *field, const void *object)
{
	struct id sources[FIELD_SOURCES_MAX];

	for (uint16_t i = 0; i < field->source_count; i++) {
		sources[i] = *(const struct id *)field_at(&shape->fields[field->sources[i]], object);
		if (!id_present(sources[i]))
			return ID_NONE;
	}
	return id_derived(field->noun, sources, field->source_count);
}

static size_t value_size(enum kind kind)
{
	switch (kind) {
	case KIND_TEXT:
	case KIND_JSON:
		return sizeof(struct text);
	case KIND_BYTES:
		return sizeof(struct bytes);
	case KIND_LIST:
		return sizeof(struct list);
	default:
		return kind_size(kind);
	}
}

void shape_take(const struct shape *shape, void *object, const struct shape *from_shape, const void *from)
{
	for (uint16_t i = 0; i < shape->count; i++) {
		const struct field *field = &shape->fields[i];
		const struct field *other = shape_field(from_shape, text_from(field->name));

		if (!other || other->kind != field->kind || other->record != field->record
		    || !field_present(other, from))
			continue;
		memcpy(field_in(field, object), field_at(other, from), value_size(field->kind));
		if (field->has_offset)
			*(bool *)((char *)object + field->has_offset) = true;
	}
}

void shape_derive(const struct shape *shape, void *object)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (shape->fields[i].marks & FIELD_DERIVED)
			*(struct id *)field_in(&shape->fields[i], object) = derive(shape, &shape->fields[i], object);
}

const struct field *shape_field(const struct shape *shape, struct text name)
{
	for (uint16_t i = 0; i < shape->count; i++)
		if (text_is(name, shape->fields[i].name))
			return &shape->fields[i];
	return NULL;
}

uint32_t choice_number(const struct choice *choice, struct text word)
{
	for (uint32_t i = 0; i < choice->count; i++)
		if (text_is(word, choice->words[i]))
			return i + 1;
	return 0;
}

size_t kind_size(enum kind kind)
{
	switch (kind) {
	case KIND_ID:
		return sizeof(struct id);
	case KIND_HASH:
		return sizeof(struct hash);
	case KIND_BOOL:
		return sizeof(bool);
	case KIND_U32:
	case KIND_CHOICE:
		return sizeof(uint32_t);
	default:
		return sizeof(uint64_t);
	}
}
