#include "eventstore/base/base58.h"

#include "eventstore/base/require.h"

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

enum { BASE = sizeof(digits) - 1, TEXT_SIZE_MAX = BASE58_SIZE_MAX(BASE58_BYTES_MAX) };

/* number = number * base + digit, the most significant place first. False when it does not fit its places. */
static bool push_digit(uint8_t *number, size_t places, unsigned radix_in, unsigned radix_out, unsigned digit)
{
	for (size_t i = places; i-- > 0;) {
		unsigned value = number[i] * radix_in + digit;

		number[i] = (uint8_t)(value % radix_out);
		digit = value / radix_out;
	}
	return digit == 0;
}

static size_t count_leading(const void *data, size_t size, char what)
{
	const char *at = data;
	size_t      count = 0;

	while (count < size && at[count] == what)
		count++;
	return count;
}

size_t base58_encode(struct bytes bytes, char *out)
{
	uint8_t number[TEXT_SIZE_MAX] = {0};
	size_t  places = BASE58_SIZE_MAX(bytes.size);
	size_t  zeroes = count_leading(bytes.data, bytes.size, 0);
	size_t  unused;

	require(bytes.size <= BASE58_BYTES_MAX);
	for (size_t i = zeroes; i < bytes.size; i++)
		require(push_digit(number, places, 256, BASE, bytes.data[i]));
	unused = count_leading(number, places, 0);
	memset(out, digits[0], zeroes);
	for (size_t i = unused; i < places; i++)
		out[zeroes + i - unused] = digits[number[i]];
	return zeroes + places - unused;
}

bool base58_decode(struct text text, uint8_t *out, size_t size)
{
	uint8_t number[BASE58_BYTES_MAX] = {0};
	size_t  ones;

	require(size <= BASE58_BYTES_MAX);
	if (text.size > BASE58_SIZE_MAX(size))
		return false;
	ones = count_leading(text.data, text.size, digits[0]);
	for (size_t i = ones; i < text.size; i++) {
		const char *digit = text.data[i] ? strchr(digits, text.data[i]) : NULL;

		if (!digit || !push_digit(number, size, BASE, 256, (unsigned)(digit - digits)))
			return false;
	}
	/* As many leading zero bytes as ones: fewer or more would be a second spelling, or another size. */
	if (count_leading(number, size, 0) != ones)
		return false;
	if (size > 0)
		memcpy(out, number, size);
	return true;
}
