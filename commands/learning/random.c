#include "commands/learning/random.h"

#include "eventstore/base/buffer.h"
#include "eventstore/base/hash.h"
#include "eventstore/base/require.h"

static uint64_t rotate_left(uint64_t bits, int places)
{
	return bits << places | bits >> (64 - places);
}

/* SplitMix64: steps of the golden ratio, each mixed. */
static uint64_t splitmix_next(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
	return mixed ^ mixed >> 31;
}

void random_seed(struct random *random, uint64_t seed)
{
	for (size_t i = 0; i < array_count(random->state); i++)
		random->state[i] = splitmix_next(&seed);
}

static void append_be64(struct buffer *buffer, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	buffer_append(buffer, BYTES(bytes, sizeof(bytes)));
}

void random_open(struct random *random, uint64_t seed, struct text purpose, uint64_t index)
{
	struct buffer name = {0};
	struct hash   hash;
	uint64_t      start = 0;

	append_be64(&name, seed);
	append_be64(&name, index);
	buffer_append_text(&name, purpose);
	hash = hash_sha256(buffer_bytes(&name));
	buffer_finish(&name);
	for (int i = 0; i < 8; i++)
		start = start << 8 | hash.bytes[i];
	random_seed(random, start);
}

uint64_t random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t  result = rotate_left(s[1] * 5, 7) * 9, kept = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= kept;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t limit)
{
	__extension__ unsigned __int128 product;

	require(limit > 0);
	product = random_next(random);
	product *= limit;
	/* The lowest 2^64 mod limit products would make some results likelier than others. */
	if ((uint64_t)product < limit) {
		uint64_t surplus = -limit % limit;

		while ((uint64_t)product < surplus) {
			product = random_next(random);
			product *= limit;
		}
	}
	return (uint64_t)(product >> 64);
}

double random_unit(struct random *random)
{
	return (double)(random_next(random) >> 11) * 0x1p-53;
}

void random_draw(struct random *random, uint32_t *items, uint32_t count, uint32_t drawn)
{
	require(drawn <= count);
	for (uint32_t i = 0; i < drawn; i++) {
		uint32_t other = i + (uint32_t)random_below(random, count - i), item = items[i];

		items[i] = items[other];
		items[other] = item;
	}
}

void random_shuffle(struct random *random, uint32_t *items, uint32_t count)
{
	random_draw(random, items, count, count);
}
