/* Attempts under way, by when to look at them next: a heap over a map. Not a bit of it is on disk; the log says it all
 * again. One thread at a time. */
#ifndef ORRERY_VIGILS_H
#define ORRERY_VIGILS_H

#include "eventstore/base/hash.h"
#include "eventstore/base/id.h"

#define VIGIL_NEVER_US INT64_MAX

struct vigil {
	struct id   attempt;
	struct id   assessment;
	struct id   enrolment;
	struct hash leaf; /* of the record that began it */
	uint64_t    position;
	int64_t     due_us;
	uint32_t    asked; /* how many times it was brought forward */
};

struct vigils;

struct vigils *vigils_create(void);
void           vigils_destroy(struct vigils *vigils); /* NULL is borne */

/* Nothing if the attempt is watched already. */
void vigils_watch(struct vigils *vigils, const struct vigil *vigil);
void vigils_forget(struct vigils *vigils, struct id attempt);

/* The one that is due first; NULL when none is watched. Valid until the next change. */
const struct vigil *vigils_first(const struct vigils *vigils);

/* Looks at it then, unless it was brought forward since it was `asked` so many times. */
void vigils_put_off(struct vigils *vigils, struct id attempt, uint32_t asked, int64_t due_us);

/* Looks at it now: something has changed for those of an assessment, or of an enrolment. */
void vigils_of_assessment(struct vigils *vigils, struct id assessment, int64_t now_us);
void vigils_of_enrolment(struct vigils *vigils, struct id enrolment, int64_t now_us);

uint32_t vigils_count(const struct vigils *vigils);

#endif
