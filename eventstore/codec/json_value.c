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

/* RFC 6901 §4: no zeroes in front, and "-" is no item. */
static struct json_value *item_at(const struct json_value *list, struct text token)
{
	uint64_t index;

	if (!text_parse_u64(token, &index) || index >= list->count || (token.size > 1 && token.data[0] == '0'))
		return NULL;
	return &list->items[index];
}

/* Whether the token of a pointer is that name: ~1 stands for /, ~0 for ~. */
static bool token_names(struct text token, struct text name)
{
	size_t at = 0;

	for (size_t i = 0; i < token.size; i++, at++) {
		char c = token.data[i];

		if (c == '~') {
			i++;
			if (i == token.size || (token.data[i] != '0' && token.data[i] != '1'))
				return false;
			c = token.data[i] == '0' ? '~' : '/';
		}
		if (at >= name.size || name.data[at] != c)
			return false;
	}
	return at == name.size;
}

static struct json_value *member_at(const struct json_value *object, struct text token)
{
	for (uint32_t i = 0; i < object->count; i++)
		if (token_names(token, object->names[i]))
			return &object->items[i];
	return NULL;
}

static struct text take_token(struct text *rest)
{
	const char *slash = memchr(rest->data + 1, '/', rest->size - 1);
	size_t      size = slash ? (size_t)(slash - rest->data) : rest->size;
	struct text token = {.data = rest->data + 1, .size = size - 1};

	*rest = (struct text){.data = rest->data + size, .size = rest->size - size};
	return token;
}

struct json_value *json_value_at(struct json_value *root, struct text pointer)
{
	struct json_value *value = root;

	while (value && pointer.size > 0) {
		struct text token;

		if (pointer.data[0] != '/')
			return NULL;
		token = take_token(&pointer);
		if (value->kind == JSON_VALUE_LIST)
			value = item_at(value, token);
		else if (value->kind == JSON_VALUE_OBJECT)
			value = member_at(value, token);
		else
			value = NULL;
	}
	return value;
}
