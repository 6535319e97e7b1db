#include "eventstore/base/base64.h"

#define DIGITS_0_TO_61 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char digits_url[] = DIGITS_0_TO_61 "-_";
static const char digits_standard[] = DIGITS_0_TO_61 "+/";

static size_t encode(struct bytes bytes, const char *digits, char *out)
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

/* One more than the digit's value, for those that both alphabets have. */
/* clang-format off */
static const uint8_t values[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
};
/* clang-format on */

/* 0 is no digit. */
static uint32_t value_of(char c, const char *digits)
{
	uint32_t value = values[(uint8_t)c];

	return value != 0 ? value : c == digits[62] ? 63 : c == digits[63] ? 64 : 0;
}

static bool decode(struct text text, const char *digits, uint8_t *out, size_t *size)
{
	uint32_t bits = 0;
	int      have = 0;
	size_t   used = 0;

	for (size_t i = 0; i < text.size; i++) {
		uint32_t value = value_of(text.data[i], digits);

		if (value == 0)
			return false;
		bits = bits << 6 | (value - 1);
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[used++] = (uint8_t)(bits >> have);
		}
	}
	*size = used;
	return have < 6 && (bits & ((1u << have) - 1)) == 0;
}

size_t base64_encode(struct bytes bytes, char *out)
{
	return encode(bytes, digits_url, out);
}

bool base64_decode(struct text text, uint8_t *out, size_t *size)
{
	return decode(text, digits_url, out, size);
}

size_t base64_standard_encode(struct bytes bytes, char *out)
{
	size_t used = encode(bytes, digits_standard, out);

	while (used % 4 != 0)
		out[used++] = '=';
	return used;
}

bool base64_standard_decode(struct text text, uint8_t *out, size_t *size)
{
	if (text.size % 4 != 0)
		return false;
	for (int padding = 0; padding < 2 && text.size > 0 && text.data[text.size - 1] == '='; padding++)
		text.size--;
	return decode(text, digits_standard, out, size);
}

struct text arena_base64(struct arena *arena, struct bytes bytes)
{
	char *out = arena_alloc(arena, BASE64_SIZE(bytes.size) + 1);

	return (struct text){.data = out, .size = base64_encode(bytes, out)};
}
