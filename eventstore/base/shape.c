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
