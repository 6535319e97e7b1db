/* What is wrong with a text that somebody wrote: a formula, a quantity, a pattern. It is told to its writer. */
#ifndef ORRERY_MISTAKE_H
#define ORRERY_MISTAKE_H

#include "eventstore/base/bytes.h"

struct mistake {
	struct text sentence; /* constant, or in the arena that the reader was given */
	uint32_t    position; /* of the character (code point) where it lies, from 1; 0: the text as a whole */
};

#endif
