#include "tests/sim/claim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct tally *tally;

void claim_start(struct tally *shared)
{
	tally = shared;
	tally->digest = 0xcbf29ce484222325;
}

void claim_step(uint64_t step)
{
	tally->steps = step;
	CLAIM_NOTE(step);
}

void claim_reached(enum reached what)
{
	tally->reached[what]++;
	CLAIM_NOTE(what);
}

void claim_refused(enum refusal refusal)
{
	tally->refused[refusal]++;
}

void claim_failed(enum status status)
{
	tally->failed[status]++;
}

void claim_counts(uint64_t events, uint64_t acknowledged)
{
	tally->events = events;
	tally->acknowledged = acknowledged;
}

/* FNV-1a. */
void claim_note(struct bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		tally->digest = (tally->digest ^ bytes.data[i]) * 0x100000001b3;
}

void claim_broke(const char *claim, const char *format, ...)
{
	char    detail[CLAIM_COMPLAINT_MAX / 2];
	va_list values;

	va_start(values, format);
	vsnprintf(detail, sizeof(detail), format, values);
	va_end(values);
	snprintf(tally->complaint, sizeof(tally->complaint), "\"%s\" broke at step %" PRIu64 ": %s", claim,
	         tally->steps, detail);
	_exit(EXIT_FAILURE);
}
