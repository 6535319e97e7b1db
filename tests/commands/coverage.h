/* What of the catalog the scenarios told of. */
#ifndef ORRERY_TESTS_COVERAGE_H
#define ORRERY_TESTS_COVERAGE_H

#include "eventstore/base/catalog.h"

/* A flag for each entry of the catalog's tables, in their order. */
struct coverage {
	bool *commands;
	bool *events;
	bool *refusals;  /* by a decider, or by a claim */
	bool *elsewhere; /* said to be given by somebody else */
};

void coverage_init(struct coverage *coverage);
void coverage_finish(struct coverage *coverage);

/* Each prints a TAP comment for each entry that is missing, and tells whether there was none. */
bool coverage_has_all_commands(const struct coverage *coverage);
bool coverage_has_all_events(const struct coverage *coverage);

/* A refusal must be given in a scenario or said to be given elsewhere; both is a mistake as well. */
bool coverage_has_all_refusals(const struct coverage *coverage);

#endif
