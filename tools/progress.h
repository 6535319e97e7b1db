/* A line on stderr that says how far something is, for as long as it takes. When stderr is no terminal, a line of its
 * own every PROGRESS_LINE_S. */
#ifndef ORRERY_PROGRESS_H
#define ORRERY_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>

struct progress;

enum { PROGRESS_LINE_S = 10 };

/* `done` grows up to `total` of `unit` ("events"); rate and time left are computed from it. */
struct progress *progress_start(const char *what, const char *unit, const _Atomic uint64_t *done, uint64_t total);

/* Clears the line. NULL is fine. */
void progress_stop(struct progress *progress);

/* 1234567 as "1,234,567"; out holds PROGRESS_NUMBER_SIZE. */
enum { PROGRESS_NUMBER_SIZE = 27 };
const char *progress_number(uint64_t value, char out[PROGRESS_NUMBER_SIZE]);

#endif
