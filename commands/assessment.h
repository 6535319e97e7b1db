/* An assessment: the rules' figures. What is remembered of it stands in schema/assessment.schema. */
#ifndef ORRERY_ASSESSMENT_H
#define ORRERY_ASSESSMENT_H

#include <stdint.h>

/* Questions that an attempt draws altogether, as many as it has slots. */
enum { PAPER_DRAWN_MAX = 100 };

/* So far back answers that were given offline are judged, by what held then. Nobody who kept one for longer had reason
 * to. */
#define ASSESSMENT_OFFLINE_MAX_US ((int64_t)14 * 24 * 3600 * 1000 * 1000)

#endif
