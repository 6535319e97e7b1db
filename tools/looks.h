/* Opening what names persons in the log, and the note that is taken of it first: who looked, at whom, and why.
 *
 * The note is an event of the log, appended by the writer before anything is shown (schema/operator.schema). It keeps
 * honest people honest; who has the vault's master key and its files can read without it. When the writer is away, or
 * the log is a copy that nobody appends to, a look must be said to be --offline, and is noted nowhere. */
#ifndef ORRERY_LOOKS_H
#define ORRERY_LOOKS_H

#include "tools/desk.h"
#include "tools/selection.h"

/* A look at more persons than these is noted as one at whoever is in the selection. */
enum { LOOKS_PERSONS_MAX = 16, LOOKS_SELECTION_SIZE = 500 };

/* Who is about to be seen; zeroes at first. */
struct looks {
	struct id persons[LOOKS_PERSONS_MAX];
	uint32_t  count;
	bool      many;
	char      selection[LOOKS_SELECTION_SIZE + 1]; /* which events, in ids and positions */
};

/* Those whom the event's sealed texts name. */
void looks_add(struct looks *looks, const struct event_view *view);

/* Those of the first `limit` events that are wanted, and what the selection is called. */
enum status looks_gather(struct looks *looks, struct desk *desk, const struct event_wish *wish, uint64_t limit,
                         bool reverse) MUST_USE;

/* When it is wished: takes the note and lets the desk open sealed texts from here on. False after a complaint, and
 * nothing may be shown. Where there is nobody to be seen nothing is noted. */
bool looks_unseal(const struct looks *looks, struct desk *desk, const struct desk_wish *wish) MUST_USE;

#endif
