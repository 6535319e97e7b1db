/* Carries commands of our own processes to the writer: connects when there is something to carry, and again when the
 * writer was away in between. One thread at a time. */
#ifndef ORRERY_COURIER_H
#define ORRERY_COURIER_H

#include "eventstore/wire/client.h"

struct courier;

/* The path and the process's name are copied. */
struct courier *courier_create(const char *socket_path, const char *who);
void            courier_destroy(struct courier *courier); /* NULL is borne */

/* Sends a command of the catalog from nobody, as client_command does. OK: it was answered, be it with a refusal or a
 * failure; the answer's texts live in the arena. Everything else: whether it took effect is unknown, and it may be sent
 * again under the same id: UNREACHABLE when nobody listens, TIMED_OUT, or what was sent back made no sense. */
enum status courier_command(struct courier *courier, const char *command, struct id command_id, const void *fields,
                            struct arena *arena, struct answer *answer) MUST_USE;

#endif
