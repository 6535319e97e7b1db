/* Moments as people write and read them: in the time zone of this machine, with its name. */
#ifndef ORRERY_MOMENT_H
#define ORRERY_MOMENT_H

#include "eventstore/base/clock.h"

/* RFC 3339 ("2026-01-02T03:04:05Z"), a day ("2026-01-02", its first moment here), or how long ago: a number and s, m,
 * h, d or w. False leaves *time_us untouched. */
bool moment_parse(const char *word, int64_t now_us, int64_t *time_us);

enum { MOMENT_TEXT_SIZE = 40 };

/* "2026-01-02 04:04:05 CET"; terminated. */
void moment_format(int64_t time_us, char out[MOMENT_TEXT_SIZE]);

/* "2026-01-02 04:04 CET", for narrow terminals. */
void moment_format_short(int64_t time_us, char out[MOMENT_TEXT_SIZE]);

/* A place in the log: what stood there up to a position, or up to a moment. */
struct place {
	uint64_t position; /* 0: it is a moment */
	int64_t  time_us;
};

/* A position from 1 on, or a moment. False leaves *out untouched. */
bool place_parse(const char *word, int64_t now_us, struct place *out);

/* Is an event of this position and time not behind the place? Times need not rise with positions: of a history, what
 * belongs to a moment is what comes before its first event that is later. */
static inline bool place_covers(const struct place *place, uint64_t position, int64_t time_us)
{
	return place->position > 0 ? position <= place->position : time_us <= place->time_us;
}

#endif
