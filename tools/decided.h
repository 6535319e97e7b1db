/* What the journal still knows of decisions: the names of commands, and what was refused. It is bounded, and about a
 * second behind; what it does not reach is simply not known. */
#ifndef ORRERY_DECIDED_H
#define ORRERY_DECIDED_H

#include "eventstore/writer/journal.h"

struct decided;

/* The journal of the log in that data folder; one without entries when there is none. */
enum status decided_open(const char *data, struct log_identity log, struct decided **out) MUST_USE;
void        decided_close(struct decided *decided);

/* The decision that led to this command's events, the first of them at `position`; its texts live in the arena.
 * NOT_FOUND: the journal does not hold it. */
enum status decided_find(struct decided *decided, struct id command, uint64_t position, struct arena *arena,
                         struct journal_entry *out) MUST_USE;

/* Every decision the journal holds, in order; false stops. */
enum status decided_each(struct decided *decided, journal_visit visit, void *owner) MUST_USE;

#endif
