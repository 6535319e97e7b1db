#include "eventstore/base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64_encode(struct bytes bytes, char *out)
{
	uint32_t bits = 0;
	int      have = 0;
	size_t   used = 0;

	for (size_t i = 0; i < bytes.size; i++) {
		bits = bits << 8 | bytes.data[i];
		for (have += 8; have >= 6; have -= 6)
			out[used++] = digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		out[used++] = digits[bits << (6 - have) & 63];
	return used;
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64_decode(struct text text, uint8_t *out, size_t *size)
{
	uint32_t bits = 0;
	int      have = 0;
	size_t   used = 0;

	for (size_t i = 0; i < text.size; i++) {
		int value = digit_value(text.data[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[used++] = (uint8_t)(bits >> have);
		}
	}
	*size = used;
	return have < 6 && (bits & ((1u << have) - 1)) == 0;
}

struct text arena_base64(struct arena *arena, struct bytes bytes)
{
	char *out = arena_alloc(arena, BASE64_SIZE(bytes.size) + 1);

	return (struct text){.data = out, .size = base64_encode(bytes, out)};
}
