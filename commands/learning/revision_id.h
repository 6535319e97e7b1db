/* The ids of what revisions hold: the same revision of the same thing always has the same. */
#ifndef ORRERY_REVISION_ID_H
#define ORRERY_REVISION_ID_H

#include "eventstore/base/id.h"

/* `noun` is what the id is of, as the schema has it. */
struct id revision_id(const char *noun, struct id thing, uint32_t revision);

#endif
