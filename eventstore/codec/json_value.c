#include "eventstore/codec/json_value.h"

struct json_value *json_value_member(const struct json_value *object, struct text name)
{
	if (!object || object->kind != JSON_VALUE_OBJECT)
		return NULL;
	for (uint32_t i = 0; i < object->count; i++)
		if (text_equal(object->names[i], name))
			return &object->items[i];
	return NULL;
}

struct json_value *json_value_at(struct json_value *root, const struct json_pointer *pointer)
{
	struct json_value *value = root;

	for (uint32_t i = 0; i < pointer->count && value; i++) {
		uint32_t index;

		if (value->kind != JSON_VALUE_LIST)
			value = json_value_member(value, pointer->steps[i]);
		else
			value = json_pointer_item(pointer->steps[i], value->count, &index) ? &value->items[index]
			                                                                   : NULL;
	}
	return value;
}
