/* Chance that can be repeated: the same seed, purpose and index give the same numbers on every machine, for good.
 * The generator is xoshiro256**, seeded by SplitMix64 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 47(4), 2021; reference code at prng.di.unimi.it). It is no secret: whoever sees a few numbers
 * can tell the rest, so nothing that must not be guessed may come from it but the seed.
 *
 * What is drawn is kept as "the seed was this" and drawn again years later: a change here needs a new GRADER_VERSION
 * and the old way kept beside it. */
#ifndef ORRERY_RANDOM_H
#define ORRERY_RANDOM_H

#include "eventstore/base/bytes.h"

struct random {
	uint64_t state[4];
};

/* As the reference seeds it: four outputs of SplitMix64. */
void random_seed(struct random *random, uint64_t seed);

/* The stream of a purpose, and of the index-th thing that has it. Streams that differ in anything are independent: the
 * generator is seeded with the first eight bytes of SHA-256(seed, index, purpose), numbers big-endian. */
void random_open(struct random *random, uint64_t seed, struct text purpose, uint64_t index);

/* 64 even bits. */
uint64_t random_next(struct random *random);

/* 0 … limit − 1, each exactly as likely; limit is at least 1 (Lemire, "Fast Random Integer Generation in an Interval",
 * ACM TOMACS 29(1), 2019). */
uint64_t random_below(struct random *random, uint64_t limit);

/* 0 ≤ x < 1, a multiple of 2^−53. */
double random_unit(struct random *random);

/* Brings `drawn` of the items to the front, each choice and each order of them as likely as any other; drawn is at most
 * count (Fisher and Yates, from the front). */
void random_draw(struct random *random, uint32_t *items, uint32_t count, uint32_t drawn);

/* Every order as likely as any other. */
void random_shuffle(struct random *random, uint32_t *items, uint32_t count);

#endif
