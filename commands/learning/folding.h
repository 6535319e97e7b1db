/* Texts made alike, so that "Élan  vital" and "elan vital" can be compared. Letters with a sign of their own that is no
 * mark (ø, ł) stay what they are. Rests on utf8proc, whose tables for existing characters Unicode has promised not to
 * change. */
#ifndef ORRERY_FOLDING_H
#define ORRERY_FOLDING_H

#include "eventstore/base/arena.h"
#include "eventstore/base/status.h"

enum { FOLDING_SIZE_MAX = 4000 }; /* bytes of a text */

/* Zeroes: nothing of it matters. */
struct folding {
	bool case_matters;
	bool diacritics_matter;
	bool blanks_matter; /* else a run of blanks is one, and none is at the ends */
};

/* In the arena. INVALID for what is no UTF-8, TOO_LARGE above FOLDING_SIZE_MAX. */
enum status folding_apply(struct folding folding, struct text text, struct arena *arena, struct text *out) MUST_USE;

#endif
