/* Whether the disk has room for what the writer may still write. A commit that fails for want of room ends the process,
 * so it is looked at before: below the reserve the store is short of room and takes nothing new, and only a quarter
 * more than the reserve lets it go on, so that it does not waver. */
#ifndef ORRERY_ROOM_H
#define ORRERY_ROOM_H

#include "eventstore/base/status.h"

#include <stdatomic.h>

/* Zeroes are a room that is never short. In its caller's memory; looked at by one thread, asked by any. */
struct room {
	const char      *folder;  /* on the disk in question; borrowed */
	uint64_t         reserve; /* bytes; 0: never short */
	_Atomic uint64_t free;    /* bytes, at the last look */
	atomic_bool      is_short;
};

/* Looks now, and says in the diagnostics when that has changed. Costs a system call. */
bool room_look(struct room *room);

/* As of the last look; any thread. NULL is never short. */
bool room_is_short(const struct room *room);

#endif
