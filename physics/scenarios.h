/* Scenes to teach with, built in: physics/scenarios/NN-NAME.json, each with what it shows, numbers to turn, and what a
 * formula says of it. A test runs them all and holds them to that. */
#ifndef ORRERY_PHYSICS_SCENARIOS_H
#define ORRERY_PHYSICS_SCENARIOS_H

#include "eventstore/base/bytes.h"

struct scenario {
	uint32_t    number;      /* NN, unique; for good */
	struct text name;        /* NAME */
	struct text title;       /* one line */
	struct text explanation; /* Markdown, with formulas between dollar signs */
	struct text scene;       /* JSON, as scene_read takes it */
};

/* By number. */
extern const struct scenario scenarios[];
extern const uint32_t        scenario_count;

/* NULL when there is none. */
const struct scenario *scenario_find(uint32_t number);

#endif
