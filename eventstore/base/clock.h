/* The only place that reads a clock. Deciders never do: their time comes in with the command. */
#ifndef ORRERY_CLOCK_H
#define ORRERY_CLOCK_H

#include "eventstore/base/bytes.h"

/* Microseconds since 1970-01-01T00:00:00Z; may step. */
int64_t clock_wall_us(void);

/* Microseconds since an arbitrary start; never steps back. */
int64_t clock_monotonic_us(void);

/* CPU that this process has used, and another one that we may look at; -1: there is no such process. */
int64_t clock_cpu_us(void);
int64_t clock_cpu_of_us(int process);

enum { TIME_TEXT_SIZE = 27 };

/* RFC 3339 in UTC with microseconds, 2026-01-02T03:04:05.678901Z; terminated. Years 1970 to 9999. */
void time_format(int64_t time_us, char out[TIME_TEXT_SIZE + 1]);

/* RFC 3339 with an optional fraction and either Z or an offset; false leaves *out untouched. */
bool time_parse(struct text text, int64_t *time_us);

#endif
