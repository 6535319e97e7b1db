/* Takes from this process what it has no need of any more: a worker computes what strangers wrote, with a library that
 * was not made for that. From then on it can read and write what it has open, have memory, and end; any other call of
 * the system ends it. */
#ifndef ORRERY_SIMULATOR_CONFINE_H
#define ORRERY_SIMULATOR_CONFINE_H

#include <stdint.h>

enum {
	CONFINE_MEMORY_MB = 512,
	CONFINE_CPU_SECONDS = 900, /* the pool lets it go long before */
	CONFINE_STACK_MB = 8,
};

/* First: closes all descriptors above `last`, and has the process end with its parent. */
void confine_begin(int last);

/* Last, when all files are read. A kernel that cannot do it is told of in the diagnostics. */
void confine(void);

#endif
