/* Debian's Chipmunk2D keeps its assertions and ends the process when one fails. Here one ends a run instead: cpMessage,
 * through which they speak, is this file's in every executable that links it, and jumps out of the library.
 *
 * What the library was building is lost then (about 2 MB), so a process that saw SOLVER_LIBRARY is better replaced. */
#ifndef ORRERY_RIGID_ASSERTION_H
#define ORRERY_RIGID_ASSERTION_H

#include <stdbool.h>

/* Calls into the library; false when an assertion failed in there. Not to be nested. */
bool rigid_survives(void (*call)(void *context), void *context);

#endif
