/* Which judgements of an answer say something about the learner. */
#ifndef ORRERY_EVIDENCE_H
#define ORRERY_EVIDENCE_H

#include "schema/events.h"

/* What cannot be read, or is not for a key to tell, says nothing. */
bool judgement_is_evidence(enum judgement verdict);

#endif
