#include "eventstore/codec/json_pointer.h"

/* In place of ~1 a slash, in place of ~0 a tilde. */
static bool unescape(struct text step, struct arena *arena, struct text *out)
{
	char  *to = arena_alloc(arena, step.size + 1);
	size_t size = 0;

	for (size_t i = 0; i < step.size; i++) {
		char c = step.data[i];

		if (c == '~') {
			if (++i == step.size || (step.data[i] != '0' && step.data[i] != '1'))
				return false;
			c = step.data[i] == '0' ? '~' : '/';
		}
		to[size++] = c;
	}
	*out = (struct text){.data = to, .size = size};
	return true;
}

enum status json_pointer_read(struct text text, struct arena *arena, struct json_pointer *out)
{
	struct json_pointer pointer = {0};

	if (text.size > JSON_POINTER_BYTES_MAX)
		return STATUS_TOO_LARGE;
	while (text.size > 0) {
		const char *next;
		struct text step;

		if (*text.data != '/')
			return STATUS_MALFORMED;
		if (pointer.count == JSON_POINTER_DEPTH_MAX)
			return STATUS_TOO_LARGE;
		text = (struct text){.data = text.data + 1, .size = text.size - 1};
		next = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
		step = (struct text){.data = text.data, .size = next ? (size_t)(next - text.data) : text.size};
		if (!unescape(step, arena, &pointer.steps[pointer.count++]))
			return STATUS_MALFORMED;
		text = (struct text){.data = text.data + step.size, .size = text.size - step.size};
	}
	*out = pointer;
	return STATUS_OK;
}

/* RFC 6901, 4: no leading zeroes. */
bool json_pointer_item(struct text step, uint32_t count, uint32_t *index)
{
	uint64_t place;

	if (step.size == 0 || (step.size > 1 && step.data[0] == '0') || !text_parse_u64(step, &place) || place >= count)
		return false;
	*index = (uint32_t)place;
	return true;
}

bool json_pointer_contains(const struct json_pointer *outer, const struct json_pointer *inner)
{
	if (outer->count > inner->count)
		return false;
	for (uint32_t i = 0; i < outer->count; i++)
		if (!text_equal(outer->steps[i], inner->steps[i]))
			return false;
	return true;
}

void json_pointer_append(struct buffer *out, struct text name)
{
	buffer_append_text(out, TEXT("/"));
	for (size_t i = 0; i < name.size; i++) {
		struct text c = {.data = name.data + i, .size = 1};

		buffer_append_text(out, *c.data == '~' ? TEXT("~0") : *c.data == '/' ? TEXT("~1") : c);
	}
}
