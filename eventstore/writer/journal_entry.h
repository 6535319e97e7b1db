/* One decision as the journal keeps it: the command, what the decider knew, and what came of it. The events themselves
 * are in the log, right behind `head`. It lies on disk as a msgpack map with the names below; its number is its key. */
#ifndef ORRERY_JOURNAL_ENTRY_H
#define ORRERY_JOURNAL_ENTRY_H

#include "eventstore/base/arena.h"
#include "eventstore/base/buffer.h"
#include "eventstore/base/shape.h"
#include "eventstore/base/status.h"
#include "eventstore/codec/personal.h"

struct journal_entry {
	uint64_t     number;  /* 1, 2, 3 … in the order of deciding; not in the map */
	struct text  command; /* its name */
	struct id    command_id;
	struct id    actor, trace; /* absent: none */
	int64_t      time;         /* what the decider was told, µs since 1970 */
	uint64_t     head;         /* what the decider knew: the events up to here */
	uint32_t     events;       /* that it led to: positions head + 1 … head + events */
	struct text  refusal;      /* its name; absent when there was none. Neither events nor refusal: nothing to do */
	int64_t      retry_at;     /* with a refusal that passes, else 0 */
	struct bytes claims;       /* 32 bytes for each load by claim, in order: the keyed hash it looked for */
	struct text  withheld;     /* names of fields that the body does not hold, a blank between; absent when none */
	struct bytes body;         /* the command's shape in msgpack */
};

extern const struct shape journal_entry_shape;

/* The last event that an entry rests on or led to. */
static inline uint64_t journal_entry_last(const struct journal_entry *entry)
{
	return entry->head + entry->events;
}

/* What of a command may lie on disk. Its personal texts are sealed, as the text form of personal.h, when the sealer
 * has a key of the person; without one, and if they are secret unless some event holds a field of that name in clear,
 * they are withheld: overwritten with asterisks, a hash with zeroes, so that their size stays. Replaces the entry's
 * body; what is new lies in the arena. MALFORMED: the body is none of its command. */
enum status journal_entry_protect(struct journal_entry *entry, const struct sealer *sealer,
                                  struct arena *arena) MUST_USE;

/* Is the field of this name among those withheld? */
bool journal_entry_withholds(const struct journal_entry *entry, struct text name);

#endif
