/* The writer of a scene: commands are decided by the deciders themselves and kept in its log. */
#ifndef ORRERY_TEST_DECIDED_H
#define ORRERY_TEST_DECIDED_H

#include "tests/subscribers/scene.h"

struct decided {
	uint32_t answers_left; /* to the subscriber; then the writer is away */
	bool     answers_lost; /* what it decides does not come back */
	uint32_t sent;         /* commands of the subscriber that were decided */
};

extern struct decided decided;

/* As scene_set_up, and as scene_stop and scene_tear_down; the writer is there and answers. */
void decided_set_up(void);
void decided_tear_down(void);

/* A person's command, which is not refused. WISH(actor, enrol, .course = …) */
void decided_wish(const char *command, struct id actor, const void *fields);

#define WISH(actor, command, ...) decided_wish(#command, (actor), &(struct command){__VA_ARGS__})

#endif
