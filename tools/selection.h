/* Which events somebody wants to see, and in which order: their positions, found through the index where it helps. */
#ifndef ORRERY_SELECTION_H
#define ORRERY_SELECTION_H

#include "eventstore/log/reader.h"

/* What an event must be; absent members let everything pass. */
struct event_wish {
	struct id stream, actor, command, trace;
	uint16_t  numbers[FILTER_NUMBERS_MAX];
	uint32_t  number_count;
	int64_t   since_us,
		until_us;  /* both included; 0: any. Times need not rise with positions, so each is looked at */
	uint64_t from, to; /* positions, both included; 0: from the first, to the last */
};

bool event_wish_takes(const struct event_wish *wish, const struct record *record);

struct selection;

/* Up to `head`, unless the wish ends before. The wish is copied; the reader must outlive the selection. */
struct selection *selection_create(struct reader *reader, const struct event_wish *wish, uint64_t head, bool reverse);
void              selection_destroy(struct selection *selection);

/* The next positions, rising or, in reverse, falling: at most `capacity`, none at the end. A record that cannot be read
 * is among them, since nobody can tell whether it is wanted. */
enum status selection_next(struct selection *selection, uint64_t *positions, uint32_t capacity,
                           uint32_t *count) MUST_USE;

/* There is more now: goes on behind what was looked at. Not in reverse. */
void selection_extend(struct selection *selection, uint64_t head);

#endif
