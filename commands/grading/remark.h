/* What a key says to an answer, beyond what it is worth: the feedback of what was chosen, or of the pattern that the
 * answer matches. */
#ifndef ORRERY_REMARK_H
#define ORRERY_REMARK_H

#include "eventstore/base/arena.h"
#include "schema/events.h"

enum { REMARKS_MAX = 24 };

struct remark {
	struct text choice; /* to this choice, */
	uint32_t    blank;  /* or in this blank, from 1; to the answer as a whole where neither is there */
	struct text text;   /* Markdown, the key's */
};

/* How many there are in `out`. The key is one of the question's version; the answer is in clear. Where several patterns
 * match it is the one that gives the most that speaks, of equals the first. */
uint32_t remarks_find(const struct question_written *question, const struct key_set *key,
                      const struct answer_saved *answer, struct arena *arena, struct remark out[REMARKS_MAX]);

#endif
