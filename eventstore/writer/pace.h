/* How long a batch waits before it is committed. Clients that keep so many commands in flight send the next ones when
 * they are answered. Were a batch closed at once, it would hold only what came while the one before was committed; the
 * two would alternate, each half as large as it could be. So the next batch waits for as many as were just answered,
 * for half the time that the commit took at most. Where they do not come again, it soon stops waiting.
 *
 * All times are those of one clock, in µs. {0} is a pace that waits for nobody. */
#ifndef ORRERY_PACE_H
#define ORRERY_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PACE_WAIT_US_MAX = 1000,
	PACE_VAIN_MAX = 6, /* after so many vain waits in a row one commit of 2^6 is followed by a wait */
};

struct pace {
	uint32_t expected; /* as many may be in the next batch */
	int64_t  until_us; /* it waits for them no longer than this; 0: not at all */
	int64_t  took_us;  /* the last commit */
	bool     waiting;
	uint32_t vain; /* waits in a row for more than came */
	uint32_t skip; /* commits to come that no wait follows */
};

/* A commit ended and `answered` were told; `gathered` more are in the next batch already. */
void pace_committed(struct pace *pace, int64_t now_us, int64_t took_us, uint32_t answered, uint32_t gathered);

/* Until when a batch of so many, at least one, had better wait; 0: it is time to commit it. */
int64_t pace_wait_until(struct pace *pace, int64_t now_us, uint32_t gathered);

#endif
