/* Runs many courses, each in a process of its own, since a broken claim ends it, and nothing of one may reach into the
 * next. Gathers what they tell. */
#ifndef ORRERY_TESTS_SIM_FLEET_H
#define ORRERY_TESTS_SIM_FLEET_H

#include "tests/sim/claim.h"
#include "tests/sim/weather.h"

enum { FLEET_JOBS_MAX = 64, FLEET_SAID_MAX = 240, FLEET_REPORTS_MAX = 20 };

struct fleet_settings {
	uint64_t    from, seeds;
	uint32_t    steps, jobs;
	enum mutant mutant;
	bool        stop_at_first; /* failure */
	bool        twice;         /* each seed, and the two courses must be the same */
	bool        quiet;         /* prints no report of a failing seed */
	bool        loud;          /* each step, and what the product says meanwhile, go to stderr */
};

struct fleet_result {
	uint64_t     run, failed;
	uint64_t     first_failed; /* seed */
	char         first_complaint[CLAIM_COMPLAINT_MAX + FLEET_SAID_MAX];
	struct tally sum; /* without digest and complaint */
	double       seconds;
};

/* Prints "seed N: …" for each failing seed unless it is to be quiet. */
void fleet_run(const struct fleet_settings *settings, struct fleet_result *result);

#endif
