/* A thread that does one thing again and again, with a pause between. */
#ifndef ORRERY_TICKER_H
#define ORRERY_TICKER_H

#include <stdbool.h>
#include <stdint.h>

struct ticker;

/* Calls `tick` at once when `eager`, and then `pause_ms` after each time it came back. */
struct ticker *ticker_start(uint32_t pause_ms, bool eager, void (*tick)(void *owner), void *owner);

/* Waits for a tick under way. NULL is fine. */
void ticker_stop(struct ticker *ticker);

#endif
