#include "eventstore/base/id.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

#include <pthread.h>

/* Ids are to be unique, not secret, and a request needs three: each thread fetches the chance for many at once, since a
 * system call for each would be felt. */
enum { IDS_AT_ONCE = 128 };

static pthread_once_t          prepared = PTHREAD_ONCE_INIT;
static _Thread_local struct id chance[IDS_AT_ONCE];
static _Thread_local size_t    chance_left;

/* A child must not give out what its parent will. */
static void forget_chance(void)
{
	chance_left = 0;
}

static void prepare(void)
{
	require(pthread_atfork(NULL, NULL, forget_chance) == 0);
}

static struct id take_chance(void)
{
	if (chance_left == 0) {
		pthread_once(&prepared, prepare);
		random_fill(chance, sizeof(chance));
		chance_left = IDS_AT_ONCE;
	}
	return chance[--chance_left];
}

/* RFC 9562 §4: the bits that say which kind of UUID it is. */
static struct id stamped(struct id id, uint8_t version)
{
	id.bytes[6] = (uint8_t)(version << 4 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

struct id id_fresh(void)
{
	struct id id = take_chance();
	uint64_t  time_ms = (uint64_t)(clock_wall_us() / 1000);

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(time_ms >> (40 - 8 * i));
	return stamped(id, 7);
}

struct id id_hashed(struct bytes bytes)
{
	struct hash hash = hash_sha256(bytes);
	struct id   id;

	memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
	return stamped(id, 8);
}

struct id id_derived(const char *noun, const struct id *parts, size_t count)
{
	uint8_t bytes[ID_NOUN_SIZE_MAX + 1 + ID_PARTS_MAX * sizeof(struct id)];
	size_t  size = strlen(noun) + 1;

	require(size > 1 && size <= ID_NOUN_SIZE_MAX + 1 && count > 0 && count <= ID_PARTS_MAX);
	memcpy(bytes, noun, size);
	memcpy(bytes + size, parts, count * sizeof(struct id));
	return id_hashed(BYTES(bytes, size + count * sizeof(struct id)));
}

static bool dash_follows(int byte_index)
{
	return byte_index == 3 || byte_index == 5 || byte_index == 7 || byte_index == 9;
}

void id_format(struct id id, char out[ID_TEXT_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		*out++ = digits[id.bytes[i] >> 4];
		*out++ = digits[id.bytes[i] & 15];
		if (dash_follows(i))
			*out++ = '-';
	}
	*out = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool id_parse(struct text text, struct id *out)
{
	struct id   id;
	const char *at = text.data;

	if (text.size != ID_TEXT_SIZE)
		return false;
	for (int i = 0; i < 16; i++) {
		int high = hex_value(*at++);
		int low = hex_value(*at++);

		if (high < 0 || low < 0)
			return false;
		id.bytes[i] = (uint8_t)(high << 4 | low);
		if (dash_follows(i) && *at++ != '-')
			return false;
	}
	*out = id;
	return true;
}
