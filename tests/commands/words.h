/* A line of a scenario as words. */
#ifndef ORRERY_TESTS_WORDS_H
#define ORRERY_TESTS_WORDS_H

#include "eventstore/base/arena.h"

enum { WORDS_MAX = 64 };

struct words {
	uint32_t    count;
	struct text items[WORDS_MAX];
};

/* Words are set apart by blanks, unless quoted; quotes are not part of them; a word that begins with # ends the line.
 * They live in the arena. What exceeds WORDS_MAX stops the run, so that nothing is left out unseen. */
struct words words_split(struct arena *arena, const char *line);

/* Absent beyond the end. */
struct text word_at(const struct words *words, uint32_t place);

#endif
