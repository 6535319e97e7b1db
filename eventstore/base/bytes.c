#include "eventstore/base/bytes.h"

#include "eventstore/base/require.h"

const char text_forgotten[1] = "";

bool text_starts_with(struct text text, struct text prefix)
{
	return text.size >= prefix.size && memcmp(text.data, prefix.data, prefix.size) == 0;
}

bool text_take(struct text *rest, struct text prefix)
{
	if (!text_starts_with(*rest, prefix))
		return false;
	rest->data += prefix.size;
	rest->size -= prefix.size;
	return true;
}

bool text_parse_u64(struct text text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.size == 0 || text.size > 20)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned digit = (unsigned char)text.data[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value)
		    || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

/* Length of the well-formed sequence at data, 0 when there is none. Table 3-7 of the Unicode standard. */
static size_t sequence_length(const unsigned char *data, size_t left)
{
	unsigned lead = data[0];
	unsigned low = 0x80, high = 0xbf;
	size_t   length;

	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4)
		return 0;
	length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (left < length)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (data[1] < low || data[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((data[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* How many bytes at the start are ASCII, in steps of a word: most texts are nothing else. */
static size_t ascii_words(struct text text)
{
	uint64_t word;
	size_t   size = 0;

	while (text.size - size >= sizeof(word)) {
		memcpy(&word, text.data + size, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
		size += sizeof(word);
	}
	return size;
}

bool text_code_points(struct text text, size_t *count)
{
	const unsigned char *data = (const unsigned char *)text.data;
	size_t               found = ascii_words(text);

	for (size_t i = found; i < text.size; found++) {
		size_t length = sequence_length(data + i, text.size - i);

		if (length == 0)
			return false;
		i += length;
	}
	*count = found;
	return true;
}

void text_keep_into(char *data, size_t capacity, uint16_t *size, struct text text)
{
	require(text.size <= capacity);
	if (text.size > 0)
		memcpy(data, text.data, text.size);
	memset(data + text.size, 0, capacity - text.size);
	*size = (uint16_t)text.size;
}
