/* One submission from bytes to events or a refusal: seen before? load, decide, claim, append.
 * Nothing is appended unless all of it can be. */
#ifndef ORRERY_BUS_H
#define ORRERY_BUS_H

#include "eventstore/writer/writer.h"

struct bus;

/* `now_us` is the clock: time comes in here, and deciders see it in their decision. */
struct bus *bus_create(struct store *store, int64_t (*now_us)(void));
void        bus_destroy(struct bus *bus);

/* What the writer calls. Answer status:
 *   OK with position: kept, or there was nothing to do;  OK with refusal: a lawful no;
 *   NOT_FOUND: it only asked (recall), and no such command was kept;
 *   UNSUPPORTED: no such command;  MALFORMED, INVALID: the body;  CONFLICT: another version was expected. */
struct writer_decider bus_decider(struct bus *bus);

#endif
