#include "eventstore/writer/pace.h"

void pace_committed(struct pace *pace, int64_t now_us, int64_t took_us, uint32_t answered, uint32_t gathered)
{
	int64_t wait_us = took_us / 2 < PACE_WAIT_US_MAX ? took_us / 2 : PACE_WAIT_US_MAX;

	pace->took_us = took_us;
	pace->expected = answered + gathered;
	pace->until_us = pace->skip > 0 ? 0 : now_us + wait_us;
	if (pace->skip > 0)
		pace->skip--;
}

int64_t pace_wait_until(struct pace *pace, int64_t now_us, uint32_t gathered)
{
	bool waited = pace->waiting;
	bool enough = gathered >= pace->expected;

	pace->waiting = !enough && now_us < pace->until_us;
	if (pace->waiting)
		return pace->until_us;
	if (enough) {
		pace->vain = 0;
	} else if (waited) {
		pace->vain += pace->vain < PACE_VAIN_MAX;
		pace->skip = UINT32_C(1) << pace->vain;
	}
	return 0;
}
