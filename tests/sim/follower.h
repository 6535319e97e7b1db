/* The projectors of a course: one read model, folded by the real projector into the stub of PostgreSQL, by one process
 * or, when a dead one is not quite dead, by two. */
#ifndef ORRERY_TESTS_SIM_FOLLOWER_H
#define ORRERY_TESTS_SIM_FOLLOWER_H

#include "eventstore/log/reader.h"
#include "eventstore/vault/keys.h"

enum { FOLLOWER_PROJECTORS = 2 };

/* Draws the read model. */
void follower_start(void);

/* What it reads by now: the log and the vault, opened anew whenever the writer's process begins or ends. */
void follower_read_from(struct reader *reader, struct keys *keys);

/* One turn of a projector; afterwards its rows must be the fold of the log up to their checkpoint. True when there was
 * nothing to do. */
bool follower_turn(uint32_t number);

/* The process ends and is started again. */
void follower_die(uint32_t number);

/* Somebody asks for the read model to be built anew. */
void follower_rebuild(void);

/* What the first projector told last. */
uint64_t follower_shown(void);

#endif
