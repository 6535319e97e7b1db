/* A writer in a process of its own, on the ground's folder, whose decider does as the command's name says:
 *   "keep"    appends one event in the stream of the actor;  "keep_two"  two of them
 *   "refuse"  refuses                                        "nothing"   leads to no event
 *   "repeat"  answers as if it had been kept before          everything else is unsupported */
#ifndef ORRERY_TESTS_OBEDIENT_H
#define ORRERY_TESTS_OBEDIENT_H

#include "eventstore/wire/client.h"
#include "eventstore/writer/writer.h"

#include <sys/types.h>

/* Returns once it takes connections. */
pid_t obedient_start(uint32_t queue_max);

/* Sends the signal and waits for the end: the exit code, or minus the signal that ended it. */
int obedient_stop(pid_t pid, int signal);

const char *obedient_socket(void);

/* A connection; fails the test when there is none. */
struct client *obedient_client(const char *who);

/* A submission of its own, about the stream. */
struct submission obedient_submission(const char *command, struct id stream);

/* Appends the whole frame. */
void obedient_append(struct buffer *out, uint64_t request, const char *command, struct id stream);

#endif
