/* Texts that are there and that nobody may look at: what a command held and the journal does not. They have their place
 * and their size, and lie in memory that cannot be read. A decider that hands one on never notices; one that looks is
 * caught in the act, and what it would have said is not guessed. For one thread. */
#ifndef ORRERY_UNREADABLE_H
#define ORRERY_UNREADABLE_H

#include "eventstore/base/shape.h"

enum { UNREADABLE_NONE = -1, UNREADABLE_SIZE_MAX = 1 << 20 };

/* Stands for the command's field number `place`, < SHAPE_FIELDS_MAX. */
struct bytes unreadable_bytes(int place, size_t size);

/* The place of one, UNREADABLE_NONE for any other memory. */
int unreadable_place(const void *data);

/* Runs it to its end and returns UNREADABLE_NONE, or gives up where it looks at one and returns the place. What it was
 * doing then stays half done: it must hold no lock and own no memory. */
int unreadable_guard(void (*run)(void *owner), void *owner);

#endif
