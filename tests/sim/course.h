/* One course of the simulation: some hundred steps of chance, then calm, and everything must come to rest. */
#ifndef ORRERY_TESTS_SIM_COURSE_H
#define ORRERY_TESTS_SIM_COURSE_H

#include "tests/sim/claim.h"

struct course {
	uint64_t      seed;
	uint32_t      steps;
	const char   *folder; /* empty */
	struct tally *tally;
	bool          loud; /* tells each step on stderr */
};

/* Ends with the process: with 0, or after a broken claim, which stands in the tally, with another code. */
void course_run(const struct course *course) __attribute__((noreturn));

#endif
