/* The chance of one simulated course. Two sources, so that what the vault draws for its keys changes nothing of what
 * happens. The same seed brings the same draws, for ever. */
#ifndef ORRERY_TESTS_SIM_CHANCE_H
#define ORRERY_TESTS_SIM_CHANCE_H

#include "eventstore/base/id.h"

void chance_start(uint64_t seed);

/* 0 to limit - 1; limit >= 1. */
uint32_t chance_below(uint32_t limit);
bool     chance_one_in(uint32_t limit);

/* An id that no other draw gives. */
struct id chance_id(void);

/* From the other source: keys and nonces. */
void chance_fill(void *memory, size_t size);

#endif
