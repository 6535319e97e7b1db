/* The media store copied: to a backup, and back. */
#ifndef ORRERY_MEDIA_COPIES_H
#define ORRERY_MEDIA_COPIES_H

#include <stdbool.h>

/* Copies what `to` has not yet, says how much that was, and returns the exit code of the verb. */
int media_copies_run(const char *verb, const char *from, const char *to, bool json);

#endif
