/* What surrounds a subscription in earnest: the log as a reader sees it, the writer's socket, and the clock. Each
 * subscription has one of its own; all of it but the clock and the interruption is for its thread alone. */
#ifndef ORRERY_SUBSCRIPTION_WORLD_H
#define ORRERY_SUBSCRIPTION_WORLD_H

#include "eventstore/subscription/subscription.h"

struct real_world;

/* NOT_FOUND: there is no log in the data folder yet. Both paths are copied. */
enum status real_world_create(const char *data, const char *socket_path, const char *who,
                              struct real_world **out) MUST_USE;
void        real_world_destroy(struct real_world *world); /* NULL is borne */

const struct subscription_world *real_world_of(struct real_world *world);

/* From any thread: ends the wait under way and every later one at once. */
void real_world_interrupt(struct real_world *world);

#endif
