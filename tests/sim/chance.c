#include "tests/sim/chance.h"

static uint64_t course, secrets;

/* SplitMix64. */
static uint64_t next(uint64_t *state)
{
	uint64_t mixed = *state += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

void chance_start(uint64_t seed)
{
	course = seed;
	secrets = ~seed;
	/* Neighbouring seeds are to have nothing in common. */
	course = next(&course);
	secrets = next(&secrets);
}

uint32_t chance_below(uint32_t limit)
{
	return (uint32_t)(next(&course) % limit);
}

bool chance_one_in(uint32_t limit)
{
	return chance_below(limit) == 0;
}

struct id chance_id(void)
{
	struct id id;
	uint64_t  halves[2] = {next(&course), next(&course)};

	memcpy(id.bytes, halves, sizeof(id.bytes));
	return id;
}

void chance_fill(void *memory, size_t size)
{
	uint8_t *at = memory;

	for (uint64_t drawn; size > 0; at += sizeof(drawn), size -= size < sizeof(drawn) ? size : sizeof(drawn)) {
		drawn = next(&secrets);
		memcpy(at, &drawn, size < sizeof(drawn) ? size : sizeof(drawn));
	}
}
