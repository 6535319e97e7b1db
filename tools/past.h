/* A stream's state as it was, folded anew by the deciders' own functions.
 *
 * Personal texts that stay sealed cannot be folded as they are. In their place stands with which event each came, so
 * that two of them count as different even when they say the same; a wallet that was unlinked is then not found among
 * the linked ones, and the last one goes instead. With the texts opened the fold is exact, up to an erasure. Behind a
 * record that is damaged nothing is folded, since the deciders rely on what they let happen before. */
#ifndef ORRERY_PAST_H
#define ORRERY_PAST_H

#include "commands/decision.h"
#include "tools/looks.h"

/* The caller's memory; to be read only. */
struct past {
	struct desk            *desk;
	const struct noun_type *noun;
	struct id               id;
	struct selection       *selection;
	void                   *before, *state; /* before and after the last event that was taken in */
	uint64_t                version;        /* that this event gave to the stream; 0: none yet */
	uint64_t                position;
	int64_t                 time_us;

	/* Its own. */
	uint64_t            positions[256];
	uint32_t            count, next;
	struct arena        arena;
	const struct place *until;
	bool                stopped, foreign, broken;
	desk_visit          visit;
	void               *owner;
};

/* The stream as it is written: NOUN:ID. If it is wished, the look at it is noted and sealed texts are opened. False
 * after a complaint. Finish it in either case. */
bool past_open(struct past *past, struct desk *desk, const struct desk_wish *wish, const char *stream) MUST_USE;
void past_finish(struct past *past);

/* Takes in the next events up to the place, or to the end when it is NULL, and hands each over afterwards; `visit` may
 * be NULL. May be called again with a later place. */
enum status past_run(struct past *past, const struct place *until, desk_visit visit, void *owner) MUST_USE;

/* After all was taken in: OK, or the exit code after a complaint: there is no such stream, or it is another noun's. */
int past_judge(const struct past *past);

#endif
