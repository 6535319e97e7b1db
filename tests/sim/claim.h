/* What one course tells to whoever runs many of them: what it reached, and the claim that broke, which ends it. */
#ifndef ORRERY_TESTS_SIM_CLAIM_H
#define ORRERY_TESTS_SIM_CLAIM_H

#include "eventstore/base/hash.h"
#include "eventstore/base/status.h"
#include "schema/refusals.h"

enum reached {
#define REACHED(name) REACHED_##name,
#include "tests/sim/reached.def"
#undef REACHED
	REACHED_COUNT
};

enum { CLAIM_REFUSALS_MAX = 256, CLAIM_COMPLAINT_MAX = 480 };

/* Lies in memory that the course shares with its parent. */
struct tally {
	uint64_t steps, events, acknowledged;
	uint64_t reached[REACHED_COUNT];
	uint64_t refused[CLAIM_REFUSALS_MAX]; /* by enum refusal */
	uint64_t failed[STATUS_COUNT];
	uint64_t digest; /* of everything that happened: the same for the same seed */
	char     complaint[CLAIM_COMPLAINT_MAX];
};

void claim_start(struct tally *shared);

/* The step under way, for the complaint and the digest. */
void claim_step(uint64_t step);

void claim_reached(enum reached what);
void claim_refused(enum refusal refusal);
void claim_failed(enum status status);
void claim_counts(uint64_t events, uint64_t acknowledged);

/* Something happened that another run of the seed must find as well. */
void claim_note(struct bytes bytes);

#define CLAIM_NOTE(value) claim_note(BYTES(&(value), sizeof(value)))

/* Ends the course with "CLAIM broke at step S: …". */
void claim_broke(const char *claim, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

#define CLAIM(condition, claim, ...)                                                                                   \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			claim_broke((claim), __VA_ARGS__);                                                             \
	} while (0)

#endif
