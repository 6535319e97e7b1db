/* The inside of the proctor, for its tests; who else wants it takes the constant `proctor` from subscriber.h. */
#ifndef ORRERY_PROCTOR_H
#define ORRERY_PROCTOR_H

#include "subscribers/subscriber.h"

/* Does what is due at that time, and says what is due next; VIGIL_NEVER_US for nothing. */
int64_t proctor_turn(void *owner, int64_t now_us);

/* Attempts under way. */
uint32_t proctor_watches(void *owner);

/* Opens it without its thread: the caller takes the turns. */
enum status proctor_open_idle(const struct subscriber_ground *ground, void **out) MUST_USE;

#endif
